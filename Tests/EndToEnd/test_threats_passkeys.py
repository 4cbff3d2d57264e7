"""What somebody else has of a passkey, or of an answer by one, signs them in nowhere. Rows 17, 21, 25, 29 and 32 of the
threats in docs/security.md; what is wrong in the answer itself is in test_passkeys.py."""

import concurrent.futures
import contextlib
import sqlite3

import pytest

from rig.mailbox import Mailbox
from rig.passkeys import Device, add, creation_options, decode, encode, request_options, sign_in
from rig.site import PASSWORD, NginxSite
from test_threats_mail import ask_for_reset

SECURITY = "/api/auth/mfa/passkeys"
SIGN_IN = "/api/auth/login/passkey"


def test_threat_17_no_passkey_tells_which_accounts_there_are(verified_site: NginxSite) -> None:
    """Unknown, unproven, disabled, of a wrong signature: one answer, on one schedule."""
    site = verified_site
    answers = []

    def note(device: Device, change: str | None = None) -> None:
        credential = device.use(request_options(site.client()))
        if change:
            signature = decode(credential["response"]["signature"])
            credential["response"]["signature"] = encode(signature[:-1] + bytes([signature[-1] ^ 1]))
        answer = site.client().post(SIGN_IN, {"credential": credential})
        answers.append((answer.status, answer.json["error"], answer.json["error_code"]))

    stranger = Device(site.url, rp_id="127.0.0.1", user_handle=bytes(7) + b"\x01")
    note(stranger)
    person, device = site.add(), Device(site.url)
    add(person.client, device)
    note(device, "signature")
    assert site.postern.command("user", "disable", person.email).returncode == 0
    note(device)
    assert set(answers) == {(401, "This passkey signs nobody in here", "PASSKEY_REFUSED")}
    # And the options are the same for everybody.
    assert set(request_options(person.client)) == set(request_options(site.client()))


def test_threat_21_passkey_of_somebody_who_is_gone_signs_nobody_in(site: NginxSite) -> None:
    person, device = site.register(), Device(site.url)
    add(person.client, device)
    assert sign_in(site.client(), device).status == 200
    assert person.client.post("/api/auth/delete-account", {"password": PASSWORD}).status == 200
    assert sign_in(site.client(), device).json["error_code"] == "PASSKEY_REFUSED"
    # And is nobody's: the same authenticator may serve its owner's next account.
    other = site.register()
    credential = device.make(creation_options(other.client))
    assert other.client.post(SECURITY, {"credential": credential}).status == 201


@pytest.mark.parametrize("processes", [1, 2])
def test_threat_25_answer_of_a_passkey_is_taken_once(build, processes: int) -> None:
    """However often it is sent at once, and to whichever process."""
    site = build(NginxSite, processes=processes)
    person, device = site.register(), Device(site.url)
    options = creation_options(person.client)
    made = device.make(options)
    body = {"name": "key", "credential": made}
    assert person.client.post(SECURITY, body).status == 201
    again_made = person.client.post(SECURITY, body)
    assert (again_made.status, again_made.json["error_code"]) == (400, "BAD_CREDENTIAL")
    device.count = 0
    credential = device.use(request_options(site.client()))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(site.client().post, SIGN_IN, {"credential": credential}) for _ in range(8)]
        statuses = sorted(answer.result().status for answer in sent)
    assert statuses == [200] + [400] * 7
    assert site.client().post(SIGN_IN, {"credential": credential}).status == 400


def test_threat_25_answer_to_one_question_is_none_to_another(site: NginxSite) -> None:
    """Nor is one of an account to another."""
    person, other, device = site.register(), site.register(), Device(site.url)
    add(person.client, device)
    for_other = Device(site.url).make(creation_options(other.client))
    answer = person.client.post(SECURITY, {"credential": for_other})
    assert (answer.status, answer.json["error_code"]) == (400, "BAD_CREDENTIAL")
    created = creation_options(person.client)
    answer = site.client().post(SIGN_IN, {"credential": device.use(created)})
    assert (answer.status, answer.json["error_code"]) == (400, "BAD_CREDENTIAL")
    fresh = Device(site.url)
    options = created | {"challenge": request_options(site.client())["challenge"]}
    answer = person.client.post(SECURITY, {"credential": fresh.make(options)})
    assert (answer.status, answer.json["error_code"]) == (400, "BAD_CREDENTIAL")


def test_threat_25_copy_of_a_passkey_is_noticed_and_locks_nobody_out(site: NginxSite) -> None:
    person, device, copy = site.register(), Device(site.url, count=5), Device(site.url)
    add(person.client, device)
    copy.key, copy.credential_id, copy.count = device.key, device.credential_id, 5
    copy.rp_id, copy.user_handle = device.rp_id, device.user_handle
    device.count = 6
    assert sign_in(site.client(), device).status == 200
    for count in (5, 6):
        copy.count = count
        assert sign_in(site.client(), copy).json["error_code"] == "PASSKEY_REFUSED"
    device.count = 7
    assert sign_in(site.client(), device).status == 200
    logs = person.client.get("/api/audit/audit-logs/me").json["logs"]
    refused = [row for row in logs if row["action"] == "passkey.refused"]
    assert len(refused) == 2 and not any(row["success"] for row in refused)
    assert "counter has gone back" in site.postern.log.read_text()


def test_threat_29_attackers_passkey_is_gone_once_the_owner_resets(site: NginxSite, mailbox: Mailbox) -> None:
    attacker, device = site.register("victim"), Device(site.url)
    add(attacker.client, device)
    mailbox.wait_for(attacker.email)
    assert sign_in(site.client(), device).status == 200
    reset = ask_for_reset(site, mailbox, attacker.email)
    assert site.client().post(f"/api/auth/reset-password/{reset}", {"password": "the victim's own"}).status == 200
    assert sign_in(site.client(), device).json["error_code"] == "PASSKEY_REFUSED"
    victim = site.client()
    body = {"email": attacker.email, "password": "the victim's own"}
    assert victim.post("/api/auth/login", body).status == 200
    assert victim.get(SECURITY).json["count"] == 0
    assert victim.get("/api/auth/user/@me").json["user"]["mfa_enabled"] is False


def test_threat_32_challenge_signs_nobody_in(site: NginxSite) -> None:
    challenge = request_options(site.client())["challenge"]
    assert site.client().get("/api/auth/check-auth", Authorization=f"Bearer {challenge}").status == 422
    client = site.client()
    client.cookies = {"access_token_cookie": challenge, "refresh_token_cookie": challenge}
    assert client.get("/private/file.txt").status == 401


def test_threat_32_session_is_needed_where_passkeys_are_changed(site: NginxSite) -> None:
    person = site.register()
    token = person.client.post("/api/auth/tokens", {"name": "git"}).json["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    for method, path in (("GET", ""), ("POST", "/options"), ("POST", ""), ("PATCH", "/1"), ("DELETE", "/1")):
        assert site.client().request(method, SECURITY + path, {}, bearer).status == 403, (method, path)


def test_database_holds_no_secret_of_a_passkey(site: NginxSite) -> None:
    """Public keys, and the challenges that were answered, by numbers that say nothing."""
    person, device = site.register(), Device(site.url)
    options = creation_options(person.client)
    assert person.client.post(SECURITY, {"credential": device.make(options)}).status == 201
    address = f"{(site.postern.data / 'postern.db').as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
        asked = database.execute("SELECT public_key FROM passkeys WHERE credential_id = ?", [device.credential_id])
        [key] = asked.fetchone()
        challenges = [row[0] for row in database.execute("SELECT id FROM used_challenges")]
    assert key == device.key.cose
    assert all(len(one) == 16 and one not in decode(options["challenge"]) for one in challenges)
