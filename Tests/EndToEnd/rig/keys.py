"""Keys and what is signed with them, as other applications see it."""

import flask
import flask_jwt_extended
import jwt
from cryptography.hazmat.primitives import serialization

from rig.client import Client
from rig.site import NginxSite

ACCESS, REFRESH = "access_token_cookie", "refresh_token_cookie"
JWKS = "/api/auth/.well-known/jwks.json"


def header_of(token: str) -> dict:
    return jwt.get_unverified_header(token)


def public_keys(site: NginxSite) -> dict[str, dict]:
    """What is published, by `kid`."""
    answer = site.client().get(JWKS)
    assert answer.status == 200, answer
    return {key["kid"]: key for key in answer.json["keys"]}


def pem_of(key: dict) -> str:
    public_key = jwt.PyJWK(key).key
    return public_key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def rotate(site: NginxSite, *options: str) -> str:
    done = site.postern.command("keys", "rotate", *options)
    assert done.returncode == 0, done.stderr
    return done.stderr


def flask_application(**configuration: object) -> flask.Flask:
    made = flask.Flask("application")
    made.config.update(JWT_TOKEN_LOCATION=["headers"], **configuration)
    flask_jwt_extended.JWTManager(made)

    @made.get("/me")
    @flask_jwt_extended.jwt_required()
    def me() -> flask.Response:
        return flask.jsonify(identity=flask_jwt_extended.get_jwt_identity())

    return made


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# Locations that ask for a signed assertion.

AUDIENCE = "https://app.example.com"

ASKING = """
    server {
        listen 127.0.0.1:{port2};
        # What a server says by mistake holds nowhere: each location says it anew.
        set $auth_assertion "https://of-the-server.example";
        include postern/postern-verify.conf;
        location ^~ /app/ {
            set $auth_require "signed-in";
            set $auth_assertion "https://app.example.com";
            include postern/postern-protect.conf;
            include postern/postern-proxy-headers.conf;
            proxy_pass http://app/app/;
        }
    }
"""


def seen(port: int, client: Client, path: str = "/app/", **headers: str) -> dict[str, str]:
    """The header fields that the application got."""
    asking = Client(port, {"Accept": "application/json"})
    asking.cookies = client.cookies
    answer = asking.get(path, **headers)
    assert answer.status == 200, answer
    fields = answer.json["headers"]
    names = [name.lower() for name, _ in fields]
    assert names.count("x-auth-assertion") <= 1
    return {name.lower(): value for name, value in fields}
