"""Accounts whose password hashes other programs have made, with those programs: people sign in as ever, and the hash is
Argon2id afterwards."""

import collections.abc
import concurrent.futures
import contextlib
import pathlib
import re
import sqlite3
import subprocess
import typing

import bcrypt
import passlib.hash
import pytest
import werkzeug.security

from rig.postern import PROGRAM, Postern
from rig.processes import wait_for
from rig.site import NginxSite, new_email
from webserver_files import ROOT

# With what a shell, a colon-separated file and Latin-1 would each break.
PASSWORD = "Größe $1 : 'zählt' \"x\" 😀"


def run(*words: str) -> str:
    """What a program prints when it reads the password from standard input."""
    done = subprocess.run(words, input=PASSWORD + "\n", capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def htpasswd(*options: str) -> str:
    return run("htpasswd", "-n", "-i", *options, "person").removeprefix("person:")


def mkpasswd(*options: str) -> str:
    return run("mkpasswd", "--stdin", *options)


def werkzeug_hash(method: str) -> str:
    return werkzeug.security.generate_password_hash(PASSWORD, method)


def bcrypt_hash(prefix: bytes) -> str:
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(5, prefix)).decode()


KINDS: dict[str, collections.abc.Callable[[], str]] = {
    "Werkzeug scrypt": lambda: werkzeug_hash("scrypt"),
    "Werkzeug scrypt, other parameters": lambda: werkzeug_hash("scrypt:4096:8:2"),
    "Werkzeug pbkdf2": lambda: werkzeug_hash("pbkdf2:sha256:100000"),
    "Werkzeug pbkdf2 sha1": lambda: werkzeug_hash("pbkdf2:sha1:1000"),
    "Werkzeug pbkdf2 sha512": lambda: werkzeug_hash("pbkdf2:sha512:1000"),
    "bcrypt 2a": lambda: bcrypt_hash(b"2a"),
    "bcrypt 2b": lambda: bcrypt_hash(b"2b"),
    "htpasswd bcrypt": lambda: htpasswd("-B"),
    "htpasswd MD5": lambda: htpasswd("-m"),
    "htpasswd SHA-1": lambda: htpasswd("-s"),
    "htpasswd SHA-256": lambda: htpasswd("-2"),
    "htpasswd SHA-512": lambda: htpasswd("-5", "-r", "10000"),
    "mkpasswd yescrypt": lambda: mkpasswd("-m", "yescrypt"),
    "mkpasswd gost-yescrypt": lambda: mkpasswd("-m", "gost-yescrypt"),
    "mkpasswd scrypt": lambda: mkpasswd("-m", "scrypt"),
    "mkpasswd sha512crypt": lambda: mkpasswd("-m", "sha512crypt"),
    "mkpasswd sha256crypt": lambda: mkpasswd("-m", "sha256crypt"),
    "mkpasswd md5crypt": lambda: mkpasswd("-m", "md5crypt"),
    "passlib sha512_crypt": lambda: passlib.hash.sha512_crypt.using(rounds=20_000).hash(PASSWORD),
    "passlib sha256_crypt": lambda: passlib.hash.sha256_crypt.using(rounds=20_000).hash(PASSWORD),
    "passlib apr_md5_crypt": lambda: passlib.hash.apr_md5_crypt.hash(PASSWORD),
    "passlib django_pbkdf2_sha256": lambda: passlib.hash.django_pbkdf2_sha256.using(rounds=1_000).hash(PASSWORD),
    "passlib ldap_salted_sha1": lambda: passlib.hash.ldap_salted_sha1.hash(PASSWORD),
}


@pytest.fixture(scope="module")
def home(workspace: pathlib.Path) -> typing.Iterator[NginxSite]:
    """A site of its own: slow hashes slow down its failed logins."""
    site = NginxSite(workspace / "foreign-hashes")
    yield site
    site.stop()


def add(postern: Postern, email: str, hash: str) -> subprocess.CompletedProcess[str]:
    return postern.command("user", "add", email, "--password-hash", input=hash + "\n")


def stored(postern: Postern, email: str) -> str:
    with contextlib.closing(sqlite3.connect(postern.data / "postern.db")) as database:
        return database.execute("SELECT password_hash FROM accounts WHERE email = ?", [email]).fetchone()[0]


def login(site: NginxSite, email: str, password: str) -> int:
    return site.client().post("/api/auth/login", {"email": email, "password": password}).status


def bring(home: NginxSite, kind: str) -> None:
    hash = KINDS[kind]()
    email = new_email()
    done = add(home.postern, email, hash)
    assert done.returncode == 0, done.stderr
    assert stored(home.postern, email) == hash
    assert login(home, email, PASSWORD[:-1]) == 401
    assert login(home, email, PASSWORD + "\0") in (400, 401)
    assert stored(home.postern, email) == hash
    client = home.client()
    assert client.post("/api/auth/login", {"email": email, "password": PASSWORD}).status == 200
    wait_for(lambda: stored(home.postern, email).startswith("$argon2id$"), "another hash")
    assert client.get("/api/auth/check-auth").json["user"]["email"] == email, "the rehash has ended the session"
    assert login(home, email, PASSWORD + "x") == 401
    assert login(home, email, PASSWORD) == 200


def test_passwords_of_other_programs_sign_in_and_are_hashed_anew(home: NginxSite) -> None:
    """All kinds at once: most of the time is that of failed logins, which wait."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        brought = {kind: pool.submit(bring, home, kind) for kind in KINDS}
    failures = {kind: repr(future.exception()) for kind, future in brought.items() if future.exception()}
    assert failures == {}


def test_planted_hash_that_would_take_years_is_refused_at_once_and_told_once(home: NginxSite) -> None:
    person = home.register()
    planted = "$2b$31$g4bQ3jtSk1dyFq6em1DJFOsxZ.N4SZsdTTeu12NeS/MNqjEt7vDhu"
    assert add(home.postern, new_email(), planted).returncode == 1
    with contextlib.closing(sqlite3.connect(home.postern.data / "postern.db")) as database, database:
        database.execute("UPDATE accounts SET password_hash = ? WHERE email = ?", [planted, person.email])
    position = home.postern.log_position()
    for _ in range(3):
        assert login(home, person.email, person.password) == 401
    lines = [line for line in home.postern.log_since(position).splitlines() if "too costly" in line]
    assert len(lines) == 1
    assert "$2b$31" in lines[0] and planted not in lines[0]


def test_loop_over_an_htpasswd_file_brings_everybody_along(home: NginxSite) -> None:
    page = (ROOT / "docs/commands.md").read_text()
    (loop,) = (block for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if ".htpasswd" in block)
    folder = home.folder / "htpasswd"
    folder.mkdir()
    (folder / "postern").symlink_to(PROGRAM.resolve())
    people = {"ann": "-B", "bob": "-m", "eve": "-s"}
    for name, option in people.items():
        subprocess.run(
            ["htpasswd", "-i", option, *([] if (folder / ".htpasswd").exists() else ["-c"]), ".htpasswd", name],
            input=f"{PASSWORD} of {name}\n", cwd=folder, text=True, timeout=60, check=True, capture_output=True)
    environment = home.postern.environment | {"PATH": f"{folder}:/usr/bin:/bin"}
    done = subprocess.run(
        ["sh", "-eu", "-c", loop], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for name in people:
        assert login(home, f"{name}@example.com", f"{PASSWORD} of {name}") == 200
        assert login(home, f"{name}@example.com", PASSWORD) == 401
