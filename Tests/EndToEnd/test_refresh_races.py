"""A refresh token works once, and nobody who races for it is logged out: tabs, client processes, and two Postern
processes on one database. Used again later, somebody else has it."""

import concurrent.futures
import threading
import time

import pytest

from rig.client import Answer
from rig.people import ACCESS, REFRESH, again, assert_over, browser_with, claims_of, sessions_of
from rig.racing import PATH, race
from rig.site import NginxSite, Person

GRACE = {"AUTHSVC_REFRESH_REUSE_GRACE_SECONDS": "1"}


@pytest.fixture(scope="module")
def pair(workspace) -> NginxSite:
    """Two Posterns on one database, asked in turn."""
    made = NginxSite(workspace / "pair", processes=2)
    yield made
    made.stop()


@pytest.fixture(scope="module", params=[1, 2], ids=["one Postern", "two Posterns"])
def strict(request, workspace) -> NginxSite:
    """A grace of one second."""
    made = NginxSite(workspace / f"strict{request.param}", GRACE, processes=request.param)
    yield made
    made.stop()


@pytest.mark.parametrize("which", ["site", "pair"], ids=["one Postern", "two Posterns"])
@pytest.mark.parametrize("processes, threads", [(1, 50), (5, 10)], ids=["50 threads", "5 processes of 10 threads"])
def test_fifty_refreshes_with_one_token_all_go_on_in_one_generation(
    request, which: str, processes: int, threads: int
) -> None:
    site = request.getfixturevalue(which)
    person = site.register()
    other = again(site, person)
    answers = race(site, person.client.cookies, processes=processes, threads=threads)
    assert [answer.status for answer in answers] == [200] * 50, [a.text for a in answers if a.status != 200][:3]
    assert {answer.generation for answer in answers} == {2}
    assert len(sessions_of(other)) == 2
    for answer in answers:
        assert browser_with(site, {ACCESS: answer.access}).get("/private/file.txt").status == 200
    # Each of them goes on, and whoever comes late with the first token does as well.
    for cookies in (answers[0].cookies, answers[-1].cookies, person.client.cookies):
        client = browser_with(site, cookies)
        assert client.post(PATH).status == 200
        assert claims_of(client.cookies[REFRESH])["generation"] == 2


def test_both_posterns_take_part_in_the_race(pair: NginxSite) -> None:
    person = pair.register()
    posterns = [pair.postern, *pair.others]
    before = [postern.log_position() for postern in posterns]
    race(pair, person.client.cookies, processes=1, threads=50)
    for postern, position in zip(posterns, before, strict=True):
        assert PATH in postern.log_since(position), postern.log


@pytest.mark.parametrize("which", ["site", "pair"], ids=["one Postern", "two Posterns"])
def test_tabs_that_refresh_again_and_again_never_lose_the_session(request, which: str) -> None:
    """Eight tabs with one cookie jar, each of which takes the newest cookies for its next call, as a browser does."""
    site = request.getfixturevalue(which)
    person = site.register()
    jar, lock = dict(person.client.cookies), threading.Lock()
    turn = threading.Barrier(8)

    def tab(_: int) -> list[Answer]:
        client, answers = site.client(), []
        for _ in range(6):
            turn.wait()
            with lock:
                client.cookies = dict(jar)
            turn.wait()
            answers.append(client.post(PATH))
            with lock:
                if answers[-1].status == 200:
                    jar.update(answers[-1].cookies)
        return answers

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = [answer for tab in pool.map(tab, range(8)) for answer in tab]
    assert [answer.status for answer in answers] == [200] * 48, [a for a in answers if a.status != 200][:2]
    assert browser_with(site, jar).get("/private/file.txt").status == 200
    # A tab whose request took part in the first round, and was slow, arrives only now.
    assert person.client.post(PATH).status == 200
    assert claims_of(jar[REFRESH])["generation"] == 2, "no second rotation within the grace of the first"


def test_generation_rotates_again_after_the_grace(strict: NginxSite) -> None:
    person = strict.register()
    for generation in (2, 3, 4):
        assert person.client.post(PATH).status == 200
        assert claims_of(person.client.cookies[REFRESH])["generation"] == generation
        time.sleep(1.1)


def test_stale_token_after_the_grace_ends_that_session_and_no_other(strict: NginxSite) -> None:
    phone, stranger = strict.register(), strict.register()
    laptop = again(strict, phone)
    positions = [postern.log_position() for postern in (strict.postern, *strict.others)]
    stolen = dict(phone.client.cookies)
    assert phone.client.post(PATH).status == 200
    time.sleep(1.1)
    thief = browser_with(strict, stolen)
    began = time.monotonic()
    answer = thief.post(PATH)
    assert (answer.status, answer.json["error_code"]) == (401, "SESSION_INACTIVE")
    assert answer.cookies == {ACCESS: "", REFRESH: ""}
    assert_over(lambda: phone.client.request("GET", "/private/file.txt", keep=False), since=began)
    assert_over(lambda: phone.client.request("GET", "/api/auth/check-auth", keep=False), since=began)
    answer = phone.client.request("POST", PATH, keep=False)
    assert (answer.status, answer.json["error_code"]) == (401, "SESSION_INACTIVE")
    assert len(sessions_of(laptop)) == 1
    for untouched in (laptop, stranger):
        assert untouched.client.get("/private/file.txt").status == 200
        assert untouched.client.post(PATH).status == 200
    logs = [
        postern.log_since(position)
        for postern, position in zip((strict.postern, *strict.others), positions, strict=True)
    ]
    session = claims_of(stolen[REFRESH])["session_id"]
    lines = [line for log in logs for line in log.splitlines() if "refresh token reused" in line]
    assert len(lines) == 1 and session in lines[0], logs


def test_stale_refresh_cookie_before_a_page_is_theft_as_well(strict: NginxSite) -> None:
    person = strict.register()
    stolen = person.client.cookies[REFRESH]
    assert person.client.post(PATH).status == 200
    time.sleep(1.1)
    began = time.monotonic()
    assert browser_with(strict, {REFRESH: stolen}).get("/private/file.txt").status == 401
    assert_over(lambda: person.client.request("GET", "/private/file.txt", keep=False), since=began)
    assert person.client.post(PATH).status == 401


def replay(site: NginxSite, person: Person, path: str, seconds: float) -> list[tuple[float, float, int]]:
    """Asks with the person's first refresh cookie every two seconds from its rotation on, for so long: when each was
    asked and answered, in seconds since the rotation, and the status."""
    stolen = {REFRESH: person.client.cookies[REFRESH]}
    rotating = time.monotonic()
    assert person.client.post(PATH).status == 200
    rotated = time.monotonic()
    seen = []
    while time.monotonic() - rotated < seconds:
        time.sleep(2)
        asked = time.monotonic() - rotated
        method = "POST" if path == PATH else "GET"
        status = browser_with(site, stolen).request(method, path).status
        seen.append((asked, time.monotonic() - rotating, status))
    return seen


def test_token_replayed_every_two_seconds_is_refused_from_the_fourth_on(build) -> None:
    """The grace counts from the rotation and not from the last use: nobody keeps a stale token alive by using it."""
    site = build(NginxSite, settings={"AUTHSVC_REFRESH_REUSE_GRACE_SECONDS": "3"})
    people = [site.register(), site.register()]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = [
            run.result()
            for run in [
                pool.submit(replay, site, person, path, 5)
                for person, path in zip(people, (PATH, "/private/file.txt"), strict=True)
            ]
        ]
    for run in runs:
        assert len(run) == 3
        for asked, answered, status in run:
            # In between, on a machine that is slow, either is right.
            if answered < 3:
                assert status == 200, run
            if asked > 3:
                assert status == 401, run
        assert run[-1][0] > 4
    for person in people:
        assert person.client.get("/private/file.txt").status == 401
