"""A web server on loopback that has one empty page: what another origin's scripts and forms need to exist."""

import http.server
import threading
import typing


class EmptyPage(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'<!doctype html><meta charset="utf-8"><title>x</title><link rel="icon" href="data:,">'
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class OtherOrigin:
    def __enter__(self) -> typing.Self:
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def origin(self, host: str = "127.0.0.1") -> str:
        """127.0.0.1 on another port is another origin of the same site, and gets `SameSite=Strict` cookies; localhost
        is another site."""
        return f"http://{host}:{self.server.server_port}"
