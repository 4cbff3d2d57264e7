"""FastCGI records that no web server sends. Row 9 of the threats in docs/security.md; "section" is one of the FastCGI
specification 1.0."""

import contextlib
import random
import socket
import struct
import typing

import pytest

from rig import fastcgi
from rig.fastcgi import HEALTH, KEEP, Connection, begin, pair, parameters, record, request_bytes, verify
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


PARAMS_END = record(fastcgi.PARAMS)
BODY_END = record(fastcgi.STDIN)
A = pair("A", "b")


def block(content: bytes) -> bytes:
    """A request with these bytes as its parameters, up to their end and no further."""
    return begin() + record(fastcgi.PARAMS, content) + PARAMS_END


def four(number: int) -> bytes:
    """A length of four bytes, whatever it is."""
    return struct.pack(">I", number | 0x80000000)


HUGE = (0x7FFFFFFF, 0x7FFFFFFE, 0x7FFFFFF0, 0x7FFFFFF7, 0x40000000, 70_000)
# Behind these nobody could know where the next record begins, or what the current request is: the connection is closed.
MALFORMED = {
    **{f"name length {size:#x}": block(four(size) + b"\x01x") for size in HUGE},
    **{f"value length {size:#x}": block(b"\x01" + four(size) + b"x") for size in HUGE},
    **{f"both lengths {size:#x}": block(four(size) * 2 + b"x") for size in HUGE},
    # Their sum is 0 where 32 bits hold it.
    "lengths that wrap": block(four(0x7FFFFFFF) + four(0x00000001) + b"x"),
    "lengths beyond the end": block(b"\x10\x10short"),
    "a length beyond the end, behind a good pair": block(A + b"\x01\x02x"),
    "half a length": block(b"\x80\x00"),
    "a name length and nothing": block(A + b"\x01"),
    "lengths of two records that do not add up": begin() + record(fastcgi.PARAMS, A)
    + record(fastcgi.PARAMS, b"\x05\x05x") + PARAMS_END,
    "a NUL in a value": block(pair("A", b"b\0c")) + BODY_END,
    "a NUL in a name": block(pair(b"A\0B", "c")) + BODY_END,
    "values with lengths beyond the end": record(fastcgi.GET_VALUES, b"\x10\x00FCGI", 0),
    "values with a huge length": record(fastcgi.GET_VALUES, four(0x7FFFFFFF) + b"\x00F", 0),
    "values of a request": begin() + record(fastcgi.GET_VALUES, pair("FCGI_MPXS_CONNS", "")),
    "version 0": record(fastcgi.BEGIN, b"\0\1\1\0\0\0\0\0", version=0),
    "version 2": record(fastcgi.BEGIN, b"\0\1\1\0\0\0\0\0", version=2),
    "version 2 in the middle": begin() + record(fastcgi.PARAMS, A, version=2),
    "short begin": record(fastcgi.BEGIN, b"\0\1"),
    "empty begin": record(fastcgi.BEGIN),
    "long begin": record(fastcgi.BEGIN, b"\0\1\1" + b"\0" * 100),
    "begin of request 0": begin(request=0),
    "begin twice": begin() + begin(),
    "begin twice, in the body": block(A) + begin(),
    "body before the parameters": begin() + record(fastcgi.STDIN, b"x"),
    "parameters behind their end": block(A) + record(fastcgi.PARAMS, A),
    "end from the wrong side": begin() + record(fastcgi.END, b"\0" * 8),
    "output from the wrong side": begin() + record(fastcgi.STDOUT, b"x"),
    "errors from the wrong side": block(A) + record(fastcgi.STDERR, b"x"),
    "data of a role that is not served": begin() + record(fastcgi.DATA, b"x"),
    "result from the wrong side": begin() + record(fastcgi.GET_VALUES_RESULT, A),
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "tls": bytes.fromhex("16030100") + bytes(200),
    "zeros": b"\0" * 4096,
    "noise": b"\x80" + random.Random(9).randbytes(4096),
}  # fmt: skip


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


