"""Two minutes of everything at once, or an hour of it (`make soak`): nothing unexpected, nothing that grows."""

import contextlib
import os
import signal
import sqlite3
import statistics

import pytest

from rig.gauge import MIB, LogReader, Sample, complaints, medians, quarter, sample
from rig.keys import rotate
from rig.load import Load, Target
from rig.people_at_work import Household
from rig.site import NginxSite
from rig.strangers import ACCESS_SECONDS, Breaker, Flood, Guesser, LateComer

SECONDS = float(os.environ.get("POSTERN_SOAK_SECONDS", "120"))
SEED = int(os.environ.get("POSTERN_SOAK_SEED", "5"))
# Every so often the settings are read anew, which replaces all that a request meets but the stores.
RELOAD = 7
ROTATIONS = 4

SETTINGS = {
    "JWT_ACCESS_TOKEN_EXPIRES": str(ACCESS_SECONDS),
    # A key of its own, that can be rotated.
    "JWT_ALGORITHM": "EdDSA",
    "JWT_SECRET_KEY": None,
    # The more hashes are computed at once, the more memory is kept for them: too little here to hide a leak.
    "POSTERN_ARGON2_MEMORY": "512",
    "POSTERN_DEV": "True",
    # Connections are handed on, and answers come from several threads at once, on a machine of two processors, too.
    "POSTERN_REACTORS": "2",
}


def ninety_ninth(load: Load, since: float, until: float) -> float:
    """What 99 of 100 questions took at most, in milliseconds."""
    times = [seconds for moment, seconds in load.times if since <= moment <= until]
    return 1000 * statistics.quantiles(times, n=100)[98] if len(times) > 1 else 0


def row(began: float, now: Sample, load: Load, log: LogReader) -> str:
    return (
        f"{now.time - began:5.0f} s  {now.requests:10,} requests  {len(load.failures) + len(log.errors)} errors"
        f"  {now.memory / MIB:5.1f} MiB  {now.descriptors} descriptors  {now.threads} threads"
        f"  database {now.database / MIB:.1f} MiB, its log {now.log / MIB:.1f}"
        f"  verify p99 {ninety_ninth(load, now.time - 60, now.time):.1f} ms"
    )


@pytest.mark.timeout(SECONDS + 240)
def test_mixed_load_leaves_nothing_behind(build) -> None:
    site = build(NginxSite, settings=SETTINGS)
    postern, log = site.postern, LogReader(site.postern.log)
    load = Load(
        Target(site.port, postern.socket), [(Household, 4), (LateComer, 1)], [(Flood, 1), (Guesser, 2), (Breaker, 1)],
        seed=SEED, seconds=SECONDS,
    )  # fmt: skip
    samples: list[Sample] = []
    began = load.end - SECONDS
    said = reloaded = rotated = 0
    print(f"\nseed {SEED}, {SECONDS:.0f} s, {postern.environment['POSTERN_LISTEN']}")
    try:
        for now in load.follow():
            assert postern.process.is_running, "Postern has ended"
            revoked = load.done["signed out"] + load.done["change_password"] + load.done["use_api_token"]
            samples.append(sample(postern, now, requests_of(load), revoked))
            log.read()
            if now < load.end and now - began >= (reloaded + 1) * RELOAD:
                postern.process.signal(signal.SIGHUP)
                reloaded += 1
            if now < load.end and now - began >= (rotated + 0.5) * SECONDS / ROTATIONS:
                rotate(site)
                rotated += 1
            if now - began >= (said + 1) * 60:
                said += 1
                print(row(began, samples[-1], load, log), flush=True)
            assert len(load.failures) < 20, "\n".join(load.failures)
    finally:
        load.stop()
    log.read()
    print(row(began, samples[-1], load, log))
    print(f"{reloaded} reloads, {rotated} rotations; {dict(log.levels)}; {dict(load.done)}")

    assert load.failures == [] and log.errors == [], "\n".join(load.failures + log.errors[:20])
    # It was load: each of these comes about in any two minutes.
    for act in ("signed in", "signed out", "refresh", "race", "refused because revoked", "wrong passwords"):
        assert load.done[act] > 0, act
    assert log.levels["notice"] >= reloaded + rotated
    # What there is when everybody has gone and the last samples are taken is no quarter of the load.
    samples = [one for one in samples if one.time <= load.end]
    memory = " and ".join(f"{size / MIB:.1f} MiB" for size in medians(samples, "memory"))
    print(f"memory, the median of the second and of the last quarter: {memory}")
    assert complaints(samples) == []
    quarters = [quarter(samples, number) for number in (2, 4)]
    before, after = (ninety_ninth(load, found[0].time, found[-1].time) for found in quarters)
    # Wide, since other programs have the machine, too: for what gets slower with each request.
    assert 0 < after < 5 * before + 50, f"99 of 100 questions took {before:.1f} ms at most, and now {after:.1f}"

    assert postern.stop() == 0
    with contextlib.closing(sqlite3.connect(postern.data / "postern.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def requests_of(load: Load) -> int:
    """Those over the socket, and about as many as the acts of people come to."""
    people = sum(load.done.values()) - load.done["questions over the socket"]
    return load.done["questions over the socket"] + 4 * people
