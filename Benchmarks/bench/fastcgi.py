"""A FastCGI client in a few lines (FastCGI 1.0, sections 3 and 6.2): requests as bytes, and one answer at a time."""

import dataclasses
import socket
import struct

BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
RESPONDER, KEEP_CONNECTION = 1, 1


@dataclasses.dataclass
class Answer:
    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]


def request(parameters: dict[str, str], body: bytes = b"") -> bytes:
    """The records of one request to a responder, which is asked to keep the connection."""
    pairs = b"".join(_pair(name.encode(), value.encode()) for name, value in parameters.items())
    return (
        _record(BEGIN_REQUEST, struct.pack(">HB5x", RESPONDER, KEEP_CONNECTION))
        + _stream(PARAMS, pairs)
        + _stream(STDIN, body)
    )


def ask(path: str, parameters: dict[str, str], body: bytes = b"", timeout: float = 10) -> Answer:
    """Asks one question over a connection of its own. Raises OSError when the server cannot be reached or hangs up."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(path)
        return exchange(connection, request(parameters, body))


def exchange(connection: socket.socket, question: bytes) -> Answer:
    """Sends one request and reads its answer. Raises OSError when the server hangs up or is silent for too long."""
    connection.sendall(question)
    output = b""
    while True:
        _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", _exactly(connection, 8))
        content = _exactly(connection, length + padding)[:length]
        if kind == STDOUT:
            output += content
        elif kind == END_REQUEST:
            return _parsed(output)


def _parsed(output: bytes) -> Answer:
    head, _, body = output.partition(b"\r\n\r\n")
    fields = []
    for line in head.decode().split("\r\n"):
        name, _, value = line.partition(":")
        fields.append((name, value.strip()))
    status = next((value for name, value in fields if name.lower() == "status"), "200")
    return Answer(int(status.split()[0]), fields, body)


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = connection.recv(count - len(received))
        if not piece:
            raise ConnectionResetError("the server closed the connection before its answer was whole")
        received += piece
    return received


def _stream(kind: int, content: bytes) -> bytes:
    pieces = [content[start : start + 65535] for start in range(0, len(content), 65535)]
    return b"".join(_record(kind, piece) for piece in pieces) + _record(kind, b"")


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def _pair(name: bytes, value: bytes) -> bytes:
    return _length(name) + _length(value) + name + value


def _length(content: bytes) -> bytes:
    return bytes([len(content)]) if len(content) < 128 else struct.pack(">I", len(content) | 0x80000000)
