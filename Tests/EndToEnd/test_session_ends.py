"""When a session ends by itself: time-outs, and one session per person. No token lives longer than its session may."""

import concurrent.futures
import threading
import time

import pytest

from rig.client import Answer
from rig.people import ACCESS, REFRESH, again, assert_over, browser_with, claims_of, sessions_of
from rig.site import NginxSite, Person

REFRESH_PATH = "/api/auth/token/refresh"


@pytest.fixture(scope="module")
def short(workspace) -> NginxSite:
    """Sessions of five seconds in all."""
    made = NginxSite(workspace / "short", {"AUTHSVC_SESSION_TIMEOUT_MINUTES": "5s"})
    yield made
    made.stop()


@pytest.fixture(scope="module")
def idle(workspace) -> NginxSite:
    """Sessions that may pause for four seconds. Access tokens would live longer by their own setting."""
    made = NginxSite(workspace / "idle", {"AUTHSVC_SESSION_INACTIVITY_TIMEOUT": "4s"})
    yield made
    made.stop()


@pytest.fixture(scope="module")
def single(workspace) -> NginxSite:
    made = NginxSite(workspace / "single", {"AUTHSVC_SINGLE_SESSION_PER_USER": "True"}, processes=2)
    yield made
    made.stop()


def assert_ended(site: NginxSite, cookies: dict[str, str]) -> None:
    """Neither its tokens nor a refresh open anything."""
    for part in (cookies, {ACCESS: cookies[ACCESS]}, {REFRESH: cookies[REFRESH]}):
        client = browser_with(site, part)
        assert client.get("/private/file.txt").status == 401
        assert client.get("/api/auth/check-auth").status == 401
        assert client.view("/auth/account").status == 302
    assert browser_with(site, cookies).post(REFRESH_PATH).status == 401


def test_session_ends_at_its_time_out_whatever_is_refreshed(short: NginxSite) -> None:
    began = time.time()
    person = short.register()
    known = time.time()
    renewing = browser_with(short, {REFRESH: person.client.cookies[REFRESH]})
    tokens = [person.client.cookies[name] for name in (ACCESS, REFRESH)]
    last = dict(person.client.cookies)
    while time.time() < began + 4:
        time.sleep(0.5)
        answers = [person.client.request("POST", REFRESH_PATH), renewing.get("/private/file.txt")]
        last |= person.client.cookies
        renewing.cookies = {REFRESH: last[REFRESH]}
        # Tokens count whole seconds, so they may end two before the session.
        if time.time() < began + 3:
            assert [answer.status for answer in answers] == [200, 200]
        tokens += [token for answer in answers for token in answer.cookies.values() if token]
    claims = [claims_of(token) for token in tokens]
    assert max(token.get("generation", 0) for token in claims) == 2
    # Neither may outlive the session.
    assert max(token["exp"] for token in claims) <= known + 5
    time.sleep(max(0, known + 5.05 - time.time()))
    assert_ended(short, last)


def test_session_that_pauses_too_long_ends(idle: NginxSite) -> None:
    person, api = idle.register(), idle.register()
    access = claims_of(person.client.cookies[ACCESS])
    assert access["exp"] - access["iat"] <= 4
    time.sleep(4.1)
    assert_ended(idle, person.client.cookies)
    answer = api.client.post(REFRESH_PATH)
    assert (answer.status, answer.json["error_code"]) == (401, "SESSION_INACTIVE")
    assert answer.cookies == {ACCESS: "", REFRESH: ""}


def use(site: NginxSite, person: Person, step: float, ask) -> list[tuple[float, int]]:
    """Uses the session every `step` seconds for ten seconds: how long each pause was, and the status."""
    seen, last = [], time.monotonic()
    for _ in range(int(10 / step)):
        time.sleep(step)
        answer: Answer = ask(person)
        seen.append((time.monotonic() - last, answer.status))
        last = time.monotonic()
    return seen


def test_session_in_use_goes_on_by_refreshes_and_by_renewals_alike(idle: NginxSite) -> None:
    """Ten seconds of use, more than twice the pause that is allowed: by an app that refreshes, by a static site whose
    browser takes the fresh access cookies, and by one whose web server hands none on."""
    people = [idle.register() for _ in range(3)]
    ways = [
        lambda person: person.client.post(REFRESH_PATH),
        lambda person: person.client.get("/private/file.txt"),
        lambda person: browser_with(idle, {REFRESH: person.client.cookies[REFRESH]}).get("/private/file.txt"),
    ]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        runs = [
            run.result()
            for run in [pool.submit(use, idle, person, 0.75, way) for person, way in zip(people, ways, strict=True)]
        ]
    for run in runs:
        if max(pause for pause, _ in run) < 2.5:
            # (On a machine that stands still for so long the session may rightly end.)
            assert {status for _, status in run} == {200}, run


def test_of_logins_that_race_one_session_is_left(single: NginxSite) -> None:
    person = single.register()
    before = dict(person.client.cookies)
    gate = threading.Barrier(12)

    def login(_: int) -> Person:
        other = Person(person.email, person.password, single.client())
        assert other.client.get("/").status == 200
        gate.wait()
        single.sign_in(other)
        return other

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        people = list(pool.map(login, range(12)))
    # What the other process has ended is over here after a second.
    time.sleep(1.05)
    alive = [one for one in people if one.client.request("GET", "/private/file.txt", keep=False).status == 200]
    assert len(alive) == 1
    assert len(sessions_of(alive[0])) == 1
    for other in people:
        expected = 200 if other is alive[0] else 401
        assert browser_with(single, other.client.cookies).post(REFRESH_PATH).status == expected
    assert_ended(single, before)


def test_login_ends_the_sessions_on_all_devices_and_nobody_elses(single: NginxSite) -> None:
    phone, stranger = single.register(), single.register()
    assert phone.client.get("/private/file.txt").status == 200
    began = time.monotonic()
    laptop = again(single, phone)
    assert_over(lambda: phone.client.request("GET", "/private/file.txt", keep=False), since=began)
    assert phone.client.request("POST", REFRESH_PATH, keep=False).json["error_code"] == "SESSION_INACTIVE"
    for person in (laptop, stranger):
        assert person.client.get("/private/file.txt").status == 200
        assert person.client.post(REFRESH_PATH).status == 200
