"""What requests of every shape have done to logins: limits, texts. The numbers are those of
docs/security.md."""

import json
import urllib.parse

import pytest

from rig.site import PASSWORD, NginxSite, new_email

SECRET_WORDS = "swordfish-of-the-log-test"


@pytest.mark.parametrize(
    "email",
    [
        "a@evil@corp.example", "a@@corp.example", "@corp.example", "a@", "a", "", " ", "a b@corp.example",
        "a@corp example",
        "a@corp.example\r\nBcc: x@evil.example", "a@corp..example", ".a@corp.example", "a.@corp.example",
        "a@-corp.example",
        "a@corp.example.", "\"a@evil\"@corp.example", "a@[127.0.0.1]", "a@corp.example,b@corp.example",
        "<a@corp.example>",
        "a@corp.example\x00", "a\x00@corp.example", "ä@corp.example", "a@cörp.example", "a" * 65 + "@corp.example",
        "a@" + "b" * 64 + ".example", "a@" + "b.c" * 100, "a@corp.example\u202e",
    ],
    ids=lambda text: text[:24].encode("unicode-escape").decode() or "empty",
)  # fmt: skip
def test_threat_14_no_address(site: NginxSite, email: str) -> None:
    answer = site.client().post("/api/auth/register", {"email": email, "password": PASSWORD})
    assert answer.status == 400, answer
    assert answer.cookies == {}
    assert site.client().post("/api/auth/login", {"email": email, "password": PASSWORD}).status in (400, 401)


@pytest.mark.parametrize(
    "fields",
    [
        {"X-Forwarded-For": "10.0.0.{n}"}, {"X-Real-IP": "10.0.0.{n}"}, {"Forwarded": "for=10.0.0.{n}"},
        {"Client-IP": "10.0.0.{n}"}, {"CF-Connecting-IP": "10.0.0.{n}"}, {"User-Agent": "agent {n}"}, {},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_threat_16_limit_is_not_fooled_by_fields(build, fields: dict) -> None:
    site = build(NginxSite, settings={"AUTHSVC_MAX_LOGIN_ATTEMPTS": "5"})
    person = site.register()
    statuses = []
    for number in range(12):
        headers = {name: value.replace("{n}", str(number)) for name, value in fields.items()}
        answer = site.client().request(
            "POST", "/api/auth/login", {"email": person.email, "password": f"wrong {number}"}, headers)  # fmt: skip
        statuses.append(answer.status)
    assert statuses[:5] == [401] * 5
    assert statuses[-1] == 429
    last = site.client().post("/api/auth/login", {"email": person.email, "password": "wrong"})
    assert last.status == 429
    assert int(last.header("Retry-After")) > 0
    assert last.json["status"] == 429 and last.json["retry_after_minutes"] >= 1


ASSIGNED = {
    "role_id": 1, "roleId": 1, "role": "admin", "role_name": "admin", "roleName": "admin", "ROLE_ID": 1,
    "Role": "admin",
    "id": 777, "ID": 777, "user_id": 777, "userId": 777, "is_active": False, "isActive": False, "is_verified": True,
    "isVerified": True, "verified": True, "provider": "google", "mfa_enabled": True, "permissions": ["*"], "epoch": 9,
    "created_at": "2000-01-01T00:00:00", "password_hash": "x", "passwordHash": "x", "session_id": "x", "is_admin": True,
    "__proto__": {"role": "admin"}, "user": {"role_id": 1}, "role_id[]": 1, "role_id ": 1,
}  # fmt: skip


def test_threat_23_mass_assignment(site: NginxSite) -> None:
    for fields in ({name: value} for name, value in ASSIGNED.items()):
        email = new_email()
        client = site.client()
        answer = client.post("/api/auth/register", {"email": email, "password": PASSWORD} | fields)
        if answer.status == 400:
            continue
        assert answer.status == 201, (fields, answer)
        assert answer.json["user"]["role"] is None, fields
        user = client.get("/api/auth/user/@me").json["user"]
        assert user["email"] == email
        assert user["id"] != 777 and user["id"] == answer.json["user"]["id"]
        assert (user["role_id"], user["is_active"], user["is_verified"], user["provider"], user["mfa_enabled"]) == (
            None, True, False, "local", False), fields  # fmt: skip
        assert client.get("/private/admin/file.txt").status == 403, fields


def test_threat_27_lines_cannot_be_broken(site: NginxSite) -> None:
    position = site.postern.log_position()
    marker = "forged-log-line"
    for text in ("\r\n", "\n", "\r", "\u2028", "\x0b", "\x1b[2J", "\x00"):
        evil = f"Ann{text}{marker} level=error"
        client = site.client(**{"User-Agent": "agent"})
        answer = client.post("/api/auth/register", {"email": new_email(), "password": PASSWORD, "first_name": evil})
        assert answer.status in (201, 400)
        if answer.status == 201:
            told = client.get("/app/", Accept="application/json")
            names = [name for name, _ in told.json["headers"]]
            assert marker not in names and len(names) == len(set(names)), told
        site.client().post("/api/auth/login", {"email": f"x{text}{marker}@example.com", "password": "wrong horse"})
        site.client().post("/api/auth/login", {"email": new_email(), "password": f"x{text}{marker}"})
    site.client().request("GET", f"/api/auth/x%0a{marker}%0d", headers={"User-Agent": f"a\t{marker}"})
    for line in site.postern.log_since(position).splitlines():
        assert not line.startswith(marker)
        assert "\x1b" not in line and "\r" not in line


def test_threat_27_no_secret_is_logged(site: NginxSite) -> None:
    position = site.postern.log_position()
    email = new_email()
    client = site.client()
    client.post("/api/auth/register", {"email": email, "password": SECRET_WORDS})
    client.post("/api/auth/login", {"email": email, "password": SECRET_WORDS})
    client.post("/api/auth/login", {"email": email, "password": SECRET_WORDS + "x"})
    client.post("/api/auth/login", '{"password": "' + SECRET_WORDS)
    client.submit("/auth/login", {"email": email, "password": SECRET_WORDS + "y"})
    known = client.cookies.pop("postern_browser")
    tokens = list(client.cookies.values())
    client.get("/private/file.txt", Authorization=f"Bearer {tokens[0]}x")
    client.post("/api/auth/token/refresh")
    tokens += client.cookies.values()
    client.post("/api/auth/logout")
    logged = site.postern.log_since(position)
    assert SECRET_WORDS not in logged and known not in logged
    for token in tokens:
        assert token not in logged
        assert token.split(".")[2] not in logged


TEXTS = [
    "'", "''", '"', "\\", "';--", "Robert'); DROP TABLE accounts;--", "%", "_", "%00", "\x00", "\x7f", "😀", "𝒳" * 50,
    "\ud83d",
    "é", "e\u0301", "\u202eevil", "<script>alert(1)</script>", "{{7*7}}", "${7*7}", "$1", "?", ":x", "null", "0",
    "-1", "\n",
    "\u0000admin", "İ", "ß", "ﬀ", " ", "\ufeff", "\uffff", "a" * 300, "../../etc/passwd", "=cmd|' /C calc'!A0",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:20].encode("unicode-escape").decode())
def test_threat_28_texts_stay_texts(site: NginxSite, text: str) -> None:
    names = ("first_name", "last_name", "phone_number", "bio", "address", "city", "occupation", "nonsense")
    for field in ("email", "password", *names):
        body = {"email": new_email(), "password": PASSWORD, field: text}
        sent = json.dumps(body)
        client = site.client()
        answer = client.post("/api/auth/register", sent, Content_Type="application/json")
        assert answer.status in (201, 400), (field, answer)
        if answer.status == 201 and field in ("first_name", "last_name", "bio", "city"):
            kept = client.get("/api/auth/user/@me").json["user"][field]
            assert kept is None or kept == text or kept == text.strip(), (field, kept)
            for page in ("/auth/account", "/auth/account/profile"):
                assert "<script>alert" not in client.view(page).text
        if field in ("email", "password"):
            answer = site.client().post("/api/auth/login", sent, Content_Type="application/json")
            assert answer.status in (200, 400, 401), (field, answer)
    assert site.client().get("/api/auth/readyz").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/auth/login?next={t}",
        "/auth/login?error={t}",
        "/auth/{t}",
        "/api/auth/{t}",
        "/private/{t}",
        "/auth/signed-out?x={t}",
    ],
)
@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'onload='alert(1)", "javascript:alert(1)"]
)
def test_threat_28_pages_escape_what_they_are_given(site: NginxSite, path: str, text: str) -> None:
    for quoted in (urllib.parse.quote(text, safe=""), urllib.parse.quote(text, safe="<>'\"()=:/")):
        if " " in quoted:
            continue
        page = site.client().view(path.replace("{t}", quoted)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript:' not in page
