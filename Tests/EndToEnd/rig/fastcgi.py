"""FastCGI from the web server's side (FastCGI specification 1.0): records to the byte, so that tests can break them."""

import contextlib
import dataclasses
import json
import pathlib
import socket
import struct
import typing

from rig.site import PASSWORD

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = range(1, 12)
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
KEEP = 1
REQUEST_COMPLETE, CANNOT_MULTIPLEX, OVERLOADED, UNKNOWN_ROLE = range(4)

Address = pathlib.Path | tuple[str, int]


def record(kind: int, content: bytes = b"", request: int = 1, *, version: int = 1, padding: int = 0) -> bytes:
    return struct.pack(">BBHHBB", version, kind, request, len(content), padding, 0) + content + b"\0" * padding


def begin(role: int = RESPONDER, flags: int = KEEP, request: int = 1) -> bytes:
    return record(BEGIN, struct.pack(">HB5x", role, flags), request)


def length(number: int) -> bytes:
    return bytes([number]) if number < 128 else struct.pack(">I", number | 0x80000000)


def pair(name: str | bytes, value: str | bytes) -> bytes:
    name, value = (text.encode() if isinstance(text, str) else text for text in (name, value))
    return length(len(name)) + length(len(value)) + name + value


def parameters(fields: dict[str, str]) -> bytes:
    return b"".join(pair(name, value) for name, value in fields.items())


def request_bytes(
    fields: dict[str, str], body: bytes = b"", *, role: int = RESPONDER, flags: int = KEEP, request: int = 1
) -> bytes:
    """A whole request, as nginx sends it."""
    block = parameters(fields)
    text = begin(role, flags, request)
    for start in range(0, len(block), 65535):
        text += record(PARAMS, block[start : start + 65535], request)
    text += record(PARAMS, b"", request)
    if role != AUTHORIZER:
        for start in range(0, len(body), 65535):
            text += record(STDIN, body[start : start + 65535], request)
        text += record(STDIN, b"", request)
    return text


@dataclasses.dataclass
class Reply:
    status: int
    lines: list[tuple[str, str]]
    body: bytes
    protocol_status: int

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.lines)

    @property
    def cookies(self) -> dict[str, str]:
        pairs = (value.partition(";")[0].partition("=") for name, value in self.lines if name == "Set-Cookie")
        return {name: value for name, _, value in pairs}


class Connection:
    """One connection to Postern."""

    def __init__(self, address: Address, seconds: float = 10) -> None:
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family)
        self.socket.settimeout(seconds)
        self.socket.connect(address if isinstance(address, tuple) else str(address))

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            chunk = self.socket.recv(count - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return data

    def receive(self) -> tuple[int, int, bytes]:
        """The next record: kind, request and content. EOFError when the connection has ended."""
        version, kind, request, size, padding, _ = struct.unpack(">BBHHBB", self.exactly(8))
        assert version == 1
        return kind, request, self.exactly(size + padding)[:size]

    def reply(self, request: int = 1) -> Reply:
        """Everything up to the end of that request."""
        output = b""
        while True:
            kind, number, content = self.receive()
            assert number == request, f"a record of request {number} where {request} was asked"
            if kind == STDOUT:
                output += content
            elif kind == END:
                _, protocol_status = struct.unpack(">IB3x", content)
                break
            else:
                assert kind == STDERR, kind
        head, _, body = output.partition(b"\r\n\r\n")
        parts = [line.decode().partition(": ") for line in head.split(b"\r\n") if line]
        lines = [(name, value) for name, _, value in parts]
        return Reply(int(dict(lines).get("Status", "200").split()[0]), lines, body, protocol_status)

    def ask(self, fields: dict[str, str], body: bytes = b"", **options: int) -> Reply:
        self.send(request_bytes(fields, body, **options))
        return self.reply(options.get("request", 1))

    def is_closed(self, seconds: float = 5) -> bool:
        """Whether the other side has closed, or does so in time; what it still sends is thrown away."""
        self.socket.settimeout(seconds)
        with contextlib.suppress(ConnectionError):
            try:
                while self.socket.recv(65536):
                    pass
            except TimeoutError:
                return False
        return True


HEALTH = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/api/auth/healthz", "REMOTE_ADDR": "127.0.0.1"}


def verify(**fields: str) -> dict[str, str]:
    """The parameters of the shipped nginx files' question."""
    return {
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": "/private/",
        "REMOTE_ADDR": "127.0.0.1",
        "SCRIPT_NAME": "/api/auth/verify",
        "AUTH_REQUIRE": "signed-in",
        **fields,
    }


def post(route: str, email: str, password: str = PASSWORD) -> tuple[dict[str, str], bytes]:
    """Parameters and body of a request that brings both, such as a registration."""
    body = json.dumps({"email": email, "password": password}).encode()
    fields = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": f"/api/auth/{route}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
    }
    return fields, body


def login(email: str, password: str = "wrong horse") -> tuple[dict[str, str], bytes]:
    """Parameters and body of a sign-in."""
    return post("login", email, password)


def refresh(token: str) -> dict[str, str]:
    """The parameters of a refresh."""
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "/api/auth/token/refresh",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_COOKIE": f"refresh_token_cookie={token}",
    }
