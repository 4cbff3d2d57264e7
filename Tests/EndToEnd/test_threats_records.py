"""FastCGI records that no web server sends. Row 9 of the threats in docs/security.md; "section" is one of the FastCGI
specification 1.0."""

import contextlib
import random
import socket
import typing

import pytest

from rig import fastcgi
from rig.fastcgi import HEALTH, KEEP, Connection, begin, pair, parameters, record, request_bytes, verify
from rig.malformed import BODY_END, MALFORMED, PARAMS_END, A, block, four, mutated
from rig.postern import Postern


@pytest.fixture(scope="module")
def postern(workspace) -> typing.Iterator[Postern]:
    shared = Postern(workspace / "records", "http://127.0.0.1:8080")
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


@pytest.mark.parametrize("name", MALFORMED)
def test_threat_09_malformed_records(postern: Postern, name: str) -> None:
    """Closed, without an answer and without waiting for more; nobody else notices."""
    before = postern.process.memory()
    with still_serving(postern):
        for _ in range(20):
            with Connection(postern.socket) as connection:
                connection.send(MALFORMED[name])
                with contextlib.suppress(ConnectionResetError):
                    assert connection.socket.recv(65536) == b""
    assert postern.process.memory() - before < 8 << 20


VALUE = record(fastcgi.GET_VALUES_RESULT, pair("FCGI_MPXS_CONNS", "0"), 0)
TWELVE = record(fastcgi.GET_VALUES, pair("FCGI_MPXS_CONNS", "") * 12, 0)
FIRST, SECOND = (record(fastcgi.PARAMS, part) for part in (parameters(HEALTH)[:20], parameters(HEALTH)[20:]))


def unknown(kind: int) -> bytes:
    return record(fastcgi.UNKNOWN_TYPE, bytes([kind]) + bytes(7), 0)


def ended(status: int, request: int = 1) -> bytes:
    return record(fastcgi.END, bytes(4) + bytes([status]) + bytes(3), request)


# What is sent before or between the records of a request, and what comes back before its answer.
ODD: dict[str, tuple[bytes, bytes]] = {
    # Section 4.1; it made libfcgi write behind its buffer.
    "a value asked for twelve times": (TWELVE, VALUE),
    "a value asked for a thousand times": (
        record(fastcgi.GET_VALUES, pair("FCGI_MPXS_CONNS", "") * 1000, 0), VALUE),
    "values that nobody knows": (
        record(fastcgi.GET_VALUES, b"".join(pair(f"X{number}", "") for number in range(500)), 0),
        record(fastcgi.GET_VALUES_RESULT, b"", 0)),
    # Section 4.2.
    **{f"management record of type {kind}": (record(kind, b"x", 0), unknown(kind)) for kind in (0, 12, 77, 255)},
    "a type that nobody knows, with a request": (record(200, b"x", 5), unknown(200)),
    # Section 3.3: of a request that is not there. Whoever gives a request up may cross its answer.
    "foreign abort": (record(fastcgi.ABORT, request=9), b""),
    "abort with a content": (record(fastcgi.ABORT, b"x" * 100, request=9), b""),
    "parameters of another request": (record(fastcgi.PARAMS, A, 2) + record(fastcgi.PARAMS, b"", 2), b""),
    "body of another request": (record(fastcgi.STDIN, b"x", 2) + record(fastcgi.STDIN, b"", 2), b""),
    "an end of another request": (ended(0, 2), b""),
}  # fmt: skip
# And what can only stand in one of the places.
BEFORE = {
    "stray abort": (record(fastcgi.ABORT), b""),
    "parameters of no request": (record(fastcgi.PARAMS, A) + PARAMS_END, b""),
    "body of no request": (record(fastcgi.STDIN, b"x"), b""),
    **{f"role {role}": (begin(role, KEEP, 7), ended(fastcgi.UNKNOWN_ROLE, 7)) for role in (0, 3, 4, 65535)},
}
BETWEEN = {"second request meanwhile": (begin(request=2), ended(fastcgi.CANNOT_MULTIPLEX, 2))}


@pytest.mark.parametrize("name", [*ODD, *BEFORE, *BETWEEN])
def test_threat_09_odd_records_are_answered_as_fastcgi_says(postern: Postern, name: str) -> None:
    odd, answer = (ODD | BEFORE | BETWEEN)[name]
    rest = PARAMS_END + BODY_END
    places = []
    if name not in BETWEEN:
        places.append(odd + begin() + FIRST + SECOND + rest)
    if name not in BEFORE:
        places.append(begin() + odd + FIRST + SECOND + rest)
        places.append(begin() + FIRST + odd + SECOND + rest)
        places.append(begin() + FIRST + SECOND + odd + rest)
        places.append(begin() + FIRST + SECOND + PARAMS_END + odd + BODY_END)
    with still_serving(postern), Connection(postern.socket) as connection:
        for sent in places:
            connection.send(sent)
            assert connection.exactly(len(answer)) == answer
            assert connection.reply().headers.get("Status") == "200 OK"
        assert connection.ask(HEALTH).status == 200


def test_threat_09_abort_ends_a_request_and_not_the_connection(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        for sent in (begin(), begin() + FIRST, begin() + FIRST + SECOND + PARAMS_END + record(fastcgi.STDIN, b"x")):
            connection.send(sent + record(fastcgi.ABORT))
            kind, request, _ = connection.receive()
            assert (kind, request) == (fastcgi.END, 1)
            assert connection.ask(HEALTH, request=2).status == 200


def test_threat_09_odd_records_without_end_take_no_memory(postern: Postern) -> None:
    """Records that concern nobody, one behind the other, are passed over."""
    before = postern.process.memory()
    many = b"".join(odd for odd, answer in ODD.values() if not answer) * 200
    with still_serving(postern), Connection(postern.socket) as connection:
        connection.send(begin())
        for _ in range(200):
            connection.send(many)
        connection.send(FIRST + SECOND + PARAMS_END + BODY_END)
        assert connection.reply().status == 200
    assert postern.process.memory() - before < 8 << 20


def test_threat_09_short_and_interleaved_records(postern: Postern) -> None:
    """One byte a record, with padding, among records of other requests; the whole then byte by byte."""
    fields = HEALTH | {"REQUEST_METHOD": "POST", "SCRIPT_NAME": "/api/auth/login", "CONTENT_TYPE": "application/json"}
    body = b'{"email": "nobody@example.com", "password": "wrong horse"}'
    foreign = record(fastcgi.STDIN, b"other", 300, padding=7) + record(fastcgi.PARAMS, A, 301)
    sent = begin()
    for kind, content in ((fastcgi.PARAMS, parameters(fields)), (fastcgi.STDIN, body)):
        for position, byte in enumerate(content):
            sent += record(kind, bytes([byte]), padding=position % 256) + (foreign if position % 10 == 0 else b"")
        sent += record(kind, padding=255)
    with still_serving(postern), Connection(postern.socket) as connection:
        connection.send(sent)
        assert connection.reply().status == 401
        for position in range(0, 2000):
            connection.send(sent[position : position + 1])
        connection.send(sent[2000:])
        assert connection.reply().status == 401
        # A length that could be one byte may be four.
        long = b"".join(four(len(name)) + four(len(value)) + (name + value).encode() for name, value in HEALTH.items())
        connection.send(block(long) + BODY_END)
        assert connection.reply().status == 200


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


