"""A person in front of Chromium with a second factor: an app, a sheet of codes, a mailbox; with scripts and without. A
console error or a violation of the content security policy fails the test. Pictures of the pages are in
Tests/EndToEnd/screenshots/."""

import pytest

from rig.browser import Browser
from rig.guarded import GuardedSite, arrive, give_password, wait_for
from rig.mailbox import Mailbox
from rig.qr import read_code
from rig.totp import AuthenticatorApp

pytestmark = [
    pytest.mark.parametrize("browser", [True, False], ids=["with scripts", "without scripts"], indirect=True),
    pytest.mark.usefixtures("quiet_guarded_browser"),
]


def give_code(browser: Browser, code: str) -> None:
    browser.fill(code=code)
    browser.press("form[action$='/mfa'] button[type=submit], form[action$='/totp'] button[type=submit]")


def sign_out(browser: Browser, site: GuardedSite) -> None:
    browser.open(site.url + "/auth/account")
    browser.press("form[action$=logout] button")
    arrive(browser, site, "/auth/signed-out")


def scanned(browser: Browser, scheme: str = "light") -> str:
    """What a camera reads off the screen."""
    with browser.looking(1280, scheme):
        return read_code(browser.picture(f"totp-code-{scheme}"))


def codes_shown(browser: Browser) -> list[str]:
    wait_for(browser, "Your recovery codes")
    return [code.text for code in browser.all(".codes code")]


def test_app_is_set_up_and_asked_for(browser: Browser, guarded_site: GuardedSite, mailbox: Mailbox) -> None:
    site, person = guarded_site, guarded_site.add()
    give_password(browser, site, person)
    arrive(browser, site, "/auth/account")
    browser.press("a[href$='account/security']")
    arrive(browser, site, "/auth/account/security")
    browser.press("a[href$='security/totp']")
    arrive(browser, site, "/auth/account/security/totp")
    address = scanned(browser)
    browser.press("summary")
    secret = browser.find(".secret").text.replace(" ", "")
    app = AuthenticatorApp(address)
    assert app.totp.secret == secret and app.totp.name == person.email
    give_code(browser, app.wrong_code())
    wait_for(browser, "That code is not right.")
    assert scanned(browser, "dark") == address, "the app need not be set up again"
    give_code(browser, app.code())
    codes = codes_shown(browser)
    assert len(set(codes)) == 10
    kept = browser.find("a[download]").get_attribute("href")
    assert all(code in kept for code in codes)
    browser.press("main p > a.button:not([download])")
    wait_for(browser, "Authenticator app\nOn")
    assert "10 left" in browser.text
    mailbox.wait_for(person.email)
    # The session has used a factor by setting it up.
    browser.open(site.url + "/private/mfa/")
    assert "Behind mfa" in browser.text
    # The next sign-in asks for it, in place, and keeps where the person was going.
    sign_out(browser, site)
    give_password(browser, site, person, "/private/")
    arrive(browser, site, "/auth/mfa?next=/private/")
    give_code(browser, app.wrong_code())
    wait_for(browser, "That code is not right.")
    assert browser.driver.switch_to.active_element.get_attribute("name") == "code"
    give_code(browser, app.code())
    arrive(browser, site, "/private/")
    browser.open(site.url + "/auth/account")
    wait_for(browser, "Password and one-time code")


def test_browser_is_trusted_until_that_is_ended(browser: Browser, guarded_site: GuardedSite) -> None:
    site = guarded_site
    person, app, _ = site.with_app()
    give_password(browser, site, person)
    wait_for(browser, "One more step")
    browser.press("[name=trust_browser]")
    give_code(browser, app.code())
    arrive(browser, site, "/auth/account")
    sign_out(browser, site)
    give_password(browser, site, person)
    arrive(browser, site, "/auth/account")
    # What guards the account asks for the factor all the same, and comes back.
    browser.press("a[href$='account/security']")
    browser.press("a[href$='security/browsers']")
    wait_for(browser, "Trusted browsers")
    browser.press(".sessions button")
    wait_for(browser, "There are none")
    sign_out(browser, site)
    give_password(browser, site, person)
    wait_for(browser, "One more step")


def test_recovery_code_signs_in_once(browser: Browser, guarded_site: GuardedSite, mailbox: Mailbox) -> None:
    site = guarded_site
    person, _, codes = site.with_app()
    for code, is_right in [(codes[0].lower(), True), (codes[0], False), (codes[1].replace("-", " "), True)]:
        browser.driver.delete_all_cookies()
        give_password(browser, site, person)
        wait_for(browser, "One more step")
        browser.press("summary")
        browser.fill(recovery_code=code)
        browser.press("details button")
        if is_right:
            arrive(browser, site, "/auth/account")
        else:
            wait_for(browser, "That is none of your recovery codes")
            assert browser.find("[name=recovery_code]").is_displayed(), "the field is open still"
    # New ones end those.
    browser.open(site.url + "/auth/account/security/recovery-codes")
    wait_for(browser, "You have 8 left")
    browser.press()
    assert not set(codes) & set(codes_shown(browser))


def test_codes_are_mailed_to_who_has_chosen_so(browser: Browser, guarded_site: GuardedSite, mailbox: Mailbox) -> None:
    site, person = guarded_site, guarded_site.add()
    give_password(browser, site, person, "/auth/account/security/email")
    wait_for(browser, "Codes by mail")
    browser.press()
    codes_shown(browser)
    sign_out(browser, site)
    give_password(browser, site, person, "/private/")
    wait_for(browser, "One more step")
    assert not browser.all("[name=code]"), "there is none yet"
    browser.press("form[action$='mfa/mail'] button")
    wait_for(browser, "from the mail that is on its way")
    give_code(browser, "000000")
    wait_for(browser, "That code is not right.")
    give_code(browser, mailed_code(mailbox, person.email))
    arrive(browser, site, "/private/")
    # To turn them off, they are the last factor.
    browser.open(site.url + "/auth/account/security/email")
    wait_for(browser, "It is your last second factor")
    browser.press(".danger")
    wait_for(browser, "Codes by mail\nOff")


def mailed_code(mailbox: Mailbox, recipient: str) -> str:
    for count in range(1, 20):
        words = [word.strip(".") for word in mailbox.wait_for(recipient, count).text.split()]
        for word in words:
            if len(word) == 6 and word.isdigit():
                return word
    raise AssertionError("no mail has a code")


def test_lost_ticket_leads_back_to_the_login(browser: Browser, guarded_site: GuardedSite) -> None:
    site = guarded_site
    person, app, _ = site.with_app()
    give_password(browser, site, person, "/private/")
    wait_for(browser, "One more step")
    # A password that changes meanwhile ends it.
    answer = person.client.post(
        "/api/auth/password/update", {"current_password": person.password, "new_password": "battery staple"}
    )
    assert answer.status == 200, answer
    person.password = "battery staple"
    give_code(browser, app.code())
    wait_for(browser, "That took too long")
    browser.fill(email=person.email, password=person.password)
    browser.press()
    wait_for(browser, "One more step")
    give_code(browser, app.code())
    arrive(browser, site, "/private/")


def test_role_that_demands_a_factor(browser: Browser, guarded_site: GuardedSite) -> None:
    site = guarded_site
    person = site.add(role="admin")
    done = site.postern.command("role", "require-factor", "admin")
    assert done.returncode == 0, done.stderr
    try:
        give_password(browser, site, person, "/private/admin/")
        wait_for(browser, "Set up an authenticator app")
        app = AuthenticatorApp(scanned(browser))
        give_code(browser, app.wrong_code())
        wait_for(browser, "That code is not right.")
        give_code(browser, app.code())
        assert len(codes_shown(browser)) == 10
        browser.press("main p > a.button:not([download])")
        arrive(browser, site, "/private/admin/")
    finally:
        site.postern.command("role", "require-factor", "admin", "--off")


def test_place_that_demands_a_factor_leads_to_setting_one_up(browser: Browser, guarded_site: GuardedSite) -> None:
    site, person = guarded_site, guarded_site.add()
    give_password(browser, site, person, "/private/mfa/")
    wait_for(browser, "The page that you asked for needs a second factor")
    browser.press("a[href*='security/totp']")
    wait_for(browser, "Set up an authenticator app")
    give_code(browser, AuthenticatorApp(scanned(browser)).code())
    codes_shown(browser)
    browser.press("main p > a.button:not([download])")
    arrive(browser, site, "/private/mfa/")


@pytest.mark.parametrize("factor", ["totp", "recovery", "email"])
def test_place_that_demands_a_factor_asks_a_session_for_one(
    browser: Browser, guarded_site: GuardedSite, mailbox: Mailbox, factor: str
) -> None:
    """A session that was there before the factor has not used it."""
    site, person = guarded_site, guarded_site.add()
    give_password(browser, site, person)
    arrive(browser, site, "/auth/account")
    app, codes = site.set_up_app(person)
    if factor == "email":
        answer = person.client.post("/api/auth/mfa/email", {})
        assert answer.status == 200, answer
    browser.open(site.url + "/private/mfa/")
    arrive(browser, site, "/auth/mfa?next=/private/mfa/")
    wait_for(browser, "Confirm it’s you")
    assert not browser.all("[name=trust_browser]")
    if factor == "totp":
        give_code(browser, app.code())
    elif factor == "recovery":
        browser.press("summary")
        browser.fill(recovery_code=codes[0])
        browser.press("details button")
    else:
        browser.press("form[action$='mfa/mail'] button")
        wait_for(browser, "from the mail that is on its way")
        give_code(browser, mailed_code(mailbox, person.email))
    arrive(browser, site, "/private/mfa/")
    assert "Behind mfa" in browser.text


def test_place_that_demands_a_fresh_proof_asks_for_both(browser: Browser, guarded_site: GuardedSite) -> None:
    site = guarded_site
    person, app, _ = site.with_app()
    give_password(browser, site, person)
    wait_for(browser, "One more step")
    give_code(browser, app.code())
    arrive(browser, site, "/auth/account")
    browser.wait_for(lambda: older_than(browser, site, 2), "an older proof")
    give_password(browser, site, person, "/private/recent/")
    wait_for(browser, "One more step")
    give_code(browser, app.code())
    arrive(browser, site, "/private/recent/")
    # The password's step alone would not have been enough here.
    browser.open(site.url + "/private/both/")
    assert "Behind both" in browser.text


def older_than(browser: Browser, site: GuardedSite, seconds: int) -> bool:
    browser.open(site.url + "/private/recent/")
    return "step_up=1" in browser.url


def test_app_is_removed(browser: Browser, guarded_site: GuardedSite) -> None:
    site = guarded_site
    person, app, _ = site.with_app()
    give_password(browser, site, person, "/auth/account/security/totp")
    wait_for(browser, "One more step")
    give_code(browser, app.code())
    wait_for(browser, "It is your last second factor")
    browser.press(".danger")
    wait_for(browser, "Authenticator app\nOff")
    sign_out(browser, site)
    give_password(browser, site, person)
    arrive(browser, site, "/auth/account")


def test_pictures_of_the_pages(browser: Browser, guarded_site: GuardedSite, request) -> None:
    site, person = guarded_site, guarded_site.add()
    has_scripts = "with scripts" in request.node.name
    width, scheme, scripts = (360, "light", "scripts") if has_scripts else (1280, "dark", "plain")

    def look(name: str) -> None:
        browser.picture(f"{name}-{width}-{scheme}-{scripts}")
        if scripts == "scripts":
            assert browser.width_of_content() <= width, f"{name} is wider than the screen"

    with browser.looking(width, scheme):
        give_password(browser, site, person, "/auth/account/security")
        arrive(browser, site, "/auth/account/security")
        look("account-security-nothing")
        browser.press("a[href$='security/totp']")
        browser.press("summary")
        look("account-security-totp-new")
        app = AuthenticatorApp(browser.find(".secret").text.replace(" ", ""))
        give_code(browser, app.code())
        codes_shown(browser)
        look("recovery-codes")
        for page in ("", "/totp", "/email", "/recovery-codes", "/browsers"):
            browser.open(f"{site.url}/auth/account/security{page}")
            look("account-security" + page.replace("/", "-"))
        sign_out(browser, site)
        give_password(browser, site, person)
        wait_for(browser, "One more step")
        look("mfa")
        give_code(browser, app.wrong_code())
        wait_for(browser, "That code is not right.")
        browser.press("summary")
        look("mfa-wrong")


def test_paper_has_the_codes_and_whose_they_are(browser: Browser, guarded_site: GuardedSite) -> None:
    site = guarded_site
    person, app, _ = site.with_app()
    give_password(browser, site, person, "/auth/account/security/recovery-codes")
    wait_for(browser, "One more step")
    give_code(browser, app.code())
    wait_for(browser, "You have 10 left")
    browser.press()
    codes = codes_shown(browser)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert browser.text.split() == ["localhost", *codes]
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
