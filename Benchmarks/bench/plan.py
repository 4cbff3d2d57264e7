"""What every group of rows works with: the programs to compile, the servers to start, and how a row is made."""

import dataclasses
import os
import pathlib
import statistics
from collections.abc import Callable

from . import fastcgi, postern
from .measuring import Contestant, Load, measure_in_turn, ratios
from .processes import Processes, compile_c

HERE = pathlib.Path(__file__).resolve().parent.parent
PROCESSORS = len(os.sched_getaffinity(0))
NOT_INSTALLED = "not installed"


@dataclasses.dataclass
class Row:
    what: str
    ours: str
    theirs: str
    result: float | None
    """The median ratio, or the median of what is measured alone; None where it could not be measured."""
    least: float
    most: float
    goal: float | None = None
    unit: str = "×"
    at_most: bool = False
    group: str = ""

    def is_held(self) -> bool | None:
        if self.result is None or self.goal is None:
            return None
        return self.result <= self.goal if self.at_most else self.result >= self.goal


@dataclasses.dataclass
class Plan:
    processes: Processes
    program: pathlib.Path
    rounds: int
    seconds: float
    connections: int
    progress: Callable[[str], None]
    group: str = ""
    """The group that is being measured."""
    contestants: dict[str, dict[str, Contestant]] = dataclasses.field(default_factory=dict)
    """By group and name."""

    @property
    def few(self) -> int:
        """Rounds for rows without a goal."""
        return max(1, self.rounds // 2)

    def compiled(self, name: str, sources: str, libraries: list[str]) -> pathlib.Path:
        program = self.processes.directory / name
        return program if program.exists() else compile_c(program, sorted(HERE.glob(sources)), libraries)

    def load(self, protocol: str) -> Load:
        program = self.compiled("load", "load/*.c", [])
        return Load(self.processes, program, protocol, self.connections, self.seconds)

    def always_yes(self, threads: int, name: str = "always_yes", *more: str):
        """A C program of `baselines/` that lets everyone in, started: its process and its socket."""
        program = self.compiled(name, f"baselines/{name}.c", ["fcgi"])
        label = "_".join([name, str(threads), *more])
        path = self.processes.directory / f"{label}.sock"
        process = self.processes.start(label, [program, path, threads, *more])
        request = postern.verify_parameters("")
        self.processes.wait_until(process, lambda: fastcgi.ask(str(path), request).status == 204)
        return process, path

    def postern(self, name: str, **settings: object) -> postern.Postern:
        texts = {key: str(value) for key, value in settings.items()}
        return postern.started(self.processes, self.program, name, texts)

    def measure(self, contestants: list[Contestant], rounds: int | None = None) -> None:
        self.contestants.setdefault(self.group, {}).update({contestant.name: contestant for contestant in contestants})
        measure_in_turn(contestants, rounds or self.rounds, self.progress)

    def stop(self, *servers) -> None:
        for server in servers:
            self.processes.stop(getattr(server, "process", server))


def ratio_row(what: str, ours: Contestant, theirs: Contestant | None, goal: float | None = None) -> Row:
    """How many times as fast ours is. `theirs` is None where it is not installed."""
    mine = f"{ours.median():,.0f}/s"
    if theirs is None:
        return Row(what, mine, NOT_INSTALLED, None, 0, 0, goal)
    values = ratios(ours, theirs)
    return Row(what, mine, f"{theirs.median():,.0f}/s", statistics.median(values), min(values), max(values), goal)


def cost_row(what: str, ours: Contestant, theirs: Contestant) -> Row:
    """How many times as much processor time one answer takes; both contestants tell their server's."""
    values = ratios(ours, theirs, "cost_us")
    words = [f"{contestant.median('cost_us'):,.1f} µs" for contestant in (ours, theirs)]
    return Row(what, *words, statistics.median(values), min(values), max(values), at_most=True)


def p99_row(what: str, disturbed: Contestant, quiet: Contestant, goal: float | None) -> Row:
    """How many times as long the slowest hundredth waits at least."""
    values = ratios(disturbed, quiet, "p99_us")
    words = [f"{contestant.median('p99_us'):,.0f} µs" for contestant in (disturbed, quiet)]
    return Row(what, *words, statistics.median(values), min(values), max(values), goal, at_most=True)


def single_row(what: str, values: list[float], unit: str, at_most: float | None = None) -> Row:
    """What is measured alone: milliseconds, memory."""
    return Row(what, "", "", statistics.median(values), min(values), max(values), at_most, unit, at_most=True)
