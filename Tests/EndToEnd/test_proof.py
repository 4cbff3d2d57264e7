"""Proving an address and setting another password by mailed links: through the shipped files, with mails that a real
server got. What an attacker makes of it is in test_threats_mail.py."""

import concurrent.futures
import threading
import time
import typing

import pytest

from rig.client import Answer
from rig.fastcgi import Connection, verify
from rig.mailbox import Mailbox
from rig.people import ACCESS, again, assert_over, browser_with
from rig.postern import Postern
from rig.processes import wait_for
from rig.site import PASSWORD, NginxSite, Person, new_email

# A place for those whose address is proven.
PROVEN = """
server {
    listen 127.0.0.1:{port2};
    root {www};
    include postern/postern-api.conf;
    include postern/postern-verify.conf;
    location ^~ /private/ { set $auth_require "verified"; include postern/postern-protect.conf; }
}
"""
PATH = "/private/file.txt"
NEW = "battery staple"


@pytest.fixture(scope="module")
def proving(workspace, mailbox: Mailbox) -> typing.Iterator[tuple[NginxSite, Postern]]:
    """A site with such a place, and a second Postern on its database that nginx does not ask."""
    site = NginxSite(workspace / "proof", settings=mailbox.settings, site=PROVEN)
    other = site.postern.beside(workspace / "proof/other")
    yield site, other
    other.stop()
    site.stop()


def place(site: NginxSite, person: Person) -> Answer:
    """What the place answers to the person's cookies, which do not change."""
    client = browser_with(site, person.client.cookies)
    client.connection.port = site.port2
    return client.request("GET", PATH, keep=False)


def ask(postern: Postern, person: Person):
    with Connection(postern.socket) as connection:
        cookie = f"{ACCESS}={person.client.cookies[ACCESS]}"
        return connection.ask(verify(HTTP_COOKIE=cookie, AUTH_REQUIRE="verified"))


def test_proof_opens_at_once_what_asks_for_it(proving: tuple[NginxSite, Postern], mailbox: Mailbox) -> None:
    """With the very same cookie; and in another process within a second."""
    site, other = proving
    person = site.register()
    link = mailbox.wait_for(person.email)
    assert link.link.startswith(f"{site.url}/auth/confirm/")
    assert (place(site, person).status, ask(other, person).status) == (403, 403)
    began = time.monotonic()
    answer = person.client.get(f"/api/auth/confirm/{link.token}")
    assert answer.status == 200, answer
    assert answer.cookies == {}
    assert place(site, person).status == 200
    wait_for(lambda: ask(other, person).status == 204, "the proof in the other process", 10)
    assert time.monotonic() - began < 5
    assert person.client.get(f"/api/auth/confirm/{link.token}").json["message"] == "Account already verified."
    assert person.client.get("/api/auth/user/@me").json["user"]["is_verified"] is True


def test_looking_at_a_link_proves_nothing(proving: tuple[NginxSite, Postern], mailbox: Mailbox) -> None:
    """Mail scanners follow links, and signed in they are not."""
    site, _ = proving
    person = site.register()
    path = f"/api/auth/confirm/{mailbox.wait_for(person.email).token}"
    for method, status in (("HEAD", 200), ("OPTIONS", 200), ("PUT", 405)):
        assert person.client.request(method, path).status == status
    for method in ("HEAD", "GET", "POST"):
        assert site.client().request(method, path).status == 401
    assert place(site, person).status == 403
    assert person.client.request("POST", path).status == 200
    assert place(site, person).status == 200


def test_no_session_before_the_address_is_proven(verified_site: NginxSite, mailbox: Mailbox) -> None:
    email, client = new_email(), verified_site.client()
    body = {"email": email, "password": PASSWORD, "first_name": "Win at https://evil.example"}
    first = client.post("/api/auth/register", body)
    assert (first.status, first.cookies) == (202, {})
    mail = mailbox.wait_for(email)
    assert "evil.example" not in mail.raw.decode(), "whoever registers a stranger's address writes nothing to them"
    right = client.post("/api/auth/login", {"email": email, "password": PASSWORD})
    wrong = client.post("/api/auth/login", {"email": email, "password": "wrong horse"})
    assert (right.status, right.json, right.cookies) == (401, wrong.json, {})
    # Once more: the same answer, another link, and the first registration stays.
    again = client.post("/api/auth/register", body | {"password": NEW})
    assert (again.status, again.json) == (first.status, first.json)
    assert mailbox.wait_for(email, 2).token != mail.token
    assert client.post(f"/api/auth/confirm/{mail.token}", {"password": NEW}).status == 401
    done = client.post(f"/api/auth/confirm/{mail.token}", {"password": PASSWORD})
    assert done.status == 200 and done.json["user"]["is_verified"] is True
    assert client.get(PATH).status == 200, "the password signs in"
    # The owner of a proven address learns that somebody has tried, and nobody else does.
    third = verified_site.client().post("/api/auth/register", body)
    assert (third.status, third.json, third.cookies) == (first.status, first.json, {})
    taken = mailbox.wait_for(email, 3)
    assert "/confirm/" not in taken.text
    login = verified_site.client().post("/api/auth/login", {"email": email, "password": PASSWORD})
    assert login.status == 200


def test_another_link_is_sent_to_whoever_waits(verified_site: NginxSite, mailbox: Mailbox) -> None:
    """Not signed in: nobody could be."""
    email = new_email()
    verified_site.client().post("/api/auth/register", {"email": email, "password": PASSWORD})
    mailbox.wait_for(email)
    answers = [
        verified_site.client().post("/api/auth/resend-verification-email", {"email": address})
        for address in (email, new_email("nobody"), "no address")
    ]
    assert {answer.status for answer in answers} == {200}
    assert answers[0].json == answers[1].json == answers[2].json
    link = mailbox.wait_for(email, 2).token
    assert verified_site.client().post(f"/api/auth/confirm/{link}", {"password": PASSWORD}).status == 200


def test_sites_that_ask_for_proven_addresses_from_now_on(build, mailbox: Mailbox) -> None:
    """Who is signed in, and not proven, is so no longer than the access token lives."""
    site = build(NginxSite, settings={**mailbox.settings, "JWT_ACCESS_TOKEN_EXPIRES": "2"})
    person, proven = site.register(), site.register()
    mailed = mailbox.wait_for(proven.email).token
    assert proven.client.get(f"/api/auth/confirm/{mailed}").status == 200
    site.postern.stop()
    site.postern.environment["REQUIRE_EMAIL_VERIFICATION"] = "True"
    site.postern.start()
    assert_over(lambda: person.client.request("GET", PATH, keep=False), since=time.monotonic(), within=4)
    assert person.client.post("/api/auth/token/refresh").json["error_code"] == "SESSION_INACTIVE"
    assert proven.client.get(PATH).status == 200
    assert proven.client.post("/api/auth/token/refresh").status == 200


def test_reset(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    mailbox.wait_for(person.email)
    asked = site.client().post("/api/auth/request-password-reset", {"email": person.email.upper()})
    assert asked.status == 200
    mail = mailbox.wait_for(person.email, 2)
    assert mail.link.startswith(f"{site.url}/auth/reset/")
    assert person.client.get(PATH).status == 200, "to ask for it ends nothing"
    path = f"/api/auth/reset-password/{mail.token}"
    assert site.client().post(path, {"password": "short"}).status == 400
    done = site.client().post(path, {"password": NEW})
    assert (done.status, done.cookies) == (200, {})
    assert site.client().post(path, {"password": "another staple"}).status == 400
    told = mailbox.wait_for(person.email, 3)
    assert NEW not in told.text and "/reset/" not in told.text
    assert person.client.get(PATH).status == 401
    person.password = NEW
    assert again(site, person).client.get("/api/auth/user/@me").json["user"]["is_verified"] is True


def test_of_those_who_use_one_link_at_once_one_wins(proving: tuple[NginxSite, Postern], mailbox: Mailbox) -> None:
    site, _ = proving
    person = site.register()
    assert site.client().post("/api/auth/request-password-reset", {"email": person.email}).status == 200
    token = mailbox.wait_for(person.email, 2).token
    barrier = threading.Barrier(8)

    def reset(number: int) -> int:
        client = site.client()
        client.get("/api/auth/healthz")
        barrier.wait()
        return client.post(f"/api/auth/reset-password/{token}", {"password": f"battery staple {number}"}).status

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(reset, range(8)))
    assert sorted(statuses) == [200] + [400] * 7
    person.password = f"battery staple {statuses.index(200)}"
    assert again(site, person).client.get(PATH).status == 200


def test_operators_password_is_told_to_the_owner(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.add()
    assert mailbox.to(person.email) == [], "who is added on the command line gets no mail"
    assert site.postern.command("user", "password", person.email, input=NEW + "\n").returncode == 0
    mail = mailbox.wait_for(person.email)
    assert NEW not in mail.raw.decode()
