"""`verify` at a steady rate while others keep Postern busy: how long the slowest hundredth waits."""

import dataclasses
import math
import time
from collections.abc import Callable

from .. import fastcgi, postern
from ..measuring import Contestant, Load, Sample
from ..plan import PROCESSORS, Plan, Row, p99_row
from ..processes import Failure, log_of
from ..refreshes import Refreshes, Registrations, upload
from .logins import login_requests

RATE = 10_000
"""Questions in a second: a busy site, and far from the most that Postern answers."""
BEFORE, AFTER = 0.2, 1.0
MOST_REFRESHES_PER_SECOND = 20_000
UPLOADS = 8


@dataclasses.dataclass
class Storm:
    what: str
    connections: int
    status: int
    requests: Callable[[], list[bytes]]
    """New ones for every round, where they can be sent once only."""


def rows(plan: Plan) -> list[Row]:
    span = plan.seconds + BEFORE + AFTER
    most = math.ceil(span * MOST_REFRESHES_PER_SECOND)
    refreshes, registrations = Refreshes(plan, "storms", most * plan.few), Registrations()
    asked = refreshes.server
    logins, file = login_requests(asked, 4 * PROCESSORS), [upload()]
    storms = [
        Storm("logins", plan.connections, 200, lambda: logins),
        Storm("refreshes", plan.connections, 200, lambda: refreshes.next(most)),
        Storm("registrations", plan.connections, 201, lambda: registrations.next(math.ceil(span * 1000))),
        Storm("uploads of 5 MiB", UPLOADS, 413, lambda: file),
    ]
    load = dataclasses.replace(plan.load("fastcgi"), rate=RATE)
    question = [fastcgi.request(postern.verify_parameters(refreshes.cookie))]
    quiet = load.contestant(f"verify, {RATE:,} in a second", asked.socket, 204, question, asked.process)
    beside = [Contestant(f"verify beside {storm.what}", _during(plan, storm, asked, quiet.measure)) for storm in storms]
    plan.measure([quiet, *beside], plan.few)
    plan.stop(asked)
    return [
        p99_row(f"p99 of `verify` at {RATE:,} in a second beside a storm of {storm.what}, against none", contestant,
                quiet, 3)
        for storm, contestant in zip(storms, beside)
    ]  # fmt: skip


def _during(plan: Plan, storm: Storm, asked: postern.Postern, measure: Callable[[], Sample]) -> Callable[[], Sample]:
    """Measures while the storm goes on, which has to last until after that."""

    def sample() -> Sample:
        load = Load(
            plan.processes, plan.load("fastcgi").program, "fastcgi", storm.connections, plan.seconds + BEFORE + AFTER)
        command = load.command(f"storm of {storm.what}", asked.socket, storm.status, storm.requests())
        process = plan.processes.start("storm", command)
        time.sleep(BEFORE)
        found = measure()
        if process.poll() is not None:
            raise Failure(f"the storm of {storm.what} was over too soon:\n{log_of(process)}")
        plan.stop(process)
        return found

    return sample
