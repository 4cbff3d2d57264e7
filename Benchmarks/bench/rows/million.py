"""`verify` with a million accounts and a million sessions that ended within the life of an access token, against an
empty database. Many people ask, so that each question looks somewhere else in memory."""

import os

from .. import fastcgi, filling, postern
from ..plan import Plan, Row, ratio_row, single_row
from ..processes import resident_mebibytes
from ..tokens import ACCESS, claims_of, header_of, hs256, with_another_name

COUNT = 1_000_000
SESSIONS = 2_000
NAMES = {"full": "verify, a million of both", "empty": "verify, empty database"}


def rows(plan: Plan) -> list[Row]:
    key, requests = os.urandom(32).hex(), {}
    for name in NAMES:
        asked = plan.postern(name, JWT_SECRET_KEY=key)
        token = asked.cookies("reader@example.com")[ACCESS]
        plan.stop(asked)
        requests[name] = _questions(key, token, filling.add_sessions(asked.data, claims_of(token)["id"], SESSIONS))
    plan.progress(f"{COUNT} accounts and {COUNT} revocations")
    filling.add_accounts(asked.data.parent / "full", COUNT)
    filling.add_revocations(asked.data.parent / "full", COUNT)

    starts, bytes_each = [], []
    for number in range(plan.few):
        plan.progress(f"start {number + 1} of {plan.few}")
        servers = {name: plan.postern(name, JWT_SECRET_KEY=key, POSTERN_REACTORS=1) for name in NAMES}
        starts.append(servers["full"].seconds_to_first_answer * 1000)
        memory = {name: resident_mebibytes(server.process) for name, server in servers.items()}
        bytes_each.append((memory["full"] - memory["empty"]) * 2**20 / COUNT)
        if number < plan.few - 1:
            plan.stop(*servers.values())

    load = plan.load("fastcgi")
    full, empty = (
        load.contestant(what, servers[name].socket, 204, requests[name], servers[name].process)
        for name, what in NAMES.items()
    )  # fmt: skip
    plan.measure([full, empty])
    plan.stop(*servers.values())
    million = "a million accounts and a million live revocations"
    what = f"`verify` with {million}, {SESSIONS:,} sessions in turn, against an empty database"
    return [
        ratio_row(what, full, empty, 0.95),
        single_row(f"start to first answer with {million}", starts, "ms", 1000),
        single_row("memory of one live revocation", bytes_each, "bytes"),
    ]


def _questions(key: str, token: str, sessions: list[str]) -> list[bytes]:
    header, claims = header_of(token), claims_of(token)
    everyone = (with_another_name(claims, number) | {"session_id": one} for number, one in enumerate(sessions))
    cookies = (f"{ACCESS}={hs256(key, header, one)}" for one in everyone)
    return [fastcgi.request(postern.verify_parameters(cookie)) for cookie in cookies]
