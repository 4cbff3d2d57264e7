"""Authenticator apps: what a camera reads off the QR code, and what Postern takes, as another implementation has it."""

import base64
import pathlib

import pyotp

from rig.browser import Browser
from rig.client import Client
from rig.factors import SETTINGS, enrol, first_step, second_step
from rig.qr import read_code
from rig.site import NginxSite, Person, new_email


def test_camera_reads_the_secret_off_the_code(build, browser: Browser, tmp_path: pathlib.Path) -> None:
    """In a dark page, too; with a name of the site and an address that have to be encoded."""
    name = "Bücher: Töne & Co"
    site = build(NginxSite, settings={**SETTINGS, "POSTERN_SITE_NAME": name})
    client = site.client()
    email = new_email("o'neil+test&more")
    assert client.post("/api/auth/register", {"email": email, "password": "correct horse"}).status == 201
    begun = client.post("/api/auth/mfa/totp").json
    page = tmp_path / "page.html"
    dark = '<meta name="color-scheme" content="dark"><style>body { background: #111 }</style>'
    picture = base64.b64encode(begun["qr_svg"].encode()).decode()
    # In a page as it is, and as a picture of its own.
    for drawn in (begun["qr_svg"], f'<img src="data:image/svg+xml;base64,{picture}">'):
        page.write_text(f"<!DOCTYPE html>{dark}<body>{drawn}")
        browser.open(page.as_uri())
        assert read_code(browser.driver.get_screenshot_as_png()) == begun["otpauth_url"]
    found = pyotp.parse_uri(begun["otpauth_url"])
    assert isinstance(found, pyotp.TOTP)
    assert (found.secret, found.name, found.issuer) == (begun["secret"], email, "Bücher Töne & Co")
    assert (found.digits, found.interval, found.digest().name) == (6, 30, "sha1")
    assert len(base64.b32decode(begun["secret"])) == 20
    answer = client.post("/api/auth/mfa/totp/confirm", {"code": found.now()})
    assert answer.status == 200, answer


def test_without_the_library_there_is_no_picture_and_all_else(build, tmp_path: pathlib.Path) -> None:
    """A file that is no library stands in for the one that is missing."""
    (tmp_path / "libqrencode.so.4").write_text("no library\n")
    site = build(NginxSite, settings={**SETTINGS, "LD_LIBRARY_PATH": str(tmp_path)})
    person = site.register()
    begun = person.client.post("/api/auth/mfa/totp")
    assert begun.status == 200 and begun.json["qr_svg"] is None and begun.json["otpauth_url"], begun
    assert "install the package libqrencode4" in site.postern.log.read_text()
    enrolled = enrol(person)
    client: Client = site.client()
    answer = second_step(client, first_step(client, Person(person.email, person.password, client)), enrolled.app.code())
    assert answer.status == 200, answer
