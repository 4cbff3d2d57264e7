"""Who comes over Postern's socket itself: questions by the thousand, guesses of passwords, and records of every
shape."""

import contextlib
import socket
import time

from rig import fastcgi
from rig.client import Client
from rig.fastcgi import HEALTH, Connection, begin, request_bytes, verify
from rig.load import Actor
from rig.malformed import MALFORMED, mutated
from rig.people import ACCESS, REFRESH
from rig.site import PASSWORD

# Life of an access token while there is load.
ACCESS_SECONDS = 60
# Questions that are sent at once.
BATCH = 50


def account(target_port: int, email: str) -> Client:
    """Somebody who is signed in; the account is made when it is not there."""
    client = Client(target_port)
    fields = {"email": email, "password": PASSWORD}
    if client.post("/api/auth/login", fields).status != 200:
        answer = client.post("/api/auth/register", fields)
        assert answer.status == 201, answer
    return client


class Flood(Actor):
    """Asks `verify` as fast as it is told to, with tokens that are good, that have run out, that are revoked, and that
    never were any. How long a single question takes is noted."""

    def act(self) -> None:
        email = f"flood{self.chance.randrange(20)}-{id(self)}@example.com"
        client = account(self.target.port, email)
        good = {"HTTP_COOKIE": f"{ACCESS}={client.cookies[ACCESS]}; {REFRESH}={client.cookies[REFRESH]}"}
        forged = {"HTTP_COOKIE": f"{ACCESS}={client.cookies[ACCESS][:-8]}AAAAAAAA"}
        with Connection(self.target.socket) as connection:
            until = min(self.end, time.monotonic() + ACCESS_SECONDS / 4)
            while time.monotonic() < until:
                self.ask(connection, verify(**good), 204)
                self.ask(connection, verify(AUTH_REQUIRE="role=admin", **good), 403)
                self.ask(connection, verify(**forged), 401)
                self.ask(connection, verify(), 401)
                self.ask(connection, HEALTH, 200)
                for _ in range(10):
                    asked = time.perf_counter()
                    reply = connection.ask(verify(**good))
                    self.ledger.took(time.perf_counter() - asked)
                    assert (reply.status, reply.body) == (204, b""), reply
                    time.sleep(0.002)
            answer = client.post("/api/auth/logout")
            assert answer.status == 200, answer
            # Neither by memory nor by anything that was remembered of its signature.
            self.ask(connection, verify(**good), 401)
            self.ledger.count("refused because revoked", BATCH)
        client.close()

    def ask(self, connection: Connection, fields: dict[str, str], status: int) -> None:
        """A batch of the same question: all of them are answered alike, to the length."""
        connection.send(BATCH * request_bytes(fields))
        first = connection.reply()
        assert first.status == status, (first.status, status, first)
        for _ in range(BATCH - 1):
            reply = connection.reply()
            assert (reply.status, reply.lines[0]) == (first.status, first.lines[0])
        self.ledger.count("questions over the socket", BATCH)


class LateComer(Actor):
    """Comes with a token that has run out, and with the refresh token beside it."""

    def act(self) -> None:
        late_by = 15
        if time.monotonic() + ACCESS_SECONDS + late_by > self.end:
            return time.sleep(0.2)
        client = account(self.target.port, f"late-{id(self)}@example.com")
        cookies = dict(client.cookies)
        time.sleep(ACCESS_SECONDS + late_by)
        late = Client(self.target.port)
        late.cookies = {ACCESS: cookies[ACCESS]}
        self.expect(late.get("/private/file.txt"), 401, about="a token that has run out")
        late.cookies = cookies
        self.expect(late.request("GET", "/private/file.txt", keep=False), 200, about="with the refresh token")
        self.expect(late.post("/api/auth/token/refresh"), 200, about="refresh")
        self.expect(late.post("/api/auth/logout"), 200)
        self.ledger.count("came late")
        client.close()
        late.close()


class Guesser(Actor):
    """Guesses passwords, of accounts that are there and that are not, from many addresses."""

    def act(self) -> None:
        fields, body = fastcgi.login(f"nobody{self.chance.randrange(8)}@example.com", "wrong horse")
        with Connection(self.target.socket, 30) as connection:
            for _ in range(8):
                reply = connection.ask(fields | {"REMOTE_ADDR": f"10.0.0.{self.chance.randrange(64)}"}, body)
                assert reply.status == 401, reply
                self.ledger.count("wrong passwords")


class Breaker(Actor):
    """Sends what is no FastCGI, leaves in the middle, and stands still."""

    def act(self) -> None:
        samples = [*MALFORMED.values(), request_bytes(verify(HTTP_COOKIE="access_token_cookie=a.b.c"))]
        stalled = [Connection(self.target.socket) for _ in range(4)]
        for number, peer in enumerate(stalled):
            peer.send(request_bytes(HEALTH)[: 4 + 9 * number])
        for _ in range(60):
            data = self.chance.choice(samples)
            data = data if self.chance.random() < 0.5 else mutated(self.chance, data)
            with Connection(self.target.socket) as connection, contextlib.suppress(ConnectionError):
                connection.send(data)
                if self.chance.random() < 0.7:
                    connection.socket.shutdown(socket.SHUT_WR)
                    assert connection.is_closed(10), f"not closed after {data[:200]!r}"
            self.ledger.count("broken records")
            time.sleep(0.02)
        with Connection(self.target.socket) as connection:
            connection.send(begin() + fastcgi.record(fastcgi.ABORT))
            connection.receive()
            assert connection.ask(HEALTH, request=2).status == 200
        for peer in stalled:
            peer.close()
