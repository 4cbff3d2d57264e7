"""Threats 21 and 32 with API tokens: life after death, and a token that is taken for what it is not."""

import time
import zlib

import flask
import flask_jwt_extended
import pytest

from rig.api_tokens import ask, bearer, curl, make, program
from rig.postern import JWT_SECRET_KEY
from rig.processes import wait_for
from rig.site import NginxSite


@pytest.mark.parametrize("way", ["disable", "password", "remove"])
def test_threat_21_api_token_ends_with_its_account_within_a_second(places: NginxSite, way: str) -> None:
    """The end comes from another process than the one that remembers the token."""
    person = places.register()
    token = make(person)["token"]
    client = program(places)
    path = "/private/quiet/file.txt"
    assert client.request("GET", path, headers=bearer(token)).status == 200
    words = [way, person.email, *(["--yes"] if way == "remove" else [])]
    done = places.postern.command("user", *words, input="another password\n")
    assert done.returncode == 0, done.stderr
    start = time.monotonic()
    wait_for(lambda: client.request("GET", path, headers=bearer(token)).status == 401, "the end", 5)
    assert time.monotonic() - start < 1
    assert client.request("GET", path, headers=bearer(token)).header("X-Auth-Error") == "revoked"
    if way == "disable":
        assert places.postern.command("user", "enable", person.email).returncode == 0
        assert client.request("GET", path, headers=bearer(token)).status == 401


def checksum(text: str) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    rest, found = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        found = digits[digit] + found
    return found


ALTERED = {
    "prefix": lambda token: "pat_" + token[4:],
    "prefix with its checksum": lambda token: "pat_" + token[4:-6] + checksum("pat_" + token[4:-6]),
    "case of the prefix": lambda token: "PST_" + token[4:],
    "no prefix": lambda token: token[4:],
    "a letter": lambda token: token[:10] + ("a" if token[10] != "a" else "b") + token[11:],
    "a letter with its checksum": lambda token: (
        (altered := token[:10] + ("a" if token[10] != "a" else "b") + token[11:-6]) + checksum(altered)
    ),
    "the checksum": lambda token: token[:-6] + ("000000" if token[-6:] != "000000" else "000001"),
    "shorter": lambda token: token[:-1],
    "longer": lambda token: token + "0",
    "twice": lambda token: token + token,
}


@pytest.mark.parametrize("name", ALTERED)
def test_threat_32_altered_api_token_signs_nobody_in(places: NginxSite, name: str) -> None:
    altered = ALTERED[name](make(places.register())["token"])
    for place in ("quiet", "permission"):
        answer = ask(places, place, altered)
        assert answer.status == 401
        assert answer.header("X-Auth-Error") in ("invalid", "revoked")
    address = f"http://127.0.0.1:{places.port2}/private/file.txt"
    assert curl("--user", f"x:{altered}", address)[0] == 401
    assert places.client().request("GET", "/api/auth/check-auth", headers=bearer(altered)).status in (401, 422)


def test_threat_32_api_token_is_no_cookie(places: NginxSite) -> None:
    token = make(places.register())["token"]
    for name in ("access_token_cookie", "refresh_token_cookie", "__Host-access_token_cookie"):
        for path in ("/private/file.txt", "/api/auth/check-auth"):
            answer = places.client().get(path, Cookie=f"{name}={token}")
            assert answer.status in (401, 422), answer
    fields = {"Cookie": f"refresh_token_cookie={token}"}
    assert places.client().request("POST", "/api/auth/token/refresh", headers=fields).status == 422


def test_threat_32_api_token_is_nothing_to_another_application_with_the_key(places: NginxSite) -> None:
    application = flask.Flask("application")
    application.config.update(JWT_SECRET_KEY=JWT_SECRET_KEY, JWT_TOKEN_LOCATION=["cookies", "headers"])
    flask_jwt_extended.JWTManager(application)

    @application.get("/me")
    @flask_jwt_extended.jwt_required()
    def me() -> str:
        return flask_jwt_extended.get_jwt_identity()

    person = places.register()
    token = make(person)["token"]
    with application.test_client() as client:
        assert client.get("/me", headers=bearer(person.client.cookies["access_token_cookie"])).status_code == 200
        assert client.get("/me", headers=bearer(token)).status_code == 422
        client.set_cookie("access_token_cookie", token)
        assert client.get("/me").status_code == 422
