"""What examples/postern.js does for accounts, in Chromium: links that are mailed, changes, the end."""

import pytest

from rig.browser import Browser
from rig.mailbox import Mailbox
from rig.postern_js import Requests, lose_access, serve, sign_in
from rig.site import PASSWORD, NginxSite, new_email


def test_links_prove_an_address_and_set_a_password(browser: Browser, site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    link = mailbox.wait_for(person.email).token
    serve(site, browser)
    confirm = "return client.confirm(...arguments)"
    requests = Requests(site)
    assert browser.run(confirm, link)["failed"] == "SIGN_IN_TO_CONFIRM"
    assert browser.run(confirm, link, {"password": "wrong horse"})["failed"] == "WRONG_PASSWORD"
    assert requests.to("/api/auth/token/refresh") == [401], "about a password no refresh is asked"
    sign_in(browser, person)
    lose_access(browser)
    assert browser.run("return client.resendVerification()") is None
    again = mailbox.wait_for(person.email, 2).token
    lose_access(browser)
    assert browser.run(confirm, again)["is_verified"] is True
    assert browser.run("return (await client.user()).is_verified") is True
    assert browser.run("return client.requestPasswordReset(arguments[0])", person.email) is None
    reset = mailbox.wait_for(person.email, 3).token
    set_password = "return client.resetPassword(...arguments)"
    assert browser.run(set_password, reset, "short")["failed"] == "INVALID_FIELDS"
    assert browser.run(set_password, reset, "battery staple") is None
    assert browser.run(set_password, reset, "another staple")["failed"] == "INVALID_TOKEN"
    assert browser.run("return client.user()") is None
    person.password = "battery staple"
    assert sign_in(browser, person)["email"] == person.email


@pytest.mark.parametrize("delivery", ["cookies", "body"])
def test_whoever_proves_their_address_by_password_is_signed_in(
    browser: Browser, build, mailbox: Mailbox, delivery: str
) -> None:
    delivering = {"AUTHSVC_TOKEN_DELIVERY": "cookies_only" if delivery == "cookies" else "body_only"}
    site = build(NginxSite, settings={**mailbox.settings, **delivering, "POSTERN_REGISTRATION": "verified"})
    serve(site, browser)
    browser.run("window.client = createClient({delivery: arguments[0]})", delivery)
    email = new_email()
    assert browser.run("return client.register(...arguments)", {"email": email, "password": PASSWORD}) is None
    assert browser.run("return client.user()") is None
    assert browser.run("return client.resendVerification(arguments[0])", email) is None
    link = mailbox.wait_for(email, 2).token
    user = browser.run("return client.confirm(...arguments)", link, {"password": PASSWORD})
    assert (user["email"], user["is_verified"]) == (email, True)
    assert browser.run("return (await client.user()).email") == email


@pytest.mark.parametrize("delivery", ["cookies", "body"])
def test_account_is_changed_exported_and_deleted(browser: Browser, build, delivery: str) -> None:
    site = build(NginxSite, settings={"AUTHSVC_TOKEN_DELIVERY": "dual"})
    person, new = site.register(), new_email()
    serve(site, browser)
    told = browser.run(
        """
        const [email, password, new_email, delivery] = arguments;
        const client = createClient({delivery});
        await client.login(email, password);
        const code = (error) => error.code;
        return {
          wrong: await client.changeEmail(new_email, "wrong").catch(code),
          pending: await client.changeEmail(new_email, password),
          still: (await client.user()).email,
          exported: (await client.exportData()).account.email,
          activity: (await client.activity({limit: 2})).map((row) => row.activity),
          kept: await client.deleteAccount("wrong").catch(code),
          gone: (await client.deleteAccount(password)) ?? null,
          user: await client.user(),
          login: await client.login(email, password).catch(code),
        };
        """,
        person.email, person.password, new, delivery,
    )  # fmt: skip
    assert told == {
        "wrong": "WRONG_PASSWORD", "pending": new, "still": person.email, "exported": person.email,
        "activity": ["Asked for another e-mail address", "Signed in"], "kept": "WRONG_PASSWORD", "gone": None,
        "user": None, "login": "BAD_CREDENTIALS",
    }  # fmt: skip


def test_change_of_the_address_is_confirmed_and_undone(browser: Browser, site: NginxSite, mailbox: Mailbox) -> None:
    person, new = site.add(), new_email()
    serve(site, browser)
    sign_in(browser, person)
    assert browser.run("return client.changeEmail(...arguments)", new, person.password) == new
    assert browser.run("return client.confirm(arguments[0])", mailbox.wait_for(new).token)["email"] == new
    assert browser.run("return (await client.user()).email") == new, "with the tokens that came along"
    undo = "return client.undoEmailChange(arguments[0])"
    link = mailbox.wait_for(person.email, 2).token
    assert browser.run(undo, link).startswith(site.url + "/auth/reset/")
    assert browser.run("return client.user()") is None
    assert browser.run(undo, link)["failed"] == "INVALID_TOKEN"
