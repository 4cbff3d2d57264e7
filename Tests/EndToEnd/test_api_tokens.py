"""Personal API tokens through real web servers: git, curl and uploads with one, and what it is not good for. Attacks
with altered ones are in test_threats_api_tokens.py."""

import json
import os
import pathlib
import re
import subprocess
import time

import pytest

from rig.api_tokens import ask, bearer, curl, make, program
from rig.processes import wait_for
from rig.site import LighttpdSite, NginxSite


# Making, listing, ending.


def test_token_is_shown_once_and_listed_without_its_text(site: NginxSite) -> None:
    person = site.register()
    position = site.postern.log_position()
    made = make(person, name="backup", expires_in=3600)
    assert re.fullmatch(r"pst_[0-9A-Za-z]{36}", made["token"])
    rows = person.client.get("/api/auth/tokens").json
    assert rows["count"] == 1
    assert set(rows["tokens"][0]) == {"id", "name", "scopes", "created_at", "expires_at", "last_used_at"}
    assert (rows["tokens"][0]["id"], rows["tokens"][0]["name"]) == (made["id"], "backup")
    assert site.client().request("GET", "/private/file.txt", headers=bearer(made["token"])).status == 200
    assert made["token"][4:] not in json.dumps(rows) + site.postern.log_since(position)
    for file in filter(pathlib.Path.is_file, site.postern.data.rglob("*")):
        assert made["token"][4:].encode() not in file.read_bytes(), file


def test_last_use_is_listed(build) -> None:
    # Uses are written down at a quarter of the time-out at the latest.
    site = build(NginxSite, settings={"AUTHSVC_SESSION_INACTIVITY_TIMEOUT": "20s"})
    person = site.register()
    token = make(person)["token"]
    assert person.client.get("/api/auth/tokens").json["tokens"][0]["last_used_at"] is None
    assert site.client().request("GET", "/private/file.txt", headers=bearer(token)).status == 200
    wait_for(lambda: person.client.get("/api/auth/tokens").json["tokens"][0]["last_used_at"], "the use", 30)


@pytest.mark.parametrize("life", [0, -1, "3600", 1.5, True, 10**12, {}])
def test_life_that_cannot_be_taken_is_named(site: NginxSite, life: object) -> None:
    answer = site.register().client.post("/api/auth/tokens", {"name": "x", "expires_in": life})
    assert (answer.status, list(answer.json["fields"])) == (400, ["expires_in"])


def test_token_of_somebody_else_is_not_found(site: NginxSite) -> None:
    victim, mallory = site.register(), site.register()
    made = make(victim)
    assert mallory.client.request("DELETE", f"/api/auth/tokens/{made['id']}").status == 404
    assert site.client().request("GET", "/private/file.txt", headers=bearer(made["token"])).status == 200


# Programs.


def test_curl_passes_with_bearer_and_basic(places: NginxSite) -> None:
    person = places.register()
    token = make(person)["token"]
    address = f"http://127.0.0.1:{places.port2}/private/file.txt"
    assert curl("--header", f"Authorization: Bearer {token}", address) == (200, "a private file\n")
    assert curl("--user", f"whoever:{token}", address) == (200, "a private file\n")
    # Only once it is asked does curl send what it has here.
    assert curl("--anyauth", "--user", f"{person.email}:{token}", address) == (200, "a private file\n")
    assert curl("--user", f"{person.email}:{person.password}", address)[0] == 401
    assert curl(address)[0] == 401


def test_application_is_told_who_it_is_and_gets_no_token(places: NginxSite) -> None:
    boss = places.add(role="admin")
    made = make(boss)
    told = places.client().request("GET", "/app/", headers=bearer(made["token"]))
    assert told.status == 200
    assert boss.email in told.text
    assert f"api-token-{made['id']}" in told.text
    assert made["token"] not in told.text


def test_cgi_program_behind_lighttpd_is_told_who_it_is(lighttpd_places: LighttpdSite) -> None:
    person = lighttpd_places.register()
    made = make(person)
    answer = lighttpd_places.client().request("GET", "/private/show.cgi", headers=bearer(made["token"]))
    told = dict(line.split("=", 1) for line in answer.text.splitlines() if "=" in line)
    assert (told["REMOTE_USER"], told["AUTH_SESSION"]) == (person.email, f"api-token-{made['id']}")


def test_upload_with_a_token(places: NginxSite, tmp_path: pathlib.Path) -> None:
    boss, person = places.add(role="admin"), places.register()
    file = tmp_path / "file"
    file.write_text("uploaded\n")
    address = f"http://127.0.0.1:{places.port2}/private/upload/new.txt"
    limited = make(boss, scopes=["rbac.admin"])["token"]
    assert curl("--user", f"x:{make(person)['token']}", "--upload-file", str(file), address)[0] == 403
    assert not (places.www / "private/upload/new.txt").exists()
    assert curl("--user", f"x:{limited}", "--upload-file", str(file), address)[0] == 201
    assert (places.www / "private/upload/new.txt").read_text() == "uploaded\n"


def git(folder: pathlib.Path, *words: str, password: str | None = None) -> subprocess.CompletedProcess[str]:
    """git with no settings but these. It gives `password` when it is asked for one; `asked` holds the questions."""
    helper = folder / "answer"
    helper.write_text(f'#!/bin/sh\necho "$1" >> "{folder}/asked"\nprintf "%s\\n" "$GIVEN"\n')
    helper.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
        "GIVEN": password or "", **({"GIT_ASKPASS": str(helper)} if password is not None else {}),
    }  # fmt: skip
    return subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main", *words],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def publish(folder: pathlib.Path, place: pathlib.Path) -> None:
    """A bare repository as static files, which is all that git's older protocol over HTTP needs."""
    for words in (
        ["init", "--quiet", "work"],
        ["-C", "work", "commit", "--quiet", "--allow-empty", "--message", "A first commit"],
        ["clone", "--quiet", "--bare", "work", str(place)],
        ["-C", str(place), "update-server-info"],
    ):
        done = git(folder, *words)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", ["nginx", "lighttpd"])
def test_git_clones_with_a_token_for_password(kind: str, tmp_path: pathlib.Path, request) -> None:
    site = request.getfixturevalue("places" if kind == "nginx" else "lighttpd_places")
    publish(tmp_path, site.www / f"private/git/{tmp_path.name}.git")
    port = site.port2 if isinstance(site, NginxSite) else site.port
    path = f"private/git/{tmp_path.name}.git"
    address = f"http://127.0.0.1:{port}/{path}"
    person = site.register()
    token = make(person)["token"]

    asked = git(tmp_path, "clone", address, "nobody")
    assert asked.returncode != 0
    assert f"could not read Username for 'http://127.0.0.1:{port}'" in asked.stderr

    cloned = git(tmp_path, "clone", f"http://git@127.0.0.1:{port}/{path}", "cloned", password=token)
    assert cloned.returncode == 0, cloned.stderr
    assert (tmp_path / "asked").read_text() == f"Password for 'http://git@127.0.0.1:{port}': \n"
    assert git(tmp_path, "-C", "cloned", "log", "--format=%s").stdout == "A first commit\n"

    for wrong in (person.password, token[:-1], "x"):
        refused = git(tmp_path, "clone", f"http://git@127.0.0.1:{port}/{path}", "refused", password=wrong)
        assert refused.returncode != 0
        assert "Authentication failed" in refused.stderr


def test_nobody_is_asked_where_the_location_does_not_say_so(places: NginxSite) -> None:
    answer = program(places).get("/private/quiet/file.txt")
    assert (answer.status, answer.all("WWW-Authenticate")) == (401, [])


def test_program_is_asked_once_and_a_browser_never(places: NginxSite) -> None:
    answer = program(places).get("/private/file.txt")
    assert (answer.status, answer.all("WWW-Authenticate")) == (401, ['Basic realm="127.0.0.1", charset="UTF-8"'])
    assert program(places).view("/private/file.txt").status == 302
    for mode in ("navigate", "cors", "no-cors", "same-origin"):
        answer = program(places).get("/private/file.txt", Sec_Fetch_Mode=mode)
        assert (answer.status, answer.all("WWW-Authenticate")) == (401 if mode != "navigate" else 302, [])
    token = make(places.register())["token"]
    for place in ("role", "upload"):
        answer = ask(places, place, token)
        assert (answer.status, answer.all("WWW-Authenticate")) == (403, [])


# What a token is good for.


def test_scopes_leave_what_they_say(places: NginxSite) -> None:
    boss = places.add(role="admin")
    whole, limited, bare = (make(boss, **more)["token"] for more in ({}, {"scopes": ["rbac.admin"]}, {"scopes": []}))
    expected = {
        ("role", whole): 200, ("role", limited): 403, ("role", bare): 403,
        ("permission", whole): 200, ("permission", limited): 200, ("permission", bare): 403,
        ("quiet", whole): 200, ("quiet", limited): 200, ("quiet", bare): 200,
    }  # fmt: skip
    assert {key: ask(places, *key).status for key in expected} == expected
    answer = places.register().client.post("/api/auth/tokens", {"name": "x", "scopes": ["rbac.admin"]})
    assert (answer.status, list(answer.json["fields"])) == (400, ["scopes"])


@pytest.mark.parametrize("place", ["mfa", "age"])
def test_token_never_stands_for_a_person_at_the_keys(places: NginxSite, place: str) -> None:
    boss = places.add(role="admin")
    token = make(boss)["token"]
    answer = ask(places, place, token)
    assert answer.status in (401, 403), answer
    assert answer.header("X-Auth-Error") == "step-up"
    if place == "age":
        assert boss.client.get("/private/file.txt").status == 200
        client = program(places)
        client.cookies = dict(boss.client.cookies)
        assert client.get("/private/age/file.txt").status == 200


def test_token_tells_the_api_who_it_is_and_changes_nothing(places: NginxSite) -> None:
    person = places.register()
    made = make(person)
    client = places.client()
    assert client.request("GET", "/api/auth/check-auth", headers=bearer(made["token"])).json["user"]["email"] == (
        person.email
    )
    assert client.request("GET", "/api/auth/user/@me", headers=bearer(made["token"])).status == 200
    session = person.client.get("/api/audit/sessions/me").json["sessions"][0]["session_id"]
    for method, path in [
        ("GET", "/api/auth/tokens"), ("POST", "/api/auth/tokens"), ("DELETE", f"/api/auth/tokens/{made['id']}"),
        ("GET", "/api/audit/sessions/me"), ("DELETE", f"/api/audit/sessions/{session}"),
        ("POST", "/api/audit/sessions/revoke-all"), ("POST", "/api/auth/token/refresh"), ("POST", "/api/auth/logout"),
    ]:  # fmt: skip
        body = {"name": "another"} if method == "POST" else None
        answer = client.request(method, path, body, headers=bearer(made["token"]))
        assert (answer.status, answer.json["error_code"]) == (403, "SESSION_REQUIRED"), path
    assert person.client.get("/api/auth/tokens").json["count"] == 1
    assert person.client.get("/private/file.txt").status == 200


# Ends.


def test_ended_token_is_refused_on_a_kept_connection(places: NginxSite) -> None:
    person = places.register()
    gone, stays = make(person), make(person)
    client = program(places)
    assert client.request("GET", "/private/quiet/file.txt", headers=bearer(gone["token"])).status == 200
    answer = person.client.request("DELETE", f"/api/auth/tokens/{gone['id']}")
    assert answer.status == 200, answer
    answer = client.request("GET", "/private/quiet/file.txt", headers=bearer(gone["token"]))
    assert (answer.status, answer.header("X-Auth-Error")) == (401, "revoked")
    assert client.request("GET", "/private/quiet/file.txt", headers=bearer(stays["token"])).status == 200


def test_token_expires_while_it_is_in_use(places: NginxSite) -> None:
    person = places.register()
    start = time.monotonic()
    token = make(person, expires_in=2)["token"]
    client = program(places)
    assert client.request("GET", "/private/quiet/file.txt", headers=bearer(token)).status == 200
    path = "/private/quiet/file.txt"
    wait_for(lambda: client.request("GET", path, headers=bearer(token)).header("X-Auth-Error") == "expired", "the end")
    assert 1 < time.monotonic() - start < 5
    answer = places.client().request("GET", "/api/auth/check-auth", headers=bearer(token))
    assert (answer.status, answer.json["msg"]) == (401, "Token has expired")


def test_other_sites_cannot_make_a_token(site: NginxSite) -> None:
    person = site.register()
    answer = person.client.post("/api/auth/tokens", {"name": "x"}, Origin="https://evil.example")
    assert (answer.status, answer.json["error_code"]) == (403, "CROSS_SITE")
    answer = person.client.post("/api/auth/tokens", {"name": "x"}, Sec_Fetch_Site="cross-site")
    assert answer.status == 403
    assert person.client.get("/api/auth/tokens").json["count"] == 0
