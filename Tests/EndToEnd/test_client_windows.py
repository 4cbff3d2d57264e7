"""examples/postern.js across windows: tabs that renew in turn, and the sign-in window beside a half-written form."""

import pathlib
import tempfile
import time

import pytest

from rig.browser import Browser
from rig.postern_js import Requests, lose_access, open_page, serve, sign_in
from rig.site import PASSWORD, NginxSite, new_email
from webserver_files import ROOT


@pytest.mark.parametrize("delivery, path", [("cookies", "/api/auth/protected"), ("body", "/app/")])
def test_tabs_renew_one_after_the_other(browser: Browser, build, delivery: str, path: str) -> None:
    """Both have been refused, and wait for a lock that the test holds. What the first gets then, the second uses."""
    settings = {"AUTHSVC_TOKEN_DELIVERY": "cookies_only" if delivery == "cookies" else "body_only"}
    site = build(NginxSite, settings=settings)
    person = site.register()
    serve(site, browser)
    driver, first = browser.driver, browser.driver.current_window_handle
    driver.switch_to.new_window("tab")
    try:
        open_page(site, browser)
        tabs = [first, driver.current_window_handle]
        options = "{}" if delivery == "cookies" else "{delivery: 'body', storage: localStorage}"
        for tab in tabs:
            driver.switch_to.window(tab)
            driver.execute_script(f"window.client = createClient({options})")
        sign_in(browser, person)
        lose_access(browser)
        if delivery == "body":
            driver.execute_script("localStorage.setItem('access_token', 'no.longer.good')")
        driver.execute_script(
            "navigator.locks.request(arguments[0], () => new Promise((resolve) => { window.release = resolve; }))",
            f"postern {site.url}/api/auth",
        )
        requests = Requests(site)
        for tab in tabs:
            driver.switch_to.window(tab)
            driver.execute_script(f"window.result = client.fetch('{path}').then((answer) => answer.status)")
        waiting = "return (await navigator.locks.query()).pending.length"
        browser.wait_for(lambda: browser.run(waiting) == 2, "two tabs that wait")
        assert requests.to("/api/auth/token/refresh") == []
        driver.execute_script("window.release()")
        for tab in tabs:
            driver.switch_to.window(tab)
            assert browser.run("return window.result") == 200
        # Between processes, the lock may come before the news: then it is renewed twice, in turn.
        assert requests.to("/api/auth/token/refresh") in ([200], [200, 200])
    finally:
        driver.switch_to.window(driver.window_handles[-1])
        driver.close()
        driver.switch_to.window(first)


def press(browser: Browser, script: str) -> str:
    """Runs a script as what a button does; its outcome is shown in the page. Returns the page's window."""
    browser.driver.execute_script(
        """
        const show = (text) => { document.querySelector("output").textContent = text; };
        const work = new (Object.getPrototypeOf(async function () {}).constructor)(arguments[0]);
        show("");
        window.pressed = () => work().then((value) => show(JSON.stringify(value)), (error) => show(error.code));
        """,
        script,
    )
    browser.press("button")
    return browser.driver.current_window_handle


def shown(browser: Browser, text: str) -> None:
    browser.wait_for(lambda: browser.find("output").text == text, f"{text} in the page")


def turn_to_window(browser: Browser, page: str) -> None:
    driver = browser.driver
    browser.wait_for(lambda: len(driver.window_handles) == 2, "a second window")
    driver.switch_to.window(next(handle for handle in driver.window_handles if handle != page))
    browser.wait_for(lambda: browser.find("[name=password]").is_displayed(), "the login page")


def turn_back(browser: Browser, page: str) -> None:
    browser.wait_for(lambda: browser.driver.window_handles == [page], "the end of the second window")
    browser.driver.switch_to.window(page)


WITH_WINDOW = "window.client = createClient({onSignedOut: 'window'});"
SEND = "return (await client.fetch('/app/save', {method: 'POST', body: 'half a note'})).status"


def test_sign_in_window_that_is_closed_hands_the_refusal_out(browser: Browser, site: NginxSite) -> None:
    serve(site, browser)
    browser.run(WITH_WINDOW)
    page = press(browser, SEND)
    turn_to_window(browser, page)
    browser.driver.close()
    browser.driver.switch_to.window(page)
    shown(browser, "401")


def test_sign_in_window_that_fails_first_and_makes_an_account_then(browser: Browser, site: NginxSite) -> None:
    serve(site, browser)
    browser.run(WITH_WINDOW)
    page = press(browser, SEND)
    turn_to_window(browser, page)
    browser.fill(email="nobody@example.com", password="wrong horse")
    browser.press()
    browser.wait_for(lambda: "Invalid email or password" in browser.text, "the sentence about the failure")
    browser.find("a[href*='/auth/register']").click()
    browser.wait_for(lambda: "/auth/register" in browser.url, "the page for a new account")
    browser.fill(email=new_email(), password=PASSWORD)
    browser.press()
    turn_back(browser, page)
    shown(browser, "200")


def test_network_that_is_gone_for_a_moment(browser: Browser, site: NginxSite) -> None:
    """The window has left the login page, and the page cannot ask whether somebody is signed in."""
    person = site.register()
    serve(site, browser)
    browser.run(WITH_WINDOW)
    page = press(browser, SEND)
    turn_to_window(browser, page)
    window = browser.driver.current_window_handle
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.driver.switch_to.window(page)
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **network})
    browser.driver.switch_to.window(window)
    browser.open(site.url + "/")
    browser.driver.switch_to.window(page)
    gone = "ERR_INTERNET_DISCONNECTED"
    browser.wait_for(lambda: gone in str(browser.driver.get_log("browser")), "a question in vain")
    browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **network})
    browser.driver.switch_to.window(window)
    browser.open(site.url + "/auth/login")
    browser.fill(email=person.email, password=person.password)
    browser.press()
    turn_back(browser, page)
    shown(browser, "200")


def test_window_that_the_browser_blocks(browser: Browser, site: NginxSite) -> None:
    """Nobody has pressed anything in this page, so no window opens."""
    serve(site, browser)
    browser.run(WITH_WINDOW)
    browser.driver.execute_script(
        f"setTimeout(() => (async () => {{ {SEND} }})().catch((error) => {{ window.code = error.code; }}), 10)"
    )
    browser.wait_for(lambda: browser.driver.execute_script("return window.code") == "WINDOW_BLOCKED", "the error")
    assert len(browser.driver.window_handles) == 1


def test_place_that_wants_the_password_once_more(browser: Browser, workspace: pathlib.Path, build) -> None:
    shipped = (ROOT / "nginx/site.conf").read_text()
    folder = pathlib.Path(tempfile.mkdtemp(dir=workspace))
    (folder / "site.conf").write_text(
        shipped.replace('location ^~ /app/ {\n        set $auth_require "signed-in"',
                        'location ^~ /app/ {\n        set $auth_require "age<=1"')
    )  # fmt: skip
    site = build(NginxSite, site_file=folder / "site.conf")
    person = site.register()
    serve(site, browser)
    browser.run(WITH_WINDOW)
    sign_in(browser, person)
    browser.wait_for(
        lambda: browser.run("return (await fetch('/app/')).headers.get('X-Auth-Error')") == "step-up", "the question"
    )
    page = press(browser, SEND)
    turn_to_window(browser, page)
    time.sleep(1)  # Longer than the page takes to look where the window is.
    assert "step_up=1" in browser.url
    requests = Requests(site)
    browser.fill(password=person.password)
    browser.press()
    turn_back(browser, page)
    shown(browser, "200")
    assert requests.to("/api/auth/token/refresh") == []


def test_login_on_another_host(browser: Browser, build) -> None:
    """The page cannot see where that window is, and asks whether somebody has signed in."""
    site = build(NginxSite, site=LOGIN_HOST)
    login = f"http://127.0.0.1:{site.port2}"
    site.postern.stop()
    site.postern.environment |= {"POSTERN_PUBLIC_URL": login, "AUTHSVC_CORS_ORIGINS": site.url}
    site.postern.start()
    site.postern.add("ann@example.com", PASSWORD)
    serve(site, browser)
    browser.run(WITH_WINDOW)
    page = press(browser, SEND)
    turn_to_window(browser, page)
    assert browser.url == f"{login}/auth/login"
    browser.fill(email="ann@example.com", password=PASSWORD)
    browser.press()
    turn_back(browser, page)
    shown(browser, "200")


# Cookies know no ports: a login there is one here.
LOGIN_HOST = """server {
    listen 127.0.0.1:{port2};
    root {www};
    include postern/postern-api.conf;
}"""
