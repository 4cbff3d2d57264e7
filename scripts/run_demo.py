#!/usr/bin/env python3
"""`make run`: Postern, a private nginx and the demo site on loopback, until interrupted. What they keep is in run/.
With the name of another folder of examples/: that one, which keeps what it has in run/NAME/."""

import contextlib
import fcntl
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from webserver_files import ROOT, render_nginx

sys.path += [str(ROOT / "examples"), str(ROOT / "examples/demo")]
import app  # noqa: E402
import notes  # noqa: E402

POSTERN = pathlib.Path(os.environ.get("POSTERN_PROGRAM", ROOT / ".build/release/postern"))
EXAMPLES = ["demo", "web_app", "mobile_api", "hybrid_app"]
EXAMPLE = (sys.argv[1:] or ["demo"])[0]
STATE = pathlib.Path(os.environ.get("DEMO_FOLDER", ROOT / "run" / EXAMPLE if EXAMPLE != "demo" else ROOT / "run"))
EMAIL = "admin@example.com"
PORTS = range(8080, 8100)
# The second one is a name: browsers make no passkeys for an address.
HOSTS = ("127.0.0.1", "localhost")
ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class Failure(Exception):
    """Something that keeps the demo from running, in a sentence for the person who started it."""


def free_port() -> int:
    wanted = os.environ.get("PORT")
    if wanted and not (wanted.isascii() and wanted.isdigit() and 0 < int(wanted) < 65536):
        raise Failure(f"PORT={wanted} is no port; a number from 1 to 65535 is, such as make run PORT=9090")
    for port in [int(wanted)] if wanted else PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise Failure(
        f"port {wanted} is taken"
        if wanted
        else f"all of the ports {PORTS.start} to {PORTS.stop - 1} are taken; choose one: make run PORT=9090"
    )


def wanted_host() -> str:
    host = os.environ.get("SITE") or HOSTS[0]
    if host not in HOSTS:
        raise Failure(f"SITE={host} is not this machine's; {' and '.join(HOSTS)} are")
    return host


def last_lines(file: pathlib.Path) -> str:
    lines = file.read_text(errors="replace").splitlines()[-20:] if file.exists() else []
    return "\n".join(lines) or f"(nothing in {file})"


def first_account(environment: dict[str, str]) -> str:
    """The password of the first account, which is made if there is none yet."""
    kept = STATE / "data/first-account"
    if kept.exists():
        return kept.read_text().split()[1]
    password = secrets.token_urlsafe(12)
    added = subprocess.run(
        [POSTERN, "user", "add", EMAIL, "--role", "admin"],
        input=password + "\n",
        env=environment,
        text=True,
        capture_output=True,
        timeout=60,
    )
    if added.returncode != 0:
        raise Failure(f"the first account could not be made:\n{added.stderr.strip()}")
    descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{EMAIL} {password}\n")
    return password


def start(command: list[object], log: pathlib.Path, environment: dict[str, str] | None = None) -> subprocess.Popen:
    with log.open("ab") as output:
        # A session of its own: an interrupt from the terminal comes to us alone, and we end both in order.
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )


def wait_until_it_answers(url: str, processes: dict[str, tuple[subprocess.Popen, pathlib.Path]]) -> None:
    deadline = time.monotonic() + 20
    while True:
        for name, (process, log) in processes.items():
            if process.poll() is not None:
                raise Failure(f"{name} ended at once (status {process.returncode}):\n{last_lines(log)}")
        try:
            with urllib.request.urlopen(f"{url}/api/auth/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError as error:
            if time.monotonic() > deadline:
                logs = "\n".join(f"{name}:\n{last_lines(log)}" for name, (_, log) in processes.items())
                raise Failure(f"the site does not answer after 20 seconds ({error}).\n{logs}") from None
        time.sleep(0.05)


def end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run(cleanup: contextlib.ExitStack) -> None:
    if EXAMPLE not in EXAMPLES:
        raise Failure(f"there is no example {EXAMPLE}; there are {', '.join(EXAMPLES)}")
    folder = ROOT / "examples" / EXAMPLE
    if not POSTERN.exists():
        raise Failure(f"{POSTERN} is missing; `make build` makes it")
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        raise Failure("nginx is missing: scripts/install-packages run")

    STATE.mkdir(parents=True, exist_ok=True)
    alone = cleanup.enter_context((STATE / "lock").open("w"))
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Failure(f"the demo runs already, from {STATE}/; end that one first") from None
    port = free_port()
    url = f"http://{wanted_host()}:{port}"
    # A socket's path has 107 bytes at most; a folder of our own in /tmp is never too deep.
    socket_file = pathlib.Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="postern-"))) / "postern.sock"
    environment = {name: value for name, value in os.environ.items() if name not in ("POSTERN_PROGRAM", "PORT", "SITE")}
    environment |= {
        "POSTERN_ENV_FILE": str(folder / ".env"),
        "POSTERN_PUBLIC_URL": url,
        "POSTERN_LISTEN": f"unix:{socket_file}",
        "POSTERN_DATA_DIR": str(STATE / "data"),
        # The demo speaks plain HTTP on loopback, where not every client takes Secure cookies.
        "JWT_COOKIE_SECURE": "False",
    }
    (STATE / "data").mkdir(mode=0o700, exist_ok=True)
    password = first_account(environment)

    application = app.server() if EXAMPLE == "demo" else notes.server()
    threading.Thread(target=application.serve_forever, daemon=True).start()
    cleanup.callback(application.shutdown)

    processes: dict[str, tuple[subprocess.Popen, pathlib.Path]] = {}
    postern = start([POSTERN, "serve"], STATE / "postern.log", environment)
    cleanup.callback(end, postern)
    processes["Postern"] = (postern, STATE / "postern.log")
    main = render_nginx(
        STATE / "nginx",
        port=port,
        socket=socket_file,
        www=folder / "www",
        app="127.0.0.1:%d" % application.server_port,
        site_file=ROOT / "nginx/site.conf" if EXAMPLE == "demo" else folder / "site.conf",
    )
    server = start([nginx, "-p", STATE / "nginx", "-c", main, "-e", STATE / "nginx/error.log"], STATE / "nginx.log")
    cleanup.callback(end, server)
    processes["nginx"] = (server, STATE / "nginx/error.log")
    wait_until_it_answers(url, processes)

    what = "/private/ and /app/ are protected." if EXAMPLE == "demo" else f"See examples/{EXAMPLE}/README.md."
    print(
        f"""
    The demo site is at    {url}/
    The first account is   {EMAIL}   {password}

    {what} Logs and data are in {STATE}/
    Ctrl-C ends it.
""",
        flush=True,
    )

    # From here on a signal is waited for: an exception in the middle of `poll` would leave a process that nobody can
    # wait for any more.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    while True:
        for name, (process, log) in processes.items():
            if process.poll() is not None:
                raise Failure(f"{name} has ended (status {process.returncode}):\n{last_lines(log)}")
        if signal.sigtimedwait(ENDING, 0.5):
            raise KeyboardInterrupt


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    try:
        with contextlib.ExitStack() as cleanup:
            run(cleanup)
    except KeyboardInterrupt:
        print("\nEnded.", file=sys.stderr)
        return 0
    except (Failure, OSError, subprocess.SubprocessError) as error:
        print(f"make run: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
