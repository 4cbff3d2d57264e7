"""FastCGI records of every shape, from peers of every kind. Rows 9 and 33 of the threats in docs/security.md."""

import concurrent.futures
import contextlib
import os
import random
import socket
import statistics
import struct
import time
import typing

import pytest

from rig import fastcgi
from rig.fastcgi import HEALTH, Connection, begin, login, pair, record, request_bytes, verify
from rig.postern import Postern
from rig.processes import wait_for


@pytest.fixture(scope="module")
def postern(workspace) -> typing.Iterator[Postern]:
    shared = Postern(workspace / "sockets", "http://127.0.0.1:8080")
    shared.start()
    yield shared
    shared.stop()


@contextlib.contextmanager
def still_serving(postern: Postern) -> typing.Iterator[None]:
    """Whatever happens inside, another connection is served before, meanwhile and after."""
    with Connection(postern.socket) as other:
        assert other.ask(HEALTH).status == 200
        yield
        assert other.ask(HEALTH).status == 200
    with Connection(postern.socket) as other:
        assert other.ask(HEALTH).status == 200


def test_connection_is_kept_when_asked(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        for _ in range(1000):
            reply = connection.ask(verify())
            assert (reply.status, reply.body, reply.headers["X-Auth-Error"]) == (401, b"", "missing")


def test_connection_is_closed_when_not_asked(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        assert connection.ask(HEALTH, flags=0).status == 200
        assert connection.is_closed()


def test_authorizer_is_answered(postern: Postern) -> None:
    question = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/private/", "REMOTE_ADDR": "127.0.0.1"}
    with Connection(postern.socket) as connection:
        reply = connection.ask(question | {"AUTH_REQUIRE": "signed-in"}, role=fastcgi.AUTHORIZER)
        assert reply.status == 401
        reply = connection.ask(question, role=fastcgi.AUTHORIZER)
        assert reply.status == 403


def test_other_roles_are_declined(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        for role in (fastcgi.FILTER, 0, 4, 65535):
            connection.send(begin(role))
            kind, _, content = connection.receive()
            assert (kind, content[4]) == (fastcgi.END, fastcgi.UNKNOWN_ROLE)
        assert connection.ask(HEALTH).status == 200


def test_route_is_script_name_and_path_info(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        for script, info in (("/api/auth/healthz", ""), ("/api/auth", "/healthz"), ("", "/api/auth/healthz")):
            fields = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": script, "PATH_INFO": info, "REQUEST_URI": "/private/"}
            assert connection.ask(fields).status == 200
        fields = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/x", "REQUEST_URI": "/api/auth/healthz"}
        assert connection.ask(fields).status == 404


@pytest.mark.parametrize(
    "require", [None, "", " ", "signd-in", "signed-in rolle=x", "role=", "age<=x", "SIGNED-IN", "signed-in;verified"]
)
def test_threat_33_demand_missing_or_not_understood(postern: Postern, require: str | None) -> None:
    fields = verify()
    del fields["AUTH_REQUIRE"]
    with Connection(postern.socket) as connection:
        reply = connection.ask(fields if require is None else fields | {"AUTH_REQUIRE": require})
        assert (reply.status, reply.headers["X-Auth-Error"], reply.body) == (403, "require", b"")


def test_threat_33_demand_given_twice(new_postern) -> None:
    postern = new_postern()
    postern.start()
    block = fastcgi.parameters(verify()) + pair("AUTH_REQUIRE", "signed-in")
    with Connection(postern.socket) as connection:
        connection.send(begin() + record(fastcgi.PARAMS, block) + record(fastcgi.PARAMS) + record(fastcgi.STDIN))
        reply = connection.reply()
        assert (reply.status, reply.headers["X-Auth-Error"]) == (403, "require")
    assert "AUTH_REQUIRE" in postern.log_since(0)


def test_verify_never_answers_200_and_has_no_body(postern: Postern) -> None:
    questions = [
        verify(REQUEST_METHOD=method, CONTENT_LENGTH=length, **more)
        for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE", "BREW", "")
        for length in ("", "0", "7", "99999999999999999999", "x")
        for more in (
            {},
            {"HTTP_COOKIE": "access_token_cookie=x"},
            {"HTTP_AUTHORIZATION": "Basic eDp5"},
            {"AUTH_REQUIRE": "x"},
        )
    ]
    with Connection(postern.socket) as connection:
        for question in questions:
            reply = connection.ask(question)
            assert reply.status in (401, 403), (question, reply)
            assert reply.body == b""


@pytest.mark.parametrize(
    "size, status", [(1024, 401), (1024 * 1024 - 100, 401), (1024 * 1024 + 1, 413), (20 * 1024 * 1024, 413)]
)  # fmt: skip
def test_body_limit_leaves_the_connection_usable(postern: Postern, size: int, status: int) -> None:
    text = b'{"email": "nobody@example.com", "password": "wrong", "x": "'
    body = text + b"x" * (size - len(text) - 2) + b'"}'
    fields = {
        "REQUEST_METHOD": "POST", "SCRIPT_NAME": "/api/auth/login", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    with Connection(postern.socket) as connection:
        assert connection.ask(fields, body).status == status
        assert connection.ask(HEALTH).status == 200


def test_parameter_limit_leaves_the_connection_usable(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        for size, status in ((60_000, 200), (70_000, 431), (1_000_000, 431)):
            assert connection.ask(HEALTH | {"HTTP_X": "x" * size}).status == status
        assert connection.ask(HEALTH).status == 200


def test_values_are_told(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        names = ("FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS", "FCGI_NONSENSE")
        connection.send(record(fastcgi.GET_VALUES, b"".join(pair(name, "") for name in names), 0))
        kind, request, content = connection.receive()
        assert (kind, request) == (fastcgi.GET_VALUES_RESULT, 0)
        assert pair("FCGI_MPXS_CONNS", "0") in content
        assert b"NONSENSE" not in content
        connection.send(record(77, b"x", 0))
        kind, request, content = connection.receive()
        assert (kind, request, content[0]) == (fastcgi.UNKNOWN_TYPE, 0, 77)
        assert connection.ask(HEALTH).status == 200


PARAMS_END = record(fastcgi.PARAMS)
TWELVE = record(fastcgi.GET_VALUES, pair("FCGI_MPXS_CONNS", "") * 12, 0)
MALFORMED = {
    "name length 0x7fffffff": begin() + record(fastcgi.PARAMS, b"\xff\xff\xff\xff\x01x") + PARAMS_END,
    "name length 0x7ffffffe": begin() + record(fastcgi.PARAMS, b"\xff\xff\xff\xfe\x01x") + PARAMS_END,
    "name length 0x7ffffff0": begin() + record(fastcgi.PARAMS, b"\xff\xff\xff\xf0\x01x") + PARAMS_END,
    "value length 0x7fffffff": begin() + record(fastcgi.PARAMS, b"\x01\xff\xff\xff\xffx") + PARAMS_END,
    "both lengths 0x7fffffff": begin() + record(fastcgi.PARAMS, b"\xff" * 8 + b"x") + PARAMS_END,
    "lengths beyond the end": begin() + record(fastcgi.PARAMS, b"\x10\x10short") + PARAMS_END,
    "half a length": begin() + record(fastcgi.PARAMS, b"\x80\x00") + PARAMS_END,
    "twelve times the same value": TWELVE,
    "twelve values between parameters": begin() + record(fastcgi.PARAMS, pair("A", "b")) + TWELVE + PARAMS_END,
    "version 0": record(fastcgi.BEGIN, b"\0\1\1\0\0\0\0\0", version=0),
    "version 2": record(fastcgi.BEGIN, b"\0\1\1\0\0\0\0\0", version=2),
    "short begin": record(fastcgi.BEGIN, b"\0\1"),
    "long begin": record(fastcgi.BEGIN, b"\0\1\1" + b"\0" * 100),
    "begin of request 0": begin(request=0),
    "begin twice": begin() + begin(),
    "second request meanwhile": begin() + begin(request=2),
    "parameters before the begin": record(fastcgi.PARAMS, pair("A", "b")),
    "body before the parameters": begin() + record(fastcgi.STDIN, b"x") + record(fastcgi.STDIN),
    "parameters of another request": begin() + record(fastcgi.PARAMS, pair("A", "b"), 2) + PARAMS_END,
    "stray abort": record(fastcgi.ABORT),
    "abort of another request": begin() + record(fastcgi.ABORT, request=9),
    "end from the wrong side": record(fastcgi.END, b"\0" * 8),
    "output from the wrong side": begin() + record(fastcgi.STDOUT, b"x"),
    "unknown type within a request": begin() + record(200, b"x"),
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "zeros": b"\0" * 4096,
    "noise": random.Random(9).randbytes(4096),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_threat_09_malformed_records(postern: Postern, name: str) -> None:
    """Answered, declined or closed: never a crash, and nobody else notices."""
    with still_serving(postern):
        for _ in range(5):
            with Connection(postern.socket) as connection, contextlib.suppress(ConnectionError):
                connection.send(MALFORMED[name])
                connection.socket.shutdown(socket.SHUT_WR)
                assert connection.is_closed(5)
    assert postern.process.is_running


def test_threat_09_abort_ends_a_request_and_not_the_connection(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        connection.send(begin() + record(fastcgi.PARAMS, fastcgi.parameters(HEALTH)) + record(fastcgi.ABORT))
        kind, request, _ = connection.receive()
        assert (kind, request) == (fastcgi.END, 1)
        assert connection.ask(HEALTH, request=2).status == 200


def mutated(chance: random.Random, sample: bytes) -> bytes:
    data = bytearray(sample)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data))
        match chance.randrange(6):
            case 0:
                data[place] = chance.randrange(256)
            case 1:
                data[place] ^= 1 << chance.randrange(8)
            case 2:
                del data[place : place + chance.randint(1, 16)]
            case 3:
                data[place:place] = chance.randbytes(chance.randint(1, 16))
            case 4:
                data[place:place] = struct.pack(
                    ">I", chance.choice([0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0xFFFFFFFE, 0])
                )
            case 5:
                data[place:place] = data[chance.randrange(len(data)) :][:64]
        if not data:
            data = bytearray(b"\1")
    return bytes(data)


@pytest.mark.timeout(300)
def test_threat_09_thousands_of_mutated_records(postern: Postern) -> None:
    chance = random.Random(2025)
    samples = [
        request_bytes(verify(HTTP_COOKIE="access_token_cookie=a.b.c")),
        request_bytes(HEALTH, role=fastcgi.AUTHORIZER),
        request_bytes({**HEALTH, "REQUEST_METHOD": "POST", "CONTENT_LENGTH": "300"}, b"x" * 300),
        record(fastcgi.GET_VALUES, pair("FCGI_MAX_CONNS", ""), 0) + request_bytes(HEALTH),
        *MALFORMED.values(),
    ]
    before = postern.process.memory()
    with still_serving(postern):
        for number in range(5000):
            with Connection(postern.socket) as connection, contextlib.suppress(ConnectionError):
                connection.send(mutated(chance, chance.choice(samples)))
                if number % 2 == 0:
                    connection.socket.shutdown(socket.SHUT_WR)
                    assert connection.is_closed(5)
    assert postern.process.is_running
    assert postern.process.memory() - before < 30 * 1024 * 1024


def times(postern: Postern, count: int = 200) -> list[float]:
    took = []
    with Connection(postern.socket) as connection:
        for _ in range(count):
            began = time.perf_counter()
            assert connection.ask(verify()).status == 401
            took.append(time.perf_counter() - began)
    return took


@pytest.mark.timeout(300)
def test_threat_09_peers_that_stall_delay_nobody(new_postern) -> None:
    postern = new_postern()
    postern.start()
    quiet = statistics.median(times(postern))
    before = postern.process.memory()
    whole = request_bytes(HEALTH | {"HTTP_X": "x" * 1000})
    big = request_bytes({"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/auth/login"})
    peers = []
    for number in range(200):
        peer = Connection(postern.socket)
        match number % 5:
            case 0:  # never says a word
                pass
            case 1:  # half a record header
                peer.send(whole[:4])
            case 2:  # half a request
                peer.send(whole[: len(whole) // 2])
            case 3:  # asks and asks, and never reads
                peer.socket.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    for _ in range(5000):
                        peer.socket.send(big)
            case 4:  # asks for the end of the connection and does not close
                peer.send(request_bytes(HEALTH, flags=0))
        peers.append(peer)
    assert statistics.median(times(postern)) < quiet * 10 + 0.005
    assert max(times(postern)) < 1
    assert postern.process.memory() - before < 64 * 1024 * 1024
    for peer in peers:
        peer.close()
    with Connection(postern.socket) as connection:
        assert connection.ask(HEALTH).status == 200


def test_idle_connections_cost_no_thread(new_postern) -> None:
    postern = new_postern()
    postern.start()
    with contextlib.ExitStack() as stack:
        stack.enter_context(Connection(postern.socket)).ask(HEALTH)
        threads = len(os.listdir(f"/proc/{postern.process.pid}/task"))
        memory = postern.process.memory()
        for _ in range(800):
            assert stack.enter_context(Connection(postern.socket)).ask(HEALTH).status == 200
        assert len(os.listdir(f"/proc/{postern.process.pid}/task")) == threads
        assert postern.process.memory() - memory < 800 * 48 * 1024


def test_overload_is_503_with_retry_after_and_verify_goes_on(new_postern) -> None:
    postern = new_postern(POSTERN_ARGON2_MEMORY="19456", POSTERN_ARGON2_PASSES="2")
    postern.start()
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(Connection(postern.socket, 60)) for _ in range(600)]
        for order, connection in enumerate(crowd):
            connection.send(request_bytes(*login(f"nobody{order}@example.com")))
        with Connection(postern.socket) as connection:
            began = time.perf_counter()
            for _ in range(50):
                assert connection.ask(verify()).status == 401
            assert time.perf_counter() - began < 2
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            replies = list(pool.map(lambda connection: connection.reply(), crowd))
    statuses = {reply.status for reply in replies}
    assert 503 in statuses and statuses <= {401, 503, 429}, statuses
    for reply in replies:
        if reply.status == 503:
            assert int(reply.headers["Retry-After"]) > 0
    wait_for(lambda: Connection(postern.socket).ask(HEALTH).status == 200, "Postern after the crowd")
