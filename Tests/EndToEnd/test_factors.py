"""Second factors through nginx: adding and removing them, recovery codes, roles that demand one, who lost theirs."""

import concurrent.futures
import json
import pathlib
import re
import typing

import pytest

from rig.mailbox import Mailbox
from rig.people import ACCESS, again, claims_of
from rig.site import NginxSite, Person, Site
from rig.totp import AuthenticatorApp

RECOVERY_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}")


@pytest.fixture(scope="module")
def site(workspace: pathlib.Path, mailbox: Mailbox) -> typing.Iterator[NginxSite]:
    """Asks for second factors."""
    made = NginxSite(workspace / "factors", settings={**mailbox.settings, "AUTHSVC_ENABLE_MFA": "True"})
    yield made
    made.stop()


def told(mailbox: Mailbox, person: Person, words: str) -> bool:
    """Waits for a mail to the person that says so."""

    def found() -> bool:
        return any(words in " ".join(mail.text.split()) for mail in mailbox.to(person.email))

    with mailbox.changed:
        return mailbox.changed.wait_for(found, 20)


def prove(person: Person, mailbox: Mailbox) -> None:
    """Follows the link that a registration mails."""
    answer = person.client.get("/api/auth/confirm/" + mailbox.wait_for(person.email).token)
    assert answer.status == 200, answer


def add_app(person: Person) -> tuple[AuthenticatorApp, list[str]]:
    """An authenticator app, and the recovery codes that came with it, if any."""
    begun = person.client.post("/api/auth/mfa/totp", {"password": person.password})
    assert begun.status == 200, begun
    app = AuthenticatorApp(begun.json["otpauth_url"])
    assert app.totp.secret == begun.json["secret"]
    confirmed = person.client.post("/api/auth/mfa/totp/confirm", {"code": app.code()})
    assert confirmed.status == 200, confirmed
    return app, confirmed.json.get("recovery_codes", [])


def factors(person: Person) -> dict[str, typing.Any]:
    answer = person.client.get("/api/auth/mfa")
    assert answer.status == 200, answer
    return answer.json["factors"]


def second_step(site: Site, person: Person, code: str, **more: object):
    """Signs in with the password, and then with that code, in another browser."""
    client = site.client()
    login = client.post("/api/auth/login", {"email": person.email, "password": person.password})
    assert login.json["mfa_required"] is True, login
    return client, client.post("/api/auth/verify-mfa", {"mfa_token": login.json["mfa_token"], "code": code, **more})


def test_authenticator_app_is_added_used_and_removed(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    app, codes = add_app(person)
    assert len(set(codes)) == 10 and all(RECOVERY_CODE.fullmatch(code) for code in codes)
    assert claims_of(person.client.cookies[ACCESS])["amr"] == ["pwd", "otp", "mfa"]
    assert factors(person) == {"email": False, "passkeys": 0, "recovery_codes_left": 10, "totp": True}
    assert person.client.get("/api/auth/user/@me").json["user"]["mfa_enabled"] is True
    assert told(mailbox, person, "has a new second factor: an authenticator app")

    _, answer = second_step(site, person, app.code())
    assert answer.status == 200, answer
    _, answer = second_step(site, person, codes[0].lower().replace("-", " "))
    assert answer.status == 200, answer
    assert told(mailbox, person, "You have 9 left")
    _, answer = second_step(site, person, codes[0])
    assert (answer.status, answer.json["error_code"]) == (400, "BAD_CODE")

    assert person.client.request("DELETE", "/api/auth/mfa/totp").status == 200
    assert factors(person) == {"email": False, "passkeys": 0, "recovery_codes_left": 0, "totp": False}
    assert again(site, person).client.get("/private/file.txt").status == 200


def test_wrong_first_code_changes_nothing(site: NginxSite) -> None:
    person = site.register()
    begun = person.client.post("/api/auth/mfa/totp")
    app = AuthenticatorApp(begun.json["otpauth_url"])
    wrong = person.client.post("/api/auth/mfa/totp/confirm", {"code": app.wrong_code()})
    assert (wrong.status, wrong.json["error_code"]) == (400, "BAD_CODE")
    assert factors(person)["totp"] is False
    assert again(site, person).client.get("/private/file.txt").status == 200, "who gave up half way gets in"
    # Whoever begins anew has another secret.
    assert person.client.post("/api/auth/mfa/totp").json["secret"] != app.totp.secret
    stale = person.client.post("/api/auth/mfa/totp/confirm", {"code": app.code()})
    assert stale.json["error_code"] == "BAD_CODE"


def test_of_many_who_confirm_at_once_one_gets_the_recovery_codes(site: NginxSite) -> None:
    person = site.register()
    app = AuthenticatorApp(person.client.post("/api/auth/mfa/totp").json["otpauth_url"])
    code, cookies = app.code(), dict(person.client.cookies)

    def confirm(_: int):
        client = site.client()
        client.cookies = dict(cookies)
        return client.post("/api/auth/mfa/totp/confirm", {"code": code})

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(confirm, range(4)))
    assert [len(answer.json["recovery_codes"]) for answer in answers if answer.status == 200] == [10], answers


def test_mailed_codes_need_a_proven_address(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    refused = person.client.post("/api/auth/mfa/email")
    assert (refused.status, refused.json["error_code"]) == (403, "MAILED_CODES_NOT_ALLOWED")
    prove(person, mailbox)
    answer = person.client.post("/api/auth/mfa/email")
    assert (answer.status, len(answer.json["recovery_codes"])) == (200, 10)
    # Nobody has used one yet: the password alone changes no factor any more.
    for method, path in [("DELETE", "mfa/email"), ("POST", "mfa/totp"), ("POST", "mfa/recovery-codes")]:
        refused = person.client.request(method, f"/api/auth/{path}", {"password": person.password})
        assert (refused.status, refused.json["error_code"]) == (403, "SECOND_FACTOR_REQUIRED")
        assert refused.json["mfa_url"] == site.url + "/auth/mfa"
    client, verified = second_step(site, person, answer.json["recovery_codes"][0])
    assert verified.status == 200
    new = client.post("/api/auth/mfa/recovery-codes").json["recovery_codes"]
    assert len(new) == 10 and not set(new) & set(answer.json["recovery_codes"])
    assert client.request("DELETE", "/api/auth/mfa/email").status == 200
    assert factors(person)["recovery_codes_left"] == 0


def test_role_that_demands_a_factor_lets_nobody_in_without(site: NginxSite) -> None:
    person = site.add(role="admin")
    postern = site.postern
    try:
        told = postern.command("role", "require-factor", "admin")
        assert (told.returncode, told.stderr) == (0, "postern: the role “admin” demands a second factor\n")
        listed = {row["name"]: row for row in json.loads(postern.command("role", "list", "--json").stdout)}
        assert listed["admin"]["requires_second_factor"] is True
        assert listed["admin"]["members_without_second_factor"] >= 1
        client = site.client()
        login = client.post("/api/auth/login", {"email": person.email, "password": person.password})
        assert (login.json["factors"], login.json["enrolment_required"]) == (["email"], True)
        assert client.get("/private/file.txt").status == 401
        ticket = {"mfa_token": login.json["mfa_token"]}
        stranger = site.client().post("/api/auth/mfa/totp", ticket)
        assert (stranger.status, stranger.json["error_code"]) == (400, "BAD_MFA_TOKEN")
        begun = client.post("/api/auth/mfa/totp", ticket)
        app = AuthenticatorApp(begun.json["otpauth_url"])
        done = client.post("/api/auth/mfa/totp/confirm", ticket | {"code": app.code()})
        assert (done.status, len(done.json["recovery_codes"])) == (200, 10)
        assert done.json["user"]["email"] == person.email
        assert client.get("/private/file.txt").status == 200
        used = client.post("/api/auth/mfa/totp", ticket)
        assert (used.status, used.json["error_code"]) == (400, "BAD_MFA_TOKEN")
    finally:
        assert postern.command("role", "require-factor", "admin", "--off").returncode == 0
    unknown = postern.command("role", "require-factor", "nobody")
    assert (unknown.returncode, "there is no role “nobody”" in unknown.stderr) == (1, True)


def test_operator_helps_who_has_lost_everything(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    app, codes = add_app(person)
    trusted, _ = second_step(site, person, app.code(), trust_browser=True)
    assert "second-factor" in next(
        line for line in site.postern.command("user", "list").stdout.splitlines() if person.email in line)
    done = site.postern.command("user", "factors", "remove", person.email)
    assert done.returncode == 0, done.stderr
    assert told(mailbox, person, "has lost a second factor: all of them")
    assert trusted.get("/api/auth/check-auth").status == 401, "all sessions have ended"
    assert factors(again(site, person)) == {"email": False, "passkeys": 0, "recovery_codes_left": 0, "totp": False}
    none = site.postern.command("user", "factors", "remove", person.email)
    assert (none.returncode, "has no second factor" in none.stderr) == (1, True)


def test_site_that_asks_for_none_says_so_and_warns_of_a_role(build) -> None:
    site = build(NginxSite)
    person = site.register()
    listed = person.client.get("/api/auth/mfa")
    assert (listed.status, listed.json["enabled"]) == (200, False)
    refused = person.client.post("/api/auth/mfa/totp")
    assert (refused.status, refused.json["error_code"]) == (403, "MFA_DISABLED")
    told = site.postern.command("role", "require-factor", "user")
    assert "warning: AUTHSVC_ENABLE_MFA is False" in told.stderr
    assert again(site, person).client.get("/private/file.txt").status == 200
    position = site.postern.log_position()
    site.postern.stop()
    site.postern.start()
    assert "AUTHSVC_ENABLE_MFA is False" in site.postern.log_since(position)
