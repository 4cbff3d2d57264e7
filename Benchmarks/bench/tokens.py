"""Access and refresh tokens that are made here, with a key of the run: those that Postern must refuse, and those of
which it is asked for more than it would hand out in a run."""

import base64
import hmac
import json
import os
import pathlib
import subprocess
import time
from collections.abc import Iterable

from .plan import Plan
from .processes import Failure

ACCESS, REFRESH = "access_token_cookie", "refresh_token_cookie"


def claims_of(token: str) -> dict:
    return json.loads(_bytes(token.split(".")[1]))


def header_of(token: str) -> str:
    """The first part, as it stands: it names the key."""
    return token.partition(".")[0]


def signed_text(header: str, claims: dict) -> str:
    """What the signature is made over (RFC 7515, section 5.1)."""
    return f"{header}.{_text(json.dumps(claims, separators=(',', ':')).encode())}"


def hs256(key: str, header: str, claims: dict) -> str:
    text = signed_text(header, claims)
    return f"{text}.{_text(hmac.digest(key.encode(), text.encode(), 'sha256'))}"


def with_key_pair(plan: Plan, key: pathlib.Path, algorithm: str, texts: Iterable[str]) -> list[str]:
    """Tokens of the texts that `signed_text` gives, signed with a private key in PEM."""
    program = plan.compiled("sign_tokens", "baselines/sign_tokens.c", ["crypto"])
    lines = "".join(f"{text}\n" for text in texts)
    outcome = subprocess.run([program, key, algorithm], input=lines, capture_output=True, text=True, timeout=120)
    if outcome.returncode != 0:
        raise Failure(f"sign_tokens: {outcome.stderr}")
    return outcome.stdout.split()


def with_another_name(claims: dict, number: int) -> dict:
    """The same claims in a token of its own."""
    return claims | {"jti": f"00000000-0000-4000-8000-{number:012x}"}


def expired(claims: dict) -> dict:
    now = int(time.time())
    return claims | {"iat": now - 1000, "nbf": now - 1000, "exp": now - 100}


def strangers(key: str, cookie: str) -> dict[str, tuple[str, str]]:
    """Whom everyone has to refuse who checks HS256 tokens in a cookie: what is wrong, cookie and authorization."""
    token = dict(part.split("=", 1) for part in cookie.split("; "))[ACCESS]
    header, claims = header_of(token), claims_of(token)
    unsigned = signed_text(_text(b'{"alg":"none","typ":"JWT"}'), claims) + "."
    wrong = {
        "a forged token": hs256(os.urandom(32).hex(), header, claims),
        "an expired token": hs256(key, header, expired(claims)),
        "a cut token": token[1:],
        "a token without signature": unsigned,
    }
    return {"no token": ("", "")} | {what: (f"{ACCESS}={token}", "") for what, token in wrong.items()}


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
