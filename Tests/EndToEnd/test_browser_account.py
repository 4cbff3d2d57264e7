"""A person in front of Chromium who has forgotten, confirms, changes, takes back and leaves: with mails from a real
mail server, with scripts and without. A console error or a violation of the content security policy fails the test.
Pictures of the pages are in Tests/EndToEnd/screenshots/."""

import pytest

from rig.browser import Browser
from rig.mailbox import Mailbox
from rig.site import PASSWORD, NginxSite, Person, new_email

NEW = "battery staple"

pytestmark = [
    pytest.mark.parametrize("browser", [True, False], ids=["with scripts", "without scripts"], indirect=True),
    pytest.mark.usefixtures("quiet_browser"),
]


def sign_in(browser: Browser, site: NginxSite, person: Person, page: str = "/auth/account") -> None:
    browser.open(site.url + page)
    browser.fill(email=person.email, password=person.password)
    browser.press()
    browser.wait_for(lambda: browser.url == site.url + page, page)


def wait_for(browser: Browser, words: str) -> None:
    browser.wait_for(lambda: words in browser.text, f"“{words}”")


def test_registering_where_addresses_are_confirmed_first(
    browser: Browser, verified_site: NginxSite, mailbox: Mailbox
) -> None:
    email = new_email("verified")
    browser.open(verified_site.url + "/auth/register")
    browser.fill(email=email, password=PASSWORD)
    browser.press()
    wait_for(browser, "Check your mail")
    assert email in browser.text and browser.cookies == {}
    first = mailbox.wait_for(email).link
    # Before the address is confirmed, nobody is signed in.
    browser.open(verified_site.url + "/auth/login")
    browser.fill(email=email, password=PASSWORD)
    browser.press()
    wait_for(browser, "or the address has not been confirmed yet")
    browser.press("a[href$='/auth/resend']")
    browser.wait_for(lambda: browser.url.endswith("/auth/resend"), "the page that sends the mail again")
    browser.fill(email=email)
    browser.press()
    wait_for(browser, "Check your mail")
    assert mailbox.wait_for(email, 2).link != first
    # Whoever looks through mail opens the link, and nothing happens.
    assert verified_site.client().view(first.removeprefix(verified_site.url)).status == 200
    browser.open(first)
    browser.fill(password="wrong horse")
    browser.press()
    wait_for(browser, "Password is incorrect")
    browser.fill(password=PASSWORD)
    browser.press()
    wait_for(browser, "Your e-mail address is confirmed.")
    assert browser.url == verified_site.url + "/auth/account?done=address"
    browser.open(verified_site.url + "/private/")
    assert "The private folder" in browser.text
    browser.open(first)
    wait_for(browser, "there is nothing left to do")


def test_registering_a_taken_address_looks_the_same_and_its_owner_is_told(
    browser: Browser, verified_site: NginxSite, mailbox: Mailbox
) -> None:
    owner = verified_site.add("owner")
    browser.open(verified_site.url + "/auth/register")
    browser.fill(email=owner.email, password=NEW)
    browser.press()
    wait_for(browser, "Check your mail")
    assert f"A mail is on its way to {owner.email}" in browser.text
    mailbox.wait_for(owner.email)
    verified_site.sign_in(owner)


def test_confirming_while_signed_in_takes_one_button(browser: Browser, site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    sign_in(browser, site, person)
    wait_for(browser, "Your address is not confirmed yet")
    browser.press("form[action$=resend] button")
    wait_for(browser, "A mail with a new link is on its way")
    mailbox.wait_for(person.email, 2)
    browser.open(mailbox.wait_for(person.email).link)
    assert not browser.all("[type=password]")
    browser.press()
    wait_for(browser, "Your e-mail address is confirmed.")
    assert "not confirmed" not in browser.text.lower()
    browser.open(mailbox.wait_for(person.email, 2).link)
    wait_for(browser, "there is nothing left to do")


def test_link_in_a_mail_that_is_read_in_the_browser_finds_the_session(
    browser: Browser, site: NginxSite, mailbox: Mailbox
) -> None:
    """A SameSite=Strict cookie does not come with a link from elsewhere: the page is loaded once more."""
    person = site.register()
    sign_in(browser, site, person)
    link = mailbox.wait_for(person.email).link
    (site.www / "mail.html").write_text(
        f'<!doctype html><title>x</title><link rel="icon" href="data:,"><a href="{link}">confirm</a>'
    )
    # localhost and 127.0.0.1 are two sites to a browser.
    browser.open(site.url.replace("127.0.0.1", "localhost") + "/mail.html")
    browser.complaints()
    browser.press("a")
    wait_for(browser, "your address?")
    assert not browser.all("[type=password]")
    browser.press()
    wait_for(browser, "Your e-mail address is confirmed.")


def test_forgotten_password_is_set_by_mail_once(browser: Browser, site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    count = len(mailbox.to(person.email)) or 1
    mailbox.wait_for(person.email, count)
    browser.open(site.url + "/auth/login?next=/private/")
    browser.press("a[href$='/auth/forgot']")
    browser.wait_for(lambda: browser.url == site.url + "/auth/forgot", "the page for a forgotten password")
    browser.fill(email=person.email)
    browser.press()
    wait_for(browser, f"If there is an account with the address {person.email}")
    link = mailbox.wait_for(person.email, count + 1).link
    assert person.client.get("/private/file.txt").status == 200, "nothing has happened yet"
    browser.open(link)
    assert not browser.find("[name=email]").is_displayed(), "for the browser only"
    browser.fill(password=NEW)
    browser.press()
    wait_for(browser, "Your new password is set.")
    assert person.client.get("/private/file.txt").status == 401, "signed out everywhere"
    browser.fill(email=person.email, password=NEW)
    browser.press()
    browser.wait_for(lambda: browser.url == site.url + "/", "the site")
    browser.open(link)
    wait_for(browser, "This link is no longer good")
    browser.press("main a.button")
    browser.wait_for(lambda: browser.url == site.url + "/auth/forgot", "the way to another link")


def test_profile_is_filled_in(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    sign_in(browser, site, person)
    browser.press("a[href$='/account/profile']")
    browser.wait_for(lambda: browser.url.endswith("/account/profile"), "the profile")
    browser.fill(first_name="Zoë", phone_number="nonsense", bio="one\ntwo", zip_code="12345678901")
    browser.press()
    wait_for(browser, "Invalid phone number format")
    focused = browser.driver.switch_to.active_element.get_attribute("name")
    assert focused == "phone_number", "the first wrong field"
    assert browser.find("[name=zip_code]").get_attribute("aria-invalid") == "true"
    assert browser.find("[name=first_name]").get_attribute("value") == "Zoë"
    browser.fill(phone_number="+49 30 123456", zip_code="10115")
    browser.press()
    wait_for(browser, "Your profile has been saved.")
    user = person.client.get("/api/auth/user/@me").json["user"]
    assert (user["first_name"], user["bio"], user["zip_code"]) == ("Zoë", "one\ntwo", "10115")


def test_address_is_changed_by_mail_and_taken_back(browser: Browser, site: NginxSite, mailbox: Mailbox) -> None:
    person, new = site.add(), new_email("new")
    sign_in(browser, site, person)
    browser.press("a[href$='/account/email']")
    browser.wait_for(lambda: browser.url.endswith("/account/email"), "the page of the address")
    browser.fill(new_email=new, password="wrong horse")
    browser.press("form[action$='account/email'] button[type=submit]")
    wait_for(browser, "Password is incorrect")
    assert browser.find("[name=new_email]").get_attribute("value") == new
    browser.fill(password=person.password)
    browser.press("form[action$='account/email'] button[type=submit]")
    wait_for(browser, f"A mail is on its way to {new}")
    browser.open(mailbox.wait_for(new).link)
    browser.press()
    wait_for(browser, "Your e-mail address is confirmed.")
    assert new in browser.text and person.email not in browser.text
    assert person.client.get("/private/file.txt").status == 401, "signed out everywhere else"
    # The owner of the address before takes it back, in a browser of their own.
    undo = mail_of_kind(mailbox, person.email, "/undo/")
    browser.driver.delete_all_cookies()
    browser.open(undo)
    assert person.email in browser.text
    browser.press()
    browser.wait_for(lambda: "/auth/reset/" in browser.url, "the page for a new password")
    browser.fill(password=NEW)
    browser.press()
    wait_for(browser, "Your new password is set.")
    browser.open(undo)
    wait_for(browser, "This link is no longer good")
    sign_in(browser, site, Person(person.email, NEW, person.client))
    assert person.email in browser.text and new not in browser.text


def mail_of_kind(mailbox: Mailbox, recipient: str, part: str) -> str:
    """The link with that in its address, among the mails to somebody."""
    for count in range(1, 20):
        text = mailbox.wait_for(recipient, count).text
        for word in text.split():
            if part in word:
                return word
    raise AssertionError(f"no mail to {recipient} has {part}")


def test_account_is_looked_into_copied_and_deleted(browser: Browser, site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    sign_in(browser, site, person)
    browser.press("a[href$='/account/activity']")
    wait_for(browser, "What has happened to your account")
    assert "Signed in" in browser.text
    browser.press(".back")
    browser.wait_for(lambda: browser.url == site.url + "/auth/account", "the account")
    browser.press("a[href$='/account/delete']")
    wait_for(browser, "A copy of it")
    copy = person.client.view("/auth/account/export")
    assert copy.json["account"]["email"] == person.email
    browser.fill(password="wrong horse")
    browser.press(".danger")
    wait_for(browser, "Password is incorrect")
    browser.fill(password=person.password)
    browser.press(".danger")
    wait_for(browser, "Your account is deleted")
    assert not any("token" in name for name in browser.cookies)
    assert person.client.get("/private/file.txt").status == 401
    browser.wait_for(lambda: any("delete" in mail.subject.lower() for mail in mailbox.to(person.email)), "a last mail")
    browser.open(site.url + "/auth/login")
    browser.fill(email=person.email, password=person.password)
    browser.press()
    wait_for(browser, "Invalid email or password")


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_pictures_of_the_pages(browser: Browser, site: NginxSite, width: int, scheme: str, request) -> None:
    scripts = "scripts" if "with scripts" in request.node.name else "plain"
    person = site.register(first_name="Ann", last_name="Müller")

    def look(page: str) -> None:
        browser.open(f"{site.url}/auth/{page}")
        browser.picture(f"{page.replace('/', '-')}-{width}-{scheme}-{scripts}")
        browser.driver.get_log("browser")
        if scripts == "scripts":
            assert browser.width_of_content() <= width, f"{page} is wider than the screen"

    with browser.looking(width, scheme):
        for page in ("forgot", "resend", "confirm/nothing", "reset/nothing", "undo/nothing"):
            look(page)
        sign_in(browser, site, person)
        for page in ("profile", "email", "password", "sessions", "activity", "delete"):
            look(f"account/{page}")
