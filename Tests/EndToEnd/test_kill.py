"""What was acknowledged is there after a `kill -9`, and nothing is there twice."""

import concurrent.futures
import random
import sqlite3
import threading
import time

import pytest

from rig import fastcgi
from rig.fastcgi import Connection
from rig.postern import Postern
from rig.site import PASSWORD

ROUNDS = 20
CLIENTS = 20
REQUESTS_PER_CLIENT = 10


def post(connection: Connection, route: str, email: str) -> fastcgi.Reply:
    body = b'{"email": "%s", "password": "%s"}' % (email.encode(), PASSWORD.encode())
    fields = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": f"/api/auth/{route}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
    }
    return connection.ask(fields, body)


class Storm:
    """Clients that register and sign in as fast as they can until the process is gone."""

    def __init__(self, postern: Postern, number: int) -> None:
        self.postern = postern
        self.number = number
        self.lock = threading.Lock()
        self.started = threading.Event()
        self.accounts: set[str] = set()
        self.tokens: list[str] = []

    def client(self, client: int) -> None:
        try:
            with Connection(self.postern.socket) as connection:
                for order in range(REQUESTS_PER_CLIENT // 2):
                    email = f"r{self.number}c{client}n{order}@example.com"
                    for route, status in (("register", 201), ("login", 200)):
                        reply = post(connection, route, email)
                        assert reply.status == status, reply
                        with self.lock:
                            self.accounts.add(email)
                            self.tokens.append(reply.cookies["refresh_token_cookie"])
                        self.started.set()
        except (OSError, EOFError):
            pass  # The kill.

    def run(self, chance: random.Random) -> None:
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self.client, client) for client in range(CLIENTS)]
            self.started.wait(20)
            time.sleep(chance.uniform(0, 0.25))
            self.postern.kill()
        for client in clients:
            client.result()


@pytest.mark.timeout(400)
def test_acknowledged_accounts_and_sessions_survive_kill(workspace) -> None:
    postern = Postern(workspace / "kill", "http://127.0.0.1:8080")
    chance = random.Random(8)
    accounts: set[str] = set()
    tokens: list[str] = []
    for number in range(ROUNDS):
        postern.start()
        storm = Storm(postern, number)
        storm.run(chance)
        accounts |= storm.accounts
        tokens += storm.tokens
        assert storm.accounts, f"round {number} was over before anything was acknowledged"
    postern.start()
    try:
        with Connection(postern.socket) as connection:
            for email in sorted(accounts):
                reply = post(connection, "register", email)
                assert (reply.status, b"already registered" in reply.body) == (400, True), (email, reply)
                assert post(connection, "login", email).status == 200, email
            for token in tokens:
                reply = connection.ask(
                    {
                        "REQUEST_METHOD": "POST",
                        "SCRIPT_NAME": "/api/auth/token/refresh",
                        "REMOTE_ADDR": "127.0.0.1",
                        "HTTP_COOKIE": f"refresh_token_cookie={token}",
                    }
                )
                assert reply.status == 200, reply
    finally:
        postern.stop()
    databases = list(postern.data.glob("*.db"))
    assert len(databases) == 1
    with sqlite3.connect(databases[0]) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    print(
        f"{len(accounts)} accounts and {len(tokens)} sessions were acknowledged in {ROUNDS} rounds, and all are there"
    )
