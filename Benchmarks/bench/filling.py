"""Rows put into the database of a Postern that is not running, in one transaction and not through a million requests.
Postern itself has made the file."""

import contextlib
import os
import pathlib
import sqlite3
import time
from collections.abc import Iterable

NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count) "


@contextlib.contextmanager
def opened(data: pathlib.Path):
    """The database in Postern's data directory; what was done is committed at the end, all of it or nothing."""
    with contextlib.closing(sqlite3.connect(data / "postern.db")) as connection, connection:
        yield connection


def add_accounts(data: pathlib.Path, count: int) -> None:
    """Accounts that nobody can sign in to, as they have no password."""
    with opened(data) as connection:
        connection.execute(
            NUMBERS
            + "INSERT INTO accounts (email, provider, is_verified, is_active, has_second_factor, epoch, created_at, "
            "updated_at, first_name, last_name) "
            "SELECT 'person' || n || '@example.com', 'local', 0, 1, 0, 0, :now, :now, 'Per', 'Son' FROM numbers",
            {"count": count, "now": _now()},
        )


def add_revocations(data: pathlib.Path, count: int) -> None:
    """Ended sessions whose access tokens could still live."""
    with opened(data) as connection:
        connection.execute(
            NUMBERS + "INSERT INTO revocations (session_high, session_low, at) "
            "SELECT random(), random(), :now FROM numbers",
            {"count": count, "now": _now()},
        )


def add_sessions(data: pathlib.Path, account: int, count: int) -> list[str]:
    """Live sessions of an account, each with its first refresh token; their ids, as tokens name them."""
    now = _now()
    ids = [os.urandom(16) for _ in range(count)]
    with opened(data) as connection:
        connection.executemany(
            "INSERT INTO sessions (id_high, id_low, account_id, generation, rotated_at, created_at, last_active_at, "
            "epoch, methods, proven_at, address, user_agent) "
            "VALUES (?, ?, ?, 1, ?, ?, ?, 0, 'pwd', ?, '127.0.0.1', 'postern-benchmarks')",
            ((*_halves(identifier), account, now, now, now, now) for identifier in ids),
        )
    return [_text(identifier) for identifier in ids]


def _halves(identifier: bytes) -> Iterable[int]:
    """The two halves as SQLite keeps them: 64 bits with a sign, the first byte being the highest."""
    return (int.from_bytes(half, "big", signed=True) for half in (identifier[:8], identifier[8:]))


def _text(identifier: bytes) -> str:
    digits = identifier.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000
