"""A front end of the Flask package that Postern replaces finds what it knows: the rows of recorded.py,
recorded_pictures.py and recorded_second_step.py, through nginx."""

import json
import typing

import jwt
import pytest

from recorded import BOTH, DELIVERY, DOUBLE_SUBMIT, OURS, REFRESH, ROWS, UNPROVEN, Row
from recorded_pictures import PICTURES
from recorded_second_step import SECOND_STEP
from rig.client import Answer
from rig.mailbox import Mailbox
from rig.postern import JWT_SECRET_KEY
from rig.processes import wait_for
from rig.site import PASSWORD, NginxSite, new_email
from rig.totp import AuthenticatorApp


class Cast(dict):
    """The texts that rows name in braces, each made when it is asked for, and once per row."""

    def __init__(self, site: NginxSite) -> None:
        self.site = site

    def __missing__(self, name: str) -> str:
        getattr(self, "make_" + name.split("_")[0].lower())()
        return self[name]

    def tokens(self, person_email: str) -> tuple[str, str]:
        answer = self.site.client().post("/api/auth/login", {"email": person_email, "password": PASSWORD})
        assert answer.status == 200, answer
        for kind in ("access", "refresh"):
            self[f"csrf_{kind}"] = answer.cookies.get(f"csrf_{kind}_token", "")
        if answer.cookies:
            return answer.cookies["access_token_cookie"], answer.cookies["refresh_token_cookie"]
        return answer.json["access_token"], answer.json["refresh_token"]

    def person(self) -> str:
        email = new_email("alice")
        answer = self.site.client().post("/api/auth/register", {"email": email, "password": PASSWORD})
        assert answer.status == 201, answer
        return email

    def make_new(self) -> None:
        self["new"] = new_email("new")

    def make_alice(self) -> None:
        self["alice"] = self.person()
        self["ALICE"] = self["alice"].upper()

    def make_disabled(self) -> None:
        self["disabled"] = self.person()
        done = self.site.postern.command("user", "disable", self["disabled"])
        assert done.returncode == 0, done.stderr

    def make_access(self) -> None:
        self["access"], self["refresh"] = self.tokens(self["alice"])

    make_refresh = make_csrf = make_access

    def make_bob(self) -> None:
        self["bob"] = self.person()

    def make_owner(self) -> None:
        self["owner"] = self.person()
        access, _ = self.tokens(self["owner"])
        cookie = f"access_token_cookie={access}"
        begun = self.site.client().post("/api/auth/mfa/totp", {"password": PASSWORD}, Cookie=cookie)
        app = AuthenticatorApp(begun.json["otpauth_url"])
        done = self.site.client().post("/api/auth/mfa/totp/confirm", {"code": app.code()}, Cookie=cookie)
        assert done.status == 200, done
        login = self.site.client().post("/api/auth/login", {"email": self["owner"], "password": PASSWORD})
        self["owner_ticket"] = login.json["mfa_token"]
        self["owner_cookie"] = login.cookies["postern_sign_in"]
        self["owner_code"], self["owner_wrong"] = app.code(), app.wrong_code()

    def make_repeated(self) -> None:
        body = {"mfa_token": self["owner_ticket"], "code": self["owner_code"]}
        cookie = f"postern_sign_in={self['owner_cookie']}"
        done = self.site.client().post("/api/auth/verify-mfa", body, Cookie=cookie)
        assert done.status == 200, done
        self["repeated"] = self["owner_code"]

    def make_used(self) -> None:
        self["used_access"], self["used"] = self.tokens(self["alice"])
        answer = self.site.client().post("/api/auth/token/refresh", Cookie="refresh_token_cookie=" + self["used"])
        assert answer.status == 200, answer

    def make_out(self) -> None:
        self["out_access"], self["out_refresh"] = self.tokens(self["alice"])
        answer = self.site.client().post("/api/auth/logout", Cookie="access_token_cookie=" + self["out_access"])
        assert answer.status == 200, answer

    def make_ghost(self) -> None:
        email = self.person()
        self["ghost_access"], self["ghost_refresh"] = self.tokens(email)
        self["ghost_confirm"] = self.mailed(email, "confirm")
        done = self.site.postern.command("user", "remove", email, "--yes")
        assert done.returncode == 0, done.stderr
        # The command is another process: this one has a second to learn of it.
        headers = {"Cookie": f"access_token_cookie={self['ghost_access']}"}
        client = self.site.client()
        wait_for(lambda: client.request("GET", "/private/", headers=headers).status == 401, "the removal", 1)

    def ask(self, cookies: str, email: str) -> str:
        """Asks for another address; returns the text of the link that confirms it."""
        body = {"new_email": email, "password": PASSWORD}
        answer = self.site.client().post("/api/auth/change-email", body, Cookie=cookies)
        assert answer.status == 200, answer
        return self.site.mailbox.wait_for(email).token

    def make_asked(self) -> None:
        self["asked"] = self.ask("access_token_cookie=" + self["access"], self["new"])

    def make_moved(self) -> None:
        self["moved"] = self.person()
        self["moved_access"], self["moved_refresh"] = self.tokens(self["moved"])
        cookies = "access_token_cookie=" + self["moved_access"]
        proof = self.mailed(self["moved"], "confirm")
        assert self.site.client().get(f"/api/auth/confirm/{proof}", Cookie=cookies).status == 200
        link = self.ask(cookies, new_email("moved"))
        answer = self.site.client().get(f"/api/auth/confirm/{link}", Cookie=cookies)
        assert answer.status == 200, answer

    def make_deleted(self) -> None:
        self["deleted"] = self.person()
        self["deleted_access"], self["deleted_refresh"] = self.tokens(self["deleted"])
        here, _ = self.tokens(self["deleted"])
        answer = self.site.client().post(
            "/api/auth/delete-account", {"password": PASSWORD}, Cookie="access_token_cookie=" + here)
        assert answer.status == 200, answer

    def make_inherited(self) -> None:
        """Another account has the address of these tokens' account."""
        self["inherited_access"], self["inherited_refresh"] = self["deleted_access"], self["deleted_refresh"]
        answer = self.site.client().post(
            "/api/auth/register", {"email": self["deleted"], "password": "another person"})
        assert answer.status == 201, answer

    def changed(self, key: str, **claims: object) -> str:
        return jwt.encode(jwt.decode(self["access"], options={"verify_signature": False}) | claims, key, "HS256")

    def mailed(self, email: str, words: str) -> str:
        """The text of the link in the mail to that address whose link leads there."""
        mailbox: Mailbox = self.site.mailbox
        for count in (1, 2):
            mail = mailbox.wait_for(email, count)
            if f"/{words}/" in mail.link:
                return mail.token
        raise AssertionError(f"no mail to {email} leads to {words}")

    def make_confirm(self) -> None:
        self["confirm"] = self.mailed(self["alice"], "confirm")

    def make_reset(self) -> None:
        asked = self.site.client().post("/api/auth/request-password-reset", {"email": self["alice"]})
        assert asked.status == 200, asked
        self["reset"] = self.mailed(self["alice"], "reset")

    def make_spent(self) -> None:
        self["spent_access"], self["spent_refresh"] = self.tokens(self["alice"])
        done = self.site.client().post(f"/api/auth/reset-password/{self['reset']}", {"password": "battery staple"})
        assert done.status == 200, done
        self["spent"] = self["reset"]

    def make_proven(self) -> None:
        self["proven_access"] = self["access"]
        cookie = f"access_token_cookie={self['access']}"
        done = self.site.client().get(f"/api/auth/confirm/{self['confirm']}", Cookie=cookie)
        assert done.status == 200, done
        self["proven"] = self["confirm"]

    def make_waiting(self) -> None:
        self["waiting"] = new_email("waiting")
        self.site.client().post("/api/auth/register", {"email": self["waiting"], "password": PASSWORD})

    def make_forged(self) -> None:
        self["forged"] = self.changed("another key, which is long enough for HS256")

    def make_none(self) -> None:
        self["none"] = jwt.encode(jwt.decode(self["access"], options={"verify_signature": False}), None, "none")

    def make_expired(self) -> None:
        self["expired"] = self.changed(JWT_SECRET_KEY, iat=1, nbf=1, exp=901)


def filled(value: typing.Any, cast: Cast) -> typing.Any:
    if isinstance(value, str):
        return value.format_map(cast)
    if isinstance(value, dict):
        return {name: filled(inner, cast) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, cast) for inner in value]
    return value


def assert_holds(expected: dict, found: typing.Any, cast: Cast) -> None:
    assert isinstance(found, dict), found
    for name, value in expected.items():
        assert name in found, f"{name} is missing in {found}"
        if isinstance(value, dict):
            assert_holds(value, found[name], cast)
        elif value == "null":
            assert found[name] is None, (name, found)
        elif value is not None:
            assert found[name] == filled(value, cast), (name, found)


def replay(row: Row, site: NginxSite) -> Answer:
    cast = Cast(site)
    method, path = filled(row.request, cast).split(" ")
    client = site.client(**{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36"})
    answer = client.request(method, path, filled(row.body, cast), filled(row.headers, cast))
    assert answer.status == row.status, answer
    assert_holds(row.answer, answer.json, cast)
    sets = {name if value else f"-{name}" for name, value in answer.cookies.items()}
    # Whoever signs in gets one more cookie, which the package had no use for.
    wanted = set(row.sets) | ({OURS} if BOTH <= set(row.sets) and row.request != REFRESH else set())
    assert sets == wanted, answer
    return answer


@pytest.fixture(scope="module")
def recorded_site(workspace, mailbox: Mailbox) -> typing.Iterator[NginxSite]:
    """With Secure cookies, as recorded; the client here sends them back over plain HTTP all the same."""
    made = NginxSite(workspace / "recorded", settings={"JWT_COOKIE_SECURE": "True", **mailbox.settings})
    made.mailbox = mailbox
    yield made
    made.stop()


@pytest.mark.parametrize("row", ROWS + PICTURES, ids=lambda row: f"{row.number} {row.title}")
def test_recorded_answer(recorded_site: NginxSite, row: Row) -> None:
    answer = replay(row, recorded_site)
    assert answer.header("X-Request-Id")
    assert answer.header("Cache-Control") == "no-store"
    if row.status == 405:
        assert answer.header("Allow")
    for field in answer.all("Set-Cookie"):
        attributes = {part.strip() for part in field.split(";")[1:]}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= attributes, field
        if field.partition(";")[0].endswith("="):
            assert "Expires=Thu, 01 Jan 1970 00:00:00 GMT" in attributes, field
    if "access_token_cookie" in row.sets:
        assert not {"access_token", "refresh_token"} & set(answer.json), "cookies_only puts no token into a body"


@pytest.fixture(scope="module")
def factors_site(workspace) -> typing.Iterator[NginxSite]:
    made = NginxSite(workspace / "recorded-factors", settings={"AUTHSVC_ENABLE_MFA": "True"})
    yield made
    made.stop()


@pytest.mark.parametrize("row", SECOND_STEP, ids=lambda row: f"{row.number} {row.title}")
def test_recorded_second_step(factors_site: NginxSite, row: Row) -> None:
    replay(row, factors_site)


@pytest.fixture(scope="module")
def proving_site(workspace) -> typing.Iterator[NginxSite]:
    made = NginxSite(workspace / "proving", settings={"REQUIRE_EMAIL_VERIFICATION": "True"})
    yield made
    made.stop()


@pytest.mark.parametrize("row", UNPROVEN, ids=lambda row: f"{row.number} {row.title}")
def test_recorded_before_the_address_is_proven(proving_site: NginxSite, row: Row) -> None:
    replay(row, proving_site)


@pytest.fixture(scope="module", params=DELIVERY)
def delivering_site(request, workspace) -> typing.Iterator[NginxSite]:
    settings = {"JWT_COOKIE_SECURE": "True", "AUTHSVC_TOKEN_DELIVERY": request.param}
    made = NginxSite(workspace / request.param, settings=settings)
    made.delivery = request.param
    yield made
    made.stop()


@pytest.mark.parametrize("number", range(max(map(len, DELIVERY.values()))))
def test_recorded_delivery(delivering_site: NginxSite, number: int) -> None:
    rows = DELIVERY[delivering_site.delivery]
    if number < len(rows):
        replay(rows[number], delivering_site)


@pytest.fixture(scope="module")
def double_submit_site(workspace) -> typing.Iterator[NginxSite]:
    settings = {"JWT_COOKIE_CSRF_PROTECT": "True", "AUTHSVC_CORS_ORIGINS": "http://localhost:3000"}
    made = NginxSite(workspace / "double-submit", settings=settings)
    yield made
    made.stop()


@pytest.mark.parametrize("row", DOUBLE_SUBMIT, ids=lambda row: f"{row.number} {row.title}")
def test_recorded_double_submit(double_submit_site: NginxSite, row: Row) -> None:
    for field in replay(row, double_submit_site).all("Set-Cookie"):
        assert ("HttpOnly" in field) != field.startswith("csrf_"), "a script reads what it repeats, and no token"


def test_double_submit_is_possible_from_a_listed_origin(double_submit_site: NginxSite) -> None:
    """The package's own preflight (14.9) forgot the header that it demands."""
    about = {
        "Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-csrf-token",
    }  # fmt: skip
    answer = double_submit_site.client().request("OPTIONS", "/api/auth/update_user", headers=about)
    assert answer.status == 200
    assert answer.header("Access-Control-Allow-Origin") == "http://localhost:3000"
    assert answer.header("Access-Control-Allow-Credentials") == "true"
    allowed = {name.strip().lower() for name in answer.header("Access-Control-Allow-Headers").split(",")}
    assert {"content-type", "x-csrf-token"} <= allowed
    assert "POST" in answer.header("Access-Control-Allow-Methods")


def test_unknown_delivery_stops_the_start(delivering_site: NginxSite) -> None:
    """The package took it silently."""
    environment = delivering_site.postern.environment
    kept = environment["AUTHSVC_TOKEN_DELIVERY"]
    environment["AUTHSVC_TOKEN_DELIVERY"] = "nonsense"
    try:
        done = delivering_site.postern.command("config", "check")
    finally:
        environment["AUTHSVC_TOKEN_DELIVERY"] = kept
    assert done.returncode != 0
    assert "AUTHSVC_TOKEN_DELIVERY" in done.stderr and "nonsense" in done.stderr and "cookies_only" in done.stderr


def test_claims_are_the_recorded_ones_and_more(recorded_site: NginxSite) -> None:
    person = recorded_site.register(first_name="Al", last_name="Ice")
    recorded = (
        "fresh iat jti type sub nbf exp id role role_name permissions first_name last_name email session_id"
    ).split()
    for kind, life in (("access", 900), ("refresh", 2592000)):
        token = person.client.cookies[f"{kind}_token_cookie"]
        assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
        claims = jwt.decode(token, JWT_SECRET_KEY, ["HS256"])
        assert set(recorded) <= claims.keys()
        assert {"verified", "amr", "auth_time", "epoch"} <= claims.keys()
        assert claims["sub"] == claims["email"] == person.email
        assert (claims["type"], claims["fresh"], claims["role"], claims["permissions"]) == (kind, False, None, [])
        assert (claims["first_name"], claims["last_name"]) == ("Al", "Ice")
        assert claims["exp"] - claims["iat"] == life
        assert ("generation" in claims) == (kind == "refresh")
    assert BOTH | {OURS} == person.client.cookies.keys()


def test_foreign_origin_is_reflected_nowhere(recorded_site: NginxSite) -> None:
    """The package let any site read with the person's cookies (2.15, 3.15)."""
    person = recorded_site.register()
    for method, path in (("OPTIONS", "/api/auth/login"), ("GET", "/api/auth/check-auth")):
        answer = person.client.request(
            method, path,
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})  # fmt: skip
        assert "evil" not in json.dumps(answer.headers)
        assert answer.header("Access-Control-Allow-Credentials") is None
