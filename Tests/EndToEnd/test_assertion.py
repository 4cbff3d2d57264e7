"""The signed assertion of who is there, as an application behind the gate gets it."""

import shutil
import time

import jwt
import pytest

from conftest import Build
from rig.keys import ACCESS, ASKING, AUDIENCE, JWKS, REFRESH, bearer, flask_application, header_of, pem_of, public_keys
from rig.keys import rotate, seen
from rig.processes import wait_for
from rig.site import LighttpdSite, NginxSite
from test_threats_tokens import claims_of


def kid_of(token: str) -> str:
    return header_of(token)["kid"]


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_application_checks_the_assertion(build: Build, algorithm: str) -> None:
    site = build(NginxSite, settings={"JWT_ALGORITHM": algorithm}, site=ASKING)
    person = site.add(role="admin")
    fields = seen(site.port2, person.client)
    assertion = fields["x-auth-assertion"]
    key = jwt.PyJWKClient(site.url + JWKS).get_signing_key_from_jwt(assertion)
    claims = jwt.decode(
        assertion, key, algorithms=["ES256"], audience=AUDIENCE, issuer=site.url,
        options={"require": ["exp", "iat", "aud", "iss", "sub"]},
    )  # fmt: skip
    assert header_of(assertion)["typ"] == "postern-assertion+jwt"
    assert claims["email"] == fields["x-auth-user"] == person.email
    assert claims["sub"] == fields["x-auth-user-id"]
    assert claims["session_id"] == fields["x-auth-session"]
    assert claims["role"] == "admin" and claims["email_verified"] is True
    assert claims["exp"] - claims["iat"] == 60 and abs(claims["iat"] - time.time()) < 10
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(assertion, key, algorithms=["ES256"], audience="https://other.example")

    # Rotated with the others, and the former one is published for as long as its assertions live.
    if algorithm != "HS256":
        rotate(site)
        wait_for(
            lambda: kid_of(seen(site.port2, person.client)["x-auth-assertion"]) != kid_of(assertion),
            "an assertion under a new key",
        )
        assert header_of(assertion)["kid"] in public_keys(site)


def test_client_brings_no_assertion_of_its_own(build: Build) -> None:
    site = build(NginxSite, site=ASKING)
    person = site.register()
    for forged in ("forged", "a.b.c"):
        fields = seen(site.port2, person.client, X_Auth_Assertion=forged, Auth_Assertion="https://evil.example")
        assert claims_of(fields["x-auth-assertion"])["aud"] == AUDIENCE
        # Where none is asked for, none arrives.
        assert "x-auth-assertion" not in seen(site.port, person.client, X_Auth_Assertion=forged)
    # Nor does one reach the browser.
    answer = person.client.get("/private/file.txt")
    assert answer.status == 200 and answer.header("X-Auth-Assertion") is None


def test_threat_32_assertion_is_no_access_token(build: Build) -> None:
    """Neither here, nor in an application that checks access tokens with Postern's public key."""
    site = build(NginxSite, settings={"JWT_ALGORITHM": "ES256"}, site=ASKING)
    person = site.register()
    access = person.client.cookies[ACCESS]
    assertion = seen(site.port2, person.client)["x-auth-assertion"]
    for headers in ({"Cookie": f"{ACCESS}={assertion}"}, {"Cookie": f"{REFRESH}={assertion}"}, bearer(assertion)):
        assert site.client().request("GET", "/private/file.txt", headers=headers).status == 401
        assert site.client().request("GET", "/api/auth/check-auth", headers=headers).status in (401, 422)
        assert site.client().request("POST", "/api/auth/token/refresh", headers=headers).status in (401, 422)
    keys = public_keys(site)
    assert len(keys) == 2
    token_key = pem_of(keys[header_of(access)["kid"]])
    application = flask_application(JWT_ALGORITHM="ES256", JWT_PUBLIC_KEY=token_key)
    with application.test_client() as test:
        assert test.get("/me", headers=bearer(access)).status_code == 200
        assert test.get("/me", headers=bearer(assertion)).status_code == 422
    # Nor in one that takes any published key: an assertion names an audience, which is not this application's.
    client = jwt.PyJWKClient(site.url + JWKS)
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(assertion, client.get_signing_key_from_jwt(assertion), algorithms=["ES256"])


def test_cgi_program_behind_lighttpd_gets_an_assertion(build: Build) -> None:
    more = """
$HTTP["url"] =^ "/private/signed/" {
    setenv.add-environment = ( "AUTH_REQUIRE" => "signed-in", "AUTH_ASSERTION" => "https://app.example.com" )
    include "postern/postern-protect.conf"
    cgi.assign = ( ".cgi" => "" )
}
"""
    site = build(LighttpdSite, more=more)
    (site.www / "private/signed").mkdir()
    shutil.copy(site.www / "private/show.cgi", site.www / "private/signed/show.cgi")
    person = site.register()
    answer = person.client.get("/private/signed/show.cgi", X_Auth_Assertion="forged", Auth_Assertion="forged")
    assert answer.status == 200, answer
    variables = dict(line.split("=", 1) for line in answer.text.splitlines() if "=" in line)
    assertion = variables["AUTH_ASSERTION_JWT"]
    key = jwt.PyJWKClient(site.url + JWKS).get_signing_key_from_jwt(assertion)
    claims = jwt.decode(assertion, key, algorithms=["ES256"], audience=AUDIENCE)
    assert claims["email"] == person.email
