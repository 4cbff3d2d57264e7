"""`verify` beside connections that are kept and idle, and others that have sent half a record and then nothing."""

import resource
import socket
import struct
from collections.abc import Callable

from .. import fastcgi, postern
from ..measuring import Contestant, Sample
from ..plan import Plan, Row, ratio_row, single_row
from ..postern import Postern
from ..processes import resident_mebibytes

IDLE, STALLED = 10_000, 100
PATIENCE = 10  # seconds
SPARE = 200
"""Descriptors that a process needs for everything else."""


def rows(plan: Plan) -> list[Row]:
    count = min(IDLE, _descriptors() - STALLED - SPARE)
    crowded, alone = plan.postern("crowded", POSTERN_REACTORS=1), plan.postern("alone", POSTERN_REACTORS=1)
    questions = {
        server: fastcgi.request(postern.verify_parameters(server.registered("reader@example.com")))
        for server in (crowded, alone)
    }
    load = plan.load("fastcgi")
    beside, without = (
        load.contestant(name, server.socket, 204, [questions[server]], server.process)
        for name, server in (("verify beside a crowd", crowded), ("verify without one", alone))
    )
    before = resident_mebibytes(crowded.process)
    plan.progress(f"{count} connections")
    kept = [_connected(crowded) for _ in range(count)]
    for connection in kept:
        fastcgi.exchange(connection, questions[crowded])
    each = (resident_mebibytes(crowded.process) - before) * 1024 / count
    with_stalled = Contestant(beside.name, _measured_beside_stalled(crowded, questions[crowded], beside.measure))
    plan.measure([with_stalled, without])
    for connection in kept:
        connection.close()
    plan.stop(crowded, alone)
    what = f"`verify` beside {count:,} idle connections and {STALLED} that stall within a record, against none"
    return [
        ratio_row(what, with_stalled, without, 0.95),
        single_row("memory of an idle connection that has been used", [each], "KiB"),
    ]


def _measured_beside_stalled(crowded: Postern, question: bytes, measure: Callable[[], Sample]):
    """New ones for every measurement: Postern hangs up on a peer that owes the rest of a record for long."""

    def sample() -> Sample:
        stalled = [_connected(crowded) for _ in range(STALLED)]
        for connection in stalled:
            connection.sendall(question[: len(question) // 2])
        try:
            return measure()
        finally:
            for connection in stalled:
                connection.close()

    return sample


def _connected(server: Postern) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    # Python's own time-out would make this fail at once while the server's backlog is full (unix(7), EAGAIN).
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", PATIENCE, 0))
    connection.connect(str(server.socket))
    connection.settimeout(PATIENCE)
    return connection


def _descriptors() -> int:
    """As many as this process, and any that it has started, may have open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else 1 << 20
