"""Postern's own sockets: how it gets them, and how it leaves them."""

import os
import shutil
import signal
import socket
import time

import pytest

from rig.fastcgi import HEALTH, Connection, login, request_bytes
from rig.postern import PROGRAM
from rig.processes import Process, accepts, free_port


def test_listens_on_unix_and_tcp_at_once(new_postern) -> None:
    port = free_port()
    postern = new_postern()
    postern.environment["POSTERN_LISTEN"] += f",127.0.0.1:{port}"
    postern.start()
    for address in (postern.socket, ("127.0.0.1", port)):
        with Connection(address) as connection:
            assert connection.ask(HEALTH).status == 200


def test_tcp_beyond_loopback_needs_a_list_of_peers(new_postern) -> None:
    postern = new_postern(POSTERN_LISTEN=f"0.0.0.0:{free_port()}")
    done = postern.command("config", "check")
    assert done.returncode != 0
    assert "POSTERN_ALLOWED_PEERS" in done.stderr


def test_stale_socket_is_replaced(new_postern) -> None:
    postern = new_postern()
    postern.start()
    postern.kill()
    assert postern.socket.is_socket()
    postern.start()
    with Connection(postern.socket) as connection:
        assert connection.ask(HEALTH).status == 200


def test_socket_in_use_is_an_error(new_postern) -> None:
    first = new_postern()
    first.start()
    second = new_postern(POSTERN_LISTEN=f"unix:{first.socket}")
    process = second.start(wait=False)
    process.child.wait(20)
    assert process.child.returncode != 0
    assert str(first.socket) in process.tail()
    with Connection(first.socket) as connection:
        assert connection.ask(HEALTH).status == 200


def test_file_that_is_no_socket_is_left_alone(new_postern) -> None:
    postern = new_postern()
    postern.socket.write_text("somebody's file\n")
    process = postern.start(wait=False)
    assert process.child.wait(20) != 0
    assert postern.socket.read_text() == "somebody's file\n"


def test_socket_mode_is_a_setting(new_postern) -> None:
    postern = new_postern(POSTERN_SOCKET_MODE="0600")
    postern.start()
    assert postern.socket.stat().st_mode & 0o777 == 0o600


def test_socket_file_goes_with_the_process(new_postern) -> None:
    postern = new_postern()
    postern.start()
    assert postern.stop() == 0
    assert not postern.socket.exists()


def listening() -> tuple[socket.socket, int]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener, listener.getsockname()[1]


def test_spawn_fcgi_hands_over_descriptor_0(new_postern) -> None:
    program = shutil.which("spawn-fcgi")
    assert program, "spawn-fcgi is missing: scripts/install-packages test"
    postern = new_postern()
    path = postern.folder / "spawned.sock"
    process = Process("Postern", [program, "-n", "-s", path, "--", PROGRAM, "serve"], postern.log, postern.environment)
    try:
        process.wait_until(lambda: accepts(path), "the spawned socket")
        with Connection(path) as connection:
            assert connection.ask(HEALTH).status == 200
        assert not postern.socket.exists(), "an inherited socket wins over POSTERN_LISTEN"
    finally:
        process.stop()


def test_service_manager_hands_over_sockets(new_postern) -> None:
    """LISTEN_FDS and LISTEN_PID, as sd_listen_fds(3) describes them."""
    postern = new_postern()
    first, port = listening()
    second, other_port = listening()

    def give() -> None:
        os.dup2(first.fileno(), 3)
        os.dup2(second.fileno(), 4)
        os.set_inheritable(3, True)
        os.set_inheritable(4, True)

    # `sh` fills in its own process id and then becomes Postern.
    command = ["sh", "-c", 'LISTEN_PID=$$ exec "$0" serve', PROGRAM]
    process = Process(
        "Postern", command, postern.log, postern.environment | {"LISTEN_FDS": "2"}, pass_fds=(3, 4), preexec_fn=give
    )
    try:
        for number in (port, other_port):
            with Connection(("127.0.0.1", number), 20) as connection:
                assert connection.ask(HEALTH).status == 200
        assert not postern.socket.exists()
    finally:
        process.stop()
        first.close()
        second.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_answers_what_was_asked(new_postern, number: int) -> None:
    postern = new_postern()
    process = postern.start()
    connections = [Connection(postern.socket) for _ in range(20)]
    for order, connection in enumerate(connections):
        assert connection.ask(HEALTH).status == 200
        connection.send(request_bytes(*login(f"nobody{order}@example.com")))
    time.sleep(0.05)  # Failed logins take 250 ms: they are under way, and none is answered yet.
    process.signal(number)
    assert [connection.reply().status for connection in connections] == [401] * 20
    assert process.child.wait(15) == 0
    assert not accepts(postern.socket)
