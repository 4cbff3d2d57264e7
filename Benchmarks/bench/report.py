"""The table on the terminal, as Markdown and as JSON."""

import dataclasses
import datetime
import itertools
import json
import os
import pathlib
import platform
import textwrap

from .measuring import Contestant
from .processes import Failure
from .plan import PROCESSORS, Row
from .rows import GROUPS

BEGIN, END = "<!-- figures -->", "<!-- /figures -->"
METHOD = (
    "Both sides of a row are measured in the same run, one after the other in every round and in the opposite order "
    "in the next; the ratio is the median of the rounds' ratios, in brackets the lowest and the highest. Every answer "
    "is checked. Nothing is pinned to a processor."
)


@dataclasses.dataclass
class Setting:
    """Where and how a run was made."""

    rounds: int
    seconds: float
    connections: int
    nginx: str
    load_before: float
    load_after: float = 0
    took_seconds: float = 0

    def place(self) -> str:
        return f"{_processor()}, {PROCESSORS} processors, Linux {platform.release()}, nginx {self.nginx}"

    def sentence(self) -> str:
        return (
            f"{self.place()} with one worker; {self.rounds} rounds of {self.seconds:g} s, {self.connections} "
            f"connections; load average {self.load_before:.2f} before and {self.load_after:.2f} after; "
            f"{self.took_seconds:.0f} s in all."
        )

    def warning(self) -> str:
        if self.load_before < 0.75 * PROCESSORS:
            return ""
        return "The machine was busy before the run began: these figures are worth little."


def text_table(rows: list[Row]) -> str:
    lines = []
    for title, members in _grouped(rows):
        lines += ["", title, ""]
        for row in members:
            held = {True: ": held", False: ": NOT HELD", None: ""}[row.is_held()]
            both = f"{row.ours} : {row.theirs}    " if row.ours else ""
            goal = f", goal {_goal(row)}{held}" if row.goal is not None else ""
            lines += textwrap.wrap(row.what, 110)
            lines.append(f"    {both}{_result(row)}{goal}")
    return "\n".join(lines).strip()


def short_table(rows: list[Row], setting: Setting) -> str:
    """The rows that have a goal, as Markdown."""
    return _markdown([row for row in rows if row.goal is not None]) + "\n\n" + _words(setting) + "\n"


def whole_table(rows: list[Row], setting: Setting) -> str:
    """All rows as Markdown, a table for each group."""
    tables = [f"### {title}\n\n{_markdown(members)}" for title, members in _grouped(rows)]
    return _words(setting) + "\n\n" + "\n\n".join(tables) + "\n"


def latencies(contestants: dict[str, dict[str, Contestant]]) -> str:
    """A line for each contestant; nothing where none has asked for anything, as with the group `rest`."""
    named = [(name, one) for group in contestants.values() for name, one in group.items()]
    if not named:
        return ""
    lines = [
        f"{'contestant':<44}{'per second':>12}{'fastest':>10}{'±':>7}{'p50 µs':>10}{'p99 µs':>10}{'busy':>7}"
        f"{'cost µs':>10}"
    ]
    for name, contestant in named:
        row = f"{name:<44}{contestant.median():>12,.0f}{contestant.fastest():>10,.0f}{contestant.spread():>7.1%}"
        for of, width, digits in (("p50_us", 10, 0), ("p99_us", 10, 0), ("busy", 7, 2), ("cost_us", 10, 2)):
            value = contestant.median(of)
            row += f"{value:>{width},.{digits}f}" if value is not None else " " * width
        lines.append(row.rstrip())
    return "\n".join(lines)


def write_markdown(file: pathlib.Path, table: str) -> None:
    """Puts the table between the two markers of a file."""
    before, begin, rest = file.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Failure(f"{file}: without the lines {BEGIN} and {END}")
    file.write_text(f"{before}{BEGIN}\n{table}{END}{after}")


def write_json(folder: pathlib.Path, rows: list[Row], contestants: dict[str, dict[str, Contestant]], setting: Setting):
    folder.mkdir(exist_ok=True)
    moment = datetime.datetime.now(datetime.timezone.utc)
    file = folder / f"{moment:%Y%m%dT%H%M%SZ}.json"
    content = {
        "at": moment.isoformat(timespec="seconds"),
        "setting": dataclasses.asdict(setting) | {"processors": PROCESSORS, "kernel": platform.release()},
        "rows": [dataclasses.asdict(row) | {"held": row.is_held()} for row in rows],
        "contestants": {
            group: {
                name: [dataclasses.asdict(sample) for sample in contestant.samples]
                for name, contestant in members.items()
            }
            for group, members in contestants.items()
        },
    }
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    return file


def load_average() -> float:
    return os.getloadavg()[0]


def _grouped(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    return [
        (GROUPS[name][0], list(members)) for name, members in itertools.groupby(rows, key=lambda row: row.group)
    ]  # fmt: skip


def _markdown(rows: list[Row]) -> str:
    lines = ["| what | Postern | against | result | goal |", "| --- | ---: | ---: | ---: | ---: |"]
    for row in rows:
        mark = " **not held**" if row.is_held() is False else ""
        lines.append(f"| {row.what} | {row.ours} | {row.theirs} | {_result(row)}{mark} | {_goal(row)} |")
    return "\n".join(lines)


def _words(setting: Setting) -> str:
    return "\n".join(textwrap.wrap(f"{METHOD} {setting.sentence()} {setting.warning()}".strip(), 118))


def _result(row: Row) -> str:
    if row.result is None:
        return "not measured"
    if row.unit == "×":
        result, space = f"{row.result:.2f}", ""
        span = f"{row.least:.2f}–{row.most:.2f}"
    else:
        digits, space = 0 if row.result >= 100 else 1, " "
        result, span = f"{row.result:,.{digits}f}", f"{row.least:,.{digits}f}–{row.most:,.{digits}f}"
    return f"{result}{space}{row.unit}" + (f" ({span})" if row.least != row.most else "")


def _goal(row: Row) -> str:
    if row.goal is None:
        return ""
    return f"{'≤' if row.at_most else '≥'} {row.goal:g}{'' if row.unit == '×' else ' '}{row.unit}"


def _processor() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
