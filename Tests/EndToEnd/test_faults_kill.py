"""What was acknowledged holds after a `kill -9`, and nothing is there twice."""

import concurrent.futures
import random
import sqlite3
import threading
import time

import pytest

from rig import fastcgi
from rig.fastcgi import Connection
from rig.postern import Postern

ROUNDS = 20
# At once: half of them register, half sign in with accounts of earlier rounds.
CLIENTS = 200


class Storm:
    """Clients that register and sign in until the process is gone, and remember what was acknowledged."""

    def __init__(self, postern: Postern, number: int, known: list[str]) -> None:
        self.postern = postern
        self.number = number
        self.known = known
        self.together = threading.Barrier(CLIENTS + 1, timeout=60)
        self.acknowledged = threading.Event()
        self.lock = threading.Lock()
        self.accounts: set[str] = set()
        self.tokens: list[str] = []

    def client(self, client: int) -> None:
        with Connection(self.postern.socket) as connection:
            self.together.wait()
            try:
                for order in range(10):
                    if client % 2 and self.known:
                        self.ask(connection, "login", self.known[(client + order) % len(self.known)])
                    else:
                        self.ask(connection, "register", f"r{self.number}c{client}n{order}@example.com")
            except (OSError, EOFError):
                pass  # The kill.

    def ask(self, connection: Connection, route: str, email: str) -> None:
        reply = connection.ask(*fastcgi.post(route, email))
        if reply.status == 503:
            return
        assert reply.status == {"register": 201, "login": 200}[route], reply
        with self.lock:
            self.accounts.add(email)
            self.tokens.append(reply.cookies["refresh_token_cookie"])
        self.acknowledged.set()

    def run(self, chance: random.Random) -> None:
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self.client, client) for client in range(CLIENTS)]
            self.together.wait()
            self.acknowledged.wait(20)
            time.sleep(chance.uniform(0, 0.6))
            self.postern.kill()
        for client in clients:
            client.result()


@pytest.mark.timeout(600)
def test_acknowledged_accounts_and_sessions_survive_kill(workspace) -> None:
    postern = Postern(workspace / "kill", "http://127.0.0.1:8080")
    chance = random.Random(8)
    accounts: set[str] = set()
    tokens: list[str] = []
    for number in range(ROUNDS):
        postern.start()
        storm = Storm(postern, number, sorted(accounts))
        storm.run(chance)
        assert storm.tokens, f"round {number} was over before anything was acknowledged"
        accounts |= storm.accounts
        tokens += storm.tokens
    postern.start()

    def is_there(email: str) -> None:
        with Connection(postern.socket) as connection:
            reply = connection.ask(*fastcgi.post("register", email))
            assert (reply.status, b"already registered" in reply.body) == (400, True), (email, reply)
            assert connection.ask(*fastcgi.post("login", email)).status == 200, email

    try:
        with Connection(postern.socket) as connection:
            for token in tokens:
                reply = connection.ask(fastcgi.refresh(token))
                assert reply.status == 200, reply
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(is_there, sorted(accounts)))
        listed = postern.command("user", "list")
        addresses = [word for word in listed.stdout.split() if word.endswith("@example.com")]
        assert len(addresses) == len(set(addresses)) and set(addresses) >= accounts
    finally:
        postern.stop()
    databases = list(postern.data.glob("*.db"))
    assert len(databases) == 1
    with sqlite3.connect(databases[0]) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    print(f"{len(accounts)} accounts and {len(tokens)} sessions were acknowledged in {ROUNDS} rounds; all are there")


class Visits:
    """People who come back, refresh and sign out until the process is gone; what was acknowledged is remembered."""

    def __init__(self, postern: Postern, number: int) -> None:
        self.postern = postern
        self.number = number
        # Refresh tokens that were handed out last, and tokens of sessions whose end was acknowledged.
        self.latest: list[str] = []
        self.ended: list[dict[str, str]] = []
        self.unknown = 0
        self.begun = threading.Event()

    def ask(self, connection: Connection, route: str, cookies: dict[str, str]) -> fastcgi.Reply:
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        fields = {"REQUEST_METHOD": "POST", "SCRIPT_NAME": f"/api/auth/{route}", "REMOTE_ADDR": "127.0.0.1"}
        return connection.ask(fields | {"HTTP_COOKIE": cookie})

    def client(self, client: int) -> None:
        """A session after the other: registered, refreshed, and every other one ended."""
        try:
            with Connection(self.postern.socket) as connection:
                for order in range(1000):
                    reply = connection.ask(*fastcgi.post("register", f"v{self.number}c{client}n{order}@example.com"))
                    assert reply.status == 201, reply
                    cookies = reply.cookies
                    reply = self.ask(connection, "token/refresh", cookies)
                    assert reply.status == 200, reply
                    cookies = reply.cookies
                    if order % 2:
                        self.latest.append(cookies["refresh_token_cookie"])
                    else:
                        reply = self.ask(connection, "logout", cookies)
                        assert reply.status == 200, reply
                        self.ended.append(cookies)
                    if self.latest and self.ended:
                        self.begun.set()
        except (OSError, EOFError):
            self.unknown += 1

    def run(self, chance: random.Random) -> None:
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            clients = [pool.submit(self.client, client) for client in range(32)]
            assert self.begun.wait(20)
            time.sleep(chance.uniform(0.1, 0.5))
            self.postern.kill()
        for client in clients:
            client.result()


@pytest.mark.timeout(120)
def test_acknowledged_refreshes_and_logouts_survive_kill(workspace) -> None:
    postern = Postern(workspace / "kill-visits", "http://127.0.0.1:8080")
    chance = random.Random(5)
    refreshed = ended = 0
    for number in range(5):
        postern.start()
        visits = Visits(postern, number)
        visits.run(chance)
        assert visits.latest and visits.ended, f"round {number} was over before anything was acknowledged"
        begun = time.monotonic()
        postern.start()
        assert time.monotonic() - begun < 5, "the database was taken up at once"
        with Connection(postern.socket) as connection:
            # A generation that the database does not know of is refused.
            for token in visits.latest:
                reply = visits.ask(connection, "token/refresh", {"refresh_token_cookie": token})
                assert reply.status == 200, reply
            for cookies in visits.ended:
                gate = fastcgi.verify(HTTP_COOKIE=f"access_token_cookie={cookies['access_token_cookie']}")
                assert connection.ask(gate).status == 401
                token = cookies["refresh_token_cookie"]
                assert connection.ask(fastcgi.verify(HTTP_COOKIE=f"refresh_token_cookie={token}")).status == 401
                assert visits.ask(connection, "token/refresh", {"refresh_token_cookie": token}).status == 401
        postern.stop()
        with sqlite3.connect(postern.data / "postern.db") as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        refreshed, ended = refreshed + len(visits.latest), ended + len(visits.ended)
    print(f"{refreshed} refreshes and {ended} logouts were acknowledged in 5 rounds; all hold")
