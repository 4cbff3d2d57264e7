"""What is written to the disk before it is answered, against a program that writes a page and flushes it: writes that
wait together are flushed together."""

import dataclasses
import math

from ..measuring import GRACE, WARM_UP, Contestant, Load, Sample
from ..plan import PROCESSORS, Plan, Row, ratio_row
from ..refreshes import Refreshes, Registrations

MOST_PER_SECOND = 15_000
"""Requests that are made; who answers more of them has a shorter measurement."""
WORKERS = 32
QUICK_HASH = {"POSTERN_DEV": 1, "POSTERN_ARGON2_MEMORY": 8, "POSTERN_ARGON2_PASSES": 1}


def rows(plan: Plan) -> list[Row]:
    each = math.ceil((plan.seconds + WARM_UP) * MOST_PER_SECOND)
    usual = Refreshes(plan, "refreshes", each * plan.few)
    wide = Refreshes(plan, "refreshes_wide", 2 * each * plan.few, POSTERN_WORKERS=WORKERS)
    open_door = plan.postern("registrations", POSTERN_HASHERS=WORKERS, **QUICK_HASH)
    load = plan.load("fastcgi")

    limit = Contestant("write and flush", _flushing(plan))
    refreshes = _once_each(load, "refreshes", usual.server, usual, each, 200)
    many = _once_each(load, f"refreshes, {WORKERS} workers", wide.server, wide, each, 200)
    lonely = dataclasses.replace(load, connections=1)
    single = _once_each(lonely, "refreshes, one at a time", wide.server, wide, each, 200)
    registrations = _once_each(load, "registrations, hash of 8 KiB", open_door, Registrations(), each, 201)
    plan.measure([limit, refreshes, many, single, registrations], plan.few)
    plan.stop(usual.server, wide.server, open_door)
    against = "against one writer who flushes every page"
    usual_workers = max(16, 2 * PROCESSORS)
    return [
        ratio_row(f"refreshes per second, {usual_workers} workers as usual, {against}", refreshes, limit),
        ratio_row(f"refreshes per second, {WORKERS} workers, {against}", many, limit),
        ratio_row(f"refreshes per second, {WORKERS} workers, against the same one at a time", many, single),
        ratio_row(f"registrations per second with a hash of 8 KiB, {against}", registrations, limit),
    ]


def _flushing(plan: Plan):
    program = plan.compiled("flush_loop", "baselines/flush_loop.c", [])
    command = [program, plan.processes.directory / "flushed", plan.seconds]
    return lambda: Sample(plan.processes.result_of(command, plan.seconds + GRACE)["per_second"])


def _once_each(load: Load, name: str, server, source: Refreshes | Registrations, each: int, status: int) -> Contestant:
    """A contestant with requests of its own in every round, none of which is sent twice."""

    def sample() -> Sample:
        command = load.command(name, server.socket, status, source.next(each))
        return load.sample([*command, "once"], server.process)

    return Contestant(name, sample)
