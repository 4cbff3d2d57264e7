"""SIGTERM in the middle of a storm: whoever was promised something has it, and the end comes in time."""

import concurrent.futures
import secrets
import signal
import threading
import time

import pytest

from rig.fastcgi import HEALTH, Connection, Reply, login, post, refresh, request_bytes, verify
from rig.processes import wait_for
from rig.storms import UPLOAD

# As docs/operations.md says, and some room for a machine with other things to do.
END = 10 + 10


class Client(Connection):
    """Knows whether an answer was cut."""

    taken = 0

    def exactly(self, count: int) -> bytes:
        data = super().exactly(count)
        self.taken += count
        return data

    def ask(self, fields: dict[str, str], body: bytes = b"", **options: int) -> Reply:
        self.taken = 0
        return super().ask(fields, body, **options)


class Storm:
    """Clients of every kind, who ask until their connection has ended, and remember what was acknowledged."""

    def __init__(self, address) -> None:
        self.address = address
        self.lock = threading.Lock()
        self.answers = 0
        self.cut = 0
        self.accounts: set[str] = set()
        self.refresh_tokens: dict[int, str] = {}

    def client(self, number: int) -> None:
        kind = (self.register, self.sign_in, self.renew, self.ask_who, self.upload)[number % 5]
        with Client(self.address, 60) as connection:
            try:
                while True:
                    kind(connection, number)
                    with self.lock:
                        self.answers += 1
            except (OSError, EOFError):
                with self.lock:
                    self.cut += connection.taken > 0

    def register(self, connection: Connection, number: int) -> None:
        email = f"new{secrets.token_hex(8)}@example.com"
        reply = connection.ask(*post("register", email))
        if reply.status != 503:
            assert reply.status == 201, reply
            with self.lock:
                self.accounts.add(email)

    def sign_in(self, connection: Connection, number: int) -> None:
        assert connection.ask(*login(f"nobody{number}@example.com")).status in (401, 503)

    def renew(self, connection: Connection, number: int) -> None:
        token = self.refresh_tokens.get(number)
        if token is None:
            reply = connection.ask(*post("register", f"renewing{number}@example.com"))
            assert reply.status in (201, 503), reply
        else:
            reply = connection.ask(refresh(token))
            assert reply.status in (200, 503), reply
        if reply.status != 503:
            self.refresh_tokens[number] = reply.cookies["refresh_token_cookie"]

    def ask_who(self, connection: Connection, number: int) -> None:
        assert connection.ask(verify(HTTP_COOKIE="access_token_cookie=a.b.c")).status == 401

    def upload(self, connection: Connection, number: int) -> None:
        fields, _ = post("register", "")
        assert connection.ask(fields | {"CONTENT_LENGTH": str(len(UPLOAD))}, UPLOAD).status == 413


@pytest.mark.timeout(180)
def test_stop_in_a_storm_ends_in_time_and_loses_nothing(new_postern) -> None:
    postern = new_postern()
    process = postern.start()
    storm = Storm(postern.socket)
    half = Connection(postern.socket)
    half.send(request_bytes(HEALTH)[:20])
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        clients = [pool.submit(storm.client, number) for number in range(60)]
        wait_for(lambda: len(storm.accounts) > 20 and len(storm.refresh_tokens) == 12, "acknowledged accounts")
        process.signal(signal.SIGTERM)
        began = time.monotonic()
        # At once nobody gets in any more; those who are in are answered.
        wait_for(lambda: not postern.socket.exists(), "the end of the socket file")
        assert process.child.wait(END) == 0
        took = time.monotonic() - began
    for client in clients:
        client.result()
    assert storm.cut == 0
    assert half.is_closed()
    print(f"{storm.answers} answers, {len(storm.accounts)} new accounts; ended after {took:.1f} s")

    postern.start()
    with Connection(postern.socket) as connection:
        for token in storm.refresh_tokens.values():
            assert connection.ask(refresh(token)).status == 200
        for email in storm.accounts:
            assert connection.ask(*post("login", email)).status == 200, email
