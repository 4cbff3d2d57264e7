"""A person in front of Chromium: signs in, sees the page, signs out; with scripts and without. A console error or a
violation of the content security policy fails the test. Pictures of the pages are in Tests/EndToEnd/screenshots/."""

import pytest

from rig.browser import Browser
from rig.site import PASSWORD, NginxSite, Person, new_email

QUERY = "?a=1&b=2%262"

pytestmark = [
    pytest.mark.parametrize("browser", [True, False], ids=["with scripts", "without scripts"], indirect=True),
    pytest.mark.usefixtures("quiet_browser"),
]


def sign_in(browser: Browser, person: Person) -> None:
    browser.fill(email=person.email, password=person.password)
    browser.press()


@pytest.mark.parametrize("path", ["/private/", f"/private/file.txt{QUERY}", f"/app/some/page{QUERY}"])
def test_protected_page_leads_through_the_login_and_back(browser: Browser, site: NginxSite, path: str) -> None:
    person = site.register()
    browser.open(site.url + path)
    assert browser.url.startswith(site.url + "/auth/login?next=")
    sign_in(browser, person)
    browser.wait_for(lambda: browser.url == site.url + path, "the page that was asked for")
    if path.startswith("/app/"):
        assert person.email in browser.text


def test_wrong_password_says_so_and_can_be_mended(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    browser.open(site.url + "/private/")
    browser.fill(email=person.email, password="wrong horse")
    browser.press()
    browser.wait_for(lambda: "Invalid email or password" in browser.text, "the sentence about the failure")
    assert browser.find("[name=email]").get_attribute("value") == person.email
    assert browser.find("[name=password]").get_attribute("value") == ""
    browser.fill(password=person.password)
    browser.press()
    browser.wait_for(lambda: browser.url == site.url + "/private/", "the page that was asked for")


def test_account_page_and_signing_out(browser: Browser, site: NginxSite) -> None:
    person = site.register(first_name="Ann", last_name="Müller")
    browser.open(site.url + "/auth/account")
    assert "/auth/login" in browser.url
    sign_in(browser, person)
    browser.wait_for(lambda: browser.url == site.url + "/auth/account", "the account page")
    assert person.email in browser.text and "Ann Müller" in browser.text
    browser.open(site.url + "/private/")
    assert "The private folder" in browser.text
    browser.open(site.url + "/auth/account")
    browser.press("form[action$=logout] button")
    browser.wait_for(lambda: browser.url == site.url + "/auth/signed-out", "the page after signing out")
    browser.open(site.url + "/private/")
    assert "/auth/login" in browser.url
    browser.driver.back()
    browser.driver.back()
    assert person.email not in browser.text
    assert browser.session_cookies == []


def test_registering(browser: Browser, site: NginxSite) -> None:
    email = new_email("browser")
    browser.open(site.url + "/private/")
    browser.find("a[href*='/auth/register']").click()
    browser.wait_for(lambda: "/auth/register" in browser.url, "the page for a new account")
    browser.fill(first_name="Zoë", email=email, password=PASSWORD)
    browser.press()
    browser.wait_for(lambda: browser.url == site.url + "/private/", "the page that was asked for")
    browser.open(site.url + "/auth/account")
    assert email in browser.text and "Zoë" in browser.text


def test_address_that_is_taken(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    browser.open(site.url + "/auth/register")
    browser.fill(email=person.email, password=PASSWORD)
    browser.press()
    browser.wait_for(lambda: "already registered" in browser.text, "the sentence about the address")
    assert browser.find("[name=email]").get_attribute("value") == person.email


def test_other_sessions_are_ended_on_their_page(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    phone, tablet = person.client, site.client()
    assert tablet.post("/api/auth/login", {"email": person.email, "password": person.password}).status == 200
    browser.open(site.url + "/auth/account/sessions")
    sign_in(browser, person)
    browser.wait_for(lambda: "This one" in browser.text, "the list of sessions")
    assert [device.get("/private/file.txt").status for device in (phone, tablet)] == [200, 200]
    browser.press(".sessions button")
    browser.wait_for(lambda: len(browser.all(".sessions button")) == 1, "one session less")
    assert sorted(device.get("/private/file.txt").status for device in (phone, tablet)) == [200, 401]
    browser.press("form[action$=end-others] button")
    browser.wait_for(lambda: not browser.all(".sessions button"), "only this one")
    assert [device.get("/private/file.txt").status for device in (phone, tablet)] == [401, 401]
    browser.open(site.url + "/private/")
    assert browser.url == site.url + "/private/"


def test_password_is_changed_on_its_page(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    browser.open(site.url + "/auth/account/password")
    sign_in(browser, person)
    browser.wait_for(lambda: "Change your password" in browser.text, "the form")
    assert not browser.find("form[action$=password] [name=email]").is_displayed(), "for the browser only"
    for current, sentence in (("wrong", "Current password is incorrect"), (PASSWORD, "has been changed")):
        browser.fill(current_password=current, new_password="battery staple")
        browser.press("form[action$=password] button[type=submit]")
        browser.wait_for(lambda text=sentence: text in browser.text, sentence)
    assert person.client.get("/private/file.txt").status == 401, "everywhere else they are signed out"
    browser.open(site.url + "/private/")
    assert browser.url == site.url + "/private/"


def test_api_token_is_made_shown_once_and_ended(browser: Browser, site: NginxSite) -> None:
    boss = site.add(role="admin")
    browser.open(site.url + "/auth/account")
    sign_in(browser, boss)
    browser.wait_for(lambda: browser.url == site.url + "/auth/account", "the account page")
    browser.press("a[href$='account/tokens']")
    browser.wait_for(lambda: browser.all("form[action$='account/tokens']"), "the form")
    browser.fill(name="Nightly copy")
    browser.press("[name=scope][value='rbac.admin']")
    browser.press("form[action$='account/tokens'] button")
    browser.wait_for(lambda: browser.all(".secret"), "the token")
    token = browser.find(".secret").text
    program = site.client(Authorization=f"Bearer {token}")
    assert program.get("/private/file.txt").status == 200
    assert program.get("/private/admin/file.txt").status == 403
    browser.press("main a.button")
    browser.wait_for(lambda: "Nightly copy" in browser.text, "the list")
    assert "rbac.admin" in browser.text
    assert token not in browser.driver.page_source
    browser.press(".sessions button")
    browser.wait_for(lambda: "Nightly copy" not in browser.text, "an empty list")
    assert program.get("/private/file.txt").status == 401


def test_page_for_another_role_offers_another_account(browser: Browser, site: NginxSite) -> None:
    person, boss = site.register(), site.add(role="admin")
    browser.open(site.url + "/private/admin/")
    sign_in(browser, person)
    browser.wait_for(lambda: person.email in browser.text, "the page that says no")
    assert browser.url == site.url + "/private/admin/"
    browser.find("a[href*='/auth/login']").click()
    browser.wait_for(lambda: "/auth/login" in browser.url, "the login page")
    sign_in(browser, boss)
    browser.wait_for(lambda: "For administrators" in browser.text, "the page for administrators")


def test_link_from_another_site_arrives(browser: Browser, site: NginxSite) -> None:
    """A SameSite=Strict cookie does not come with a link from elsewhere: the page has to be loaded once more."""
    person = site.register()
    browser.open(site.url + "/private/")
    sign_in(browser, person)
    browser.wait_for(lambda: browser.url == site.url + "/private/", "the page that was asked for")
    (site.www / "elsewhere.html").write_text(
        f'<!doctype html><title>x</title><link rel="icon" href="data:,"><a href="{site.url}/private/">go</a>'
    )
    # localhost and 127.0.0.1 are two sites to a browser.
    browser.open(site.url.replace("127.0.0.1", "localhost") + "/elsewhere.html")
    browser.complaints()
    browser.find("a").click()
    browser.wait_for(lambda: "The private folder" in browser.text, "the private folder")


def test_form_of_a_page_whose_login_is_over_is_not_lost(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    (site.www / "form.html").write_text(
        '<!doctype html><title>x</title><link rel="icon" href="data:,">'
        "<form method=post action=/app/save><input name=text><button>Send</button></form>"
    )
    browser.open(site.url + "/form.html")
    browser.complaints()
    browser.fill(text="something long")
    browser.press("button")
    browser.wait_for(lambda: browser.url == site.url + "/app/save", "the answer to the form")
    assert person.email not in browser.text
    assert "sign in" in browser.text.lower()
    browser.driver.back()
    assert browser.find("[name=text]").get_attribute("value") == "something long"


PAGES = {
    "login": "/auth/login",
    "login-with-next": "/auth/login?next=/private/",
    "register": "/auth/register",
    "signed-out": "/auth/signed-out",
    "not-found": "/auth/nothing-here",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_pictures_of_the_pages(browser: Browser, site: NginxSite, width: int, scheme: str, request) -> None:
    scripts = "scripts" if "with scripts" in request.node.name else "plain"
    person = site.register(first_name="Ann", last_name="Müller")

    def look(name: str) -> None:
        browser.picture(f"{name}-{width}-{scheme}-{scripts}")
        browser.driver.get_log("browser")
        if scripts == "scripts":
            assert browser.width_of_content() <= width, f"{name} is wider than the screen"

    with browser.looking(width, scheme):
        for name, path in PAGES.items():
            browser.open(site.url + path)
            look(name)
        browser.open(site.url + "/auth/login")
        browser.fill(email=person.email, password="wrong horse")
        browser.press()
        browser.wait_for(lambda: "Invalid email or password" in browser.text, "the sentence about the failure")
        look("login-failed")
        browser.open(site.url + "/auth/account")
        sign_in(browser, person)
        browser.wait_for(lambda: browser.url == site.url + "/auth/account", "the account page")
        look("account")
        browser.open(site.url + "/auth/account/tokens")
        browser.fill(name="Nightly copy")
        browser.press()
        browser.wait_for(lambda: browser.all(".secret"), "the token")
        look("token-made")
        browser.press("main a.button")
        browser.wait_for(lambda: "Nightly copy" in browser.text, "the list")
        look("tokens")
        browser.open(site.url + "/private/admin/")
        look("forbidden")


def test_pages_carry_a_strict_policy(site: NginxSite) -> None:
    person = site.register()
    for path in (*PAGES.values(), "/auth/account"):
        answer = person.client.view(path)
        policy = answer.header("Content-Security-Policy") or ""
        directives = {part.split()[0]: part.split()[1:] for part in policy.split(";") if part.strip()}
        assert directives["frame-ancestors"] == ["'none'"], path
        assert directives["default-src"] == ["'none'"], path
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "http:", "https:"} & set(policy.split()), policy
        assert answer.header("Referrer-Policy") == "same-origin", path
        assert answer.header("X-Content-Type-Options") == "nosniff", path
        assert " style=" not in answer.text and "<style" not in answer.text and " onclick=" not in answer.text
