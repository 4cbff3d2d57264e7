"""The application of the examples: notes, each person their own. It knows nothing of logins or tokens: nginx lets
nobody through who is not signed in, and says in X-Auth-User-Id who it is. It must be reachable through nginx only."""

import collections
import http.server
import json
import threading

LONGEST = 2000


class Notes(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    kept: collections.defaultdict[str, list[str]] = collections.defaultdict(list)
    lock = threading.Lock()

    def do_GET(self) -> None:
        with self.lock:
            self.answer(200, {"notes": self.kept[self.headers["X-Auth-User-Id"]]})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            text = json.loads(body)["text"]
        except (ValueError, LookupError, TypeError):
            text = None
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
            self.answer(400, {"error": f'Send {{"text": …}} with 1 to {LONGEST} characters'})
            return
        with self.lock:
            notes = self.kept[self.headers["X-Auth-User-Id"]]
            notes.append(text)
            self.answer(201, {"notes": notes})

    def answer(self, status: int, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def server(port: int = 0) -> http.server.ThreadingHTTPServer:
    """A server on loopback, bound but not serving yet; 0 takes a free port."""
    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Notes)


if __name__ == "__main__":
    server(8000).serve_forever()
