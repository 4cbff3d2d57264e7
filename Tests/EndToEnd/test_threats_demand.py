"""What a location demands of people can get lost on the way; then nobody gets in. Row 33 of the threats in
docs/security.md."""

import pytest

from rig.site import NginxSite

# Two servers with the shipped files: one that sets a demand for all its locations, which nginx does again inside the
# subrequest, and one with every way in which a location can lose its demand.
LOST = """
server {
    listen 127.0.0.1:{port2};
    server_name all;
    root {www};
    set $auth_require "signed-in";
    include postern/postern-api.conf;
    include postern/postern-verify.conf;
    location ^~ /private/ { include postern/postern-protect.conf; }
    location ^~ /private/admin/ { set $auth_require "role=admin"; include postern/postern-protect.conf; }
    location ^~ /app/ {
        include postern/postern-protect.conf;
        include postern/postern-proxy-headers.conf;
        proxy_set_header X-WebAuth-User $auth_user;
        proxy_pass http://app/app/;
    }
}
server {
    listen 127.0.0.1:{port2};
    server_name lost;
    include postern/postern-api.conf;
    include postern/postern-verify.conf;
    location ^~ /lost/late/ {
        alias {www}/private/; include postern/postern-protect.conf; set $auth_require "signed-in";
    }
    location ^~ /lost/empty/ { alias {www}/private/; set $auth_require ""; include postern/postern-protect.conf; }
    location ^~ /lost/unknown/ {
        alias {www}/private/; set $auth_require "signd-in"; include postern/postern-protect.conf;
    }
    location ^~ /lost/half/ {
        alias {www}/private/; set $auth_require "signed-in rolle=admin"; include postern/postern-protect.conf;
    }
    location ^~ /lost/doubled/ { alias {www}/private/; auth_request /.doubled; }
    location = /.doubled {
        internal;
        include postern/postern-params.conf;
        fastcgi_param SCRIPT_NAME /api/auth/verify;
        fastcgi_param AUTH_REQUIRE signed-in;
        fastcgi_param AUTH_REQUIRE verified;
        fastcgi_pass postern;
    }
    location ^~ /lost/missing/ { alias {www}/private/; auth_request /.missing; }
    location = /.missing {
        internal;
        include postern/postern-params.conf;
        fastcgi_param SCRIPT_NAME /api/auth/verify;
        fastcgi_pass postern;
    }
    location ^~ /lost/nested/ {
        alias {www}/private/;
        set $auth_require "signed-in";
        include postern/postern-protect.conf;
        location ^~ /lost/nested/inner/ { alias {www}/private/; }
    }
}
"""


@pytest.fixture(scope="module")
def losing(workspace) -> NginxSite:
    made = NginxSite(workspace / "losing", site=LOST)
    yield made
    made.stop()


@pytest.mark.parametrize("how", ["late", "empty", "unknown", "half", "doubled", "missing", "nested/inner"])
def test_threat_33_location_that_lost_its_demand_refuses_everyone(losing: NginxSite, how: str) -> None:
    boss = losing.add(role="admin")
    boss.client.connection.port = losing.port2
    boss.client.connection.close()
    answer = boss.client.get(f"/lost/{how}/file.txt", Host="lost")
    assert answer.status == 403, answer
    assert "private file" not in answer.text
    # Said now and then only, so for one of them at least.
    assert "AUTH_REQUIRE" in losing.postern.log_since(0)


def test_threat_33_demand_of_the_server_never_weakens_that_of_a_location(losing: NginxSite) -> None:
    person, boss = losing.register(), losing.add(role="admin")
    for client in (person.client, boss.client):
        client.connection.port = losing.port2
        client.connection.close()
        assert client.get("/private/file.txt", Host="all").status == 200
    assert person.client.get("/private/admin/file.txt", Host="all").status == 403
    assert boss.client.get("/private/admin/file.txt", Host="all").status == 200


def test_application_may_have_another_name_for_the_field(losing: NginxSite) -> None:
    person = losing.register()
    person.client.connection.port = losing.port2
    person.client.connection.close()
    forged = {"X-WebAuth-User": "evil", "Host": "all", "Accept": "application/json"}
    told = person.client.request("GET", "/app/", headers=forged).json["headers"]
    assert [value for name, value in told if name.lower() == "x-webauth-user"] == [person.email]
