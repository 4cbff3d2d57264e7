"""A protected site: Postern, a web server with the shipped files, and an application that shows what it was told."""

import dataclasses
import itertools
import pathlib
import shutil
import threading

import app
from rig.client import Client
from rig.postern import Postern
from rig.processes import Process, accepts, free_port
from webserver_files import ROOT, render_lighttpd, render_nginx

PASSWORD = "correct horse"
numbers = itertools.count(1)


def new_email(name: str = "person") -> str:
    """An address that no other test of this run uses."""
    return f"{name}{next(numbers)}@example.com"


@dataclasses.dataclass
class Person:
    email: str
    password: str
    client: Client


class Site:
    """What is common to both web servers; a test gets a `NginxSite` or a `LighttpdSite`. In settings, {port} and
    {port2} stand for the site's port and a second one."""

    def __init__(self, folder: pathlib.Path, settings: dict[str, str | None] | None = None) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.port = free_port()
        self.port2 = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.www = folder / "www"
        shutil.copytree(ROOT / "examples/demo/www", self.www)
        (self.www / "private/file.txt").write_text("a private file\n")
        (self.www / "private/admin/file.txt").write_text("a file for administrators\n")
        (self.www / "private/no-index").mkdir()
        # Browsers ask for it now and then; a missing one is an error in their console.
        (self.www / "favicon.ico").touch()
        filled = {
            key: value and value.replace("{port}", str(self.port)).replace("{port2}", str(self.port2))
            for key, value in (settings or {}).items()
        }
        self.postern = Postern(folder / "postern", self.url, filled)
        self.postern.start()
        self.others: list[Postern] = []
        self.server: Process | None = None

    def client(self, **headers: str) -> Client:
        return Client(self.port, headers)

    def register(self, name: str = "person", **fields: object) -> Person:
        """A new account that has registered itself and is signed in."""
        person = Person(new_email(name), PASSWORD, self.client())
        answer = person.client.post(
            "/api/auth/register", {"email": person.email, "password": person.password, **fields}
        )
        assert answer.status == 201, answer
        return person

    def add(self, name: str = "person", role: str | None = None) -> Person:
        """A new account made by an administrator on the command line, and signed in."""
        person = Person(new_email(name), PASSWORD, self.client())
        self.postern.add(person.email, person.password, role)
        self.sign_in(person)
        return person

    def sign_in(self, person: Person) -> None:
        answer = person.client.post("/api/auth/login", {"email": person.email, "password": person.password})
        assert answer.status == 200, answer

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
        for postern in (self.postern, *self.others):
            if postern.process is not None:
                postern.stop()


class NginxSite(Site):
    def __init__(
        self,
        folder: pathlib.Path,
        settings: dict[str, str | None] | None = None,
        *,
        site: str | None = None,
        site_file: pathlib.Path = ROOT / "nginx/site.conf",
        postern_socket: pathlib.Path | None = None,
        processes: int = 1,
        program: pathlib.Path | None = None,
    ) -> None:
        """`site` may name further servers beside the shipped one: {port2} is a second port, {port} the shipped one's,
        {www} the document root. `site_file` stands in for the shipped one, and `postern_socket` puts something between
        nginx and Postern. `processes` more than one: so many Posterns on one database, and nginx asks them in turn.
        `program` is another nginx than the installed one."""
        super().__init__(folder, settings)
        for number in range(2, processes + 1):
            self.others.append(self.postern.beside(folder / f"postern{number}"))
        sockets = [postern_socket or self.postern.socket] + [other.socket for other in self.others]
        self.application = app.server()
        threading.Thread(target=self.application.serve_forever, daemon=True).start()
        nginx = folder / "nginx"
        text = "include postern/site.conf;"
        if site is not None:
            for name, value in (("port2", self.port2), ("port", self.port), ("www", self.www)):
                site = site.replace("{" + name + "}", str(value))
            text += "\n" + site
        main = render_nginx(
            nginx,
            port=self.port,
            # As postern-upstream.conf says it: a line for each.
            socket=pathlib.Path(";\n    server unix:".join(str(socket) for socket in sockets)),
            www=self.www,
            app="127.0.0.1:%d" % self.application.server_port,
            site=text,
            site_file=site_file,
            pictures=self.postern.pictures,
        )
        binary = program or shutil.which("nginx") or "/usr/sbin/nginx"
        self.server = Process("nginx", [binary, "-p", nginx, "-c", main, "-e", nginx / "error.log"], nginx / "log")
        self.server.wait_until(lambda: accepts(("127.0.0.1", self.port)), "nginx")
        self.error_log = nginx / "error.log"

    def stop(self) -> None:
        super().stop()
        self.application.shutdown()
        self.application.server_close()


CGI = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
env | sort
"""


class LighttpdSite(Site):
    def __init__(self, folder: pathlib.Path, settings: dict[str, str | None] | None = None, *, more: str = "") -> None:
        super().__init__(folder, settings)
        program = self.www / "private/show.cgi"
        program.write_text(CGI)
        program.chmod(0o755)
        lighttpd = folder / "lighttpd"
        lighttpd.mkdir()
        main = render_lighttpd(
            lighttpd, port=self.port, socket=self.postern.socket, www=self.www, more=more,
            pictures=self.postern.pictures,
        )
        binary = shutil.which("lighttpd") or "/usr/sbin/lighttpd"
        self.server = Process("lighttpd", [binary, "-D", "-f", main], lighttpd / "log")
        self.server.wait_until(lambda: accepts(("127.0.0.1", self.port)), "lighttpd")
        self.error_log = lighttpd / "error.log"
