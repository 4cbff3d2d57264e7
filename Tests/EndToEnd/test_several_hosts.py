"""One login for two hosts of one site, as docs/nginx.md says it is set up, in a real browser."""

import tempfile
import typing

import pytest

from rig.browser import Browser
from rig.site import NginxSite

OTHER_HOST = """
server {
    listen 127.0.0.1:{port2};
    server_name app.site.test;
    include postern/postern-verify.conf;
    location = /open {
        default_type text/html;
        return 200 "<!doctype html><title>open</title><link rel=icon href=data:,>";
    }
    location / {
        set $auth_require "signed-in";
        set $auth_site "http://app.site.test:{port2}";
        include postern/postern-protect.conf;
        include postern/postern-proxy-headers.conf;
        proxy_pass http://app/;
    }
}
"""
SETTINGS = {
    "POSTERN_PUBLIC_URL": "http://login.site.test:{port}",
    "JWT_COOKIE_DOMAIN": "site.test",
    "AUTHSVC_ALLOWED_REDIRECT_ORIGINS": "http://app.site.test:{port2}",
    "AUTHSVC_CORS_ORIGINS": "http://app.site.test:{port2}",
}


@pytest.fixture(scope="module")
def hosts(workspace) -> typing.Iterator[NginxSite]:
    made = NginxSite(workspace / "hosts", settings=SETTINGS, site=OTHER_HOST)
    yield made
    made.stop()


@pytest.fixture
def browser(workspace) -> typing.Iterator[Browser]:
    made = Browser(tempfile.mkdtemp(dir=workspace))
    yield made
    made.close()


def test_one_login_is_good_for_both_hosts_and_leads_back(hosts: NginxSite, browser: Browser) -> None:
    person = hosts.add()
    login, app = f"http://login.site.test:{hosts.port}", f"http://app.site.test:{hosts.port2}"
    browser.open(f"{app}/page?a=1&b=2")
    assert browser.url.startswith(f"{login}/auth/login?next=")
    browser.fill(email=person.email, password=person.password)
    browser.press()
    browser.wait_for(lambda: browser.url == f"{app}/page?a=1&b=2", "the page of the other host")
    assert person.email in browser.text
    browser.open(f"{login}/private/")
    assert browser.url == f"{login}/private/"
    assert browser.complaints() == []


def test_logout_on_one_host_ends_it_on_the_other(hosts: NginxSite, browser: Browser) -> None:
    person = hosts.add()
    login, app = f"http://login.site.test:{hosts.port}", f"http://app.site.test:{hosts.port2}"
    browser.open(f"{login}/auth/account")
    browser.fill(email=person.email, password=person.password)
    browser.press()
    browser.wait_for(lambda: browser.url == f"{login}/auth/account", "the account")
    browser.open(f"{app}/page")
    assert browser.url == f"{app}/page"
    browser.open(f"{login}/auth/account")
    browser.press()
    browser.wait_for(lambda: browser.url.endswith("/auth/signed-out"), "the end")
    browser.open(f"{app}/page")
    assert browser.url.startswith(f"{login}/auth/login?next=")


def test_script_of_the_other_host_calls_the_api_with_cookies(hosts: NginxSite, browser: Browser) -> None:
    """Another origin, the same site: the preflight, the credentials, and no other origin."""
    person = hosts.add()
    login, app = f"http://login.site.test:{hosts.port}", f"http://app.site.test:{hosts.port2}"
    call = """
        const [url, body, done] = arguments;
        fetch(url, {method: 'POST', credentials: 'include', headers: {'Content-Type': 'application/json'},
                    body: body}).then(async (r) => done([r.status, await r.text()]), (e) => done([0, String(e)]));
    """
    body = f'{{"email": "{person.email}", "password": "{person.password}"}}'
    for page, status in ((f"http://www.elsewhere.test:{hosts.port}/", 0), (f"{app}/open", 200)):
        browser.open(page)
        assert browser.driver.execute_async_script(call, f"{login}/api/auth/login", body)[0] == status
    browser.complaints()
    browser.open(f"{app}/page")
    assert browser.url == f"{app}/page" and person.email in browser.text
