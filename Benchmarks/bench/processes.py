"""Processes that one run starts, and ends by their ids, whatever happens to the run."""

import ctypes
import json
import os
import pathlib
import pwd
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Failure(Exception):
    """Something that makes the run worthless; its text is for the person who started it."""


class Processes:
    """Everything started here is ended on leaving the `with` block: SIGTERM first, SIGKILL after five seconds."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self._running: list[subprocess.Popen] = []

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for process in reversed(list(self._running)):
            self.stop(process)

    def start(
        self, name: str, command: list, environment: dict[str, str] | None = None, user: str | None = None
    ) -> subprocess.Popen:
        """Starts a server, as `user` where that is given. What it prints goes to `NAME.log` in the directory."""
        file = self.directory / f"{name}.log"
        identity = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
        with open(file, "ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=_die_with_parent, **identity)  # fmt: skip
        process.name, process.log = name, file
        self._running.append(process)
        return process

    def stop(self, process: subprocess.Popen) -> None:
        if process not in self._running:
            return
        self._running.remove(process)
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def wait_until(self, process: subprocess.Popen, is_ready, seconds: float = 10) -> None:
        """Returns at the first moment at which `is_ready` holds; an OSError from it means not yet."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if is_ready():
                    return
            except OSError:
                pass
            if process.poll() is not None or time.monotonic() > deadline:
                what = "is not ready" if process.returncode is None else f"ended with {process.returncode}"
                raise Failure(f"{process.name} {what}:\n{log_of(process)}")
            time.sleep(0.0005)

    def result_of(self, command: list, seconds: float) -> dict:
        """Runs a program that prints one line of JSON; Failure when it does not end well within `seconds`."""
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, preexec_fn=_die_with_parent)  # fmt: skip
        self._running.append(process)
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{' '.join(process.args)}: still running after {seconds:.0f} s") from None
        finally:
            self.stop(process)
        if process.returncode != 0:
            raise Failure(f"{' '.join(process.args)}:\n{errors.decode(errors='replace')}")
        return json.loads(output)


def log_of(process: subprocess.Popen) -> str:
    """The end of what the server has printed."""
    return process.log.read_text(errors="replace")[-2000:]


def processor_seconds(process: subprocess.Popen) -> float:
    """Processor time that the process's living threads have taken (schedstats, first field, in nanoseconds)."""
    threads = pathlib.Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def resident_mebibytes(process: subprocess.Popen) -> float:
    """Resident memory, what it shares with others included (proc(5), status, VmRSS)."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise Failure(f"{process.name} has no memory")


def compile_c(output: pathlib.Path, sources: list[pathlib.Path], libraries: list[str]) -> pathlib.Path:
    compiler = os.environ.get("CC", "gcc")
    options = ["-O2", "-Wall", "-Wextra", "-o", output]
    command = [compiler, *options, *sources, *[f"-l{library}" for library in libraries], "-lpthread"]
    outcome = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if outcome.returncode != 0:
        raise Failure(f"{output.name} does not compile:\n{outcome.stderr}")
    return output


def _die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
