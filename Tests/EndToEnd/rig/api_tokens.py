"""Places that ask for API tokens, and whoever makes and uses them."""

import subprocess

from rig.client import Answer, Client
from rig.site import NginxSite, Person, Site

# A server beside the shipped site, whose places ask programs for a token.
PLACES = """
server {
    listen 127.0.0.1:{port2};
    root {www};
    include postern/postern-api.conf;
    include postern/postern-verify.conf;
    location ^~ /private/ {
        set $auth_require "signed-in";
        set $auth_basic 1;
        include postern/postern-protect.conf;
    }
    location ^~ /private/quiet/ {
        set $auth_require "signed-in";
        include postern/postern-protect.conf;
    }
    location ^~ /private/upload/ {
        set $auth_require "permission=rbac.admin";
        set $auth_basic 1;
        include postern/postern-protect.conf;
        dav_methods PUT;
    }
    location ^~ /private/role/ {
        set $auth_require "role=admin";
        include postern/postern-protect.conf;
    }
    location ^~ /private/permission/ {
        set $auth_require "permission=rbac.admin|other";
        include postern/postern-protect.conf;
    }
    location ^~ /private/mfa/ {
        set $auth_require "mfa";
        include postern/postern-protect.conf;
    }
    location ^~ /private/age/ {
        set $auth_require "age<=900";
        include postern/postern-protect.conf;
    }
}
"""
LIGHTTPD_PLACES = """
$HTTP["url"] =^ "/private/git/" {
    setenv.add-environment = ( "AUTH_REQUIRE" => "signed-in", "AUTH_BASIC" => "1" )
    include "postern/postern-protect.conf"
}
"""
FOLDERS = ("quiet", "upload", "role", "permission", "mfa", "age", "git")


def furnish(site: Site) -> None:
    for folder in FOLDERS:
        (site.www / "private" / folder).mkdir(exist_ok=True)
        (site.www / "private" / folder / "file.txt").write_text(f"a file under {folder}\n")


def make(person: Person, **fields: object) -> dict:
    answer = person.client.post("/api/auth/tokens", {"name": "a test", **fields})
    assert answer.status == 201, answer
    return answer.json


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def program(site: NginxSite) -> Client:
    """A program at the server with the places, on a connection that it keeps."""
    return Client(site.port2)


def ask(site: NginxSite, place: str, token: str) -> Answer:
    return program(site).request("GET", f"/private/{place}/file.txt", headers=bearer(token))


def curl(*words: str) -> tuple[int, str]:
    """Status and body."""
    done = subprocess.run(
        ["curl", "--silent", "--max-time", "30", "--write-out", "\\n%{http_code}", *words],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body
