"""What becomes of peers that stall. They began to when the first test of connections began; others ran meanwhile."""

import select

from rig.fastcgi import Connection, verify
from rig.processes import wait_for
from rig.stalling import Stalling


def has_hung_up(peer: Connection) -> bool:
    """Whether the other side has closed. Nothing is read: who reads does not stall."""
    poll = select.poll()
    poll.register(peer.socket, 0)
    return poll.poll(0) != []


def test_threat_09_those_that_stall_are_closed_in_the_end(stalling: Stalling) -> None:
    """After 30 seconds, as docs/security.md says."""
    wait_for(lambda: all(map(has_hung_up, stalling.peers)), "the end of connections that stall", 60)
    # Of one kind ten are told, and how many more there were.
    assert "the rest of a request did not come" in stalling.postern.log_since(0)
    with Connection(stalling.postern.socket) as connection:
        assert connection.ask(verify()).status == 401
