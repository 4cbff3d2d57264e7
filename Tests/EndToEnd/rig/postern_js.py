"""examples/postern.js in a page of a site, for tests that call it."""

import contextlib
import itertools
import re
import shutil

from rig.browser import Browser
from rig.processes import wait_for
from rig.site import NginxSite, Person
from webserver_files import ROOT

PAGE = """<!doctype html><title>client</title><link rel="icon" href="data:,">
<script type="module">
  import * as postern from "/postern.js";
  Object.assign(window, postern);
  window.client = createClient();
</script>
<button onclick="window.pressed()">Press</button><output></output>"""


def open_page(site: NginxSite, browser: Browser) -> None:
    """Opens the page with the client."""
    shutil.copy(ROOT / "examples/postern.js", site.www)
    (site.www / "client.html").write_text(PAGE)
    browser.open(site.url + "/client.html")
    browser.wait_for(lambda: browser.driver.execute_script("return !!window.client"), "the client")


def serve(site: NginxSite, browser: Browser) -> None:
    """Opens the page with the client, signed out and with nothing stored."""
    open_page(site, browser)
    browser.driver.delete_all_cookies()
    browser.driver.execute_script("localStorage.clear()")


def sign_in(browser: Browser, person: Person) -> dict:
    return browser.run("return client.login(...arguments)", person.email, person.password)


def lose_access(browser: Browser) -> None:
    """As when the access token has run out: browsers drop its cookie by `Max-Age`."""
    browser.driver.delete_cookie("access_token_cookie")
    browser.driver.delete_cookie("csrf_access_token")


class Requests:
    """What nginx was asked since this was made."""

    marks = itertools.count(1)

    def __init__(self, site: NginxSite) -> None:
        self.site = site
        self.log = site.folder / "nginx/access.log"
        self.start = self.log.stat().st_size

    def to(self, path: str) -> list[int]:
        """The statuses that a path was answered with, in order."""
        # nginx writes a line behind its answer. When that of a later request is there, all are.
        mark = f"/mark-{next(self.marks)}"
        with contextlib.closing(self.site.client()) as client:
            client.get(mark)
        wait_for(lambda: f"GET {mark} " in self.text, f"{mark} in {self.log}")
        return [int(found) for found in re.findall(rf'"[A-Z]+ {re.escape(path)} HTTP/1.1" (\d+)', self.text)]

    @property
    def text(self) -> str:
        return self.log.read_bytes()[self.start :].decode()
