"""Whatever others do, and however many they are: who only asks who is there is answered, what waits and what is kept in
memory is bounded, and when it is over, all is as before."""

import concurrent.futures
import contextlib
import time

import pytest

from rig.fastcgi import Connection, Reply, login, post, refresh, request_bytes, verify
from rig.storms import Storm, failed_logins, forgeries, logins, refreshes, registrations, uploads
from rig.postern import Postern

MIB = 1 << 20
HASH = 32 * MIB
# One password hash takes 32 MiB, and two are made at once.
DEAR = {
    "POSTERN_ARGON2_MEMORY": str(HASH // 1024),
    "POSTERN_ARGON2_PASSES": "1",
    "POSTERN_HASHERS": "2",
    "JWT_ALGORITHM": "ES256",
}


def seconds(postern: Postern, token: str, count: int = 1000) -> list[float]:
    """How long `verify` takes, now and then over a second or more, from the quickest to the slowest."""
    took = []
    with Connection(postern.socket) as connection:
        for _ in range(count):
            began = time.perf_counter()
            reply = connection.ask(verify(HTTP_COOKIE=f"access_token_cookie={token}"))
            took.append(time.perf_counter() - began)
            assert reply.status == 204
            time.sleep(0.001)
    return sorted(took)


@pytest.mark.timeout(180)
def test_storms_of_every_kind_leave_verify_and_memory_alone(new_postern) -> None:
    """`make bench` says by how much; here is room for a machine with other things to do."""
    postern = new_postern(**DEAR)
    process = postern.start()
    with Connection(postern.socket) as connection:
        token = connection.ask(*post("register", "first@example.com")).cookies["access_token_cookie"]
    quiet = seconds(postern, token)
    kinds = {logins: 4, failed_logins: 12, registrations: 4, refreshes: 8, uploads: 4, forgeries: 2}
    storm = Storm(postern.socket, kinds)
    with storm:
        stormy = seconds(postern, token)
    print(
        f"verify, half and 99 of 100 within {quiet[500] * 1e3:.2f} and {quiet[990] * 1e3:.2f} ms, in the storm"
        f" {stormy[500] * 1e3:.2f} and {stormy[990] * 1e3:.2f} ms; {process.peak_memory() / MIB:.0f} MiB at most;"
        f" {storm.statuses}"
    )
    assert stormy[990] < max(0.05, 10 * quiet[990])
    # Six threads have a password to hash; two at once have their turn, and the memory.
    assert process.peak_memory() < 2 * HASH + 64 * MIB
    assert set(storm.statuses["logins"]) <= {200, 201, 503}
    assert set(storm.statuses["registrations"]) <= {201, 503}
    assert set(storm.statuses["refreshes"]) <= {200, 201, 503}
    assert set(storm.statuses["uploads"]) == {413}
    assert set(storm.statuses["forgeries"]) <= {401, 503}
    for name, statuses in storm.statuses.items():
        assert sum(statuses.values()) - statuses[503] > 0, name
    with Connection(postern.socket) as connection:
        assert connection.ask(*post("login", "first@example.com")).status == 200


@pytest.mark.parametrize("route, lane", [("login", "hashing"), ("token/refresh", "storage")])
def test_more_clients_than_a_queue_takes_are_refused_at_once(new_postern, route: str, lane: str) -> None:
    postern = new_postern(
        POSTERN_QUEUE_LENGTH="16", POSTERN_WORKERS="1", POSTERN_HASHERS="1", POSTERN_ARGON2_MEMORY="19456",
        POSTERN_REACTORS="1")  # fmt: skip
    process = postern.start()
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(Connection(postern.socket, 60)) for _ in range(400)]
        made = crowd[0].ask(*post("register", "first@example.com"))
        assert made.status == 201
        memory = process.memory()
        fields, body = post(route, "first@example.com", "wrong horse")

        def reply(connection: Connection) -> tuple[float, Reply]:
            answer = connection.reply()
            return time.monotonic(), answer

        # One send for all: a client's own pace must not make room in the queue.
        with concurrent.futures.ThreadPoolExecutor(len(crowd)) as pool:
            waiting = [pool.submit(reply, connection) for connection in crowd]
            for connection in crowd:
                connection.send(request_bytes(fields, body))
            with Connection(postern.socket) as beside:
                token = made.cookies["access_token_cookie"]
                assert beside.ask(verify(HTTP_COOKIE=f"access_token_cookie={token}")).status == 204
            replies = [answer.result() for answer in waiting]
        refused = [(at, answer) for at, answer in replies if answer.status == 503]
        served = [(at, answer) for at, answer in replies if answer.status != 503]
        print(f"{lane}: {len(served)} served, {len(refused)} refused")
        assert {answer.status for _, answer in served} <= {401, 429} and served and refused
        for _, answer in refused:
            assert int(answer.headers["Retry-After"]) > 0
            assert b"OVERLOADED" in answer.body
        if lane == "hashing":
            # Whoever is refused hears so before those who wait are through.
            assert min(at for at, _ in refused) < min(at for at, _ in served)
        assert process.memory() - memory < 64 * MIB
        assert crowd[1].ask(*post("login", "first@example.com")).status == 200
        assert crowd[2].ask(refresh(made.cookies["refresh_token_cookie"])).status == 200


def test_slow_clients_take_no_worker_and_no_place_in_a_queue(new_postern) -> None:
    """A request waits for a worker when it is whole, and a worker is done when the answer is made, not when it is
    read."""
    postern = new_postern(POSTERN_QUEUE_LENGTH="1", POSTERN_WORKERS="1", POSTERN_HASHERS="1")
    process = postern.start()
    with contextlib.ExitStack() as stack:
        beside = stack.enter_context(Connection(postern.socket))
        assert beside.ask(*post("register", "first@example.com")).status == 201
        memory = process.memory()
        for number in range(300):
            slow = stack.enter_context(Connection(postern.socket))
            whole = request_bytes(*login(f"nobody{number}@example.com"))
            slow.send(whole[: len(whole) - 1 - number % 100])
        for _ in range(20):
            unread = stack.enter_context(Connection(postern.socket))
            unread.socket.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                for _ in range(2000):
                    unread.socket.send(request_bytes({"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/api/auth/readyz"}))
        for _ in range(3):
            reply = beside.ask(*post("login", "first@example.com"))
            assert reply.status == 200, reply
        assert process.memory() - memory < 32 * MIB
