"""Coming back to a page, in Chromium: from another site, in several tabs, after the login is over, by the back button.
Nothing that was filled in is lost, nobody is led in a circle, and nothing private is left to look at."""

import time
import typing

import pytest

from rig.browser import Browser
from rig.people import ACCESS, REFRESH, browser_with, claims_of, sessions_of
from rig.site import NginxSite, Person

HEAD = '<!doctype html><meta charset="utf-8"><title>x</title><link rel="icon" href="data:,">'


@pytest.fixture(autouse=True)
def fresh(browser: Browser, site: NginxSite) -> typing.Iterator[None]:
    """Each test starts signed out, in one tab."""
    first = browser.tab
    browser.open(site.url + "/")
    browser.driver.delete_all_cookies()
    browser.complaints()
    yield
    complaints = browser.complaints()
    for tab in browser.driver.window_handles:
        if tab != first:
            browser.turn_to(tab)
            complaints += browser.complaints()
            browser.driver.close()
    browser.turn_to(first)
    assert complaints == []


def sign_in(browser: Browser, person: Person) -> None:
    browser.fill(email=person.email, password=person.password)
    browser.press()


def signed_in(browser: Browser, site: NginxSite, path: str = "/private/") -> Person:
    person = site.register()
    browser.open(site.url + path)
    sign_in(browser, person)
    browser.wait_for(lambda: browser.url == site.url + path, "the page that was asked for")
    return person


def elsewhere(site: NginxSite, name: str, body: str) -> str:
    """A page of another site: to a browser, localhost and 127.0.0.1 are two."""
    (site.www / name).write_text(HEAD + body)
    return site.url.replace("127.0.0.1", "localhost") + "/" + name


@pytest.mark.parametrize("path", ["/private/?a=1&b=2%262", "/app/some/page?a=%C3%A4"])
def test_link_from_another_site_arrives_with_its_query(browser: Browser, site: NginxSite, path: str) -> None:
    signed_in(browser, site)
    link = path.replace("&", "&amp;")
    browser.open(elsewhere(site, "link.html", f'<a href="{site.url}{link}">go</a>'))
    browser.find("a").click()
    browser.wait_for(lambda: "private folder" in browser.text or "The application" in browser.text, "the page")
    assert browser.url == site.url + path


def test_link_from_another_site_by_somebody_signed_out_leads_through_the_login(
    browser: Browser, site: NginxSite
) -> None:
    person = site.register()
    browser.open(elsewhere(site, "link.html", f'<a href="{site.url}/private/?a=1">go</a>'))
    browser.find("a").click()
    browser.wait_for(lambda: "/auth/login" in browser.url, "the login page")
    sign_in(browser, person)
    browser.wait_for(lambda: browser.url == site.url + "/private/?a=1", "the page that was asked for")


def test_form_from_another_site_does_nothing_and_ends_at_a_page_that_says_so(browser: Browser, site: NginxSite) -> None:
    """Its cookies stay behind, so the application never sees it; what the person sees leads on, and not in a circle."""
    person = signed_in(browser, site)
    form = f'<form method=post action="{site.url}/app/save"><input name=text value=x><button>Send</button></form>'
    browser.open(elsewhere(site, "post.html", form))
    browser.press("button")
    browser.wait_for(lambda: browser.url == site.url + "/app/save", "the answer to the form")
    assert "sign in" in browser.text.lower() and "The application" not in browser.text
    assert person.email not in browser.text
    browser.open(site.url + "/app/save")
    assert person.email in browser.text, "signed in all the while"


def test_two_tabs_at_the_login_page_end_well_for_one_person(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    browser.open(site.url + "/private/?tab=1")
    one = browser.tab
    two = browser.new_tab(site.url + "/app/?tab=2")
    sign_in(browser, person)
    browser.wait_for(lambda: browser.url == site.url + "/app/?tab=2", "the page of the second tab")
    browser.turn_to(one)
    assert "/auth/login" in browser.url
    sign_in(browser, person)
    browser.wait_for(lambda: browser.url == site.url + "/private/?tab=1", "the page of the first tab")
    browser.turn_to(two)
    browser.driver.refresh()
    assert person.email in browser.text and browser.url == site.url + "/app/?tab=2"
    # The second login has replaced the first: beside the session of the registration there is one, and none is left
    # over that nobody has a cookie for.
    assert len(sessions_of(Person(person.email, "", browser_with(site, browser.cookies)))) == 2


def test_two_tabs_at_the_login_page_end_well_for_two_people(browser: Browser, site: NginxSite) -> None:
    """A browser has one jar: both tabs are whoever has signed in last, and neither is left with half of each."""
    ann, bob = site.register(), site.register()
    browser.open(site.url + "/app/?tab=1")
    one = browser.tab
    two = browser.new_tab(site.url + "/app/?tab=2")
    sign_in(browser, ann)
    browser.wait_for(lambda: ann.email in browser.text and "tab=2" in browser.url, "Ann's page")
    anns = browser.cookies
    browser.turn_to(one)
    sign_in(browser, bob)
    browser.wait_for(lambda: bob.email in browser.text and "tab=1" in browser.url, "Bob's page")
    browser.turn_to(two)
    browser.driver.refresh()
    browser.wait_for(lambda: bob.email in browser.text, "Bob in Ann's tab")
    assert ann.email not in browser.text
    assert claims_of(browser.cookies[ACCESS])["email"] == claims_of(browser.cookies[REFRESH])["email"] == bob.email
    assert browser_with(site, anns).get("/private/file.txt").status == 401


def test_tab_that_is_still_at_the_login_page_goes_on_by_a_reload(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    browser.open(site.url + "/private/?tab=1")
    one = browser.tab
    browser.new_tab(site.url + "/private/?tab=2")
    sign_in(browser, person)
    browser.wait_for(lambda: browser.url == site.url + "/private/?tab=2", "the page of the second tab")
    browser.turn_to(one)
    browser.driver.refresh()
    assert "/auth/login" in browser.url and person.email in browser.text, "it says as whom one is signed in already"
    browser.driver.back()
    browser.open(site.url + "/private/?tab=1")
    assert browser.url == site.url + "/private/?tab=1"


REFRESH_AND_LOAD = """
    const calls = [...Array(8)].map(() => fetch("/api/auth/token/refresh", {method: "POST"}));
    const pages = [...Array(8)].map(() => fetch("/private/file.txt"));
    const answers = await Promise.all([...calls, ...pages]);
    return answers.map(answer => answer.status);
"""


def test_several_tabs_that_renew_at_once_all_go_on(browser: Browser, build) -> None:
    site = build(NginxSite, settings={"JWT_ACCESS_TOKEN_EXPIRES": "1"})
    first = browser.tab
    person = signed_in(browser, site)
    tabs = [browser.new_tab(f"{site.url}/private/?tab={number}") for number in range(4)]
    starting = """
        window.outcome = null;
        const start = arguments[0];
        setTimeout(async () => { window.outcome = await (async () => { %s })(); }, start - Date.now());
        return true;
    """
    for _ in range(2):
        start = int(time.time() * 1000) + 1500
        for tab in tabs:
            browser.turn_to(tab)
            assert browser.driver.execute_script(starting % REFRESH_AND_LOAD, start)
        for tab in tabs:
            browser.turn_to(tab)
            browser.wait_for(lambda: browser.driver.execute_script("return window.outcome"), "the answers of a tab")
            assert browser.driver.execute_script("return window.outcome") == [200] * 16
    for tab in tabs:
        browser.turn_to(tab)
        browser.driver.refresh()
        assert "The private folder" in browser.text
    assert claims_of(browser.cookies[REFRESH])["email"] == person.email
    browser.turn_to(first)


def test_threat_30_back_button_after_logout_shows_nothing_private(browser: Browser, site: NginxSite) -> None:
    person = site.register(first_name="Ann", last_name="Müller")
    browser.open(site.url + "/app/private/page")
    sign_in(browser, person)
    browser.wait_for(lambda: person.email in browser.text, "the application")
    for path in ("/private/", "/private/file.txt", "/auth/account"):
        browser.open(site.url + path)
    assert "Ann Müller" in browser.text
    browser.press("form[action$='/auth/logout'] button")
    browser.wait_for(lambda: browser.url == site.url + "/auth/signed-out", "the page after signing out")
    seen = []
    for _ in range(5):
        browser.driver.back()
        seen.append((browser.url, browser.text))
    assert len({url for url, _ in seen}) > 1, "back leads somewhere"
    for url, text in seen:
        for private in (person.email, "Ann Müller", "a private file", "The private folder"):
            assert private not in text, url
    for _ in range(3):
        browser.driver.forward()
        assert person.email not in browser.text and "private file" not in browser.text


def test_form_that_came_too_late_is_sent_again_after_signing_in_beside_it(browser: Browser, site: NginxSite) -> None:
    """The application's own form, filled in for longer than the session went on."""
    person = site.register()
    field = "<form method=post action=/app/save><input name=text><button>Send</button></form>"
    (site.www / "private/form.html").write_text(HEAD + field)
    browser.open(site.url + "/private/form.html")
    sign_in(browser, person)
    browser.wait_for(lambda: browser.all("[name=text]"), "the form")
    browser.fill(text="something long")
    assert browser_with(site, browser.cookies).post("/api/auth/logout").status == 200
    browser.press("button")
    browser.wait_for(lambda: browser.url == site.url + "/app/save", "the answer to the form")
    first = browser.tab
    assert "has not been sent" in browser.text
    browser.find("a[target=_blank]").click()
    browser.wait_for(lambda: len(browser.driver.window_handles) == 2, "the new tab")
    browser.turn_to(next(tab for tab in browser.driver.window_handles if tab != first))
    browser.wait_for(lambda: browser.all("[name=password]"), "the login page beside it")
    sign_in(browser, person)
    browser.wait_for(lambda: "/auth/login" not in browser.url, "the end of the login")
    browser.turn_to(first)
    browser.driver.back()
    browser.wait_for(lambda: browser.all("[name=text]"), "the form")
    if not browser.find("[name=text]").get_attribute("value"):
        pytest.fail("what was filled in is lost")
    browser.press("button")
    browser.wait_for(lambda: person.email in browser.text, "the application's answer")
    assert browser.url == site.url + "/app/save"


def test_page_that_refuses_leads_to_another_account_and_back(browser: Browser, site: NginxSite) -> None:
    boss = site.add(role="admin")
    person = signed_in(browser, site)
    browser.open(site.url + "/private/admin/?a=1&b=2")
    assert person.email in browser.text and "rights" in browser.text
    before = browser.url
    browser.driver.refresh()
    assert browser.url == before, "asked again, it still is no redirect"
    browser.find("a[href*='/auth/login']").click()
    browser.wait_for(lambda: "/auth/login" in browser.url, "the login page")
    assert person.email in browser.text, "it says as whom one is signed in"
    sign_in(browser, boss)
    browser.wait_for(lambda: "For administrators" in browser.text, "the page for administrators")
    assert browser.url == site.url + "/private/admin/?a=1&b=2"


def test_page_that_refuses_lets_go_back(browser: Browser, site: NginxSite) -> None:
    signed_in(browser, site)
    browser.open(site.url + "/private/admin/")
    browser.find("[data-back]").click()
    browser.wait_for(lambda: browser.url == site.url + "/private/", "the page before")


def test_session_that_ends_while_a_page_is_open_leads_to_the_login_once(browser: Browser, site: NginxSite) -> None:
    person = signed_in(browser, site)
    assert browser_with(site, browser.cookies).post("/api/auth/logout").status == 200
    browser.driver.refresh()
    browser.wait_for(lambda: "/auth/login" in browser.url, "the login page")
    assert browser.text.count("Sign in") >= 1
    sign_in(browser, person)
    browser.wait_for(lambda: browser.url == site.url + "/private/", "the page that was open")


def test_refresh_cookie_alone_opens_pages_and_the_account(browser: Browser, site: NginxSite) -> None:
    person = signed_in(browser, site)
    browser.driver.delete_cookie(ACCESS)
    browser.open(site.url + "/auth/account")
    assert person.email in browser.text
    browser.driver.delete_cookie(ACCESS)
    browser.open(site.url + "/private/")
    assert browser.url == site.url + "/private/"
    assert {ACCESS, REFRESH} <= set(browser.cookies), "nginx has handed a fresh one to the browser"
