"""Where somebody is signed in, and ending it, through the shipped files and over kept connections."""

import pytest

from rig.people import again, sessions_of
from rig.site import LighttpdSite, NginxSite

KEYS = {
    "city", "country", "created_at", "device_name", "id", "ip_address", "is_active", "is_current", "last_activity",
    "session_id",
}  # fmt: skip


def test_sessions_are_listed_with_the_keys_that_front_ends_know(site: NginxSite) -> None:
    phone = site.register()
    laptop = again(site, phone)
    rows = sessions_of(laptop)
    assert len(rows) == 2
    assert all(set(row) == KEYS and row["is_active"] for row in rows)
    current = [row for row in rows if row["is_current"]]
    assert [(row["device_name"], row["ip_address"]) for row in current] == [("curl", "127.0.0.1")]


def test_session_that_is_ended_is_refused_on_its_kept_connection(site: NginxSite) -> None:
    phone = site.register()
    laptop = again(site, phone)
    assert phone.client.get("/private/file.txt").status == 200
    there = next(row["session_id"] for row in sessions_of(laptop) if not row["is_current"])
    answer = laptop.client.request("DELETE", f"/api/audit/sessions/{there}")
    assert (answer.status, answer.json) == (200, {"message": "Session revoked", "session_id": there})
    assert phone.client.get("/private/file.txt").status == 401
    assert laptop.client.get("/private/file.txt").status == 200


def test_all_other_sessions_end_and_this_one_goes_on(site: NginxSite) -> None:
    phone = site.register()
    tablet, laptop = again(site, phone), again(site, phone)
    stranger = site.register()
    assert all(person.client.get("/private/file.txt").status == 200 for person in (phone, tablet, laptop))
    answer = laptop.client.post("/api/audit/sessions/revoke-all", {})
    assert (answer.status, answer.json) == (200, {"message": "Revoked 2 sessions", "sessions_revoked": 2})
    assert [person.client.get("/private/file.txt").status for person in (phone, tablet)] == [401, 401]
    assert laptop.client.post("/api/auth/token/refresh").status == 200
    assert [person.client.get("/private/file.txt").status for person in (laptop, stranger)] == [200, 200]


@pytest.mark.parametrize("session", ["nope", "00000000-0000-4000-8000-000000000000", "a%2fb"])
def test_unknown_session_is_not_found(site: NginxSite, session: str) -> None:
    answer = site.register().client.request("DELETE", f"/api/audit/sessions/{session}")
    assert answer.status == 404


def test_session_of_somebody_else_is_not_ended(site: NginxSite) -> None:
    victim, mallory = site.register(), site.register()
    theirs = sessions_of(victim)[0]["session_id"]
    answer = mallory.client.request("DELETE", f"/api/audit/sessions/{theirs}")
    assert (answer.status, answer.json["error"]) == (403, "Access denied")
    assert victim.client.get("/private/file.txt").status == 200


def test_sessions_of_nobody_are_not_shown(site: NginxSite) -> None:
    assert site.client().get("/api/audit/sessions/me").status == 401


def test_lighttpd_hands_them_on_as_well(lighttpd_site: LighttpdSite) -> None:
    phone = lighttpd_site.register()
    laptop = again(lighttpd_site, phone)
    there = next(row["session_id"] for row in sessions_of(laptop) if not row["is_current"])
    assert laptop.client.request("DELETE", f"/api/audit/sessions/{there}").status == 200
    assert phone.client.get("/private/file.txt").status == 401
    assert laptop.client.get("/private/file.txt").status == 200
