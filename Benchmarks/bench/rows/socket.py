"""`verify` over the socket, without a web server before it: one reactor against a C program that lets everyone in."""

from .. import fastcgi, postern
from ..plan import PROCESSORS, Plan, Row, ratio_row


def rows(plan: Plan) -> list[Row]:
    one, two = plan.postern("one_reactor", POSTERN_REACTORS=1), plan.postern("two_reactors", POSTERN_REACTORS=2)
    yes, yes_path = plan.always_yes(1)
    load = plan.load("fastcgi")
    requests = {
        server: [fastcgi.request(postern.verify_parameters(server.registered("reader@example.com")))]
        for server in (one, two)
    }
    ours = load.contestant("verify over the socket", one.socket, 204, requests[one], one.process)
    theirs = load.contestant("C always yes over the socket", yes_path, 204, requests[one], yes)
    both = load.contestant("verify, two reactors", two.socket, 204, requests[two], two.process)
    plan.measure([ours, theirs, both])
    plan.stop(yes, one, two)
    return [
        ratio_row("`verify`, one reactor, against the C program, one thread", ours, theirs, 0.75),
        ratio_row(f"`verify`, two reactors against one; {PROCESSORS} processors, one of them the load's", both, ours),
    ]
