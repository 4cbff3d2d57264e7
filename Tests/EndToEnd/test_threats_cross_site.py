"""Requests that another site's page makes in the name of whoever looks at it. Row 25 of the threats in
docs/security.md; in a browser in test_cross_origin.py."""

import json
import re

import pytest

from rig.client import Client
from rig.site import NginxSite, Person, new_email
from webserver_files import ROOT

CROSS_SITE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "{url}"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "{url}.evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "https://127.0.0.1"},
    {"Origin": "{url}", "Sec-Fetch-Site": "cross-site"},
]


# Route prefixes of the table's groups; a group that is not among them is to be added here.
PREFIXES = {"": "/api/auth", "audit: ": "/api/audit", "page: ": "/auth"}


def unsafe_routes() -> list[tuple[str, str]]:
    """Method and path of every row of the table that changes something."""
    found = []
    for file in sorted((ROOT / "Sources/API").glob("*.swift")):
        row = r'Route\(\s*\.(post|put|patch|delete),\s*(\w+: )?"([^"]+)",((?:(?!Route\().)*)'
        for method, group, path, rest in re.findall(row, file.read_text(), re.DOTALL):
            if "origin: .never" not in rest:
                found.append((method.upper(), PREFIXES[group] + path.replace("*", "1")))
    return found


@pytest.mark.parametrize("method, path", unsafe_routes())
def test_threat_25_every_unsafe_route_refuses_other_sites(site: NginxSite, method: str, path: str) -> None:
    person = site.register()
    before = dict(person.client.cookies)
    for fields in CROSS_SITE:
        headers = {name: value.replace("{url}", site.url) for name, value in fields.items()}
        for kind, body in (
            ("application/json", "{}"),
            ("text/plain", "{}"),
            ("application/x-www-form-urlencoded", "a=b"),
            ("multipart/form-data; boundary=x", "--x--"),
        ):
            answer = person.client.request(method, path, body, headers | {"Content-Type": kind})
            assert answer.status == 403, (headers, answer)
            assert answer.cookies == {} and "site that may not send it" in answer.text
    assert person.client.cookies == before
    assert person.client.get("/private/file.txt").status == 200
    # From here the same is looked at.
    headers = {"Origin": site.url, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    assert "site that may not send it" not in person.client.request(method, path, "{}", headers).text


def test_threat_25_table_of_routes_is_found() -> None:
    known = {("POST", "/api/auth/login"), ("POST", "/auth/account/sessions/end"), ("DELETE", "/api/audit/sessions/1")}
    assert known < set(unsafe_routes())


@pytest.mark.parametrize("path", ["/api/auth/logout", "/auth/logout", "/api/auth/token/refresh", "/api/auth/login"])
def test_threat_25_another_site_unsets_no_cookie(site: NginxSite, path: str) -> None:
    """Its form brings no SameSite cookie along; what the answer sets or unsets, the browser takes all the same."""
    for fields in CROSS_SITE:
        headers = {name: value.replace("{url}", site.url) for name, value in fields.items()}
        answer = site.client().request("POST", path, "a=b", headers | {"Content-Type": "text/plain"})
        assert (answer.status, answer.cookies) == (403, {}), headers


def unsafe_requests(site: NginxSite, client: Client, person: Person) -> list[tuple[str, object]]:
    return [
        ("/api/auth/login", {"email": person.email, "password": person.password}),
        ("/api/auth/register", {"email": new_email(), "password": person.password}),
        ("/api/auth/signup", {"email": new_email(), "password": person.password}),
        ("/api/auth/token/refresh", None),
        ("/api/auth/logout", None),
    ]


@pytest.mark.parametrize("fields", CROSS_SITE, ids=json.dumps)
def test_threat_25_unsafe_requests_from_elsewhere_are_refused(site: NginxSite, fields: dict) -> None:
    headers = {name: value.replace("{url}", site.url) for name, value in fields.items()}
    person = site.register()
    for kind in ("application/json", "text/plain", None):
        for path, body in unsafe_requests(site, person.client, person):
            types = {"Content-Type": kind} if kind else {}
            sent = json.dumps(body) if body else None
            answer = person.client.request("POST", path, sent, headers | types, keep=False)
            assert answer.status == 403, (path, headers, answer)
            assert answer.cookies == {}
    for path in ("/auth/login", "/auth/register", "/auth/logout"):
        form = {"email": person.email, "password": person.password}
        answer = person.client.submit(path, form, **{"Sec-Fetch-Site": "cross-site", **headers})
        assert answer.status == 403, (path, answer)
        assert answer.cookies == {}
    assert person.client.get("/private/file.txt").status == 200


def test_threat_25_this_site_and_programs_are_served(site: NginxSite) -> None:
    person = site.register()
    login = {"email": person.email, "password": person.password}
    for headers in (
        {},
        {"Origin": site.url},
        {"Origin": site.url, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    ):
        assert site.client().request("POST", "/api/auth/login", login, headers).status == 200, headers
