"""Load from processes of their own, so that what a test measures beside it is Postern and not the test."""

import base64
import collections
import contextlib
import json
import multiprocessing
import os
import secrets
import threading
import typing

from rig.fastcgi import Address, Connection, Reply, login, post, refresh, verify

# Asks once, over a connection of its own.
Ask = typing.Callable[[Connection], Reply]

UPLOAD = b"x" * (5 << 20)


def logins() -> Ask:
    """Right ones, of one account; the first one makes it."""
    email = f"login{secrets.token_hex(8)}@example.com"
    routes = iter(["register"])
    return lambda connection: connection.ask(*post(next(routes, "login"), email))


def failed_logins() -> Ask:
    return lambda connection: connection.ask(*login(f"nobody{secrets.token_hex(8)}@example.com"))


def registrations() -> Ask:
    return lambda connection: connection.ask(*post("register", f"new{secrets.token_hex(8)}@example.com"))


def refreshes() -> Ask:
    """Of one session; each with the token that the one before has given."""
    token = ""

    def ask(connection: Connection) -> Reply:
        nonlocal token
        if token:
            reply = connection.ask(refresh(token))
        else:
            reply = connection.ask(*post("register", f"refresh{secrets.token_hex(8)}@example.com"))
        token = reply.cookies.get("refresh_token_cookie", token)
        return reply

    return ask


def uploads() -> Ask:
    """5 MiB, which is more than the route takes."""
    fields, _ = post("register", "")
    return lambda connection: connection.ask(fields | {"CONTENT_LENGTH": str(len(UPLOAD))}, UPLOAD)


def forgeries() -> Ask:
    """Tokens under a public key's id, each with another signature, which has to be checked."""
    header: dict[str, str] = {}

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    def ask(connection: Connection) -> Reply:
        nonlocal header
        if not header:
            reply = connection.ask(*post("register", f"forger{secrets.token_hex(8)}@example.com"))
            genuine = reply.cookies["access_token_cookie"].partition(".")[0]
            header = json.loads(base64.urlsafe_b64decode(genuine + "=="))
        token = ".".join(
            [part(json.dumps(header).encode()), part(b'{"sub": "%s"}' % secrets.token_hex(8).encode()),
             part(os.urandom(64))]
        )  # fmt: skip
        return connection.ask(verify(HTTP_COOKIE=f"access_token_cookie={token}"))

    return ask


class Storm:
    """So many callers of each kind, all of a kind in one process, for as long as the `with` lasts; `statuses` says
    behind it what was answered."""

    def __init__(self, address: Address, kinds: dict[typing.Callable[[], Ask], int]) -> None:
        spawning = multiprocessing.get_context("spawn")
        self.statuses: dict[str, collections.Counter[int]] = {}
        self.begun = spawning.Barrier(len(kinds) + 1, timeout=60)
        self.over = spawning.Event()
        self.results = spawning.SimpleQueue()
        self.processes = [
            spawning.Process(target=blow, args=(address, kind, callers, self.begun, self.over, self.results))
            for kind, callers in kinds.items()
        ]

    def __enter__(self) -> typing.Self:
        for process in self.processes:
            process.start()
        self.begun.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for _ in self.processes:
            name, statuses = self.results.get()
            self.statuses[name] = statuses
        for process in self.processes:
            process.join()


def blow(address: Address, kind: typing.Callable[[], Ask], callers: int, begun, over, results) -> None:
    """What one process of a storm does. It has begun when every caller has had an answer. It yields to Postern and to
    whoever measures, as if it ran on another machine."""
    os.nice(10)
    statuses: collections.Counter[int] = collections.Counter()
    answered = threading.Barrier(callers + 1, timeout=60)

    def caller() -> None:
        ask = kind()
        with Connection(address, 60) as connection:
            statuses[ask(connection).status] += 1
            answered.wait()
            while not over.is_set():
                statuses[ask(connection).status] += 1

    threads = [threading.Thread(target=caller, daemon=True) for _ in range(callers)]
    for thread in threads:
        thread.start()
    with contextlib.suppress(threading.BrokenBarrierError):
        answered.wait()
        begun.wait()
        for thread in threads:
            thread.join()
    results.put((kind.__name__, statuses))
