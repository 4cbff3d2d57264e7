"""examples/postern.js in Chromium, where a sign-in takes two steps."""

import pathlib
import typing

import pytest

from rig.browser import Browser
from rig.mailbox import Mailbox
from rig.postern_js import open_page, serve
from rig.site import NginxSite, Person
from rig.totp import AuthenticatorApp


MFA = """
server {
    listen 127.0.0.1:{port2};
    root {www};
    include postern/postern-api.conf;
    include postern/postern-verify.conf;
    location = /private/file.txt {
        set $auth_require "mfa";
        include postern/postern-protect.conf;
    }
}
"""


@pytest.fixture(scope="module")
def site(workspace: pathlib.Path, mailbox: Mailbox) -> typing.Iterator[NginxSite]:
    settings = {**mailbox.settings, "AUTHSVC_ENABLE_MFA": "True"}
    made = NginxSite(workspace / "client-second-step", settings=settings, site=MFA)
    yield made
    made.stop()


def owner(site: NginxSite) -> tuple[Person, AuthenticatorApp, list[str]]:
    """Somebody with an authenticator app."""
    person = site.add()
    app = AuthenticatorApp(person.client.post("/api/auth/mfa/totp").json["otpauth_url"])
    done = person.client.post("/api/auth/mfa/totp/confirm", {"code": app.code()})
    assert done.status == 200, done
    return person, app, done.json["recovery_codes"]


def test_login_says_what_is_missing_and_a_code_finishes_it(browser: Browser, site: NginxSite) -> None:
    person, app, codes = owner(site)
    serve(site, browser)
    told = browser.run(
        """
        const [email, password, wrong, code] = arguments;
        const first = await client.login(email, password);
        const before = await client.user();
        const refused = await client.verifyMFA(first.mfaToken, wrong).catch((error) => error.code);
        const user = await client.verifyMFA(first.mfaToken, code, {trustBrowser: true});
        const status = (await client.fetch("/private/file.txt")).status;
        await client.logout();
        const again = await client.login(email, password);
        return {first, before, refused, user: user.email, status, again: again.email,
                forged: await client.verifyMFA("x", code).catch((error) => error.code),
                type: await client.verifyMFA(first.mfaToken).catch((error) => error.name)};
        """,
        person.email, person.password, app.wrong_code(), app.code(),
    )
    first = told.pop("first")
    assert first.pop("mfaToken") and first == {"mfaRequired": True, "factors": ["totp", "recovery"], "mustEnrol": False}
    assert told == {
        "before": None, "refused": "BAD_CODE", "user": person.email, "status": 200, "again": person.email,
        "forged": "BAD_MFA_TOKEN", "type": "TypeError"}


def test_code_comes_by_mail(browser: Browser, site: NginxSite, mailbox: Mailbox) -> None:
    person = site.add()
    assert person.client.post("/api/auth/mfa/email").status in (200, 201)
    count = len(mailbox.to(person.email))
    serve(site, browser)
    token = browser.run(
        """
        const first = await client.login(...arguments);
        await client.sendCode(first.mfaToken);
        return first.mfaToken;
        """,
        person.email, person.password)

    def mailed() -> str | None:
        codes = [mail.text.partition(" is your verification code")[0][-6:] for mail in mailbox.to(person.email)
                 if "is your verification code" in mail.text]
        return codes[-1] if codes else None

    with mailbox.changed:
        code = mailbox.changed.wait_for(mailed, 20)
    assert browser.run("return (await client.verifyMFA(...arguments)).email", token, code) == person.email
    assert count <= len(mailbox.to(person.email))


def test_session_steps_up_by_a_code(browser: Browser, site: NginxSite) -> None:
    person, _, codes = owner(site)
    serve(site, browser)
    told = browser.run(
        """
        const [email, password, one, other] = arguments;
        const first = await client.login(email, password);
        const user = await client.verifyMFA(first.mfaToken, one);
        const raised = await client.stepUp(other);
        return {raised: raised.email, user: (await client.user()).email,
                wrong: await client.stepUp("000000").catch((error) => error.code)};
        """,
        person.email, person.password, codes[0], codes[1])
    assert told == {"raised": person.email, "user": person.email, "wrong": "BAD_CODE"}
    open_page(site, browser)
    assert browser.run("return (await client.user()).email") == person.email


def test_place_that_demands_a_factor_asks_for_that(browser: Browser, site: NginxSite) -> None:
    person = site.add()
    serve(site, browser)
    assert browser.run("return (await client.login(...arguments)).email", person.email, person.password) == person.email
    # Cookies know no ports.
    browser.open(f"http://127.0.0.1:{site.port2}/client.html")
    browser.wait_for(lambda: browser.driver.execute_script("return !!window.client"), "the client")
    told = browser.run(
        """
        const asked = [];
        const careful = createClient({onSignedOut: async (question) => asked.push(question) < 0});
        return {status: (await careful.fetch("/private/file.txt")).status, asked};
        """)
    question = {"loginURL": f"{site.url}/auth/mfa", "isStepUp": True, "stepUp": "mfa"}
    assert told == {"status": 401, "asked": [question]}
