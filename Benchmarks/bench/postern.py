"""Postern as a contestant: started in a directory of its own, with accounts that can sign in."""

import dataclasses
import http.cookies
import json
import os
import pathlib
import subprocess
import time

from . import fastcgi
from .processes import Failure, Processes, log_of

PUBLIC_URL = "http://127.0.0.1"
PASSWORD = "correct horse battery staple"


@dataclasses.dataclass(eq=False)
class Postern:
    process: subprocess.Popen
    socket: pathlib.Path
    data: pathlib.Path
    seconds_to_first_answer: float

    def must_post(self, route: str, body: dict, **parameters: str) -> dict:
        """What a POST is answered with, as JSON. Anything but success is a Failure."""
        return json.loads(self._post(route, body, parameters).body)

    def cookies(self, email: str) -> dict[str, str]:
        """The names and values of the cookies that a browser has got once it has registered: both tokens."""
        answer = self._post("register", {"email": email, "password": PASSWORD, "first_name": "Al", "last_name": "Ice"})
        jar = http.cookies.SimpleCookie()
        for value in answer.all("Set-Cookie"):
            jar.load(value)
        return {name: morsel.value for name, morsel in jar.items()}

    def registered(self, email: str) -> str:
        """The same as the browser's Cookie field."""
        return "; ".join(f"{name}={token}" for name, token in self.cookies(email).items())

    def _post(self, route: str, body: dict, more: dict[str, str] | None = None) -> fastcgi.Answer:
        parameters, content = post_parameters(route, body)
        try:
            answer = fastcgi.ask(str(self.socket), parameters | (more or {}), content)
        except OSError as error:
            raise Failure(f"POST {route}: {error}\n{log_of(self.process)}") from error
        if answer.status not in (200, 201):
            raise Failure(f"POST {route}: {answer.status} {answer.body.decode(errors='replace')}")
        return answer


def started(processes: Processes, program: pathlib.Path, name: str, settings: dict[str, str]) -> Postern:
    """Starts Postern and returns when it has answered. The data directory is NAME in the run's directory, and is kept
    when it is there already."""
    data = processes.directory / name
    data.mkdir(exist_ok=True)
    socket = data / "postern.sock"
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(data),
        "POSTERN_DATA_DIR": str(data),
        "POSTERN_LISTEN": f"unix:{socket}",
        "POSTERN_PUBLIC_URL": PUBLIC_URL,
        "POSTERN_REGISTRATION": "open",
        # All load comes from one address.
        "RATELIMIT_ENABLED": "False",
        "AUTHSVC_MAX_LOGIN_ATTEMPTS": "1000",
    }
    began = time.monotonic()
    process = processes.start(name, [program, "serve"], environment | settings)
    health = get_parameters("/api/auth/healthz")
    processes.wait_until(process, lambda: fastcgi.ask(str(socket), health).status == 200)
    return Postern(process, socket, data, time.monotonic() - began)


def verify_parameters(cookie: str) -> dict[str, str]:
    """What nginx sends with the shipped `postern-verify.conf`."""
    return {
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": "/private/page.html",
        "REMOTE_ADDR": "127.0.0.1",
        "SCRIPT_NAME": "/api/auth/verify",
        "HTTP_COOKIE": cookie,
        "HTTP_SEC_FETCH_MODE": "navigate",
        "AUTH_REQUIRE": "signed-in",
        "AUTH_RELAY": "1",
    }


def post_parameters(route: str, body: dict) -> tuple[dict[str, str], bytes]:
    content = json.dumps(body).encode()
    parameters = get_parameters(f"/api/auth/{route}") | {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(content)),
    }
    return parameters, content


def post_request(route: str, body: dict, **parameters: str) -> bytes:
    """Such a request as it goes over the wire."""
    own, content = post_parameters(route, body)
    return fastcgi.request(own | parameters, content)


def get_parameters(path: str) -> dict[str, str]:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": path,
        "PATH_INFO": "",
        "QUERY_STRING": "",
        "REQUEST_URI": path,
        "REQUEST_SCHEME": "http",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_USER_AGENT": "postern-benchmarks",
    }
