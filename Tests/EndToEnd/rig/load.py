"""A mixed load that goes on for as long as is wanted: what its actors have in common, and the processes they run in."""

import collections
import dataclasses
import multiprocessing
import multiprocessing.connection
import pathlib
import random
import threading
import time
import traceback
import typing

from rig.client import Answer


@dataclasses.dataclass
class Target:
    """Where the site is that is loaded. Sent to other processes."""

    port: int
    socket: pathlib.Path


class Ledger:
    """What was done, how long the questions took, and what was not as it should be. Of one process; its actors share
    it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.done: collections.Counter[str] = collections.Counter()
        self.times: list[float] = []
        self.failures: list[str] = []

    def count(self, act: str, number: int = 1) -> None:
        with self.lock:
            self.done[act] += number

    def took(self, seconds: float) -> None:
        with self.lock:
            self.times.append(seconds)

    def fail(self, text: str) -> None:
        with self.lock:
            self.failures.append(text)

    def take(self) -> tuple[collections.Counter[str], list[float], list[str]]:
        """Everything since it was last taken."""
        with self.lock:
            taken = self.done, self.times, self.failures
            self.done, self.times, self.failures = collections.Counter(), [], []
            return taken


class Actor:
    """Does one thing after another, on a thread of its own, until the time is over."""

    def __init__(self, target: Target, ledger: Ledger, chance: random.Random) -> None:
        self.target = target
        self.ledger = ledger
        self.chance = chance
        self.end = 0.0

    def act(self) -> None:
        raise NotImplementedError

    def expect(self, answer: Answer, *statuses: int, about: str = "") -> Answer:
        assert answer.status in statuses, f"{about} {answer.status}, and not {statuses}: {answer}"
        return answer

    def run(self, end: float) -> None:
        self.end = end
        while time.monotonic() < end:
            try:
                self.act()
            except Exception:
                self.ledger.fail(f"{type(self).__name__}: {traceback.format_exc()}")
                # Whatever is wrong, it is said once a second and not ten thousand times.
                time.sleep(1)


def perform(
    target: Target, casts: list[tuple[type[Actor], int]], seed: str, end: float,
    report: multiprocessing.connection.Connection,
) -> None:  # fmt: skip
    """A process: the actors, each as often as is said, and a report every second."""
    ledger = Ledger()
    threads = [
        threading.Thread(
            target=kind(target, ledger, random.Random(f"{seed} {kind.__name__} {number}")).run, args=(end,), daemon=True
        )
        for kind, count in casts
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) and time.monotonic() < end + 60:
        time.sleep(1)
        report.send(ledger.take())
    if any(thread.is_alive() for thread in threads):
        ledger.fail("an actor has not come to its end")
    report.send(ledger.take())
    report.send(None)
    report.close()


class Load:
    """Actors in processes of their own, and what they have reported."""

    def __init__(self, target: Target, *processes: list[tuple[type[Actor], int]], seed: int, seconds: float) -> None:
        self.done: collections.Counter[str] = collections.Counter()
        self.times: list[tuple[float, float]] = []
        self.failures: list[str] = []
        # The clock is the same in every process of a machine.
        self.end = time.monotonic() + seconds
        spawning = multiprocessing.get_context("spawn")
        self.processes = []
        self.reports: list[multiprocessing.connection.Connection] = []
        for number, casts in enumerate(processes):
            mine, its = spawning.Pipe(duplex=False)
            process = spawning.Process(
                target=perform, args=(target, casts, f"{seed} {number}", self.end, its), daemon=True
            )
            process.start()
            its.close()
            self.processes.append(process)
            self.reports.append(mine)

    def follow(self) -> typing.Iterator[float]:
        """Takes the reports until all processes have ended; gives the time about once a second."""
        open_reports = list(self.reports)
        while open_reports:
            for report in multiprocessing.connection.wait(open_reports, timeout=1):
                try:
                    taken = report.recv()
                except EOFError:
                    self.failures.append("a process of the load has ended before its time")
                    taken = None
                if taken is None:
                    open_reports.remove(report)
                    continue
                done, times, failures = taken
                now = time.monotonic()
                self.done += done
                self.times += [(now, seconds) for seconds in times]
                self.failures += failures
            yield time.monotonic()
        for process in self.processes:
            process.join(10)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()
