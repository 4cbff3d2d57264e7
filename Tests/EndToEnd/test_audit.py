"""What has happened to one's own account: through the shipped files, and over the end of the process."""

import concurrent.futures
import time

import pytest

from rig.client import Answer
from rig.site import PASSWORD, NginxSite, Person, Site

KEYS = {
    "action", "actor_user_id", "error_message", "id", "ip_address", "metadata", "session_id", "success",
    "target_user_id", "tenant_id", "timestamp", "user_agent",
}  # fmt: skip


def again(site: Site, person: Person, password: str = PASSWORD) -> Person:
    """The same person with another browser."""
    other = Person(person.email, password, site.client(**{"User-Agent": "another browser"}))
    site.sign_in(other)
    return other


def logs(person: Person, query: str = "") -> list[dict]:
    answer = person.client.get("/api/audit/audit-logs/me" + query)
    assert answer.status == 200, answer
    assert answer.json["count"] == len(answer.json["logs"])
    assert all(set(entry) == KEYS for entry in answer.json["logs"])
    return answer.json["logs"]


def actions(person: Person) -> list[str]:
    return [entry["action"] for entry in logs(person)]


def test_login_is_recorded_with_its_browser(site: NginxSite) -> None:
    person = site.register()
    laptop = again(site, person)
    newest, oldest, signup = logs(laptop)
    assert [newest["action"], oldest["action"], signup["action"]] == ["user.login", "user.login", "user.signup"]
    assert (newest["user_agent"], newest["ip_address"], newest["success"]) == ("another browser", "127.0.0.1", True)
    assert newest["metadata"] == {"provider": "local", "role": None, "methods": "pwd"}
    current = next(row for row in laptop.client.get("/api/audit/sessions/me").json["sessions"] if row["is_current"])
    assert newest["session_id"] == current["session_id"] != oldest["session_id"]
    assert logs(laptop, "?limit=1") == [newest] and logs(laptop, "?limit=1&offset=1") == [oldest]


def test_theft_is_seen_by_the_owner_with_address_and_agent_of_the_thief(build) -> None:
    site = build(NginxSite, settings={"AUTHSVC_REFRESH_REUSE_GRACE_SECONDS": "1"})
    phone = site.register()
    laptop = again(site, phone)
    stolen = dict(phone.client.cookies)
    assert phone.client.post("/api/auth/token/refresh").status == 200
    time.sleep(1.2)

    def steal(number: int) -> Answer:
        thief = site.client(**{"User-Agent": "thief"})
        thief.cookies = dict(stolen)
        return thief.post("/api/auth/token/refresh")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(steal, range(8)))
    assert {(answer.status, answer.json["error_code"]) for answer in answers} == {(401, "SESSION_INACTIVE")}
    assert phone.client.get("/private/file.txt").status == 401, "the session has ended"
    assert laptop.client.get("/private/file.txt").status == 200, "the other one goes on"
    site.sign_in(phone)
    theft = [entry for entry in logs(phone) if entry["action"] == "session.refresh_reused"]
    assert len(theft) == 1, "one line, however often the token is tried"
    assert (theft[0]["user_agent"], theft[0]["ip_address"]) == ("thief", "127.0.0.1")
    assert (theft[0]["success"], theft[0]["actor_user_id"]) == (False, None)
    assert theft[0]["target_user_id"] == phone.client.get("/api/auth/check-auth").json["user"]["id"]
    assert theft[0]["session_id"] in {entry["session_id"] for entry in logs(phone) if entry["action"] == "user.login"}


def test_entries_survive_the_kill_of_the_process(build) -> None:
    site = build(NginxSite)
    person = site.register()
    phone = again(site, person)
    assert phone.client.post("/api/auth/logout").status == 200
    before = logs(person)
    assert [entry["action"] for entry in before] == ["user.logout", "user.login", "user.login", "user.signup"]
    site.postern.kill()
    site.postern.start()
    assert logs(person) == before


def test_what_ends_sessions_is_recorded(site: NginxSite) -> None:
    laptop = site.register()
    phone = again(site, laptop)
    sessions = laptop.client.get("/api/audit/sessions/me").json["sessions"]
    there = next(row["session_id"] for row in sessions if not row["is_current"])
    assert laptop.client.request("DELETE", f"/api/audit/sessions/{there}").status == 200
    assert phone.client.get("/private/file.txt").status == 401
    revoked = logs(laptop)[0]
    assert (revoked["action"], revoked["session_id"]) == ("session.revoked", there)
    again(site, laptop)
    assert laptop.client.post("/api/audit/sessions/revoke-all").status == 200
    body = {"current_password": PASSWORD, "new_password": "battery staple"}
    assert laptop.client.post("/api/auth/password/update", body).status == 200
    for _ in range(3):
        assert laptop.client.post("/api/auth/token/refresh").status == 200
    for word in ("disable", "enable"):
        assert site.postern.command("user", word, laptop.email).returncode == 0
    expected = ["user.login", "user.unbanned", "user.banned", "user.password_change", "session.revoked_all"]
    found = logs(again(site, laptop, "battery staple"))
    assert [entry["action"] for entry in found][:5] == expected, "a refresh is no entry"
    banned = found[2]
    assert (banned["actor_user_id"], banned["target_user_id"]) == (None, found[0]["actor_user_id"])
    assert (banned["ip_address"], banned["user_agent"]) == (None, None), "given on the machine itself"


def test_nobody_reads_about_others(site: NginxSite) -> None:
    alice, bob = site.register(), site.register()
    again(site, alice)
    assert actions(bob) == ["user.login", "user.signup"]
    assert len(actions(alice)) == 3
    assert site.client().get("/api/audit/audit-logs/me").status == 401


@pytest.mark.parametrize("query", ["limit=abc", "limit=0", "limit=101", "limit=", "offset=-1", "limit=1&limit=2"])
def test_what_is_no_number_is_named(site: NginxSite, query: str) -> None:
    """The recorded answer (12.2) is a 500."""
    answer = site.register().client.get("/api/audit/audit-logs/me?" + query)
    name = query.partition("=")[0]
    assert answer.status == 400
    assert answer.json["fields"][name].startswith(f"{name} must be a number from ")


def test_texts_of_a_client_stay_texts(site: NginxSite) -> None:
    hostile = "\"};DROP TABLE audit_entries;-- \\ <script>"
    person = site.register()
    other = Person(person.email, PASSWORD, site.client(**{"User-Agent": hostile}))
    site.sign_in(other)
    assert logs(other)[0]["user_agent"] == hostile
