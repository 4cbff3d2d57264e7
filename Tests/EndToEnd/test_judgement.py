"""What `verify` and `challenge` say to whom: all terms of AUTH_REQUIRE, and the whole table of answers to a refusal."""

import time
import urllib.parse

import pytest

from rig.fastcgi import AUTHORIZER, Connection, Reply, verify
from rig.people import REFRESH, claims_of
from rig.postern import Postern
from rig.site import NginxSite, Person

PAGE = {"HTTP_SEC_FETCH_MODE": "navigate", "HTTP_SEC_FETCH_SITE": "none", "HTTP_ACCEPT": "text/html,*/*;q=0.8"}
OLD_BROWSER = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = {"HTTP_SEC_FETCH_MODE": "cors", "HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ACCEPT": "*/*"}
PICTURE = {"HTTP_SEC_FETCH_MODE": "no-cors", "HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ACCEPT": "image/*"}


def ask(postern: Postern, route: str, person: Person | None, **fields: str) -> Reply:
    if person is not None:
        fields.setdefault("HTTP_COOKIE", f"access_token_cookie={person.client.cookies['access_token_cookie']}")
    with Connection(postern.socket) as connection:
        return connection.ask(verify(SCRIPT_NAME=f"/api/auth/{route}", **fields))


@pytest.fixture(scope="module")
def people(site: NginxSite) -> dict[str, Person]:
    """Somebody who registered, unproven; somebody whom an administrator has made; an administrator."""
    return {"anybody": site.register(), "proven": site.add(), "boss": site.add(role="admin")}


@pytest.mark.parametrize(
    "require, anybody, proven, boss",
    [
        ("signed-in", 204, 204, 204),
        ("verified", "verified", 204, 204),
        ("role=admin", "role", "role", 204),
        ("role=editor|admin", "role", "role", 204),
        ("role=editor", "role", "role", "role"),
        ("role=adm", "role", "role", "role"),
        ("role=administrator", "role", "role", "role"),
        ("permission=no.such.thing", "permission", "permission", "permission"),
        ("user={proven}", "user", 204, "user"),
        ("user={boss}|{proven}", "user", 204, 204),
        # Somebody could have registered with the address of another.
        ("user={anybody}", "user", "user", "user"),
        ("signed-in verified role=admin", "verified", "role", 204),
        ("mfa", "step-up", "step-up", "step-up"),
        ("age<=900", 204, 204, 204),
        ("age<=900 role=admin", "role", "role", 204),
        ("mfa role=admin", "role", "role", "step-up"),
        ("  signed-in   verified  ", "verified", 204, 204),
    ],
)
def test_terms(
    site: NginxSite, people: dict[str, Person], require: str, anybody: int | str, proven: int | str, boss: int | str
) -> None:
    expected = {"anybody": anybody, "proven": proven, "boss": boss}
    demand = require.format(**{name: person.email for name, person in people.items()})
    for name, person in people.items():
        reply = ask(site.postern, "verify", person, AUTH_REQUIRE=demand)
        wanted = expected[name]
        if wanted == 204:
            assert reply.status == 204, (name, reply)
            assert reply.headers["X-Auth-User"] == person.email
        else:
            assert reply.status == (401 if wanted == "step-up" else 403), (name, reply)
            assert reply.headers["X-Auth-Error"] == wanted
            assert "X-Auth-User" not in reply.headers
    stranger = ask(site.postern, "verify", None, AUTH_REQUIRE=demand)
    assert (stranger.status, stranger.headers["X-Auth-Error"]) == (401, "missing")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND", "PATCH"])
def test_verify_takes_every_method(site: NginxSite, people: dict[str, Person], method: str) -> None:
    assert ask(site.postern, "verify", people["anybody"], REQUEST_METHOD=method, CONTENT_LENGTH="10").status == 204
    assert ask(site.postern, "verify", None, REQUEST_METHOD=method, CONTENT_LENGTH="10").status == 401


def test_bearer_is_as_good_as_a_cookie(site: NginxSite, people: dict[str, Person]) -> None:
    token = people["proven"].client.cookies["access_token_cookie"]
    assert ask(site.postern, "verify", None, HTTP_AUTHORIZATION=f"Bearer {token}").status == 204
    assert ask(site.postern, "verify", None, HTTP_AUTHORIZATION=f"Bearer {token}x").status == 401


def test_answer_of_verify_fits_the_buffers(site: NginxSite) -> None:
    person = site.register(first_name="Ä" * 100, last_name="ß" * 100)
    reply = ask(site.postern, "verify", person)
    assert reply.status == 204
    assert sum(len(name) + len(value) + 4 for name, value in reply.lines) < 3500


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("kind", [PAGE, OLD_BROWSER], ids=["page", "old browser"])
def test_challenge_sends_a_page_view_to_the_login(site: NginxSite, method: str, kind: dict[str, str]) -> None:
    address = "/private/?a=1&b=2%262&c=%C3%A4"
    reply = ask(site.postern, "challenge", None, REQUEST_METHOD=method, REQUEST_URI=address, **kind)
    assert reply.status == 302
    location = urllib.parse.urlsplit(reply.headers["Location"])
    assert location.path == "/auth/login"
    assert urllib.parse.parse_qs(location.query)["next"] == [address]


def test_challenge_answers_a_form_post_with_a_page(site: NginxSite) -> None:
    reply = ask(site.postern, "challenge", None, REQUEST_METHOD="POST", **PAGE)
    assert reply.status == 401
    assert reply.headers["Content-Type"].startswith("text/html")
    assert b"/auth/login" in reply.body


def test_challenge_loads_a_page_from_elsewhere_once_more(site: NginxSite) -> None:
    cross = PAGE | {"HTTP_SEC_FETCH_SITE": "cross-site"}
    reply = ask(site.postern, "challenge", None, REQUEST_URI="/private/?a=1&b=2", **cross)
    assert (reply.status, reply.headers["Content-Type"].split(";")[0]) == (401, "text/html")
    assert b'http-equiv="refresh"' in reply.body and b"/private/?a=1&amp;b=2" in reply.body
    # With a cookie of ours, however old, nothing is gained by that.
    reply = ask(site.postern, "challenge", None, HTTP_COOKIE="access_token_cookie=old", **cross)
    assert reply.status == 302


@pytest.mark.parametrize("kind", [SCRIPT, PICTURE, {}, {"HTTP_ACCEPT": "application/json"}], ids=str)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_challenge_answers_programs_in_json(site: NginxSite, method: str, kind: dict[str, str]) -> None:
    reply = ask(site.postern, "challenge", None, REQUEST_METHOD=method, **kind)
    assert (reply.status, reply.headers["Content-Type"]) == (401, "application/json")
    assert b'"login_url"' in reply.body


def test_challenge_says_no_to_who_is_signed_in(site: NginxSite, people: dict[str, Person]) -> None:
    person = people["anybody"]
    reply = ask(site.postern, "challenge", person, AUTH_REQUIRE="role=admin", **PAGE)
    assert (reply.status, reply.headers["X-Auth-Error"]) == (403, "role")
    assert person.email.encode() in reply.body and b"/auth/login" in reply.body
    reply = ask(site.postern, "challenge", person, AUTH_REQUIRE="role=admin", **SCRIPT)
    assert (reply.status, reply.headers["Content-Type"]) == (403, "application/json")
    assert b'"login_url"' in reply.body


def test_challenge_of_who_is_allowed_blames_the_web_server(site: NginxSite, people: dict[str, Person]) -> None:
    for kind in (PAGE, SCRIPT):
        reply = ask(site.postern, "challenge", people["anybody"], **kind)
        assert (reply.status, reply.headers["X-Auth-Error"]) == (403, "server")
        assert "Location" not in reply.headers


def test_challenge_without_a_demand_never_leads_to_a_login(site: NginxSite) -> None:
    for person in (None, site.register()):
        reply = ask(site.postern, "challenge", person, AUTH_REQUIRE="", **PAGE)
        assert (reply.status, reply.headers["X-Auth-Error"]) == (403, "require")
        assert "Location" not in reply.headers


def test_threat_20_step_up_takes_the_password_and_no_refresh(site: NginxSite) -> None:
    """`age<=1`: two seconds after the login, the page asks for the password once more, and then opens."""
    person = site.register()
    assert ask(site.postern, "verify", person, AUTH_REQUIRE="age<=1").status == 204
    time.sleep(2.1)
    reply = ask(site.postern, "verify", person, AUTH_REQUIRE="age<=1")
    assert (reply.status, reply.headers["X-Auth-Error"]) == (401, "step-up")
    # A refresh proves nothing.
    assert person.client.post("/api/auth/token/refresh").status == 200
    assert ask(site.postern, "verify", person, AUTH_REQUIRE="age<=1").status == 401
    reply = ask(site.postern, "challenge", person, AUTH_REQUIRE="age<=1", **PAGE)
    assert reply.status == 302
    location = reply.headers["Location"]
    page = person.client.view(location)
    assert page.status == 200 and person.email in page.text
    fields = {"email": person.email, "password": person.password, "next": "/private/", "step_up": "1"}
    answer = person.client.submit("/auth/login", fields)
    assert person.client.arrive(answer) == "/private/", answer
    assert ask(site.postern, "verify", person, AUTH_REQUIRE="age<=1").status == 204
    reply = ask(site.postern, "challenge", person, AUTH_REQUIRE="age<=1", **SCRIPT)
    assert reply.status in (403, 401)


def test_threat_20_renewal_in_a_subrequest_proves_nothing_anew(site: NginxSite) -> None:
    person = site.register()
    cookie = f"{REFRESH}={person.client.cookies[REFRESH]}"
    proven = claims_of(person.client.cookies[REFRESH])["auth_time"]
    time.sleep(2.1)
    for require in ("age<=1", "signed-in age<=1", "mfa"):
        reply = ask(site.postern, "verify", None, AUTH_REQUIRE=require, AUTH_RELAY="1", HTTP_COOKIE=cookie)
        assert (reply.status, reply.headers["X-Auth-Error"]) == (401, "step-up")
        assert "X-Auth-Set-Cookie" not in reply.headers
    reply = ask(site.postern, "verify", None, AUTH_RELAY="1", HTTP_COOKIE=cookie)
    assert reply.status == 204
    fresh = reply.headers["X-Auth-Set-Cookie"].partition(";")[0]
    assert claims_of(fresh.partition("=")[2])["auth_time"] == proven
    assert ask(site.postern, "verify", None, HTTP_COOKIE=fresh).status == 204
    assert ask(site.postern, "verify", None, AUTH_REQUIRE="age<=1", HTTP_COOKIE=fresh).status == 401


def test_threat_20_fresh_password_is_no_second_factor(site: NginxSite) -> None:
    person = site.register()
    site.sign_in(person)
    reply = ask(site.postern, "verify", person, AUTH_REQUIRE="mfa")
    assert (reply.status, reply.headers["X-Auth-Error"]) == (401, "step-up")


def test_authorizer_is_verify_and_challenge_in_one(site: NginxSite, people: dict[str, Person]) -> None:
    def authorize(person: Person | None, require: str, **fields: str) -> Reply:
        if person is not None:
            fields["HTTP_COOKIE"] = f"access_token_cookie={person.client.cookies['access_token_cookie']}"
        question = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/private/", "REMOTE_ADDR": "127.0.0.1", **fields}
        with Connection(site.postern.socket) as connection:
            return connection.ask(question | {"AUTH_REQUIRE": require}, role=AUTHORIZER)

    boss = people["boss"]
    reply = authorize(boss, "role=admin")
    assert reply.status == 200
    assert reply.headers["Variable-REMOTE_USER"] == reply.headers["Variable-AUTH_USER"] == boss.email
    assert reply.headers["Variable-AUTH_ROLE"] == "admin"
    assert {"Variable-AUTH_USER_ID", "Variable-AUTH_SESSION"} <= reply.headers.keys()
    assert authorize(None, "signed-in", **PAGE).status == 302
    assert authorize(None, "signed-in", **SCRIPT).status == 401
    assert authorize(people["anybody"], "role=admin", **PAGE).status == 403
    assert authorize(boss, "").status == 403
