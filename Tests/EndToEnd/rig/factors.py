"""People with a second factor, and a site that asks for one."""

import dataclasses

from rig.client import Answer, Client
from rig.site import NginxSite, Person, Site
from rig.totp import AuthenticatorApp

# A server beside the shipped site, on {port2}: `verify` decides there, with the cookies of this host.
PLACES = """
server {
    listen 127.0.0.1:{port2};
    root {www};
    include postern/postern-api.conf;
    include postern/postern-verify.conf;
    location ^~ /private/ {
        set $auth_require "signed-in";
        include postern/postern-protect.conf;
    }
    location ^~ /private/mfa/ {
        set $auth_require "mfa";
        include postern/postern-protect.conf;
    }
    location ^~ /private/recent/ {
        set $auth_require "age<=4";
        include postern/postern-protect.conf;
    }
}
"""
FOLDERS = ("mfa", "recent")
SETTINGS = {"AUTHSVC_ENABLE_MFA": "True"}


def furnish(site: Site) -> None:
    for folder in FOLDERS:
        (site.www / "private" / folder).mkdir()
        (site.www / "private" / folder / "file.txt").write_text(f"a file under {folder}\n")


@dataclasses.dataclass
class Enrolled:
    """Somebody with an authenticator app."""

    person: Person
    app: AuthenticatorApp
    recovery_codes: list[str]


def enrol(person: Person) -> Enrolled:
    """Adds an authenticator app to an account that has no factor; whoever does it is signed in, just now."""
    begun = person.client.post("/api/auth/mfa/totp")
    assert begun.status == 200, begun
    app = AuthenticatorApp(begun.json["otpauth_url"])
    done = person.client.post("/api/auth/mfa/totp/confirm", {"code": app.code()})
    assert done.status == 200, done
    return Enrolled(person, app, done.json["recovery_codes"])


def first_step(client: Client, person: Person) -> str:
    """The password, from that client; returns the `mfa_token`."""
    answer = client.post("/api/auth/login", {"email": person.email, "password": person.password})
    assert answer.status == 200 and answer.json["mfa_required"] is True, answer
    return answer.json["mfa_token"]


def second_step(client: Client, ticket: str, code: str, **more: object) -> Answer:
    return client.post("/api/auth/verify-mfa", {"mfa_token": ticket, "code": code, **more})


def sign_in(site: NginxSite, enrolled: Enrolled, **more: object) -> Client:
    """From a browser that Postern has never seen."""
    client = site.client()
    answer = second_step(client, first_step(client, enrolled.person), enrolled.app.code(), **more)
    assert answer.status == 200, answer
    return client


def opened(site: NginxSite, client: Client, folder: str) -> bool:
    """Whether the place lets that browser in: on the second server, to which it takes its cookies along."""
    visitor = Client(site.port2)
    visitor.cookies = dict(client.cookies)
    answer = visitor.get(f"/private/{folder}/file.txt")
    assert answer.status in (200, 401, 403), answer
    assert (answer.text == f"a file under {folder}\n") == (answer.status == 200)
    return answer.status == 200
