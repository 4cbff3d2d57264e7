"""People with several browsers: what their tokens say, where they are signed in, and when that is over."""

import time
import typing

import jwt

from rig.client import Answer, Client
from rig.postern import JWT_SECRET_KEY
from rig.site import Person, Site

ACCESS, REFRESH = "access_token_cookie", "refresh_token_cookie"


def claims_of(token: str) -> dict[str, typing.Any]:
    return jwt.decode(token, options={"verify_signature": False})


def signed(
    claims: dict[str, typing.Any], key: str = JWT_SECRET_KEY, algorithm: str = "HS256", **headers: object
) -> str:
    """Such a token as whoever has the key can make."""
    return jwt.encode(claims, key, algorithm, headers=headers or None)


def changed(token: str, **claims: object) -> str:
    """The token with other claims, rightly signed: one that has run out, for instance, without waiting for it."""
    return signed(claims_of(token) | claims)


def expired(token: str) -> str:
    return changed(token, exp=int(time.time()) - 60)


def browser_with(site: Site, cookies: dict[str, str], **headers: str) -> Client:
    """A connection of its own with these cookies, whatever becomes of those that they were copied from."""
    client = site.client(**headers)
    client.cookies = dict(cookies)
    return client


def again(site: Site, person: Person, **headers: str) -> Person:
    """The same person, signed in with another browser."""
    other = Person(person.email, person.password, site.client(**{"User-Agent": "curl/7.88.1", **headers}))
    site.sign_in(other)
    return other


def sessions_of(person: Person) -> list[dict[str, typing.Any]]:
    answer = person.client.get("/api/audit/sessions/me")
    assert answer.status == 200, answer
    assert answer.json["count"] == len(answer.json["sessions"])
    return answer.json["sessions"]


def session_of(person: Person) -> str:
    return claims_of(person.client.cookies[ACCESS])["session_id"]


def assert_over(ask: typing.Callable[[], Answer], *, since: float | None = None, within: float = 1) -> None:
    """The answer is 401: at once, or where another process has ended it, for whatever is asked later than `within`
    seconds after `since`. What counts is when it was asked, so that a slow machine is no failure."""
    while True:
        asked = time.monotonic()
        answer = ask()
        if answer.status == 401:
            return
        assert since is not None and asked - since <= within, f"{asked - (since or asked):.3f} s later: {answer}"
        time.sleep(0.02)
