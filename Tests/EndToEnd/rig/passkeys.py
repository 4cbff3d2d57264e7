"""Authenticators in software: `soft_webauthn` with other algorithms, flags and counters, and the JSON in which browsers
hand over what they make. `webauthn`, another implementation, judges the same bytes."""

import base64
import dataclasses
import hashlib
import json
import os
import typing

import webauthn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cbor, cose
from soft_webauthn import SoftWebauthnDevice
from webauthn.helpers.cose import COSEAlgorithmIdentifier

from rig.client import Answer, Client
from rig.site import Site

# Flags of authenticator data.
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80

ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256, COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Key:
    """A key pair for one algorithm."""

    # Making RSA keys takes long, and one is as good as another.
    rsa_key: typing.ClassVar[rsa.RSAPrivateKey | None] = None

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        match algorithm:
            case "ES256": self.private = ec.generate_private_key(ec.SECP256R1())
            case "ES384": self.private = ec.generate_private_key(ec.SECP384R1())
            case "EdDSA": self.private = ed25519.Ed25519PrivateKey.generate()
            case "RS256":
                Key.rsa_key = Key.rsa_key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
                self.private = Key.rsa_key

    @property
    def cose(self) -> bytes:
        return cbor.encode(getattr(cose, self.algorithm).from_cryptography_key(self.private.public_key()))

    def sign(self, message: bytes) -> bytes:
        match self.algorithm:
            case "ES256": return self.private.sign(message, ec.ECDSA(hashes.SHA256()))
            case "ES384": return self.private.sign(message, ec.ECDSA(hashes.SHA384()))
            case "EdDSA": return self.private.sign(message)
            case _: return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())


@dataclasses.dataclass
class Device(SoftWebauthnDevice):
    """An authenticator with one passkey, and the browser before it. Whatever a test sets is said as it is, right or
    wrong."""

    origin: str
    algorithm: str = "ES256"
    flags: int = UP | UV
    count: int = 0
    rp_id: str | None = None
    user_handle: bytes | None = None
    extensions: bytes = b""
    # Members of the client data, over what they should be; None: left out.
    said: dict[str, typing.Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        said = self.rp_id, self.user_handle
        super().__init__()
        self.rp_id, self.user_handle = said
        self.key = Key(self.algorithm)
        self.credential_id = os.urandom(32)

    def client_data(self, kind: str, challenge: str) -> bytes:
        members = {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        members |= self.said
        return json.dumps({name: value for name, value in members.items() if value is not None}).encode()

    def data(self, flags: int, attested: bytes = b"") -> bytes:
        hashed = hashlib.sha256(self.rp_id.encode()).digest()
        flags |= ED if self.extensions else 0
        return hashed + bytes([flags]) + self.count.to_bytes(4, "big") + attested + self.extensions

    def attested(self) -> bytes:
        return self.aaguid + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self.key.cose

    def make(self, options: dict[str, typing.Any]) -> dict[str, typing.Any]:
        """What `navigator.credentials.create` gives for the options of the server."""
        self.rp_id = self.rp_id or options["rp"]["id"]
        self.user_handle = decode(options["user"]["id"])
        attestation = cbor.encode(
            {"fmt": "none", "attStmt": {}, "authData": self.data(self.flags | AT, self.attested())})
        credential = self.credential(
            clientDataJSON=self.client_data("create", options["challenge"]), attestationObject=attestation)
        credential["response"]["transports"] = ["internal"]
        return credential

    def use(self, options: dict[str, typing.Any]) -> dict[str, typing.Any]:
        """What `navigator.credentials.get` gives."""
        data = self.data(self.flags)
        said = self.client_data("get", options["challenge"])
        return self.credential(
            clientDataJSON=said, authenticatorData=data, userHandle=self.user_handle,
            signature=self.key.sign(data + hashlib.sha256(said).digest()))

    def credential(self, **response: bytes | None) -> dict[str, typing.Any]:
        parts = {name: encode(part) for name, part in response.items() if part is not None}
        return {
            "id": encode(self.credential_id), "rawId": encode(self.credential_id), "type": "public-key",
            "response": parts, "clientExtensionResults": {}}


def creation_options(client: Client, **body: typing.Any) -> dict[str, typing.Any]:
    answer = client.post("/api/auth/mfa/passkeys/options", body)
    assert answer.status == 200, answer
    return answer.json


def request_options(client: Client) -> dict[str, typing.Any]:
    answer = client.post("/api/auth/login/passkey/options", {})
    assert answer.status == 200, answer
    return answer.json


def add(client: Client, device: Device, name: str | None = "key") -> dict[str, typing.Any]:
    credential = device.make(creation_options(client))
    answer = client.post("/api/auth/mfa/passkeys", {"name": name, "credential": credential})
    assert answer.status == 201, answer
    return answer.json


def sign_in(client: Client, device: Device, **body: typing.Any) -> Answer:
    credential = device.use(request_options(client))
    return client.post("/api/auth/login/passkey", {"credential": credential, **body})


def judged_registration(site: Site, credential: dict, challenge: str, verified: bool = True) -> typing.Any:
    """What `webauthn` makes of it; None: refused."""
    try:
        return webauthn.verify_registration_response(
            credential=credential, expected_challenge=decode(challenge), expected_rp_id="127.0.0.1",
            expected_origin=site.url, require_user_verification=verified, supported_pub_key_algs=ALGORITHMS)
    except Exception:  # Whatever it is: it stumbles over some bytes in its own ways.
        return None


def judged_assertion(
    site: Site, credential: dict, challenge: str, device: Device, count: int, verified: bool = True
) -> typing.Any:
    try:
        return webauthn.verify_authentication_response(
            credential=credential, expected_challenge=decode(challenge), expected_rp_id="127.0.0.1",
            expected_origin=site.url, credential_public_key=device.key.cose, credential_current_sign_count=count,
            require_user_verification=verified)
    except Exception:
        return None
