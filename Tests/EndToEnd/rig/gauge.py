"""What a running Postern takes up, noted again and again, and whether it stays the same."""

import collections
import dataclasses
import os
import pathlib
import statistics

from rig.postern import PROGRAM, Postern

MIB = 1 << 20
# Connections that Postern has to its database, and how much of it each of them keeps (SQLite's `cache_size`).
DATABASE_CONNECTIONS, DATABASE_CACHE = 5, 2_048_000


@dataclasses.dataclass
class Sample:
    """At one moment. Sizes are in bytes."""

    time: float
    # Requests that had been answered until then, and things that had been revoked.
    requests: int
    revoked: int
    memory: int
    descriptors: int
    threads: int
    database: int
    log: int


def size(path: pathlib.Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def sample(postern: Postern, time: float, requests: int, revoked: int) -> Sample:
    process = pathlib.Path(f"/proc/{postern.process.pid}")
    database = postern.data / "postern.db"
    return Sample(
        time, requests, revoked, postern.process.memory(), len(os.listdir(process / "fd")),
        len(os.listdir(process / "task")), size(database), size(database.with_suffix(".db-wal")),
    )  # fmt: skip


def is_sanitized() -> bool:
    """Built with a sanitizer, whose own bookkeeping grows."""
    return b"__asan_init" in PROGRAM.read_bytes() or b"__tsan_init" in PROGRAM.read_bytes()


def quarter(samples: list[Sample], number: int) -> list[Sample]:
    """The second quarter is the first that counts: before it everything is new."""
    began, ended = samples[0].time, samples[-1].time
    start = began + (ended - began) * (number - 1) / 4
    return [one for one in samples if start <= one.time <= start + (ended - began) / 4]


def medians(samples: list[Sample], what: str) -> tuple[float, float]:
    """Of the second quarter and of the last."""
    before, after = (statistics.median(getattr(one, what) for one in quarter(samples, number)) for number in (2, 4))
    return before, after


def growth(samples: list[Sample], what: str) -> float:
    before, after = medians(samples, what)
    return after - before


def complaints(samples: list[Sample]) -> list[str]:
    """What has grown that should not.

    Memory may, by two MiB for what the allocator and bounded caches do; by what SQLite keeps of a database that has
    grown, until that is full; by 128 bytes for each revocation, which is kept for an hour at least (`AtomicTable`:
    slots of 16 bytes, a quarter of them in use at the least, the smaller tables before it at rest); and by a byte for
    each request. The least that can be lost is a block of 32, so what one request in ten loses shows in two minutes,
    and one in thirty in an hour.
    """
    found = []
    requests, revoked = growth(samples, "requests"), growth(samples, "revoked")
    cached = [DATABASE_CONNECTIONS * min(size, DATABASE_CACHE) for size in medians(samples, "database")]
    most = 2 * MIB + cached[1] - cached[0] + 128 * revoked + requests
    # In less than a minute not even each thread has had its first password to hash.
    is_long = samples[-1].time - samples[0].time > 60
    if is_long and not is_sanitized() and growth(samples, "memory") > most:
        found.append(
            f"memory has grown by {growth(samples, 'memory') / MIB:.1f} MiB over {requests:.0f} requests and "
            f"{revoked:.0f} revocations, more than {most / MIB:.1f}"
        )
    # nginx opens one more connection now and then, when more people come at the same moment than ever before.
    if growth(samples, "descriptors") > 8:
        found.append(f"{growth(samples, 'descriptors'):.0f} descriptors more")
    # A lane starts one more now and then, when more ask at the same moment than ever before; the log may have one for a
    # moment. What a reload leaves behind comes to eight within two minutes.
    if growth(samples, "threads") > 6:
        found.append(f"{growth(samples, 'threads'):.0f} threads more")
    if (largest := max(one.log for one in samples)) > 32 * MIB:
        found.append(f"the write-ahead log of the database had {largest / MIB:.0f} MiB")
    return found


class LogReader:
    """Reads what Postern has logged, and empties the file: an hour of lines would fill a disk."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.levels: collections.Counter[str] = collections.Counter()
        self.errors: list[str] = []
        self.rest = b""
        self.position = 0

    def read(self) -> None:
        with self.path.open("rb") as file:
            file.seek(self.position)
            data = file.read()
            self.position += len(data)
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            level = (line.split(b" ", 2) + [b"", b""])[1].decode(errors="replace")
            self.levels[level] += 1
            if level not in ("info", "notice", "warning"):
                self.errors.append(line.decode(errors="replace"))
