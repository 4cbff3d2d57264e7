"""The storage fails, and comes back: nobody is let in who should not be, nothing acknowledged is lost, and all goes on
without a restart."""

import concurrent.futures
import contextlib
import pathlib
import random
import resource
import signal
import sqlite3
import struct
import subprocess
import threading
import time
import typing
import uuid

import pytest

from rig import fastcgi
from rig.fastcgi import Connection
from rig.faults import assert_refused_for_now, full, immutable, login, refresh, small_disk, view
from rig.people import ACCESS, REFRESH, again, assert_over, browser_with, claims_of
from rig.processes import wait_for
from rig.site import PASSWORD, NginxSite, Person, new_email


@pytest.fixture
def disk(workspace: pathlib.Path, request: pytest.FixtureRequest) -> typing.Iterator[pathlib.Path]:
    with small_disk(workspace / request.node.name[:40], "2m") as folder:
        yield folder


class Crowd:
    """People in every state that a fault must not change."""

    def __init__(self, site: NginxSite) -> None:
        self.site = site
        self.process = site.postern.process
        self.reader, self.mover = site.register("reader"), site.register("mover")
        # Signed out, with cookies that have been kept.
        self.gone = site.register("gone")
        kept = dict(self.gone.client.cookies)
        assert self.gone.client.post("/api/auth/logout").status == 200
        self.gone.client.cookies = kept
        self.stranger = Person(new_email(), PASSWORD, site.client())
        self.acknowledged: list[Person] = [self.reader, self.mover, self.gone]

    def register_until_it_fails(self) -> None:
        """What is acknowledged until then counts."""
        for _ in range(2000):
            person = Person(new_email(), PASSWORD, self.site.client())
            answer = person.client.post(
                "/api/auth/register", {"email": person.email, "password": PASSWORD, "bio": "b" * 400}
            )
            if answer.status != 201:
                assert_refused_for_now(answer)
                return
            self.acknowledged.append(person)
        pytest.fail("nothing fails")

    def assert_reading_goes_on(self) -> None:
        """The gate, and whatever only reads."""
        assert view(self.reader) == 200
        assert self.reader.client.get("/api/auth/check-auth").status == 200
        assert self.reader.client.get("/api/auth/user/@me").status == 200
        assert view(self.gone) == 401
        assert view(self.stranger) == 401

    def assert_writing_is_refused(self) -> None:
        assert_refused_for_now(refresh(self.mover))
        assert_refused_for_now(login(self.site, self.reader))
        fields = {"email": new_email(), "password": PASSWORD}
        assert_refused_for_now(self.site.client().post("/api/auth/register", fields))
        # A step-up that fails takes nothing from whoever tries it.
        answer = self.mover.client.post("/api/auth/login", {"email": self.mover.email, "password": PASSWORD})
        assert_refused_for_now(answer)
        assert view(self.mover) == 200

    def assert_only_reading_goes_on(self) -> None:
        """For longer than what is known of ended sessions counts: it has to be read again and again."""
        for _ in range(8):
            self.assert_reading_goes_on()
            self.assert_writing_is_refused()
            time.sleep(0.2)

    def assert_all_is_well(self) -> None:
        """As before, and the same process."""
        assert self.process is not None and self.process.is_running and self.site.postern.process is self.process
        assert refresh(self.mover).status == 200
        assert view(self.mover) == view(self.reader) == 200
        assert view(self.gone) == 401
        assert self.gone.client.post("/api/auth/token/refresh").status == 401
        newcomer = self.site.register("newcomer")
        assert view(newcomer) == 200
        for person in self.acknowledged:
            assert login(self.site, person).status == 200, person.email


def last_words(postern) -> str:
    """Starts a Postern that is expected to end by itself, and returns what it wrote."""
    position = postern.log_position()
    process = postern.start(wait=False)
    process.child.wait(20)
    assert postern.stop() == 1
    return postern.log_since(position)


def test_full_disk_stops_writing_and_nothing_else(disk, build) -> None:
    site = build(NginxSite, settings={"POSTERN_DATA_DIR": str(disk)})
    crowd = Crowd(site)
    position = site.postern.log_position()
    leaver = site.register("leaver")
    kept = dict(leaver.client.cookies)
    with full(disk):
        crowd.register_until_it_fails()
        crowd.assert_only_reading_goes_on()
        done = site.postern.command("user", "disable", crowd.reader.email)
        assert done.returncode != 0 and "full" in done.stderr, done
        assert "is full" in site.postern.log_since(position)
        # Signed out as far as this process goes, though it cannot be written down.
        answer = leaver.client.post("/api/auth/logout")
        assert (answer.status, answer.cookies[ACCESS]) == (503, "")
        leaver.client.cookies = kept
        assert view(leaver) == 401
        assert site.client().get("/api/auth/readyz").status == 200
        crowd.assert_reading_goes_on()
    crowd.assert_all_is_well()
    assert view(leaver) == 401


def test_limit_of_file_sizes_stops_writing_and_nothing_else(build) -> None:
    """`ulimit -f`, systemd's LimitFSIZE=: unless it is ignored, the signal that tells of it ends the process."""
    site = build(NginxSite)
    crowd = Crowd(site)
    pid = site.postern.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1024, before[1]))
    crowd.register_until_it_fails()
    crowd.assert_writing_is_refused()
    crowd.assert_reading_goes_on()
    position = site.postern.log_position()
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    crowd.assert_all_is_well()
    # The log is a file here, too.
    assert "lines are missing here" in site.postern.log_since(position)


def test_start_on_a_full_disk_says_so(disk, new_postern) -> None:
    postern = new_postern(POSTERN_DATA_DIR=str(disk))
    with full(disk):
        words = last_words(postern)
        assert "is full" in words and words.count("postern.db") == 1, words
    postern.start()
    postern.add("first@example.com", PASSWORD)
    assert postern.stop() == 0
    with full(disk):
        assert "is full" in last_words(postern)
    postern.start()
    postern.kill()
    # What was left beside the database is all that is needed.
    with full(disk):
        postern.start()
        assert "first@example.com" in postern.command("user", "list").stdout
    postern.add("second@example.com", PASSWORD)


def test_read_only_database_stops_writing_and_nothing_else(build) -> None:
    site = build(NginxSite)
    crowd = Crowd(site)
    position = site.postern.log_position()
    with immutable(*site.postern.data.glob("postern.db*")):
        crowd.assert_only_reading_goes_on()
        done = site.postern.command("user", "disable", crowd.reader.email)
        assert done.returncode != 0 and "cannot be" in done.stderr, done
        assert "cannot be written" in site.postern.log_since(position)
        crowd.assert_reading_goes_on()
    crowd.assert_all_is_well()


@contextlib.contextmanager
def locked(site: NginxSite) -> typing.Iterator[sqlite3.Connection]:
    """Another program keeps the database for itself; what it does in there is committed in the end."""
    other = sqlite3.connect(site.postern.data / "postern.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield other
    finally:
        other.execute("COMMIT")
        other.close()


def test_database_locked_for_ten_seconds_delays_nobody_who_only_reads(build) -> None:
    # Who was active is written down every eight seconds, so that this comes into the lock, too.
    site = build(NginxSite, settings={"AUTHSVC_SESSION_INACTIVITY_TIMEOUT": "32s"})
    crowd = Crowd(site)
    # Somebody whose access token has run out: for the gate, a worker looks the session up.
    renewed = browser_with(site, {REFRESH: crowd.reader.client.cookies[REFRESH]})
    writers = [again(site, crowd.mover) for _ in range(12)]
    banned = site.register("banned")
    stop = threading.Event()
    refused: list[float] = []

    def write_on(person: Person) -> None:
        while not stop.is_set():
            begun = time.monotonic()
            assert_refused_for_now(refresh(person))
            refused.append(time.monotonic() - begun)
            time.sleep(0.05)

    with concurrent.futures.ThreadPoolExecutor(len(writers)) as pool:
        with locked(site) as other:
            running = [pool.submit(write_on, person) for person in writers]
            slowest = 0.0
            until = time.monotonic() + 10
            while time.monotonic() < until:
                begun = time.monotonic()
                crowd.assert_reading_goes_on()
                assert renewed.get("/private/file.txt").status == 200
                assert site.client().get("/api/auth/readyz").status == 200
                slowest = max(slowest, time.monotonic() - begun)
                time.sleep(0.1)
            stop.set()
            for one in running:
                one.result()
            account = "SELECT id FROM accounts WHERE email = ?"
            other.execute(f"UPDATE accounts SET epoch = 9 WHERE id = ({account})", [banned.email])
            other.execute(
                f"INSERT INTO revocations (account_id, epoch, at) VALUES (({account}), 9, ?)",
                [banned.email, int(time.time() * 1e6)],
            )
            assert view(banned) == 200, "it is not committed"
        committed = time.monotonic()
    assert_over(lambda: banned.client.get("/private/file.txt"), since=committed)
    print(f"{len(refused)} writes were refused, the slowest reading of all took {slowest:.3f} s")
    # Twelve wait for five seconds; from then on one does, and the others know at once.
    assert len(refused) > 100
    crowd.assert_all_is_well()


def flushes(pid: int, output: pathlib.Path) -> subprocess.Popen:
    """Writes each flush of the process to a file, until it is told to stop."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", output, "-p", str(pid)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: f"TracerPid:\t{tracer.pid}\n" in pathlib.Path(f"/proc/{pid}/status").read_text(), "strace")
    return tracer


def test_writes_that_come_together_share_a_flush(build) -> None:
    # Without the grace, every refresh rotates.
    site = build(NginxSite, settings={"AUTHSVC_REFRESH_REUSE_GRACE_SECONDS": "0"})
    people = [site.register() for _ in range(32)]
    trace = site.folder / "flushes"
    tracer = flushes(site.postern.process.pid, trace)
    together = threading.Barrier(len(people))

    def come_back(person: Person) -> int:
        together.wait()
        return sum(refresh(person).status == 200 for _ in range(10))

    try:
        alone = len(people)
        for person in people:
            assert refresh(person).status == 200
        by_one = trace.read_text().count("fdatasync(")
        with concurrent.futures.ThreadPoolExecutor(len(people)) as pool:
            crowd = sum(pool.map(come_back, people))
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(10)
    by_many = trace.read_text().count("fdatasync(") - by_one
    print(f"{alone} writes one by one: {by_one} flushes; {crowd} writes of 32 clients at once: {by_many}")
    assert by_one >= alone, "each is on the disk before it is acknowledged"
    assert crowd == 10 * len(people)
    assert 1 <= by_many < crowd / 2


def test_two_hundred_thousand_live_revocations_are_known_at_once(new_postern) -> None:
    postern = new_postern()
    postern.start()
    with Connection(postern.socket) as connection:
        ended = connection.ask(*fastcgi.post("register", "ended@example.com"))
        alive = connection.ask(*fastcgi.post("register", "alive@example.com"))
        assert (ended.status, alive.status) == (201, 201)
    postern.stop()
    session = uuid.UUID(claims_of(ended.cookies[ACCESS])["session_id"])
    halves = struct.unpack(">qq", session.bytes)
    now = int(time.time() * 1e6)
    chance = random.Random(7)
    others = (struct.unpack(">qq", chance.randbytes(16)) for _ in range(200_000))
    with contextlib.closing(sqlite3.connect(postern.data / "postern.db")) as database, database:
        write = "INSERT INTO revocations (session_high, session_low, at) VALUES (?, ?, ?)"
        database.executemany(write, ((*other, now) for other in others))
        database.execute(write, (*halves, now))
    begun = time.monotonic()
    postern.start()
    with Connection(postern.socket) as connection:

        def asked(reply: fastcgi.Reply) -> int:
            return connection.ask(fastcgi.verify(HTTP_COOKIE=f"{ACCESS}={reply.cookies[ACCESS]}")).status

        assert (asked(ended), asked(alive)) == (401, 204)
    assert time.monotonic() - begun < 5
    assert "revocations=200001" in postern.log.read_text()
