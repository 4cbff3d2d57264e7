"""Logins: what is left beside the password's hash."""

import dataclasses

from .. import postern
from ..measuring import GRACE, Contestant, Sample
from ..plan import PROCESSORS, Plan, Row, ratio_row

ARGON2 = {"MEMORY": 19_456, "PASSES": 2, "LANES": 1}  # MEMORY in KiB
NICENESS = 10  # of Postern's hashing threads: on a busy machine the loop must not get more of it than they do
SECONDS = 1  # a hash takes some 15 ms: shorter measurements would count too few


def rows(plan: Plan) -> list[Row]:
    settings = {f"POSTERN_ARGON2_{name}": value for name, value in ARGON2.items()}
    asked = plan.postern("logins", POSTERN_HASHERS=PROCESSORS, **settings)
    requests = login_requests(asked, 4 * PROCESSORS)
    seconds = max(plan.seconds, SECONDS)
    load = dataclasses.replace(plan.load("fastcgi"), connections=len(requests), seconds=seconds)
    ours = load.contestant("logins", asked.socket, 200, requests, asked.process)
    program = plan.compiled("argon2_loop", "baselines/argon2_loop.c", ["argon2"])

    def loop() -> Sample:
        command = ["nice", "-n", NICENESS, program, PROCESSORS, seconds, *ARGON2.values()]
        return Sample(plan.processes.result_of(command, seconds + GRACE)["per_second"])

    theirs = Contestant("libargon2 loop", loop)
    plan.measure([ours, theirs])
    plan.stop(asked)
    return [ratio_row("logins per second, against a bare libargon2 loop on as many threads", ours, theirs, 0.95)]


def login_requests(asked: postern.Postern, count: int) -> list[bytes]:
    """A right login for each of `count` accounts, which are made now."""
    people = [f"login{number}@example.com" for number in range(count)]
    for email in people:
        asked.registered(email)
    return [postern.post_request("login", {"email": email, "password": postern.PASSWORD}) for email in people]
