"""What second factors have fallen to. Rows 19, 20, 29 and 32 of the threats in docs/security.md."""

import concurrent.futures
import re
import threading
import time
import typing

import flask
import flask_jwt_extended
import pytest

from rig.client import KNOWN_BROWSER, Answer, Client
from rig.factors import PLACES, SETTINGS, Enrolled, enrol, first_step, furnish, opened, second_step, sign_in
from rig.mailbox import Mailbox
from rig.passkeys import Device, add, request_options
from rig.passkeys import sign_in as sign_in_by
from rig.people import ACCESS, REFRESH, browser_with, claims_of
from rig.postern import JWT_SECRET_KEY
from rig.site import PASSWORD, NginxSite, Person, new_email
from test_account_changes import mail_with, move

BAD_CODE, BAD_TICKET = (400, "BAD_CODE"), (400, "BAD_MFA_TOKEN")


@pytest.fixture(scope="module")
def guarded(workspace, mailbox: Mailbox) -> typing.Iterator[NginxSite]:
    """Accounts that have a second factor are asked for it."""
    site = NginxSite(workspace / "second-factors", {**mailbox.settings, **SETTINGS}, site=PLACES)
    furnish(site)
    yield site
    site.stop()


@pytest.fixture(scope="module")
def strict(workspace, mailbox: Mailbox) -> typing.Iterator[NginxSite]:
    """Five wrong codes are free."""
    settings = {**mailbox.settings, **SETTINGS, "AUTHSVC_MAX_LOGIN_ATTEMPTS": "5"}
    site = NginxSite(workspace / "strict", settings)
    yield site
    site.stop()


def said(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.json.get("error_code")


def from_elsewhere(site: NginxSite, number: int) -> Client:
    """A browser that Postern has never seen, on a network of its own."""
    return Client(site.port, source=f"127.19.{number}.1")


def at_once(ask: typing.Callable[[int], Answer], count: int) -> list[Answer]:
    gate = threading.Barrier(count)

    def wait(number: int) -> Answer:
        gate.wait(20)
        return ask(number)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(wait, range(count)))


# 19: guessing, and codes that are used twice


def test_threat_19_guesses_count_over_logins_networks_and_browsers(strict: NginxSite, mailbox: Mailbox) -> None:
    """Whoever knows the password gets five guesses, however often they give it; the owner's browser is not in it."""
    owner = enrol(strict.add())
    answers = []
    for number in range(7):
        client = from_elsewhere(strict, number)
        # The password is right each time, and forgives nothing.
        answers.append(second_step(client, first_step(client, owner.person), owner.app.wrong_code()))
    assert [said(answer) for answer in answers[:5]] == [BAD_CODE] * 5
    assert [answer.status for answer in answers[5:]] == [429, 429]
    assert int(answers[5].header("Retry-After")) > 0
    guess = from_elsewhere(strict, 9)
    ticket = first_step(guess, owner.person)
    assert second_step(guess, ticket, owner.app.at(owner.app.step)).status == 429, "not even a right guess is taken"
    assert second_step(guess, ticket, owner.recovery_codes[0]).status == 429, "of whatever kind"
    assert "wrong codes" in mail_with("Somebody has given the right password", owner.person.email, mailbox).text
    # A browser that has signed in to the account before counts for itself.
    browser = owner.person.client
    assert KNOWN_BROWSER in browser.cookies
    assert second_step(browser, first_step(browser, owner.person), owner.app.code()).status == 200
    assert second_step(guess, ticket, owner.recovery_codes[0]).status == 429, "the owner's code forgives nothing either"


def test_threat_19_guesses_at_once_are_no_more(strict: NginxSite) -> None:
    owner = enrol(strict.add())
    tried = []
    for number in range(20):
        client = from_elsewhere(strict, 20 + number)
        tried.append((client, first_step(client, owner.person)))
    wrong = owner.app.wrong_code()
    answers = at_once(lambda number: second_step(*tried[number], wrong), 20)
    found = [said(answer) if answer.status != 429 else 429 for answer in answers]
    assert (found.count(BAD_CODE), found.count(429)) == (5, 15), found


@pytest.mark.parametrize("kind", ["totp", "recovery"])
def test_threat_19_a_code_signs_in_once_among_twenty_at_once(guarded: NginxSite, kind: str) -> None:
    owner = enrol(guarded.add())
    clients = [guarded.client() for _ in range(20)]
    tickets = [first_step(client, owner.person) for client in clients]
    code = owner.app.code() if kind == "totp" else owner.recovery_codes[3]
    answers = at_once(lambda number: second_step(clients[number], tickets[number], code), 20)
    assert sorted(answer.status for answer in answers) == [200] + [400] * 19
    assert {said(answer) for answer in answers if answer.status == 400} == {BAD_CODE}
    assert sum(1 for client in clients if client.get("/private/file.txt").status == 200) == 1
    late = guarded.client()
    assert said(second_step(late, first_step(late, owner.person), code)) == BAD_CODE


def test_threat_19_no_code_before_the_last_one_is_taken(guarded: NginxSite) -> None:
    """One that was seen over a shoulder, while a later one was typed."""
    owner = enrol(guarded.add())
    used = owner.app.last
    for step in (used - 1, used):
        client = guarded.client()
        assert said(second_step(client, first_step(client, owner.person), owner.app.at(step))) == BAD_CODE


def test_threat_19_a_mailed_code_is_for_its_sign_in_alone(guarded: NginxSite, mailbox: Mailbox) -> None:
    person = guarded.add()
    assert person.client.post("/api/auth/mfa/email").status == 200
    first, second = guarded.client(), guarded.client()
    ticket, other = first_step(first, person), first_step(second, person)
    assert first.post("/api/auth/mfa/email/send", {"mfa_token": ticket}).status == 200
    letter = mail_with("is your verification code", person.email, mailbox)
    [code] = re.findall(r"(?m)^(\d{6}) is", letter.text)
    assert said(second_step(second, other, code)) == BAD_CODE
    answers = at_once(lambda _: second_step(browser_with(guarded, first.cookies), ticket, code), 8)
    assert sorted(answer.status for answer in answers) == [200] + [400] * 7


# 20: one proof passing for another


def test_threat_20_password_and_trusted_browser_are_no_second_factor(guarded: NginxSite) -> None:
    owner = enrol(guarded.add())
    assert opened(guarded, owner.person.client, "mfa"), "it was given when it was added"
    client = sign_in(guarded, owner, trust_browser=True)
    assert opened(guarded, client, "mfa")
    assert client.post("/api/auth/logout").status == 200
    # Signed in by password alone, since the browser is trusted: that is no second factor, however fresh.
    answer = client.post("/api/auth/login", {"email": owner.person.email, "password": PASSWORD})
    assert answer.status == 200 and "mfa_required" not in answer.json, answer
    assert client.get("/private/file.txt").status == 200
    assert not opened(guarded, client, "mfa")
    assert client.post("/api/auth/token/refresh").status == 200
    assert not opened(guarded, client, "mfa"), "nor is a refresh"
    assert claims_of(client.cookies[ACCESS])["amr"] == ["pwd"]
    # Who has none is not let in for having just signed in either.
    assert not opened(guarded, guarded.add().client, "mfa")


def test_threat_20_code_and_refresh_make_no_proof_younger(guarded: NginxSite) -> None:
    owner = enrol(guarded.add())
    client = sign_in(guarded, owner)
    assert opened(guarded, client, "recent")
    proven = claims_of(client.cookies[ACCESS])["auth_time"]
    time.sleep(max(0.0, proven + 5.1 - time.time()))
    assert not opened(guarded, client, "recent")
    assert client.post("/api/auth/token/refresh").status == 200
    assert not opened(guarded, client, "recent")
    answer = client.post("/api/auth/mfa/step-up", {"code": owner.recovery_codes[0]})
    assert answer.status == 200, answer
    assert claims_of(client.cookies[ACCESS])["auth_time"] == proven
    assert not opened(guarded, client, "recent"), "a code shows who has the list, and not that the password is known"
    assert opened(guarded, client, "mfa")


# 29: an account that was there before its owner


def intruder(site: NginxSite, mailbox: Mailbox, email: str) -> tuple[Enrolled, Client]:
    """Somebody who has registered that address, and left all ways in that there are: with a browser that is trusted."""
    attacker = site.client()
    assert attacker.post("/api/auth/register", {"email": email, "password": PASSWORD}).status == 201
    enrolled = enrol(Person(email, PASSWORD, attacker))
    return enrolled, sign_in(site, enrolled, trust_browser=True)


def test_threat_29_reset_leaves_nothing_that_an_attacker_enrolled(guarded: NginxSite, mailbox: Mailbox) -> None:
    email = new_email("victim")
    enrolled, trusted = intruder(guarded, mailbox, email)
    device = Device(guarded.url)
    add(trusted, device)
    assert sign_in_by(guarded.client(), device).status == 200
    pending = first_step(browser := guarded.client(), enrolled.person)
    assert guarded.client().post("/api/auth/request-password-reset", {"email": email}).status == 200
    reset = mail_with("/reset/", email, mailbox).token
    assert guarded.client().post(f"/api/auth/reset-password/{reset}", {"password": "the victim's own"}).status == 200
    # What had begun before is over.
    assert said(second_step(browser, pending, enrolled.app.code())) == BAD_TICKET
    victim = Person(email, "the victim's own", guarded.client())
    guarded.sign_in(victim)
    state = victim.client.get("/api/auth/mfa").json["factors"]
    assert state == {"totp": False, "email": False, "passkeys": 0, "recovery_codes_left": 0}
    assert victim.client.get("/api/auth/mfa/browsers").json["count"] == 0
    assert sign_in_by(guarded.client(), device).status == 401
    # Nor does it come alive when the victim adds a factor, and the attacker has the new password, too.
    mine = enrol(victim)
    assert trusted.post("/api/auth/logout").status in (200, 401)
    ticket = first_step(trusted, victim)
    for code in (enrolled.app.at(enrolled.app.step), enrolled.recovery_codes[1]):
        assert said(second_step(trusted, ticket, code)) == BAD_CODE
    assert second_step(trusted, ticket, mine.recovery_codes[0]).status == 200


def test_threat_29_undo_of_an_address_change_drops_what_was_added_since(
    guarded: NginxSite, mailbox: Mailbox
) -> None:
    """A thief of session, password and telephone leaves ways in behind; what the owner had before stays."""
    owner = enrol(guarded.add())
    email = owner.person.email
    thief = Person(email, PASSWORD, sign_in(guarded, owner))
    undo = move(thief, new_email("thief"), mailbox)
    device = Device(guarded.url)
    add(thief.client, device)
    assert sign_in_by(guarded.client(), device).status == 200
    assert thief.client.post("/api/auth/mfa/email").status == 200
    trusted = guarded.client()
    trusting = second_step(trusted, first_step(trusted, thief), owner.recovery_codes[0], trust_browser=True)
    assert trusting.status == 200, trusting
    answer = guarded.client().post("/api/auth/undo-email-change/" + undo)
    assert answer.status == 200, answer
    reset = answer.json["reset_url"].rpartition("/")[2]
    assert guarded.client().post(f"/api/auth/reset-password/{reset}", {"password": "the owner's new"}).status == 200
    back = Person(email, "the owner's new", guarded.client())
    answer = back.client.post("/api/auth/login", {"email": email, "password": back.password})
    assert answer.json["mfa_required"] is True and "totp" in answer.json["factors"], answer
    assert "email" not in answer.json["factors"] and "passkey" not in answer.json["factors"]
    assert second_step(back.client, answer.json["mfa_token"], owner.app.code()).status == 200
    assert back.client.get("/api/auth/mfa/browsers").json["count"] == 0
    assert sign_in_by(guarded.client(), device).status == 401
    assert first_step(trusted, back), "the thief's browser is asked"


# 32: a token of another purpose


def assert_signs_nobody_in(site: NginxSite, text: str) -> None:
    for name in (ACCESS, REFRESH):
        client = browser_with(site, {name: text})
        assert client.request("GET", "/private/file.txt", keep=False).status == 401
        assert client.request("GET", "/api/auth/check-auth", keep=False).status in (401, 422)
    assert browser_with(site, {REFRESH: text}).post("/api/auth/token/refresh").status in (401, 422)
    headers = {"Authorization": f"Bearer {text}"}
    assert site.client().request("GET", "/private/file.txt", headers=headers).status == 401
    assert site.client().request("GET", "/api/auth/user/@me", headers=headers).status in (401, 422)


@pytest.fixture(scope="module")
def application() -> flask.Flask:
    """Another program that takes Postern's tokens, with the same key."""
    made = flask.Flask("application")
    made.config.update(
        JWT_SECRET_KEY=JWT_SECRET_KEY, JWT_TOKEN_LOCATION=["cookies", "headers"], JWT_COOKIE_CSRF_PROTECT=False)
    flask_jwt_extended.JWTManager(made)

    @made.get("/me")
    @flask_jwt_extended.jwt_required()
    def me() -> flask.Response:
        return flask.jsonify(identity=flask_jwt_extended.get_jwt_identity())

    return made


def test_threat_32_nothing_between_the_two_steps_signs_anybody_in(
    guarded: NginxSite, mailbox: Mailbox, application: flask.Flask
) -> None:
    owner = enrol(guarded.add())
    trusted = sign_in(guarded, owner, trust_browser=True)
    device = Device(guarded.url)
    add(trusted, device)
    assert trusted.post("/api/auth/mfa/email").status == 200
    client = guarded.client()
    answer = client.post("/api/auth/login", {"email": owner.person.email, "password": PASSWORD})
    ticket = answer.json["mfa_token"]
    assert set(client.cookies) == {"postern_sign_in"}, "no session is begun, and no browser is known yet"
    assert client.get("/private/file.txt").status == 401
    assert client.post("/api/auth/token/refresh").status == 401
    page = guarded.client()
    page.submit("/auth/login", {"email": owner.person.email, "password": PASSWORD})
    assert page.view("/private/file.txt").status != 200
    assert client.post("/api/auth/mfa/email/send", {"mfa_token": ticket}).status == 200
    options = request_options(guarded.client())
    assertion = client.post("/api/auth/mfa/passkeys/assert", {"mfa_token": ticket}).json
    texts = {
        "mfa_token": ticket,
        "cookie between the steps": client.cookies["postern_sign_in"],
        "cookie of a page between the steps": page.cookies["postern_sign_in"],
        "cookie of a trusted browser": trusted.cookies["postern_trusted"],
        "challenge of a passkey": options["challenge"],
        "challenge of a passkey for the ticket": assertion["challenge"],
    }
    for name, text in texts.items():
        assert text, name
        assert_signs_nobody_in(guarded, text)
        with application.test_client() as flask_client:
            found = flask_client.get("/me", headers={"Authorization": f"Bearer {text}"})
            assert found.status_code in (401, 422), name
            flask_client.set_cookie(ACCESS, text)
            assert flask_client.get("/me").status_code in (401, 422), name
    # Nor does one stand in for another, nor for a ticket anything else.
    others = [text for name, text in texts.items() if name not in ("mfa_token", "cookie of a page between the steps")]
    others += [trusted.cookies[ACCESS], trusted.cookies[REFRESH], ticket[:-1], ticket + "A", ""]
    for text in others:
        assert said(second_step(browser_with(guarded, client.cookies), text, owner.app.at(0))) == BAD_TICKET
    for text in (ticket, *others):
        answer = browser_with(guarded, {"postern_trusted": text, KNOWN_BROWSER: text}).post(
            "/api/auth/login", {"email": owner.person.email, "password": PASSWORD})
        assert (answer.status, answer.json.get("mfa_required")) == (
            200, text != trusted.cookies["postern_trusted"] or None)


def test_threat_32_a_ticket_is_for_its_browser_and_its_password(guarded: NginxSite) -> None:
    owner = enrol(guarded.add())
    client, other = guarded.client(), guarded.client()
    ticket = first_step(client, owner.person)
    first_step(other, owner.person)
    # Stolen on the way, it comes with the cookie of another sign-in, or with none.
    code = owner.app.at(owner.app.step + 1)
    for cookies in (other.cookies, {}):
        assert said(second_step(browser_with(guarded, cookies), ticket, code)) == BAD_TICKET
    # And another password ends it.
    change = {"current_password": PASSWORD, "new_password": "another password"}
    assert owner.person.client.post("/api/auth/password/update", change).status == 200
    assert said(second_step(client, ticket, code)) == BAD_TICKET
