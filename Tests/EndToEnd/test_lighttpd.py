"""The shipped lighttpd files before a real Postern: static files and CGI are protected, and nothing is proxied."""

import pathlib
import re
import urllib.parse

import pytest

from rig.client import Form
from rig.site import LighttpdSite
from webserver_files import ROOT


def environment(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def test_open_page_is_open(lighttpd_site: LighttpdSite) -> None:
    assert "The demo site" in lighttpd_site.client().get("/").text


@pytest.mark.parametrize("path", ["/private/", "/private/file.txt?a=1&b=2", "/private/show.cgi", "/private/missing"])
def test_page_view_is_sent_to_the_login_page_with_the_whole_address(lighttpd_site: LighttpdSite, path: str) -> None:
    answer = lighttpd_site.client().view(path)
    assert answer.status == 302
    location = urllib.parse.urlsplit(answer.header("Location"))
    assert location.path == "/auth/login"
    assert urllib.parse.parse_qs(location.query)["next"] == [path]


@pytest.mark.parametrize("path", ["/private/", "/private/file.txt", "/private/show.cgi", "/private/missing"])
def test_program_gets_401_and_json(lighttpd_site: LighttpdSite, path: str) -> None:
    for method in ("GET", "POST"):
        answer = lighttpd_site.client(Accept="application/json").request(method, path)
        assert answer.status == 401
        assert "/auth/login" in answer.json["login_url"]


def test_login_form_comes_back_to_the_page_with_its_query(lighttpd_site: LighttpdSite) -> None:
    person = lighttpd_site.register()
    client = lighttpd_site.client()
    wanted = "/private/file.txt?a=1&b=2"
    login = client.view(wanted).header("Location")
    form = Form(client.view(login).text)
    answer = client.submit(form.action or login, form.fields | {"email": person.email, "password": person.password})
    assert client.arrive(answer) == wanted, answer
    assert client.view(wanted).text == "a private file\n"


def test_cgi_program_is_told_who_it_is(lighttpd_site: LighttpdSite) -> None:
    boss = lighttpd_site.add(role="admin")
    answer = boss.client.get(
        "/private/show.cgi/more?q=1", X_Auth_User="evil@example.com", Remote_User="evil@example.com"
    )
    told = environment(answer.text)
    assert told["REMOTE_USER"] == told["AUTH_USER"] == boss.email
    assert told["AUTH_ROLE"] == "admin"
    assert told["AUTH_USER_ID"].isdigit()
    assert told["AUTH_SESSION"]
    assert (told["PATH_INFO"], told["QUERY_STRING"]) == ("/more", "q=1")


def test_client_cannot_say_what_is_demanded(lighttpd_site: LighttpdSite) -> None:
    forged = {"Auth-Require": "signed-in", "AUTH_REQUIRE": "signed-in", "Auth_Require": "signed-in"}
    answer = lighttpd_site.client().request("GET", "/private/file.txt", headers=forged)
    assert answer.status == 401
    person = lighttpd_site.register()
    assert person.client.request("GET", "/private/admin/file.txt", headers=forged).status == 403


def test_role_is_demanded_per_folder(lighttpd_site: LighttpdSite) -> None:
    person, boss = lighttpd_site.register(), lighttpd_site.add(role="admin")
    assert person.client.get("/private/file.txt").status == 200
    assert person.client.get("/private/admin/file.txt").status == 403
    assert person.client.view("/private/admin/").status == 403
    assert boss.client.get("/private/admin/file.txt").status == 200


def test_logout_closes_it_at_once(lighttpd_site: LighttpdSite) -> None:
    person = lighttpd_site.register()
    kept = lighttpd_site.client()
    kept.cookies = dict(person.client.cookies)
    assert kept.get("/private/file.txt").status == 200
    assert person.client.post("/api/auth/logout").status == 200
    assert kept.get("/private/file.txt").status == 401


def test_refresh_cookie_alone_opens_the_page_too(lighttpd_site: LighttpdSite) -> None:
    """lighttpd hands no fresh cookie to the browser; so it is found out again each time, and works all the same."""
    person = lighttpd_site.register()
    cookie = f"refresh_token_cookie={person.client.cookies['refresh_token_cookie']}"
    for _ in range(3):
        answer = lighttpd_site.client().get("/private/file.txt", Cookie=cookie)
        assert (answer.status, answer.cookies) == (200, {})


def test_api_and_pages_answer_under_their_addresses(lighttpd_site: LighttpdSite) -> None:
    person = lighttpd_site.register()
    assert person.client.get("/api/auth/user/@me").json["user"]["email"] == person.email
    assert person.client.view("/auth/account").status == 200
    assert lighttpd_site.client().get("/api/auth/nothing").status == 404


@pytest.mark.parametrize("path", ["/api/auth/verify", "/api/auth/challenge", "/api/auth/%76erify", "/api/auth//verify"])
def test_questions_of_web_servers_are_closed(lighttpd_site: LighttpdSite, path: str) -> None:
    answer = lighttpd_site.register().client.get(path)
    assert answer.status in (403, 404)
    assert answer.header("X-Auth-User") is None


def test_protected_answers_are_never_cacheable(lighttpd_site: LighttpdSite) -> None:
    person = lighttpd_site.register()
    for client in (person.client, lighttpd_site.client()):
        for path in ("/private/file.txt", "/private/show.cgi"):
            assert "no-store" in (client.get(path).header("Cache-Control") or ""), path


@pytest.mark.parametrize(
    "path",
    [
        "//private/file.txt", "/./private/file.txt", "/x/../private/file.txt", "/x/%2e%2e/private/file.txt",
        "/%70rivate/file.txt", "/private%2Ffile.txt", "/private/%2e/file.txt", "/private/../private/file.txt",
        "/private/file.txt/", "/private/file.txt%00", "/private/%zz/../file.txt", "/private/;/../file.txt",
        "/PRIVATE/file.txt", "/private\\file.txt", "/auth/../private/file.txt", "/api/auth/..%2f..%2fprivate/file.txt",
    ],
)  # fmt: skip
def test_threat_02_spellings_of_an_address_open_nothing(lighttpd_site: LighttpdSite, path: str) -> None:
    answer = lighttpd_site.client().get(path)
    assert answer.status >= 400
    assert "a private file" not in answer.text


# In one server: what a block must not do (a demand forgotten), and what it cannot do (an application proxied).
WRONG = """
server.modules += ( "mod_proxy" )
$HTTP["url"] =^ "/private/forgotten/" {
    setenv.add-environment = ()
    include "postern/postern-protect.conf"
}
$HTTP["url"] =^ "/private/misspelt/" {
    setenv.add-environment = ( "AUTH_REQUIRE" => "signd-in" )
    include "postern/postern-protect.conf"
}
"""


def test_threat_33_block_that_lost_its_demand_refuses_everyone(build) -> None:
    site = build(LighttpdSite, more=WRONG)
    boss = site.add(role="admin")
    for place in ("forgotten", "misspelt"):
        (site.www / "private" / place).mkdir()
        (site.www / "private" / place / "file.txt").write_text("a private file\n")
        answer = boss.client.get(f"/private/{place}/file.txt")
        assert answer.status == 403, answer
        assert "a private file" not in answer.text


def test_shipped_files_proxy_nothing() -> None:
    """lighttpd cannot ask before mod_proxy and its like answer; so no shipped file uses one anywhere."""
    for file in pathlib.Path(ROOT / "lighttpd").glob("*.conf"):
        code = "\n".join(line.partition("#")[0] for line in file.read_text().splitlines())
        assert not re.search(r"mod_(proxy|scgi|ajp13|sockproxy|wstunnel|uwsgi)|\b(proxy|scgi)\.server", code), file


def test_while_postern_is_down_nothing_is_open(build) -> None:
    site = build(LighttpdSite)
    person = site.register()
    site.postern.stop()
    answer = person.client.get("/private/file.txt")
    assert answer.status in (500, 502, 503)
    assert "a private file" not in answer.text
