"""The second step of a sign-in, and stepping up to it, through nginx and lighttpd: every factor, wrong codes, tickets
in wrong hands, browsers that are trusted, and what AUTH_REQUIRE makes of it."""

import concurrent.futures
import contextlib
import pathlib
import re
import sqlite3
import typing
import urllib.parse

import pytest

from rig.client import Answer, Client
from rig.mailbox import Mailbox
from rig.passkeys import Device, add
from rig.people import ACCESS, REFRESH, again, browser_with, claims_of
from rig.site import PASSWORD, LighttpdSite, NginxSite, Person, Site
from rig.totp import AuthenticatorApp

API = "/api/auth"
PLACES = {"mfa": "mfa", "age": "age<=900", "both": "mfa age<=900"}
NGINX = """
server {
    listen 127.0.0.1:{port2};
    root {www};
    include postern/postern-api.conf;
    include postern/postern-verify.conf;
%s
}
""" % "\n".join(
    f"    location ^~ /private/{name}/ {{\n        set $auth_require \"{demand}\";\n"
    "        include postern/postern-protect.conf;\n    }" for name, demand in PLACES.items()
)
LIGHTTPD = "\n".join(
    f'$HTTP["url"] =^ "/private/{name}/" {{\n    setenv.add-environment = ( "AUTH_REQUIRE" => "{demand}" )\n'
    '    include "postern/postern-protect.conf"\n}' for name, demand in PLACES.items()
)
FACTORS = ["totp", "email", "recovery", "passkey"]


def furnish(site: Site) -> None:
    for name in PLACES:
        (site.www / "private" / name).mkdir()
        (site.www / "private" / name / "file.txt").write_text(f"a file under {name}\n")


@pytest.fixture(scope="module")
def site(workspace: pathlib.Path, mailbox: Mailbox) -> typing.Iterator[NginxSite]:
    settings = {**mailbox.settings, "AUTHSVC_ENABLE_MFA": "True", "AUTHSVC_MAX_LOGIN_ATTEMPTS": "5"}
    made = NginxSite(workspace / "second-step", settings=settings, site=NGINX)
    furnish(made)
    # All that is asked is asked of the server with the places.
    made.port, made.port2 = made.port2, made.port
    yield made
    made.stop()


class Owner:
    """Somebody with factors, each of which can be given: at a second step, or in a session."""

    def __init__(self, site: Site, mailbox: Mailbox, *factors: str) -> None:
        self.site = site
        self.mailbox = mailbox
        self.person = site.add()
        self.earlier = again(site, self.person)  # A session from before there was any factor.
        self.codes: list[str] = []
        for factor in factors:
            getattr(self, "enrol_" + factor)()

    def enrol_totp(self) -> None:
        begun = self.post("mfa/totp")
        self.app = AuthenticatorApp(begun.json["otpauth_url"])
        self.codes += self.post("mfa/totp/confirm", {"code": self.app.code()}).json.get("recovery_codes", [])

    def enrol_email(self) -> None:
        self.codes += self.post("mfa/email").json.get("recovery_codes", [])

    def enrol_passkey(self) -> None:
        self.device = Device(self.site.url)
        self.codes += add(self.person.client, self.device).get("recovery_codes", [])

    def enrol_recovery(self) -> None:
        self.enrol_passkey()

    def post(self, path: str, body: object = None) -> Answer:
        answer = self.person.client.post(f"{API}/{path}", body)
        assert answer.status in (200, 201), answer
        return answer

    def first_step(self, client: Client | None = None, **fields: object) -> tuple[Client, Answer]:
        client = client or self.site.client()
        body = {"email": self.person.email, "password": self.person.password, **fields}
        answer = client.post(f"{API}/login", body)
        assert answer.status == 200, answer
        return client, answer

    def give(self, factor: str, client: Client, ticket: str | None = None) -> dict[str, typing.Any]:
        """What belongs into the body of `verify-mfa`, or without a ticket into that of `mfa/step-up`."""
        body: dict[str, typing.Any] = {} if ticket is None else {"mfa_token": ticket}
        match factor:
            case "totp": return body | {"code": self.app.code()}
            case "recovery": return body | {"code": self.codes.pop()}
            case "email":
                count = len(self.mailed())
                sent = client.post(f"{API}/mfa/email/send", body)
                assert sent.status == 200, sent
                return {**body, **{name: sent.json[name] for name in ("mfa_token",) if name in sent.json},
                        "code": self.mailed_code(count)}
            case _:
                options = client.post(f"{API}/mfa/passkeys/assert", body)
                assert options.status == 200, options
                return body | {"credential": self.device.use(options.json)}

    def mailed(self) -> list[str]:
        found = [re.search(r"^(\d{6}) is your verification code", mail.text, re.M)
                 for mail in self.mailbox.to(self.person.email)]
        return [code[1] for code in found if code]

    def mailed_code(self, before: int) -> str:
        with self.mailbox.changed:
            assert self.mailbox.changed.wait_for(lambda: len(self.mailed()) > before, 20), "no code was mailed"
            return self.mailed()[before]

    def sign_in(self, factor: str, **fields: object) -> tuple[Client, Answer]:
        client, first = self.first_step()
        body = self.give(factor, client, first.json["mfa_token"])
        return client, client.post(f"{API}/verify-mfa", body | fields)


def methods(client: Client) -> list[str]:
    return claims_of(client.cookies[ACCESS])["amr"]


def reads(client: Client, name: str) -> bool:
    answer = client.get(f"/private/{name}/file.txt")
    assert answer.status in (200, 401), answer
    return answer.text == f"a file under {name}\n"


def make_proof_old(site: Site, client: Client) -> None:
    """The person of this session has proven who they are twenty minutes ago."""
    session = claims_of(client.cookies[ACCESS])["session_id"].replace("-", "")
    high, low = (int.from_bytes(bytes.fromhex(half), "big", signed=True) for half in (session[:16], session[16:]))
    with contextlib.closing(sqlite3.connect(site.postern.data / "postern.db")) as database, database:
        changed = database.execute(
            "UPDATE sessions SET proven_at = proven_at - 1200000000 WHERE id_high = ? AND id_low = ?", (high, low))
        assert changed.rowcount == 1
    assert client.post(f"{API}/token/refresh").status == 200


# Every factor.


@pytest.mark.parametrize("factor", FACTORS)
def test_every_factor_finishes_a_sign_in(site: NginxSite, mailbox: Mailbox, factor: str) -> None:
    owner = Owner(site, mailbox, factor)
    client, first = owner.first_step()
    assert first.json["mfa_required"] is True and factor in first.json["factors"]
    assert set(first.cookies) == {"postern_sign_in"}
    assert client.get("/private/age/file.txt").status == 401, "nobody is signed in yet"
    body = owner.give(factor, client, first.json["mfa_token"])
    answer = client.post(f"{API}/verify-mfa", body)
    assert (answer.status, answer.json["msg"], answer.json["user"]["email"]) == (
        200, "Login successful", owner.person.email)
    assert methods(client) == ["pwd", *(["hwk", "user"] if factor == "passkey" else ["otp"]), "mfa"]
    assert all(reads(client, name) for name in PLACES)
    assert "postern_sign_in" not in client.cookies
    # It works once.
    other, first = owner.first_step()
    again = other.post(f"{API}/verify-mfa", body | {"mfa_token": first.json["mfa_token"]})
    assert again.status == 400 and not again.cookies, again


@pytest.mark.parametrize("factor", FACTORS)
def test_every_factor_raises_a_session_and_renews_no_age(site: NginxSite, mailbox: Mailbox, factor: str) -> None:
    owner = Owner(site, mailbox, factor)
    client = owner.earlier.client
    make_proof_old(site, client)
    assert not any(reads(client, name) for name in PLACES)
    refused = client.get("/private/mfa/file.txt", Accept="application/json")
    assert (refused.json["error_code"], refused.json["step_up"]) == ("STEP_UP_REQUIRED", "mfa")
    assert urllib.parse.urlsplit(refused.json["step_up_url"]).path == "/auth/mfa"
    seen = client.view("/private/mfa/file.txt?a=1&b=2")
    location = urllib.parse.urlsplit(seen.header("Location"))
    assert (seen.status, location.path) == (302, "/auth/mfa")
    assert urllib.parse.parse_qs(location.query)["next"] == ["/private/mfa/file.txt?a=1&b=2"]

    before = dict(client.cookies)
    answer = client.post(f"{API}/mfa/step-up", owner.give(factor, client))
    assert answer.status == 200, answer
    assert [name for name in PLACES if reads(client, name)] == ["mfa"]
    assert browser_with(site, {ACCESS: before[ACCESS]}).get("/private/mfa/file.txt").status == 401
    assert client.post(f"{API}/token/refresh").status == 200
    assert [name for name in PLACES if reads(client, name)] == ["mfa"]
    # The password goes first where both are missing; its second step brings both.
    both = client.get("/private/both/file.txt", Accept="application/json")
    assert both.json["step_up"] == "age"
    _, first = owner.first_step(client)
    assert client.post(f"{API}/verify-mfa", owner.give("recovery", client, first.json["mfa_token"])).status == 200
    assert all(reads(client, name) for name in PLACES)


def test_fresh_password_is_no_second_factor(site: NginxSite) -> None:
    person = site.add()
    assert reads(person.client, "age") and not reads(person.client, "mfa") and not reads(person.client, "both")
    refused = person.client.post(f"{API}/mfa/step-up", {"code": "000000"})
    assert (refused.status, refused.json["error_code"]) == (409, "NO_SECOND_FACTOR")


# Wrong codes.


def test_guessing_is_stopped_whatever_tickets_and_browsers_and_the_owner_goes_on(
    site: NginxSite, mailbox: Mailbox
) -> None:
    owner = Owner(site, mailbox, "totp")
    for _ in range(5):
        client, first = owner.first_step()
        wrong = client.post(
            f"{API}/verify-mfa", {"mfa_token": first.json["mfa_token"], "code": owner.app.wrong_code()})
        assert (wrong.status, wrong.json["error"], wrong.json["error_code"]) == (400, "Invalid MFA token", "BAD_CODE")
    client, first = owner.first_step()
    refused = client.post(f"{API}/verify-mfa", {"mfa_token": first.json["mfa_token"], "code": owner.codes[0]})
    assert (refused.status, refused.json["error_code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert 0 < int(refused.header("Retry-After")) <= 60
    with mailbox.changed:
        warned = lambda: [mail for mail in mailbox.to(owner.person.email) if "may know your password" in mail.subject]
        assert mailbox.changed.wait_for(warned, 20)
    # In a browser in which they have signed in before, nobody makes them wait.
    known = browser_with(site, {"postern_browser": owner.earlier.client.cookies["postern_browser"]})
    _, first = owner.first_step(known)
    answer = known.post(f"{API}/verify-mfa", {"mfa_token": first.json["mfa_token"], "code": owner.codes[0]})
    assert answer.status == 200, answer


@pytest.mark.parametrize("factor", ["totp", "email", "recovery"])
def test_of_many_who_give_one_code_at_once_one_gets_in(site: NginxSite, mailbox: Mailbox, factor: str) -> None:
    owner = Owner(site, mailbox, factor)
    client, first = owner.first_step()
    tickets = [(client, first.json["mfa_token"])]
    if factor != "email":
        tickets += [(other, answer.json["mfa_token"]) for other, answer in (owner.first_step() for _ in range(3))]
    else:
        tickets *= 4
    code = owner.give(factor, client, first.json["mfa_token"])["code"]

    def verify(step: tuple[Client, str]) -> int:
        racer = browser_with(site, dict(step[0].cookies))
        return racer.post(f"{API}/verify-mfa", {"mfa_token": step[1], "code": code}).status

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        statuses = sorted(threads.map(verify, tickets))
    assert statuses == [200, 400, 400, 400]


def test_nothing_tells_who_exists(site: NginxSite, mailbox: Mailbox) -> None:
    owner = Owner(site, mailbox, "totp")
    client, first = owner.first_step()
    ticket = first.json["mfa_token"]
    for body in (
        {}, {"email": owner.person.email, "token": "000000"}, {"email": "nobody@example.com", "token": "000000"},
        {"mfa_token": "x" * 43, "code": "000000"}, {"mfa_token": ticket}, {"mfa_token": ticket[:-1], "code": "000000"},
        {"mfa_token": client.cookies["postern_sign_in"], "code": "000000"},
    ):
        answer = client.post(f"{API}/verify-mfa", body)
        assert (answer.status, answer.json["error"]) == (400, "Invalid MFA token"), (body, answer)
        assert answer.json["error_code"] == "BAD_MFA_TOKEN"


# Tickets.


def test_ticket_is_for_its_browser_and_ends_with_the_password(site: NginxSite, mailbox: Mailbox) -> None:
    owner = Owner(site, mailbox, "recovery")
    client, first = owner.first_step()
    ticket = first.json["mfa_token"]
    _, foreign = owner.first_step()
    for cookies in ({}, {"postern_sign_in": foreign.cookies["postern_sign_in"]}):
        thief = browser_with(site, cookies)
        answer = thief.post(f"{API}/verify-mfa", {"mfa_token": ticket, "code": owner.codes[-1]})
        assert (answer.status, answer.json["error_code"]) == (400, "BAD_MFA_TOKEN")
        assert thief.post(f"{API}/mfa/email/send", {"mfa_token": ticket}).status == 400
    owner.post("password/update", {"current_password": PASSWORD, "new_password": "battery staple"})
    late = client.post(f"{API}/verify-mfa", {"mfa_token": ticket, "code": owner.codes[-1]})
    assert (late.status, late.json["error_code"]) == (400, "BAD_MFA_TOKEN")
    owner.person.password = "battery staple"
    client, answer = owner.sign_in("recovery")
    assert answer.status == 200, answer


def test_whoever_is_disabled_between_the_steps_stays_out(site: NginxSite, mailbox: Mailbox) -> None:
    owner = Owner(site, mailbox, "recovery")
    client, first = owner.first_step()
    done = site.postern.command("user", "disable", owner.person.email)
    assert done.returncode == 0, done.stderr
    answer = client.post(f"{API}/verify-mfa", owner.give("recovery", client, first.json["mfa_token"]))
    assert (answer.status, answer.json["error_code"]) == (400, "BAD_MFA_TOKEN")


def test_first_step_ends_nothing_and_the_second_one_what_this_browser_had(site: NginxSite, mailbox: Mailbox) -> None:
    owner = Owner(site, mailbox, "recovery")
    client = owner.earlier.client
    before = dict(client.cookies)
    _, first = owner.first_step(client)
    assert reads(client, "age")
    assert client.post(f"{API}/verify-mfa", owner.give("recovery", client, first.json["mfa_token"])).status == 200
    assert not reads(browser_with(site, {ACCESS: before[ACCESS], REFRESH: before[REFRESH]}), "age")
    assert reads(client, "both")


@pytest.mark.parametrize("delivery", ["body_only", "dual"])
def test_where_tokens_go_into_bodies_the_ticket_is_enough(build, mailbox: Mailbox, delivery: str) -> None:
    settings = {**mailbox.settings, "AUTHSVC_ENABLE_MFA": "True", "AUTHSVC_TOKEN_DELIVERY": delivery}
    if delivery == "body_only":
        links = {f"POSTERN_{name}_URL": f"https://app.example.com/{name}" for name in ("CONFIRM", "RESET", "UNDO")}
        settings |= links
    site = build(NginxSite, settings=settings)
    person = Person(*[site.add().email, PASSWORD], site.client())
    login = person.client.post(f"{API}/login", {"email": person.email, "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {login.json['access_token']}"}
    app_client = site.client(**bearer)
    begun = app_client.post(f"{API}/mfa/totp")
    app = AuthenticatorApp(begun.json["otpauth_url"])
    confirmed = app_client.post(f"{API}/mfa/totp/confirm", {"code": app.code()})
    assert confirmed.status == 200 and confirmed.json["access_token"], confirmed
    first = site.client().post(f"{API}/login", {"email": person.email, "password": PASSWORD})
    assert first.json["mfa_required"] is True and "access_token" not in first.json
    assert bool(first.cookies) == (delivery == "dual")
    answer = site.client().post(
        f"{API}/verify-mfa",
        {"mfa_token": first.json["mfa_token"], "code": confirmed.json["recovery_codes"][0], "trust_browser": True})
    assert answer.status == 200 and claims_of(answer.json["access_token"])["amr"] == ["pwd", "otp", "mfa"]
    assert ("postern_trusted" in answer.cookies) == (delivery == "dual")


# Browsers that are trusted.


def test_trusted_browser_is_not_asked_until_its_owner_or_another_password_ends_it(
    site: NginxSite, mailbox: Mailbox
) -> None:
    owner = Owner(site, mailbox, "recovery")
    client, answer = owner.sign_in("recovery", trust_browser=True)
    assert answer.status == 200, answer
    trusted = {"postern_trusted": client.cookies["postern_trusted"]}

    def is_asked() -> bool:
        other, answer = owner.first_step(browser_with(site, trusted))
        if "mfa_required" not in answer.json:
            assert methods(other) == ["pwd"] and reads(other, "age") and not reads(other, "mfa")
        return "mfa_required" in answer.json

    assert not is_asked()
    assert client.post(f"{API}/logout").status == 200
    assert not is_asked()
    [browser] = owner.person.client.get(f"{API}/mfa/browsers").json["browsers"]
    assert owner.person.client.request("DELETE", f"{API}/mfa/browsers/{browser['id']}").status == 200
    assert owner.person.client.get(f"{API}/mfa/browsers").json["count"] == 0
    assert is_asked()
    client, _ = owner.sign_in("recovery", trust_browser=True)
    trusted = {"postern_trusted": client.cookies["postern_trusted"]}
    assert not is_asked()
    owner.post("password/update", {"current_password": PASSWORD, "new_password": "battery staple"})
    owner.person.password = "battery staple"
    assert is_asked()


# lighttpd asks as AUTHORIZER.


def test_lighttpd_demands_a_factor_and_an_age(build, mailbox: Mailbox) -> None:
    site = build(LighttpdSite, settings={**mailbox.settings, "AUTHSVC_ENABLE_MFA": "True"}, more=LIGHTTPD)
    furnish(site)
    owner = Owner(site, mailbox, "totp")
    client = owner.earlier.client
    assert reads(client, "age") and not reads(client, "mfa") and not reads(client, "both")
    refused = client.get("/private/mfa/file.txt", Accept="application/json")
    assert (refused.status, refused.json["step_up"]) == (401, "mfa")
    seen = client.view("/private/both/file.txt?a=1")
    assert seen.status == 302 and seen.header("Location").startswith("/auth/mfa?next=/private/both/file.txt")
    assert client.post(f"{API}/mfa/step-up", owner.give("recovery", client)).status == 200
    assert all(reads(client, name) for name in PLACES)
    make_proof_old(site, client)
    assert [name for name in PLACES if reads(client, name)] == ["mfa"]
