"""scripts/install-packages keeps services from being started, and leaves the machine as it was, interrupted or not."""

import os
import pathlib
import signal
import subprocess

import pytest

from rig.processes import wait_for
from webserver_files import ROOT

POLICY = "/usr/sbin/policy-rc.d"
# Nothing is installed, whoever asks is root, and apt-get takes its time.
COMMANDS = {"dpkg-query": "exit 1", "id": "echo 0", "apt-get": '[ "$1" = install ] || exit 0\n: >"$STARTED"\nsleep 30'}


def installing(folder: pathlib.Path, commands: dict[str, str]) -> subprocess.Popen:
    """The script itself, but for the place of the policy, beside commands that install nothing."""
    script = (ROOT / "scripts/install-packages").read_text()
    assert script.count(POLICY) == 1
    (folder / "install-packages").write_text(script.replace(POLICY, str(folder / "policy-rc.d")))
    (folder / "system-packages.txt").write_text("[test]\nsomething\n")
    for name, text in commands.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    surroundings = {"PATH": f"{folder}:{os.environ['PATH']}", "STARTED": str(folder / "started"), "TMPDIR": str(folder)}
    command = ["sh", folder / "install-packages", "test"]
    return subprocess.Popen(
        command, env=surroundings, start_new_session=True, stderr=subprocess.DEVNULL, preexec_fn=hear_signals
    )


def hear_signals() -> None:
    """Under nohup, or behind a `&`, some are ignored, and a shell cannot listen to those again."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_installation_leaves_no_policy(tmp_path: pathlib.Path, number: int) -> None:
    script = installing(tmp_path, COMMANDS)
    wait_for((tmp_path / "started").exists, "apt-get install")
    assert (tmp_path / "policy-rc.d").exists()
    # As a terminal does it: to all of them.
    os.killpg(script.pid, number)
    assert script.wait(20) != 0
    assert not (tmp_path / "policy-rc.d").exists()


def test_policy_that_was_there_stays(tmp_path: pathlib.Path) -> None:
    (tmp_path / "policy-rc.d").write_text("somebody's\n")
    script = installing(tmp_path, COMMANDS | {"apt-get": "exit 0"})
    assert script.wait(20) == 0
    assert (tmp_path / "policy-rc.d").read_text() == "somebody's\n"
