"""The private nginx: a server for each contestant, Postern's being the shipped files."""

import base64
import dataclasses
import os
import pathlib
import pwd
import re
import socket
import subprocess

from .processes import Failure, Processes

HERE = pathlib.Path(__file__).resolve().parent.parent
SHIPPED = HERE.parent / "nginx"
PAGE = "<!doctype html><title>Private</title><p>" + "What only those may read who are signed in. " * 20
PATH = "/private/page.html"
STORE = re.compile(r"^ *fastcgi_store .*\n", re.MULTILINE)


@dataclasses.dataclass
class Server:
    """A server of that nginx: a file of `Benchmarks/nginx/`, and what its names between @ signs stand for."""

    template: str
    values: dict[str, object] = dataclasses.field(default_factory=dict)
    port: int = 0
    """Known when nginx has been started."""


class Site:
    """One nginx in a directory of its own. Its servers are added, then it is started."""

    def __init__(self, processes: Processes, name: str, workers: int = 1):
        self.processes = processes
        self.name = name
        self.workers = workers
        self.directory = processes.directory / name
        self.servers: list[Server] = []
        (self.directory / "site" / "private").mkdir(parents=True)
        (self.directory / "site" / "private" / "page.html").write_text(PAGE)

    def add(self, template: str, **values: object) -> Server:
        self.servers.append(Server(template, values))
        return self.servers[-1]

    def add_shipped(self, upstream: str, address: pathlib.Path, stores: bool = True) -> Server:
        """The shipped files, with `upstream` at `address` in the place of Postern; nothing else is changed. Without
        `stores`, the line that has nginx keep its connections is left out."""
        folder = self.directory / f"files_{len(self.servers)}"
        self._copy_shipped(folder, upstream, address, stores)
        knows_maps = any(server.template == "shipped" for server in self.servers)
        knows_upstream = any(server.values.get("upstream") == upstream for server in self.servers)
        http_level = "" if knows_upstream else (folder / "upstream.conf").read_text()
        if not knows_maps:
            http_level += (folder / "maps.conf").read_text()
        listen_options = "reuseport" if self.workers > 1 else ""
        return self.add(
            "shipped", upstream=upstream, folder=folder.name, http_level=http_level, listen_options=listen_options)

    def start(self) -> subprocess.Popen:
        """Starts nginx and returns when every server answers."""
        _give_ports(self.servers)
        text = (HERE / "nginx" / "main.conf").read_text()
        values = {
            "servers": "\n".join(self._text(server) for server in self.servers),
            "modules": lua_modules() if any(server.template == "lua" for server in self.servers) else "",
            "workers": self.workers,
            "directory": self.directory,
            "user": f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else "",
        }
        configuration = self.directory / "nginx.conf"
        configuration.write_text(_filled(text, values))
        command = ["nginx", "-p", self.directory, "-c", configuration, "-e", self.directory / "nginx.log"]
        process = self.processes.start(f"{self.name}.out", command)
        for server in self.servers:
            self.processes.wait_until(process, lambda port=server.port: status(port) > 0)
        return process

    def _text(self, server: Server) -> str:
        text = server.values.get("http_level", "") + (HERE / "nginx" / f"{server.template}.conf").read_text()
        own = {"site": self.directory / "site", "port": server.port, "peers": HERE / "peers"}
        return _filled(text, own | server.values)

    def _copy_shipped(self, folder: pathlib.Path, upstream: str, address: pathlib.Path, stores: bool) -> None:
        folder.mkdir()
        for file in SHIPPED.glob("postern-*.conf"):
            text = file.read_text()
            text = text.replace("include postern/", f"include {folder.name}/")
            text = text.replace("fastcgi_pass postern;", f"fastcgi_pass {upstream};")
            text = text.replace("unix:/run/postern/postern.sock", f"unix:{address}")
            (folder / file.name).write_text(text if stores else STORE.sub("", text))
        text = (folder / "postern-upstream.conf").read_text()
        block = re.search(r"^upstream postern (\{.*?^\})\n", text, re.MULTILINE | re.DOTALL)
        if block is None or str(address) not in block[1]:
            raise Failure("nginx/postern-upstream.conf has no upstream `postern` at its usual socket")
        if not STORE.search((SHIPPED / "postern-verify.conf").read_text()):
            raise Failure("nginx/postern-verify.conf has no line fastcgi_store")
        (folder / "upstream.conf").write_text(f"upstream {upstream} {block[1]}\n")
        (folder / "maps.conf").write_text(text.replace(block[0], ""))


def request(cookie: str = "", authorization: str = "") -> bytes:
    """A browser's request for the protected page."""
    fields = f"Cookie: {cookie}\r\n" if cookie else ""
    fields += f"Authorization: {authorization}\r\n" if authorization else ""
    return (
        f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: postern-benchmarks\r\n"
        f"Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n{fields}\r\n"
    ).encode()


def basic_authorization(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def status(port: int, cookie: str = "", authorization: str = "") -> int:
    """The status of one answer to that request."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(request(cookie, authorization))
        return int(connection.recv(4096).split()[1])


def must_refuse(name: str, server: Server, strangers: dict[str, tuple[str, str]]) -> None:
    """Who lets one of these in, each a cookie and an authorization, has no rate that means anything: a Failure."""
    for what, credentials in strangers.items():
        if (given := status(server.port, *credentials)) not in (302, 401):
            raise Failure(f"{name}: {given} for {what}")


def version() -> str:
    return subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.strip().rpartition("/")[2]


def lua_modules() -> str:
    """The load_module lines, empty where Debian's libnginx-mod-http-lua or lua-cjson is not installed."""
    built = subprocess.run(["nginx", "-V"], capture_output=True, text=True).stderr
    found = re.search(r"--modules-path=(\S+)", built)
    files = [pathlib.Path(found[1]) / f"{name}_module.so" for name in ("ndk_http", "ngx_http_lua")] if found else []
    has_json = any(pathlib.Path("/usr/lib").glob("*/lua/5.1/cjson.so"))
    if not files or not has_json or not all(file.exists() for file in files):
        return ""
    return "\n".join(f"load_module {file};" for file in files)


def _filled(text: str, values: dict[str, object]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def _give_ports(servers: list[Server]) -> None:
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in servers]
    for server, holder in zip(servers, holders):
        server.port = holder.getsockname()[1]
    for holder in holders:
        holder.close()
