"""Every way in which a session ends, what must end with it, and what must live on: over connections that are kept, for
static files, the application and the API, and in a second Postern process on the same database."""

import dataclasses
import time
import typing

import pytest

from rig.client import KNOWN_BROWSER, Answer, Client, Form
from rig.fastcgi import Connection, verify
from rig.mailbox import Mailbox
from rig.people import (
    ACCESS,
    REFRESH,
    again,
    assert_over,
    browser_with,
    changed,
    claims_of,
    expired,
    session_of,
)
from rig.postern import Postern
from rig.processes import wait_for
from rig.site import NginxSite, Person, new_email

PATHS = ("/private/file.txt", "/app/", "/api/auth/check-auth", "/api/auth/user/@me", "/api/audit/sessions/me")


@dataclasses.dataclass
class World:
    """One person on two devices, somebody else, and the two processes that judge them."""

    site: NginxSite
    other: Postern
    mailbox: Mailbox
    # Acts.
    laptop: Person
    phone: Person
    stranger: Person
    # As they were before: what a thief would have kept.
    before: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    kept: dict[str, Client] = dataclasses.field(default_factory=dict)

    def people(self) -> dict[str, Person]:
        return {"laptop": self.laptop, "phone": self.phone, "stranger": self.stranger}


def world_of(site: NginxSite, other: Postern, mailbox: Mailbox) -> World:
    laptop = site.register()
    world = World(site, other, mailbox, laptop, again(site, laptop), site.register())
    for name, person in world.people().items():
        world.before[name] = dict(person.client.cookies)
        world.kept[name] = browser_with(site, world.before[name])
        for path in PATHS:
            assert world.kept[name].get(path).status == 200, (name, path)
        assert ask_directly(other, world.before[name][ACCESS]).status == 204
    return world


def ask_directly(postern: Postern, access: str):
    with Connection(postern.socket) as connection:
        return connection.ask(verify(HTTP_COOKIE=f"{ACCESS}={access}"))


@pytest.fixture(scope="module")
def place(workspace, mailbox: Mailbox) -> typing.Iterator[tuple[NginxSite, Postern]]:
    """A site, and a second Postern on its database that nginx does not ask."""
    site = NginxSite(workspace / "revocation", settings=mailbox.settings)
    other = site.postern.beside(workspace / "revocation/other")
    yield site, other
    other.stop()
    site.stop()


# The ways. Each is given the world and returns nothing.


def logout(world: World) -> None:
    assert world.laptop.client.post("/api/auth/logout").status == 200
    assert world.laptop.client.cookies.keys() == {KNOWN_BROWSER}


def logout_by_the_refresh_cookie_alone(world: World) -> None:
    client = browser_with(world.site, {REFRESH: world.laptop.client.cookies[REFRESH]})
    answer = client.post("/api/auth/logout")
    assert answer.cookies == {ACCESS: "", REFRESH: ""}, answer


def logout_with_a_token_that_has_run_out(world: World) -> None:
    client = browser_with(world.site, {ACCESS: expired(world.laptop.client.cookies[ACCESS])})
    answer = client.post("/api/auth/logout")
    assert answer.cookies == {ACCESS: "", REFRESH: ""}, answer


def logout_by_bearer(world: World) -> None:
    token = world.laptop.client.cookies[ACCESS]
    assert world.site.client().post("/api/auth/logout", Authorization=f"Bearer {token}").status == 200


def logout_on_the_page(world: World) -> None:
    form = Form(world.laptop.client.view("/auth/account").text)
    logout = form.action if form.action.endswith("/logout") else "/auth/logout"
    answer = world.laptop.client.submit(logout, {})
    assert answer.onward == "/auth/signed-out"
    assert world.laptop.client.cookies.keys() == {KNOWN_BROWSER}


def ending_the_phone(world: World) -> None:
    answer = world.laptop.client.request("DELETE", f"/api/audit/sessions/{session_of(world.phone)}")
    assert answer.status == 200 and answer.cookies == {}


def ending_ones_own(world: World) -> None:
    answer = world.laptop.client.request("DELETE", f"/api/audit/sessions/{session_of(world.laptop)}")
    assert answer.status == 200
    assert answer.cookies == {ACCESS: "", REFRESH: ""}


def ending_all_others(world: World) -> None:
    assert world.laptop.client.post("/api/audit/sessions/revoke-all", {}).json["sessions_revoked"] == 1


def ending_the_phone_on_the_page(world: World) -> None:
    page = world.laptop.client.view("/auth/account/sessions").text
    assert session_of(world.phone) in page
    answer = world.laptop.client.submit("/auth/account/sessions/end", {"session": session_of(world.phone)})
    assert answer.onward == "/auth/account/sessions"


def ending_all_others_on_the_page(world: World) -> None:
    answer = world.laptop.client.submit("/auth/account/sessions/end-others", {})
    assert answer.onward == "/auth/account/sessions"


def logging_in_again_with_the_same_browser(world: World) -> None:
    world.site.sign_in(world.laptop)
    assert world.laptop.client.get("/private/file.txt").status == 200


def registering_with_the_same_browser(world: World) -> None:
    new = {"email": new_email(), "password": "correct horse"}
    assert world.laptop.client.post("/api/auth/register", new).status == 201


def theft(world: World) -> None:
    """A generation that is two behind needs no waiting to be one that somebody has stolen."""
    assert world.laptop.client.post("/api/auth/token/refresh").status == 200
    thief = browser_with(world.site, {REFRESH: changed(world.before["laptop"][REFRESH], generation=0)})
    assert thief.post("/api/auth/token/refresh").json["error_code"] == "SESSION_INACTIVE"


def command(world: World, *words: str, input: str = "") -> None:
    done = world.site.postern.command(*words, input=input)
    assert done.returncode == 0, done.stderr


def changing_the_password(world: World) -> None:
    """Whoever changes it goes on with new tokens; the old ones end with everybody else's."""
    change = {"current_password": world.laptop.password, "new_password": "another horse entirely"}
    assert world.laptop.client.post("/api/auth/password/update", change).status == 200
    for path in PATHS:
        assert world.laptop.client.get(path).status == 200
    assert world.laptop.client.post("/api/auth/token/refresh").status == 200


def resetting_the_password(world: World) -> None:
    client = world.site.client()
    assert client.post("/api/auth/request-password-reset", {"email": world.laptop.email}).status == 200
    link = world.mailbox.wait_for(world.laptop.email, 2).token
    new = {"password": "another horse entirely"}
    assert client.post(f"/api/auth/reset-password/{link}", new).status == 200
    assert client.cookies == {}


def another_password(world: World) -> None:
    command(world, "user", "password", world.laptop.email, input="another horse entirely\n")


def disabling(world: World) -> None:
    command(world, "user", "disable", world.laptop.email)


def removal(world: World) -> None:
    command(world, "user", "remove", world.laptop.email, "--yes")


def another_role(world: World) -> None:
    """This ends nothing, and counts at once: nobody who is promoted has to sign in again to notice it."""
    assert world.kept["phone"].get("/private/admin/file.txt").status == 403
    command(world, "user", "role", world.laptop.email, "admin")
    began = time.monotonic()
    while world.kept["phone"].get("/private/admin/file.txt").status != 200:
        assert time.monotonic() - began < 5
        # nginx closes a connection that has had 1,000 requests.
        time.sleep(0.01)
    command(world, "user", "role", world.laptop.email, "--none")


BOTH = ("laptop", "phone")


@dataclasses.dataclass
class Way:
    does: typing.Callable[[World], None]
    ends: tuple[str, ...]
    # Done by another process: it counts here within a second, instead of at once.
    elsewhere: bool = False


WAYS = [
    Way(logout, ("laptop",)),
    Way(logout_by_the_refresh_cookie_alone, ("laptop",)),
    Way(logout_with_a_token_that_has_run_out, ("laptop",)),
    Way(logout_by_bearer, ("laptop",)),
    Way(logout_on_the_page, ("laptop",)),
    Way(ending_the_phone, ("phone",)),
    Way(ending_ones_own, ("laptop",)),
    Way(ending_all_others, ("phone",)),
    Way(ending_the_phone_on_the_page, ("phone",)),
    Way(ending_all_others_on_the_page, ("phone",)),
    Way(logging_in_again_with_the_same_browser, ("laptop",)),
    Way(registering_with_the_same_browser, ("laptop",)),
    Way(theft, ("laptop",)),
    Way(changing_the_password, BOTH),
    Way(resetting_the_password, BOTH),
    Way(another_password, BOTH, elsewhere=True),
    Way(disabling, BOTH, elsewhere=True),
    Way(removal, BOTH, elsewhere=True),
    Way(another_role, ()),
]


def refused(client: Client, path: str) -> Answer:
    answer = client.request("GET", path, keep=False)
    assert "a private file" not in answer.text or answer.status == 200
    return answer


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.does.__name__)
def test_threat_21_no_life_after_death(place: tuple[NginxSite, Postern], mailbox: Mailbox, way: Way) -> None:
    world = world_of(*place, mailbox)
    sockets = {name: client.connection.sock for name, client in world.kept.items()}
    way.does(world)
    done = time.monotonic()
    for name, person in world.people().items():
        kept, tokens = world.kept[name], world.before[name]
        bearer = browser_with(world.site, {}, Authorization=f"Bearer {tokens[ACCESS]}")
        if name in way.ends:
            since = done if way.elsewhere else None
            assert_over(lambda kept=kept: refused(kept, PATHS[0]), since=since)
            for path in PATHS[1:]:
                assert refused(kept, path).status == 401, (name, path)
            assert kept.view("/auth/account").status == 302
            for path in (PATHS[0], "/api/auth/check-auth"):
                assert bearer.get(path).status == 401
            # The refresh token opens nothing either, nor is there another access token to be had for it.
            only_refresh = browser_with(world.site, {REFRESH: tokens[REFRESH]})
            answer = only_refresh.request("GET", PATHS[0], keep=False)
            assert (answer.status, answer.cookies) == (401, {})
            answer = only_refresh.request("POST", "/api/auth/token/refresh", keep=False)
            assert (answer.status, answer.json["error_code"]) == (401, "SESSION_INACTIVE")
            assert_over(lambda tokens=tokens: ask_directly(world.other, tokens[ACCESS]), since=done)
        else:
            for path in PATHS:
                assert kept.get(path).status == 200, (name, path)
            assert bearer.get(PATHS[0]).status == 200
            assert ask_directly(world.other, tokens[ACCESS]).status == 204
            client = browser_with(world.site, tokens)
            assert client.post("/api/auth/token/refresh").status == 200
            assert claims_of(client.cookies[REFRESH])["session_id"] == claims_of(tokens[REFRESH])["session_id"]
        assert kept.connection.sock is sockets[name], "one connection, kept all the time"


def test_threat_21_one_session_per_person(build) -> None:
    site = build(NginxSite, settings={"AUTHSVC_SINGLE_SESSION_PER_USER": "True"})
    phone, stranger = site.register(), site.register()
    kept = browser_with(site, phone.client.cookies)
    assert kept.get(PATHS[0]).status == 200
    laptop = again(site, phone)
    for path in PATHS:
        assert kept.request("GET", path, keep=False).status == 401, path
        assert laptop.client.get(path).status == stranger.client.get(path).status == 200
    assert phone.client.post("/api/auth/token/refresh").json["error_code"] == "SESSION_INACTIVE"


def test_threat_21_new_account_under_an_old_address_inherits_nothing(site: NginxSite) -> None:
    person = site.register()
    tokens = dict(person.client.cookies)
    done = site.postern.command("user", "remove", person.email, "--yes")
    assert done.returncode == 0, done.stderr
    wait_for(lambda: browser_with(site, tokens).get("/private/file.txt").status == 401, "the end of the token")
    again = site.client().post("/api/auth/register", {"email": person.email, "password": "another horse entirely"})
    assert again.status in (201, 400)
    client = browser_with(site, tokens)
    assert client.request("GET", "/private/file.txt", keep=False).status == 401
    assert client.request("POST", "/api/auth/token/refresh", keep=False).status == 401


def test_ended_session_stays_ended_when_postern_is_started_again(build) -> None:
    site = build(NginxSite)
    person = site.register()
    other = again(site, person)
    tokens = dict(person.client.cookies)
    assert person.client.post("/api/auth/logout").status == 200
    site.postern.kill()
    site.postern.start()
    assert browser_with(site, tokens).get("/private/file.txt").status == 401
    assert browser_with(site, tokens).post("/api/auth/token/refresh").status == 401
    assert other.client.get("/private/file.txt").status == 200
