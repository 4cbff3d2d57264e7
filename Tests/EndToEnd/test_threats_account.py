"""What people do to their own account cannot be turned against them or the site. Rows 21, 23 and 28 of the threats in
docs/security.md."""

import json
import time

import pytest

from rig.mailbox import Mailbox
from rig.people import ACCESS, REFRESH, again, assert_over, browser_with
from rig.site import PASSWORD, NginxSite, Person, new_email
from test_threats_input import ASSIGNED, TEXTS


def moved(site: NginxSite, person: Person, mailbox: Mailbox) -> None:
    new = new_email("moved")
    assert person.client.post("/api/auth/change-email", {"new_email": new, "password": PASSWORD}).status == 200
    client = site.client()
    answer = client.post("/api/auth/confirm/" + mailbox.wait_for(new).token, {"password": PASSWORD})
    assert answer.status == 200, answer


def deleted(site: NginxSite, person: Person, mailbox: Mailbox) -> None:
    other = again(site, person)
    assert other.client.post("/api/auth/delete-account", {"password": PASSWORD}).status == 200


@pytest.mark.parametrize("end", [moved, deleted])
def test_threat_21_no_life_after_an_address_change_or_a_deletion(build, mailbox: Mailbox, end) -> None:
    """Nor on another process, a second later."""
    site = build(NginxSite, settings=mailbox.settings, processes=2)
    person = site.register()
    token = person.client.post("/api/auth/tokens", {"name": "git"}).json["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    cookies = dict(person.client.cookies)
    for path in ("/private/file.txt", "/api/auth/user/@me"):
        assert browser_with(site, cookies).get(path).status == 200
    end(site, person, mailbox)
    ended = time.monotonic()
    for path in ("/private/file.txt", "/api/auth/check-auth", "/api/auth/user/@me", "/api/auth/user/@me/export"):
        for _ in range(2):
            assert_over(lambda path=path: browser_with(site, {ACCESS: cookies[ACCESS]}).get(path), since=ended)
    for _ in range(2):
        assert browser_with(site, {REFRESH: cookies[REFRESH]}).post("/api/auth/token/refresh").status == 401
        assert browser_with(site, {REFRESH: cookies[REFRESH]}).get("/private/file.txt").status == 401
    assert_over(lambda: site.client().request("GET", "/api/auth/user/@me", headers=bearer), since=ended)


def test_threat_21_deleted_account_leaves_nothing_to_the_next_one(site: NginxSite) -> None:
    person = site.register(first_name="Ada", bio="her own words")
    person.client.post("/api/auth/tokens", {"name": "her token"})
    cookies = dict(person.client.cookies)
    assert person.client.post("/api/auth/delete-account", {"password": PASSWORD}).status == 200
    client = site.client()
    body = {"email": person.email, "password": "another person"}
    assert client.post("/api/auth/register", body).status == 201
    document = client.get("/api/auth/user/@me/export")
    assert "Ada" not in document.text and "her own words" not in document.text
    assert (document.json["api_tokens"], len(document.json["sessions"])) == ([], 1)
    assert {row["action"] for row in document.json["audit_logs"]} == {"user.signup", "user.login"}
    assert browser_with(site, cookies).get("/api/auth/check-auth").status == 401
    assert browser_with(site, cookies).post("/api/auth/token/refresh").status == 401
    assert site.client().post("/api/auth/login", {"email": person.email, "password": PASSWORD}).status == 401


def test_threat_23_mass_assignment_of_ones_own_account(site: NginxSite) -> None:
    person = site.register()
    before = person.client.get("/api/auth/user/@me").json["user"]
    for method, path in (("POST", "/api/auth/update_user"), ("PUT", "/api/auth/user/@me")):
        for name, value in ASSIGNED.items():
            answer = person.client.request(method, path, {name: value, "city": "Oxford"})
            assert answer.status == 200, (name, answer)
        # As a front end sends back all that it got, with what a script has put in.
        answer = person.client.request(method, path, before | ASSIGNED)
        assert answer.status == 200, answer
    after = person.client.get("/api/auth/user/@me").json["user"]
    assert {name: after[name] for name in before if name not in ("city", "updated_at")} == {
        name: before[name] for name in before if name not in ("city", "updated_at")}
    assert person.client.get("/private/admin/file.txt").status == 403
    site.sign_in(person)


ROUTES = {
    ("POST", "/api/auth/change-email"): ("new_email", "newEmail", "password", "current_password"),
    ("POST", "/api/auth/delete-account"): ("password",),
    ("POST", "/api/auth/update_user"): ("email", "emailAddress", "password", "userPassword", "current_password"),
    ("PUT", "/api/auth/user/@me"): ("first_name", "date_of_birth", "zip_code", "email"),
}


def test_threat_28_texts_stay_texts_in_every_route_of_an_account(site: NginxSite) -> None:
    person = site.register()
    for (method, path), fields in ROUTES.items():
        for field in fields:
            for text in TEXTS:
                body = {"new_email": new_email(), "password": "wrong horse", field: text}
                if path.endswith(("update_user", "@me")):
                    body = {"current_password": "wrong horse", field: text}
                sent = json.dumps(body)
                answer = person.client.request(method, path, sent, {"Content-Type": "application/json"})
                assert answer.status in (200, 400), (path, field, text, answer)
    for path in ("/api/audit/activity-logs", "/api/audit/activity-logs/me"):
        for query in ("limit='", "limit=%00", "offset=-1", "limit=1;DROP", "limit=1&limit=2", "offset=99999999999"):
            assert person.client.get(f"{path}?{query}").status == 400, query
    for text in ("'", "%00", "%0a", "..%2f", "a" * 43, "%ff" * 43, "a" * 9000, "%F0%9F%98%80"):
        for path in ("undo-email-change", "confirm"):
            answer = site.client().post(f"/api/auth/{path}/{text}", {"password": "wrong horse"})
            assert 400 <= answer.status < 500, (path, text, answer)
    user = person.client.get("/api/auth/user/@me").json["user"]
    assert user["email"] == person.email
    document = person.client.get("/api/auth/user/@me/export")
    assert document.json["account"] == user
    site.sign_in(person)
