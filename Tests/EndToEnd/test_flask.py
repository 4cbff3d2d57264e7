"""An application with flask-jwt-extended and the same JWT_SECRET_KEY takes Postern's tokens; Postern takes none of its
own for a session that does not exist."""

import uuid

import flask
import flask_jwt_extended
import pytest

from rig.postern import JWT_SECRET_KEY
from rig.site import NginxSite


@pytest.fixture(scope="module")
def application() -> flask.Flask:
    made = flask.Flask("application")
    made.config.update(
        JWT_SECRET_KEY=JWT_SECRET_KEY, JWT_TOKEN_LOCATION=["cookies", "headers"], JWT_COOKIE_CSRF_PROTECT=False
    )
    flask_jwt_extended.JWTManager(made)

    @made.get("/me")
    @flask_jwt_extended.jwt_required()
    def me() -> flask.Response:
        return flask.jsonify(identity=flask_jwt_extended.get_jwt_identity(), claims=flask_jwt_extended.get_jwt())

    @made.post("/refresh")
    @flask_jwt_extended.jwt_required(refresh=True)
    def refresh() -> flask.Response:
        return flask.jsonify(identity=flask_jwt_extended.get_jwt_identity())

    return made


def test_flask_takes_the_access_token_from_cookie_and_field(application: flask.Flask, site: NginxSite) -> None:
    boss = site.add(role="admin")
    token = boss.client.cookies["access_token_cookie"]
    with application.test_client() as client:
        found = client.get("/me", headers={"Authorization": f"Bearer {token}"})
        assert (found.status_code, found.json["identity"]) == (200, boss.email)
        assert found.json["claims"]["role_name"] == "admin"
        client.set_cookie("access_token_cookie", token)
        found = client.get("/me")
        assert (found.status_code, found.json["identity"]) == (200, boss.email)


def test_flask_tells_the_kinds_of_tokens_apart(application: flask.Flask, site: NginxSite) -> None:
    cookies = site.register().client.cookies
    with application.test_client() as client:
        for path, token in (("/me", cookies["refresh_token_cookie"]), ("/refresh", cookies["access_token_cookie"])):
            ask = client.get if path == "/me" else client.post
            assert ask(path, headers={"Authorization": f"Bearer {token}"}).status_code == 422
        found = client.post("/refresh", headers={"Authorization": f"Bearer {cookies['refresh_token_cookie']}"})
        assert found.status_code == 200


def mint(application: flask.Flask, person_email: str, **claims: object) -> str:
    with application.app_context():
        return flask_jwt_extended.create_refresh_token(person_email, additional_claims=claims)


NO_SESSION = {
    "nothing but an identity": {},
    "no account": {"session_id": "{new}", "generation": 1},
    "no generation": {"session_id": "{new}", "id": "{account}"},
    "session that is no UUID": {"session_id": "x", "generation": 1, "id": "{account}"},
    "nulls": {"session_id": None, "generation": None, "id": None},
    "everything": {
        "session_id": "{new}",
        "generation": 1,
        "id": "{account}",
        "epoch": 0,
        "amr": ["pwd"],
        "auth_time": 1,
    },
}


@pytest.mark.parametrize("name", NO_SESSION)
def test_refresh_token_for_no_session_is_refused(application: flask.Flask, site: NginxSite, name: str) -> None:
    person = site.register()
    fillings = {"{new}": str(uuid.uuid4()), "{account}": person.client.get("/api/auth/check-auth").json["user"]["id"]}
    claims = {
        key: fillings.get(value, value) if isinstance(value, str) else value for key, value in NO_SESSION[name].items()
    }
    token = mint(application, person.email, **claims)
    for headers in ({"Cookie": f"refresh_token_cookie={token}"}, {"Authorization": f"Bearer {token}"}):
        assert site.client().request("GET", "/private/file.txt", headers=headers).status == 401
        answer = site.client().request("POST", "/api/auth/token/refresh", headers=headers)
        assert answer.status == 401, answer
        assert answer.json["error_code"] == "SESSION_INACTIVE"
    assert person.client.get("/private/file.txt").status == 200


def test_access_token_for_no_session_opens_nothing(application: flask.Flask, site: NginxSite) -> None:
    """Whoever holds the key could be anyone; at least not without a session to name."""
    person = site.register()
    with application.app_context():
        token = flask_jwt_extended.create_access_token(person.email)
    assert site.client().get("/private/file.txt", Authorization=f"Bearer {token}").status == 401
