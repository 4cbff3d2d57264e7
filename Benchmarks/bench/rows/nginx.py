"""A protected static file through nginx with the shipped files, against what nginx does at best and at worst."""

import dataclasses
import os

from .. import nginx
from ..plan import PROCESSORS, Plan, Row, ratio_row, single_row
from ..tokens import strangers


def rows(plan: Plan) -> list[Row]:
    key = os.urandom(32).hex()
    asked = plan.postern("behind_nginx", JWT_SECRET_KEY=key)
    cookie = asked.registered("reader@example.com")
    yes, yes_path = plan.always_yes(PROCESSORS)
    wordy, wordy_path = plan.always_yes(PROCESSORS, "always_yes", "all")
    site, wide = nginx.Site(plan.processes, "nginx"), nginx.Site(plan.processes, "nginx_two", workers=2)
    servers = {
        "nginx + Postern": site.add_shipped("postern", asked.socket),
        "nginx + C always yes": site.add_shipped("always_yes", yes_path),
        "nginx + C always yes, as many fields": site.add_shipped("always_yes_all", wordy_path),
        "nginx + C always yes, plain set-up": site.add("plain", socket=yes_path),
        "nginx asking itself": site.add("itself"),
        "nginx + Postern, no fastcgi_store": site.add_shipped("postern", asked.socket, stores=False),
        "nginx + Postern, two workers": wide.add_shipped("postern", asked.socket),
        "nginx, open file": site.add("open"),
    }
    running = [site.start(), wide.start()]
    for name, server in servers.items():
        if "Postern" in name:
            nginx.must_refuse(name, server, strangers(key, cookie))
    load, request = plan.load("http"), nginx.request(cookie)
    ours, yes_too, as_many, plain, itself, unkept, two, _ = (
        load.contestant(name, server.port, 200, [request]) for name, server in servers.items())  # fmt: skip
    plan.measure([ours, yes_too, as_many, plain, itself, unkept, two])
    alone = dataclasses.replace(load, connections=1)
    guarded, unguarded = (
        alone.contestant(f"{name}, one at a time", servers[name].port, 200, [request])
        for name in ("nginx + Postern", "nginx, open file")
    )  # fmt: skip
    plan.measure([guarded, unguarded], plan.few)
    added = [one.p50_us - other.p50_us for one, other in zip(guarded.samples, unguarded.samples)]
    plan.stop(*running, yes, wordy, asked)
    file = "protected file through nginx, shipped files, against"
    return [
        ratio_row(f"{file} the same asking a C program that always says yes", ours, yes_too, 0.97),
        ratio_row(f"{file} that program answering with as many fields as Postern", ours, as_many),
        ratio_row(f"{file} the usual `auth_request` set-up asking that program", ours, plain, 1.5),
        ratio_row(f"{file} nginx asking itself (`return 204`)", ours, itself, 0.65),
        ratio_row("not Postern, but the C program that always says yes, against nginx asking itself", yes_too, itself),
        ratio_row(f"{file} the same without the line `fastcgi_store`", ours, unkept),
        single_row("what a protected file takes longer than an open one, asked for one at a time", added, "µs"),
        ratio_row(f"two nginx workers, against one; {PROCESSORS} processors for everything", two, ours),
    ]
