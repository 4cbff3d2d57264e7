"""The program itself: `postern serve` and the other commands, with a data directory of its own."""

import os
import pathlib
import subprocess

from rig.processes import Process, accepts
from webserver_files import ROOT

# The program to test; .build/release/postern unless said otherwise.
PROGRAM = pathlib.Path(os.environ.get("POSTERN_PROGRAM", ROOT / ".build/release/postern"))

# What a program needs of its surroundings, and what tells the sanitizers where to report.
SURROUNDINGS = ("PATH", "HOME", "LANG", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS")

# Long enough, and no placeholder: the Flask application in the tests shares the second.
SECRET_KEY = "a-secret-of-the-end-to-end-tests-0123456789"
JWT_SECRET_KEY = "a-jwt-secret-of-the-end-to-end-tests-which-is-long-enough-for-HS512-too"

# Settings under which tests run unless they say otherwise: cheap hashes, and as many tries from one
# address as they need.
FOR_TESTS = {
    "POSTERN_ARGON2_MEMORY": "7168",
    "POSTERN_ARGON2_PASSES": "1",
    "AUTHSVC_MAX_LOGIN_ATTEMPTS": "1000",
    "RATELIMIT_ENABLED": "False",
    "SECRET_KEY": SECRET_KEY,
    "JWT_SECRET_KEY": JWT_SECRET_KEY,
    "JWT_COOKIE_SECURE": "False",
}


class Postern:
    def __init__(self, folder: pathlib.Path, url: str, settings: dict[str, str | None] | None = None) -> None:
        """A setting that is None is left out, though tests have it otherwise."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.url = url
        self.data = folder / "data"
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.socket = folder / "postern.sock"
        self.log = folder / "postern.log"
        # Nothing of the surroundings but what a program needs: a POSTERN_ variable of a developer's must not count.
        self.environment = {
            name: value for name, value in os.environ.items() if name in SURROUNDINGS
        }
        wanted = {
            "POSTERN_PUBLIC_URL": url,
            "POSTERN_LISTEN": f"unix:{self.socket}",
            "POSTERN_DATA_DIR": str(self.data),
            **FOR_TESTS,
            **(settings or {}),
        }
        self.pictures = pathlib.Path(wanted.get("POSTERN_PICTURES_DIR") or self.data / "pictures")
        self.environment |= {name: value for name, value in wanted.items() if value is not None}
        self.process: Process | None = None

    def beside(self, folder: pathlib.Path) -> "Postern":
        """Another process with the same settings on the same database, started."""
        settings = self.environment | {"POSTERN_LISTEN": f"unix:{folder / 'postern.sock'}"}
        other = Postern(folder, self.url, settings)
        other.data = self.data
        other.start()
        return other

    def start(self, *, wait: bool = True, **options: object) -> Process:
        self.process = Process("Postern", [PROGRAM, "serve"], self.log, self.environment, **options)
        if wait:
            self.process.wait_until(lambda: accepts(self.socket), "Postern's socket")
        return self.process

    def stop(self) -> int:
        assert self.process is not None
        process, self.process = self.process, None
        return process.stop()

    def kill(self) -> None:
        assert self.process is not None
        process, self.process = self.process, None
        process.kill()

    def command(self, *words: str, input: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *words], input=input, env=self.environment, capture_output=True, text=True, timeout=60
        )

    def add(self, email: str, password: str, role: str | None = None) -> None:
        words = ["user", "add", email] + (["--role", role] if role else [])
        done = self.command(*words, input=password + "\n")
        assert done.returncode == 0, f"{done.args}: {done.returncode}\n{done.stderr}"

    def log_since(self, position: int) -> str:
        """What was logged behind a position that `log_position` gave."""
        return self.log.read_bytes()[position:].decode(errors="replace")

    def log_position(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0
