"""`make run`, behind the build: the demo site is there, protected, with the account that it prints."""

import os
import pathlib
import re
import signal
import sys
import tempfile
import typing

import pytest

from rig.client import Client, Form
from rig.postern import PROGRAM
from rig.processes import Process, accepts, free_port
from webserver_files import ROOT


@pytest.fixture
def run(workspace: pathlib.Path) -> typing.Iterator[typing.Callable[..., Process]]:
    folder = pathlib.Path(tempfile.mkdtemp(dir=workspace))
    processes: list[Process] = []

    def start(port: int, **more: str) -> Process:
        more |= {"DEMO_FOLDER": str(folder), "PORT": str(port), "POSTERN_PROGRAM": str(PROGRAM)}
        environment = os.environ | more
        log = folder / f"output-{len(processes)}"
        processes.append(Process("make run", [sys.executable, ROOT / "scripts/run_demo.py"], log, environment))
        return processes[-1]

    yield start
    for process in processes:
        process.stop()


def account(process: Process) -> tuple[str, str]:
    process.wait_until(lambda: "first account" in process.tail(), "the address and the account")
    found = re.search(r"first account is +(\S+) +(\S+)", process.tail())
    assert found
    return found[1], found[2]


def test_demo_site_is_protected_and_keeps_its_account(run) -> None:
    port = free_port()
    process = run(port)
    email, password = account(process)
    assert f"http://127.0.0.1:{port}/" in process.tail()

    client = Client(port)
    assert client.get("/").status == 200
    assert client.get("/private/").status == 401
    login = client.view("/private/?a=1&b=2").header("Location")
    form = Form(client.view(login).text)
    answer = client.submit(form.action, form.fields | {"email": email, "password": password})
    assert client.arrive(answer) == "/private/?a=1&b=2"
    assert "The private folder" in client.view("/private/?a=1&b=2").text
    assert "For administrators" in client.view("/private/admin/").text
    assert email in client.view("/app/").text
    new = {"email": "somebody@example.com", "password": "correct horse"}
    assert Client(port).post("/api/auth/register", new).json["error_code"] == "REGISTRATION_CLOSED"

    process.signal(signal.SIGINT)
    assert process.child.wait(35) == 0
    assert not accepts(("127.0.0.1", port))
    assert account(run(port)) == (email, password)


def test_port_that_is_taken_is_said(run, site) -> None:
    process = run(site.port)
    assert process.child.wait(20) == 1
    assert f"port {site.port} is taken" in process.tail()


def test_under_a_name_the_demo_site_offers_passkeys(run) -> None:
    for host, offered in (("127.0.0.1", False), ("localhost", True)):
        port = free_port()
        process = run(port, SITE=host)
        account(process)
        assert f"http://{host}:{port}/" in process.tail()
        assert ("data-passkey" in Client(port).view("/auth/login").text) == offered, host
        process.signal(signal.SIGINT)
        assert process.child.wait(35) == 0


def test_another_host_is_refused(run) -> None:
    process = run(free_port(), SITE="www.example.com")
    assert process.child.wait(20) == 1
    assert "SITE=www.example.com" in process.tail()
