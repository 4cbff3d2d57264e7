"""What mailed links have been used for by people who do not own the mailbox. The numbers are those of
docs/security.md."""


import pytest

from rig.api_tokens import bearer, make
from rig.client import Client
from rig.mailbox import Mailbox
from rig.people import ACCESS, REFRESH, browser_with
from rig.site import PASSWORD, NginxSite, new_email

PATH = "/private/file.txt"
NEW = "battery staple"
FORGED = {
    "Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
    "Forwarded": "host=evil.example;proto=https", "X-Forwarded-Server": "evil.example", "X-Host": "evil.example",
    "X-Original-Host": "evil.example", "Origin": "{url}", "Referer": "https://evil.example/",
}  # fmt: skip


def ask_for_reset(site: NginxSite, mailbox: Mailbox, email: str) -> str:
    """The text of the link that comes."""
    count = len(mailbox.to(email)) + 1
    assert site.client().post("/api/auth/request-password-reset", {"email": email}).status == 200
    return mailbox.wait_for(email, count).token


def test_threat_14_no_address_gets_a_mail(site: NginxSite, mailbox: Mailbox) -> None:
    """What one program takes for the first address, another for the second."""
    victim = site.register()
    first = mailbox.wait_for(victim.email)
    name, _, domain = victim.email.partition("@")
    for email in (
        f"{victim.email}@evil.example", f"evil@evil.example@{domain}", f"{victim.email},evil@evil.example",
        f"{victim.email} evil@evil.example", f"evil@evil.example\r\nBcc: {victim.email}", f"<{victim.email}>",
        f"{victim.email}\x00@evil.example", f"{name}@{domain}.", f'"{victim.email}"@evil.example',
    ):  # fmt: skip
        for path in ("request-password-reset", "resend-verification-email"):
            answer = site.client().post(f"/api/auth/{path}", {"email": email})
            assert answer.status in (200, 400), answer
    # Mails leave in their order: when this one is there, all are.
    ask_for_reset(site, mailbox, victim.email)
    assert [mail.id for mail in mailbox.to(victim.email)][0] == first.id
    assert len(mailbox.to(victim.email)) == 2
    assert not [mail for mail in mailbox.mails if "evil" in mail.recipient]


@pytest.mark.parametrize("field", FORGED)
def test_threat_18_links_lead_to_this_site_whatever_a_field_says(
    site: NginxSite, mailbox: Mailbox, field: str
) -> None:
    email = new_email()
    headers = {field: FORGED[field].replace("{url}", site.url)}
    evil = {"redirect_url": "https://evil.example/", "next": "https://evil.example/", "url": "https://evil.example/"}
    for path, fields in (
        ("register", {"email": email, "password": PASSWORD}),
        ("resend-verification-email", {"email": email}),
        ("request-password-reset", {"email": email}),
    ):
        answer = site.client().request("POST", f"/api/auth/{path}", fields | evil, headers)
        assert answer.status in (200, 201), answer
    for count in (1, 2, 3):
        mail = mailbox.wait_for(email, count)
        assert mail.link.startswith(f"{site.url}/auth/"), mail.text
        assert b"evil" not in mail.raw


def test_threat_21_reset_ends_everything_from_before(site: NginxSite, mailbox: Mailbox) -> None:
    """The connection is kept, and what was good on it is not."""
    person = site.register()
    token = make(person)["token"]
    before = dict(person.client.cookies)
    confirmation = mailbox.wait_for(person.email).token
    second = ask_for_reset(site, mailbox, person.email)
    kept = browser_with(site, before)
    program = site.client()
    assert kept.get(PATH).status == 200
    assert program.get("/api/auth/check-auth", **bearer(token)).status == 200
    link = ask_for_reset(site, mailbox, person.email)
    assert site.client().post(f"/api/auth/reset-password/{link}", {"password": NEW}).status == 200
    for path in (PATH, "/app/", "/api/auth/check-auth", "/api/auth/user/@me"):
        assert kept.request("GET", path, keep=False).status == 401, path
    assert program.get("/api/auth/check-auth", **bearer(token)).status == 401
    assert browser_with(site, {REFRESH: before[REFRESH]}).request("GET", PATH, keep=False).status == 401
    answer = browser_with(site, before).post("/api/auth/token/refresh")
    assert (answer.status, answer.json["error_code"]) == (401, "SESSION_INACTIVE")
    assert site.client().post("/api/auth/login", {"email": person.email, "password": PASSWORD}).status == 401
    # Links that were open are worthless.
    assert site.client().post(f"/api/auth/reset-password/{second}", {"password": "another staple"}).status == 400
    assert site.client().post(f"/api/auth/confirm/{confirmation}", {"password": NEW}).status == 400


def test_threat_23_links_assign_nothing_else(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    extra = {
        "role_id": 1, "role": "admin", "id": 777, "is_active": False, "provider": "google", "email": new_email(),
        "mfa_enabled": True, "permissions": ["*"], "first_name": "x", "__proto__": {"role": "admin"},
    }  # fmt: skip
    before = person.client.get("/api/auth/user/@me").json["user"]
    link = mailbox.wait_for(person.email).token
    assert person.client.post(f"/api/auth/confirm/{link}", extra).status == 200
    after = person.client.get("/api/auth/user/@me").json["user"]
    assert after == before | {"is_verified": True, "updated_at": after["updated_at"]}
    link = ask_for_reset(site, mailbox, person.email)
    assert site.client().post(f"/api/auth/reset-password/{link}", extra | {"password": NEW}).status == 200
    person.password = NEW
    site.sign_in(person)
    reset = person.client.get("/api/auth/user/@me").json["user"]
    assert reset == after | {"updated_at": reset["updated_at"]}


def pre_hijacked(site: NginxSite, mailbox: Mailbox) -> tuple[str, Client, str, str]:
    """An attacker has registered the victim's address: the address, the attacker's browser, an API token of theirs, and
    the link that the victim has got."""
    attacker = site.register("victim", first_name="Attacker")
    token = make(attacker)["token"]
    return attacker.email, attacker.client, token, mailbox.wait_for(attacker.email).token


def test_threat_29_victims_click_proves_nothing_for_an_attacker(site: NginxSite, mailbox: Mailbox) -> None:
    email, attacker, _, link = pre_hijacked(site, mailbox)
    for victim in (site.client(), site.register().client):
        path = f"/api/auth/confirm/{link}"
        for answer in (victim.get(path), victim.post(path, {}), victim.get(path, **{"Sec-Fetch-Mode": "navigate"})):
            assert (answer.status, answer.json["error_code"]) == (401, "SIGN_IN_TO_CONFIRM")
        for guess in ("the victim's own", "", PASSWORD + " "):
            assert victim.post(path, {"password": guess}).status == 401
        assert attacker.get("/api/auth/user/@me").json["user"]["is_verified"] is False


def test_threat_29_reset_throws_an_attacker_out(site: NginxSite, mailbox: Mailbox) -> None:
    email, attacker, token, link = pre_hijacked(site, mailbox)
    before = dict(attacker.cookies)
    spare = ask_for_reset(site, mailbox, email)
    reset = ask_for_reset(site, mailbox, email)
    assert site.client().post(f"/api/auth/reset-password/{reset}", {"password": NEW}).status == 200
    assert attacker.request("GET", PATH, keep=False).status == 401
    assert browser_with(site, before).post("/api/auth/token/refresh").status == 401
    assert site.client().get("/api/auth/check-auth", **bearer(token)).status == 401
    assert site.client().post("/api/auth/login", {"email": email, "password": PASSWORD}).status == 401
    for path, body in (
        (f"confirm/{link}", {"password": PASSWORD}),
        (f"reset-password/{spare}", {"password": "the attacker's own"}),
    ):
        assert site.client().post(f"/api/auth/{path}", body).status == 400
    victim = site.client()
    assert victim.post("/api/auth/login", {"email": email, "password": NEW}).status == 200
    assert victim.get("/api/auth/user/@me").json["user"]["is_verified"] is True
    assert victim.get("/api/auth/tokens").json["count"] == 0
    assert len(victim.get("/api/audit/sessions/me").json["sessions"]) == 1


def test_threat_32_mailed_link_signs_nobody_in(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    confirm = mailbox.wait_for(person.email).token
    reset = ask_for_reset(site, mailbox, person.email)
    for link in (confirm, reset):
        for name in (ACCESS, REFRESH):
            assert browser_with(site, {name: link}).request("GET", PATH, keep=False).status == 401
        assert site.client().get("/api/auth/check-auth", **bearer(link)).status == 422
    # One of the one purpose is none of the other.
    assert site.client().post(f"/api/auth/reset-password/{confirm}", {"password": NEW}).status == 400
    assert person.client.get(f"/api/auth/confirm/{reset}").status == 400
    assert site.client().post(f"/api/auth/reset-password/{reset}", {"password": NEW}).status == 200
