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
import pathlib
import random
import statistics
import time
import typing

import pytest
import werkzeug.security

from rig.client import Answer, Client
from rig.mailbox import Mailbox
from rig.processes import wait_for
from rig.site import PASSWORD, NginxSite, new_email

TRIES = 200
# Sent at once: less than what the hashes of the tests need to fill the time until an answer.
AT_ONCE = 20
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


def attempt(site: NginxSite, tries: list[Try], *, at_once: int = AT_ONCE) -> Seen:
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


def check(seen: Seen, status: int) -> None:
    assert {json.loads(answer)[0] for answers in seen.answers.values() for answer in answers} == {status}
    assert len(set.union(*seen.answers.values())) == 1, seen.answers
    medians = {kind: statistics.median(times) for kind, times in seen.times.items()}
    for one, other in itertools.combinations(seen.times, 2):
        assert not can_be_told_apart(seen.times[one], seen.times[other]), (one, other, medians)


def tries(route: str, addresses: dict[str, collections.abc.Iterable[str]], count: int = TRIES, **fields: str) -> list:
    """As many of each kind; a list of addresses is gone through again and again."""
    path = f"/api/auth/{route}"
    return [
        Try(kind, path, {"email": email, **fields})
        for kind, emails in addresses.items()
        for email in itertools.islice(itertools.cycle(emails) if isinstance(emails, list) else emails, count)
    ]


def test_comparison_sees_what_the_eye_does() -> None:
    generator = random.Random(1)
    one = [generator.gauss(0.25, 0.01) for _ in range(TRIES)]
    other = [generator.gauss(0.25, 0.01) for _ in range(TRIES)]
    assert not can_be_told_apart(one, other)
    assert can_be_told_apart(one, [moment + 0.006 for moment in other])


@pytest.fixture(scope="module")
def home(workspace: pathlib.Path, mailbox: Mailbox) -> typing.Iterator[NginxSite]:
    """A site where an address has to be proven."""
    site = NginxSite(workspace / "enumeration", settings=mailbox.settings | {"POSTERN_REGISTRATION": "verified"})
    yield site
    site.stop()


@pytest.fixture(scope="module")
def proven(home: NginxSite) -> list[str]:
    emails = [new_email("proven") for _ in range(8)]
    for email in emails:
        home.postern.add(email, PASSWORD)
    return emails


@pytest.fixture(scope="module")
def unproven(home: NginxSite) -> list[str]:
    emails = [new_email("unproven") for _ in range(8)]
    for email in emails:
        assert home.client().post("/api/auth/register", {"email": email, "password": PASSWORD}).status == 202
    return emails


def nobody() -> typing.Iterator[str]:
    while True:
        yield new_email("nobody")


def test_threat_17_logins_do_not_tell_accounts_apart(home: NginxSite, proven: list, unproven: list) -> None:
    wrong = tries("login", {"known": proven, "unknown": nobody()}, password="wrong horse")
    # Not even by the right password: whoever has registered an address would learn whether it was free.
    disabled = [new_email("disabled") for _ in range(4)]
    for email in disabled:
        home.postern.add(email, PASSWORD)
        assert home.postern.command("user", "disable", email).returncode == 0
    right = tries("login", {"unproven": unproven, "disabled": disabled}, password=PASSWORD)
    check(attempt(home, wrong + right), 401)


def test_threat_17_resets_do_not_tell_accounts_apart(home: NginxSite, proven: list, unproven: list) -> None:
    addresses = {"known": proven, "unproven": unproven, "unknown": nobody()}
    check(attempt(home, tries("request-password-reset", addresses)), 200)


def test_threat_17_resends_do_not_tell_accounts_apart(home: NginxSite, proven: list, unproven: list) -> None:
    addresses = {"known": proven, "unproven": unproven, "unknown": nobody()}
    check(attempt(home, tries("resend-verification-email", addresses)), 200)


def test_threat_17_registrations_do_not_tell_accounts_apart(home: NginxSite, proven: list, unproven: list) -> None:
    addresses = {"known": proven, "unproven": unproven, "unknown": nobody()}
    check(attempt(home, tries("register", addresses, password="another horse")), 202)


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
    # Postern tries the hash by itself before anybody has: strangers are answered later from then on.
    client = site.client()

    def waits() -> bool:
        began = time.perf_counter()
        assert client.post("/api/auth/login", {"email": new_email("nobody"), "password": "wrong"}).status == 401
        return time.perf_counter() - began > 0.4

    wait_for(waits, "a longer step")
    some = tries("login", {"slow": [slow], "unknown": nobody()}, 12, password="wrong horse")
    check(attempt(site, some, at_once=1), 401)
    assert client.post("/api/auth/login", {"email": slow, "password": PASSWORD}).status == 200
