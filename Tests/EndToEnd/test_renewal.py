"""A static site without any script stays signed in: a page of thirty pictures, an access token of two seconds, and a
browser that loads the page again and again. With nginx handing fresh access cookies to the browser, with an nginx that
does not, and with lighttpd, which cannot."""

import concurrent.futures
import pathlib
import random
import struct
import tempfile
import time
import zlib

import pytest

from rig.browser import Browser
from rig.people import ACCESS, REFRESH, browser_with, claims_of
from rig.site import LighttpdSite, NginxSite, Site

SETTINGS = {"JWT_ACCESS_TOKEN_EXPIRES": "2"}
PICTURES = 30
# Three browsers at once, for a minute each.
SECONDS = 60

# A server as guides show it: it asks, and hands nothing on.
WITHOUT_RELAY = """
server {
    listen 127.0.0.1:{port2};
    root {www};
    include postern/postern-api.conf;
    location ^~ /private/ {
        auth_request /.ask;
        error_page 401 403 = @refused;
        add_header Cache-Control "private, no-store" always;
    }
    location = /.ask {
        internal;
        include postern/postern-params.conf;
        fastcgi_pass_request_body off;
        fastcgi_param SCRIPT_NAME /api/auth/verify;
        fastcgi_param AUTH_REQUIRE signed-in;
        fastcgi_pass postern;
    }
    location @refused {
        include postern/postern-params.conf;
        fastcgi_pass_request_body off;
        fastcgi_param SCRIPT_NAME /api/auth/challenge;
        fastcgi_param AUTH_REQUIRE signed-in;
        fastcgi_pass postern;
    }
}
"""


def picture(shade: int) -> bytes:
    """A PNG of one grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes([0, shade]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def lay_out_album(www: pathlib.Path) -> None:
    album = www / "private/album"
    album.mkdir()
    for number in range(PICTURES):
        (album / f"{number}.png").write_bytes(picture(number * 8))
    pictures = "".join(f'<img src="{number}.png" alt="">' for number in range(PICTURES))
    head = '<!doctype html><meta charset="utf-8"><title>The album</title><link rel="icon" href="data:,">'
    (album / "index.html").write_text(f"{head}<h1>The album</h1>{pictures}")


@pytest.fixture(scope="module")
def nginx(workspace) -> NginxSite:
    made = NginxSite(workspace / "album-nginx", SETTINGS, site=WITHOUT_RELAY)
    lay_out_album(made.www)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def lighttpd(workspace) -> LighttpdSite:
    made = LighttpdSite(workspace / "album-lighttpd", SETTINGS)
    lay_out_album(made.www)
    yield made
    made.stop()


BROKEN = """
return [document.images.length, [...document.images].filter(i => !i.complete || i.naturalWidth === 0).map(i => i.src)]
"""


def look_at_album(folder: pathlib.Path, site: Site, port: int) -> tuple[int, list[str], dict[str, str]]:
    """Signs in and loads the album again and again. Returns how often, each access cookie that the browser had, and the
    cookies that it began with."""
    person = site.register()
    browser = Browser(folder)
    # By the moments at which this one reloads: sometimes the token still lives, mostly it does not.
    chance = random.Random(port)
    try:
        browser.open(f"{site.url}/auth/login?next=/private/album/")
        browser.fill(email=person.email, password=person.password)
        browser.press()
        browser.wait_for(lambda: "The album" in browser.text, "the album")
        first = browser.cookies
        # Cookies know no ports: the other server of this host gets the same.
        address = f"http://127.0.0.1:{port}/private/album/"
        loads, seen, end = 0, [], time.monotonic() + SECONDS
        while time.monotonic() < end:
            browser.open(address)
            loads += 1
            assert browser.url == address, f"load {loads}: {browser.text}"
            assert browser.driver.execute_script(BROKEN) == [PICTURES, []], f"load {loads}"
            cookies = browser.cookies
            seen.append(cookies[ACCESS])
            assert cookies[REFRESH] == first[REFRESH]
            time.sleep(chance.uniform(0.5, 2.5))
        assert browser.complaints() == []
    finally:
        browser.close()
    return loads, seen, first


@pytest.mark.timeout(240)
def test_page_of_thirty_pictures_stays_signed_in_for_a_minute(
    nginx: NginxSite, lighttpd: LighttpdSite, workspace: pathlib.Path
) -> None:
    places = {"relay": (nginx, nginx.port), "no relay": (nginx, nginx.port2), "lighttpd": (lighttpd, lighttpd.port)}
    with concurrent.futures.ThreadPoolExecutor(len(places)) as pool:
        looking = {
            name: pool.submit(look_at_album, pathlib.Path(tempfile.mkdtemp(dir=workspace)), site, port)
            for name, (site, port) in places.items()
        }
        seen = {name: looked.result() for name, looked in looking.items()}
    for name, (loads, access, first) in seen.items():
        assert loads >= 4, name
        issued = [claims_of(token)["iat"] for token in access]
        if name == "relay":
            assert len(set(access)) >= 3, "the browser was given fresh cookies"
            assert issued == sorted(issued)
        else:
            assert set(access) == {first[ACCESS]}, name
        # No question has rotated the refresh token: it is the first generation still.
        assert claims_of(first[REFRESH])["generation"] == 1
        client = browser_with(places[name][0], {REFRESH: first[REFRESH]})
        assert client.post("/api/auth/token/refresh").status == 200
        assert claims_of(client.cookies[REFRESH])["generation"] == 2, name
    # The one refresh of each that this test has made.
    for site, count in ((nginx, 2), (lighttpd, 1)):
        assert site.postern.log_since(0).count("/api/auth/token/refresh") == count


def test_fresh_cookie_comes_with_pages_of_every_kind_and_only_when_it_is_needed(nginx: NginxSite) -> None:
    person = nginx.register()
    assert person.client.get("/private/album/").cookies == {}
    refresh = {REFRESH: person.client.cookies[REFRESH]}
    for path, status in (("/private/album/0.png", 200), ("/private/missing", 404), ("/app/x", 200)):
        answer = browser_with(nginx, refresh).get(path)
        assert answer.status == status
        assert set(answer.cookies) == {ACCESS}
        claims = claims_of(answer.cookies[ACCESS])
        assert claims["session_id"] == claims_of(refresh[REFRESH])["session_id"]
        assert claims["auth_time"] == claims_of(refresh[REFRESH])["auth_time"]
        assert claims["exp"] - claims["iat"] <= 2
