"""Contestants measured in turn, so that whatever else the machine does falls on all of them alike."""

import dataclasses
import pathlib
import re
import statistics
import struct
import subprocess
import time
from collections.abc import Callable

from .processes import Failure, Processes, processor_seconds

WARM_UP = 0.15
GRACE = 20


@dataclasses.dataclass
class Sample:
    per_second: float
    p50_us: float | None = None
    p99_us: float | None = None
    busy: float | None = None
    """Processors that the server kept busy; about 1 from a server of one thread means that it set the pace."""
    cost_us: float | None = None
    """Processor time that one answer took the server: a rate that a busy machine disturbs far less."""


@dataclasses.dataclass
class Contestant:
    name: str
    measure: Callable[[], Sample]
    samples: list[Sample] = dataclasses.field(default_factory=list)

    def median(self, of: str = "per_second") -> float | None:
        values = [value for value in (getattr(sample, of) for sample in self.samples) if value is not None]
        return statistics.median(values) if values else None

    def fastest(self) -> float:
        """The rate of the round that was disturbed least: others can only take processor time away."""
        return max(sample.per_second for sample in self.samples)

    def spread(self) -> float:
        """Half the distance between the fastest and the slowest round, as a share of the median."""
        rates = [sample.per_second for sample in self.samples]
        return (max(rates) - min(rates)) / 2 / statistics.median(rates)


def measure_in_turn(contestants: list[Contestant], rounds: int, progress: Callable[[str], None]) -> None:
    """Every round measures each contestant once, every other round in the opposite order."""
    for number in range(rounds):
        progress(f"round {number + 1} of {rounds}")
        for contestant in contestants if number % 2 == 0 else reversed(contestants):
            contestant.samples.append(contestant.measure())


def ratios(ours: Contestant, theirs: Contestant, of: str = "per_second") -> list[float]:
    """One ratio for each round, of two measurements that were made within seconds of each other."""
    return [getattr(our, of) / getattr(their, of) for our, their in zip(ours.samples, theirs.samples)]


@dataclasses.dataclass
class Load:
    """The load generator (`load/load.c`), against one address."""

    processes: Processes
    program: pathlib.Path
    protocol: str
    connections: int
    seconds: float
    rate: int = 0
    """Requests that begin in a second, whether or not answers are there; 0: each connection asks again at once."""

    def contestant(self, name: str, address: object, status: int, requests: list[bytes],
                   server: subprocess.Popen | None = None) -> Contestant:  # fmt: skip
        """`server` is the process whose processor time is told; without it none is."""
        command = self.command(name, address, status, requests)
        return Contestant(name, lambda: self.sample(command, server))

    def command(self, name: str, address: object, status: int, requests: list[bytes]) -> list:
        """How the generator is called; NAME is that of the file which the requests are put into."""
        file = self.processes.directory / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}.requests"
        file.write_bytes(b"".join(struct.pack(">I", len(request)) + request for request in requests))
        return [self.program, self.protocol, address, self.connections, self.seconds, WARM_UP, status, file, self.rate]

    def sample(self, command: list, server: subprocess.Popen | None = None) -> Sample:
        """One measurement. Not one answer in its time is a Failure."""
        began, taken = time.monotonic(), processor_seconds(server) if server else 0
        result = self.processes.result_of(command, self.seconds + WARM_UP + GRACE)
        if not result["per_second"]:
            raise Failure(f"{command[7].name}: no answer within {self.seconds} s; the machine is too busy for this")
        sample = Sample(result["per_second"], result["p50_us"], result["p99_us"])
        if server:
            taken = processor_seconds(server) - taken
            sample.busy = taken / (time.monotonic() - began)
            sample.cost_us = taken / result["checked"] * 1e6
        return sample
