"""`verify` at a steady rate while others keep Postern busy: how long the slowest hundredth waits."""

import dataclasses
import math
import time
from collections.abc import Callable

from .. import fastcgi, postern
from ..measuring import Contestant, Sample
from ..plan import PROCESSORS, Plan, Row, p99_row
from ..processes import Failure, log_of
from ..refreshes import Refreshes, Registrations, upload
from .logins import ARGON2, NICENESS, login_requests

RATE = 10_000
"""Questions in a second: a busy site, and far from the most that Postern answers."""
BEFORE, AFTER = 0.2, 1.0
REFRESHES_PER_SECOND = 10_000
"""Sessions to refresh; in a quicker storm each is refreshed again, which then only reads."""
UPLOADS = 8


@dataclasses.dataclass
class Storm:
    what: str
    command: Callable[[], list]
    """What makes it, for one round."""
    goal: float | None = 3


def rows(plan: Plan) -> list[Row]:
    span = plan.seconds + BEFORE + AFTER
    most = math.ceil(span * REFRESHES_PER_SECOND)
    refreshes, registrations = Refreshes(plan, "storms", most * plan.few), Registrations()
    asked = refreshes.server
    logins, file = login_requests(asked, 4 * PROCESSORS), [upload()]
    steady = plan.load("fastcgi")

    def storm(what: str, status: int, requests: Callable[[], list[bytes]], connections: int = 0) -> Storm:
        load = dataclasses.replace(steady, connections=connections or plan.connections, seconds=span)
        return Storm(what, lambda: load.command(f"storm of {what}", asked.socket, status, requests()))

    loop = plan.compiled("argon2_loop", "baselines/argon2_loop.c", ["argon2"])
    hashing = ["nice", "-n", NICENESS, loop, PROCESSORS, span, *ARGON2.values()]
    storms = [
        storm("logins", 200, lambda: logins),
        storm("refreshes", 200, lambda: refreshes.next(most)),
        storm("registrations", 201, lambda: registrations.next(math.ceil(span * 1000))),
        storm("uploads of 5 MiB", 413, lambda: file, UPLOADS),
        Storm("hashing in another process", lambda: hashing, None),
    ]
    load = dataclasses.replace(steady, rate=RATE)
    question = [fastcgi.request(postern.verify_parameters(refreshes.cookie))]
    quiet = load.contestant(f"verify, {RATE:,} in a second", asked.socket, 204, question, asked.process)
    beside = [Contestant(f"verify beside {storm.what}", _during(plan, storm, quiet.measure)) for storm in storms]
    plan.measure([quiet, *beside], plan.few)
    plan.stop(asked)
    what = f"p99 of `verify`, {RATE:,} in a second, against a quiet time: beside a storm of"
    return [
        p99_row(f"{what} {storm.what}", contestant, quiet, storm.goal) for storm, contestant in zip(storms, beside)
    ]  # fmt: skip


def _during(plan: Plan, storm: Storm, measure: Callable[[], Sample]) -> Callable[[], Sample]:
    """Measures while the storm goes on, which has to last until after that."""

    def sample() -> Sample:
        process = plan.processes.start("storm", storm.command())
        time.sleep(BEFORE)
        found = measure()
        if process.poll() is not None:
            raise Failure(f"the storm of {storm.what} was over too soon:\n{log_of(process)}")
        plan.stop(process)
        return found

    return sample
