"""Whatever somebody brings along and however they ask, they end somewhere, with the status that fits, and are never led
in a circle: every state of a browser, every kind of request, both web servers."""

import time
import typing
import urllib.parse

import pytest

from rig.client import BROWSER, Answer, Client
from rig.people import ACCESS, REFRESH, again, browser_with, changed, expired
from rig.site import LighttpdSite, NginxSite, Site
from rig.visit import visit

NGINX = """
server {
    listen 127.0.0.1:{port2};
    root {www};
    include postern/postern-api.conf;
    include postern/postern-verify.conf;
    location ^~ /private/ { set $auth_require "signed-in"; include postern/postern-protect.conf; }
    location ^~ /app/ {
        set $auth_require "signed-in"; include postern/postern-protect.conf;
        include postern/postern-proxy-headers.conf; proxy_pass http://app/app/;
    }
    location ^~ /app/admin/ {
        set $auth_require "role=admin"; include postern/postern-protect.conf;
        include postern/postern-proxy-headers.conf; proxy_pass http://app/app/admin/;
    }
    location ^~ /app/recent/ {
        set $auth_require "age<=900"; include postern/postern-protect.conf;
        include postern/postern-proxy-headers.conf; proxy_pass http://app/app/recent/;
    }
}
"""
LIGHTTPD = """
$HTTP["url"] =^ "/private/recent/" {
    setenv.add-environment = ( "AUTH_REQUIRE" => "age<=900" )
    include "postern/postern-protect.conf"
    cgi.assign = ( ".cgi" => "" )
}
"""


class Place(typing.NamedTuple):
    """A site, and its pages that take every method."""

    site: Site
    port: int
    signed_in: str
    admin: str
    recent: str


@pytest.fixture(scope="module", params=["nginx", "lighttpd"])
def place(request, workspace) -> typing.Iterator[Place]:
    folder = workspace / f"no-loop-{request.param}"
    if request.param == "nginx":
        site = NginxSite(folder, site=NGINX)
        yield Place(site, site.port2, "/app/x?a=1&b=2", "/app/admin/x?a=1", "/app/recent/x?a=1")
    else:
        site = LighttpdSite(folder, more=LIGHTTPD)
        for part in ("admin", "recent"):
            (site.www / "private" / part).mkdir(exist_ok=True)
            (site.www / "private" / part / "show.cgi").write_text((site.www / "private/show.cgi").read_text())
            (site.www / "private" / part / "show.cgi").chmod(0o755)
        cgi = "show.cgi?a=1&b=2"
        yield Place(site, site.port, f"/private/{cgi}", f"/private/admin/{cgi}", f"/private/recent/{cgi}")
    site.stop()


# What a browser has: its cookies, and which page it asks for.


def nothing(place: Place) -> tuple[dict[str, str], str]:
    return {}, place.signed_in


def expired_access(place: Place) -> tuple[dict[str, str], str]:
    return {ACCESS: expired(place.site.register().client.cookies[ACCESS])}, place.signed_in


def revoked_session(place: Place) -> tuple[dict[str, str], str]:
    person = place.site.register()
    cookies = dict(person.client.cookies)
    assert person.client.post("/api/auth/logout").status == 200
    return cookies, place.signed_in


def other_role(place: Place) -> tuple[dict[str, str], str]:
    return dict(place.site.register().client.cookies), place.admin


def other_role_and_refresh_alone(place: Place) -> tuple[dict[str, str], str]:
    return {REFRESH: place.site.register().client.cookies[REFRESH]}, place.admin


def step_up(place: Place) -> tuple[dict[str, str], str]:
    cookies = dict(place.site.register().client.cookies)
    return cookies | {ACCESS: changed(cookies[ACCESS], auth_time=int(time.time()) - 3600)}, place.recent


def refresh_alone(place: Place) -> tuple[dict[str, str], str]:
    return {REFRESH: place.site.register().client.cookies[REFRESH]}, place.signed_in


def expired_access_and_refresh(place: Place) -> tuple[dict[str, str], str]:
    cookies = dict(place.site.register().client.cookies)
    return cookies | {ACCESS: expired(cookies[ACCESS])}, place.signed_in


def garbage(place: Place) -> tuple[dict[str, str], str]:
    return {ACCESS: "x.y.z", REFRESH: '"{}"'}, place.signed_in


def two_sessions(place: Place) -> tuple[dict[str, str], str]:
    """As a sibling host would toss a cookie: the same name twice. (Put into one, as a dictionary knows a name once.)"""
    one, other = (place.site.register().client.cookies for _ in range(2))
    return {ACCESS: f"{one[ACCESS]}; {ACCESS}={other[ACCESS]}", REFRESH: one[REFRESH]}, place.signed_in


def signed_in(place: Place) -> tuple[dict[str, str], str]:
    return dict(place.site.register().client.cookies), place.signed_in


# Each state, and whether it ends signed out, refused, asked for the password again, or at the page.
STATES = [
    (nothing, "login"),
    (expired_access, "login"),
    (revoked_session, "login"),
    (garbage, "login"),
    (two_sessions, "login"),
    (step_up, "step-up"),
    (other_role, "forbidden"),
    (other_role_and_refresh_alone, "forbidden"),
    (refresh_alone, "page"),
    (expired_access_and_refresh, "page"),
    (signed_in, "page"),
]


def assert_login_page(answer: Answer, path: str, wanted: str, *, step_up: bool) -> None:
    assert answer.status == 200, answer
    address = urllib.parse.urlsplit(path)
    query = urllib.parse.parse_qs(address.query)
    assert address.path == "/auth/login" and query["next"] == [wanted], path
    assert query.get("step_up") == (["1"] if step_up else None), path


@pytest.mark.parametrize("state, end", STATES, ids=[state.__name__ for state, _ in STATES])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_page_view_ends_at_a_page(place: Place, state, end: str, method: str) -> None:
    cookies, path = state(place)
    for site in ("none", "same-origin", "cross-site"):
        client = Client(place.port)
        client.cookies = dict(cookies)
        steps = visit(client, method, path, site=site)
        last = steps[-1]
        if method == "HEAD" and site == "cross-site":
            # The page that would load the address once more has no body, so nothing leads on.
            assert last.answer.status == 401, steps
        elif end == "page":
            assert (last.path, last.answer.status) == (path, 200), steps
        elif end == "forbidden":
            assert (last.path, last.answer.status) == (path, 403), steps
        else:
            assert_login_page(last.answer, last.path, path, step_up=end == "step-up")


@pytest.mark.parametrize("state, end", STATES, ids=[state.__name__ for state, _ in STATES])
def test_form_ends_where_it_was_sent(place: Place, state, end: str) -> None:
    """A redirect would lose what was filled in."""
    cookies, path = state(place)
    for site in ("same-origin", "cross-site"):
        client = Client(place.port)
        client.cookies = dict(cookies)
        [step] = visit(client, "POST", path, body="text=long", site=site)
        expected = {"login": 401, "step-up": 401, "forbidden": 403, "page": 200}[end]
        assert step.answer.status == (401 if site == "cross-site" else expected), step
        if step.answer.status != 200:
            assert step.answer.header("Content-Type").startswith("text/html")


KINDS = {
    "fetch": {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"},
    "picture": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Accept": "image/avif,image/webp,*/*;q=0.8"},
    "program": {"Accept": "*/*"},
}


@pytest.mark.parametrize("state, end", STATES, ids=[state.__name__ for state, _ in STATES])
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_no_page_view_is_answered_in_json_at_once(place: Place, state, end: str, kind: str) -> None:
    cookies, path = state(place)
    for method in ("GET", "HEAD", "POST"):
        client = Client(place.port)
        client.cookies = dict(cookies)
        site = {"Sec-Fetch-Site": "same-origin"} if "Sec-Fetch-Mode" in KINDS[kind] else {}
        answer = client.request(method, path, headers=KINDS[kind] | site)
        assert answer.status == {"login": 401, "step-up": 401, "forbidden": 403, "page": 200}[end], answer
        assert answer.onward is None
        if end != "page":
            assert answer.header("Content-Type") == "application/json"
            if method != "HEAD":
                assert answer.json["login_url"] == f"{place.site.url}/auth/login"


@pytest.mark.parametrize("state", [state for state, end in STATES if end != "page"], ids=lambda state: state.__name__)
def test_whoever_then_signs_in_arrives(place: Place, state) -> None:
    """At the login page with whatever the browser has brought: the right password is enough, and the page opens."""
    cookies, path = state(place)
    person = place.site.add(role="admin")
    # The form posts to the site that Postern knows as its own.
    client = browser_with(place.site, cookies)
    form = {"email": person.email, "password": person.password, "next": path}
    answer = client.submit("/auth/login", form)
    assert client.arrive(answer) == path, answer
    client.port, client.connection.port = place.port, place.port
    client.connection.close()
    if state is two_sessions:
        # The login has replaced the cookie of this host. The tossed one is still there, but its session has ended.
        client.cookies[ACCESS] += f"; {ACCESS}=" + cookies[ACCESS].rpartition("=")[2]
    steps = visit(client, "GET", path, site="same-origin")
    assert [(step.path, step.answer.status) for step in steps] == [(path, 200)]


def test_old_browser_without_fetch_metadata_is_led_to_the_login_page_once(place: Place) -> None:
    answer = Client(place.port, BROWSER).get(place.signed_in)
    assert answer.status == 302
    page = Client(place.port, BROWSER).get(answer.header("Location"))
    assert page.status == 200 and page.onward is None


def test_login_page_of_somebody_who_is_signed_in_leads_nowhere_by_itself(place: Place) -> None:
    """A page that sent them on at once could send them in a circle, where the page that they wanted refuses them."""
    person = place.site.register()
    client = browser_with(place.site, person.client.cookies)
    for path in ("/auth/login", f"/auth/login?next={urllib.parse.quote(place.admin)}", "/auth/register"):
        answer = client.view(path)
        assert (answer.status, answer.onward) == (200, None)
    assert person.email in client.view("/auth/login").text
    assert again(place.site, person).client.view("/auth/account").status == 200
