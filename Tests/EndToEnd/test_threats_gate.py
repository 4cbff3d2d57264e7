"""What gates in front of applications have fallen to: addresses and header fields. The numbers are those of
docs/security.md."""

import json

import pytest

from rig.client import raw
from rig.site import LighttpdSite, NginxSite

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


def test_threat_03_api_and_pages_believe_no_forged_field(site: NginxSite) -> None:
    person = site.register()
    forged = {name: value for name, value in FORGED.items() if name != "X-HTTP-Method-Override"}
    client = site.client(**forged, **{"True-Client-IP": "192.0.2.9", "CF-Connecting-IP": "192.0.2.9"})
    login = client.post("/api/auth/login", {"email": person.email, "password": person.password})
    assert login.status == 200
    rows = client.get("/api/audit/sessions/me").json["sessions"]
    assert {row["ip_address"] for row in rows} == {"127.0.0.1"}
    assert client.get("/api/auth/user/@me").json["user"]["email"] == person.email
    stranger = site.client(**forged)
    for path in ("/api/auth/check-auth", "/api/auth/user/@me", "/private/file.txt"):
        answer = stranger.get(path)
        assert (answer.status, answer.json["login_url"]) == (401, f"{site.url}/auth/login")
    assert "evil.example" not in stranger.view("/auth/login?next=/private/").text


def test_threat_03_lighttpd_hands_no_forged_field_on_as_its_own(lighttpd_site: LighttpdSite) -> None:
    person = lighttpd_site.register()
    assert lighttpd_site.client(**FORGED).get("/private/file.txt").status == 401
    for name, value in FORGED.items():
        assert person.client.request("GET", "/private/admin/file.txt", headers={name: value}).status == 403, name
    told = person.client.request("GET", "/private/show.cgi", headers=FORGED).text.splitlines()
    lines = dict(line.partition("=")[::2] for line in told)
    assert lines["REMOTE_USER"] == lines["AUTH_USER"] == person.email
    assert lines["REMOTE_ADDR"] == "127.0.0.1"
    assert lines["AUTH_ROLE"] != "admin" if "AUTH_ROLE" in lines else True
    ours = {name: value for name, value in lines.items() if not name.startswith("HTTP_")}
    assert "evil.example" not in json.dumps(ours) and "admin@example.com" not in json.dumps(ours)


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
