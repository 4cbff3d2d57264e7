"""A unix socket in front of another one, which counts how often somebody connects. While nobody listens behind it, it
closes what it accepts."""

import contextlib
import pathlib
import socket
import threading
import typing


class Relay:
    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.target: pathlib.Path | None = None
        self.accepted = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        path.chmod(0o666)
        self.listener.listen(128)

    def __enter__(self) -> typing.Self:
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        self.path.unlink()

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                front, _ = self.listener.accept()
                self.accepted += 1
                back = socket.socket(socket.AF_UNIX)
                try:
                    back.connect(str(self.target))
                except OSError:
                    front.close()
                    back.close()
                    continue
                for source, sink in ((front, back), (back, front)):
                    threading.Thread(target=pump, args=(source, sink), daemon=True).start()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
