"""What becomes of a password in the database."""

import contextlib
import sqlite3

from rig.fastcgi import Connection, post
from rig.postern import Postern
from rig.processes import wait_for


def hashes(postern: Postern) -> list[str]:
    with contextlib.closing(sqlite3.connect(postern.data / "postern.db")) as database:
        return [row[0] for row in database.execute("SELECT password_hash FROM accounts")]


def test_password_is_hashed_anew_at_the_next_login_under_other_parameters(new_postern) -> None:
    postern = new_postern(POSTERN_ARGON2_MEMORY="7168")
    postern.start()
    with Connection(postern.socket) as connection:
        assert connection.ask(*post("register", "ann@example.com")).status == 201
    assert "m=7168," in hashes(postern)[0]
    assert postern.stop() == 0
    postern.environment["POSTERN_ARGON2_MEMORY"] = "8192"
    postern.start()
    with Connection(postern.socket) as connection:
        assert connection.ask(*post("login", "ann@example.com")).status == 200
        wait_for(lambda: "m=8192," in hashes(postern)[0], "another hash")
        assert connection.ask(*post("login", "ann@example.com")).status == 200
