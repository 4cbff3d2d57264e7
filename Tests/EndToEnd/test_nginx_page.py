"""The examples of docs/nginx.md, word for word but for paths and ports: a FastCGI application, and an access log."""

import pathlib
import re
import socketserver
import struct
import threading
import typing

import pytest

from rig.fastcgi import END, PARAMS, STDIN, STDOUT, record
from rig.processes import wait_for
from rig.site import NginxSite
from webserver_files import ROOT

PAGE = (ROOT / "docs/nginx.md").read_text()


def example(word: str) -> str:
    """The one block of nginx's language on the page in which that word occurs."""
    blocks = re.findall(r"^```nginx\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    (found,) = (block for block in blocks if word in block)
    return found


def length_of(block: bytes) -> tuple[int, bytes]:
    if block[0] < 128:
        return block[0], block[1:]
    return struct.unpack(">I", block[:4])[0] & 0x7FFFFFFF, block[4:]


class Shown(socketserver.StreamRequestHandler):
    """Answers with the parameters that it was given, a line each, and thinks that everybody may keep that."""

    def handle(self) -> None:
        block, kind, content = b"", None, b"-"
        while (kind, content) != (STDIN, b""):
            _, kind, request, length, padding, _ = struct.unpack(">BBHHBB", self.rfile.read(8))
            content = self.rfile.read(length)
            self.rfile.read(padding)
            block += content if kind == PARAMS else b""
        text = b"Content-Type: text/plain\r\nCache-Control: public, max-age=3600\r\nExpires: 0\r\n\r\n"
        while block:
            name, block = length_of(block)
            value, block = length_of(block)
            text += block[:name] + b"=" + block[name : name + value] + b"\n"
            block = block[name + value :]
        end = record(STDOUT, b"", request) + record(END, bytes(8), request)
        self.wfile.write(record(STDOUT, text, request) + end)


@pytest.fixture(scope="module")
def site(workspace: pathlib.Path) -> typing.Iterator[NginxSite]:
    """A second server with the examples, in which /private/admin/ names nobody and /app/ has an application."""
    folder = workspace / "page"
    folder.mkdir()
    application = socketserver.ThreadingUnixStreamServer(str(folder / "php.sock"), Shown)
    application.daemon_threads = True
    threading.Thread(target=application.serve_forever, daemon=True).start()
    php = example("fastcgi_param AUTH_USER ").replace("/run/php/php-fpm.sock", str(folder / "php.sock"))
    logged = example("access_log").replace("/var/log/nginx", str(folder))
    made = NginxSite(
        folder / "site",
        site=example("log_format")
        + "server {\n    listen 127.0.0.1:{port2};\n    root {www};\n"
        + "    include postern/postern-api.conf;\n    include postern/postern-verify.conf;\n"
        + logged
        + php.replace("include fastcgi_params;", "include /etc/nginx/fastcgi_params;")
        + """
    location ^~ /private/admin/ {
        set $auth_require "signed-in";
        include postern/postern-protect.conf;
    }
    location ^~ /app/ {
        set $auth_require "signed-in";
        include postern/postern-protect.conf;
        include postern/postern-proxy-headers.conf;
        proxy_pass http://app/app/;
    }
}
""",
    )
    yield made
    made.stop()
    application.shutdown()
    application.server_close()


def test_fastcgi_application_is_told_who_it_is(site: NginxSite) -> None:
    person = site.add(role="admin")
    cookie = "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())
    person.client.connection.close()
    person.client.connection.port = site.port2
    answer = person.client.get(
        "/php/x?y=1", Cookie=f"{cookie}; its=own", Proxy="http://proxy/", Authorization="Basic Zm9yZ2VkOng="
    )
    assert answer.status == 200, answer
    told = dict(line.split("=", 1) for line in answer.text.splitlines())
    assert (told["AUTH_USER"], told["AUTH_ROLE"], told["HTTP_COOKIE"]) == (person.email, "admin", "its=own")
    assert told["AUTH_USER_ID"].isdigit()
    assert told["SCRIPT_FILENAME"] == "/srv/php/index.php"
    # nginx leaves out what is empty.
    assert told.keys().isdisjoint({"HTTP_AUTHORIZATION", "HTTP_PROXY"})
    assert (answer.all("Cache-Control"), answer.all("Expires")) == (["private, no-store"], [])
    stranger = site.client()
    stranger.connection.port = site.port2
    assert stranger.get("/php/x").status == 401


def test_access_log_names_who_has_passed(site: NginxSite) -> None:
    person, stranger = site.add(), site.client()
    person.client.connection.port = stranger.connection.port = site.port2
    log = site.folder.parent / "access.log"
    before = log.stat().st_size
    asked = [
        (person.client, "/private/file.txt", 200, person.email),
        (person.client, "/app/x", 200, person.email),
        (person.client, "/private/admin/file.txt", 200, "-"),
        (person.client, "/", 200, "-"),
        (stranger, "/private/file.txt", 401, ""),
    ]
    for client, path, status, _ in asked:
        # What a client says of itself counts for nothing.
        client.connection.close()
        answer = client.get(path, **{"X-Auth-User": "forged@example.com", "Authorization": "Basic Zm9yZ2VkOng="})
        assert answer.status == status, answer
    # nginx writes its line behind the answer, so the client may be here first.
    wait_for(lambda: log.read_text()[before:].count("\n") >= len(asked), f"{len(asked)} lines in {log}")
    lines = log.read_text()[before:].splitlines()
    named = re.compile(r'127\.0\.0\.1 - "([^"]*)" \[[^]]+\] "GET (\S+) HTTP/1\.1" (\d+) \d+')
    found = [named.fullmatch(line) for line in lines]
    assert [match and match.groups() for match in found] == [(who, path, str(status)) for _, path, status, who in asked]
