"""`verify` over the socket, without a web server before it: one reactor against a C program that lets everyone in."""

from .. import fastcgi, postern
from ..plan import PROCESSORS, Plan, Row, cost_row, ratio_row


def rows(plan: Plan) -> list[Row]:
    one, two = plan.postern("one_reactor", POSTERN_REACTORS=1), plan.postern("two_reactors", POSTERN_REACTORS=2)
    yes, yes_path = plan.always_yes(1)
    usual, usual_path = plan.always_yes(plan.connections + 1, "usual_yes")
    load = plan.load("fastcgi")
    requests = {
        server: [fastcgi.request(postern.verify_parameters(server.registered("reader@example.com")))]
        for server in (one, two)
    }
    ours = load.contestant("verify over the socket", one.socket, 204, requests[one], one.process)
    theirs = load.contestant("C always yes over the socket", yes_path, 204, requests[one], yes)
    threads = load.contestant("C always yes, a thread each", usual_path, 204, requests[one], usual)
    both = load.contestant("verify, two reactors", two.socket, 204, requests[two], two.process)
    plan.measure([ours, theirs, threads, both])
    plan.stop(yes, usual, one, two)
    return [
        ratio_row("`verify` over the socket, one reactor, against the C program, one thread", ours, theirs, 0.75),
        cost_row("the same, processor time of one answer", ours, theirs),
        ratio_row("`verify`, one reactor, against libfcgi as usual, a thread for each connection", ours, threads),
        ratio_row(f"`verify`, two reactors against one; {PROCESSORS} processors, one of them the load's", both, ours),
    ]
