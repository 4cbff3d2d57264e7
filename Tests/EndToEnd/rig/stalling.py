"""Peers that stop in the middle of a record, or never read what they asked for."""

import contextlib
import typing

from rig.fastcgi import HEALTH, Connection, login, request_bytes
from rig.postern import Postern

PAGE = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/auth/login", "REMOTE_ADDR": "127.0.0.1"}


class Stalling:
    """A hundred of them."""

    def __init__(self, postern: Postern) -> None:
        self.postern = postern
        self.peers = [Connection(postern.socket) for _ in range(100)]
        whole = request_bytes(HEALTH | {"HTTP_X": "x" * 1000})
        for number, peer in enumerate(self.peers):
            match number % 4:
                case 0:  # half a header
                    peer.send(whole[:4])
                case 1:  # half a record of parameters
                    peer.send(whole[:500])
                case 2:  # half a body
                    peer.send(request_bytes(*login("nobody@example.com"))[:-20])
                case 3:  # asks and asks, and never reads
                    peer.socket.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        while True:
                            peer.socket.send(request_bytes(PAGE))

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        for peer in self.peers:
            peer.close()
