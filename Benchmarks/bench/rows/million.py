"""`verify` with a million accounts and a million sessions that ended within the life of an access token, against an
empty database."""

from .. import fastcgi, filling, postern
from ..plan import Plan, Row, ratio_row, single_row
from ..processes import resident_mebibytes

COUNT = 1_000_000
NAMES = {"full": "verify, a million of both", "empty": "verify, empty database"}


def rows(plan: Plan) -> list[Row]:
    cookies = {}
    for name in NAMES:
        asked = plan.postern(name)
        cookies[name] = asked.registered("reader@example.com")
        plan.stop(asked)
    plan.progress(f"{COUNT} accounts and {COUNT} revocations")
    filling.add_accounts(asked.data.parent / "full", COUNT)
    filling.add_revocations(asked.data.parent / "full", COUNT)

    starts, bytes_each = [], []
    for number in range(plan.few):
        plan.progress(f"start {number + 1} of {plan.few}")
        servers = {name: plan.postern(name, POSTERN_REACTORS=1) for name in NAMES}
        starts.append(servers["full"].seconds_to_first_answer * 1000)
        memory = {name: resident_mebibytes(server.process) for name, server in servers.items()}
        bytes_each.append((memory["full"] - memory["empty"]) * 2**20 / COUNT)
        if number < plan.few - 1:
            plan.stop(*servers.values())

    load = plan.load("fastcgi")
    full, empty = (
        load.contestant(
            what, servers[name].socket, 204, [fastcgi.request(postern.verify_parameters(cookies[name]))],
            servers[name].process)
        for name, what in NAMES.items()
    )  # fmt: skip
    plan.measure([full, empty])
    plan.stop(*servers.values())
    return [
        ratio_row("`verify`, one reactor, against an empty database", full, empty, 0.95),
        single_row("start to first answer", starts, "ms", 1000),
        single_row("memory of one live revocation", bytes_each, "bytes"),
    ]
