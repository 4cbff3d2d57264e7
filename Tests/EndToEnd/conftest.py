"""Fixtures: sites that live as long as the run, and what their logs say when a test fails."""

import contextlib
import pathlib
import shutil
import subprocess
import tempfile
import typing

import pytest

from rig.api_tokens import LIGHTTPD_PLACES, PLACES, furnish
from rig.browser import Browser
from rig.guarded import GuardedSite
from rig.mailbox import Mailbox
from rig.postern import PROGRAM, Postern
from rig.processes import Process
from rig.site import LighttpdSite, NginxSite, Site
from rig.stalling import Stalling
from webserver_files import ROOT


@pytest.fixture(scope="session")
def workspace() -> typing.Iterator[pathlib.Path]:
    """A folder for everything that a run leaves. In /tmp, since the path of a unix socket has 107 bytes at most."""
    if not PROGRAM.exists():
        pytest.exit(f"{PROGRAM} is missing; `make build` makes it", returncode=1)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-tests-", dir="/tmp"))
    yield folder
    for process in list(Process.living):
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mailbox() -> typing.Iterator[Mailbox]:
    """The mail server that most tests share; they wait for mails by recipient. A site sends through it with
    `settings=mailbox.settings`, as the shared `site` does."""
    shared = Mailbox().start()
    yield shared
    shared.stop()


@pytest.fixture
def new_mailbox() -> typing.Iterator[typing.Callable[..., Mailbox]]:
    """Makes a mail server for one test, started: it may misbehave, and be stopped."""
    made: list[Mailbox] = []

    def make(*words: typing.Any, **options: typing.Any) -> Mailbox:
        made.append(Mailbox(*words, **options).start())
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def site(workspace: pathlib.Path, mailbox: Mailbox) -> typing.Iterator[NginxSite]:
    """The site that most tests share: shipped nginx files, open registration, cheap hashes, mails to `mailbox`."""
    shared = NginxSite(workspace / "nginx", settings=mailbox.settings)
    yield shared
    shared.stop()


@pytest.fixture(scope="session")
def verified_site(workspace: pathlib.Path, mailbox: Mailbox) -> typing.Iterator[NginxSite]:
    """Nobody is signed in there before their address is confirmed."""
    shared = NginxSite(workspace / "verified", settings={**mailbox.settings, "POSTERN_REGISTRATION": "verified"})
    yield shared
    shared.stop()


@pytest.fixture(scope="session")
def guarded_site(workspace: pathlib.Path, mailbox: Mailbox) -> typing.Iterator[GuardedSite]:
    """A site with second factors and passkeys."""
    shared = GuardedSite(workspace / "guarded", mailbox.settings)
    yield shared
    shared.stop()


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest, workspace: pathlib.Path) -> typing.Iterator[Browser]:
    """A Chromium for the tests of one file; without scripts where its parameter says so."""
    made = Browser(pathlib.Path(tempfile.mkdtemp(dir=workspace)), scripts=getattr(request, "param", True))
    yield made
    made.close()


@pytest.fixture
def quiet_browser(browser: Browser, site: NginxSite) -> typing.Iterator[None]:
    """The test starts signed out, and ends with a console that has nothing to say."""
    with quiet(browser, site):
        yield


@pytest.fixture
def quiet_guarded_browser(browser: Browser, guarded_site: GuardedSite) -> typing.Iterator[None]:
    with quiet(browser, guarded_site):
        yield


@contextlib.contextmanager
def quiet(browser: Browser, site: Site) -> typing.Iterator[None]:
    browser.open(site.url + "/")
    browser.driver.delete_all_cookies()
    browser.complaints()
    yield
    assert browser.complaints() == []


@pytest.fixture(scope="session")
def lighttpd_site(workspace: pathlib.Path) -> typing.Iterator[LighttpdSite]:
    shared = LighttpdSite(workspace / "lighttpd")
    yield shared
    shared.stop()


@pytest.fixture(scope="session")
def places(workspace: pathlib.Path) -> typing.Iterator[NginxSite]:
    """A site with a second server, whose places ask for API tokens."""
    made = NginxSite(workspace / "places", site=PLACES)
    furnish(made)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def lighttpd_places(workspace: pathlib.Path) -> typing.Iterator[LighttpdSite]:
    made = LighttpdSite(workspace / "lighttpd-places", more=LIGHTTPD_PLACES)
    furnish(made)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def stalling(workspace: pathlib.Path) -> typing.Iterator[Stalling]:
    """A Postern with peers that stall."""
    postern = Postern(workspace / "stalling", "http://127.0.0.1:8080")
    postern.start()
    with Stalling(postern) as stalling:
        yield stalling
    postern.stop()


@pytest.fixture(scope="session")
def newer_nginx() -> pathlib.Path:
    """The nginx of the Debian release after the one that Postern is made for; fetched once, then kept in .build/."""
    done = subprocess.run(
        [ROOT / "scripts/newer-nginx", ROOT / ".build/newer-nginx"], capture_output=True, text=True, timeout=100
    )
    if done.returncode != 0:
        pytest.skip(f"no newer nginx: {done.stderr}")
    return pathlib.Path(done.stdout.strip())


@pytest.fixture(scope="module", params=["installed", "newer"])
def nginx_program(request: pytest.FixtureRequest) -> pathlib.Path | None:
    """What `NginxSite` takes as its program: a test that asks for it runs with both."""
    return None if request.param == "installed" else request.getfixturevalue("newer_nginx")


Build = typing.Callable[..., typing.Any]


@pytest.fixture
def build(workspace: pathlib.Path) -> typing.Iterator[Build]:
    """Makes a site for one test: `build(NginxSite, settings={...})`. It is stopped behind the test."""
    built: list[Site] = []

    def make(kind: type[Site], **options: typing.Any) -> Site:
        made = kind(pathlib.Path(tempfile.mkdtemp(dir=workspace)) / "site", **options)
        built.append(made)
        return made

    yield make
    for made in built:
        made.stop()


@pytest.fixture
def new_postern(workspace: pathlib.Path) -> typing.Iterator[typing.Callable[..., Postern]]:
    """Makes a Postern without a web server, for one test; it is stopped behind the test if it was started."""
    made: list[Postern] = []

    def make(**settings: str) -> Postern:
        folder = pathlib.Path(tempfile.mkdtemp(dir=workspace))
        made.append(Postern(folder, "http://127.0.0.1:8080", settings))
        return made[-1]

    yield make
    for postern in made:
        if postern.process is not None:
            postern.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> typing.Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for process in Process.living:
            report.sections.append((f"log of {process.name} ({process.log})", process.tail()))
