"""Chromium without a window, and what a test has to look at: the console, and pictures of the pages."""

import contextlib
import pathlib
import re
import shutil
import typing

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from rig.client import KNOWN_BROWSER
from webserver_files import ROOT

# The console's line about a page; that of a style sheet, script or picture has a dot in its last segment.
REFUSED_PAGE = re.compile(r"SEVERE: http://[^/ ]+/(?:[^ ?]*/)?[^ ./?]*(?:\?\S*)? - .* status of (?:400|401|403) ")
PICTURES = ROOT / "Tests/EndToEnd/screenshots"


class Browser:
    def __init__(self, folder: pathlib.Path, *, scripts: bool = True, cookies: bool = True) -> None:
        options = Options()
        options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            f"--user-data-dir={folder}",
            # Hosts of one site, and of another one.
            "--host-resolver-rules=MAP *.site.test 127.0.0.1, MAP *.elsewhere.test 127.0.0.1",
        ):
            options.add_argument(argument)
        # As for everybody: a window opens where a person has pressed something.
        options.add_experimental_option("excludeSwitches", ["disable-popup-blocking"])
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        blocked = {
            "profile.managed_default_content_settings.javascript": not scripts,
            "profile.default_content_setting_values.cookies": not cookies,
        }
        options.add_experimental_option("prefs", {name: 2 for name, is_blocked in blocked.items() if is_blocked})
        program = shutil.which("chromedriver") or "/usr/bin/chromedriver"
        self.driver = webdriver.Chrome(options=options, service=Service(program))
        self.driver.set_page_load_timeout(30)

    def close(self) -> None:
        self.driver.quit()

    def open(self, url: str) -> None:
        self.driver.get(url)

    def new_tab(self, url: str) -> str:
        """Opens it in a tab of its own, which is then looked at. Returns the tab for `turn_to`."""
        self.driver.switch_to.new_window("tab")
        self.open(url)
        return self.tab

    @property
    def tab(self) -> str:
        return self.driver.current_window_handle

    def turn_to(self, tab: str) -> None:
        self.driver.switch_to.window(tab)

    @property
    def cookies(self) -> dict[str, str]:
        """What this browser would send to the page that is open, by name."""
        return {cookie["name"]: cookie["value"] for cookie in self.driver.get_cookies()}

    @property
    def session_cookies(self) -> list[dict]:
        """All but the one by which Postern knows this browser again, which stays."""
        return [cookie for cookie in self.driver.get_cookies() if cookie["name"] != KNOWN_BROWSER]

    @property
    def url(self) -> str:
        return self.driver.current_url

    @property
    def text(self) -> str:
        return self.find("body").text

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            field = self.find(f"[name={name}]")
            field.clear()
            field.send_keys(value)

    def press(self, selector: str = "main button[type=submit], button[type=submit]") -> None:
        self.find(selector).click()

    def wait_for(self, condition: typing.Callable[[], object], what: str) -> None:
        """Waits until it holds; while one page gives way to the next, it does not."""
        waiting = WebDriverWait(self.driver, 20, poll_frequency=0.05, ignored_exceptions=[WebDriverException])
        waiting.until(lambda _: condition(), f"waited in vain for {what}; at {self.url}")

    def run(self, script: str, *arguments: typing.Any) -> typing.Any:
        """What the body of an async function returns, run in the page. One that throws gives `{"failed": code, …}`."""
        return self.driver.execute_async_script(
            """
            const [values, end] = [[...arguments].slice(0, -1), arguments[arguments.length - 1]];
            (async (...arguments) => {"""
            + script
            + """})(...values).then(end, (error) => end({failed: error.code ?? error.name, message: error.message}));
            """,
            *arguments,
        )

    def complaints(self) -> list[str]:
        """What the console has to say since the last call: errors, warnings and violations of the content security
        policy. That a page itself was answered with 400, 401 or 403 is no mistake of the page's."""
        lines = [f"{line['level']}: {line['message']}" for line in self.driver.get_log("browser")]
        return [line for line in lines if not REFUSED_PAGE.match(line)]

    @contextlib.contextmanager
    def looking(self, width: int, scheme: str) -> typing.Iterator[None]:
        """As on a screen of that width, under a light or dark colour scheme."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600},
        )
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})

    @contextlib.contextmanager
    def authenticator(self, *, knows: bool = True) -> typing.Iterator[None]:
        """An authenticator that is built into the device (WebAuthn Level 2, section 11.2). It keeps passkeys until the
        end. `knows`: the finger or PIN that it asks for is the right one; the person always gives one."""
        options = VirtualAuthenticatorOptions(
            transport=VirtualAuthenticatorOptions.Transport.INTERNAL,
            has_resident_key=True,
            has_user_verification=True,
            is_user_verified=knows,
            is_user_consenting=True,
        )
        self.driver.add_virtual_authenticator(options)
        try:
            yield
        finally:
            self.driver.remove_virtual_authenticator()

    @contextlib.contextmanager
    def offering_no_passkeys(self) -> typing.Iterator[None]:
        """As in a browser that does not list them in a field. Chromium does; and with such an authenticator it takes
        the first one at once."""
        script = "PublicKeyCredential.isConditionalMediationAvailable = undefined;"
        made = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", made)

    def picture(self, name: str) -> pathlib.Path:
        PICTURES.mkdir(exist_ok=True)
        file = PICTURES / f"{name}.png"
        assert self.driver.save_screenshot(str(file))
        return file

    def width_of_content(self) -> int:
        return self.driver.execute_script("return document.documentElement.scrollWidth")
