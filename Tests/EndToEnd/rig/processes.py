"""Child processes that tests start: each with a log of its own, ended by its process id and by nothing else."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time
import typing


def free_port() -> int:
    """A port that was free a moment ago. The kernel hands them out in turn, so another test hardly gets the same."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition: typing.Callable[[], object], what: str, seconds: float = 20) -> None:
    """Asks again and again until the condition holds; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.01)


def accepts(address: str | pathlib.Path | tuple[str, int]) -> bool:
    """Whether somebody listens there: a path for a unix socket, host and port for TCP."""
    family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
    with socket.socket(family) as probe, contextlib.suppress(OSError):
        probe.connect(address if isinstance(address, tuple) else str(address))
        return True
    return False


class Process:
    """A program under test. `log` gets whatever it writes, unless `options` say otherwise; `tail()` is for the message
    of a failed test."""

    living: typing.ClassVar[list["Process"]] = []

    def __init__(
        self,
        name: str,
        command: list[object],
        log: pathlib.Path,
        environment: dict[str, str] | None = None,
        **options: typing.Any,
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            self.child = subprocess.Popen([str(word) for word in command], env=environment, **streams | options)
        Process.living.append(self)

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def is_running(self) -> bool:
        return self.child.poll() is None

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def signal(self, number: int) -> None:
        if self.is_running:
            self.child.send_signal(number)

    def stop(self, seconds: float = 15) -> int:
        """Asks it to end and waits; one that does not is killed, and the test fails."""
        if self in Process.living:
            Process.living.remove(self)
        self.signal(signal.SIGTERM)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"{self.name} did not end within {seconds} s of SIGTERM:\n{self.tail()}") from None

    def kill(self) -> None:
        """As a power cut would: no chance to tidy up."""
        if self in Process.living:
            Process.living.remove(self)
        self.child.kill()
        self.child.wait()

    def wait_until(self, condition: typing.Callable[[], object], what: str, seconds: float = 20) -> None:
        """Waits, and fails at once with the log when the process has ended meanwhile."""

        def ended_or_holds() -> object:
            assert self.is_running, f"{self.name} ended with {self.child.returncode}:\n{self.tail()}"
            return condition()

        try:
            wait_for(ended_or_holds, what, seconds)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.name}:\n{self.tail()}") from None

    def memory(self) -> int:
        """Resident bytes."""
        pages = int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def peak_memory(self) -> int:
        """The most resident bytes that there have been."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def descriptors(self) -> int:
        """Open files, sockets and the like."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def sockets(self) -> int:
        """Those of its descriptors that are sockets: its connections, and what it listens on."""
        count = 0
        for descriptor in os.scandir(f"/proc/{self.pid}/fd"):
            with contextlib.suppress(FileNotFoundError):
                count += os.readlink(descriptor).startswith("socket:")
        return count

    def processor_time(self) -> float:
        """Seconds that its threads have run so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
