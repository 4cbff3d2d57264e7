"""The `fastcgi_store` line of the shipped nginx files is there to keep the connection to Postern alone: with it the
connections stay, and whatever Postern answers, and whatever happens to it, nothing is ever stored. Under the nginx that
is installed, and under a newer one."""

import concurrent.futures
import contextlib
import dataclasses
import os
import pathlib
import re
import signal
import sqlite3
import tempfile
import typing

import pytest

from rig.client import Client
from rig.people import ACCESS, REFRESH, browser_with, changed, expired
from rig.processes import free_port, wait_for
from rig.relay import Relay
from rig.site import NginxSite, Person
from webserver_files import ROOT

VERIFY = (ROOT / "nginx/postern-verify.conf").read_text()
LINE = "    fastcgi_store /dev/null/never;\n"

# What is protected, before a server that asks as the shipped file says, one that could store, and one that cannot keep.
SERVER = """
server {
    listen 127.0.0.1:{port};
    root {www};
    client_max_body_size 100m;
    include postern/postern-api.conf;
    {verify}
    location ^~ /private/ { set $auth_require "signed-in"; include postern/postern-protect.conf; }
    location ^~ /private/admin/ { set $auth_require "role=admin"; include postern/postern-protect.conf; }
    location ^~ /private/recent/ { set $auth_require "age<=900"; include postern/postern-protect.conf; }
    location ^~ /private/second/ { set $auth_require "mfa"; include postern/postern-protect.conf; }
    location ^~ /private/nothing/ { include postern/postern-protect.conf; }
    location ^~ /private/basic/ {
        set $auth_require "signed-in"; set $auth_basic 1; include postern/postern-protect.conf;
    }
    # An audience that is longer than Postern takes: it cannot tell, which is 503.
    location ^~ /private/cannot-tell/ {
        set $auth_require "signed-in"; set $auth_assertion "{long}"; include postern/postern-protect.conf;
    }
    location ^~ /app/ {
        set $auth_require "signed-in"; set $auth_assertion "https://app.example.com";
        include postern/postern-protect.conf; include postern/postern-proxy-headers.conf;
        proxy_pass http://app/app/;
    }
    # What would be stored if it were 200.
    location = /stored {
        auth_request off;
        include postern/postern-params.conf;
        fastcgi_param SCRIPT_NAME /api/auth/healthz;
        fastcgi_store {store}/stored;
        fastcgi_pass postern;
    }
}
"""


@dataclasses.dataclass
class Place:
    site: NginxSite
    relay: Relay
    store: pathlib.Path
    # Ports of the servers that ask as shipped, that could store, and that have no such line.
    shipped: int
    storing: int
    without: int

    def stored(self) -> list[str]:
        """Every file where nginx could have stored something, or has begun to."""
        folders = (self.store, self.site.folder / "nginx/tmp")
        return [os.path.join(place, name) for top in folders for place, _, names in os.walk(top) for name in names]

    def accepted_while(self, act: typing.Callable[[], object]) -> int:
        before = self.relay.accepted
        act()
        return self.relay.accepted - before


def server(port: int, store: pathlib.Path, verify: str) -> str:
    text = SERVER.replace("{verify}", verify).replace("{port}", str(port)).replace("{store}", str(store))
    return text.replace("{long}", "https://" + 300 * "a" + ".example.com")


@contextlib.contextmanager
def placed(workspace: pathlib.Path, program: pathlib.Path | None) -> typing.Iterator[Place]:
    folder = pathlib.Path(tempfile.mkdtemp(dir=workspace))
    store = folder / "store"
    store.mkdir()
    ports = [free_port() for _ in range(3)]
    assert VERIFY.count(LINE) == 1
    questions = (
        "include postern/postern-verify.conf;",
        VERIFY.replace(LINE, f"    fastcgi_store {store}/never;\n"),
        VERIFY.replace(LINE, ""),
    )
    servers = "".join(server(port, store, verify) for port, verify in zip(ports, questions, strict=True))
    with Relay(folder / "relay.sock") as relay:
        site = NginxSite(folder / "site", site=servers, postern_socket=relay.path, program=program)
        relay.target = site.postern.socket
        for name in ("recent", "second", "nothing", "basic", "cannot-tell"):
            (site.www / "private" / name).mkdir()
            (site.www / "private" / name / "file.txt").write_text("a private file\n")
        yield Place(site, relay, store, *ports)
        site.stop()


@pytest.fixture(scope="module")
def place(workspace: pathlib.Path, nginx_program: pathlib.Path | None) -> typing.Iterator[Place]:
    with placed(workspace, nginx_program) as made:
        yield made


def everything(place: Place, port: int) -> typing.Callable[[], int]:
    """Whatever `verify` can answer, and however it can be asked. What it gives back asks it all once more, and says how
    many questions these were to `verify`."""
    site = place.site
    person, boss = site.register(first_name="Ann", last_name=100 * "ü"), site.add(role="admin")
    gone = dict(site.register().client.cookies)
    other = site.register()
    other.client.cookies = dict(gone)
    assert other.client.post("/api/auth/logout").status == 200
    cookies = dict(person.client.cookies)
    long_ago = {ACCESS: changed(cookies[ACCESS], auth_time=1_700_000_000)}
    doubled = {ACCESS: cookies[ACCESS] + f"; {ACCESS}=" + boss.client.cookies[ACCESS]}

    def at(who: dict[str, str], **headers: str) -> Client:
        client = browser_with(site, who, **headers)
        client.port = client.connection.port = port
        return client

    signed_in, admin, stranger = at(cookies), at(boss.client.cookies), at({})
    page = "/private/file.txt"
    rows: list[tuple[int, Client, str, str, bytes | None]] = [
        (200, signed_in, "GET", page, None),
        (200, signed_in, "HEAD", page, None),
        (206, at(cookies, Range="bytes=0-3"), "GET", page, None),
        (404, signed_in, "GET", "/private/not-there", None),
        (200, admin, "GET", "/private/admin/file.txt", None),
        (200, signed_in, "GET", "/app/", None),
        (200, signed_in, "HEAD", "/app/", None),
        (200, signed_in, "POST", "/app/", b"x" * 100_000),
        (200, signed_in, "PUT", "/app/", b""),
        (200, at({REFRESH: cookies[REFRESH]}), "GET", page, None),
        (200, at({REFRESH: cookies[REFRESH]}), "GET", "/app/", None),
        (401, stranger, "GET", page, None),
        (401, stranger, "HEAD", page, None),
        (401, stranger, "POST", "/app/", b"x" * 100_000),
        (401, stranger, "POST", "/app/", b"x" * 12_000_000),
        (401, stranger, "GET", "/private/basic/file.txt", None),
        (401, at(gone), "GET", page, None),
        (401, at({ACCESS: expired(cookies[ACCESS])}), "GET", page, None),
        (401, at({ACCESS: "x.y.z"}), "GET", page, None),
        (401, at(doubled), "GET", page, None),
        (401, at({}, Authorization="Basic eDp5"), "GET", page, None),
        (401, at(long_ago), "GET", "/private/recent/file.txt", None),
        (403, signed_in, "GET", "/private/admin/file.txt", None),
        (403, signed_in, "HEAD", "/private/admin/file.txt", None),
        (403, signed_in, "POST", "/private/admin/file.txt", b"x" * 12_000_000),
        (401, signed_in, "GET", "/private/second/file.txt", None),
        (403, signed_in, "GET", "/private/nothing/file.txt", None),
        (500, signed_in, "GET", "/private/cannot-tell/file.txt", None),
    ]

    def ask() -> int:
        for status, client, method, path, body in rows:
            answer = client.request(method, path, body, keep=False)
            assert answer.status == status, (method, path, client.cookies.keys(), answer)
        for client, path, status in (
            (stranger, page, 302), (at(long_ago), "/private/recent/", 302), (signed_in, "/private/admin/", 403),
        ):  # fmt: skip
            assert client.view(path).status == status
        return len(rows) + 3

    return ask


def test_connections_are_kept_whatever_is_answered(place: Place) -> None:
    ask = everything(place, place.shipped)
    asked = ask()
    accepted = place.accepted_while(lambda: [ask() for _ in range(5)])
    assert asked > 30
    # Two of them are HEAD and are refused: nginx does not read the challenge's answer to these to its end.
    assert accepted <= 5 * 2 + 1, f"{accepted} connections were opened for {5 * asked} questions"
    assert place.stored() == []
    assert not os.path.exists("/dev/null/never")


def test_hundreds_of_questions_at_once_come_over_few_connections(place: Place) -> None:
    person = place.site.register()
    clients = [client_of(place, person, place.shipped) for _ in range(8)]

    def ask(client: Client) -> None:
        for _ in range(100):
            assert client.get("/private/file.txt").status == 200
            assert client.request("HEAD", "/private/file.txt").status == 200
            assert client.get("/private/admin/file.txt").status == 403

    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        accepted = place.accepted_while(lambda: list(pool.map(ask, clients)))
    assert accepted <= len(clients)


def test_without_the_line_each_question_is_a_connection(place: Place) -> None:
    """So the tests above can fail."""
    client = client_of(place, place.site.register(), place.without)

    def ask() -> None:
        for _ in range(50):
            assert client.get("/private/file.txt").status == 200

    # Uses up what the other servers have kept.
    ask()
    assert place.accepted_while(ask) >= 50


def test_nothing_is_stored_even_where_it_could_be(place: Place) -> None:
    everything(place, place.storing)()
    assert place.stored() == []
    # Nor is this folder one that nothing could be stored in.
    assert Client(place.storing).get("/stored").status == 200
    [stored] = place.stored()
    assert pathlib.Path(stored).read_bytes()
    pathlib.Path(stored).unlink()


@contextlib.contextmanager
def unable_to_tell(site: NginxSite) -> typing.Iterator[None]:
    """What has been revoked is not known to be current, and the database cannot be asked either."""
    with contextlib.closing(sqlite3.connect(next(site.postern.data.glob("*.db")), timeout=10)) as database:

        def rename(end: str, to: str) -> None:
            with database:
                for table in ("revocations", "sessions"):
                    database.execute(f"ALTER TABLE {table}{end} RENAME TO {table}{to}")

        rename("", "_elsewhere")
        try:
            yield
        finally:
            rename("_elsewhere", "")


def client_of(place: Place, person: Person, port: int) -> Client:
    client = browser_with(place.site, person.client.cookies)
    client.port = client.connection.port = port
    return client


def test_nothing_is_stored_and_nothing_opens_while_postern_cannot_answer(workspace, nginx_program) -> None:
    """Not current, stopped in its tracks, and gone. Each is closed, and each is over by itself, with the connections
    kept as before."""
    with placed(workspace, nginx_program) as place:
        person = place.site.register()
        clients = [client_of(place, person, port) for port in (place.shipped, place.storing)]
        log = place.site.error_log

        def all_are(status: int) -> bool:
            asked = [("GET", "/private/file.txt"), ("HEAD", "/private/file.txt"), ("POST", "/app/")]
            answers = [client.request(method, path) for client in clients for method, path in asked]
            assert place.stored() == []
            # While something changes, some are answered before it, and none in any other way.
            assert {answer.status for answer in answers} <= {200, 500}, answers
            return all(answer.status == status for answer in answers)

        with unable_to_tell(place.site):
            wait_for(lambda: all_are(500), "Postern to say that it cannot tell")
            assert "auth request unexpected status: 503" in log.read_text()
        wait_for(lambda: all_are(200), "Postern to know again")

        process = place.site.postern.process
        process.signal(signal.SIGSTOP)
        try:
            with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
                answers = list(pool.map(lambda client: client.get("/private/file.txt"), clients))
        finally:
            process.signal(signal.SIGCONT)
        # After the two seconds that the shipped file gives it.
        assert [answer.status for answer in answers] == [500, 500]
        wait_for(lambda: all_are(200), "Postern after it was stopped in its tracks")

        place.site.postern.kill()
        assert all_are(500)
        place.site.postern.start()
        wait_for(lambda: all_are(200), "Postern after it was killed")
        accepted = place.accepted_while(lambda: [all_are(200) for _ in range(20)])
        assert accepted <= 1
        assert place.stored() == []


def test_every_file_and_page_that_asks_has_the_line() -> None:
    """Whoever copies a location that asks `verify`, from the shipped files, an example or the documentation, gets the
    line with it; and whoever protects a location has the file that asks."""
    sources = [
        *ROOT.glob("nginx/*.conf"), *ROOT.glob("examples/**/*.conf"), *ROOT.glob("docs/*.md"), *ROOT.glob("*.md"),
        *ROOT.glob("examples/**/*.md"),
    ]  # fmt: skip
    asking = 0
    for source in sources:
        text = source.read_text()
        for location in re.findall(r"^ *location [^\n]*\{\n(?:.*\n)*?^ *\}", text, re.MULTILINE):
            if re.search(r"fastcgi_param +SCRIPT_NAME +\S+/verify;", location):
                asking += 1
                assert LINE.strip() in location, source
                assert "fastcgi_keep_conn on;" in location, source
        if source.suffix == ".conf" and "include postern/postern-protect.conf;" in text and "server {" in text:
            assert "include postern/postern-verify.conf;" in text, source
    assert asking >= 1
    upstream = (ROOT / "nginx/postern-upstream.conf").read_text()
    assert re.search(r"^ *keepalive \d+;", upstream, re.MULTILINE)
