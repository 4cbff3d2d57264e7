"""Refreshes and registrations, each of which can be made once."""

import os

from . import fastcgi, filling, postern
from .plan import Plan
from .tokens import REFRESH, claims_of, header_of, hs256


class Refreshes:
    """A Postern with many live sessions, and the refresh token of each: made here, with its key."""

    def __init__(self, plan: Plan, name: str, count: int, **settings: object):
        self._key = os.urandom(32).hex()
        first = plan.postern(name, JWT_SECRET_KEY=self._key)
        self.cookie = first.registered("reader@example.com")
        token = dict(part.split("=", 1) for part in self.cookie.split("; "))[REFRESH]
        self._header, self._claims = header_of(token), claims_of(token)
        plan.stop(first)
        plan.progress(f"{count} sessions")
        self._sessions = filling.add_sessions(first.data, self._claims["id"], count)
        self.server = plan.postern(name, JWT_SECRET_KEY=self._key, **settings)

    def next(self, count: int) -> list[bytes]:
        """Refreshes of sessions that have not been refreshed so far."""
        taken, self._sessions = self._sessions[:count], self._sessions[count:]
        return [self._request(session) for session in taken]

    def _request(self, session: str) -> bytes:
        token = hs256(self._key, self._header, self._claims | {"session_id": session})
        return postern.post_request("token/refresh", {}, HTTP_COOKIE=f"{REFRESH}={token}")


class Registrations:
    """Registrations of people who are not registered so far."""

    def __init__(self):
        self._made = 0

    def next(self, count: int) -> list[bytes]:
        self._made += count
        person = {"password": postern.PASSWORD, "first_name": "New", "last_name": "Comer"}
        return [
            postern.post_request("register", person | {"email": f"new{number}@example.com"})
            for number in range(self._made - count, self._made)
        ]


def upload() -> bytes:
    """Five MiB for a route that takes none of it."""
    body = os.urandom(5 << 20)
    parameters = postern.get_parameters("/api/auth/login") | {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/octet-stream",
        "CONTENT_LENGTH": str(len(body)),
    }
    return fastcgi.request(parameters, body)
