"""Work without bounds is refused before it is done: through nginx, through lighttpd, and straight over the socket. Row
26 of the threats in docs/security.md, whose numbers these are."""

import json
import typing

import pytest

from rig.client import raw
from rig.fastcgi import HEALTH, Connection, verify
from rig.site import PASSWORD, LighttpdSite, NginxSite, Site, new_email

MIB = 1 << 20


class Way(typing.NamedTuple):
    """How requests reach a Postern."""

    name: str
    site: Site

    def post(self, path: str, body: str, kind: str = "application/json") -> tuple[int, str]:
        if self.name != "straight":
            answer = self.site.client().post(path, body, Content_Type=kind)
            return answer.status, answer.text
        fields = {
            "REQUEST_METHOD": "POST", "SCRIPT_NAME": path, "CONTENT_TYPE": kind, "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(body)), "HTTP_ORIGIN": self.site.url,
        }  # fmt: skip
        with Connection(self.site.postern.socket) as connection:
            reply = connection.ask(fields, body.encode())
            # It has been refused, and not the connection.
            assert connection.ask(HEALTH).status == 200
            return reply.status, reply.body.decode()

    def with_cookies(self, path: str, cookies: str) -> int:
        if self.name != "straight":
            head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: {cookies}\r\n\r\n"
            return int(raw(self.site.port, head.encode()).split(b" ")[1])
        fields = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": path, "HTTP_COOKIE": cookies, "REMOTE_ADDR": "127.0.0.1"}
        with Connection(self.site.postern.socket) as connection:
            status = connection.ask(fields).status
            assert connection.ask(HEALTH).status == 200
            return status


@pytest.fixture(params=["nginx", "lighttpd", "straight"])
def way(request, site: NginxSite, lighttpd_site: LighttpdSite) -> Way:
    return Way(request.param, lighttpd_site if request.param == "lighttpd" else site)


NESTED = "[" * 10_000 + "]" * 10_000
FORM = "application/x-www-form-urlencoded"


def person(**fields: str) -> str:
    return json.dumps({"email": new_email(), "password": PASSWORD} | fields)


LARGE: dict[str, tuple[typing.Callable[[], str], int]] = {
    "password of 1 MiB": (lambda: person(password="x" * MIB), 413),
    "password of 900 KB": (lambda: person(password="x" * 900_000), 400),
    "password of 20 MiB": (lambda: person(password="x" * 20 * MIB), 413),
    "name of 900 KB": (lambda: person(first_name="x" * 900_000), 400),
    "10,000 levels": (lambda: NESTED, 400),
    "10,000 levels of a value": (lambda: '{"email": ' + NESTED + "}", 400),
    "10,000 levels of objects": (lambda: '{"a":' * 10_000 + "1" + "}" * 10_000, 400),
    "60,000 keys": (lambda: "{" + ",".join(f'"k{n}":1' for n in range(60_000)) + "}", 400),
    "number of 500,000 digits": (lambda: '{"email": ' + "9" * 500_000 + "}", 400),
    "100,000 escapes": (lambda: '{"email": "' + "\\u0041" * 100_000 + '"}', 400),
}
# What they would be refused for in the end, too, is refused before.
REASONS = {
    "10,000 levels": "nested too deeply",
    "10,000 levels of a value": "nested too deeply",
    "10,000 levels of objects": "nested too deeply",
    "60,000 keys": "too many values",
}


@pytest.mark.parametrize("name", LARGE)
def test_threat_26_oversize_work_is_refused_early(way: Way, name: str) -> None:
    body, wanted = LARGE[name]
    process = way.site.postern.process
    used = process.processor_time()
    for path in ("/api/auth/register", "/api/auth/login"):
        status, text = way.post(path, body())
        # For a login, a name is nothing, and a password that nobody can have is a wrong one.
        assert status == wanted or (path.endswith("login") and (wanted, status) == (400, 401)), (path, status, text)
        assert len(text) < 1000
        assert name not in REASONS or REASONS[name] in text
        # What is far too large, a web server may refuse in its own words.
        assert "20 MiB" in name or json.loads(text)["status"] == status
    assert process.processor_time() - used < 2


@pytest.mark.parametrize("name", ["password", "email", "nonsense"])
def test_threat_26_oversize_forms_are_refused_early(way: Way, name: str) -> None:
    process = way.site.postern.process
    used = process.processor_time()
    for length, wanted in ((900_000, {400, 401}), (MIB, {413})):
        status, text = way.post("/auth/login", f"{name}=" + "x" * length, FORM)
        assert status in wanted, (status, text)
        assert len(text) < 20_000
    status, text = way.post("/auth/login", "&".join(f"k{n}=1" for n in range(50_000)), FORM)
    assert status in (400, 401), text
    assert process.processor_time() - used < 2


@pytest.mark.parametrize(
    "cookies, refusals",
    [
        ("; ".join(f"c{number}=1" for number in range(100_000)), {400, 431}),
        ("; ".join(f"c{number}=1" for number in range(600)), {400}),
        ("; ".join(f"c{number}=1" for number in range(101)), {400}),
        (";" * 60_000, {400, 431}),
        ("access_token_cookie=x;" * 2_900, {400, 431}),
        ("a=" + "x" * 60_000, {400, 401, 431}),
    ],
    ids=["100,000", "600", "101", "60,000 empty ones", "of one name", "one of 60,000 bytes"],
)
def test_threat_26_many_cookies_and_fields(way: Way, cookies: str, refusals: set[int]) -> None:
    assert way.with_cookies("/api/auth/user/@me", cookies) in refusals
    assert way.site.client().get("/api/auth/healthz").status == 200


def test_threat_26_many_fields(way: Way) -> None:
    if way.name == "straight":
        with Connection(way.site.postern.socket) as connection:
            few, many = ({f"HTTP_X_{number}": "1" for number in range(count)} for count in (4000, 20_000))
            assert connection.ask(HEALTH | few).status == 200
            assert connection.ask(HEALTH | many).status == 431
        return
    fields = "".join(f"X-{number}: 1\r\n" for number in range(2000))
    head = f"GET /api/auth/check-auth HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n"
    assert int(raw(way.site.port, head.encode()).split(b" ")[1]) in (400, 401, 431)


def test_threat_26_verify_with_as_many_cookies_as_fit_refuses_and_delays_nobody(site: NginxSite) -> None:
    process = site.postern.process
    with Connection(site.postern.socket) as connection, Connection(site.postern.socket) as beside:
        used = process.processor_time()
        for cookies in (";" * 60_000, "a=b;" * 15_000, "access_token_cookie=a.b.c;" * 2_300):
            for _ in range(100):
                reply = connection.ask(verify(HTTP_COOKIE=cookies))
                assert reply.status in (400, 401) and reply.body == b"", reply
                assert beside.ask(verify()).status == 401
        assert process.processor_time() - used < 3
