"""What tokens, cookies and sessions have fallen to. The numbers are those of docs/security.md."""

import base64
import json
import random

import jwt
import pytest

from rig.client import Answer
from rig.people import ACCESS, REFRESH, browser_with, claims_of, signed
from rig.postern import JWT_SECRET_KEY, SECRET_KEY
from rig.site import NginxSite, new_email


def ask(site: NginxSite, cookie: str) -> Answer:
    """The protected file, asked for with this Cookie field."""
    return site.client().get("/private/file.txt", Cookie=cookie)


def assert_refused(answer: Answer) -> None:
    assert answer.status == 401, answer
    assert "a private file" not in answer.text


def segment(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_threat_06_broken_cookies_never_let_in(site: NginxSite) -> None:
    token = site.register().client.cookies[ACCESS]
    chance = random.Random(6)
    broken = [
        "", "=", ";", ACCESS, f"{ACCESS}=", f"{ACCESS}", f"={token}", f"{ACCESS}=.", f"{ACCESS}=..", f"{ACCESS}=...",
        f"{ACCESS}=null", f"{ACCESS}=undefined", f"{ACCESS}={token[:-1]}", f"{ACCESS}={token}A", f"{ACCESS}={token}.x",
        f"{ACCESS} = {token}x", f"{ACCESS}=Bearer {token}", f"{ACCESS}={token.replace('.', '')}",
        f"{ACCESS}=%00{token}",
        f"{ACCESS}={token.upper()}", f"{ACCESS.upper()}={token}", f"x{ACCESS}={token}", f"{ACCESS}x={token}",
        f"{ACCESS}={token.split('.')[0]}..{token.split('.')[2]}", f"{ACCESS}=" + "a." * 2000,
        f"{ACCESS}=" + "\xff" * 40,
    ]  # fmt: skip
    for _ in range(300):
        letters = list(token)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(letters) - 1)
            letters[place] = chance.choice("ABCDEFGHabcdefgh0123456789-_.~=")
        if (changed := "".join(letters)) != token:
            broken.append(f"{ACCESS}={changed}")
    client = site.client()
    for cookie in broken:
        answer = client.request(
            "GET", "/private/file.txt", headers={"Cookie": cookie.encode("latin-1").decode("latin-1")}
        )
        assert answer.status in (400, 401), (cookie, answer)
        assert "a private file" not in answer.text
        assert not [name for name, _ in answer.headers if name.lower() == "x-auth-user"]


def test_threat_06_more_cookies_than_a_browser_sends(site: NginxSite) -> None:
    token = site.register().client.cookies[ACCESS]
    many = "; ".join(f"c{number}=1" for number in range(500))
    for cookie in (many, many + "; " + ACCESS + "=x"):
        answer = ask(site, cookie)
        assert answer.status >= 400 and "a private file" not in answer.text
    assert ask(site, f"{ACCESS}={token}").status == 200


def test_threat_15_algorithm_confusion(site: NginxSite) -> None:
    token = site.register().client.cookies[ACCESS]
    header, payload, signature = token.split(".")
    claims = claims_of(token)
    forged = {
        "none": f"{segment({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        "None": f"{segment({'alg': 'None', 'typ': 'JWT'})}.{payload}.",
        "nOnE with the old signature": f"{segment({'alg': 'nOnE'})}.{payload}.{signature}",
        "no alg": f"{segment({'typ': 'JWT'})}.{payload}.{signature}",
        "alg is a number": f"{segment({'alg': 256})}.{payload}.{signature}",
        "HS384": signed(claims, algorithm="HS384"),
        "HS512": signed(claims, algorithm="HS512"),
        "empty key": signed(claims, key="\0" * 32),
        "the other secret": signed(claims, key=SECRET_KEY),
        "crit": signed(claims, crit=["exp"]),
        "unknown crit": signed(claims, crit=["x"], x=1),
        "jku": signed(claims, jku="http://127.0.0.1:9/keys"),
        "x5u": signed(claims, x5u="http://127.0.0.1:9/cert"),
        "jwk": signed(claims, jwk={"kty": "oct", "k": segment(b"k" * 32)}),
        "kid that is a path": signed(claims, kid="../../../../dev/null"),
        "b64 false": signed(claims, b64=False, crit=["b64"]),
        "encrypted": f"{header}.{payload}.{signature}.{segment(b'x')}.{segment(b'y')}",
        "no signature": f"{header}.{payload}.",
        "padded": f"{header}.{payload}.{signature}=",
        "another payload": f"{header}.{segment(claims | {'role_name': 'admin'})}.{signature}",
        "doubled claim": f"{header}.{segment(b'{' + b'%s,' % json.dumps('sub').encode() + b'}')}.{signature}",
    }
    for name, cookie in forged.items():
        if name in ("jku", "x5u", "jwk", "kid that is a path"):
            # Rightly signed, and asking for a key that Postern does not take: it may refuse or ignore, not fetch.
            assert ask(site, f"{ACCESS}={cookie}").status in (200, 401), name
            continue
        assert_refused(ask(site, f"{ACCESS}={cookie}"))
    assert ask(site, f"{ACCESS}={token}").status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"exp": 0}, {"exp": None}, {"exp": "9999999999"}, {"nbf": 99999999999}, {"type": "refresh"}, {"type": None},
        {"type": "mfa"}, {"session_id": None}, {"id": None},
        {"id": "1"}, {"session_id": 7}, {"exp": -1}, {"exp": 1e300},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_threat_15_claims_that_do_not_fit_are_refused(site: NginxSite, change: dict) -> None:
    """Even under the right key: another application that shares it may have signed such a thing. (An access token for
    a session that never was passes, if all else fits: whoever holds the key can be anyone, says docs/security.md.)"""
    claims = claims_of(site.register().client.cookies[ACCESS])
    for name, value in change.items():
        claims.pop(name, None)
        if value is not None:
            claims[name] = value
    token = f"{segment({'alg': 'HS256', 'typ': 'JWT'})}.{segment(claims)}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        token.encode(), JWT_SECRET_KEY.encode())  # fmt: skip
    assert_refused(ask(site, f"{ACCESS}={token}.{segment(signature)}"))


def test_threat_22_invalid_cookie_of_the_same_name_changes_nothing(site: NginxSite) -> None:
    token = site.register().client.cookies[ACCESS]
    for tossed in ("x", "a.b.c", token[:-2], ""):
        assert ask(site, f"{ACCESS}={tossed}; {ACCESS}={token}").status == 200, tossed
        assert ask(site, f"{ACCESS}={token}; {ACCESS}={tossed}").status == 200, tossed


def test_threat_22_invalid_cookies_lock_nobody_out_of_a_renewal(site: NginxSite) -> None:
    person, ended = site.register(), site.register()
    dead = dict(ended.client.cookies)
    assert ended.client.post("/api/auth/logout").status == 200
    own = person.client.cookies[REFRESH]
    for tossed in (
        f"{ACCESS}=x", f"{ACCESS}={dead[ACCESS]}", f"{REFRESH}=a.b.c", f"{REFRESH}={dead[ACCESS]}",
        f"{ACCESS}={own}", f"{ACCESS}=x; {REFRESH}=y", f"{REFRESH}={own[:-2]}",
    ):  # fmt: skip
        for cookie in (f"{tossed}; {REFRESH}={own}", f"{REFRESH}={own}; {tossed}"):
            answer = ask(site, cookie)
            assert answer.status == 200, cookie
            assert claims_of(answer.cookies[ACCESS])["email"] == person.email
    # The names of both are case-sensitive, and an empty one is none.
    assert ask(site, f"{REFRESH.upper()}={dead[REFRESH]}; {REFRESH}=; {REFRESH}={own}").status == 200


def test_threat_22_two_refresh_cookies_of_different_sessions_sign_nobody_in(site: NginxSite) -> None:
    one, other = (site.register().client.cookies[REFRESH] for _ in range(2))
    for cookie in (f"{REFRESH}={one}; {REFRESH}={other}", f"{REFRESH}={other}; {REFRESH}={one}"):
        assert_refused(ask(site, cookie))
        answer = site.client().post("/api/auth/token/refresh", Cookie=cookie)
        assert (answer.status, answer.json["error_code"]) == (401, "AMBIGUOUS")
    for token in (one, other):
        assert site.client().post("/api/auth/token/refresh", Cookie=f"{REFRESH}={token}").status == 200


def test_threat_22_two_sessions_at_once_sign_nobody_in(site: NginxSite) -> None:
    one, other = (site.register().client.cookies[ACCESS] for _ in range(2))
    for cookie in (f"{ACCESS}={one}; {ACCESS}={other}", f"{ACCESS}={other}; {ACCESS}={one}"):
        assert_refused(ask(site, cookie))
        answer = site.client().get("/api/auth/check-auth", Cookie=cookie)
        assert answer.status == 401
        assert answer.json["error_code"] == "AMBIGUOUS"


def test_threat_22_with_the_host_prefix_a_sibling_changes_nothing(build) -> None:
    settings = {"POSTERN_COOKIE_HOST_PREFIX": "True", "JWT_COOKIE_SECURE": "True"}
    site = build(NginxSite, settings=settings)
    person, other = site.register(), site.register()
    own = f"__Host-{ACCESS}"
    assert set(person.client.cookies) == {own, f"__Host-{REFRESH}", "__Host-postern_browser"}
    token, tossed = person.client.cookies[own], other.client.cookies[own]
    assert ask(site, f"{ACCESS}={token}").status == 401
    assert ask(site, f"{ACCESS}={tossed}; {own}={token}").status == 200
    told = site.client().get("/app/", Accept="application/json", Cookie=f"{ACCESS}={tossed}; {own}={token}; a=b")
    assert dict(told.json["headers"])["X-Auth-User"] == person.email
    assert dict(told.json["headers"])["Cookie"] == "a=b"


def test_threat_24_tokens_from_before_a_login_are_worthless_for_it(site: NginxSite) -> None:
    attacker, victim = site.register(), site.register()
    planted = dict(attacker.client.cookies)
    browser = site.client()
    browser.cookies = dict(planted)
    answer = browser.post("/api/auth/login", {"email": victim.email, "password": victim.password})
    assert answer.status == 200
    assert claims_of(browser.cookies[ACCESS])["session_id"] != claims_of(planted[ACCESS])["session_id"]
    thief = site.client()
    thief.cookies = planted
    answer = thief.get("/api/auth/user/@me")
    assert answer.status == 401 or answer.json["user"]["email"] == attacker.email


@pytest.mark.parametrize("how", ["login", "login page", "register", "register page"])
def test_threat_24_planted_session_ends_with_the_sign_in(site: NginxSite, how: str) -> None:
    """Whoever has put their own cookies into somebody's browser is not let in to what is done there afterwards."""
    attacker, victim = site.register(), site.register()
    planted = {name: attacker.client.cookies[name] for name in (ACCESS, REFRESH)}
    browser = browser_with(site, planted)
    known = {"email": victim.email, "password": victim.password}
    new = {"email": new_email(), "password": victim.password}
    answer = {
        "login": lambda: browser.post("/api/auth/login", known),
        "login page": lambda: browser.submit("/auth/login", known),
        "register": lambda: browser.post("/api/auth/register", new),
        "register page": lambda: browser.submit("/auth/register", new),
    }[how]()
    assert answer.status in (200, 201), answer
    before = {claims_of(token)["session_id"] for token in planted.values()}
    assert {claims_of(browser.cookies[name])["session_id"] for name in (ACCESS, REFRESH)}.isdisjoint(before)
    for name in (ACCESS, REFRESH):
        assert_refused(browser_with(site, {name: planted[name]}).request("GET", "/private/file.txt", keep=False))
    assert browser_with(site, planted).post("/api/auth/token/refresh").status == 401


@pytest.mark.parametrize(
    "purpose", ["refresh", "csrf", "mfa", "state", "trusted", "confirm", "reset", "ACCESS", "access ", ""]
)
def test_threat_32_token_of_another_purpose_signs_nobody_in(site: NginxSite, purpose: str) -> None:
    claims = claims_of(site.register().client.cookies[ACCESS]) | {"type": purpose}
    for key in (JWT_SECRET_KEY, SECRET_KEY):
        token = signed(claims, key=key)
        assert_refused(ask(site, f"{ACCESS}={token}"))
        assert site.client().get("/private/file.txt", Authorization=f"Bearer {token}").status == 401
        assert site.client().get("/api/auth/user/@me", Cookie=f"{ACCESS}={token}").status in (401, 422)


def test_threat_32_refresh_and_access_token_do_not_stand_in_for_each_other(site: NginxSite) -> None:
    cookies = site.register().client.cookies
    assert_refused(ask(site, f"{ACCESS}={cookies[REFRESH]}"))
    answer = site.client().post("/api/auth/token/refresh", Cookie=f"{REFRESH}={cookies[ACCESS]}")
    assert answer.status == 422
