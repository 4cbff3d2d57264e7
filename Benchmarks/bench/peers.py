"""The peers that nginx can ask in Postern's place, each where it is installed."""

import dataclasses
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable

from . import nginx
from .plan import HERE, PROCESSORS, Plan
from .processes import Failure

PEERS = HERE / "peers"
USER, PASSWORD = "reader", "correct horse battery staple"
FLASK = HERE / ".venv" / "bin" / "gunicorn"
LEMONLDAP = "/usr/sbin/llng-fastcgi-server"


@dataclasses.dataclass
class Peer:
    """A server of nginx, and what a browser sends to be let in; both token and strangers where the peer checks
    Postern's own tokens."""

    server: nginx.Server
    request: bytes
    strangers: dict[str, tuple[str, str]]
    processes: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Credentials:
    """What the peers are asked with that check the same token as Postern."""

    key_file: pathlib.Path
    cookie: str
    strangers: dict[str, tuple[str, str]]


Start = Callable[[Plan, nginx.Site, Credentials], Peer | None]
"""Starts a peer and adds its server to nginx; None where it is not installed."""


def lua(plan: Plan, site: nginx.Site, credentials: Credentials) -> Peer | None:
    if not nginx.lua_modules():
        return None
    server = site.add("lua", key_file=credentials.key_file)
    return Peer(server, nginx.request(credentials.cookie), credentials.strangers)


def basic(plan: Plan, site: nginx.Site, credentials: Credentials) -> Peer | None:
    """Passwords as `openssl passwd -apr1` and `htpasswd -m` hash them: a thousand rounds of MD5. With bcrypt a request
    would take a hundredth of a second."""
    if shutil.which("openssl") is None:
        return None
    command = ["openssl", "passwd", "-apr1", PASSWORD]
    hashed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    users = site.directory / "users"
    users.write_text(f"{USER}:{hashed}")
    right, wrong = (nginx.basic_authorization(USER, password) for password in (PASSWORD, "wrong"))
    strangers = {"no password": ("", ""), "a wrong password": ("", wrong)}
    return Peer(site.add("basic", users=users), nginx.request(authorization=right), strangers)


def go(plan: Plan, site: nginx.Site, credentials: Credentials) -> Peer | None:
    if shutil.which("go") is None:
        return None
    program, path = plan.processes.directory / "verify_go", plan.processes.directory / "go.sock"
    plan.progress("building the Go program")
    command = ["go", "build", "-o", program, PEERS / "verify_hs256.go"]
    outcome = subprocess.run(
        command, env=os.environ | {"GO111MODULE": "off", "CGO_ENABLED": "0"}, capture_output=True, text=True)
    if outcome.returncode != 0:
        raise Failure(f"the Go program does not compile:\n{outcome.stderr}")
    process = plan.processes.start("go", [program, path, credentials.key_file])
    plan.processes.wait_until(process, path.exists)
    server = site.add("proxied", upstream="go_http", socket=path)
    return Peer(server, nginx.request(credentials.cookie), credentials.strangers, [process])


def flask(plan: Plan, site: nginx.Site, credentials: Credentials) -> Peer | None:
    """As many processes as gunicorn's documentation recommends: two for each processor, and one."""
    if not FLASK.exists():
        return None
    path = plan.processes.directory / "flask.sock"
    command = [FLASK, "--workers", 2 * PROCESSORS + 1, "--bind", f"unix:{path}", "--chdir", PEERS, "verify_flask:app"]
    environment = os.environ | {"KEY_FILE": str(credentials.key_file), "PYTHONDONTWRITEBYTECODE": "1"}
    process = plan.processes.start("flask", command, environment)
    plan.processes.wait_until(process, path.exists)
    server = site.add("proxied", upstream="flask_gunicorn", socket=path)
    return Peer(server, nginx.request(credentials.cookie), credentials.strangers, [process])


def lemonldap(plan: Plan, site: nginx.Site, credentials: Credentials) -> Peer | None:
    """LemonLDAP::NG's handler for nginx with sessions in files, which it also keeps in memory; as many processes as
    its package starts, seven."""
    if not pathlib.Path(LEMONLDAP).exists():
        return None
    directory = plan.processes.directory / "lemonldap"
    session = _lemonldap_files(directory)
    path = directory / "handler.sock"
    environment = os.environ | {
        "LLNG_DEFAULTCONFFILE": str(directory / "lemonldap-ng.ini"),
        "LLNG_DEFAULTLOGGER": "Lemonldap::NG::Common::Logger::Std",
    }
    command = [LEMONLDAP, "--foreground", "--socket", path, "--pid", directory / "pid"]
    user = None
    if os.geteuid() == 0:
        user = "nobody"
        _give_away(directory, user)
    process = plan.processes.start("lemonldap", command, environment, user)
    plan.processes.wait_until(process, path.exists)
    server = site.add("lemonldap", socket=path)
    strangers = {"no session": ("", ""), "a session that is not": (f"lemonldap={'0' * 64}", "")}
    return Peer(server, nginx.request(f"lemonldap={session}"), strangers, [process])


def _lemonldap_files(directory: pathlib.Path) -> str:
    """Configuration and one live session. Returns the session's id."""
    for name in ("conf", "sessions", "locks", "cache"):
        (directory / name).mkdir(parents=True)
    (directory / "lemonldap-ng.ini").write_text(
        f"[all]\nlogLevel = warn\ncheckTime = 600\n[configuration]\ntype = File\ndirName = {directory / 'conf'}\n"
        "[handler]\nstatus = 0\nuseRedirectOnError = 1\n"
    )
    configuration = {
        "cfgNum": 1, "cfgDate": int(time.time()), "cfgAuthor": "postern-benchmarks",
        "cookieName": "lemonldap", "domain": "127.0.0.1",
        "portal": "http://127.0.0.1/portal/", "securedCookie": 0, "https": 0, "timeout": 72_000, "whatToTrace": "uid",
        "key": os.urandom(16).hex(), "globalStorage": "Apache::Session::File",
        "globalStorageOptions": {"Directory": str(directory / "sessions"), "LockDirectory": str(directory / "locks")},
        "localSessionStorage": "Cache::FileCache",
        "localSessionStorageOptions": {
            "namespace": "bench", "cache_root": str(directory / "cache"), "cache_depth": 3,
            "default_expires_in": 600, "directory_umask": "007"},
        "locationRules": {"127.0.0.1": {"default": "accept"}},
        "exportedHeaders": {"127.0.0.1": {"Auth-User": "$uid"}}, "vhostOptions": {}, "macros": {}, "groups": {},
    }  # fmt: skip
    (directory / "conf" / "lmConf-1.json").write_text(json.dumps(configuration))
    session = os.urandom(32).hex()
    now = int(time.time())
    content = {
        "_session_id": session, "_session_kind": "SSO", "_utime": now, "_startTime": time.strftime("%Y%m%d%H%M%S"),
        "_whatToTrace": USER, "uid": USER, "_user": USER, "ipAddr": "127.0.0.1", "authenticationLevel": 2,
        "groups": "", "hGroups": {}}  # fmt: skip
    (directory / "sessions" / session).write_text(json.dumps(content))
    return session


def _give_away(directory: pathlib.Path, user: str) -> None:
    """The handler refuses to run as root. It gets what it needs; others may only pass through the run's directory."""
    owner = pwd.getpwnam(user)
    for path in (directory, *directory.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    directory.parent.chmod(0o711)
