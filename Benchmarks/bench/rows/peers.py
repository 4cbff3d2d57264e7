"""The same protected file, let through by Postern and by what others use."""

import os

from .. import nginx, peers
from ..measuring import Contestant
from ..plan import PROCESSORS, Plan, Row, ratio_row
from ..tokens import strangers

FILE = "protected file through nginx, shipped files, against"
PEERS: list[tuple[peers.Start, str, str, float | None]] = [
    (peers.lua, "Lua in nginx, HS256", f"{FILE} HS256 verified in nginx by Lua", 1.5),
    (peers.basic, "auth_basic, apr1", f"{FILE} nginx's `auth_basic` with passwords hashed as apr1", None),
    (peers.go, "Go net/http, HS256", f"{FILE} HS256 verified by a Go `net/http` program", None),
    (peers.lemonldap, "LemonLDAP::NG handler", f"{FILE} LemonLDAP::NG's FastCGI handler", None),
    (peers.flask, "Flask-JWT-Extended", f"{FILE} Flask-JWT-Extended under gunicorn", None),
]


def rows(plan: Plan) -> list[Row]:
    key = os.urandom(32).hex()
    asked = plan.postern("beside_peers", JWT_SECRET_KEY=key)
    cookie = asked.registered("reader@example.com")
    yes, yes_path = plan.always_yes(PROCESSORS)
    site = nginx.Site(plan.processes, "nginx_peers")
    key_file = plan.processes.directory / "key"
    key_file.write_text(key)
    credentials = peers.Credentials(key_file, cookie, strangers(key, cookie))

    # A contestant may be missing: then its row says so.
    entered = {name: start(plan, site, credentials) for start, name, _, _ in PEERS}
    entered["Postern"] = peers.Peer(
        site.add_shipped("postern", asked.socket), nginx.request(cookie), credentials.strangers)
    entered["C program, always yes"] = peers.Peer(
        site.add_shipped("always_yes", yes_path), nginx.request(cookie), {})
    entered["nginx asking itself"] = peers.Peer(site.add("itself"), nginx.request(cookie), {})
    running = site.start()
    load = plan.load("http")
    contestants: dict[str, Contestant] = {}
    for name, peer in entered.items():
        if peer is not None:
            nginx.must_refuse(name, peer.server, peer.strangers)
            contestants[name] = load.contestant(name, peer.server.port, 200, [peer.request])
    plan.measure(list(contestants.values()))
    plan.stop(running, yes, asked, *(process for peer in entered.values() if peer for process in peer.processes))
    return [
        ratio_row(what, contestants["Postern"], contestants.get(name), goal) for _, name, what, goal in PEERS
    ]  # fmt: skip
