"""Other origins and other sites, in Chromium: what their pages can do with somebody's cookies, and what a listed one
may. Over http, so `SameSite=None`, which browsers take with `Secure` only, is not among it: a listed origin gets the
cookies as long as it is another origin of the same site, such as another port or, in the open, a sibling host."""

import pathlib
import tempfile
import typing

import pytest

from rig.browser import Browser
from rig.pages import OtherOrigin
from rig.people import REFRESH, browser_with, claims_of, sessions_of
from rig.site import PASSWORD, NginxSite, Person, new_email


@pytest.fixture(scope="module")
def browser(workspace: pathlib.Path) -> typing.Iterator[Browser]:
    made = Browser(pathlib.Path(tempfile.mkdtemp(dir=workspace)))
    yield made
    made.close()


@pytest.fixture(scope="module")
def listed() -> typing.Iterator[OtherOrigin]:
    with OtherOrigin() as made:
        yield made


@pytest.fixture(scope="module")
def unlisted() -> typing.Iterator[OtherOrigin]:
    with OtherOrigin() as made:
        yield made


@pytest.fixture(scope="module")
def open_site(workspace: pathlib.Path, listed: OtherOrigin) -> typing.Iterator[NginxSite]:
    """A site that serves one other origin of its own site, and one of another."""
    origins = f"{listed.origin()},{listed.origin('localhost')}"
    made = NginxSite(workspace / "cors", {"AUTHSVC_CORS_ORIGINS": origins})
    yield made
    made.stop()


def signed_in(browser: Browser, site: NginxSite) -> Person:
    person = site.register()
    browser.open(site.url + "/")
    browser.driver.delete_all_cookies()
    browser.open(site.url + "/auth/login")
    browser.fill(email=person.email, password=person.password)
    browser.press()
    browser.wait_for(lambda: "/auth/login" not in browser.url, "the end of the login")
    return person


FORM = """
const [action, encoding, fields] = arguments;
const form = document.createElement("form");
form.method = "post"; form.action = action; form.enctype = encoding;
for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    input.name = name; input.value = value; form.append(input);
}
document.body.append(form);
form.submit();
"""

# A form can send JSON as text/plain: `{"email": "…", "password": "…", "x": "` and `"}` around the equals sign.
PLAIN = "text/plain"
URLENCODED = "application/x-www-form-urlencoded"


def forged(attacker: Person) -> list[tuple[str, str, dict[str, str]]]:
    credentials = {"email": attacker.email, "password": attacker.password}
    json = {f'{{"email": "{attacker.email}", "password": "{attacker.password}", "x": "': '"}'}
    new = {f'{{"email": "{new_email()}", "password": "{PASSWORD}", "x": "': '"}'}
    return [
        ("/auth/login", URLENCODED, credentials),
        ("/api/auth/login", PLAIN, json),
        ("/auth/register", URLENCODED, {"email": new_email(), "password": PASSWORD}),
        ("/api/auth/register", PLAIN, new),
        ("/auth/logout", URLENCODED, {}),
        ("/api/auth/logout", PLAIN, {}),
        ("/api/auth/token/refresh", PLAIN, {}),
        ("/auth/account/sessions/end-others", URLENCODED, {}),
        ("/api/audit/sessions/revoke-all", PLAIN, {}),
    ]


# How a site that is named by its address looks to Chromium from these two.
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"], ids=["another site", "another origin of the site"])
def test_threat_25_forms_of_another_page_are_refused(
    browser: Browser, site: NginxSite, unlisted: OtherOrigin, host: str
) -> None:
    person, attacker = signed_in(browser, site), site.register()
    cookies = browser.cookies
    phone = Person(person.email, person.password, site.client())
    site.sign_in(phone)
    for path, encoding, fields in forged(attacker):
        browser.open(unlisted.origin(host) + "/")
        browser.driver.execute_script(FORM, site.url + path, encoding, fields)
        browser.wait_for(lambda path=path: browser.url.startswith(site.url), f"the answer of {path}")
        # From another site no cookie comes along, so what has an account to act on says that nobody is signed in.
        text = browser.text
        refused = "may not send it" in text or "/auth/login" in browser.url or "Missing" in text
        assert refused and attacker.email not in text, (path, text)
        browser.open(site.url + "/auth/account")
        assert person.email in browser.text, path
        assert browser.cookies == cookies, path
    assert len(sessions_of(phone)) == 3
    browser.complaints()


ACT = """
const [base, email, password] = arguments;
const outcome = {};
async function call(name, path, options) {
    try {
        const answer = await fetch(base + path, {credentials: "include", ...options});
        outcome[name] = [answer.status, await answer.text()];
    } catch (problem) { outcome[name] = [0, String(problem)]; }
}
const json = {"Content-Type": "application/json"};
await call("login", "/api/auth/login", {method: "POST", headers: json, body: JSON.stringify({email, password})});
await call("me", "/api/auth/user/@me", {});
await call("refresh", "/api/auth/token/refresh", {method: "POST", headers: json, body: "{}"});
await call("sessions", "/api/audit/sessions/me", {});
await call("end", "/api/audit/sessions/revoke-all", {method: "POST", headers: json, body: "{}"});
await call("logout", "/api/auth/logout", {method: "POST"});
return outcome;
"""


def act(browser: Browser, page: str, site: NginxSite, person: Person) -> dict[str, tuple[int, str]]:
    browser.open(site.url + "/")
    browser.driver.delete_all_cookies()
    browser.open(page + "/")
    outcome = browser.run(ACT, site.url, person.email, person.password)
    assert isinstance(outcome, dict), outcome
    browser.complaints()
    return outcome


def test_listed_origin_calls_the_api_with_cookies_and_preflight(
    browser: Browser, open_site: NginxSite, listed: OtherOrigin
) -> None:
    person = open_site.register()
    outcome = act(browser, listed.origin(), open_site, person)
    assert {name: status for name, (status, _) in outcome.items()} == {
        "login": 200,
        "me": 200,
        "refresh": 200,
        "sessions": 200,
        "end": 200,
        "logout": 200,
    }, outcome
    assert person.email in outcome["me"][1]
    assert "OPTIONS /api/auth/login" in (open_site.folder / "nginx/access.log").read_text(), "Chromium asked first"
    browser.open(open_site.url + "/")
    assert browser.session_cookies == [], "signed out"


def test_listed_origin_of_another_site_is_answered_but_gets_no_strict_cookies(
    browser: Browser, open_site: NginxSite, listed: OtherOrigin
) -> None:
    person = open_site.register()
    outcome = act(browser, listed.origin("localhost"), open_site, person)
    assert outcome["login"][0] == 200
    # It may read the answers; the browser keeps the cookies to itself.
    assert [outcome[name][0] for name in ("me", "refresh", "sessions", "end")] == [401] * 4, outcome


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_threat_25_origin_that_is_not_listed_reads_and_does_nothing(
    browser: Browser, open_site: NginxSite, unlisted: OtherOrigin, host: str
) -> None:
    person = signed_in(browser, open_site)
    cookies = browser.cookies
    for page in (unlisted.origin(host),):
        browser.open(page + "/")
        outcome = browser.run(ACT, open_site.url, person.email, person.password)
        assert {status for status, _ in outcome.values()} == {0}, outcome
    browser.complaints()
    client = browser_with(open_site, cookies)
    assert client.get("/private/file.txt").status == 200
    assert client.post("/api/auth/token/refresh").status == 200
    assert claims_of(client.cookies[REFRESH])["generation"] == 2, "nobody else has refreshed"


SIMPLE = """
const [base] = arguments;
for (const path of ["/api/auth/logout", "/api/audit/sessions/revoke-all", "/api/auth/token/refresh"]) {
    await fetch(base + path, {method: "POST", credentials: "include", mode: "no-cors", body: "{}"}).catch(() => 0);
}
return (await fetch(base + "/private/file.txt", {credentials: "include", mode: "no-cors"})).type;
"""


def test_threat_25_requests_that_need_no_preflight_do_nothing_either(
    browser: Browser, open_site: NginxSite, unlisted: OtherOrigin
) -> None:
    """Another port is the same site, so the cookies come along; only the origin gives it away."""
    person = signed_in(browser, open_site)
    phone = Person(person.email, person.password, open_site.client())
    open_site.sign_in(phone)
    cookies = browser.cookies
    browser.open(unlisted.origin() + "/")
    assert browser.run(SIMPLE, open_site.url) == "opaque"
    browser.complaints()
    assert len(sessions_of(phone)) == 3
    client = browser_with(open_site, cookies)
    assert client.get("/private/file.txt").status == 200
    assert client.post("/api/auth/token/refresh").status == 200
    assert claims_of(client.cookies[REFRESH])["generation"] == 2


READ = """
const names = ["AUTH_RELAY", "Auth-Relay", "Auth_Relay", "X-Auth-Relay", "Auth-Require", "AUTH_REQUIRE",
    "X-Auth-Require", "X-Original-URI", "X-Accel-Redirect", "X-HTTP-Method-Override", "X-Auth-Set-Cookie",
    "X-Forwarded-Uri", "Script-Name"];
const headers = {};
for (const name of names) headers[name] = name.toLowerCase().includes("require") ? "signed-in" : "1";
const seen = [];
for (const path of arguments[0]) {
    for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
        const answer = await fetch(path, {method, headers, credentials: "include", cache: "no-store"});
        const text = await answer.text();
        seen.push([path, method, answer.status, [...answer.headers.keys()], text]);
    }
}
return [seen, document.cookie];
"""


def test_threat_31_script_of_the_site_itself_gets_no_token(browser: Browser, site: NginxSite) -> None:
    """As a script on the site would try that an attacker has slipped in: with the refresh cookie alone, so that each
    question makes a fresh access token, and with every field that it may set."""
    signed_in(browser, site)
    paths = ["/api/auth/verify", "/api/auth/challenge", "/.postern/verify", "/private/file.txt", "/private/missing",
             "/private/admin/", "/app/", "/api/auth/check-auth", "/api/auth/user/@me"]  # fmt: skip
    browser.open(site.url + "/")
    tokens = set(browser.cookies.values())
    browser.driver.delete_cookie("access_token_cookie")
    seen, visible = browser.run(READ, paths)
    browser.complaints()
    assert visible == "", "cookies that scripts may read"
    assert len(seen) == 4 * len(paths)
    opened = [path for path, method, status, _, _ in seen if status == 200 and method == "GET"]
    assert "/private/file.txt" in opened and "/app/" in opened
    tokens |= set(browser.cookies.values())
    for path, method, _, headers, text in seen:
        shown = [name for name in headers if name.startswith("x-auth-") and name != "x-auth-error"]
        assert shown == [] and "set-cookie" not in headers, (path, method, headers)
        assert not [token for token in tokens if token in text], (path, method)
