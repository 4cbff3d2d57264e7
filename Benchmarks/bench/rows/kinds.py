"""`verify` over the socket with one reactor, by what it is asked: by cookie, by algorithm, by outcome. Beside it, what
applications ask instead. What is compared is the processor time of one answer, which a busy machine disturbs less than
the rate."""

import dataclasses
import os
import subprocess

from .. import fastcgi, postern
from ..plan import Plan, Row, cost_row, single_row
from ..postern import Postern
from ..processes import resident_mebibytes
from ..tokens import (
    ACCESS, REFRESH, claims_of, expired, header_of, hs256, signed_text, with_another_name, with_key_pair,
)  # fmt: skip

DISTINCT = 24_000
"""Tokens that are used in turn where each is to be seen as if for the first time: far more than are remembered."""
ALGORITHMS = {
    "ES256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "EdDSA": ["-algorithm", "ED25519"],
    "RS256": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
}
SECONDS = 0.3


@dataclasses.dataclass
class Kind:
    what: str
    name: str
    server: Postern
    status: int
    requests: list[bytes]


def rows(plan: Plan) -> list[Row]:
    key = os.urandom(32).hex()
    asked = plan.postern("kinds", POSTERN_REACTORS=1, JWT_SECRET_KEY=key)
    person = asked.cookies("reader@example.com")
    usual = Kind("", "verify, HS256", asked, 204, [_question(person)])
    kinds = [
        *_by_cookie(asked, person, key),
        *_by_outcome(asked, person, key),
        *_first_seen_with_hmac(asked, person, key),
        *(kind for algorithm in ALGORITHMS for kind in _with_key_pair(plan, algorithm)),
        *_other_routes(asked, person),
    ]
    load = dataclasses.replace(plan.load("fastcgi"), seconds=min(plan.seconds, SECONDS))
    contestants = [
        load.contestant(kind.name, kind.server.socket, kind.status, kind.requests, kind.server.process)
        for kind in (usual, *kinds)
    ]
    plan.measure(contestants, plan.few)
    memory = resident_mebibytes(asked.process)
    plan.stop(asked, *{kind.server for kind in kinds if kind.server is not asked})
    return [
        *(cost_row(kind.what, contestant, contestants[0]) for kind, contestant in zip(kinds, contestants[1:])),
        single_row(f"memory after all that, {DISTINCT:,} different tokens among it", [memory], "MiB"),
    ]


def _by_cookie(asked: Postern, person: dict[str, str], key: str) -> list[Kind]:
    access = {ACCESS: person[ACCESS]}
    claims = claims_of(person[ACCESS])
    many = claims | {"permissions": [f"reports.number-{number:03}" for number in range(85)]}
    long_token = hs256(key, header_of(person[ACCESS]), many)
    site = {f"site_{number}": "x" * 90 for number in range(23)}
    kinds = [
        ("the access token alone", access),
        ("behind other cookies of the site", site | person),
        ("a token with 85 permissions", {ACCESS: long_token}),
    ]
    return [
        Kind(f"cookie of {_size(cookies):.1f} KB: {what}", f"verify, {what}", asked, 204, [_question(cookies)])
        for what, cookies in kinds
    ]


def _by_outcome(asked: Postern, person: dict[str, str], key: str) -> list[Kind]:
    header, claims = header_of(person[ACCESS]), claims_of(person[ACCESS])
    forged = {ACCESS: hs256(os.urandom(32).hex(), header, claims)}
    late = {ACCESS: hs256(key, header, expired(claims))}
    gone = {ACCESS: _signed_out(asked)}
    assertion = _question(person, AUTH_ASSERTION="https://app.example.com")
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {_api_token(asked, person)}"}
    token = fastcgi.request(postern.verify_parameters("") | bearer)
    return [
        Kind("forged token, refused", "verify, forged", asked, 401, [_question(forged)]),
        Kind("expired token, refused", "verify, expired", asked, 401, [_question(late)]),
        Kind("revoked session, refused", "verify, revoked", asked, 401, [_question(gone)]),
        Kind("no token, refused", "verify, no token", asked, 401, [_question({})]),
        Kind("API token", "verify, API token", asked, 204, [token]),
        Kind("with a signed assertion (ES256)", "verify, assertion", asked, 204, [assertion]),
        Kind(
            "expired token, renewed by the refresh cookie: the database is read", "verify, renewed", asked, 204,
            [_question(late | {REFRESH: person[REFRESH]})]),
    ]  # fmt: skip


def _first_seen_with_hmac(asked: Postern, person: dict[str, str], key: str) -> list[Kind]:
    header, claims = header_of(person[ACCESS]), claims_of(person[ACCESS])
    tokens = (hs256(key, header, with_another_name(claims, number)) for number in range(DISTINCT))
    requests = [_question({ACCESS: token}) for token in tokens]
    return [Kind("HS256, every token for the first time", "verify, HS256, first seen", asked, 204, requests)]


def _with_key_pair(plan: Plan, algorithm: str) -> list[Kind]:
    key = plan.processes.directory / f"{algorithm}.pem"
    subprocess.run(["openssl", "genpkey", *ALGORITHMS[algorithm], "-out", key], check=True, capture_output=True)
    asked = plan.postern(
        f"kinds_{algorithm}", POSTERN_REACTORS=1, JWT_ALGORITHM=algorithm, JWT_PRIVATE_KEY=key.read_text())
    person = asked.cookies("reader@example.com")
    header, claims = header_of(person[ACCESS]), claims_of(person[ACCESS])
    plan.progress(f"{DISTINCT} tokens with {algorithm}")
    texts = (signed_text(header, with_another_name(claims, number)) for number in range(DISTINCT))
    tokens = with_key_pair(plan, key, algorithm, texts)
    first_seen = [_question({ACCESS: token}) for token in tokens]
    name = f"verify, {algorithm}"
    return [
        Kind(f"{algorithm}, a remembered token", name, asked, 204, [_question(person)]),
        Kind(f"{algorithm}, every token for the first time", f"{name}, first seen", asked, 204, first_seen),
    ]


def _other_routes(asked: Postern, person: dict[str, str]) -> list[Kind]:
    def question(route: str) -> bytes:
        return fastcgi.request(postern.get_parameters(f"/api/auth/{route}") | {"HTTP_COOKIE": _field(person)})

    return [
        Kind("`GET check-auth`", "check-auth", asked, 200, [question("check-auth")]),
        Kind("`GET user/@me`: the database is read", "user/@me", asked, 200, [question("user/@me")]),
    ]


def _question(cookies: dict[str, str], **more: str) -> bytes:
    return fastcgi.request(postern.verify_parameters(_field(cookies)) | more)


def _field(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _size(cookies: dict[str, str]) -> float:
    return len(_field(cookies)) / 1000


def _signed_out(asked: Postern) -> str:
    """The access token of a session that has been ended."""
    person = asked.cookies("gone@example.com")
    asked.must_post("logout", {}, HTTP_COOKIE=_field(person))
    return person[ACCESS]


def _api_token(asked: Postern, person: dict[str, str]) -> str:
    return asked.must_post("tokens", {"name": "benchmark"}, HTTP_COOKIE=_field(person))["token"]
