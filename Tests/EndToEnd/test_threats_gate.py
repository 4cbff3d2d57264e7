"""What gates in front of applications have fallen to: addresses, header fields, redirects, caches. The numbers are
those of docs/security.md."""

import json
import urllib.parse

import pytest

from rig.client import Form, raw
from rig.site import NginxSite

SECRETS = ("a private file", "a file for administrators", "The private folder", "For administrators")


def get(site: NginxSite, target: str, *lines: str) -> str:
    """The answer to a request line with exactly that target."""
    fields = "".join(f"{line}\r\n" for line in ("Host: 127.0.0.1", "Connection: close", *lines))
    return raw(site.port, f"GET {target} HTTP/1.1\r\n{fields}\r\n".encode("latin-1")).decode(errors="replace")


def assert_closed(answer: str) -> None:
    status = int(answer.split(" ")[1]) if answer else 400
    assert status >= 300, answer
    for secret in SECRETS:
        assert secret not in answer


@pytest.mark.parametrize(
    "target",
    [
        "/private/%zz", "/private/%", "/private/file.txt%", "/private/file.txt%00", "/private/file.txt%00.html",
        "//private/file.txt", "///private//file.txt", "/private//file.txt", "/private/file.txt ", "/private/ file.txt",
        "/private/\tfile.txt", "/private/file.txt\x01", "/private/\xff", "/private/%ff%fe", "/private/" + "a" * 65536,
        "/private/" + "../" * 20000, "/private/" + "%2e%2e%2f" * 3000 + "private/file.txt", "private/file.txt",
        "\\private\\file.txt", "/private/file.txt#", "http://127.0.0.1/private/file.txt", "http:///private/file.txt",
        "https://other.example/private/file.txt", "*", "",
    ],
    ids=lambda target: target[:30].encode("unicode-escape").decode() or "empty",
)  # fmt: skip
def test_threat_01_malformed_address_never_passes(site: NginxSite, target: str) -> None:
    assert_closed(get(site, target))


@pytest.mark.parametrize(
    "target",
    [
        "/public/../private/file.txt", "/public/%2e%2e/private/file.txt", "/public/%2E./private/file.txt",
        "/public%2F..%2Fprivate%2Ffile.txt", "/private%2Ffile.txt", "/%70%72%69vate/file.txt", "/private/./file.txt",
        "/private/x/../file.txt", "/./private/file.txt", "/private/%2e/file.txt", "/private;/file.txt",
        "/private/;/../file.txt", "/private/file.txt;a=b", "/auth/../private/file.txt", "/auth/..%2fprivate/file.txt",
        "/api/auth/%2e%2e/%2e%2e/private/file.txt", "/api/auth/login/../../../private/file.txt",
        "/app/../private/file.txt",
        "/PRIVATE/file.txt", "/private/FILE.txt", "/private/admin/../file.txt", "/private/../private/admin/file.txt",
        "/private/file.txt/", "/private/file.txt/x.css", "/private/file.txt/..%2ffile.txt", "/..;/private/file.txt",
        "/%252e%252e/private/file.txt", "/private%252ffile.txt", "/private/%5c../file.txt", "/x\\..\\private\\file.txt",
    ],
)  # fmt: skip
def test_threat_02_address_is_judged_as_it_is_served(site: NginxSite, target: str) -> None:
    assert_closed(get(site, target))


@pytest.mark.parametrize(
    "target", ["/private/x/../admin/file.txt", "/private/%61dmin/file.txt", "/private//admin/file.txt"]
)
def test_threat_02_stricter_part_of_a_folder_stays_strict(site: NginxSite, target: str) -> None:
    person = site.register()
    cookie = person.client.cookies["access_token_cookie"]
    assert_closed(get(site, target, f"Cookie: access_token_cookie={cookie}"))


@pytest.mark.parametrize(
    "target", ["/app/x/../admin/y", "/app/%61dmin/y", "/app//admin/y", "/app/admin%2fy", "/app/./admin/y"]
)
def test_threat_02_application_gets_the_address_that_was_judged(site: NginxSite, target: str) -> None:
    person, boss = site.register(), site.add(role="admin")
    assert person.client.get(target, Accept="application/json").status == 403
    assert boss.client.get(target, Accept="application/json").json["path"] == "/app/admin/y"


FORGED = {
    "X-Forwarded-Uri": "/",
    "X-Original-URI": "/",
    "X-Original-URL": "/",
    "X-Rewrite-URL": "/",
    "X-Original-Method": "OPTIONS",
    "X-HTTP-Method-Override": "OPTIONS",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;host=evil.example",
    "X-Auth-User": "admin@example.com",
    "X-Auth-User-Id": "1",
    "X-Auth-Role": "admin",
    "X-Auth-Permissions": "*",
    "X-Remote-User": "admin@example.com",
    "Remote-User": "admin@example.com",
    "X-WebAuth-User": "admin@example.com",
    "X-Forwarded-User": "admin@example.com",
    "X-Forwarded-Email": "admin@example.com",
    "X-Forwarded-Groups": "admin",
    "X-Auth-Email": "admin@example.com",
    "X-Auth-Groups": "admin",
    "X-Auth-Request-User": "admin@example.com",
    "Auth-Require": "signed-in",
}


def test_threat_03_forged_fields_open_nothing(site: NginxSite) -> None:
    client = site.client(**FORGED)
    for path in ("/private/file.txt", "/private/admin/", "/app/", "/app/admin/"):
        assert client.get(path).status == 401, path
    person = site.register()
    for name, value in FORGED.items():
        assert person.client.request("GET", "/private/admin/file.txt", headers={name: value}).status == 403, name


def test_threat_03_forged_fields_lead_nobody_elsewhere(site: NginxSite) -> None:
    location = site.client(**FORGED).view("/private/file.txt?x=1").header("Location")
    assert location.startswith("/auth/login?next=")
    assert "evil.example" not in location


def test_threat_03_application_sees_only_what_nginx_knows(site: NginxSite) -> None:
    person = site.register()
    told = person.client.request("GET", "/app/", headers=FORGED | {"Accept": "application/json"}).json["headers"]
    fields = {name.lower(): value for name, value in told}
    assert fields["x-auth-user"] == person.email
    assert fields.get("x-auth-role") != "admin"
    assert fields["x-forwarded-for"] == fields["x-real-ip"] == "127.0.0.1"
    assert fields["x-forwarded-proto"] == "http"
    trusted = [
        name.lower() for name in FORGED if name.endswith(("-User", "-Email", "-Groups")) and name != "X-Auth-User"
    ]
    for gone in (
        *trusted,
        "x-auth-permissions",
        "x-original-uri",
        "x-original-url",
        "x-rewrite-url",
        "x-forwarded-uri",
        "forwarded",
    ):
        assert gone not in fields
    assert "evil.example" not in json.dumps(told)


@pytest.mark.parametrize(
    "target",
    [
        "/private/file.txt?x=/public", "/private/file.txt?/../../", "/private/file.txt#/public",
        "/private/file.txt%23/public",
        "/private/file.txt%3f/public", "/private/?next=/public/", "/private/file.txt?/auth/login",
        "/private/#/auth/login",
        "/private/file.txt?.css", "/private/file.txt%3f.css", "/private/file.txt%23.css", "/private/%3f/../file.txt",
    ],
)  # fmt: skip
def test_threat_04_query_and_fragment_are_no_path(site: NginxSite, target: str) -> None:
    assert_closed(get(site, target))


@pytest.mark.parametrize(
    "agent",
    ["kube-probe/1.30", "GoogleHC/1.0", "ELB-HealthChecker/2.0", "Googlebot/2.1", "curl/8", "", "UptimeRobot/2.0"],
)
def test_threat_05_probes_open_nothing(site: NginxSite, agent: str) -> None:
    client = site.client(**{"User-Agent": agent})
    for path in (
        "/private/file.txt",
        "/private/healthz",
        "/private/ping",
        "/private/ready",
        "/app/healthz",
        "/app/metrics",
    ):
        assert client.get(path).status == 401, path
    assert client.get("/api/auth/healthz").status == 200


ALIASES = [
    "X_Auth_User", "X-Auth_User", "X_Auth-User", "x_auth_user", "X.Auth.User", "X-Auth.User", "X Auth-User",
    "X-Auth-User ",
    "X-AUTH-USER", "x-auth-user", "X_Auth_Role", "X.Auth.Role", "X_AUTH_PERMISSIONS", "X_Auth_User_Id", "Cookie_",
]  # fmt: skip


@pytest.mark.parametrize("alias", ALIASES)
def test_threat_07_header_aliases(site: NginxSite, alias: str) -> None:
    person = site.register()
    cookie = person.client.cookies["access_token_cookie"]
    lines = (
        "Accept: application/json",
        f"Cookie: access_token_cookie={cookie}",
        f"{alias}: evil",
        f"{alias}: evil, evil",
    )
    answer = get(site, "/app/", *lines)
    status = int(answer.split(" ")[1])
    assert status in (200, 400), answer
    assert "evil" not in answer
    if status == 200:
        headers = json.loads(answer.partition("\r\n\r\n")[2])["headers"]
        assert [value for name, value in headers if name.lower() == "x-auth-user"] == [person.email]


def test_threat_07_doubled_fields_of_a_stranger(site: NginxSite) -> None:
    cookie = site.register().client.cookies["access_token_cookie"]
    answer = get(site, "/app/", "Accept: application/json", f"Cookie: access_token_cookie={cookie}",
    "X-Auth-User: evil",
        "X-Auth-User: evil", "Cookie: x=1")  # fmt: skip
    assert "evil" not in answer


def test_threat_08_httpoxy(site: NginxSite) -> None:
    client = site.client(Proxy="http://127.0.0.1:9")
    assert client.get("/api/auth/healthz").status == 200
    person = site.register()
    told = person.client.get("/app/", Accept="application/json", Proxy="http://127.0.0.1:9").json["headers"]
    assert "proxy" not in {name.lower() for name, _ in told}


ELSEWHERE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "\\\\evil.example", "http:evil.example",
    "https:evil.example", "http:/evil.example", "https:///evil.example", "https://evil.example",
    "HTTPS://evil.example/",
    "javascript:alert(1)", "data:text/html,x", "//127.0.0.1@evil.example", "{url}@evil.example", "{url}.evil.example",
    "{url}:pw@evil.example/", "/\tevil.example", "/\t/evil.example", "\t//evil.example", " //evil.example",
    "/\n/evil.example",
    "\x00//evil.example", "/private/\r\nSet-Cookie: a=b", "/private/\r\n\r\n<script>", "ftp://127.0.0.1/", "//[::1]",
    "/%0d%0a/x\\",
    "evil.example", ".evil.example", "@evil.example", "https://evil.example#{url}", "https://evil.example?{url}/",
    "/" * 2100,
]  # fmt: skip


@pytest.mark.parametrize("next", ELSEWHERE, ids=lambda text: text[:24].encode("unicode-escape").decode())
def test_threat_10_open_redirect(site: NginxSite, next: str) -> None:
    person = site.register()
    target = next.replace("{url}", site.url)
    client = site.client()
    page = client.view("/auth/login?next=" + urllib.parse.quote(target, safe=""))
    form = Form(page.text)
    offered = form.fields.get("next", "") + form.action
    assert "evil.example" not in offered
    fields = form.fields | {"email": person.email, "password": person.password, "next": target}
    answer = client.submit("/auth/login", fields)
    onward = client.view("/auth/continue?next=" + urllib.parse.quote(target, safe="")).header("Location")
    for location in (client.arrive(answer), onward):
        assert location is not None, answer
        assert location.startswith("/") and not location.startswith(("//", "/\\")), location
        assert "evil" not in location
    assert "Set-Cookie: a" not in answer.text and "a" not in answer.cookies


def test_threat_10_address_asked_for_leads_back_only_to_this_site(site: NginxSite) -> None:
    for target in (
        "//evil.example/%2e%2e",
        "/private//evil.example",
        "/private/..//evil.example",
        "/private/?//evil.example",
    ):
        answer = get(site, target, "Accept: text/html", "Sec-Fetch-Mode: navigate")
        for line in answer.splitlines():
            if line.lower().startswith("location:"):
                location = line.split(":", 1)[1].strip()
                assert location.startswith(("/auth/login", f"{site.url}/", "http://127.0.0.1")), location
                following = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query).get("next", ["/"])[0]
                assert following.startswith("/") and not following.startswith("//"), following


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


def test_threat_31_script_gets_no_token_from_verify(site: NginxSite) -> None:
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
