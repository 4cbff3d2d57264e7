"""Servers that come and go while people ask: nginx, Postern, and the socket between them. docs/operations.md says what
an operator sees."""

import collections
import concurrent.futures
import os
import pathlib
import signal
import threading
import time
import typing

import pytest

from rig.client import Client
from rig.fastcgi import HEALTH, Connection, verify
from rig.people import browser_with
from rig.processes import Process, accepts, wait_for
from rig.relay import Relay
from rig.site import NginxSite, Person

SECRET = b"a private file\n"
REFUSALS = {401, 500, 502}


class Visitors:
    """People who are signed in, and strangers, who ask for a private file again and again while the `with` lasts. What
    they may never see fails at once; what else they saw is counted."""

    def __init__(self, site: NginxSite, person: Person, each: int = 4) -> None:
        self.site = site
        self.person = person
        self.count = 2 * each
        self.over = threading.Event()
        self.signed_in: collections.Counter[int] = collections.Counter()
        self.strangers: collections.Counter[int] = collections.Counter()
        self.pool = concurrent.futures.ThreadPoolExecutor(self.count)

    def __enter__(self) -> typing.Self:
        self.running = [self.pool.submit(self.visit, order % 2 == 0) for order in range(self.count)]
        self.come(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.pool.shutdown()
        for visitor in self.running:
            visitor.result()

    def come(self, more: int = 50) -> None:
        """Waits until both kinds have been answered rightly so often again."""
        signed_in, strangers = self.signed_in[200] + more, self.strangers[401] + more
        wait_for(lambda: self.signed_in[200] >= signed_in and self.strangers[401] >= strangers, "answers to visitors")

    def visit(self, is_signed_in: bool) -> None:
        client = browser_with(self.site, self.person.client.cookies if is_signed_in else {})
        counts = self.signed_in if is_signed_in else self.strangers
        while not self.over.is_set():
            try:
                answer = client.get("/private/file.txt")
            except OSError:
                client.close()
                client = Client(self.site.port)
                client.cookies = dict(self.person.client.cookies) if is_signed_in else {}
                counts[0] += 1
                time.sleep(0.002)
                continue
            counts[answer.status] += 1
            assert (answer.body == SECRET) == (answer.status == 200), answer
            assert is_signed_in or answer.status != 200
            assert answer.cookies == {}, "nothing is unset, whatever is wrong"


@pytest.fixture
def visited(build) -> typing.Iterator[tuple[NginxSite, Visitors]]:
    site = build(NginxSite)
    with Visitors(site, site.register()) as visitors:
        yield site, visitors
    print(f"signed in {dict(visitors.signed_in)}, strangers {dict(visitors.strangers)}")


def start_again(site: NginxSite) -> None:
    site.server = Process("nginx", site.server.child.args, site.server.log)
    site.server.wait_until(lambda: accepts(("127.0.0.1", site.port)), "nginx")


def restart(site: NginxSite) -> None:
    site.server.stop()
    start_again(site)


def test_nginx_restarts_and_reloads_in_the_middle_of_requests(visited) -> None:
    site, visitors = visited
    process = site.postern.process
    before = process.sockets()
    for _ in range(3):
        restart(site)
        visitors.come()
        # A reload starts new workers and lets the old ones finish.
        site.server.signal(signal.SIGHUP)
        visitors.come()
    assert set(visitors.signed_in) <= {200, 0} and set(visitors.strangers) <= {401, 0}
    # nginx keeps as many as there are visitors at once; six generations of workers would be many more.
    wait_for(lambda: process.sockets() <= before + visitors.count, "the end of the connections of earlier workers")


def test_nginx_that_is_killed_leaves_nothing_behind(visited) -> None:
    site, visitors = visited
    process = site.postern.process
    before = process.sockets()
    for _ in range(5):
        workers = pathlib.Path(f"/proc/{site.server.pid}/task/{site.server.pid}/children").read_text().split()
        # Its workers see that it has gone only when they look; each is ended as a crash would.
        site.server.kill()
        for worker in workers:
            os.kill(int(worker), signal.SIGKILL)
        start_again(site)
        visitors.come(20)
    wait_for(lambda: process.sockets() <= before + visitors.count, "the end of the connections of killed workers")


def test_postern_restarts_under_kept_connections(visited) -> None:
    """While it is away, whoever asks is refused: with 500, or with 502 where it went between its verdict and its answer
    to the one who was refused. The first question behind it is answered."""
    site, visitors = visited
    for _ in range(4):
        assert site.postern.stop() == 0
        wait_for(lambda: visitors.signed_in[500] and visitors.strangers[500], "refusals")
        site.postern.start()
        assert visitors.person.client.get("/private/file.txt").status == 200
        visitors.come()
    assert set(visitors.signed_in) <= {200, 500} and set(visitors.strangers) <= REFUSALS


def test_postern_that_is_killed_and_started_again(visited) -> None:
    site, visitors = visited
    for _ in range(3):
        site.postern.kill()
        site.postern.start()
        visitors.come()
    assert set(visitors.signed_in) <= {200, 500} and set(visitors.strangers) <= REFUSALS


def test_socket_that_is_removed_comes_back(new_postern) -> None:
    postern = new_postern(POSTERN_SOCKET_MODE="600", POSTERN_REACTORS="2")
    postern.start()
    with Connection(postern.socket) as kept:
        assert kept.ask(HEALTH).status == 200
        for _ in range(2):
            postern.socket.unlink()
            assert kept.ask(verify()).status == 401
            wait_for(lambda: accepts(postern.socket), "another socket file")
            assert postern.socket.stat().st_mode & 0o777 == 0o600
            for _ in range(10):  # Every reactor waits on the new one.
                with Connection(postern.socket) as connection:
                    assert connection.ask(HEALTH).status == 200
            assert kept.ask(HEALTH).status == 200
    assert postern.log_since(0).count("was gone; listening on a new one") == 2
    assert postern.stop() == 0
    assert not postern.socket.exists()


def test_socket_comes_back_with_its_folder(new_postern) -> None:
    postern = new_postern()
    folder = postern.folder / "run"
    folder.mkdir()
    postern.socket = folder / "postern.sock"
    postern.environment["POSTERN_LISTEN"] = f"unix:{postern.socket}"
    postern.start()
    folder.rename(postern.folder / "away")
    wait_for(lambda: "nobody can connect" in postern.log_since(0), "a line in the log")
    folder.mkdir()
    wait_for(lambda: accepts(postern.socket), "another socket file")
    assert postern.log_since(0).count("nobody can connect") == 1


def test_socket_of_somebody_else_is_left_alone(new_postern) -> None:
    """Another process that answers at the same path keeps it; when it has gone, the first one is back."""
    postern = new_postern()
    postern.start()
    with Relay(postern.folder / "other.sock") as other:
        other.target = postern.socket
        (postern.folder / "other.sock").rename(postern.socket)
        wait_for(lambda: "is in use: another process answers there" in postern.log_since(0), "a line in the log")
        assert accepts(postern.socket)
        postern.socket.rename(postern.folder / "other.sock")
    wait_for(lambda: accepts(postern.socket), "the socket file")
    with Connection(postern.socket) as connection:
        assert connection.ask(HEALTH).status == 200


def test_nginx_goes_on_when_the_socket_comes_back(visited) -> None:
    site, visitors = visited
    site.postern.socket.unlink()
    visitors.come()
    restart(site)
    visitors.come()
    assert set(visitors.signed_in) <= {200, 500, 0} and set(visitors.strangers) <= REFUSALS | {0}
