"""A site with second factors and passkeys, whose places ask for more than a password."""

import pathlib
import typing

from rig.browser import Browser
from rig.site import NginxSite, Person, Site
from rig.totp import AuthenticatorApp
from webserver_files import ROOT

PLACES = """
    location ^~ /private/mfa/ { set $auth_require "mfa"; include postern/postern-protect.conf; }
    location ^~ /private/recent/ { set $auth_require "age<=2"; include postern/postern-protect.conf; }
    location ^~ /private/both/ { set $auth_require "mfa age<=900"; include postern/postern-protect.conf; }
"""


class GuardedSite(NginxSite):
    """Passkeys belong to a host's name, so people come by one: `localhost`."""

    def __init__(self, folder: pathlib.Path, settings: typing.Mapping[str, str | None]) -> None:
        own = {"AUTHSVC_ENABLE_MFA": "True", "POSTERN_PUBLIC_URL": "http://localhost:{port}"}
        folder.mkdir(parents=True)
        shipped = (ROOT / "nginx/site.conf").read_text()
        place = "    location ^~ /private/ {"
        assert shipped.count(place) == 1
        (folder / "site.conf").write_text(shipped.replace(place, PLACES + place))
        super().__init__(folder / "site", {**settings, **own}, site_file=folder / "site.conf")
        self.url = f"http://localhost:{self.port}"
        for name in ("mfa", "recent", "both"):
            (self.www / "private" / name).mkdir()
            (self.www / "private" / name / "index.html").write_text(
                f'<!doctype html><meta charset="utf-8"><title>{name}</title><link rel="icon" href="data:,">'
                f"<p>Behind {name}</p>"
            )

    def set_up_app(self, person: Person) -> tuple[AuthenticatorApp, list[str]]:
        """Gives somebody an authenticator app. Returns it, and the recovery codes that came with it."""
        begun = person.client.post("/api/auth/mfa/totp", {})
        assert begun.status == 200, begun
        app = AuthenticatorApp(begun.json["otpauth_url"])
        confirmed = person.client.post("/api/auth/mfa/totp/confirm", {"code": app.code()})
        assert confirmed.status == 200, confirmed
        return app, confirmed.json["recovery_codes"]

    def with_app(self, name: str = "person") -> tuple[Person, AuthenticatorApp, list[str]]:
        """Somebody new who has one."""
        person = self.add(name)
        return (person, *self.set_up_app(person))


def wait_for(browser: Browser, words: str) -> None:
    browser.wait_for(lambda: words in browser.text, f"“{words}”")


def arrive(browser: Browser, site: Site, page: str) -> None:
    browser.wait_for(lambda: browser.url == site.url + page, page)


def give_password(browser: Browser, site: Site, person: Person, page: str = "/auth/account") -> None:
    """Goes to a page, and through the login as far as the password."""
    browser.open(site.url + page)
    browser.wait_for(lambda: "/auth/login" in browser.url, "the login page")
    if browser.find("[name=email]").get_attribute("readonly") is None:
        browser.fill(email=person.email)
    browser.fill(password=person.password)
    browser.press()
