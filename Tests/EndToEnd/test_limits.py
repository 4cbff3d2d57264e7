"""Limits of how often somebody may ask, and waits after wrong passwords, through real web servers. Where a test needs
many networks, clients connect from many addresses of 127.0.0.0/8."""

import concurrent.futures
import signal
import typing

import pytest

from rig.client import Answer, Client
from rig.mailbox import Mailbox
from rig.site import PASSWORD, LighttpdSite, NginxSite, Person, Site

LIMITED = {
    "RATELIMIT_ENABLED": "True",
    "RATELIMIT_DEFAULT": "12 per hour; 1000 per day",
    "RATELIMIT_LOGIN": "4/hour",
    "RATELIMIT_REGISTER": "3 per 2 hours",
    "RATELIMIT_WRITES": "2 per hour",
    "AUTHSVC_MAX_LOGIN_ATTEMPTS": "1000",
}
# Whatever some proxy or other writes a client's address into, and so can a client.
FORWARDED = ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP", "Client-IP"]
STRICT = {"AUTHSVC_MAX_LOGIN_ATTEMPTS": "5"}

# nginx believes this server's clients about their addresses, so that a test can come from IPv6 networks.
OTHER_ADDRESSES = """
server {
    listen 127.0.0.1:{port2};
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Test-Address;
    include postern/postern-api.conf;
}
"""

both = pytest.mark.parametrize("kind", [NginxSite, LighttpdSite])


def standing(answer: Answer) -> list[int | None]:
    names = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After")
    return [value and int(value) for value in map(answer.header, names)]


def try_to_sign_in(site: Site, email: str, password: str, source: str, cookie: str | None = None) -> Answer:
    """As a browser that has this cookie and no other."""
    client = Client(site.port, {"Cookie": cookie} if cookie else None, source=source)
    try:
        return client.post("/api/auth/login", {"email": email, "password": password})
    finally:
        client.close()


def attack(site: Site, person: Person, times: int, net: int = 1) -> list[int]:
    """Guesses from as many networks, eight at a time."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(
            pool.map(
                lambda number: try_to_sign_in(site, person.email, f"wrong {number}", f"127.{net}.0.{number}").status,
                range(1, times + 1),
            )
        )


def mark(person: Person) -> str:
    return f"postern_browser={person.client.cookies['postern_browser']}"


@both
def test_beyond_the_limit_the_answer_is_429_and_says_for_how_long(build, kind: type[Site]) -> None:
    site = build(kind, settings=LIMITED)
    person = site.register()
    for left in range(10, -1, -1):
        answer = person.client.get("/api/auth/check-auth")
        assert answer.status == 200
        limit, remaining, reset, retry = standing(answer)
        assert (limit, remaining, retry) == (12, left, None) and 3500 < reset <= 3600
    answer = person.client.get("/api/auth/check-auth")
    assert (answer.status, answer.json["error_code"], answer.json["status"]) == (429, "RATE_LIMITED", 429)
    limit, remaining, reset, retry = standing(answer)
    assert (limit, remaining) == (12, 0) and 3500 < reset <= 3600 and retry == reset
    page = person.client.view("/auth/account")
    assert page.status == 429 and page.header("Content-Type").startswith("text/html") and standing(page)[3] > 3500
    assert "Too many requests" in page.text

    # What the web server asks for the person, and what a page is made of, goes on.
    for _ in range(20):
        assert person.client.get("/private/file.txt").status == 200
    assert site.client().get("/auth/style.css").status == 200
    assert site.client().get("/api/auth/healthz").status == 200
    neighbour = Client(site.port, source="127.0.0.2")
    assert neighbour.get("/auth/login").status == 200, "another address is another network"


@pytest.mark.parametrize("name", FORWARDED)
@both
def test_threat_16_rate_limit_is_not_fooled_by_fields(limited, kind: type[Site], name: str) -> None:
    # Each case from an address of its own, in a server that all of them share.
    client = Client(limited[kind].port, source=f"127.16.0.{FORWARDED.index(name) + 1}")
    prefix = "for=" if name == "Forwarded" else ""
    fields = [{name: f"{prefix}10.9.{number}.1"} for number in range(16)]
    assert [client.get("/auth/login", **field).status for field in fields] == [200] * 12 + [429] * 4


@pytest.fixture(scope="module")
def limited(workspace) -> typing.Iterator[dict[type[Site], Site]]:
    made = {kind: kind(workspace / f"limited-{kind.__name__}", LIMITED) for kind in (NginxSite, LighttpdSite)}
    yield made
    for site in made.values():
        site.stop()


def test_kinds_of_requests_have_limits_of_their_own(limited) -> None:
    site = limited[NginxSite]
    client = Client(site.port, source="127.17.0.1")
    login = {"email": "nobody@example.com", "password": "wrong horse"}
    answers = [client.post("/api/auth/login", login) for _ in range(5)]
    assert [answer.status for answer in answers] == [401] * 4 + [429]
    assert [standing(answer)[:2] for answer in answers] == [[4, 3], [4, 2], [4, 1], [4, 0], [4, 0]]
    client = Client(site.port, source="127.17.0.2")
    answers = [client.post("/api/auth/register", {"email": "x", "password": "y"}) for _ in range(4)]
    assert [answer.status for answer in answers] == [400] * 3 + [429]
    assert 7100 < standing(answers[3])[3] <= 7200


def test_one_account_cannot_fill_the_disk(limited) -> None:
    """What it writes counts for it, wherever it is."""
    site = limited[NginxSite]
    client = Client(site.port, source="127.18.0.1")
    assert client.post("/api/auth/register", {"email": "writer@example.com", "password": PASSWORD}).status == 201
    statuses = []
    for number in range(2, 6):
        elsewhere = Client(site.port, source=f"127.18.0.{number}")
        elsewhere.cookies = client.cookies
        statuses.append(elsewhere.request("PUT", "/api/auth/user/@me", {"first_name": f"A{number}"}).status)
    assert statuses == [200, 200, 429, 429]
    assert client.get("/api/auth/user/@me").json["user"]["first_name"] == "A3"


def test_an_ipv6_subscriber_is_one_network(build) -> None:
    site = build(NginxSite, settings=LIMITED | {"RATELIMIT_DEFAULT": "3 per hour"}, site=OTHER_ADDRESSES)
    client = Client(site.port2)

    def ask(address: str) -> int:
        return client.get("/api/auth/check-auth", X_Test_Address=address).status

    assert [ask(f"2001:db8:7:1::{number:x}") for number in range(1, 6)] == [401] * 3 + [429] * 2
    assert ask("2001:db8:7:1:ffff:ffff:ffff:ffff") == 429
    assert ask("2001:db8:7:2::1") == 401
    # The same host, whichever socket of the web server it has come by.
    assert [ask(address) for address in ("192.0.2.7", "::ffff:192.0.2.7") * 2] == [401] * 3 + [429]


def test_a_reload_keeps_the_counts_of_rates_that_stay(build) -> None:
    site = build(NginxSite, settings=LIMITED | STRICT | {"RATELIMIT_DEFAULT": None})
    postern = site.postern
    person = site.register()
    for _ in range(4):
        assert try_to_sign_in(site, person.email, "wrong", "127.19.0.1").status == 401
    assert try_to_sign_in(site, person.email, "wrong", "127.19.0.1").status == 429
    position = postern.log_position()
    postern.process.signal(signal.SIGHUP)
    postern.process.wait_until(lambda: "settings reloaded" in postern.log_since(position), "the new settings")
    answer = try_to_sign_in(site, person.email, PASSWORD, "127.19.0.1")
    assert answer.status == 429 and answer.json["error_code"] == "RATE_LIMITED"
    for number in range(5):
        assert try_to_sign_in(site, "other@example.com", "wrong", f"127.19.{number}.2").status == 401


def test_an_office_signs_in_in_the_morning(build) -> None:
    """Sixty people behind one address, all at once, every fifth with a slip, under the limits as they are."""
    site = build(NginxSite, settings=STRICT | {"RATELIMIT_ENABLED": None})
    people = [f"worker{number}@office.example" for number in range(60)]

    def arrive(number: int) -> list[int]:
        client = site.client()
        answers = [client.post("/api/auth/register", {"email": people[number], "password": PASSWORD})]
        client.cookies.clear()
        if number % 5 == 0:
            answers.append(client.post("/api/auth/login", {"email": people[number], "password": "slip"}))
        answers.append(client.post("/api/auth/login", {"email": people[number], "password": PASSWORD}))
        answers += [client.get("/private/file.txt"), client.get("/auth/account")]
        client.close()
        return [answer.status for answer in answers]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(arrive, range(60)))
    for number, statuses in enumerate(seen):
        assert statuses == [201, *([401] if number % 5 == 0 else []), 200, 200, 200], number


@both
def test_nobody_can_lock_somebody_else_out(build, kind: type[Site]) -> None:
    site = build(kind, settings=STRICT)
    person, other = site.register(), site.register()
    statuses = attack(site, person, 80)
    assert set(statuses) == {401, 429} and statuses.count(401) == 50
    # A browser that is new has to wait, and is told so; nobody else is.
    answer = try_to_sign_in(site, person.email, PASSWORD, "127.0.0.1")
    assert answer.status == 429
    assert answer.json["error"] == "Too many login attempts. Try again in 1 minutes."
    assert answer.json["retry_after_minutes"] == 1 and 0 < int(answer.header("Retry-After")) <= 60
    assert try_to_sign_in(site, other.email, PASSWORD, "127.0.0.1").status == 200
    # The browser from which the owner signed in before gets in, from anywhere.
    assert try_to_sign_in(site, person.email, PASSWORD, "127.0.0.1", mark(person)).status == 200
    assert try_to_sign_in(site, person.email, PASSWORD, "127.1.0.1", mark(person)).status == 200
    # Another account's cookie does not.
    assert try_to_sign_in(site, person.email, PASSWORD, "127.0.0.1", mark(other)).status == 429
    assert person.client.get("/private/file.txt").status == 200, "whoever is in stays in"


def test_another_password_ends_a_lock_out(build) -> None:
    """What a reset by mail does, too: in all processes, since what is counted belongs to the former password."""
    site = build(NginxSite, settings=STRICT)
    person = site.register()
    attack(site, person, 60)
    assert try_to_sign_in(site, person.email, PASSWORD, "127.0.0.1").status == 429
    done = site.postern.command("user", "password", person.email, input="battery staple\n")
    assert done.returncode == 0, done.stderr
    assert try_to_sign_in(site, person.email, "battery staple", "127.0.0.1").status == 200
    # The cookies from before are worth nothing now.
    attack(site, person, 60, net=2)
    assert try_to_sign_in(site, person.email, "battery staple", "127.0.0.1", mark(person)).status == 429


def test_a_stolen_cookie_gives_few_guesses(build) -> None:
    site = build(NginxSite, settings=STRICT)
    person = site.register()
    stolen = mark(person)
    statuses = [
        try_to_sign_in(site, person.email, f"wrong {number}", f"127.3.0.{number}", stolen).status
        for number in range(1, 21)
    ]
    assert statuses == [401] * 5 + [429] * 15
    assert try_to_sign_in(site, person.email, PASSWORD, "127.0.0.1").status == 200, "and makes nobody else wait"


def test_guesses_at_once_do_not_pass_each_other(build) -> None:
    site = build(NginxSite, settings=STRICT)
    person = site.register()
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        statuses = list(
            pool.map(lambda number: try_to_sign_in(site, person.email, f"no {number}", "127.0.0.1").status, range(100))
        )
    assert statuses.count(401) == 5 and statuses.count(429) == 95


def test_threat_32_the_cookie_of_a_known_browser_signs_nobody_in(build) -> None:
    site = build(NginxSite, settings=STRICT)
    person = site.register()
    text = person.client.cookies["postern_browser"]
    login = person.client.post("/api/auth/login", {"email": person.email, "password": PASSWORD})
    field = next(field for field in login.all("Set-Cookie") if field.startswith("postern_browser="))
    assert {"HttpOnly", "SameSite=Strict", "Max-Age=31536000", "Path=/"} <= set(field.split("; "))
    for name in ("postern_browser", "access_token_cookie", "refresh_token_cookie"):
        stranger = site.client(Cookie=f"{name}={text}")
        assert stranger.get("/private/file.txt", Accept="application/json").status == 401
        assert stranger.post("/api/auth/token/refresh").status >= 400
    bearer = site.client(Authorization=f"Bearer {text}")
    assert bearer.get("/private/file.txt", Accept="application/json").status == 401
    assert bearer.get("/api/auth/user/@me").status >= 400


def test_nobody_can_use_up_somebody_elses_links_or_fill_their_mailbox(build, mailbox: Mailbox) -> None:
    site = build(NginxSite, settings={**mailbox.settings, "RATELIMIT_ENABLED": "True"})
    victim, attacker = site.add(), site.register()
    for _ in range(8):
        assert site.client().post("/api/auth/resend-verification-email", {"email": victim.email}).status == 200
    assert site.client().post("/api/auth/request-password-reset", {"email": victim.email}).status == 200
    assert "/reset/" in mailbox.wait_for(victim.email).link
    # Who has registered an address need not be its owner.
    old = attacker.password
    for number in range(12):
        change = {"current_password": old, "new_password": f"battery staple {number}"}
        assert attacker.client.post("/api/auth/password/update", change).status == 200
        old = change["new_password"]
    # Mails leave in their order: when this one is there, all are.
    last = site.register()
    mailbox.wait_for(last.email)
    assert len(mailbox.to(attacker.email)) == 5
    assert len(mailbox.to(victim.email)) == 1
