"""examples/postern.js in Chromium: one renewal for many calls, double submit, tokens in bodies, blocked cookies, and
what it says to whom. Requests are counted in nginx's access log."""

import pathlib
import shutil
import subprocess
import tempfile

import pytest

from rig.browser import Browser
from rig.postern_js import Requests, lose_access, open_page, serve, sign_in
from rig.site import PASSWORD, NginxSite, new_email
from webserver_files import ROOT

MANY = """
    const calls = Array.from({length: 20}, () => client.fetch('/api/auth/protected', {method: 'GET'}));
    return (await Promise.all(calls)).map((answer) => answer.status);
"""


def test_one_renewal_serves_twenty_calls(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    serve(site, browser)
    assert sign_in(browser, person)["email"] == person.email
    lose_access(browser)
    requests = Requests(site)
    assert browser.run(MANY) == [200] * 20
    assert requests.to("/api/auth/token/refresh") == [200]
    assert requests.to("/api/auth/protected").count(200) == 20


HOLD = "navigator.locks.request(arguments[0], () => new Promise((resolve) => { window.release = resolve; }))"
WAITING = "return (await navigator.locks.query()).pending.length"


def test_calls_that_begin_during_a_renewal_wait_for_it(browser: Browser, site: NginxSite) -> None:
    """The test holds the lock that the renewal needs, so that it lasts."""
    serve(site, browser)
    sign_in(browser, site.register())
    lose_access(browser)
    requests = Requests(site)
    browser.driver.execute_script(HOLD, f"postern {site.url}/api/auth")
    browser.driver.execute_script("window.calls = [client.fetch('/api/auth/protected')]")
    browser.wait_for(lambda: browser.run(WAITING) == 1, "a renewal that waits")
    statuses = browser.run(
        """
        for (let n = 0; n < 5; n += 1) window.calls.push(client.fetch("/api/auth/protected"));
        await new Promise((resolve) => setTimeout(resolve, 100));
        window.release();
        return (await Promise.all(window.calls)).map((answer) => answer.status);
        """
    )
    assert statuses == [200] * 6
    assert requests.to("/api/auth/protected") == [401, *[200] * 6]
    assert requests.to("/api/auth/token/refresh") == [200]


def test_one_renewal_where_the_browser_has_no_locks(browser: Browser, build) -> None:
    """On plain http, and not on localhost."""
    site = build(NginxSite, settings={"POSTERN_PUBLIC_URL": "http://www.site.test:{port}"})
    person = site.register()
    site.url = f"http://www.site.test:{site.port}"
    serve(site, browser)
    assert browser.run("return navigator.locks === undefined")
    sign_in(browser, person)
    lose_access(browser)
    requests = Requests(site)
    assert browser.run(MANY) == [200] * 20
    assert requests.to("/api/auth/token/refresh") == [200]


@pytest.mark.parametrize("delivery, path", [("cookies", "/api/auth/protected"), ("body", "/app/")])
def test_clients_with_one_storage_renew_once(browser: Browser, build, delivery: str, path: str) -> None:
    """Two clients in one page see at once what the other has stored or said; two tabs may a moment later."""
    settings = {"AUTHSVC_TOKEN_DELIVERY": "cookies_only" if delivery == "cookies" else "body_only"}
    site = build(NginxSite, settings=settings)
    person = site.register()
    serve(site, browser)
    options = "{}" if delivery == "cookies" else "{delivery: 'body', storage: localStorage}"
    browser.run(f"window.client = createClient({options}); window.other = createClient({options})")
    sign_in(browser, person)
    lose_access(browser)
    if delivery == "body":
        browser.run("localStorage.setItem('access_token', 'no.longer.good')")
    requests = Requests(site)
    browser.driver.execute_script(HOLD, f"postern {site.url}/api/auth")
    browser.driver.execute_script("window.calls = [client, other].map((one) => one.fetch(arguments[0]))", path)
    browser.wait_for(lambda: browser.run(WAITING) == 2, "two renewals that wait")
    browser.driver.execute_script("window.release()")
    assert browser.run("return (await Promise.all(window.calls)).map((answer) => answer.status)") == [200, 200]
    assert requests.to("/api/auth/token/refresh") in ([[200]] if delivery == "body" else [[200], [200, 200]])


def test_second_refusal_is_handed_out(browser: Browser, site: NginxSite) -> None:
    """A renewal that does not help is not tried again. The application here answers 401 whatever it gets."""
    serve(site, browser)
    sign_in(browser, site.register())
    requests = Requests(site)
    # A question about one's password: the renewal succeeds, and the answer stays.
    assert browser.run("return (await client.fetch('/api/auth/login', LOGIN)).status".replace("LOGIN", WRONG)) == 401
    assert requests.to("/api/auth/token/refresh") == [200]
    assert requests.to("/api/auth/login") == [401, 401]


WRONG = "{method: 'POST', body: JSON.stringify({email: 'nobody@example.com', password: 'wrong horse'})}"


def test_session_that_is_over(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    serve(site, browser)
    assert browser.run("return client.user()") is None
    sign_in(browser, person)
    assert browser.run("return (await client.user()).email") == person.email
    person.client.post("/api/audit/sessions/revoke-all")
    requests = Requests(site)
    assert browser.run(MANY) == [401] * 20
    assert requests.to("/api/auth/token/refresh") == [401]
    assert browser.run("return client.user()") is None
    assert browser.run("return client.logout()") is None


def test_asking_the_person_happens_once_for_many_calls(browser: Browser, site: NginxSite) -> None:
    person = site.register()
    serve(site, browser)
    told = browser.run(
        """
        const [email, password] = arguments;
        let questions = [];
        const client = createClient({ onSignedOut: async (question) => {
          questions.push(question);
          await client.login(email, password);
          return true;
        }});
        const calls = Array.from({length: 5}, () => client.fetch("/app/", {method: "POST", body: "x"}));
        return {statuses: (await Promise.all(calls)).map((answer) => answer.status), questions};
        """,
        person.email, person.password,
    )  # fmt: skip
    assert told["statuses"] == [200] * 5
    assert told["questions"] == [{"loginURL": f"{site.url}/auth/login", "isStepUp": False}]


def test_nothing_is_sent_in_the_name_of_another(browser: Browser, site: NginxSite) -> None:
    ann, bob = site.register("ann"), site.register("bob")
    serve(site, browser)
    requests = Requests(site)
    told = browser.run(
        """
        const [ann, bob, password] = arguments;
        const client = createClient({ onSignedOut: async () => !!(await window.client.login(bob, password)) });
        await client.login(ann, password);
        await fetch("/api/auth/logout", {method: "POST"});
        return client.fetch("/app/save", {method: "POST", body: "Ann wrote this"});
        """,
        ann.email, bob.email, ann.password,
    )  # fmt: skip
    assert told["failed"] == "OTHER_PERSON"
    assert requests.to("/app/save") == [401]


def test_credentials_go_to_named_origins_only(browser: Browser, workspace, build) -> None:
    site = build(NginxSite, settings={"AUTHSVC_TOKEN_DELIVERY": "dual"})
    person = site.register()
    serve(site, browser)
    other = build(NginxSite, settings={"AUTHSVC_CORS_ORIGINS": site.url})
    told = browser.run(
        """
        const [email, password, other] = arguments;
        const seen = [];
        const original = window.fetch;
        window.fetch = (input, init) => {
          const request = input instanceof Request ? input : new Request(input, init);
          seen.push([request.url, request.headers.get("Authorization") !== null]);
          return original(input, init);
        };
        const options = {delivery: "body"};
        const clients = [createClient(options), createClient({...options, origins: [other]})];
        for (const client of clients) {
          await client.login(email, password);
          await client.fetch(`${other}/api/auth/healthz`);
        }
        window.fetch = original;
        return seen.filter(([url]) => url.startsWith(other));
        """,
        person.email, person.password, other.url,
    )  # fmt: skip
    assert told == [[f"{other.url}/api/auth/healthz", False], [f"{other.url}/api/auth/healthz", True]], told


def test_double_submit(browser: Browser, build) -> None:
    site = build(NginxSite, settings={"JWT_COOKIE_CSRF_PROTECT": "True"})
    person = site.register()
    serve(site, browser)
    sign_in(browser, person)
    # Without the field, the server refuses.
    assert browser.run("return (await fetch('/api/auth/token/refresh', {method: 'POST'})).status") == 401
    lose_access(browser)
    requests = Requests(site)
    assert browser.run(MANY) == [200] * 20
    assert requests.to("/api/auth/token/refresh") == [200]
    revoke = "return (await client.fetch('/api/audit/sessions/revoke-all', {method: 'POST'})).status"
    assert browser.run(revoke) == 200
    lose_access(browser)
    assert browser.run(revoke) == 200
    lose_access(browser)
    assert browser.run("return client.logout()") is None
    assert browser.session_cookies == []


def test_tokens_in_bodies(browser: Browser, build) -> None:
    settings = {"AUTHSVC_TOKEN_DELIVERY": "body_only", "JWT_ACCESS_TOKEN_EXPIRES": "2", "JWT_DECODE_LEEWAY": "0"}
    site = build(NginxSite, settings=settings)
    person = site.register()
    serve(site, browser)
    for storage in ("localStorage", "undefined"):
        browser.run(f"window.client = createClient({{delivery: 'body', storage: {storage}}})")
        assert sign_in(browser, person)["email"] == person.email
        requests = Requests(site)
        assert browser.run("await new Promise((resolve) => setTimeout(resolve, 2100));" + MANY) == [200] * 20
        assert requests.to("/api/auth/token/refresh") == [200]
        kept = browser.driver.execute_script("return Object.keys(localStorage).sort()")
        assert kept == ([] if storage == "undefined" else ["access_token", "refresh_token"])
        assert browser.driver.get_cookies() == []
        browser.run("return client.logout()")
        assert browser.driver.execute_script("return localStorage.length") == 0
        assert browser.run("return client.user()") is None


@pytest.mark.parametrize("delivery", ["cookies_only", "dual"])
def test_blocked_cookies_are_named(workspace: pathlib.Path, build, delivery: str) -> None:
    site = build(NginxSite, settings={"AUTHSVC_TOKEN_DELIVERY": delivery})
    person = site.register()
    browser = Browser(tempfile.mkdtemp(dir=workspace), cookies=False)
    try:
        open_page(site, browser)
        assert browser.run("return client.user()") is None
        told = sign_in(browser, person)
        assert told["failed"] == "COOKIES_BLOCKED"
        assert told["message"].startswith("Please enable cookies in your browser")
        wrong = browser.run("return client.login('nobody@example.com', 'wrong horse')")
        assert wrong["failed"] == "BAD_CREDENTIALS"
    finally:
        browser.close()


MISTAKES = [
    ("createClient({apis: 1})", 'no option "apis"; it has api, pages,'),
    ("createClient({delivery: 'cookie'})", 'delivery is "cookies" or "body", not "cookie"'),
    ("createClient({storage: localStorage})", 'storage is for delivery: "body"'),
    ("createClient({delivery: 'body', storage: {}})", "storage needs getItem, setItem and removeItem"),
    ("createClient({onSignedOut: true})", 'onSignedOut is "window", or a function'),
    ("createClient({delivery: 'body', onSignedOut: 'window'})", "show a form of your own"),
    ("client.login({email: 'a', password: 'b'})", "login(email, password) takes two texts"),
    ("client.register('ann@example.com')", "register({ email, password }) needs both as texts"),
    ("client.confirm('a/../login')", "takes the text of a mailed link"),
    ("client.resetPassword(undefined, 'x')", "takes the text of a mailed link"),
    ("client.changeEmail({new_email: 'a'})", "changeEmail(email, password) takes two texts"),
    ("client.signInWindow({loginURL: 'javascript:1'})", "no address of a login page"),
]


@pytest.mark.parametrize("use, sentence", MISTAKES)
def test_mistakes_in_use_are_told(browser: Browser, site: NginxSite, use: str, sentence: str) -> None:
    serve(site, browser)
    told = browser.run(f"return {use}")
    assert sentence in told["message"], told


def test_answers_of_the_server_are_errors(browser: Browser, site: NginxSite) -> None:
    serve(site, browser)
    weak = browser.run(
        "return client.register({email: 'x', password: 'short'}).catch((error) => "
        "({code: error.code, status: error.status, fields: Object.keys(error.fields)}))"
    )
    assert weak == {"code": "INVALID_FIELDS", "status": 400, "fields": ["email"]}
    email = new_email()
    assert browser.run("return client.register(...arguments)", {"email": email, "password": PASSWORD})["email"] == email
    assert browser.run("return (await client.user()).email") == email


def test_server_in_trouble_signs_nobody_out(browser: Browser, build) -> None:
    site = build(NginxSite, settings={"AUTHSVC_TOKEN_DELIVERY": "body_only"})
    person = site.register()
    serve(site, browser)
    browser.run("window.client = createClient({delivery: 'body', storage: localStorage})")
    sign_in(browser, person)
    browser.run("localStorage.setItem('access_token', 'no.longer.good')")
    browser.driver.execute_script(HOLD, f"postern {site.url}/api/auth")
    browser.driver.execute_script("window.call = client.fetch('/app/')")
    browser.wait_for(lambda: browser.run(WAITING) == 1, "a renewal that waits")
    site.postern.stop()
    browser.driver.execute_script("window.release()")
    assert browser.run("return window.call")["failed"] == "HTTP_502"
    site.postern.start()
    assert browser.run("return (await client.fetch('/app/')).status") == 200


def test_new_tokens_of_a_changed_password_are_kept(browser: Browser, build) -> None:
    site = build(NginxSite, settings={"AUTHSVC_TOKEN_DELIVERY": "body_only"})
    person = site.register()
    serve(site, browser)
    told = browser.run(
        """
        const [email, password] = arguments;
        const client = createClient({delivery: "body", storage: sessionStorage});
        await client.login(email, password);
        const before = sessionStorage.refresh_token;
        const body = JSON.stringify({current_password: password, new_password: "another horse"});
        const answer = await client.fetch("/api/auth/password/update", {method: "POST", body});
        const told = await answer.json();
        const isKept = sessionStorage.refresh_token === told.refresh_token && told.refresh_token !== before;
        sessionStorage.access_token = "no.longer.good";
        return [isKept, (await client.fetch("/app/")).status];
        """,
        person.email, person.password,
    )  # fmt: skip
    assert told == [True, 200]


NODE = """
import { createClient } from "./postern.mjs";
const [url, email, password] = process.argv.slice(2);
const items = new Map();
const storage = {
  getItem: async (name) => items.get(name) ?? null,
  setItem: async (name, value) => void items.set(name, value),
  removeItem: async (name) => void items.delete(name),
};
try {
  createClient();
} catch (error) {
  console.log(error.message);
}
const client = createClient({ api: `${url}/api/auth`, delivery: "body", storage });
console.log((await client.login(email, password)).email);
const send = (body) => client.fetch(`${url}/app/save`, { method: "POST", body, duplex: "half" });
await storage.setItem("access_token", "no.longer.good");
console.log(await send(new Blob(["a stream"]).stream()).catch((error) => error.code));
console.log((await send(new Blob(["a stream"]).stream())).status);
await storage.setItem("access_token", "no.longer.good");
console.log((await send("a text")).status);
await client.logout();
console.log((await send("a text")).status, items.size);
"""


def test_outside_the_browser_and_a_stream_that_is_used_up(workspace: pathlib.Path, build) -> None:
    site = build(NginxSite, settings={"AUTHSVC_TOKEN_DELIVERY": "body_only"})
    person = site.register()
    folder = pathlib.Path(tempfile.mkdtemp(dir=workspace))
    shutil.copy(ROOT / "examples/postern.js", folder / "postern.mjs")
    (folder / "use.mjs").write_text(NODE)
    requests = Requests(site)
    command = ["node", "use.mjs", site.url, person.email, person.password]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    told = ["outside a browser, api is a whole address, such as https://www.example.com/api/auth", person.email]
    assert done.stdout.splitlines() == [*told, "BODY_USED", "200", "200", "401 0"], done.stdout + done.stderr
    assert requests.to("/app/save") == [401, 200, 401, 200, 401]
    assert requests.to("/api/auth/token/refresh") == [200, 200]


@pytest.mark.parametrize("remember", [True, False])
def test_person_decides_whether_the_login_outlives_the_browser(
    browser: Browser, site: NginxSite, remember: bool
) -> None:
    person = site.register()
    serve(site, browser)
    browser.run("return client.login(...arguments)", person.email, person.password, {"remember": remember})
    cookies = browser.session_cookies
    assert len(cookies) == 2 and all(("expiry" in cookie) == remember for cookie in cookies)
