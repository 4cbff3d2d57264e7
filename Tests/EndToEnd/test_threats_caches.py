"""What is one person's stays with them: no cache keeps it, and no script reads a token. Rows 30 and 31 of the threats
in docs/security.md; the back button is in test_coming_back.py, scripts in a browser in test_cross_origin.py."""

import typing

import pytest

from rig.client import Client
from rig.people import ACCESS, REFRESH
from rig.site import NginxSite, Site

# A cache in front of the whole site, as greedy as its configuration can make it without being told to break the rules.
CACHE = """
proxy_cache_path {www}/../cache keys_zone=front:1m;
server {
    listen 127.0.0.1:{port2};
    location / {
        proxy_pass http://127.0.0.1:{port};
        proxy_cache front;
        proxy_cache_key $request_uri;
        proxy_cache_methods GET HEAD POST;
        proxy_cache_valid any 10m;
        proxy_ignore_headers Set-Cookie Vary;
        add_header X-Cache $upstream_cache_status always;
    }
}
"""


@pytest.fixture(scope="module")
def cached(workspace) -> typing.Iterator[NginxSite]:
    made = NginxSite(workspace / "cached", site=CACHE)
    (made.www / "private/x.css").write_text("/* a private style */")
    yield made
    made.stop()


def in_front(site: NginxSite, cookies: dict[str, str]) -> Client:
    """Comes through the cache."""
    client = Client(site.port2)
    client.cookies = dict(cookies)
    return client


def test_threat_30_cache_in_front_keeps_what_is_open(cached: NginxSite) -> None:
    """So the test below does not pass because nothing is kept at all."""
    seen = [in_front(cached, {}).get("/style.css").header("X-Cache") for _ in range(3)]
    assert seen == ["MISS", "HIT", "HIT"]


@pytest.mark.parametrize(
    "path",
    ["/private/file.txt", "/private/x.css", "/private/missing.css", "/private/file.txt/x.css", "/app/style.css",
     "/app/", "/api/auth/user/@me", "/api/auth/check-auth", "/api/audit/sessions/me", "/auth/account", "/auth/login",
     "/auth/continue?next=/private/", "/api/auth/nothing.css", "/auth/nothing.css"],
)  # fmt: skip
def test_threat_30_cache_in_front_keeps_nothing_of_a_person(cached: NginxSite, path: str) -> None:
    ann, bob = cached.register(first_name="Ann"), cached.register(first_name="Bob")
    refresh = {REFRESH: ann.client.cookies[REFRESH]}
    for cookies in (ann.client.cookies, refresh, ann.client.cookies, {}, bob.client.cookies, {}):
        answer = in_front(cached, cookies).get(path, Accept="application/json")
        assert answer.header("X-Cache") in ("MISS", None), answer
        if cookies is not ann.client.cookies and cookies is not refresh:
            assert ann.email not in answer.text
            assert "a private" not in answer.text or cookies is bob.client.cookies
        assert set(answer.cookies) <= ({ACCESS} if cookies is refresh else set())


def test_threat_30_cache_in_front_keeps_no_sign_in(cached: NginxSite) -> None:
    ann, bob = cached.register(), cached.register()
    for person in (ann, bob, ann):
        client = in_front(cached, {})
        answer = client.post("/api/auth/login", {"email": person.email, "password": person.password})
        assert (answer.status, answer.header("X-Cache")) == (200, "MISS")
        assert client.get("/api/auth/user/@me").json["user"]["email"] == person.email
        answer = client.post("/api/auth/token/refresh")
        assert (answer.status, answer.header("X-Cache")) == (200, "MISS")
        assert client.post("/api/auth/logout").header("X-Cache") == "MISS"
        assert client.get("/private/file.txt").status == 401


@pytest.mark.parametrize(
    "path", ["/private/x.css", "/private/style.js", "/private/file.txt/x.png", "/private/logo.svg", "/app/x.css"]
)
def test_threat_30_nothing_private_is_cacheable(site: NginxSite, path: str) -> None:
    person = site.register()
    for answer in (person.client.get(path), site.client().get(path)):
        control = ", ".join(answer.all("Cache-Control"))
        assert "no-store" in control
        assert "public" not in control and "max-age" not in control
        assert answer.header("Expires") is None


def test_threat_30_answers_with_cookies_are_never_cacheable(site: NginxSite) -> None:
    person = site.register()
    for answer in (
        person.client.post("/api/auth/login", {"email": person.email, "password": person.password}),
        person.client.post("/api/auth/token/refresh"),
        person.client.get("/api/auth/user/@me"),
        person.client.view("/auth/account"),
        person.client.view("/auth/login"),
        person.client.post("/api/auth/logout"),
    ):
        assert "no-store" in (answer.header("Cache-Control") or ""), answer


@pytest.mark.parametrize("which", ["site", "lighttpd_site"], ids=["nginx", "lighttpd"])
def test_threat_31_script_gets_no_token_from_verify(request, which: str) -> None:
    site: Site = request.getfixturevalue(which)
    person = site.register()
    asking = {
        "AUTH_RELAY": "1",
        "Auth-Relay": "1",
        "X-Auth-Relay": "1",
        "Auth-Require": "signed-in",
        "Sec-Fetch-Site": "same-origin",
    }
    for cookies in (person.client.cookies, {"refresh_token_cookie": person.client.cookies["refresh_token_cookie"]}):
        client = site.client(**asking)
        client.cookies = dict(cookies)
        for path in (
            "/api/auth/verify",
            "/api/auth/challenge",
            "/.postern/verify",
            "/private/file.txt",
            "/api/auth/check-auth",
        ):
            for method in ("GET", "POST", "HEAD", "OPTIONS"):
                answer = client.request(method, path)
                assert answer.header("X-Auth-Set-Cookie") is None, (method, path)
                assert answer.header("X-Auth-Session") is None, (method, path)
