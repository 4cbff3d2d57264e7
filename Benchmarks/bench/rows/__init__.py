"""The groups of rows, in the order of the table. Each starts what it needs, measures, and ends it again."""

from collections.abc import Callable

from ..plan import Plan, Row
from . import crowd, kinds, logins, million, nginx, peers, rest, socket, storms, writes

GROUPS: dict[str, tuple[str, Callable[[Plan], list[Row]]]] = {
    "nginx": ("A protected file through nginx", nginx.rows),
    "peers": ("Beside others, through nginx", peers.rows),
    "socket": ("`verify` over the socket", socket.rows),
    "kinds": ("Processor time of one answer, against that of the usual question", kinds.rows),
    "storms": ("`verify` while others are busy", storms.rows),
    "million": ("With a million accounts and a million live revocations", million.rows),
    "crowd": ("Beside many connections", crowd.rows),
    "logins": ("Passwords", logins.rows),
    "writes": ("Writing", writes.rows),
    "rest": ("At rest", rest.rows),
}


def measured(plan: Plan, group: str) -> list[Row]:
    plan.group = group
    found = GROUPS[group][1](plan)
    for row in found:
        row.group = group
    return found
