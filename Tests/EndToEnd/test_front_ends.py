"""Front ends that know nothing of Postern, in Chromium: the React context and the Vue store that people copy,
unchanged. And the types of postern.js, as TypeScript reads them."""

import hashlib
import pathlib
import re
import shutil
import tempfile
import typing

import pytest

from rig import front_end
from rig.browser import Browser
from rig.postern_js import open_page
from rig.site import PASSWORD, NginxSite, new_email
from webserver_files import ROOT

# As they were published, down to the spaces.
PUBLISHED = {
    "react/contexts/AuthContext.tsx": "3c5a6b1b9e229bbb30b9e0aa888f888ae49c6611521593e5425f36bf3d9d4b52",
    "vue/stores/auth.ts": "cdaadbddf91956afc9a632c0375016f0115cda395f81a7aef6bcfec264651ff2",
}


@pytest.fixture(scope="module")
def browser(workspace) -> typing.Iterator[Browser]:
    made = Browser(tempfile.mkdtemp(dir=workspace))
    yield made
    made.close()


@pytest.mark.parametrize("file", PUBLISHED)
def test_snippet_is_unchanged(file: str) -> None:
    assert hashlib.sha256((ROOT / "examples" / file).read_bytes()).hexdigest() == PUBLISHED[file]


@pytest.mark.parametrize("example", ["react", "vue"])
def test_front_end_signs_in_and_out(browser: Browser, site: NginxSite, workspace: pathlib.Path, example: str) -> None:
    front_end.build(example, pathlib.Path(tempfile.mkdtemp(dir=workspace)), site.www)
    person = site.register()
    browser.open(f"{site.url}/{example}/")
    browser.driver.delete_all_cookies()
    browser.driver.refresh()
    browser.wait_for(lambda: browser.find("#login").is_displayed(), "the form")
    browser.fill(email=person.email, password="wrong horse")
    browser.press()
    browser.wait_for(lambda: "Login failed" in browser.text, "the sentence about the failure")
    browser.fill(password=person.password)
    browser.press()
    browser.wait_for(lambda: browser.find("#who").text == person.email, "who is signed in")
    browser.driver.refresh()
    browser.wait_for(lambda: browser.find("#who").text == person.email, "who was signed in before")
    browser.press("#leave")
    browser.wait_for(lambda: browser.find("#login").is_displayed(), "the form")
    assert browser.session_cookies == []
    browser.driver.refresh()
    browser.wait_for(lambda: browser.find("#login").is_displayed(), "the form")


# A browser client of the usual make: JSON both ways, cookies along, and what it shows is `error`, else `message`.
CALLS = """
    const send = async (method, path, body) => {
      const response = await fetch(`/api/auth/${path}`, {
        method, credentials: "include", headers: { "Content-Type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const told = await response.json();
      return { status: response.status, shown: told.error || told.message || "", ...told };
    };
    const [email, password] = arguments;
    const all = {
      signup: await send("POST", "signup", { email, password, first_name: "Ann", last_name: "Lee" }),
      again: await send("POST", "signup", { email, password }),
      me: await send("GET", "user/@me"),
    };
    all.update = await send("PUT", "user/@me", { ...all.me.user, first_name: "Anna", role_id: 1 });
    const change = (current_password, new_password) =>
      send("POST", "password/update", { current_password, new_password });
    all.wrong = await change("wrong horse", "another horse");
    all.short = await change(password, "short");
    all.right = await change(password, "another horse");
    all.changed = await send("GET", "user/@me");
    all.refresh = await send("POST", "token/refresh");
    all.logout = await send("POST", "logout");
    all.nobody = await send("GET", "user/@me");
    all.old = await send("POST", "login", { email, password });
    all.login = await send("POST", "login", { email, password: "another horse" });
    return all;
"""


def test_calls_of_a_browser_client(browser: Browser, site: NginxSite) -> None:
    email = new_email()
    browser.open(site.url + "/")
    browser.driver.delete_all_cookies()
    told = browser.run(CALLS, email, PASSWORD)
    statuses = {name: answer["status"] for name, answer in told.items()}
    shown = {name: answer["shown"] for name, answer in told.items()}
    good = dict.fromkeys(("me", "update", "right", "changed", "refresh", "logout", "login"), 200) | {"signup": 201}
    bad = {"again": 400, "wrong": 400, "short": 400, "nobody": 401, "old": 401}
    assert statuses == good | bad, shown
    assert told["signup"]["user"]["email"] == told["login"]["user"]["email"] == email
    assert told["me"]["user"]["first_name"] == "Ann" and told["update"]["user"]["first_name"] == "Anna"
    assert told["changed"]["user"] == told["update"]["user"] | {"updated_at": told["changed"]["user"]["updated_at"]}
    assert told["changed"]["user"]["role_id"] == told["me"]["user"]["role_id"] != 1
    assert "already registered" in shown["again"] and "8 characters" in shown["short"]
    assert shown["update"] == "User updated successfully" and shown["right"] == "Password updated successfully"
    assert shown["old"] == "Invalid email or password" and shown["wrong"]


USE = """
import { createClient, PosternError, type Client, type User } from "./postern.js";

const client: Client = createClient({ onSignedOut: "window" });
const app = createClient({ delivery: "body", storage: localStorage, onSignedOut: async ({ loginURL }) => !loginURL });
const phone = createClient({ delivery: "body", api: "https://api.example.com/api/auth", storage: {
  getItem: async (name) => name, setItem: async () => {}, removeItem: async () => {},
} });

export async function use(): Promise<string> {
  let answered = await client.login("ann@example.com", "correct horse", { remember: true });
  if (answered.mfaRequired) {
    if (answered.factors.includes("email")) await client.sendCode(answered.mfaToken);
    answered = await client.verifyMFA(answered.mfaToken, "123456", { trustBrowser: true });
  }
  const user: User = answered;
  const bob = await client.register({ email: "bob@example.com", password: "correct horse", first_name: "Bob" });
  if (bob === null) await client.resendVerification("bob@example.com");
  const isProven: boolean = (await client.confirm("a-link", { password: "correct horse" })).is_verified;
  if (!isProven) await client.resendVerification();
  await client.requestPasswordReset("bob@example.com");
  await client.resetPassword("a-link", "battery staple");
  const answer: Response = await app.fetch(new URL("https://api.example.com/"), { method: "POST", body: "x" });
  const isBack: boolean = await client.signInWindow({ isStepUp: true });
  await phone.logout();
  try {
    return (await client.user())?.email ?? user.role_name ?? `${answer.status} ${isBack}`;
  } catch (error) {
    if (error instanceof PosternError && error.code === "COOKIES_BLOCKED") return error.fields.email;
    throw error;
  }
}

// @ts-expect-error: cookies need no storage
createClient({ storage: localStorage });
// @ts-expect-error: there is no login page for tokens in bodies
createClient({ delivery: "body", onSignedOut: "window" });
// @ts-expect-error: no such delivery
createClient({ delivery: "cookie" });
// @ts-expect-error: no such option
createClient({ apis: "/api/auth" });
// @ts-expect-error: two texts
client.login({ email: "ann@example.com", password: "correct horse" });
// @ts-expect-error: a second factor may have to be given first
client.login("ann@example.com", "correct horse").then((user) => user.email);
// @ts-expect-error: a password is missing
client.register({ email: "bob@example.com" });
// @ts-expect-error: the address may have to be proven first
client.register({ email: "bob@example.com", password: "correct horse" }).then((user) => user.email);
// @ts-expect-error: nobody may be signed in
client.user().then((user) => user.email);
"""


def test_types(browser: Browser, site: NginxSite, workspace: pathlib.Path) -> None:
    folder = pathlib.Path(tempfile.mkdtemp(dir=workspace))
    for name in ("postern.js", "postern.d.ts"):
        shutil.copy(ROOT / "examples" / name, folder)
    (folder / "use.ts").write_text(USE)
    front_end.compile(folder, [folder / "use.ts"], None, strict=True, lib=["es2022", "dom"])
    # They name what is there, and nothing else.
    open_page(site, browser)
    described = (ROOT / "examples/postern.d.ts").read_text().partition("interface Client {")[2].partition("\n}")[0]
    methods = browser.driver.execute_script("return Object.keys(window.client)")
    assert sorted(re.findall(r"^  (\w+)\(", described, re.MULTILINE)) == sorted(methods)
