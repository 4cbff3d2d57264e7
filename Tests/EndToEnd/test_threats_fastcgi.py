"""FastCGI as web servers speak it, up to its limits. Row 33 of the threats in docs/security.md. Records that no web
server sends are in test_threats_records.py, peers that stall in test_faults_stalling.py."""

import contextlib
import os
import typing

import pytest

from rig import fastcgi
from rig.fastcgi import HEALTH, Connection, begin, pair, record, verify
from rig.postern import Postern
from rig.processes import wait_for


@pytest.fixture(scope="module")
def postern(workspace) -> typing.Iterator[Postern]:
    shared = Postern(workspace / "sockets", "http://127.0.0.1:8080")
    shared.start()
    yield shared
    shared.stop()


def test_connection_is_kept_when_asked(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        for _ in range(1000):
            reply = connection.ask(verify())
            assert (reply.status, reply.body, reply.headers["X-Auth-Error"]) == (401, b"", "missing")


def test_connection_is_closed_when_not_asked(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        assert connection.ask(HEALTH, flags=0).status == 200
        assert connection.is_closed()


def test_authorizer_is_answered(postern: Postern) -> None:
    question = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/private/", "REMOTE_ADDR": "127.0.0.1"}
    with Connection(postern.socket) as connection:
        reply = connection.ask(question | {"AUTH_REQUIRE": "signed-in"}, role=fastcgi.AUTHORIZER)
        assert reply.status == 401
        reply = connection.ask(question, role=fastcgi.AUTHORIZER)
        assert reply.status == 403


def test_route_is_script_name_and_path_info(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        for script, info in (("/api/auth/healthz", ""), ("/api/auth", "/healthz"), ("", "/api/auth/healthz")):
            fields = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": script, "PATH_INFO": info, "REQUEST_URI": "/private/"}
            assert connection.ask(fields).status == 200
        fields = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/x", "REQUEST_URI": "/api/auth/healthz"}
        assert connection.ask(fields).status == 404


@pytest.mark.parametrize(
    "require", [None, "", " ", "signd-in", "signed-in rolle=x", "role=", "age<=x", "SIGNED-IN", "signed-in;verified"]
)
def test_threat_33_demand_missing_or_not_understood(postern: Postern, require: str | None) -> None:
    fields = verify()
    del fields["AUTH_REQUIRE"]
    with Connection(postern.socket) as connection:
        reply = connection.ask(fields if require is None else fields | {"AUTH_REQUIRE": require})
        assert (reply.status, reply.headers["X-Auth-Error"], reply.body) == (403, "require", b"")


def test_threat_33_demand_given_twice(new_postern) -> None:
    postern = new_postern()
    postern.start()
    block = fastcgi.parameters(verify()) + pair("AUTH_REQUIRE", "signed-in")
    with Connection(postern.socket) as connection:
        connection.send(begin() + record(fastcgi.PARAMS, block) + record(fastcgi.PARAMS) + record(fastcgi.STDIN))
        reply = connection.reply()
        assert (reply.status, reply.headers["X-Auth-Error"]) == (403, "require")
    assert "AUTH_REQUIRE" in postern.log_since(0)


def test_verify_never_answers_200_and_has_no_body(postern: Postern) -> None:
    questions = [
        verify(REQUEST_METHOD=method, CONTENT_LENGTH=length, **more)
        for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE", "BREW", "")
        for length in ("", "0", "7", "99999999999999999999", "x")
        for more in (
            {},
            {"HTTP_COOKIE": "access_token_cookie=x"},
            {"HTTP_AUTHORIZATION": "Basic eDp5"},
            {"AUTH_REQUIRE": "x"},
        )
    ]
    with Connection(postern.socket) as connection:
        for question in questions:
            reply = connection.ask(question)
            assert reply.status in (401, 403), (question, reply)
            assert reply.body == b""


@pytest.mark.parametrize(
    "size, status", [(1024, 401), (1024 * 1024 - 100, 401), (1024 * 1024 + 1, 413), (20 * 1024 * 1024, 413)]
)  # fmt: skip
def test_body_limit_leaves_the_connection_usable(postern: Postern, size: int, status: int) -> None:
    text = b'{"email": "nobody@example.com", "password": "wrong", "x": "'
    body = text + b"x" * (size - len(text) - 2) + b'"}'
    fields = {
        "REQUEST_METHOD": "POST", "SCRIPT_NAME": "/api/auth/login", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    with Connection(postern.socket) as connection:
        assert connection.ask(fields, body).status == status
        assert connection.ask(HEALTH).status == 200


def test_parameter_limit_leaves_the_connection_usable(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        for size, status in ((60_000, 200), (70_000, 431), (1_000_000, 431)):
            assert connection.ask(HEALTH | {"HTTP_X": "x" * size}).status == status
        assert connection.ask(HEALTH).status == 200


def test_values_are_told(postern: Postern) -> None:
    with Connection(postern.socket) as connection:
        names = ("FCGI_MAX_CONNS", "FCGI_MAX_REQS", "FCGI_MPXS_CONNS", "FCGI_NONSENSE")
        connection.send(record(fastcgi.GET_VALUES, b"".join(pair(name, "") for name in names), 0))
        kind, request, content = connection.receive()
        assert (kind, request) == (fastcgi.GET_VALUES_RESULT, 0)
        assert pair("FCGI_MPXS_CONNS", "0") in content
        assert b"NONSENSE" not in content
        assert connection.ask(HEALTH).status == 200


def test_idle_connections_cost_no_thread(new_postern) -> None:
    postern = new_postern()
    postern.start()
    wait_for(lambda: " ready " in postern.log_since(0), "every thread of Postern's")
    with contextlib.ExitStack() as stack:
        stack.enter_context(Connection(postern.socket)).ask(HEALTH)
        threads = len(os.listdir(f"/proc/{postern.process.pid}/task"))
        memory = postern.process.memory()
        for _ in range(800):
            assert stack.enter_context(Connection(postern.socket)).ask(HEALTH).status == 200
        assert len(os.listdir(f"/proc/{postern.process.pid}/task")) == threads
        assert postern.process.memory() - memory < 800 * 48 * 1024
