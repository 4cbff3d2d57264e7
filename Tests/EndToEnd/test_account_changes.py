"""What people change of their own account, by mails that really come: another address, and the account's end."""

import concurrent.futures
import contextlib
import json
import sqlite3
import typing

import pytest

from rig.mailbox import Mail, Mailbox
from rig.passkeys import Device, add
from rig.people import ACCESS, REFRESH, again, browser_with
from rig.site import PASSWORD, NginxSite, Person, new_email
from rig.totp import AuthenticatorApp


def ask(person: Person, new: str) -> None:
    answer = person.client.post("/api/auth/change-email", {"new_email": new, "password": person.password})
    assert answer.status == 200, answer
    assert (answer.json["pending_email"], answer.json["user"]["email"]) == (new, person.email)


def move(person: Person, new: str, mailbox: Mailbox) -> str:
    """Changes the address; returns the text of the link that undoes it."""
    ask(person, new)
    answer = person.client.get("/api/auth/confirm/" + mailbox.wait_for(new).token)
    assert answer.status == 200, answer
    undo = mail_with("/undo/", person.email, mailbox).token
    person.email = new
    return undo


def mail_with(text: str, recipient: str, mailbox: Mailbox) -> Mail:
    """The first mail to that address whose text says that, as soon as it is there."""

    def found() -> Mail | None:
        return next((mail for mail in mailbox.to(recipient) if text in mail.text), None)

    with mailbox.changed:
        mail = mailbox.changed.wait_for(found, 20)
    assert mail is not None, [mail.text for mail in mailbox.to(recipient)]
    return mail


def rows(site: NginxSite) -> typing.Iterator[tuple[str, dict[str, typing.Any]]]:
    """Every row of every table."""
    database = sqlite3.connect(f"{(site.postern.data / 'postern.db').as_uri()}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    try:
        tables = [name for (name,) in map(tuple, database.execute("SELECT name FROM sqlite_master WHERE type='table'"))]
        for table in tables:
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield table, dict(row)
    finally:
        database.close()


def test_address_changes_by_the_links_that_are_mailed(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.add()
    assert person.client.post("/api/auth/update_user", {"first_name": "Ada"}).status == 200
    other = again(site, person)
    old, new = person.email, new_email("new")
    ask(person, new)
    letter = mailbox.wait_for(new)
    assert letter.link.startswith(f"{site.url}/auth/confirm/")
    assert "Ada" not in letter.text, "a stranger is told nothing that somebody could choose"
    notice = mail_with(new, old, mailbox)
    assert "http" in notice.text and "/confirm/" not in notice.text and "/undo/" not in notice.text
    assert site.client().post("/api/auth/login", {"email": new, "password": PASSWORD}).status == 401

    path = "/api/auth/confirm/" + letter.token
    for stranger in (site.client(), site.register().client):
        answer = stranger.get(path)
        assert (answer.status, answer.json["error_code"]) == (401, "SIGN_IN_TO_CONFIRM")
    answer = person.client.get(path)
    assert answer.status == 200 and answer.json["user"] == {
        "email": new, "id": answer.json["user"]["id"], "is_verified": True}
    assert person.client.get("/api/auth/check-auth").json["user"]["email"] == new
    assert other.client.get("/private/file.txt").status == 401, "every other browser is signed out"
    assert person.client.get(path).json["message"] == "Email changed already."
    assert site.client().post("/api/auth/login", {"email": old, "password": PASSWORD}).status == 401
    site.sign_in(Person(new, PASSWORD, site.client()))


def test_address_that_nobody_proved_hears_nothing_and_can_take_nothing_back(site: NginxSite, mailbox: Mailbox) -> None:
    """Somebody mistypes an address at registration, and puts it right: it may be a stranger's."""
    person = site.register()
    mistyped, right = person.email, new_email("right")
    ask(person, right)
    assert person.client.get("/api/auth/confirm/" + mailbox.wait_for(right).token).status == 200
    reset = site.client().post("/api/auth/request-password-reset", {"email": right})
    assert reset.status == 200 and mailbox.wait_for(right, 2).token
    # What was posted before that mail has been delivered before it.
    assert [right in mail.text for mail in mailbox.to(mistyped)] == [False], "the first one, of the registration"
    owner = site.client().post("/api/auth/register", {"email": mistyped, "password": "of its owner"})
    assert owner.status == 201, "nothing is kept from its owner"


def test_password_confirms_where_nobody_is_signed_in(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    new = new_email("new")
    ask(person, new)
    path = "/api/auth/confirm/" + mailbox.wait_for(new).token
    client = site.client()
    wrong = client.post(path, {"password": "wrong horse"})
    assert (wrong.status, wrong.json["success"]) == (401, False)
    assert client.post(path, {"password": PASSWORD}).status == 200
    assert client.get("/private/file.txt").status == 200
    assert person.client.get("/private/file.txt").status == 401


def test_last_address_that_was_asked_for_counts(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    first, second = new_email("first"), new_email("second")
    ask(person, first)
    ask(person, second)
    overtaken = person.client.get("/api/auth/confirm/" + mailbox.wait_for(first).token)
    assert (overtaken.status, overtaken.json["error_code"]) == (400, "INVALID_TOKEN")
    assert person.client.get("/api/auth/confirm/" + mailbox.wait_for(second).token).status == 200


def test_update_user_asks_for_the_same_change(site: NginxSite, mailbox: Mailbox) -> None:
    person = site.register()
    new = new_email("new")
    body = {"emailAddress": new, "city": "Oxford", "current_password": PASSWORD}
    answer = person.client.request("PUT", "/api/auth/user/@me", body)
    assert (answer.status, answer.json["pending_email"]) == (200, new)
    assert (answer.json["user"]["email"], answer.json["user"]["city"]) == (person.email, "Oxford")
    assert person.client.get("/api/auth/confirm/" + mailbox.wait_for(new).token).status == 200


def test_thief_of_session_and_password_loses_the_account_again(site: NginxSite, mailbox: Mailbox) -> None:
    """The second change is there to have a link that undoes it go to the thief."""
    victim = site.add()
    email = victim.email
    thief = again(site, victim)
    undo = move(thief, new_email("thief"), mailbox)
    thiefs_undo = move(thief, new_email("hidden"), mailbox)
    token = thief.client.post("/api/auth/tokens", {"name": "back door"}).json["token"]
    assert victim.client.get("/private/file.txt").status == 401
    taken = site.client().post("/api/auth/register", {"email": email, "password": "another person"})
    assert (taken.status, taken.json["error_code"]) == (400, "EMAIL_TAKEN")

    page = site.client().request("GET", "/api/auth/undo-email-change/" + undo)
    assert page.status == 405, "a link that is only looked at does nothing"
    answer = site.client().post("/api/auth/undo-email-change/" + undo)
    assert answer.status == 200, answer
    assert answer.json["reset_url"].startswith(f"{site.url}/auth/reset/")
    assert thief.client.get("/private/file.txt").status == 401
    assert thief.client.post("/api/auth/token/refresh").status == 401
    bearer = {"Authorization": f"Bearer {token}"}
    assert site.client().request("GET", "/api/auth/user/@me", headers=bearer).status == 401
    for email_now in (thief.email, email):
        body = {"email": email_now, "password": PASSWORD}
        assert site.client().post("/api/auth/login", body).status == 401, "the thief knew that password"
    again_undone = site.client().post("/api/auth/undo-email-change/" + thiefs_undo)
    assert (again_undone.status, again_undone.json["error_code"]) == (400, "INVALID_TOKEN")

    reset = "/api/auth/reset-password/" + answer.json["reset_url"].rpartition("/")[2]
    assert site.client().post(reset, {"password": "a new password of the victim"}).status == 200
    victim.password = "a new password of the victim"
    site.sign_in(victim)
    user = victim.client.get("/api/auth/user/@me").json["user"]
    assert (user["email"], user["is_verified"]) == (email, True)
    activity = [row["activity"] for row in victim.client.get("/api/audit/activity-logs/me").json["activities"]]
    assert activity.count("Changed the e-mail address") == 2
    assert any(sentence.startswith("Brought back the e-mail address") for sentence in activity)


def test_password_reset_leaves_the_undo_link_alone(site: NginxSite, mailbox: Mailbox) -> None:
    """Whoever holds the new address cannot keep it by setting a password of their own."""
    victim = site.add()
    thief = again(site, victim)
    undo = move(thief, new_email("thief"), mailbox)
    site.client().post("/api/auth/request-password-reset", {"email": thief.email})
    reset = mailbox.wait_for(thief.email, 2).token
    assert site.client().post(f"/api/auth/reset-password/{reset}", {"password": "a thief's own"}).status == 200
    assert site.client().post(f"/api/auth/undo-email-change/{undo}").status == 200
    assert site.client().post("/api/auth/login", {"email": thief.email, "password": "a thief's own"}).status == 401


def test_of_two_who_confirm_one_address_one_gets_it(site: NginxSite, mailbox: Mailbox) -> None:
    people = [site.register() for _ in range(2)]
    wanted = new_email("wanted")
    for person in people:
        ask(person, wanted)
    links = [mailbox.wait_for(wanted, number).token for number in (1, 2)]

    def confirm(number: int) -> tuple[int, str]:
        # Which link is whose, its mail does not say; its owner's session does.
        answers = [people[number].client.get(f"/api/auth/confirm/{link}") for link in links]
        answer = next(answer for answer in answers if answer.status != 401)
        return answer.status, answer.json.get("error_code", "")

    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        found = sorted(threads.map(confirm, range(2)))
    assert found == [(200, ""), (400, "EMAIL_TAKEN")]
    emails = [person.client.get("/api/auth/user/@me").json["user"]["email"] for person in people]
    assert emails.count(wanted) == 1


def test_where_nobody_may_know_who_has_an_account_a_taken_address_looks_free(build, mailbox: Mailbox) -> None:
    site = build(NginxSite, settings={"POSTERN_REGISTRATION": "verified", **mailbox.settings})
    person, owner = site.add(), site.add()
    free = new_email("free")
    answers = []
    for new in (free, owner.email):
        answer = person.client.post("/api/auth/change-email", {"new_email": new, "password": PASSWORD})
        answers.append((answer.status, answer.text.replace(new, "NEW")))
    assert answers[0] == answers[1]
    assert "/confirm/" not in mailbox.wait_for(owner.email).text
    assert mailbox.wait_for(free).link


def test_nothing_of_a_person_is_left_when_their_account_is_deleted(build, mailbox: Mailbox) -> None:
    site = build(NginxSite, settings=mailbox.settings)
    kept = site.register("kept")
    email = new_email("deleted")
    words = {"User-Agent": "a browser like no other"}
    person = Person(email, PASSWORD, site.client(**words))
    body = {"email": email, "password": PASSWORD, "first_name": "Unforgettable", "bio": "known to everybody"}
    assert person.client.post("/api/auth/register", body).status == 201
    assert person.client.post("/api/auth/tokens", {"name": "my secret machine"}).status == 201
    ask(person, "elsewhere-" + email)
    number = person.client.get("/api/auth/user/@me").json["user"]["id"]
    marks = (email, "a browser like no other", "Unforgettable", "known to everybody", "my secret machine")
    before = json.dumps(list(rows(site)), default=repr)
    assert all(mark in before for mark in marks)

    answer = person.client.post("/api/auth/delete-account", {"password": PASSWORD})
    assert (answer.status, answer.json) == (200, {"message": "Account deleted successfully"})
    assert not {ACCESS, REFRESH} & set(person.client.cookies)
    mail_with("deleted", email, mailbox)
    site.postern.stop()
    site.postern.start()
    left = list(rows(site))
    text = json.dumps(left, default=repr)
    assert [mark for mark in marks if mark in text] == []
    log = [row for table, row in left if table == "audit_entries" and row["actor_id"] == number]
    assert "user.login" in [row["action"] for row in log] and log[-1]["action"] == "user.hard_deleted"
    assert {(row["address"], row["user_agent"]) for row in log} == {(None, None)}
    assert kept.client.get("/private/file.txt").status == 200


# What the export leaves out of the tables about people, and why.
SECRET, COUNTER, NAME = "a secret", "a counter of ours", "the name of a row, which says nothing of a person"
LEFT_OUT = {
    ("accounts", "password_hash"): SECRET + "; has_password says whether there is one",
    ("accounts", "epoch"): COUNTER,
    ("accounts", "revision"): COUNTER,
    ("sessions", "account_id"): NAME,
    ("sessions", "epoch"): COUNTER,
    ("api_tokens", "account_id"): NAME,
    ("api_tokens", "epoch"): COUNTER,
    ("api_tokens", "digest"): SECRET,
    ("links", "id"): SECRET + ", together with a key",
    ("links", "account_id"): NAME,
    ("mails", "id"): NAME,
    ("mails", "message_id"): NAME,
    ("mails", "account_id"): NAME,
    ("mails", "link_id"): SECRET + ", together with a key",
    ("mails", "due_at"): "when we try again",
    ("mail_values", "mail_id"): NAME,
    ("totp_factors", "account_id"): NAME,
    ("totp_factors", "secret"): SECRET,
    ("email_factors", "account_id"): NAME,
    ("recovery_codes", "account_id"): NAME,
    ("recovery_codes", "digest"): SECRET,
    ("trusted_browsers", "account_id"): NAME,
    ("trusted_browsers", "epoch"): COUNTER,
    ("passkeys", "account_id"): NAME,
}
# Where each of the other columns is in the document, where it goes by another name.
CALLED = {
    "accounts": {"has_second_factor": "mfa_enabled", "picture": "profile_picture_url",
                 "picture_url": "profile_picture_url"},
    "sessions": {
        "id_high": "session_id", "id_low": "session_id", "rotated_at": "refreshed_at",
        "last_active_at": "last_activity", "address": "ip_address", "is_persistent": "outlives_browser",
        "revoked_at": "ended_at", "revoked_reason": "end_reason",
    },
    "trusted_browsers": {"address": "ip_address"},
    "mails": {"link_purpose": "kind"},
    "mail_values": {"name": "values", "text": "values"},
    "audit_entries": {
        "at": "timestamp", "actor_id": "actor_user_id", "target_id": "target_user_id", "address": "ip_address",
        "session_high": "session_id", "session_low": "session_id", "details": "metadata",
    },
}  # fmt: skip
PLACE = {
    "accounts": "account", "sessions": "sessions", "api_tokens": "api_tokens", "links": "links", "mails": "mails",
    "mail_values": "mails", "audit_entries": "audit_logs", "totp_factors": "authenticator_app",
    "email_factors": "mailed_codes", "recovery_codes": "recovery_codes", "trusted_browsers": "trusted_browsers",
    "passkeys": "passkeys",
}  # fmt: skip
# Tables that say nothing of a person.
OURS = {
    "roles", "permissions", "role_permissions", "revocations", "sqlite_sequence", "migrations", "schema_migrations",
    "used_challenges",
}  # fmt: skip


def enrol(site: NginxSite, person: Person) -> None:
    """Whatever can be added to an account that proves who its person is, and a browser that is trusted for it."""
    app = AuthenticatorApp(person.client.post("/api/auth/mfa/totp").json["otpauth_url"])
    assert person.client.post("/api/auth/mfa/totp/confirm", {"code": app.code()}).status == 200
    add(person.client, Device(site.url))
    client = site.client()
    ticket = client.post("/api/auth/login", {"email": person.email, "password": person.password}).json["mfa_token"]
    answer = client.post("/api/auth/verify-mfa", {"mfa_token": ticket, "code": app.code(), "trust_browser": True})
    assert answer.status == 200, answer
    # Its address is not proven, and the mail that would do it is on its way for ever.
    with contextlib.closing(sqlite3.connect(site.postern.data / "postern.db", timeout=10)) as database, database:
        database.execute("INSERT INTO email_factors (account_id, created_at) SELECT id, created_at FROM accounts")


def test_export_holds_every_column_about_a_person(build, mailbox: Mailbox) -> None:
    """A column that is added later has to be put into the export, or to be named here with a reason."""
    site = build(NginxSite, settings={**mailbox.settings, "AUTHSVC_ENABLE_MFA": "True"})
    # Mails on their way have to be there: nobody takes any.
    with mailbox.misbehaving(recipient="451 later"):
        person = site.register(first_name="Ada", date_of_birth="1990-05-17", phone_number="+44 20 7946 0958")
        again(site, person)
        person.client.post("/api/auth/tokens", {"name": "git"})
        ask(person, new_email("new"))
        enrol(site, person)
        answer = person.client.get("/api/auth/user/@me/export")
        there = list(rows(site))
    assert answer.status == 200
    assert answer.header("Content-Disposition").startswith('attachment; filename="account-')
    document = answer.json
    missing = []
    seen = set()
    for table, row in there:
        if table in OURS:
            continue
        assert table in PLACE, f"is {table} about people? Then it belongs into the export"
        seen.add(table)
        part = document[PLACE[table]]
        entry = part if isinstance(part, dict) else part[0]
        for column in row:
            if (table, column) not in LEFT_OUT and CALLED.get(table, {}).get(column, column) not in entry:
                missing.append((table, column))
    assert missing == []
    assert seen == set(PLACE), "there was something to look at of each"
    assert document["account"]["first_name"] == "Ada"
    assert len(document["sessions"]) == 4, "one was put in another's place, and one was begun with a code"
    # The one to the new address is missing: whether there is one tells whether that has an account.
    mails = {mail["kind"]: mail for mail in document["mails"]}
    assert "confirm-address" in mails and "confirm-new-address" not in mails
    assert mails["confirm-address"]["values"]["address"] == "127.0.0.1"
    assert person.client.cookies[ACCESS] not in answer.text
    hashes = [row["password_hash"] for table, row in there if table == "accounts"]
    assert hashes and not any(text in answer.text for text in hashes)


def test_export_wants_a_session(site: NginxSite) -> None:
    person = site.register()
    token = person.client.post("/api/auth/tokens", {"name": "git"}).json["token"]
    answer = site.client().get("/api/auth/user/@me/export", Authorization=f"Bearer {token}")
    assert (answer.status, answer.json["error_code"]) == (403, "SESSION_REQUIRED")
    assert site.client().get("/api/auth/user/@me/export").status == 401


@pytest.mark.parametrize("path", ["activity-logs", "activity-logs/me"])
def test_activity_is_what_happened_in_sentences(site: NginxSite, path: str) -> None:
    person = site.register()
    person.client.request("PUT", "/api/auth/user/@me", {"city": "Oxford"})
    again(site, person)
    answer = person.client.get(f"/api/audit/{path}?limit=2")
    rows = answer.json["activities"]
    assert (answer.json["count"], [row["activity"] for row in rows]) == (2, ["Signed in", "Changed the profile"])
    assert set(rows[0]) == {"id", "user_id", "activity", "created_at", "timestamp", "ip_address", "user_agent"}
    assert (rows[0]["ip_address"], rows[0]["user_agent"]) == ("127.0.0.1", "curl/7.88.1")
    older = person.client.get(f"/api/audit/{path}?limit=1&offset=1").json["activities"]
    assert older == rows[1:]


def test_of_many_deletions_at_once_one_succeeds(site: NginxSite) -> None:
    person = site.register()
    cookies = dict(person.client.cookies)
    clients = [browser_with(site, cookies) for _ in range(4)]
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        path = "/api/auth/delete-account"
        answers = list(threads.map(lambda client: client.post(path, {"password": PASSWORD}), clients))
    statuses = sorted(answer.status for answer in answers)
    assert statuses[0] == 200 and set(statuses[1:]) <= {400, 401, 404}, statuses
