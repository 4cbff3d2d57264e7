"""The shipped web server files, for a private instance on loopback: `make run` and the end-to-end tests use these very
files, and replace nothing in them but ports and paths."""

import grp
import os
import pathlib
import pwd

ROOT = pathlib.Path(__file__).resolve().parent.parent


def render(source: pathlib.Path, target: pathlib.Path, replacements: dict[str, str], *more: pathlib.Path) -> None:
    """Copies the `.conf` files of a folder, and those in `more`, with each key replaced by its value. A key that occurs
    nowhere is an error: the files have changed, and whoever asks would run something else than they think."""
    target.mkdir(parents=True, exist_ok=True)
    unused = set(replacements)
    for file in (*source.glob("*.conf"), *more):
        text = file.read_text()
        for old, new in replacements.items():
            if old in text:
                unused.discard(old)
                text = text.replace(old, new)
        (target / file.name).write_text(text)
    if unused:
        raise LookupError(f"not in the files of {source}: {sorted(unused)}")


def render_nginx(
    folder: pathlib.Path,
    *,
    port: int,
    socket: pathlib.Path,
    www: pathlib.Path,
    app: str,
    workers: int = 1,
    site: str = "include postern/site.conf;",
    site_file: pathlib.Path = ROOT / "nginx/site.conf",
    pictures: pathlib.Path | None = None,
) -> pathlib.Path:
    """Lays out a private nginx in `folder` that serves the shipped `site.conf`, and returns its main file. `app` is
    the address of the application behind /app/; `pictures` is Postern's folder of them; `site` can stand in for the
    shipped site, as text, and `site_file` for its file."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    render(
        ROOT / "nginx",
        folder / "postern",
        {
            "unix:/run/postern/postern.sock": f"unix:{socket}",
            "listen 80;": f"listen 127.0.0.1:{port};",
            "/srv/www": str(www),
            "127.0.0.1:8000": app,
            "/var/lib/postern-pictures": str(pictures or folder / "no-pictures"),
        },
        site_file,
    )
    user = ""
    if os.geteuid() == 0:
        user = f"user {pwd.getpwuid(0).pw_name} {grp.getgrgid(0).gr_name};"
    temporary = "".join(
        f"    {kind}_temp_path {folder}/tmp/{kind};\n" for kind in ("client_body", "fastcgi", "proxy", "scgi", "uwsgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"""daemon off;
{user}
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/access.log;
{temporary}
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    {site}
}}
"""
    )
    return main


def render_lighttpd(
    folder: pathlib.Path,
    *,
    port: int,
    socket: pathlib.Path,
    www: pathlib.Path,
    more: str = "",
    pictures: pathlib.Path | None = None,
) -> pathlib.Path:
    """Lays out a private lighttpd in `folder` that serves the shipped `site.conf`, and returns its main file. `more`
    is added at the end."""
    render(
        ROOT / "lighttpd",
        folder / "postern",
        {
            "/run/postern/postern.sock": str(socket),
            "server.port = 80\n": f'server.port = {port}\nserver.bind = "127.0.0.1"\n',
            "/srv/www": str(www),
            "/var/lib/postern-pictures": str(pictures or folder / "no-pictures"),
            "/var/log/lighttpd/error.log": str(folder / "error.log"),
        },
    )
    main = folder / "lighttpd.conf"
    main.write_text((folder / "postern/site.conf").read_text() + more)
    return main
