"""Peers that stall, and what becomes of them. Row 9 of the threats in docs/security.md."""

import contextlib
import select
import statistics
import time

import pytest

from rig.fastcgi import HEALTH, Connection, request_bytes, verify
from rig.postern import Postern
from rig.processes import wait_for
from rig.stalling import Stalling


def times(postern: Postern, count: int = 200) -> list[float]:
    took = []
    with Connection(postern.socket) as connection:
        for _ in range(count):
            began = time.perf_counter()
            assert connection.ask(verify()).status == 401
            took.append(time.perf_counter() - began)
    return took


@pytest.mark.timeout(300)
def test_threat_09_peers_that_stall_delay_nobody(new_postern) -> None:
    postern = new_postern()
    postern.start()
    quiet = statistics.median(times(postern))
    before = postern.process.memory()
    with contextlib.ExitStack() as stack:
        stack.enter_context(Stalling(postern))
        silent = [stack.enter_context(Connection(postern.socket)) for _ in range(100)]
        for peer in silent[::2]:
            # Asks for the end of the connection, and does not close.
            peer.send(request_bytes(HEALTH, flags=0))
        assert statistics.median(times(postern)) < quiet * 10 + 0.005
        assert max(times(postern)) < 1
        assert postern.process.memory() - before < 64 << 20
    with Connection(postern.socket) as connection:
        assert connection.ask(HEALTH).status == 200


def has_hung_up(peer: Connection) -> bool:
    """Whether the other side has closed. Nothing is read: who reads does not stall."""
    poll = select.poll()
    poll.register(peer.socket, 0)
    return poll.poll(0) != []


def test_threat_09_those_that_stall_are_closed_in_the_end(stalling: Stalling) -> None:
    """After 30 seconds, as docs/security.md says. They began when the first test of connections began."""
    wait_for(lambda: all(map(has_hung_up, stalling.peers)), "the end of connections that stall", 60)
    # Of one kind ten are told, and how many more there were.
    assert "the rest of a request did not come" in stalling.postern.log_since(0)
    with Connection(stalling.postern.socket) as connection:
        assert connection.ask(verify()).status == 401
