"""The examples, started and used as their own README says."""

import os
import pathlib
import re
import shlex
import stat
import subprocess
import sys
import tempfile
import time
import typing

import pytest

from rig.browser import Browser
from rig.client import Client
from rig.postern import FOR_TESTS, PROGRAM
from rig.processes import Process, free_port
from webserver_files import ROOT


def commands(example: str) -> list[str]:
    """The lines of the README's shell blocks."""
    text = (ROOT / "examples" / example / "README.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


class Running:
    """An example that runs: the README's address and account stand for what it printed."""

    def __init__(self, example: str, process: Process, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        process.wait_until(lambda: "first account" in process.tail(), "the address and the account")
        assert f"examples/{example}/README.md" in process.tail()
        found = re.search(r"first account is +(\S+) +(\S+)", process.tail())
        self.email, self.password = found[1], found[2]

    def shell(self, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a line of the README. A password that it asks for comes on standard input."""
        return subprocess.run(
            ["sh", "-c", line.replace("http://127.0.0.1:8080", self.url)],
            input=self.password + "\n", env=os.environ | environment, cwd=ROOT, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip

    def sign_in_page(self, browser: Browser) -> None:
        browser.fill(email=self.email, password=self.password)
        browser.press()

    def fill_form(self, browser: Browser) -> None:
        """Sends the form of an example's own page."""
        browser.find("#email").send_keys(self.email)
        browser.find("#password").send_keys(self.password)
        browser.press("#login button")


@pytest.fixture
def start(workspace: pathlib.Path) -> typing.Iterator[typing.Callable[..., Running]]:
    folder = pathlib.Path(tempfile.mkdtemp(dir=workspace))
    port = free_port()
    processes: list[Process] = []

    def stop() -> None:
        while processes:
            processes.pop().stop()

    def start(example: str, line: str, **settings: str) -> Running:
        """Runs a README's `make run` line, behind the build; a second one goes on at the same address, with the
        data of the first."""
        stop()
        assert line.startswith(f"make run EXAMPLE={example}")
        variables = dict(word.split("=") for word in line.split()[3:])
        # Within `make test`, too, where make would say which directory it enters and leaves.
        words = [*line.split(), "-n", "--no-print-directory", f"PYTHON={sys.executable}"]
        listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
        last = listed.stdout.splitlines()[-1].removeprefix("exec ")
        environment = os.environ | {"DEMO_FOLDER": str(folder), "PORT": str(port), "POSTERN_PROGRAM": str(PROGRAM)}
        environment |= {name: FOR_TESTS[name] for name in ("POSTERN_ARGON2_MEMORY", "POSTERN_ARGON2_PASSES")}
        environment |= variables | settings
        log = pathlib.Path(tempfile.mkdtemp(dir=folder)) / "output"
        processes.append(Process(line, shlex.split(last), log, environment, cwd=ROOT))
        return Running(example, processes[-1], port)

    yield start
    stop()


@pytest.fixture(scope="module")
def browser(workspace) -> typing.Iterator[Browser]:
    made = Browser(tempfile.mkdtemp(dir=workspace))
    yield made
    made.close()


def popup(browser: Browser, page: str) -> None:
    """Turns to the window that the page has opened."""
    browser.wait_for(lambda: len(browser.driver.window_handles) == 2, "a second window")
    browser.driver.switch_to.window(next(handle for handle in browser.driver.window_handles if handle != page))
    browser.wait_for(lambda: browser.find("[name=password]").is_displayed(), "the login page")


def test_web_app(start, browser: Browser) -> None:
    run, refused, led = commands("web_app")
    site = start("web_app", run)
    assert "401" in site.shell(refused).stdout.splitlines()[0]
    assert "Location: /auth/login?next=" in site.shell(led).stdout

    browser.open(site.url)
    browser.driver.delete_all_cookies()
    browser.driver.refresh()
    page = browser.driver.current_window_handle
    browser.wait_for(lambda: browser.find("#enter").is_displayed(), "the button for signing in")
    browser.press("#enter")
    popup(browser, page)
    site.sign_in_page(browser)
    browser.wait_for(lambda: len(browser.driver.window_handles) == 1, "the end of the second window")
    browser.driver.switch_to.window(page)
    browser.wait_for(lambda: browser.find("#who").text == site.email, "who is signed in")

    browser.fill(text="half a note, ")
    # The session ends elsewhere while somebody writes.
    other = Client(site.port)
    assert other.post("/api/auth/login", {"email": site.email, "password": site.password}).status == 200
    assert other.post("/api/audit/sessions/revoke-all").status == 200
    browser.find("#text").send_keys("and the other half")
    browser.press("#new button")
    popup(browser, page)
    site.sign_in_page(browser)
    browser.wait_for(lambda: len(browser.driver.window_handles) == 1, "the end of the second window")
    browser.driver.switch_to.window(page)
    browser.wait_for(lambda: browser.find("#status").text == "Saved.", "the note")
    assert [item.text for item in browser.all("#notes li")] == ["half a note, and the other half"]

    browser.press("#leave")
    browser.wait_for(lambda: browser.find("#enter").is_displayed(), "the button for signing in")
    browser.open(site.url + "/private/")
    assert "/auth/login" in browser.url


def test_mobile_api(start, workspace: pathlib.Path) -> None:
    run, login, whoami, add, notes, logout = commands("mobile_api")
    site = start("mobile_api", run, JWT_ACCESS_TOKEN_EXPIRES="2", JWT_DECODE_LEEWAY="0")
    file = workspace / "phone.json"

    def phone(line: str) -> tuple[int, str]:
        done = site.shell(line, PHONE_TOKENS=str(file))
        return done.returncode, done.stdout.strip() or done.stderr.strip()

    assert phone(login) == (0, f"Signed in as {site.email}.")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert phone(whoami) == (0, site.email)
    assert phone(add) == (0, "Buy milk")
    before = file.read_text()
    time.sleep(2.1)  # The life of an access token.
    assert phone(notes) == (0, "Buy milk")
    assert file.read_text() != before and stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text(before)
    assert phone(logout) == (0, "Signed out.")
    assert not file.exists()
    # What was kept elsewhere is worth nothing.
    file.write_text(before)
    assert phone(notes) == (1, "The session is over: phone.py login SITE EMAIL")
    assert not file.exists()
    assert Client(site.port).get("/auth/login").status == 404
    answer = Client(site.port).post("/api/auth/login", {"email": site.email, "password": site.password})
    assert answer.all("Set-Cookie") == []


KEPT = "return [localStorage.getItem('access_token'), localStorage.getItem('refresh_token')]"


def test_hybrid_app_and_its_way_to_cookies_only(start, browser: Browser) -> None:
    before, step1 = commands("hybrid_app")

    def who() -> str:
        return browser.find("#who").text

    def log_in(site: Running) -> None:
        site.fill_form(browser)
        browser.wait_for(lambda: who() == site.email, "who is signed in")

    def counts_notes() -> None:
        browser.press("#notes")
        browser.wait_for(lambda: browser.find("#status").text == "There are 0 notes.", "the number of notes")

    # Before: tokens in localStorage. The page after works already.
    site = start("hybrid_app", before)
    browser.open(site.url + "/before.html")
    browser.driver.delete_all_cookies()
    log_in(site)
    counts_notes()
    assert all(browser.driver.execute_script(KEPT))

    # Step 1: the server. The old page cannot sign in any more, and says why.
    site = start("hybrid_app", step1)
    browser.open(site.url + "/before.html")
    site.fill_form(browser)
    browser.wait_for(lambda: "AUTHSVC_TOKEN_DELIVERY=cookies_only" in browser.find("#status").text, "what is wrong")

    # Step 2: the pages. Nobody has to sign in again, and nothing is left in localStorage.
    site = start("hybrid_app", before)
    browser.driver.delete_all_cookies()
    browser.open(site.url + "/before.html")
    log_in(site)
    site = start("hybrid_app", step1)
    browser.open(site.url + "/after.html")
    browser.wait_for(lambda: who() == site.email, "who is signed in")
    assert browser.driver.execute_script(KEPT) == [None, None]
    counts_notes()
    browser.press("#leave")
    browser.wait_for(lambda: who() == "nobody", "the end of the session")
    log_in(site)
    assert browser.driver.execute_script(KEPT) == [None, None]


def test_hybrid_app_for_people_who_block_cookies(start, workspace: pathlib.Path) -> None:
    before, step1 = commands("hybrid_app")
    browser = Browser(tempfile.mkdtemp(dir=workspace), cookies=False)
    try:
        for line, page in ((before, "before"), (step1, "after")):
            site = start("hybrid_app", line)
            browser.open(f"{site.url}/{page}.html")
            site.fill_form(browser)
            if page == "before":
                browser.wait_for(lambda: browser.find("#who").text == site.email, "who is signed in")
            else:
                browser.wait_for(lambda: browser.url == site.url + "/cookies-required.html", "the page about cookies")
                assert browser.find("h1").text == "Cookies Required"
                assert "Please enable cookies in your browser." in browser.text
    finally:
        browser.close()
