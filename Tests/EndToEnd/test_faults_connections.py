"""Connections without end, and connections that are no good: what docs/operations.md says of them."""

import contextlib
import resource
import socket
import time
import typing

import pytest

from rig.fastcgi import HEALTH, STDIN, Connection, begin, login, post, record, request_bytes, verify
from rig.processes import Process, wait_for
from rig.stalling import PAGE, Stalling

KIB, MIB = 1 << 10, 1 << 20

# Begins to stall now; test_faults_stalling.py sees what has become of it.
pytestmark = pytest.mark.usefixtures("stalling")


@contextlib.contextmanager
def no_descriptor_free(process: Process) -> typing.Iterator[None]:
    """Whatever the process opens inside fails with EMFILE; what it has open stays."""
    before = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, before)


def test_without_descriptors_nothing_spins_and_nobody_is_lost(new_postern) -> None:
    postern = new_postern()
    process = postern.start()
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(Connection(postern.socket, 30)) for _ in range(40)]
        for connection in kept:
            assert connection.ask(HEALTH).status == 200
        before = process.sockets()
        with no_descriptor_free(process):
            waiting = [stack.enter_context(Connection(postern.socket, 30)) for _ in range(50)]
            for connection in waiting:
                connection.send(request_bytes(HEALTH))
            wait_for(lambda: "cannot accept connections" in postern.log_since(0), "a line in the log")
            used, began = process.processor_time(), time.monotonic()
            time.sleep(1.5)
            # A reactor that tried again and again would have run all the time that the machine has for it.
            assert process.processor_time() - used < 0.08 * (time.monotonic() - began)
            for connection in kept:
                assert connection.ask(verify()).status == 401
            # The database is open; the readers that it would like to have besides, it cannot have.
            for order, connection in enumerate(kept):
                connection.send(request_bytes(*login(f"nobody{order}@example.com")))
            for connection in kept:
                reply = connection.reply()
                assert reply.status in (401, 503) and b'"error"' in reply.body, reply
        for connection in waiting:
            assert connection.reply().status == 200
        assert kept[0].ask(*post("register", "somebody@example.com")).status == 201
        assert kept[1].ask(*post("login", "somebody@example.com")).status == 200
    wait_for(lambda: process.sockets() <= before - len(kept), "the end of closed connections")
    assert postern.log_since(0).count("cannot accept connections") <= 10


def test_body_without_a_file_is_refused_and_another_taken(new_postern) -> None:
    """A reactor keeps 64 MiB of bodies in memory while they arrive; the next ones go to files."""
    postern = new_postern(POSTERN_REACTORS="1")
    process = postern.start()
    body = b"[" + b" " * (MIB - 2) + b"]"
    fields, _ = post("register", "")
    whole = request_bytes(fields | {"CONTENT_LENGTH": str(len(body))}, body)
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(Connection(postern.socket, 30)) for _ in range(72)]

        def statuses() -> list[int]:
            for part in (whole[:-8], whole[-8:]):
                for connection in crowd:
                    connection.send(part)
            return [connection.reply().status for connection in crowd]

        for connection in crowd:
            assert connection.ask(HEALTH).status == 200
        with no_descriptor_free(process):
            refused = statuses()
            assert set(refused) == {400, 503} and refused.count(503) <= 10, refused
        before = process.descriptors()
        assert set(statuses()) == {400}
        wait_for(lambda: process.descriptors() <= before, "the end of temporary files")


@pytest.mark.parametrize("limit", [8, 16, 40, 199])
def test_limit_of_descriptors_too_low_to_serve_stops_the_start(new_postern, limit: int) -> None:
    postern = new_postern()
    process = postern.start(wait=False, preexec_fn=limit_to(limit))
    assert process.child.wait(20) != 0
    # With a handful, the program or its libraries cannot even be read.
    assert limit < 40 or "the limit of open files is" in process.tail()
    assert not postern.socket.exists()


def limit_to(descriptors: int) -> typing.Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))


def test_connections_leave_descriptors_to_the_database(new_postern) -> None:
    """With a low limit fewer connections are taken at once; none of what is accepted is without its means."""
    postern = new_postern()
    process = postern.start(preexec_fn=limit_to(256))
    assert "room for 156 connections" in postern.log_since(0)
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(Connection(postern.socket, 30)) for _ in range(300)]
        for connection in crowd[:156]:
            assert connection.ask(HEALTH).status == 200
        for connection in crowd[156:]:
            connection.send(request_bytes(HEALTH))
        assert crowd[0].ask(*post("register", "somebody@example.com")).status == 201
        assert crowd[1].ask(*post("login", "somebody@example.com")).status == 200
        assert process.descriptors() < 256
        for connection in crowd[:156]:
            connection.close()
        assert {connection.reply().status for connection in crowd[156:]} == {200}
    assert "cannot accept" not in postern.log_since(0)


@pytest.fixture
def open_files() -> typing.Iterator[int]:
    """Descriptors for the peers, as many as this process can have; raised for one test."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_ten_thousand_connections_cost_memory_and_nothing_else(stalling: Stalling, open_files: int) -> None:
    postern = stalling.postern
    count = min(10_000, open_files - 500)
    process = postern.process
    with Connection(postern.socket) as beside, contextlib.ExitStack() as stack:
        assert beside.ask(verify()).status == 401
        sockets, memory = process.sockets(), process.memory()
        crowd = []
        for number in range(count):
            crowd.append(stack.enter_context(Connection(postern.socket, 30)))
            crowd[-1].send(request_bytes(HEALTH if number % 2 else verify()))
        for number, connection in enumerate(crowd):
            assert connection.reply().status == (200 if number % 2 else 401)
        each = (process.memory() - memory) / count
        print(f"{count} connections: {each:.0f} bytes each; {process.memory() / MIB:.0f} MiB in all")
        assert each < 4 * KIB
        # Those that stall, which were among them, may have been closed meanwhile.
        assert process.sockets() > count
        for _ in range(1000):
            assert beside.ask(verify()).status == 401
        assert crowd[-1].ask(HEALTH).status == 200
        stack.close()
        wait_for(lambda: process.sockets() <= sockets, "the end of ten thousand connections")
        assert process.memory() - memory < count * 4 * KIB


def test_half_closed_connections_are_answered_and_closed(stalling: Stalling) -> None:
    postern = stalling.postern
    process = postern.process
    before = process.sockets()
    sign_in = request_bytes(*login("nobody@example.com"))
    with contextlib.ExitStack() as stack:
        whole = []
        for request, status in ((request_bytes(HEALTH), 200), (sign_in, 401)) * 50:
            whole.append((stack.enter_context(Connection(postern.socket)), status))
            whole[-1][0].send(request)
            whole[-1][0].socket.shutdown(socket.SHUT_WR)
        halves = []
        for length in range(1, len(sign_in) - 1, max(1, len(sign_in) // 100)):
            halves.append(stack.enter_context(Connection(postern.socket)))
            halves[-1].send(sign_in[:length])
            halves[-1].socket.shutdown(socket.SHUT_WR)
        nothing = stack.enter_context(Connection(postern.socket))
        nothing.socket.shutdown(socket.SHUT_WR)
        for connection in [*halves, nothing]:
            assert connection.socket.recv(1) == b"", "an answer to half a request"
        for connection, status in whole:
            assert connection.reply().status == status
            assert connection.is_closed()
        # Before their own ends are closed, Postern has let go of its own.
        wait_for(lambda: process.sockets() <= before, "the end of half-closed connections")


def test_who_leaves_without_reading_leaves_nothing(stalling: Stalling) -> None:
    """Peers that go at every moment: with a login on its way, with an answer not read, with half a request sent."""
    postern = stalling.postern
    process = postern.process
    before, memory = process.sockets(), process.memory()
    for number in range(300):
        with Connection(postern.socket) as connection:
            match number % 3:
                case 0:
                    connection.send(request_bytes(*login("nobody@example.com")))
                case 1:
                    connection.send(request_bytes(PAGE) * 20)
                case 2:
                    connection.send(begin() + record(STDIN, b"x")[:9])
    wait_for(lambda: process.sockets() <= before, "the end of those who left")
    assert process.memory() - memory < 16 * MIB
    with Connection(postern.socket) as connection:
        assert connection.ask(*post("login", "nobody@example.com")).status == 401
