"""Whether anything tells which addresses have an account: time, words, fields. The number is that of docs/security.md.

Times are compared by a permutation test: were the two kinds of requests the same, any other way to deal the times out
to them would part the medians as far as the true one, as often as not. No time is fixed: a slow machine passes, too.
"""

import collections.abc
import concurrent.futures
import dataclasses
import hashlib
import itertools
import json
import random
import statistics
import time

import werkzeug.security

from rig.client import Answer, Client
from rig.site import PASSWORD, NginxSite, new_email

TRIES = 200
# Sent at once: less than what the hashes of the tests need to fill the time until an answer.
AT_ONCE = 12
DEALS = 5_000
# What differs between any two answers.
VARYING = {"date", "x-request-id"}


@dataclasses.dataclass
class Try:
    kind: str
    path: str
    body: dict


@dataclasses.dataclass
class Seen:
    """What somebody sees who tries."""

    times: dict[str, list[float]] = dataclasses.field(default_factory=dict)
    answers: dict[str, set[str]] = dataclasses.field(default_factory=dict)

    def add(self, kind: str, took: float, answer: Answer) -> None:
        self.times.setdefault(kind, []).append(took)
        fields = sorted((name.lower(), value) for name, value in answer.headers if name.lower() not in VARYING)
        self.answers.setdefault(kind, set()).add(json.dumps([answer.status, fields, answer.text]))


def can_be_told_apart(one: list[float], other: list[float]) -> bool:
    """Whether the medians are further apart than in any of some thousand random deals of the same times."""
    truth = abs(statistics.median(one) - statistics.median(other))
    generator = random.Random(17)
    times = one + other
    for _ in range(DEALS):
        generator.shuffle(times)
        if abs(statistics.median(times[: len(one)]) - statistics.median(times[len(one) :])) >= truth:
            return False
    return True


def attempt(site: NginxSite, tries: list[Try], at_once: int = AT_ONCE) -> Seen:
    """Sends all in random order, each on a connection that is open already."""
    seen = Seen()
    tries = random.Random(4).sample(tries, len(tries))

    def work(share: list[Try]) -> list[tuple[Try, float, Answer]]:
        client: Client = site.client()
        results = []
        for one in share:
            client.cookies.clear()
            client.get("/api/auth/healthz")
            began = time.perf_counter()
            answer = client.post(one.path, one.body)
            results.append((one, time.perf_counter() - began, answer))
        return results

    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for results in pool.map(work, [tries[number::at_once] for number in range(at_once)]):
            for one, took, answer in results:
                seen.add(one.kind, took, answer)
    return seen


def check(seen: Seen) -> None:
    assert len(set.union(*seen.answers.values())) == 1, seen.answers
    medians = {kind: statistics.median(times) for kind, times in seen.times.items()}
    for one, other in itertools.combinations(seen.times, 2):
        assert not can_be_told_apart(seen.times[one], seen.times[other]), (one, other, medians)


def tries(path: str, addresses: dict[str, collections.abc.Callable[[], str]], **fields: str) -> list[Try]:
    return [
        Try(kind, path, {"email": address(), **fields}) for kind, address in addresses.items() for _ in range(TRIES)
    ]


def test_comparison_sees_what_the_eye_does() -> None:
    generator = random.Random(1)
    one = [generator.gauss(0.25, 0.01) for _ in range(TRIES)]
    other = [generator.gauss(0.25, 0.01) for _ in range(TRIES)]
    assert not can_be_told_apart(one, other)
    assert can_be_told_apart(one, [moment + 0.006 for moment in other])


def test_threat_17_logins_do_not_tell_accounts_apart(build) -> None:
    site = build(NginxSite)
    known = itertools.cycle([site.register().email for _ in range(8)])
    check(
        attempt(
            site,
            tries(
                "/api/auth/login",
                {"known": lambda: next(known), "unknown": lambda: new_email("nobody")},
                password="wrong horse",
            )))  # fmt: skip


def test_threat_17_slow_hash_of_another_program_does_not_tell_accounts_apart(build) -> None:
    """It takes longer than the 250 ms after which failed logins are answered otherwise."""
    site = build(NginxSite)
    slow = new_email("slow")
    began = time.perf_counter()
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 200_000)
    iterations = int(200_000 * 0.3 / (time.perf_counter() - began))
    hash = werkzeug.security.generate_password_hash(PASSWORD, f"pbkdf2:sha256:{iterations}")
    done = site.postern.command("user", "add", slow, "--password-hash", input=hash + "\n")
    assert done.returncode == 0, done.stderr
    addresses = {"slow": lambda: slow, "unknown": lambda: new_email("nobody")}
    # The first time shows Postern how slow it is.
    client = site.client()
    assert client.post("/api/auth/login", {"email": slow, "password": "wrong horse"}).status == 401
    some = [
        Try(kind, "/api/auth/login", {"email": address(), "password": "wrong horse"})
        for kind, address in addresses.items()
        for _ in range(12)
    ]
    seen = attempt(site, some, at_once=1)
    check(seen)
    assert client.post("/api/auth/login", {"email": slow, "password": PASSWORD}).status == 200
