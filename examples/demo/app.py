"""A small application behind nginx that shows who it is talking to. It knows nothing of logins: whoever reaches it has
been let through, and the X-Auth fields say who that is. It must be reachable through nginx only."""

import html
import http.server
import json

IDENTITY = ("X-Auth-User-Id", "X-Auth-User", "X-Auth-Name", "X-Auth-Role", "X-Auth-Permissions", "X-Auth-Session")


class Application(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "json" in self.headers.get("Accept", ""):
            body = json.dumps({"path": self.path, "headers": self.headers.items()})
            self.send("application/json", body)
        else:
            self.send("text/html; charset=utf-8", self.page())

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def page(self) -> str:
        def row(name: str, value: str) -> str:
            return f"<tr><th>{html.escape(name)}<td>{html.escape(value)}"

        known = "".join(row(name, self.headers.get(name, "")) for name in IDENTITY)
        rest = "".join(row(name, value) for name, value in self.headers.items() if name not in IDENTITY)
        return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>The application</title><link rel="stylesheet" href="/style.css"><link rel="icon" href="data:,">
<h1>The application</h1>
<p>It was asked for <code>{html.escape(self.path)}</code>, and this is what nginx told it about you.</p>
<table>{known}</table>
<h2>The other header fields</h2>
<table>{rest}</table>
<p><a href="/">Start</a> · <a href="/private/">Private folder</a> · <a href="/auth/account">Your account</a>"""

    def send(self, kind: str, body: str) -> None:
        data = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def server(port: int = 0) -> http.server.ThreadingHTTPServer:
    """A server on loopback, bound but not serving yet; 0 takes a free port."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Application)


if __name__ == "__main__":
    server(8000).serve_forever()
