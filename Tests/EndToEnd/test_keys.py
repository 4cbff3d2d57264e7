"""Keys: tokens of each algorithm as other applications check them, and keys that follow one another while people are
signed in."""

import json
import signal

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from conftest import Build
from rig.client import Client
from rig.keys import ACCESS, JWKS, REFRESH, bearer, flask_application, header_of, pem_of, public_keys, rotate
from rig.processes import wait_for
from rig.site import NginxSite, Person
from test_threats_tokens import segment

PAIRS = ["RS256", "ES256", "EdDSA"]


def is_let_in(client: Client) -> bool:
    answer = client.request("GET", "/private/file.txt", keep=False)
    assert answer.status in (200, 401), answer
    return answer.status == 200


def refresh(person: Person) -> None:
    answer = person.client.post("/api/auth/token/refresh")
    assert answer.status == 200, answer


def listed(site: NginxSite) -> list[dict]:
    done = site.postern.command("keys", "list", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def sites(workspace: object) -> object:
    """A site for each algorithm, shared by the tests of this file that change no keys."""
    made: dict[str, NginxSite] = {}

    def site(algorithm: str) -> NginxSite:
        if algorithm not in made:
            made[algorithm] = NginxSite(workspace / f"keys-{algorithm}", {"JWT_ALGORITHM": algorithm})
        return made[algorithm]

    yield site
    for one in made.values():
        one.stop()


@pytest.mark.parametrize("algorithm", PAIRS)
def test_other_applications_check_tokens_with_the_published_key(sites: object, algorithm: str) -> None:
    site = sites(algorithm)
    person = site.register()
    cookies = person.client.cookies
    client = jwt.PyJWKClient(site.url + JWKS)
    for kind, name in (("access", ACCESS), ("refresh", REFRESH)):
        token = cookies[name]
        assert header_of(token)["alg"] == algorithm
        claims = jwt.decode(token, client.get_signing_key_from_jwt(token), algorithms=[algorithm])
        assert (claims["sub"], claims["type"]) == (person.email, kind)
    (key,) = public_keys(site).values()
    assert (key["alg"], key["use"]) == (algorithm, "sig")
    assert not set(key) & {"d", "p", "q", "k"}
    application = flask_application(JWT_ALGORITHM=algorithm, JWT_PUBLIC_KEY=pem_of(key))
    with application.test_client() as test:
        found = test.get("/me", headers=bearer(cookies[ACCESS]))
        assert (found.status_code, found.json["identity"]) == (200, person.email)
    assert is_let_in(person.client)
    refresh(person)


def test_under_hs256_no_key_is_published(site: NginxSite) -> None:
    answer = site.client().get(JWKS)
    assert answer.json == {"keys": []}
    assert answer.header("Cache-Control") == "public, max-age=300"
    assert answer.header("Access-Control-Allow-Origin") == "*"


@pytest.mark.parametrize("algorithm", PAIRS)
def test_threat_15_public_key_makes_no_token(sites: object, algorithm: str) -> None:
    """With the key that everybody can fetch, in every form, as the secret of an HMAC."""
    site = sites(algorithm)
    token = site.register().client.cookies[ACCESS]
    header, payload, signature = token.split(".")
    (key,) = public_keys(site).values()
    kid, pem = key["kid"], pem_of(key)
    der = jwt.PyJWK(key).key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    raw = site.client().get(JWKS).body
    forged = []
    for secret in (pem.encode(), pem.strip().encode(), der, raw, json.dumps(key).encode(), kid.encode(), b"\0" * 32):
        for fields in ({}, {"kid": kid}):
            for name in ("HS256", algorithm):
                message = f"{segment({'alg': name, 'typ': 'JWT', **fields})}.{payload}"
                tag = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(message.encode(), secret)
                forged.append(f"{message}.{segment(tag)}")
    for name in ("none", "None", *{"HS256", *PAIRS} - {algorithm}):
        for fields in ({}, {"kid": kid}):
            forged.append(f"{segment({'alg': name, 'typ': 'JWT', **fields})}.{payload}.{signature}")
            forged.append(f"{segment({'alg': name, 'typ': 'JWT', **fields})}.{payload}.")
    for extra in (
        {"jku": "http://127.0.0.1:9/keys"}, {"x5u": "http://127.0.0.1:9/cert"}, {"jwk": key}, {"crit": ["exp"]},
        {"kid": "../../../dev/null"}, {"kid": None}, {"kid": ["x"]},
    ):  # fmt: skip
        forged.append(f"{segment({'alg': algorithm, 'kid': kid, 'typ': 'JWT'} | extra)}.{payload}.{signature}")
    client = site.client()
    for text in forged:
        answer = client.request("GET", "/private/file.txt", headers={"Cookie": f"{ACCESS}={text}"})
        assert answer.status == 401, (text, answer)
    assert client.request("GET", "/private/file.txt", headers={"Cookie": f"{ACCESS}={token}"}).status == 200


@pytest.mark.parametrize("algorithm", ["HS256", *PAIRS])
def test_rotation_loses_nobody(build: Build, algorithm: str) -> None:
    site = build(NginxSite, settings={"JWT_ALGORITHM": algorithm, "JWT_SECRET_KEY": None})
    person, other = site.register(), site.register()
    before = dict(person.client.cookies)
    first = header_of(before[ACCESS]).get("kid")
    (key,) = listed(site)

    rotate(site)
    assert is_let_in(person.client)
    site.postern.process.signal(signal.SIGHUP)
    wait_for(lambda: signs_with_another_key(site, before[ACCESS]), "a token under the new key")
    assert is_let_in(person.client) and is_let_in(other.client)
    refresh(person)
    assert person.client.cookies[ACCESS] != before[ACCESS]
    if first:
        published = public_keys(site)
        second = header_of(person.client.cookies[ACCESS])["kid"]
        assert second != first and {first, second} == set(published)
    # Restarted between rotation and use.
    rotate(site)
    site.postern.stop()
    site.postern.start()
    assert is_let_in(person.client) and is_let_in(other.client)
    refresh(person)
    refresh(other)
    states = listed(site)
    assert len(states) == 3
    assert [state["signs"] for state in states] == [False, False, True]
    assert states[0]["name"] == key["name"] and states[0]["verifies_until"]


def signs_with_another_key(site: NginxSite, token: str) -> bool:
    """Whether a new token is under another key than this one. Under HS256 that is told by the key's file."""
    new = site.register().client.cookies[ACCESS]
    if "kid" in header_of(token):
        return header_of(new)["kid"] != header_of(token)["kid"]
    (file,) = (site.postern.data / "keys").glob("*.secret")
    try:
        jwt.decode(new, file.read_text().strip(), algorithms=["HS256"])
        return True
    except jwt.InvalidSignatureError:
        return False


def test_serving_process_notices_a_rotation_by_itself(build: Build) -> None:
    site = build(NginxSite, settings={"JWT_ALGORITHM": "ES256"})
    person = site.register()
    token = person.client.cookies[ACCESS]
    rotate(site)
    wait_for(lambda: len(public_keys(site)) == 2, "the new key among the published ones", seconds=10)
    wait_for(lambda: signs_with_another_key(site, token), "a token under the new key", seconds=10)
    assert is_let_in(person.client)
    assert "keys have changed" in site.postern.log_since(0)


def test_change_of_the_algorithm_loses_nobody(build: Build) -> None:
    site = build(NginxSite)
    person, other = site.register(), site.register()
    assert header_of(person.client.cookies[ACCESS])["alg"] == "HS256"
    for algorithm in ("EdDSA", "RS256", "HS256"):
        site.postern.stop()
        site.postern.environment["JWT_ALGORITHM"] = algorithm
        site.postern.start()
        assert is_let_in(person.client) and is_let_in(other.client)
        wait_for(lambda: algorithm_of_new_token(site) == algorithm, f"a token under {algorithm}")
        refresh(person)
        assert header_of(person.client.cookies[ACCESS])["alg"] == algorithm
    refresh(other)
    assert {key["alg"] for key in public_keys(site).values()} == {"EdDSA", "RS256"}


def algorithm_of_new_token(site: NginxSite) -> str:
    return header_of(site.register().client.cookies[ACCESS])["alg"]


@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA"])
def test_dropped_keys_end_at_once(build: Build, algorithm: str) -> None:
    site = build(NginxSite, settings={"JWT_ALGORITHM": algorithm, "JWT_SECRET_KEY": None})
    person = site.register()
    said = rotate(site, "--drop-previous")
    assert "everybody has to sign in again" in said
    wait_for(lambda: not is_let_in(person.client), "the former key to count no more", seconds=5)
    assert person.client.request("POST", "/api/auth/token/refresh", keep=False).status == 422
    site.sign_in(person)
    assert is_let_in(person.client)
    assert len(listed(site)) == 1
    site.postern.stop()
    site.postern.start()
    assert is_let_in(person.client)


def pem_pair() -> tuple[str, str]:
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def test_key_that_the_configuration_sets(build: Build) -> None:
    """Rotated by hand: another private key, and the former one's public key beside it."""
    (one, public_one), (two, public_two) = pem_pair(), pem_pair()
    site = build(NginxSite, settings={"JWT_ALGORITHM": "EdDSA", "JWT_PRIVATE_KEY": one})
    person = site.register()
    application = flask_application(JWT_ALGORITHM="EdDSA", JWT_PUBLIC_KEY=public_one)
    with application.test_client() as test:
        assert test.get("/me", headers=bearer(person.client.cookies[ACCESS])).status_code == 200
    done = site.postern.command("keys", "rotate")
    assert done.returncode == 1 and "JWT_PUBLIC_KEY" in done.stderr

    file = site.postern.folder / "key.pem"
    file.write_text(two)
    file.chmod(0o600)
    site.postern.stop()
    site.postern.environment |= {"JWT_PRIVATE_KEY": str(file), "JWT_PUBLIC_KEY": public_one + public_two}
    site.postern.start()
    assert is_let_in(person.client)
    refresh(person)
    jwt.decode(person.client.cookies[ACCESS], public_two, algorithms=["EdDSA"])
    assert len(public_keys(site)) == 2


def test_unreadable_key_leaves_those_in_force(build: Build) -> None:
    site = build(NginxSite, settings={"JWT_ALGORITHM": "EdDSA"})
    person = site.register()
    stray = site.postern.data / "keys/20261124T083000Z-EdDSA-stray.pem"
    stray.write_text("nonsense")
    stray.chmod(0o600)
    wait_for(lambda: "keys not taken over" in site.postern.log_since(0), "the complaint", seconds=5)
    assert is_let_in(person.client)
    refresh(person)
    stray.unlink()
    rotate(site)
    wait_for(lambda: len(public_keys(site)) == 2, "the new key", seconds=5)
    assert site.postern.log_since(0).count("keys not taken over") == 1
