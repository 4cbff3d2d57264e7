"""A person in front of Chromium whose device keeps passkeys, by WebDriver's virtual authenticator (WebAuthn Level 2,
section 11). A console error or a violation of the content security policy fails the test. Pictures of the pages are in
Tests/EndToEnd/screenshots/."""

import typing

import pytest

from rig.browser import Browser
from rig.guarded import GuardedSite, arrive, give_password, wait_for
from rig.mailbox import Mailbox
from rig.site import Person

pytestmark = pytest.mark.usefixtures("quiet_guarded_browser")


def sign_out(browser: Browser) -> None:
    """The cookies go; the device keeps its passkeys."""
    browser.driver.delete_all_cookies()


def add_passkey(browser: Browser, name: str) -> None:
    """On its page."""
    browser.wait_for(lambda: browser.find("[name=name]").is_displayed(), "the form")
    browser.fill(name=name)
    browser.press("form[data-passkey] button")


@pytest.fixture
def device(browser: Browser) -> typing.Iterator[Browser]:
    with browser.authenticator():
        yield browser


@pytest.fixture
def owner(device: Browser, guarded_site: GuardedSite) -> Person:
    """Somebody whose device has a passkey; signed out again."""
    person = guarded_site.add()
    give_password(device, guarded_site, person, "/auth/account/security/passkeys")
    add_passkey(device, "Phone")
    wait_for(device, "Your recovery codes")
    sign_out(device)
    return person


def test_passkeys_are_added_named_and_removed(
    device: Browser, guarded_site: GuardedSite, mailbox: Mailbox
) -> None:
    browser, site, person = device, guarded_site, guarded_site.add()
    give_password(browser, site, person, "/auth/account")
    arrive(browser, site, "/auth/account")
    browser.press("a[href$='account/security']")
    browser.press("a[href$='security/passkeys']")
    add_passkey(browser, "Phone")
    wait_for(browser, "Your recovery codes")
    assert len(browser.all(".codes li")) == 10
    browser.press("main p > a.button:not([download])")
    arrive(browser, site, "/auth/account/security")
    wait_for(browser, "Passkeys\nOne")
    browser.press("a[href$='security/passkeys']")
    wait_for(browser, "never used")
    # The device has one already.
    add_passkey(browser, "Again")
    wait_for(browser, "This device has a passkey for you already.")
    browser.press(".rows a")
    browser.fill(name="Old phone")
    browser.press("form button.plain")
    wait_for(browser, "Its name has been saved.")
    assert "Old phone" in browser.text
    browser.press(".rows a")
    wait_for(browser, "It is your last second factor")
    browser.press(".danger")
    wait_for(browser, "Your passkey has been removed.")
    assert not browser.all(".rows")
    mailbox.wait_for(person.email, 2)


def test_browser_offers_the_passkey_in_the_first_field(
    device: Browser, guarded_site: GuardedSite, owner: Person
) -> None:
    browser, site = device, guarded_site
    assert site.client().view("/auth/login").text.count('autocomplete="username webauthn"') == 1
    browser.open(site.url + "/private/mfa/")
    # Its finger or PIN is a factor besides it.
    arrive(browser, site, "/private/mfa/")
    browser.open(site.url + "/auth/account")
    wait_for(browser, owner.email)


def test_passkey_signs_in_by_the_button(device: Browser, guarded_site: GuardedSite, owner: Person) -> None:
    browser, site = device, guarded_site
    with browser.offering_no_passkeys():
        browser.open(site.url + "/private/mfa/")
        browser.press("[name=remember]")
        browser.press("form[data-passkey] button")
        arrive(browser, site, "/private/mfa/")
    assert all("expiry" in cookie for cookie in browser.session_cookies), "kept, as the login form says"
    browser.open(site.url + "/auth/account")
    wait_for(browser, "Signed in with\nPasskey")
    assert owner.email in browser.text
    browser.open(site.url + "/auth/account/security/passkeys")
    wait_for(browser, "last used")


def test_passkey_is_the_second_step(device: Browser, guarded_site: GuardedSite, owner: Person) -> None:
    browser, site = device, guarded_site
    with browser.offering_no_passkeys():
        give_password(browser, site, owner, "/private/mfa/")
        wait_for(browser, "Your account asks for one of your passkeys.")
        browser.press("form[data-passkey] button")
        arrive(browser, site, "/private/mfa/")
    browser.open(site.url + "/auth/account")
    wait_for(browser, "Password and passkey")


def test_place_that_demands_a_factor_asks_a_session_for_the_passkey(
    device: Browser, guarded_site: GuardedSite
) -> None:
    """A session that was there before the passkey has not used it."""
    browser, site, person = device, guarded_site, guarded_site.add()
    give_password(browser, site, person, "/auth/account")
    arrive(browser, site, "/auth/account")
    before = browser.session_cookies
    sign_out(browser)
    give_password(browser, site, person, "/auth/account/security/passkeys")
    add_passkey(browser, "Phone")
    wait_for(browser, "Your recovery codes")
    sign_out(browser)
    for cookie in before:
        browser.driver.add_cookie(cookie)
    browser.open(site.url + "/private/mfa/")
    arrive(browser, site, "/auth/mfa?next=/private/mfa/")
    browser.press("form[data-passkey] button")
    arrive(browser, site, "/private/mfa/")


def test_place_that_demands_a_fresh_proof_takes_a_passkey(
    device: Browser, guarded_site: GuardedSite, owner: Person
) -> None:
    browser, site = device, guarded_site
    with browser.offering_no_passkeys():
        browser.open(site.url + "/private/recent/")
        browser.press("form[data-passkey] button")
        arrive(browser, site, "/private/recent/")
        browser.wait_for(lambda: step_up(browser, site), "an older proof")
        browser.press("form[data-passkey] button")
        arrive(browser, site, "/private/recent/")


def step_up(browser: Browser, site: GuardedSite) -> bool:
    browser.open(site.url + "/private/recent/")
    return "step_up=1" in browser.url


def test_whom_the_device_does_not_know_may_try_again(browser: Browser, guarded_site: GuardedSite) -> None:
    site, person = guarded_site, guarded_site.add()
    with browser.authenticator(knows=False), browser.offering_no_passkeys():
        give_password(browser, site, person, "/auth/account/security/passkeys")
        add_passkey(browser, "Phone")
        wait_for(browser, "That was not finished.")
        assert browser.find("form[data-passkey] button").get_attribute("aria-disabled") is None
        browser.driver.set_user_verified(True)
        browser.press("form[data-passkey] button")
        wait_for(browser, "Your recovery codes")
        sign_out(browser)
        browser.driver.set_user_verified(False)
        browser.open(site.url + "/auth/login")
        browser.press("form[data-passkey] button")
        wait_for(browser, "That was not finished.")


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_pictures_of_the_pages(
    device: Browser, guarded_site: GuardedSite, owner: Person, width: int, scheme: str
) -> None:
    browser, site = device, guarded_site

    def look(name: str) -> None:
        browser.picture(f"{name}-{width}-{scheme}-scripts")
        assert browser.width_of_content() <= width, f"{name} is wider than the screen"

    with browser.looking(width, scheme), browser.offering_no_passkeys():
        browser.open(site.url + "/auth/login")
        look("login-with-passkeys")
        give_password(browser, site, owner, "/auth/account/security/passkeys")
        wait_for(browser, "One more step")
        look("mfa-passkey")
        browser.press("form[data-passkey] button")
        browser.wait_for(lambda: browser.all(".rows a"), "the list")
        look("account-security-passkeys")
        browser.press(".rows a")
        wait_for(browser, "Remove it")
        look("account-security-passkey")
