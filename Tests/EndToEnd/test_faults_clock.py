"""The clock is set back and ahead under the running program, by libfaketime. The monotonic one goes on, as it does when
an administrator or NTP sets the other."""

import pathlib
import signal
import tempfile
import time
import typing

import pytest

from rig.faults import login, refresh, set_clock, settable_clock, view
from rig.people import ACCESS, again, assert_over, claims_of
from rig.processes import wait_for
from rig.site import NginxSite, Person

HOUR, DAY = 3600, 86400


class ClockedSite:
    """A site whose Postern, and whose commands, have a clock that the test sets."""

    def __init__(self, folder: pathlib.Path, file: pathlib.Path, environment: dict[str, str]) -> None:
        self.file = file
        self.site = NginxSite(folder, settings=environment)
        self.process = self.site.postern.process

    def set(self, offset: int, *, is_stopped: bool = False) -> None:
        """So many seconds off the right time; a running Postern shows in a token that it goes by it."""
        set_clock(self.file, offset)
        if not is_stopped:
            answer = self.site.register("clock").client.cookies[ACCESS]
            assert claims_of(answer)["iat"] == pytest.approx(time.time() + offset, abs=20)

    def assert_is_ready(self) -> None:
        """Jobs go on, and what has ended has been read within the last second."""
        time.sleep(1.1)
        assert self.process is not None and self.process.is_running
        assert self.site.client().get("/api/auth/readyz").status == 200

    def sign_out(self, person: Person) -> Person:
        """Signed out, with the cookies kept."""
        kept = dict(person.client.cookies)
        assert person.client.post("/api/auth/logout").status == 200
        person.client.cookies = kept
        return person


@pytest.fixture
def clocked(workspace: pathlib.Path) -> typing.Iterator[ClockedSite]:
    folder = pathlib.Path(tempfile.mkdtemp(dir=workspace))
    with settable_clock(folder / "clock") as environment:
        made = ClockedSite(folder / "site", folder / "clock", environment)
        yield made
        made.site.stop()


def test_clock_that_jumps_lets_nobody_in_and_locks_nobody_out(clocked: ClockedSite) -> None:
    site = clocked.site
    reader, idle = site.register("reader"), site.register("idle")
    gone = [clocked.sign_out(site.register("gone"))]
    banned = site.register("banned")

    def everybody_is_where_they_should_be() -> None:
        clocked.assert_is_ready()
        assert view(Person("", "", site.client())) == 401
        for person in gone:
            assert view(person) == 401
            assert refresh(person).status in (401, 422)
        # Whoever comes new, or again, is served as ever: refreshes in a race, signs out and stays out.
        newcomer, visitor = site.register("newcomer"), again(site, idle)
        racer = dict(newcomer.client.cookies)
        assert refresh(newcomer).status == 200
        late = Person(newcomer.email, newcomer.password, site.client())
        late.client.cookies = racer
        assert refresh(late).status == 200
        assert view(newcomer) == view(late) == view(visitor) == 200
        gone.append(clocked.sign_out(newcomer))
        gone.append(clocked.sign_out(visitor))
        assert [view(person) for person in gone] == [401] * len(gone)

    everybody_is_where_they_should_be()

    clocked.set(-HOUR)
    assert view(reader) == 401, "a token of later is not valid yet"
    early = again(site, reader)
    assert view(early) == 200
    everybody_is_where_they_should_be()
    assert site.postern.command("user", "disable", banned.email).returncode == 0
    disabled = time.monotonic()

    clocked.set(0)
    assert view(reader) == view(idle) == 200
    assert refresh(early).status == 200 and view(early) == 200
    assert_over(lambda: banned.client.get("/private/file.txt"), since=disabled)
    assert login(site, banned).status == 401
    everybody_is_where_they_should_be()

    clocked.set(DAY)
    assert reader.client.get("/api/auth/check-auth").status == 401, "an access token lives for a quarter of an hour"
    assert refresh(reader).status == 200 and view(reader) == 200
    late = again(site, idle)
    gone.append(clocked.sign_out(again(site, idle)))
    everybody_is_where_they_should_be()

    clocked.set(0)
    assert view(idle) == 200, "who was away has noticed nothing"
    assert view(late) == 401, "a token of tomorrow is not valid yet"
    assert view(banned) == 401
    site.sign_in(late)
    assert view(late) == 200
    everybody_is_where_they_should_be()


def test_what_ended_just_before_the_clock_was_set_ahead_has_ended(clocked: ClockedSite) -> None:
    site = clocked.site
    postern, process = site.postern, clocked.process
    before, behind = site.register("before"), site.register("behind")
    assert process is not None
    process.signal(signal.SIGSTOP)
    try:
        assert postern.command("user", "disable", before.email).returncode == 0
        clocked.set(DAY, is_stopped=True)
        assert postern.command("user", "disable", behind.email).returncode == 0
    finally:
        process.signal(signal.SIGCONT)
    since = time.monotonic()
    assert_over(lambda: behind.client.get("/private/file.txt"), since=since)
    wait_for(lambda: site.client().get("/api/auth/readyz").status == 200, "revocations that have been read")
    time.sleep(0.7)
    clocked.set(0)
    clocked.assert_is_ready()
    assert view(before) == view(behind) == 401
