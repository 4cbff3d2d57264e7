"""Postern as a contestant: started in a directory of its own, with accounts that can sign in."""

import base64
import dataclasses
import hmac
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


@dataclasses.dataclass
class Postern:
    process: subprocess.Popen
    socket: pathlib.Path
    data: pathlib.Path
    seconds_to_first_answer: float

    def post(self, route: str, body: dict) -> fastcgi.Answer:
        parameters, content = post_parameters(route, body)
        try:
            return fastcgi.ask(str(self.socket), parameters, content)
        except OSError as error:
            raise Failure(f"POST {route}: {error}\n{log_of(self.process)}") from error

    def registered(self, email: str) -> str:
        """The Cookie field that a browser sends once it has registered, both tokens in it."""
        answer = self.post("register", {"email": email, "password": PASSWORD, "first_name": "Al", "last_name": "Ice"})
        if answer.status != 201:
            raise Failure(f"registration: {answer.status} {answer.body.decode(errors='replace')}")
        jar = http.cookies.SimpleCookie()
        for value in answer.all("Set-Cookie"):
            jar.load(value)
        return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())


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
    }
    began = time.monotonic()
    process = processes.start(name, [program, "serve"], environment | settings)
    health = _get_parameters("/api/auth/healthz")
    processes.wait_until(process, lambda: fastcgi.ask(str(socket), health).status == 200)
    return Postern(process, socket, data, time.monotonic() - began)


def minted_cookie(key: str, lasts: float) -> str:
    """The Cookie field of somebody who makes an access token himself, with `key`, for `lasts` seconds."""

    def text(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    claims = {"sub": "reader@example.com", "id": 1, "type": "access", "exp": int(time.time() + lasts)}
    signed = text(b'{"alg":"HS256","typ":"JWT"}') + "." + text(json.dumps(claims).encode())
    return f"access_token_cookie={signed}.{text(hmac.digest(key.encode(), signed.encode(), 'sha256'))}"


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
    parameters = _get_parameters(f"/api/auth/{route}") | {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(content)),
    }
    return parameters, content


def _get_parameters(path: str) -> dict[str, str]:
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
