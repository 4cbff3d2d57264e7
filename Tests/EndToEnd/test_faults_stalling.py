"""What becomes of peers that stall. They began to when the first test of connections began; others ran meanwhile."""

from rig.fastcgi import Connection, verify
from rig.stalling import Stalling


def test_threat_09_those_that_stall_are_closed_in_the_end(stalling: Stalling) -> None:
    """After 30 seconds, as docs/security.md says."""
    for peer in stalling.peers:
        assert peer.is_closed(60)
    logged = stalling.postern.log_since(0)
    assert "the rest of a request did not come" in logged and "its peer does not read" in logged
    with Connection(stalling.postern.socket) as connection:
        assert connection.ask(verify()).status == 401
