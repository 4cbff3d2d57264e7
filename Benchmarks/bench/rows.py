"""The rows of the table: what runs against what, and which ratio has to be held."""

import dataclasses
import os
import pathlib
import statistics
import time
from collections.abc import Callable

from . import fastcgi, nginx, postern
from .measuring import GRACE, Contestant, Load, Sample, measure_in_turn, ratios
from .processes import Failure, Processes, compile_c, resident_mebibytes

HERE = pathlib.Path(__file__).resolve().parent.parent
PROCESSORS = len(os.sched_getaffinity(0))
ARGON2 = {"MEMORY": 19_456, "PASSES": 2, "LANES": 1}  # MEMORY in KiB
NICENESS = 10  # of Postern's hashing threads: on a busy machine the loop must not get more of it than they do
LOGIN_SECONDS = 1  # a hash takes some 15 ms: shorter measurements would count too few


@dataclasses.dataclass
class Row:
    what: str
    ours: str
    theirs: str
    result: float | None
    """The median ratio, or the median of what is measured alone; None where it could not be measured."""
    least: float
    most: float
    goal: float
    unit: str = "×"
    at_most: bool = False

    def is_held(self) -> bool | None:
        if self.result is None:
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
    contestants: dict[str, Contestant] = dataclasses.field(default_factory=dict)

    def compiled(self, name: str, sources: str, libraries: list[str]) -> pathlib.Path:
        files = sorted(HERE.glob(sources))
        return compile_c(self.processes.directory / name, files, libraries)

    def load(self, protocol: str) -> Load:
        program = self.processes.directory / "load"
        if not program.exists():
            self.compiled("load", "load/*.c", [])
        return Load(self.processes, program, protocol, self.connections, self.seconds)

    def always_yes(self, threads: int):
        program = self.processes.directory / "always_yes"
        if not program.exists():
            self.compiled("always_yes", "baselines/always_yes.c", ["fcgi"])
        path = self.processes.directory / f"always_yes_{threads}.sock"
        process = self.processes.start(f"always_yes_{threads}", [program, path, threads])
        request = postern.verify_parameters("")
        self.processes.wait_until(process, lambda: fastcgi.ask(str(path), request).status == 204)
        return process, path

    def postern(self, name: str, **settings: object) -> postern.Postern:
        texts = {key: str(value) for key, value in settings.items()}
        return postern.started(self.processes, self.program, name, texts)

    def measure(self, contestants: list[Contestant]) -> None:
        self.contestants |= {contestant.name: contestant for contestant in contestants}
        measure_in_turn(contestants, self.rounds, self.progress)


def behind_nginx(plan: Plan) -> list[Row]:
    """A protected static file through nginx with the shipped files."""
    key = os.urandom(32).hex()
    asked = plan.postern("behind_nginx", JWT_SECRET_KEY=key)
    cookie = asked.registered("reader@example.com")
    yes, yes_path = plan.always_yes(PROCESSORS)
    ports = nginx.started(plan.processes, asked.socket, yes_path, key)
    load = plan.load("http")
    names = {
        "shipped": "nginx + Postern",
        "shipped_yes": "nginx + C always yes",
        "plain": "nginx + C always yes, plain set-up",
        "itself": "nginx asking itself",
        "lua": "nginx + Lua HS256",
    }
    contestants = {
        kind: load.contestant(names[kind], port, 200, [nginx.request(cookie)]) for kind, port in ports.items()
    }
    _judge_in_earnest(ports, cookie, key)
    plan.measure(list(contestants.values()))
    plan.processes.stop(yes)
    plan.processes.stop(asked.process)
    file = "protected file through nginx, shipped files, against "
    goals = [
        ("shipped_yes", file + "the same asking a C program that always says yes", 0.97),
        ("plain", file + "the usual `auth_request` set-up asking that program", 1.5),
        ("itself", file + "nginx asking itself (`return 204`)", 0.65),
        ("lua", file + "HS256 verified in nginx by Lua", 1.5),
    ]
    return [_ratio_row(what, contestants["shipped"], contestants.get(kind), goal) for kind, what, goal in goals]


def over_the_socket(plan: Plan) -> list[Row]:
    asked = plan.postern("over_the_socket", POSTERN_REACTORS=1)
    parameters = postern.verify_parameters(asked.registered("reader@example.com"))
    yes, yes_path = plan.always_yes(1)
    load, request = plan.load("fastcgi"), fastcgi.request(parameters)
    ours = load.contestant("verify over the socket", asked.socket, 204, [request], asked.process)
    theirs = load.contestant("C always yes over the socket", yes_path, 204, [request], yes)
    plan.measure([ours, theirs])
    plan.processes.stop(yes)
    plan.processes.stop(asked.process)
    return [_ratio_row("`verify` over the socket, one reactor, against the C program, one thread", ours, theirs, 0.75)]


def logins(plan: Plan) -> list[Row]:
    settings = {f"POSTERN_ARGON2_{name}": value for name, value in ARGON2.items()}
    asked = plan.postern("logins", POSTERN_HASHERS=PROCESSORS, **settings)
    people = [f"reader{number}@example.com" for number in range(4 * PROCESSORS)]
    for email in people:
        asked.registered(email)
    bodies = [postern.post_parameters("login", {"email": email, "password": postern.PASSWORD}) for email in people]
    seconds = max(plan.seconds, LOGIN_SECONDS)
    load = dataclasses.replace(plan.load("fastcgi"), connections=len(people), seconds=seconds)
    requests = [fastcgi.request(parameters, body) for parameters, body in bodies]
    ours = load.contestant("logins", asked.socket, 200, requests, asked.process)
    program = plan.compiled("argon2_loop", "baselines/argon2_loop.c", ["argon2"])

    def loop() -> Sample:
        command = ["nice", "-n", NICENESS, program, PROCESSORS, seconds, *ARGON2.values()]
        return Sample(plan.processes.result_of(command, seconds + GRACE)["per_second"])

    theirs = Contestant("libargon2 loop", loop)
    plan.measure([ours, theirs])
    plan.processes.stop(asked.process)
    return [_ratio_row("logins per second, against a bare libargon2 loop on as many threads", ours, theirs, 0.95)]


def at_rest(plan: Plan) -> list[Row]:
    """Memory after the first answer, and the time until it, on a new database and on one that is there."""
    memory, first, again = [], [], []
    for number in range(plan.rounds):
        plan.progress(f"start {number + 1} of {plan.rounds}")
        for times in (first, again):
            started = plan.postern(f"start_{number}")
            times.append(started.seconds_to_first_answer * 1000)
            time.sleep(0.2)
            memory.append(resident_mebibytes(started.process))
            plan.processes.stop(started.process)
    return [
        _single_row("memory at rest, after the first answer", memory, 16, "MiB"),
        _single_row("start to first answer, new data directory", first, 50, "ms"),
        _single_row("start to first answer, database there", again, 50, "ms"),
    ]


def _judge_in_earnest(ports: dict[str, int], cookie: str, key: str) -> None:
    """Postern and Lua have to refuse strangers, forged and expired tokens; otherwise their rates mean nothing."""
    refused = {
        "no token": "",
        "a forged token": postern.minted_cookie(os.urandom(32).hex(), lasts=900),
        "an expired token": postern.minted_cookie(key, lasts=-1),
        "a cut token": cookie.replace("access_token_cookie=e", "access_token_cookie=").partition(";")[0],
    }
    for kind in (kind for kind in ("shipped", "lua") if kind in ports):
        for what, field in refused.items():
            if (status := nginx.status(ports[kind], field)) not in (302, 401):
                raise Failure(f"{kind}: {status} for {what}")


def _ratio_row(what: str, ours: Contestant, theirs: Contestant | None, goal: float) -> Row:
    mine = f"{ours.median():,.0f}/s"
    if theirs is None:
        return Row(what, mine, "not installed", None, 0, 0, goal)
    all_ratios = ratios(ours, theirs)
    return Row(
        what, mine, f"{theirs.median():,.0f}/s", statistics.median(all_ratios), min(all_ratios), max(all_ratios), goal)


def _single_row(what: str, values: list[float], goal: float, unit: str) -> Row:
    median = statistics.median(values)
    return Row(what, "", "", median, min(values), max(values), goal, unit, at_most=True)


GROUPS: dict[str, Callable[[Plan], list[Row]]] = {
    "nginx": behind_nginx,
    "socket": over_the_socket,
    "logins": logins,
    "rest": at_rest,
}
