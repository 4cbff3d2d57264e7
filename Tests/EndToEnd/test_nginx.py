"""The shipped nginx files before a real Postern: who gets in, who does not, and what the application learns."""

import concurrent.futures
import pathlib
import typing
import urllib.parse

import pytest

from rig.client import Answer, Form, raw
from rig.site import NginxSite


@pytest.fixture(scope="module")
def site(workspace: pathlib.Path, nginx_program: pathlib.Path | None) -> typing.Iterator[NginxSite]:
    """The shipped site before the installed nginx, and before a newer one."""
    folder = workspace / ("nginx-installed" if nginx_program is None else "nginx-newer")
    made = NginxSite(folder, program=nginx_program)
    yield made
    made.stop()


QUERY = "a=1&b=2%262&next=%2Felsewhere"


def next_of(location: str | None) -> str:
    """The page to come back to, out of the address of the login page."""
    assert location is not None
    found = urllib.parse.urlsplit(location)
    assert (found.scheme, found.netloc, found.path) == ("", "", "/auth/login"), location
    return urllib.parse.parse_qs(found.query)["next"][0]


def test_open_page_is_open(site: NginxSite) -> None:
    assert "The demo site" in site.client().get("/").text


@pytest.mark.parametrize(
    "path", ["/private/", "/private/file.txt", f"/private/file.txt?{QUERY}", "/app/", "/app/x/y?z"]
)
def test_page_view_is_sent_to_the_login_page_with_the_whole_address(site: NginxSite, path: str) -> None:
    answer = site.client().view(path)
    assert answer.status == 302
    assert next_of(answer.header("Location")) == path
    assert "private file" not in answer.text


def test_head_of_a_page_is_sent_to_the_login_page(site: NginxSite) -> None:
    answer = site.client(Accept="text/html").request("HEAD", "/private/")
    assert answer.status == 302
    assert next_of(answer.header("Location")) == "/private/"


@pytest.mark.parametrize("path", ["/private/", "/private/file.txt", "/app/data", "/private/not-there"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_program_gets_401_and_json(site: NginxSite, method: str, path: str) -> None:
    answer = site.client(Accept="application/json").request(method, path, b"x" if method != "GET" else None)
    assert answer.status == 401
    assert answer.json["login_url"].endswith("/auth/login") or "/auth/login?" in answer.json["login_url"]


def test_form_post_of_a_page_gets_a_page_and_no_redirect(site: NginxSite) -> None:
    answer = site.client().submit("/app/save", {"text": "long"})
    assert answer.status == 401
    assert answer.header(
        "Content-Type",
    ).startswith("text/html")
    assert answer.header("Location") is None


def test_login_form_comes_back_to_the_page_with_its_query(site: NginxSite) -> None:
    person = site.register()
    client = site.client()
    wanted = f"/private/file.txt?{QUERY}"
    login = client.view(wanted).header("Location")
    page = client.view(login)
    assert page.status == 200
    form = Form(page.text)
    assert form.method == "post"
    answer = client.submit(
        form.action or login,
        form.fields | {"email": person.email, "password": person.password},
        Referer=site.url + login,
    )
    assert client.arrive(answer) == wanted, answer
    assert client.view(wanted).text == "a private file\n"


def test_wrong_password_in_the_form_shows_the_form_again(site: NginxSite) -> None:
    person = site.register()
    client = site.client()
    form = Form(client.view("/auth/login?next=/private/").text)
    answer = client.submit(
        form.action or "/auth/login", form.fields | {"email": person.email, "password": "wrong horse"}
    )
    assert answer.status in (401, 422, 400)
    assert Form(answer.text).fields.get("next") == "/private/" or "next=" in Form(answer.text).action
    assert client.view("/private/").status == 302


def test_application_is_told_who_it_is(site: NginxSite) -> None:
    person = site.register(first_name="Ann", last_name="Müller")
    told = dict(person.client.get("/app/page?q=1", Accept="application/json").json["headers"])
    assert told["X-Auth-User"] == person.email
    assert told["X-Auth-User-Id"].isdigit()
    assert told["X-Auth-Session"]
    assert told["X-Auth-Name"].encode("latin-1").decode() == "Ann Müller"


def test_application_is_told_the_role(site: NginxSite) -> None:
    boss = site.add(role="admin")
    told = dict(boss.client.get("/app/", Accept="application/json").json["headers"])
    assert told["X-Auth-Role"] == "admin"


def test_application_gets_method_body_and_query(site: NginxSite) -> None:
    answer = site.register().client.request("PUT", "/app/a%20b?x=%2F", b"body", {"Accept": "application/json"})
    assert answer.json["path"] == "/app/a%20b?x=%2F"


@pytest.mark.parametrize(
    "cookies, left",
    [
        ("{a}; {r}", None),
        ("one=1; {a}; two=2; {r}; three=3", "one=1; two=2; three=3"),
        ("{a}; one=1; {r}", "one=1"),
        ("one=1;{a};two=2;{r}", "one=1;two=2"),
        ("{r}; {a}; __Host-access_token_cookie=x; __Host-refresh_token_cookie=y; one=1", "one=1"),
        ("{p}; one=1; {a}; {r}", "one=1"),
        ("{r}; {a}; {p}; __Host-access_token_cookie=x; __Host-refresh_token_cookie=y; __Host-{p}; one=1", "one=1"),
        ("my_access_token_cookies=1; {a}; my_{p}", "my_access_token_cookies=1; my_{p}"),
        ("one=1; postern_trusted=x; {a}; postern_sign_in=y.z; {r}; {p}; two=2", "one=1; two=2"),
        ("__Host-postern_trusted=x; one=1; {a}; __Host-postern_sign_in=y; postern_other=3", "one=1; postern_other=3"),
        # Blanks by the thousand: what is taken out has to be found in linear time.
        ("one=1; {a}; two=" + 5000 * " " + "x", "one=1; two=" + 5000 * " " + "x"),
        # More than any browser of ours would send: then nothing at all goes on.
        ("one=1; {a}; {r}; {a}; {r}; {a}; {a}; {a}; {a}; {p}", None),
    ],
)
def test_cookies_of_postern_are_not_passed_on(site: NginxSite, cookies: str, left: str | None) -> None:
    person = site.register()
    named = {name[0]: f"{name}={value}" for name, value in person.client.cookies.items()}
    sent = cookies.format(**named)
    answer = person.client.get("/app/", Accept="application/json", Cookie=sent)
    told = {name: value for name, value in answer.json["headers"]}
    assert told.get("Cookie") == (left and left.format(**named))


def test_token_in_the_authorization_field_is_not_passed_on(site: NginxSite) -> None:
    person = site.register()
    token = person.client.cookies["access_token_cookie"]
    answer = site.client().get("/app/", Accept="application/json", Authorization=f"Bearer {token}")
    assert "Authorization" not in dict(answer.json["headers"])
    assert token not in answer.text


def test_logout_closes_everything_at_once_for_kept_connections_too(site: NginxSite) -> None:
    person = site.register()
    kept = site.client()
    kept.cookies = dict(person.client.cookies)
    for path in ("/private/file.txt", "/app/"):
        assert kept.get(path).status == 200
    assert person.client.post("/api/auth/logout").status == 200
    for path in ("/private/file.txt", "/app/"):
        assert kept.get(path).status == 401
    assert kept.get("/api/auth/check-auth").status == 401
    assert person.client.cookies.keys() == {"postern_browser"}


def test_role_is_demanded_per_location(site: NginxSite) -> None:
    person, boss = site.register(), site.add(role="admin")
    for path in ("/private/admin/", "/private/admin/file.txt", "/app/admin/", "/app/admin/x"):
        assert person.client.get(path).status == 403, path
        assert boss.client.get(path).status == 200, path
        assert site.client().get(path).status == 401, path


def test_refused_page_view_is_a_page_and_never_a_loop(site: NginxSite) -> None:
    answer = site.register().client.view("/private/admin/")
    assert answer.status == 403
    assert answer.header("Content-Type").startswith("text/html")
    assert answer.header("Location") is None


def test_refusal_of_nginx_itself_is_no_login(site: NginxSite) -> None:
    answer = site.register().client.view("/private/no-index/")
    assert answer.status == 403
    assert answer.header("Location") is None
    assert answer.header("X-Auth-Error") == "server"


@pytest.mark.parametrize("path", ["/private/file.txt", "/app/", "/private/missing"])
def test_protected_answers_are_never_cacheable(site: NginxSite, path: str) -> None:
    person = site.register()
    for client in (person.client, site.client()):
        values = ", ".join(client.get(path).all("Cache-Control"))
        assert "no-store" in values
        assert "public" not in values


@pytest.mark.parametrize("question", ["verify", "challenge"])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_questions_of_nginx_are_closed_to_everybody(site: NginxSite, question: str, method: str) -> None:
    person = site.register()
    for path in (
        f"/api/auth/{question}",
        f"/api/auth/%76{question[1:]}" if question == "verify" else f"/api//auth/{question}",
    ):
        answer = person.client.request(method, path, headers={"Auth-Require": "signed-in", "AUTH-REQUIRE": "signed-in"})
        assert answer.status == 404
        assert not [name for name, _ in answer.headers if name.lower().startswith("x-auth-")]
    assert person.client.request(method, "/.postern/verify").status == 404


def test_while_postern_is_down_nothing_is_open(build, nginx_program) -> None:
    site = build(NginxSite, program=nginx_program)
    person = site.register()
    assert person.client.get("/private/file.txt").status == 200
    site.postern.stop()
    answer = person.client.get("/private/file.txt")
    assert answer.status == 500
    assert "private file" not in answer.text
    assert site.client().get("/").status == 200
    site.postern.start()
    assert person.client.get("/private/file.txt").status == 200


def test_expired_access_token_is_renewed_on_the_way(site: NginxSite) -> None:
    """With nothing but a refresh cookie the page opens, and the browser gets a fresh access cookie along with it."""
    person = site.register()
    refresh = {"refresh_token_cookie": person.client.cookies["refresh_token_cookie"]}
    client = site.client()
    client.cookies = dict(refresh)
    page = client.get("/private/file.txt")
    assert page.status == 200
    assert set(page.cookies) == {"access_token_cookie"}
    assert page.header("Cache-Control") == "private, no-store"
    assert page.header("X-Auth-Set-Cookie") is None
    assert client.get("/api/auth/check-auth").json["user"]["email"] == person.email
    told = site.client().get("/app/", Accept="application/json", Cookie="refresh_token_cookie=" + refresh.popitem()[1])
    fields = dict(told.json["headers"])
    assert fields["X-Auth-User"] == person.email
    assert "Cookie" not in fields and "X-Auth-Set-Cookie" not in fields


def test_twenty_files_of_one_page_do_not_race(site: NginxSite) -> None:
    """A subrequest never rotates the refresh token, so none of them can make another one old."""
    person = site.register()
    refresh = person.client.cookies["refresh_token_cookie"]

    def fetch(_: int) -> Answer:
        return site.client().get("/private/file.txt", Cookie=f"refresh_token_cookie={refresh}")

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        assert [answer.status for answer in pool.map(fetch, range(20))] == [200] * 20
    assert person.client.post("/api/auth/token/refresh").status == 200


UPLOADS = """
server {
    listen 127.0.0.1:{port2};
    client_max_body_size 100m;
    include postern/postern-api.conf;
    include postern/postern-verify.conf;
    location ^~ /upload/ {
        set $auth_require "signed-in";
        include postern/postern-protect.conf;
        include postern/postern-proxy-headers.conf;
        proxy_pass http://app/app/;
    }
    location ^~ /upload/admin/ { set $auth_require "role=admin"; include postern/postern-protect.conf; }
}
"""


def test_uploads_of_strangers_are_not_kept_on_disk(build, nginx_program) -> None:
    site = build(NginxSite, site=UPLOADS, program=nginx_program)
    person = site.register()
    large = b"x" * 20_000_000
    for client, path, status in (
        (site.client(), "/upload/file", 401),
        (person.client, "/upload/admin/file", 403),
        (person.client, "/upload/file", 200),
    ):
        client.connection.port = site.port2
        client.connection.close()
        answer = client.post(path, large, Accept="application/json")
        assert answer.status == status, answer
        kept = site.error_log.read_text().count("is buffered to a temporary file")
        assert kept == (1 if status == 200 else 0)
        if status != 200:
            assert answer.json["login_url"] == "/auth/login"
            assert answer.header("Cache-Control") == "private, no-store"


def test_client_that_pipelines_is_judged_for_each_request(site: NginxSite) -> None:
    person = site.register()
    cookie = person.client.cookies["access_token_cookie"]
    with_cookie = f"GET /private/file.txt HTTP/1.1\r\nHost: x\r\nCookie: access_token_cookie={cookie}\r\n\r\n"
    without = "GET /private/file.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = raw(site.port, (with_cookie + without).encode()).decode()
    assert answer.count("a private file") == 1
    assert "HTTP/1.1 401" in answer


NAMED = """
server {
    listen 127.0.0.1:{port2};
    root {www};
    include postern/postern-api.conf;
    include postern/postern-verify.conf;
    location ^~ /private/ {
        set $auth_require "signed-in";
        include postern/postern-protect.conf;
        include postern/postern-identity.conf;
        add_header X-Passed "$auth_user $auth_role" always;
    }
}
"""


def test_location_without_an_application_can_name_the_person(build) -> None:
    site = build(NginxSite, site=NAMED)
    person = site.add(role="admin")
    for client, passed in ((person.client, f"{person.email} admin"), (site.client(), None)):
        client.connection.port = site.port2
        client.connection.close()
        answer = client.get("/private/file.txt", **{"X-Auth-User": "forged@example.com"})
        assert (answer.status, answer.header("X-Passed")) == (200 if passed else 401, passed), answer
