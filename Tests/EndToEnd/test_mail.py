"""Mails: what is in the outbox arrives, whatever the mail server does, and once."""

import pathlib
import re
import typing

import pytest

from rig.mailbox import PASSWORD, SENDER, Certificate, Mailbox
from rig.postern import Postern
from rig.processes import wait_for
from rig.site import NginxSite, new_email

NewMailbox = typing.Callable[..., Mailbox]
NewPostern = typing.Callable[..., Postern]


@pytest.fixture(scope="module")
def certificate(workspace: pathlib.Path) -> Certificate:
    return Certificate(workspace / "certificate")


def queue(postern: Postern, name: str = "mail") -> str:
    """Leaves a mail in the outbox; whom it is to."""
    email = new_email(name)
    done = postern.command("mail", "test", email, "--queue")
    assert done.returncode == 0, done.stderr
    return email


def listed(postern: Postern) -> dict[str, list[str]]:
    """What waits or was given up, by recipient: the columns."""
    done = postern.command("mail", "list")
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {row[2]: row for row in rows}


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
def test_mail_arrives(
    security: str, certificate: Certificate, new_mailbox: NewMailbox, new_postern: NewPostern
) -> None:
    is_secure = security != "plain"
    mailbox = new_mailbox(security, certificate=certificate if is_secure else None, needs_login=is_secure)
    postern = new_postern(**mailbox.settings)
    postern.start()
    email = queue(postern)
    mail = mailbox.wait_for(email)
    assert (mail.is_encrypted, mail.user) == (is_secure, "postern@example.com" if is_secure else None)
    assert mail.from_ == "login@example.com"
    assert mail.message["From"] == SENDER
    assert mail.message["To"] == email
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}@127\.0\.0\.1>", mail.id)
    assert email in mail.text and email in mail.html
    wait_for(lambda: listed(postern) == {}, "an empty outbox")
    assert PASSWORD not in postern.log.read_text()


def test_server_down_and_postern_killed_meanwhile_loses_nothing(
    new_mailbox: NewMailbox, new_postern: NewPostern
) -> None:
    mailbox = new_mailbox()
    mailbox.stop()
    postern = new_postern(**mailbox.settings)
    postern.start()
    emails = [queue(postern) for _ in range(5)]
    wait_for(lambda: "mail not delivered yet" in postern.log.read_text(), "an attempt")
    postern.kill()
    emails += [queue(postern) for _ in range(5)]
    postern.start()
    position = postern.log_position()
    wait_for(lambda: "cannot be reached" in postern.log_since(position), "another attempt")
    mailbox.start()
    # One may have been taken when the kill came: its lease is a minute.
    for email in emails:
        mailbox.wait_for(email, seconds=90)
    wait_for(lambda: listed(postern) == {}, "an empty outbox")
    assert len(mailbox.mails) == len(emails), "each once"


def test_connection_that_breaks_behind_the_mail_brings_it_twice_under_one_id(
    new_mailbox: NewMailbox, new_postern: NewPostern
) -> None:
    mailbox = new_mailbox()
    postern = new_postern(**mailbox.settings)
    with mailbox.misbehaving(drops_after_data=1):
        postern.start()
        email = queue(postern)
        second = mailbox.wait_for(email, 2)
    wait_for(lambda: listed(postern) == {}, "an empty outbox")
    first, *others = mailbox.to(email)
    assert others == [second]
    assert first.id == second.id
    assert first.raw == second.raw


def test_certificate_that_nobody_vouches_for_gets_no_mail(
    certificate: Certificate, workspace: pathlib.Path, new_mailbox: NewMailbox, new_postern: NewPostern
) -> None:
    """Fails closed, and names what is wrong: another authority, another name, no TLS at all."""
    elsewhere = Certificate(workspace / "elsewhere", names=("mail.example.org",))
    for mailbox, settings, problem in (
        (new_mailbox("starttls", certificate=certificate), {"MAIL_CA_FILE": None}, "is not trusted"),
        (new_mailbox("tls", certificate=certificate), {"MAIL_CA_FILE": str(elsewhere.authority)}, "is not trusted"),
        (new_mailbox("starttls", certificate=elsewhere), {}, "is for another name"),
        (new_mailbox("plain"), {"MAIL_USE_TLS": "True"}, "offers no TLS"),
    ):
        postern = new_postern(**mailbox.settings | settings)
        postern.start()
        email = queue(postern)
        wait_for(lambda: problem in listed(postern)[email][6], f"a mail that waits because the server {problem}")
        assert problem in postern.command("mail", "test", email).stderr
        assert (mailbox.mails, mailbox.commands["MAIL"], mailbox.commands["AUTH"]) == ([], 0, 0)
        postern.stop()


def test_refusals_of_a_mail_touch_no_other(new_mailbox: NewMailbox, new_postern: NewPostern) -> None:
    mailbox = new_mailbox()
    postern = new_postern(**mailbox.settings)
    gone, later = new_email("gone"), new_email("later")
    with mailbox.misbehaving(recipient="550 5.1.1 no such user", only=(gone,)):
        postern.start()
        assert postern.command("mail", "test", gone, "--queue").returncode == 0
        mailbox.wait_for(queue(postern))
        wait_for(lambda: "given up" in listed(postern)[gone][5], "a mail that was given up")
    assert "550 5.1.1 no such user" in listed(postern)[gone][6]
    with mailbox.misbehaving(recipient="451 4.7.1 greylisted", only=(later,)):
        assert postern.command("mail", "test", later, "--queue").returncode == 0
        mailbox.wait_for(queue(postern))
        wait_for(lambda: "greylisted" in listed(postern)[later][6], "a mail that waits")
    mailbox.wait_for(later)
    # The server has it a moment before Postern hears so.
    wait_for(lambda: [row[2] for row in listed(postern).values()] == [gone], "only what was given up for good")
    errors = [line for line in postern.log.read_text().splitlines() if " error " in line]
    assert len(errors) == 1 and "mail given up" in errors[0], errors


def test_server_that_hangs_delays_no_sign_in_and_no_stop(new_mailbox: NewMailbox, new_postern: NewPostern) -> None:
    mailbox = new_mailbox()
    postern = new_postern(**mailbox.settings)
    with mailbox.misbehaving(hangs_at="data"):
        postern.start()
        email = queue(postern)
        mailbox.wait_for_command("DATA")
        assert postern.command("user", "list").returncode == 0
        # Behind the mail, the server has five seconds to say that it has taken it.
        assert postern.stop() == 0
        assert "stopped" in postern.log.read_text()
    postern.start()
    mailbox.wait_for(email)


def test_two_posterns_on_one_database_send_each_mail_once(
    workspace: pathlib.Path, new_mailbox: NewMailbox, new_postern: NewPostern
) -> None:
    mailbox = new_mailbox()
    postern = new_postern(**mailbox.settings)
    emails = [queue(postern) for _ in range(30)]
    postern.start()
    folder = workspace / "second"
    folder.mkdir()
    other = postern.beside(folder)
    for email in emails:
        mailbox.wait_for(email)
    wait_for(lambda: listed(postern) == {}, "an empty outbox")
    other.stop()
    assert len(mailbox.mails) == len(emails)


def test_without_a_server_mails_are_files(new_postern: NewPostern) -> None:
    postern = new_postern()
    postern.start()
    email = queue(postern)
    folder = postern.data / "mail"
    wait_for(lambda: folder.exists() and list(folder.glob("*.eml")), "a file")
    (file,) = folder.glob("*.eml")
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert f"To: {email}\r\n".encode() in file.read_bytes()
    wait_for(lambda: str(file) in postern.log.read_text(), "the log, which says where")
    direct = postern.command("mail", "test", new_email())
    assert direct.returncode == 0
    assert pathlib.Path(direct.stdout.removeprefix("delivered: ").strip()).exists()


def test_test_says_what_is_wrong(
    certificate: Certificate, new_mailbox: NewMailbox, new_postern: NewPostern
) -> None:
    mailbox = new_mailbox("starttls", certificate=certificate, needs_login=True)
    email = new_email()

    def outcome(**settings: str) -> str:
        done = new_postern(**mailbox.settings | settings).command("mail", "test", email)
        assert (done.returncode, done.stdout) == (1, ""), done
        return done.stderr

    assert new_postern(**mailbox.settings).command("mail", "test", email).stdout.startswith("delivered: taken by 127.")
    assert "takes neither MAIL_USERNAME nor MAIL_PASSWORD" in outcome(MAIL_PASSWORD="wrong")
    assert "is no host that the DNS knows" in outcome(MAIL_SERVER="nowhere.invalid")
    with mailbox.misbehaving(recipient="550 5.7.1 relaying denied"):
        assert "refuses it, at RCPT: 550 5.7.1 relaying denied" in outcome()
    in_plain_text = {"MAIL_USE_TLS": "False", "MAIL_CA_FILE": ""}
    assert "wants TLS, so MAIL_USE_TLS=True: 530 Must issue a STARTTLS" in outcome(**in_plain_text)
    without_login = outcome(MAIL_USERNAME="", MAIL_PASSWORD="")
    assert "wants a login, so MAIL_USERNAME and MAIL_PASSWORD: 530 5.7.0 log in first" in without_login
    with mailbox.misbehaving(sender="553 5.7.1 not yours"):
        assert "refuses the sender: 553 5.7.1 not yours. MAIL_DEFAULT_SENDER" in outcome()
    assert "is no file of certificates" in outcome(MAIL_CA_FILE="/etc/hostname")
    mailbox.stop()
    assert "cannot be reached" in outcome()


def test_threat_08_proxies_of_the_environment_get_no_mail(
    new_mailbox: NewMailbox, new_postern: NewPostern
) -> None:
    mailbox, proxy = new_mailbox(), new_mailbox()
    postern = new_postern(**mailbox.settings)
    for name in ("smtp_proxy", "SMTP_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"):
        postern.environment[name] = f"http://127.0.0.1:{proxy.port}"
    email = new_email()
    assert postern.command("mail", "test", email).returncode == 0
    mailbox.wait_for(email)
    assert proxy.commands["CONNECT"] == 0


def test_templates_of_the_site_replace_ours(
    workspace: pathlib.Path, new_mailbox: NewMailbox, new_postern: NewPostern
) -> None:
    folder = workspace / "templates"
    folder.mkdir()
    (folder / "test.txt").write_text("Subject: Überraschung für {{email}}\n\nVon {{site}} (日本).\n")
    mailbox = new_mailbox()
    settings = {"POSTERN_MAIL_TEMPLATES": str(folder), "POSTERN_SITE_NAME": "A <b> & C"}
    postern = new_postern(**mailbox.settings | settings)
    email = new_email()
    assert postern.command("mail", "test", email).returncode == 0
    mail = mailbox.wait_for(email)
    assert mail.subject == f"Überraschung für {email}"
    assert mail.text.strip() == "Von A <b> & C (日本)."
    assert "A &lt;b&gt; &amp; C" in mail.html
    (folder / "test.txt").write_text("Subject: x\n\n{{emial}}\n")
    done = postern.command("config", "check")
    assert done.returncode == 78
    assert "test.txt has {{emial}}, which is nothing" in done.stderr


def test_reload_takes_over_another_server(new_mailbox: NewMailbox, new_postern: NewPostern) -> None:
    first, second = new_mailbox(), new_mailbox()
    postern = new_postern()
    file = postern.folder / "settings.env"
    postern.environment["POSTERN_ENV_FILE"] = str(file)
    file.write_text("".join(f"{key}={value!r}\n" for key, value in first.settings.items()))
    process = postern.start()
    first.wait_for(queue(postern))
    file.write_text("".join(f"{key}={value!r}\n" for key, value in second.settings.items()))
    process.signal(1)
    wait_for(lambda: "settings reloaded" in postern.log.read_text(), "the reload")
    second.wait_for(queue(postern))


def test_threat_27_names_forge_no_field_of_a_mail(site: NginxSite, mailbox: Mailbox) -> None:
    """Whatever somebody is called and comes with, the mail has the fields that it has, and says what it says."""
    names = [
        ("Ann\r\nBcc: eve@example.com", "Smith"),
        ("<img src=//evil.example>", "Smith"),
        ("Claim your prize at", "evil.example"),
        ("Zoë", "東京"),
    ]
    for first, last in names:
        email = new_email("hostile")
        words = ["user", "add", email, "--first-name", first, "--last-name", last]
        done = site.postern.command(*words, input="correct horse\n")
        if done.returncode != 0:
            # The command itself refuses such a name.
            assert "\r\n" in first, done.stderr
            continue
        answer = site.client(**{"User-Agent": "Firefox/1 Linux<script>"}).post(
            "/api/auth/request-password-reset", {"email": email}
        )
        assert answer.status == 200, answer
        mail = mailbox.wait_for(email)
        assert set(mail.message.keys()) == {
            *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type")
        }
        assert mail.message["To"] == email
        assert "evil" not in mail.text and "evil" not in mail.html and "<script" not in mail.html
        assert mail.link.startswith(f"{site.url}/auth/reset/")
        assert ("Hello Zoë 東京," in mail.text) == (first == "Zoë")
    assert mailbox.to("eve@example.com") == []
