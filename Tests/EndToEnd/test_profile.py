"""What people change of their own account, through the shipped files and over kept connections."""

import concurrent.futures

import pytest

from rig.client import BROWSER
from rig.site import PASSWORD, NginxSite, Person, Site

NEW = "battery staple"
RIGHT = {"current_password": PASSWORD, "new_password": NEW}


def again(site: Site, person: Person, password: str = PASSWORD) -> Person:
    """The same person with another browser."""
    other = Person(person.email, password, site.client())
    site.sign_in(other)
    return other


def may_enter(person: Person) -> bool:
    return person.client.get("/private/file.txt").status == 200


def test_profile_is_changed_and_shown(site: NginxSite) -> None:
    alice, bob = site.register(first_name="Al"), site.register(first_name="Bob")
    change = {"lastName": "Liddell", "phone": "+44 20 7946 0958", "role_id": 1}
    answer = alice.client.post("/api/auth/update_user", change)
    assert answer.status == 200
    put = alice.client.request("PUT", "/api/auth/user/@me", {"city": "Oxford"})
    assert put.status == 200
    user = alice.client.get("/api/auth/user/@me").json["user"]
    expected = {"first_name": "Al", "last_name": "Liddell", "phone_number": "+44 20 7946 0958", "city": "Oxford"}
    assert expected | {"role_id": None} == {name: user[name] for name in [*expected, "role_id"]}
    assert put.json["user"] == user
    assert bob.client.get("/api/auth/user/@me").json["user"]["first_name"] == "Bob"
    assert may_enter(alice), "a change of the profile ends nothing"


def test_password_change_ends_every_other_session_at_once(site: NginxSite) -> None:
    phone, bob = site.register(), site.register()
    tablet, laptop = again(site, phone), again(site, phone)
    assert all(map(may_enter, (phone, tablet, laptop, bob)))
    before = dict(laptop.client.cookies)
    answer = laptop.client.post("/api/auth/password/update", RIGHT)
    assert (answer.status, answer.json["message"]) == (200, "Password updated successfully")
    assert answer.json["user"]["email"] == laptop.email
    assert [may_enter(person) for person in (phone, tablet, laptop, bob)] == [False, False, True, True]
    assert [person.client.post("/api/auth/token/refresh").status for person in (phone, tablet)] == [401, 401]
    for name, token in before.items():
        assert laptop.client.request("GET", "/private/file.txt", headers={"Cookie": f"{name}={token}"}).status == 401
    assert laptop.client.post("/api/auth/token/refresh").status == 200
    assert may_enter(laptop)
    assert site.client().post("/api/auth/login", {"email": phone.email, "password": PASSWORD}).status == 401
    assert may_enter(again(site, phone, NEW))


def test_wrong_current_password_changes_nothing_and_is_limited(build) -> None:
    site = build(NginxSite, settings={"AUTHSVC_MAX_LOGIN_ATTEMPTS": "5"})
    alice = site.register()
    # A browser that is not known counts with everybody of its network.
    del alice.client.cookies["postern_browser"]
    wrong = RIGHT | {"current_password": "wrong"}
    answers = [alice.client.post("/api/auth/password/update", wrong) for _ in range(5)]
    assert [(answer.status, answer.json["error"]) for answer in answers] == [(400, "Current password is incorrect")] * 5
    for body in (wrong, RIGHT):
        answer = alice.client.post("/api/auth/password/update", body)
        assert answer.status == 429 and int(answer.header("Retry-After")) > 0
    assert alice.client.post("/api/auth/update_user", {"password": NEW, "current_password": PASSWORD}).status == 429
    login = site.client().post("/api/auth/login", {"email": alice.email, "password": PASSWORD})
    assert login.status == 429, "failed logins and wrong current passwords count together"
    assert may_enter(alice)


def test_of_changes_at_once_one_wins(site: NginxSite) -> None:
    person = site.register()
    browsers = [again(site, person) for _ in range(6)]

    def change(number: int) -> int:
        body = {"current_password": PASSWORD, "new_password": f"{NEW} {number}"}
        return browsers[number].client.post("/api/auth/password/update", body).status

    with concurrent.futures.ThreadPoolExecutor(len(browsers)) as pool:
        statuses = list(pool.map(change, range(len(browsers))))
    # Who comes after the winner has an ended session, or the wrong password.
    assert statuses.count(200) == 1 and set(statuses) <= {200, 400, 401}, statuses
    winner = statuses.index(200)
    assert [may_enter(browser) for browser in browsers] == [number == winner for number in range(len(browsers))]
    assert may_enter(again(site, person, f"{NEW} {winner}"))


@pytest.mark.parametrize("delivery", ["body_only", "dual"])
def test_new_tokens_come_where_the_configuration_puts_them(build, delivery: str) -> None:
    site = build(NginxSite, settings={"AUTHSVC_TOKEN_DELIVERY": delivery})
    email = "phone@example.com"
    first = site.client().post("/api/auth/register", {"email": email, "password": PASSWORD}).json
    answer = site.client().post(
        "/api/auth/password/update", RIGHT, Authorization="Bearer " + first["access_token"]
    )
    assert answer.status == 200
    assert bool(answer.cookies) == (delivery == "dual")
    for tokens, status in ((first, 401), (answer.json, 200)):
        bearer = {"Authorization": "Bearer " + tokens["refresh_token"]}
        assert site.client().request("POST", "/api/auth/token/refresh", headers=bearer).status == status
        bearer = {"Authorization": "Bearer " + tokens["access_token"]}
        assert site.client().request("GET", "/private/file.txt", headers=bearer).status == status


def test_account_page_changes_the_password_without_a_script(site: NginxSite) -> None:
    phone = site.register()
    laptop = again(site, phone)
    page = laptop.client.view("/auth/account/password")
    assert 'action="/auth/account/password"' in page.text
    wrong = laptop.client.submit("/auth/account/password", RIGHT | {"current_password": "wrong"})
    assert wrong.status == 400
    assert 'id="current_password-note">Current password is incorrect<' in wrong.text
    assert may_enter(phone)
    right = laptop.client.submit("/auth/account/password", RIGHT)
    assert (right.status, right.header("Location")) == (303, "/auth/account?done=password")
    assert "Everywhere else you have been signed out" in laptop.client.view(right.header("Location")).text
    assert [may_enter(person) for person in (phone, laptop)] == [False, True]


def test_another_site_cannot_change_anything(site: NginxSite) -> None:
    alice = site.register()
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for method, path, body in (
        ("POST", "/api/auth/update_user", {"first_name": "x"}),
        ("PUT", "/api/auth/user/@me", {"first_name": "x"}),
        ("POST", "/api/auth/password/update", RIGHT),
    ):
        assert alice.client.request(method, path, body, evil).json["error_code"] == "CROSS_SITE"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"current_password={PASSWORD}&new_password={NEW}".replace(" ", "+")
    assert alice.client.request("POST", "/auth/account/password", body, BROWSER | evil | form).status == 403
    assert alice.client.get("/api/auth/user/@me").json["user"]["first_name"] is None
    assert may_enter(again(site, alice))
