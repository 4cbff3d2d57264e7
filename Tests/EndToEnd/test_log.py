"""Whoever reads the log may hang or be gone: nobody who asks Postern notices, and no line is missing without a word."""

import fcntl
import os
import pathlib
import re
import socket
import typing

import pytest

from rig.fastcgi import HEALTH, Connection, verify
from rig.postern import Postern

# A line of the log for each, written by a worker.
REFUSED = {"REQUEST_METHOD": "POST", "SCRIPT_NAME": "/api/auth/register", "REMOTE_ADDR": "127.0.0.1"}
# What is kept for a reader that lags.
KEPT = 1 << 20


def small_pipe() -> tuple[int, int]:
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    return reader, writer


def journal() -> tuple[int, int]:
    """As systemd has it: a stream socket."""
    reader, writer = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    return reader.detach(), writer.detach()


def terminal() -> tuple[int, int]:
    """As `docker run -t` has it. It says that there is room as long as there is any, and then keeps whoever writes."""
    return os.openpty()


def logging(new_postern, channel: typing.Callable[[], tuple[int, int]]) -> tuple[Postern, int]:
    """A Postern that has started with its log going there, and the end at which it is read."""
    reader, writer = channel()
    postern = new_postern()
    postern.start(stderr=writer)
    os.close(writer)
    return postern, reader


def log_much(postern: Postern, lines: int) -> None:
    """So many lines of workers, and what reactors have to say."""
    with Connection(postern.socket) as connection:
        for _ in range(lines):
            assert connection.ask(REFUSED).status == 400
    for _ in range(40):
        with Connection(postern.socket) as connection:
            connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.is_closed()
    for number in range(10):
        with Connection(postern.socket) as connection:
            assert connection.ask(verify(AUTH_REQUIRE=f"nonsense-{number}")).status == 403


def threads(postern: Postern) -> list[str]:
    tasks = pathlib.Path(f"/proc/{postern.process.pid}/task")
    return [(task / "comm").read_text().strip() for task in tasks.iterdir()]


def read_until(reader: int, wanted: str) -> list[str]:
    text = b""
    while not re.search(wanted.encode() + rb"[^\n]*\n$", text):
        chunk = os.read(reader, 65536)
        assert chunk, text[-1000:]
        text += chunk
    return text.decode().splitlines()


@pytest.mark.parametrize("channel", [small_pipe, journal, terminal])
def test_reader_that_hangs_delays_nobody_and_misses_nothing(
    new_postern, channel: typing.Callable[[], tuple[int, int]]
) -> None:
    postern, reader = logging(new_postern, channel)
    log_much(postern, 2000)
    with Connection(postern.socket) as connection:
        for _ in range(100):
            assert connection.ask(verify()).status == 401
            assert connection.ask(HEALTH).status == 200
        # One thread waits for the reader, and no worker.
        assert threads(postern).count("log") == 1
        assert connection.ask(REFUSED | {"SCRIPT_NAME": "/api/auth/login"}).status in (400, 401)
    lines = read_until(reader, "path=/api/auth/login ")
    assert sum("path=/api/auth/register " in line for line in lines) == 2000
    assert sum("everyone is refused" in line for line in lines) == 10
    assert all(re.match(r"\d{4}-\d\d-\d\dT[0-9:.]{15}Z [a-z]+ [a-z]", line) for line in lines)
    # Nor does it keep the process from ending.
    log_much(postern, 1000)
    assert threads(postern).count("log") == 1
    assert postern.stop() == 0
    os.close(reader)


def test_lines_beyond_what_is_kept_are_counted(new_postern) -> None:
    postern, reader = logging(new_postern, small_pipe)
    agent = {"HTTP_USER_AGENT": "x" * 900}
    asked = 0
    with Connection(postern.socket) as connection:
        read_until(reader, " ready ")
        before = postern.process.memory()
        while asked * 150 < 4 * KEPT:
            assert connection.ask(REFUSED | agent).status == 400
            asked += 1
        assert postern.process.memory() - before < 8 * KEPT
        lines = read_until(reader, " lines are missing here")
        missing = int(re.search(r"count=(\d+)", lines[-1])[1])
        assert missing > 0
        assert sum("path=/api/auth/register " in line for line in lines) + missing == asked
        # From then on as ever.
        assert connection.ask(REFUSED | agent).status == 400
        [line] = read_until(reader, "path=/api/auth/register ")
    os.close(reader)


def test_reader_that_is_gone_stops_nobody(new_postern) -> None:
    postern, reader = logging(new_postern, small_pipe)
    os.close(reader)
    log_much(postern, 100)
    with Connection(postern.socket) as connection:
        assert connection.ask(verify()).status == 401
    assert postern.stop() == 0
