"""The private nginx: the shipped files, once as they are and once asking another upstream."""

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

SHIPPED_SERVER = """
  {http_level}
  server {{
    listen 127.0.0.1:{port};
    root @site@;
    include {folder}/postern-verify.conf;
    location ^~ /private/ {{
      set $auth_require "signed-in";
      include {folder}/postern-protect.conf;
    }}
  }}
"""


def started(
    processes: Processes, postern_socket: pathlib.Path, always_yes_socket: pathlib.Path, key: str
) -> dict[str, int]:
    """Starts nginx with one worker. Returns the port of each contestant: `shipped`, `shipped_yes`, `plain`, `itself`,
    and, where nginx's Lua module is installed, `lua`, which verifies with the HS256 key."""
    directory = processes.directory / "nginx"
    site = directory / "site"
    (site / "private").mkdir(parents=True)
    (site / "private" / "page.html").write_text(PAGE)
    _copy_shipped(directory / "postern", "postern", postern_socket)
    _copy_shipped(directory / "always_yes", "always_yes", always_yes_socket)

    (directory / "key").write_text(key)
    modules = _lua_modules()
    ports = _free_ports(["shipped", "shipped_yes", "plain", "itself"] + (["lua"] if modules else []))

    maps = "include postern/postern-upstream.conf;"
    upstream = "include always_yes/upstream.conf;"
    text = (HERE / "nginx" / "nginx.conf").read_text()
    values = {
        "shipped_servers": SHIPPED_SERVER.format(http_level=maps, port=ports["shipped"], folder="postern")
        + SHIPPED_SERVER.format(http_level=upstream, port=ports["shipped_yes"], folder="always_yes"),
        "lua_modules": modules,
        "lua_server": (HERE / "nginx" / "lua.conf").read_text() if modules else "",
        "user": f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else "",
        "directory": str(directory),
        "site": str(site),
        "baselines": str(HERE / "baselines"),
        "key_file": str(directory / "key"),
        "always_yes_socket": str(always_yes_socket),
    } | {f"{name}_port": str(port) for name, port in ports.items()}
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    configuration = directory / "nginx.conf"
    configuration.write_text(text)

    command = ["nginx", "-p", directory, "-c", configuration, "-e", directory / "nginx.log"]
    process = processes.start("nginx.out", command)
    for port in ports.values():
        processes.wait_until(process, lambda port=port: status(port, "") > 0)
    return ports


def request(cookie: str) -> bytes:
    """A browser's request for the protected page."""
    return (
        f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: postern-benchmarks\r\n"
        f"Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nCookie: {cookie}\r\n\r\n"
    ).encode()


def status(port: int, cookie: str) -> int:
    """The status of one answer to that request."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(request(cookie))
        return int(connection.recv(4096).split()[1])


def version() -> str:
    return subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.strip().rpartition("/")[2]


def _copy_shipped(folder: pathlib.Path, upstream: str, address: pathlib.Path) -> None:
    """The shipped files, with `upstream` at `address` in the place of Postern; nothing else is changed."""
    folder.mkdir()
    for file in SHIPPED.glob("postern-*.conf"):
        text = file.read_text()
        text = text.replace("include postern/", f"include {folder.name}/")
        text = text.replace("fastcgi_pass postern;", f"fastcgi_pass {upstream};")
        text = text.replace("unix:/run/postern/postern.sock", f"unix:{address}")
        (folder / file.name).write_text(text)
    text = (folder / "postern-upstream.conf").read_text()
    block = re.search(r"^upstream postern (\{.*?^\})", text, re.MULTILINE | re.DOTALL)
    if block is None or str(address) not in block[1]:
        raise Failure("nginx/postern-upstream.conf has no upstream `postern` at its usual socket")
    (folder / "upstream.conf").write_text(f"upstream {upstream} {block[1]}\n")


def _free_ports(names: list[str]) -> dict[str, int]:
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = {name: holder.getsockname()[1] for name, holder in zip(names, holders)}
    for holder in holders:
        holder.close()
    return ports


def _lua_modules() -> str:
    """The load_module lines, empty where Debian's libnginx-mod-http-lua or lua-cjson is not installed."""
    built = subprocess.run(["nginx", "-V"], capture_output=True, text=True).stderr
    found = re.search(r"--modules-path=(\S+)", built)
    files = [pathlib.Path(found[1]) / f"{name}_module.so" for name in ("ndk_http", "ngx_http_lua")] if found else []
    has_json = any(pathlib.Path("/usr/lib").glob("*/lua/5.1/cjson.so"))
    if not files or not has_json or not all(file.exists() for file in files):
        return ""
    return "\n".join(f"load_module {file};" for file in files)
