"""Where a sign-in leads afterwards: never to another site. Row 10 of the threats in docs/security.md."""

import html
import re
import urllib.parse

import pytest

from rig.client import Form, raw
from rig.site import NginxSite, new_email

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


@pytest.mark.parametrize("next", ELSEWHERE, ids=lambda text: text[:24].encode("unicode-escape").decode())
def test_threat_10_no_page_takes_anybody_elsewhere(site: NginxSite, next: str) -> None:
    """The pages around the login: the one behind it, which redirects by itself, and all that carry `next` along."""
    person = site.register()
    target = next.replace("{url}", site.url)
    query = "?next=" + urllib.parse.quote(target, safe="")
    onward = person.client.view("/auth/continue" + query).header("Location")
    assert onward is not None and onward.startswith("/") and not onward.startswith(("//", "/\\")), onward
    assert "evil" not in onward and len(onward) < 100, onward
    for path in ("/auth/register", "/auth/login", "/auth/signed-out", "/auth/account"):
        answer = person.client.view(path + query)
        links = re.findall(r'(?:href|action|content|value)="([^"]*)"', answer.text)
        assert not [link for link in links if "evil.example" in html.unescape(link)], (path, links)
        assert "evil.example" not in (answer.header("Content-Security-Policy") or ""), path
    form = {"email": new_email(), "password": person.password, "next": target}
    answer = site.client().submit("/auth/register", form)
    assert "evil.example" not in (answer.onward or answer.text)


def test_threat_10_pages_lead_to_the_origins_that_are_listed(build) -> None:
    """So the test above does not pass because nothing leads anywhere."""
    site = build(NginxSite, settings={"AUTHSVC_ALLOWED_REDIRECT_ORIGINS": "https://app.example.com"})
    client = site.register().client
    for target in ("/private/?a=1&b=2", site.url + "/private/", "https://app.example.com/x?y=1"):
        answer = client.view("/auth/continue?next=" + urllib.parse.quote(target, safe=""))
        assert answer.header("Location") == target
    for target in ("https://app.example.com.evil.example/", "https://app.example.com@evil.example/",
                   "http://app.example.com/", "https://app.example.com:444/"):  # fmt: skip
        answer = client.view("/auth/continue?next=" + urllib.parse.quote(target, safe=""))
        assert answer.header("Location") == "/", target


def test_threat_10_address_asked_for_leads_back_only_to_this_site(site: NginxSite) -> None:
    for target in (
        "//evil.example/%2e%2e",
        "/private//evil.example",
        "/private/..//evil.example",
        "/private/?//evil.example",
    ):
        request = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAccept: text/html\r\n\r\n"
        answer = raw(site.port, request.encode()).decode(errors="replace")
        for line in answer.splitlines():
            if line.lower().startswith("location:"):
                location = line.split(":", 1)[1].strip()
                assert location.startswith(("/auth/login", f"{site.url}/", "http://127.0.0.1")), location
                following = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query).get("next", ["/"])[0]
                assert following.startswith("/") and not following.startswith("//"), following
