"""Passkeys through nginx: authenticators in software make and use them, and `webauthn`, another implementation, judges
the same bytes."""

import copy
import dataclasses
import json
import pathlib
import typing

import pytest
from fido2 import cbor
from soft_webauthn import SoftWebauthnDevice

from rig.client import Client
from rig.mailbox import Mailbox
from rig.passkeys import (
    AT, BE, BS, UP, UV, Device, Key, add, creation_options, decode, encode, judged_assertion, judged_registration,
    request_options, sign_in,
)
from rig.people import ACCESS
from rig.site import PASSWORD, NginxSite

SECURITY = "/api/auth/mfa/passkeys"


def methods(client: Client) -> list[str]:
    """How whoever is signed in has proven it (`amr`, RFC 8176)."""
    return json.loads(decode(client.cookies[ACCESS].split(".")[1]))["amr"]


# The common way.


def test_soft_webauthn_as_it_is_gets_a_passkey_and_signs_in(build) -> None:
    """Untouched: it verifies nobody, so the site must not ask for that."""
    site = build(NginxSite, settings={"POSTERN_PASSKEY_USER_VERIFICATION": "discouraged"})
    person, device = site.register(), SoftWebauthnDevice()

    def written(credential: dict) -> dict:
        raw = encode(credential["rawId"])
        return credential | {
            "id": raw, "rawId": raw, "response": {name: encode(part) for name, part in credential["response"].items()}}

    options = creation_options(person.client)
    options["challenge"] = decode(options["challenge"])
    options["user"]["id"] = decode(options["user"]["id"])
    made = written(device.create({"publicKey": options}, site.url))
    assert person.client.post(SECURITY, {"credential": made}).status == 201
    options = request_options(client := site.client())
    options["challenge"] = decode(options["challenge"])
    used = written(device.get({"publicKey": options}, site.url))
    assert client.post("/api/auth/login/passkey", {"credential": used}).status == 200
    assert client.get("/private/file.txt").status == 200


def test_options_are_those_of_the_browser_api(site: NginxSite) -> None:
    person = site.register(first_name="Ada", last_name="Lovelace")
    options = creation_options(person.client)
    assert options["rp"] == {"id": "127.0.0.1", "name": "127.0.0.1"}
    assert options["user"]["name"] == person.email and options["user"]["displayName"] == "Ada Lovelace"
    assert len(decode(options["user"]["id"])) == 8
    assert [row["alg"] for row in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert options["authenticatorSelection"] == {
        "residentKey": "required", "requireResidentKey": True, "userVerification": "required"}
    assert (options["attestation"], options["timeout"], options["excludeCredentials"]) == ("none", 300_000, [])
    assert len(decode(options["challenge"])) >= 32
    device = Device(site.url)
    add(person.client, device)
    [excluded] = creation_options(person.client)["excludeCredentials"]
    assert excluded == {"type": "public-key", "id": encode(device.credential_id), "transports": ["internal"]}
    options = request_options(site.client())
    assert (options["rpId"], options["allowCredentials"]) == ("127.0.0.1", [])
    assert request_options(site.client())["challenge"] != options["challenge"]


def test_passkey_signs_in_without_a_name(site: NginxSite) -> None:
    person, device = site.register(), Device(site.url)
    add(person.client, device)
    client = site.client()
    answer = sign_in(client, device)
    assert (answer.status, answer.json["user"]["email"]) == (200, person.email)
    assert methods(client) == ["hwk", "user", "mfa"]
    assert client.get("/private/file.txt").status == 200
    [row] = client.get(SECURITY).json["passkeys"]
    assert row["last_used_at"] is not None and row["is_synchronised"] is False


def test_synchronised_passkey_is_told_from_one_of_a_device(site: NginxSite) -> None:
    person, device = site.register(), Device(site.url, flags=UP | UV | BE | BS)
    assert add(person.client, device)["is_synchronised"] is True
    client = site.client()
    assert sign_in(client, device).status == 200
    assert methods(client) == ["swk", "user", "mfa"]


def test_session_outlives_the_browser_if_it_was_asked_to(site: NginxSite) -> None:
    person, device = site.register(), Device(site.url)
    add(person.client, device)
    for remember, outlives in ((True, True), (False, False)):
        answer = sign_in(site.client(), device, remember=remember)
        assert any("Max-Age" in field for field in answer.all("Set-Cookie") if "refresh" in field) is outlives


# Managing them.


def test_passkeys_are_listed_renamed_and_removed(site: NginxSite) -> None:
    person, first, second = site.register(), Device(site.url), Device(site.url)
    add(person.client, first, "Zoë's phone")
    other = add(person.client, second, "Zoë's phone")
    rows = person.client.get(SECURITY).json
    assert rows["count"] == 2 and [row["name"] for row in rows["passkeys"]] == ["Zoë's phone", "Zoë's phone 2"]
    path = f"{SECURITY}/{other['id']}"
    assert person.client.request("PATCH", path, {"name": "key ring"}).json["name"] == "key ring"
    answer = person.client.request("PATCH", path, {"name": "x" * 65})
    assert (answer.status, list(answer.json["fields"])) == (400, ["name"])
    stranger = site.register()
    for method, body in (("PATCH", {"name": "mine"}), ("DELETE", None)):
        assert stranger.client.request(method, path, body).status == 404
    assert person.client.request("DELETE", path).status == 200
    assert person.client.request("DELETE", path).status == 404
    assert [row["name"] for row in person.client.get(SECURITY).json["passkeys"]] == ["Zoë's phone"]
    assert sign_in(site.client(), second).json["error_code"] == "PASSKEY_REFUSED"
    assert sign_in(site.client(), first).status == 200
    # Of those that come, the client is told none that is not its own.
    actions = [row["action"] for row in person.client.get("/api/audit/audit-logs/me").json["logs"]]
    assert {"mfa.factor_added", "mfa.factor_removed", "passkey.renamed"} <= set(actions)


def test_account_has_twenty_at_most(site: NginxSite) -> None:
    person = site.register()
    for _ in range(20):
        add(person.client, Device(site.url, algorithm="EdDSA"))
    answer = person.client.post(SECURITY + "/options", {})
    assert (answer.status, answer.json["error_code"]) == (409, "TOO_MANY_PASSKEYS")


def test_passkey_of_somebody_else_is_no_second_one(site: NginxSite) -> None:
    person, other, device = site.register(), site.register(), Device(site.url)
    add(person.client, device)
    copied = copy.copy(device)
    credential = copied.make(creation_options(other.client))
    answer = other.client.post(SECURITY, {"name": "mine", "credential": credential})
    assert (answer.status, answer.json["error_code"]) == (409, "PASSKEY_REGISTERED")
    assert sign_in(client := site.client(), device).json["user"]["email"] == person.email
    assert client.get(SECURITY).json["count"] == 1




@pytest.fixture(scope="module")
def mfa_site(workspace: pathlib.Path, mailbox: Mailbox) -> typing.Iterator[NginxSite]:
    """A site that asks for second factors."""
    made = NginxSite(workspace / "passkeys", settings={**mailbox.settings, "AUTHSVC_ENABLE_MFA": "True"})
    yield made
    made.stop()


def test_first_factor_brings_recovery_codes_and_a_mail_and_counts_at_once(
    mfa_site: NginxSite, mailbox: Mailbox
) -> None:
    person = mfa_site.register()
    first = add(person.client, Device(mfa_site.url))
    assert len(set(first["recovery_codes"])) == 10
    assert methods(person.client) == ["pwd", "hwk", "user", "mfa"]
    assert "recovery_codes" not in add(person.client, Device(mfa_site.url))
    assert "a passkey" in mailbox.wait_for(person.email, 2).text
    # Who knows the password only puts no other in its place.
    other = mfa_site.client()
    answer = other.post("/api/auth/login", {"email": person.email, "password": PASSWORD})
    assert answer.json["mfa_required"] is True and "passkey" in answer.json["factors"]


def test_second_step_asks_for_the_account_s_own_passkeys(mfa_site: NginxSite) -> None:
    person, device = mfa_site.register(), Device(mfa_site.url)
    add(person.client, device)
    client = mfa_site.client()
    answer = client.post("/api/auth/login", {"email": person.email, "password": PASSWORD})
    options = client.post(SECURITY + "/assert", {"mfa_token": answer.json["mfa_token"]}).json
    assert [row["id"] for row in options["allowCredentials"]] == [encode(device.credential_id)]
    # Behind a password a touch is enough; and for nothing else is the answer good.
    assert options["userVerification"] == "preferred"
    refused = client.post("/api/auth/login/passkey", {"credential": device.use(options)})
    assert (refused.status, refused.json["error_code"]) == (400, "BAD_CREDENTIAL")
    answer = client.post(SECURITY + "/assert", {"mfa_token": answer.json["mfa_token"][:-1] + "!"})
    assert (answer.status, answer.json["error_code"]) == (400, "BAD_MFA_TOKEN")
    # In a session, without a ticket; and nowhere else.
    options = person.client.post(SECURITY + "/assert", {}).json
    assert [row["id"] for row in options["allowCredentials"]] == [encode(device.credential_id)]
    assert mfa_site.client().post(SECURITY + "/assert", {}).status == 401


def test_switched_off_they_are_neither_made_nor_taken(build) -> None:
    site = build(NginxSite, settings={"POSTERN_PASSKEYS": "False"})
    person = site.register()
    for path in (SECURITY + "/options", "/api/auth/login/passkey/options"):
        answer = person.client.post(path, {})
        assert (answer.status, answer.json["error_code"]) == (403, "PASSKEYS_DISABLED"), answer
    assert person.client.get(SECURITY).json["count"] == 0


# What is taken and what is refused: one table for each ceremony. `webauthn` judges the same bytes, and where it would
# take what Postern refuses, the row says so.


@dataclasses.dataclass
class Case:
    name: str
    is_taken: bool
    # How the authenticator, or the browser before it, is another.
    device: dict[str, typing.Any] = dataclasses.field(default_factory=dict)
    # What is done to the credential on its way.
    change: typing.Callable[[dict], None] | None = None
    # Postern refuses it, and the other implementation does not look.
    is_stricter: bool = False

    def __repr__(self) -> str:
        return self.name


def part(name: str, change: typing.Callable[[bytes], bytes]) -> typing.Callable[[dict], None]:
    """Changes one part of the credential."""
    def apply(credential: dict) -> None:
        credential["response"][name] = encode(change(decode(credential["response"][name])))
    return apply


def attestation(change: typing.Callable[[dict], None]) -> typing.Callable[[dict], None]:
    def apply(content: bytes) -> bytes:
        members = cbor.decode(content)
        change(members)
        return cbor.encode(members)
    return part("attestationObject", apply)


def authenticator_data(change: typing.Callable[[bytes], bytes]) -> typing.Callable[[dict], None]:
    return attestation(lambda members: members.update(authData=change(members["authData"])))


def set_member(name: str, value: typing.Any) -> typing.Callable[[dict], None]:
    return lambda credential: credential.update({name: value})


# What both ceremonies refuse, and take.
COMMON = [
    *(Case(name, True, {"algorithm": name}) for name in ("ES256", "EdDSA", "RS256")),
    Case("backed up", True, {"flags": UP | UV | BE | BS}),
    Case("could be backed up", True, {"flags": UP | UV | BE}),
    Case("extensions", True, {"extensions": cbor.encode({"credProtect": 2})}),
    Case("client data with more members", True, {"said": {"tomorrow": [{}], "crossOrigin": None}}),
    Case("nobody was verified", False, {"flags": UP}),
    Case("nobody was there", False, {"flags": UV}),
    Case("backed up and must not be", False, {"flags": UP | UV | BS}),
    Case("another origin", False, {"origin": "https://evil.example"}),
    Case("another scheme", False, {"said": {"origin": "https://127.0.0.1"}}),
    Case("another port", False, {"said": {"origin": "http://127.0.0.1:1"}}),
    Case("origin with a path", False, {"said": {"origin": "http://127.0.0.1:1/"}}),
    Case("no origin", False, {"said": {"origin": None}}),
    Case("another site's key", False, {"rp_id": "evil.example"}),
    Case("no challenge", False, {"said": {"challenge": None}}),
    Case("empty challenge", False, {"said": {"challenge": ""}}),
    Case("challenge of nobody", False, {"said": {"challenge": encode(bytes(61))}}),
    Case("type of nothing", False, {"said": {"type": "webauthn"}}),
    Case("payment", False, {"said": {"type": "payment.get"}}),
    Case("in a frame", False, {"said": {"crossOrigin": True}}, is_stricter=True),
    Case("in a frame that says where", False, {"said": {"topOrigin": "https://evil.example"}}, is_stricter=True),
    Case("extensions that are no map", False, {"extensions": b"\x01"}, is_stricter=True),
    Case("extensions and more", False, {"extensions": cbor.encode({"a": 1}) + b"\0"}),
    Case("extensions cut off", False, {"extensions": cbor.encode({"a": 1})[:-1]}),
    Case("client data that is no JSON", False, change=part("clientDataJSON", lambda said: said[:-1])),
    Case("client data twice", False, change=part("clientDataJSON", lambda said: said * 2)),
    Case("client data is a list", False, change=part("clientDataJSON", lambda said: b"[" + said + b"]")),
    Case("another type of credential", False, change=set_member("type", "password")),
    Case("another raw id", False, change=set_member("rawId", encode(bytes(32)))),
    Case("an id that is no base64url", False, change=set_member("id", "a/b+")),
    Case("no response", False, change=set_member("response", None)),
    Case("a response that is a text", False, change=set_member("response", "{}")),
]

REGISTRATIONS = COMMON + [
    Case("counter of another life", True, {"count": 2**32 - 1}),
    Case("kind of authenticator", True, change=authenticator_data(lambda data: data[:37] + b"\x07" * 16 + data[53:])),
    Case("another algorithm", False, {"algorithm": "ES384"}),
    Case("the other type", False, {"said": {"type": "webauthn.get"}}),
    Case("no key", False, change=authenticator_data(lambda data: data[:32] + bytes([UP | UV]) + data[33:37])),
    Case("flag of a key and none", False, change=authenticator_data(lambda data: data[:37])),
    Case("no flag of a key and one", False, change=authenticator_data(
        lambda data: data[:32] + bytes([data[32] & ~AT]) + data[33:])),
    Case("key cut off", False, change=authenticator_data(lambda data: data[:-1])),
    Case("key and more", False, change=authenticator_data(lambda data: data + b"\0")),
    Case("id longer than the data", False, change=authenticator_data(
        lambda data: data[:53] + b"\xff\xff" + data[55:])),
    Case("data of 36 bytes", False, change=authenticator_data(lambda data: data[:36])),
    Case("attestation cut off", False, change=part("attestationObject", lambda content: content[:-1])),
    Case("attestation and more", False, change=part("attestationObject", lambda content: content + b"\0"),
         is_stricter=True),
    Case("attestation of nothing", False, change=part("attestationObject", lambda content: b"")),
    Case("attestation nested deeply", False, change=part("attestationObject", lambda content: b"\x81" * 60_000)),
    Case("attestation of a billion elements", False, change=part(
        "attestationObject", lambda content: b"\x9a\x7f\xff\xff\xff")),
    Case("attestation without data", False, change=attestation(lambda members: members.pop("authData"))),
    Case("key beside the curve", False, change=authenticator_data(
        lambda data: data[:-1] + bytes([data[-1] ^ 1])), is_stricter=True),
    Case("none, and a statement", False, change=attestation(
        lambda members: members.update(attStmt=[])), is_stricter=True),
    Case("keys of a map in another order", False, change=part(
        "attestationObject", lambda content: b"\xa3" + b"".join(
            cbor.encode(name) + cbor.encode(value) for name, value in reversed(cbor.decode(content).items()))),
        is_stricter=True),
]

ASSERTIONS = COMMON + [
    Case("counter goes on", True, {"count": 8}),
    Case("counter leaps", True, {"count": 2**32 - 1}),
    Case("counter stands still", False, {"count": 7}),
    Case("counter goes back", False, {"count": 6}),
    Case("counter is lost", False, {"count": 0}),
    Case("the other type", False, {"said": {"type": "webauthn.create"}}),
    Case("signature altered", False, change=part(
        "signature", lambda signature: signature[:-1] + bytes([signature[-1] ^ 1]))),
    Case("signature cut off", False, change=part("signature", lambda signature: signature[:-1])),
    Case("signature of nothing", False, change=part("signature", lambda signature: b"")),
    Case("signature and more", False, change=part("signature", lambda signature: signature + b"\0")),
    Case("another key", False, {"key": Key("ES256")}),
    Case("data altered", False, change=part(
        "authenticatorData", lambda data: data[:36] + bytes([data[36] ^ 0x20]))),
    Case("data cut off", False, change=part("authenticatorData", lambda data: data[:36])),
    Case("data and more", False, change=part("authenticatorData", lambda data: data + b"\0")),
    Case("flag of a key and none", False, change=part(
        "authenticatorData", lambda data: data[:32] + bytes([data[32] | AT]) + data[33:])),
    Case("client data altered", False, change=part("clientDataJSON", lambda said: said.replace(b": ", b":", 1))),
    Case("another's number", False, {"user_handle": bytes(7) + b"\x01"}, is_stricter=True),
    Case("no number", False, {"user_handle": None}, is_stricter=True),
]


@pytest.mark.parametrize("case", REGISTRATIONS, ids=repr)
def test_registration_is_judged_as_by_another_implementation(site: NginxSite, case: Case) -> None:
    person = site.register()
    device = Device(**{"origin": site.url} | case.device)
    options = creation_options(person.client)
    credential = device.make(options)
    if case.change:
        case.change(credential)
    judgement = judged_registration(site, credential, options["challenge"])
    answer = person.client.post(SECURITY, {"name": "key", "credential": credential})
    assert (answer.status == 201) is case.is_taken, answer
    assert (judgement is not None) is (case.is_taken or case.is_stricter), judgement
    if case.is_taken:
        assert person.client.get(SECURITY).json["count"] == 1
        assert judgement.credential_id == device.credential_id
    else:
        assert answer.status == 400 and answer.json["error_code"] == "BAD_CREDENTIAL", answer
        assert person.client.get(SECURITY).json["count"] == 0


@pytest.mark.parametrize("case", ASSERTIONS, ids=repr)
def test_assertion_is_judged_as_by_another_implementation(site: NginxSite, case: Case) -> None:
    person = site.register()
    changed = case.device
    kept = {name: changed[name] for name in ("algorithm",) if name in changed}
    flags = changed.get("flags", UP | UV)
    device = Device(site.url, count=7, flags=UP | UV | (flags & BE), **kept)
    add(person.client, device)
    device.count = 8
    for name, value in changed.items():
        setattr(device, name, value)
    client = site.client()
    options = request_options(client)
    credential = device.use(options)
    if case.change:
        case.change(credential)
    key = device if "key" not in changed else Device(site.url)
    judgement = judged_assertion(site, credential, options["challenge"], key, 7)
    answer = client.post("/api/auth/login/passkey", {"credential": credential})
    assert (answer.status == 200) is case.is_taken, answer
    assert (judgement is not None) is (case.is_taken or case.is_stricter), judgement
    if not case.is_taken:
        assert (answer.status, answer.json["error_code"]) in ((400, "BAD_CREDENTIAL"), (401, "PASSKEY_REFUSED"))
        assert client.get("/api/auth/check-auth").status == 401
