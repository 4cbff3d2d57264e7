"""An HTTP client that sends exactly what a test says: addresses are not tidied up, redirects not followed, and every
cookie goes back whatever its attributes, so that the server alone decides."""

import contextlib
import html
import html.parser
import http.client
import json
import re
import socket
import typing
import urllib.parse

BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
}

# The cookie by which Postern knows a browser again that has signed in before. It signs nobody in, and stays.
KNOWN_BROWSER = "postern_browser"


class Answer:
    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def all(self, name: str) -> list[str]:
        return [value for field, value in self.headers if field.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        return next(iter(self.all(name)), None)

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def json(self) -> typing.Any:
        assert (self.header("Content-Type") or "").startswith("application/json"), self
        return json.loads(self.body)

    @property
    def cookies(self) -> dict[str, str]:
        """What is set, by name; a removed cookie has an empty value."""
        pairs = (field.partition(";")[0].partition("=") for field in self.all("Set-Cookie"))
        return {name: value for name, _, value in pairs}

    @property
    def onward(self) -> str | None:
        """Where a browser goes by itself: by a redirect, or by a page that says so."""
        if self.status in (301, 302, 303, 307, 308):
            return self.header("Location")
        refresh = re.search(r'<meta http-equiv="?refresh"? content="\d+; ?url=([^"]*)"', self.text, re.IGNORECASE)
        return html.unescape(refresh[1]) if refresh else None

    def __repr__(self) -> str:
        lines = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"<{self.status}\n{lines}\n\n{self.text[:2000]}>"


class Client:
    """One kept-alive connection with a cookie jar."""

    def __init__(self, port: int, headers: dict[str, str] | None = None, *, source: str = "127.0.0.1") -> None:
        """`source` is where it connects from: any address of 127.0.0.0/8."""
        self.port = port
        self.headers = headers or {}
        self.cookies: dict[str, str] = {}
        self.connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=30, source_address=(source, 0)
        )

    def request(
        self,
        method: str,
        path: str,
        body: typing.Any = None,
        headers: dict[str, str] | None = None,
        *,
        keep: bool = True,
    ) -> Answer:
        """Sends `body` as JSON when it is a dictionary or a list, else as it is. `keep=False` leaves the jar alone."""
        fields = {"Host": f"127.0.0.1:{self.port}", **self.headers, **(headers or {})}
        if isinstance(body, dict | list):
            body = json.dumps(body)
            fields.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        if self.cookies and "Cookie" not in fields:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None or method in ("POST", "PUT", "PATCH"):
            fields.setdefault("Content-Length", str(len(body or b"")))
        answer = self.send(method, path, body, fields)
        if keep:
            for name, value in answer.cookies.items():
                self.cookies[name] = value
                if not value:
                    del self.cookies[name]
        return answer

    def send(self, method: str, path: str, body: bytes | None, fields: dict[str, str]) -> Answer:
        for attempt in (1, 2):
            try:
                self.connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
                for name, value in fields.items():
                    self.connection.putheader(name, value.encode() if isinstance(value, str) else value)
                self.connection.endheaders(body)
                response = self.connection.getresponse()
                return Answer(response.status, response.getheaders(), response.read())
            except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
                # An idle connection that the web server has closed meanwhile.
                self.connection.close()
                if attempt == 2:
                    raise
        raise AssertionError

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers=named(headers))

    def view(self, path: str, **headers: str) -> Answer:
        """As a browser opens a page."""
        navigation = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"}
        return self.request("GET", path, headers=BROWSER | navigation | named(headers))

    def post(self, path: str, body: typing.Any = None, **headers: str) -> Answer:
        return self.request("POST", path, body, named(headers))

    def submit(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """As a browser submits a form of this site."""
        about = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://127.0.0.1:{self.port}",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Dest": "document",
        }
        return self.request("POST", path, urllib.parse.urlencode(fields), BROWSER | about | named(headers))

    def arrive(self, signed_in: Answer) -> str | None:
        """Where a browser arrives behind a sign-in: it goes by the page that looks for the cookies, which leads on."""
        assert (signed_in.onward or "").startswith("/auth/continue"), signed_in
        return self.view(signed_in.onward).header("Location")

    def close(self) -> None:
        self.connection.close()


def named(arguments: dict[str, str]) -> dict[str, str]:
    """Header fields given as keywords: X_Auth_User is X-Auth-User."""
    return {name.replace("_", "-"): value for name, value in arguments.items()}


def raw(port: int, request: bytes, seconds: float = 10) -> bytes:
    """Sends bytes and reads until the server closes, or until nothing more comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        answer = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            connection.sendall(request)
            while chunk := connection.recv(65536):
                answer += chunk
        return answer


class Form(html.parser.HTMLParser):
    """The first form of a page: where it goes and what its fields hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.method = ""
        self.fields: dict[str, str] = {}
        self.state = "before"
        self.feed(page)
        assert self.state == "behind", f"no form in {page}"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "form" and self.state == "before":
            self.state = "inside"
            self.action = found.get("action", "")
            self.method = found.get("method", "get").lower()
        elif tag == "input" and self.state == "inside" and "name" in found:
            self.fields[found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.state == "inside":
            self.state = "behind"
