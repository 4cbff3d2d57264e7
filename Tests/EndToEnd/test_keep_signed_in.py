"""Whether a person stays signed in when the browser is closed, what happens where cookies are blocked, and whose use of
a session counts."""

import tempfile
import time

import pytest

from rig.browser import Browser
from rig.client import KNOWN_BROWSER
from rig.site import NginxSite, Person


def max_ages(answer) -> set[str | None]:
    """Of the cookies that sign in."""
    found = set()
    for field in answer.all("Set-Cookie"):
        if field.startswith(KNOWN_BROWSER):
            continue
        parts = dict(part.partition("=")[::2] for part in field.split("; "))
        found.add(parts.get("Max-Age"))
    return found


@pytest.mark.parametrize("ticked", [True, False])
def test_the_tick_outlives_the_browser(site: NginxSite, workspace, ticked: bool) -> None:
    """A real browser that is closed and opened again over the same profile."""
    person = site.register()
    profile = tempfile.mkdtemp(dir=workspace)
    browser = Browser(profile)
    try:
        browser.open(site.url + "/private/")
        browser.fill(email=person.email, password=person.password)
        if ticked:
            browser.find("[name=remember]").click()
        browser.press()
        browser.wait_for(lambda: browser.url == site.url + "/private/", "the page that was asked for")
    finally:
        browser.close()
    again = Browser(profile)
    try:
        again.open(site.url + "/private/")
        assert ("/auth/login" in again.url) != ticked
    finally:
        again.close()


def test_the_choice_goes_on_with_refresh_and_renewal(build) -> None:
    site = build(NginxSite, settings={"JWT_ACCESS_TOKEN_EXPIRES": "1"})
    person = site.register()
    kept, plain = site.client(), site.client()
    for client, remember in ((kept, True), (plain, False)):
        answer = client.post(
            "/api/auth/login", {"email": person.email, "password": person.password, "remember": remember}
        )
        assert max_ages(answer) == ({"1", "2592000"} if remember else {None})
    time.sleep(2)
    for client, lives in ((kept, {"1"}), (plain, {None})):
        renewed = client.get("/private/file.txt")
        assert renewed.status == 200
        assert max_ages(renewed) == lives, renewed
        refreshed = client.post("/api/auth/token/refresh")
        assert max_ages(refreshed) == lives | ({"2592000"} if client is kept else {None})


def test_blocked_cookies_end_at_a_page_that_says_so(site: NginxSite, workspace) -> None:
    person = site.register()
    browser = Browser(tempfile.mkdtemp(dir=workspace), cookies=False)
    try:
        browser.open(site.url + "/private/")
        browser.fill(email=person.email, password=person.password)
        browser.press()
        browser.wait_for(lambda: "Cookies are needed" in browser.text, "the page about cookies")
        browser.find("main a.button").click()
        browser.wait_for(lambda: "/auth/login?next=/private/" in browser.url, "the login page again")
        assert browser.complaints() == []
    finally:
        browser.close()


def test_whoever_keeps_coming_is_not_signed_out_for_a_pause(build) -> None:
    """Neither a static site's visitor, whom auth_request alone renews, nor an application with an access token."""
    site = build(NginxSite, settings={"AUTHSVC_SESSION_INACTIVITY_TIMEOUT": "4s", "JWT_ACCESS_TOKEN_EXPIRES": "2s"})
    person = site.register()
    idle = Person(person.email, person.password, site.client())
    site.sign_in(idle)
    begun = time.monotonic()
    while time.monotonic() - begun < 10:
        assert person.client.get("/private/file.txt").status == 200, f"after {time.monotonic() - begun:.1f} s"
        time.sleep(0.2)
    assert idle.client.get("/private/file.txt").status == 401


def test_another_role_counts_at_once_and_signs_nobody_out(site: NginxSite) -> None:
    person = site.register()
    admin = "/private/admin/file.txt"
    assert person.client.get(admin).status == 403
    assert site.postern.command("user", "role", person.email, "admin").returncode == 0
    deadline = time.monotonic() + 1.5
    while person.client.get(admin).status == 403 and time.monotonic() < deadline:
        time.sleep(0.05)
    answer = person.client.get(admin)
    assert answer.status == 200
    assert person.client.get("/api/auth/check-auth").json["user"]["role"] is not None
    assert site.postern.command("user", "role", person.email, "--none").returncode == 0
    deadline = time.monotonic() + 1.5
    while person.client.get(admin).status == 200 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert person.client.get(admin).status == 403
    assert person.client.get("/private/file.txt").status == 200
