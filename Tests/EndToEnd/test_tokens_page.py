"""The Python of docs/tokens.md, run as it stands there: only the address of the site is another one."""

import re
import typing

import jwt
import pytest

from rig.keys import ACCESS, ASKING, REFRESH, bearer, rotate, seen
from rig.site import NginxSite
from webserver_files import ROOT

PAGE = (ROOT / "docs/tokens.md").read_text()


def run_section(title: str, site: NginxSite) -> dict[str, typing.Any]:
    """What the Python behind that title defines."""
    (section,) = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    (code,) = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert "https://www.example.com" in code
    defined: dict[str, typing.Any] = {"__name__": "application"}
    exec(code.replace("https://www.example.com", site.url), defined)
    return defined


@pytest.fixture(scope="module")
def page_site(workspace: typing.Any) -> typing.Iterator[NginxSite]:
    made = NginxSite(workspace / "tokens-page", {"JWT_ALGORITHM": "EdDSA"}, site=ASKING)
    yield made
    made.stop()


def test_pyjwt(page_site: NginxSite) -> None:
    claims_of = run_section("PyJWT", page_site)["claims_of"]
    person = page_site.register()
    assert claims_of(person.client.cookies[ACCESS])["sub"] == person.email
    assertion = seen(page_site.port2, person.client)["x-auth-assertion"]
    for other in (person.client.cookies[REFRESH], assertion, person.client.cookies[ACCESS][:-8] + "AAAAAAAA"):
        with pytest.raises(jwt.InvalidTokenError):
            claims_of(other)


def test_flask_jwt_extended(page_site: NginxSite) -> None:
    application = run_section("Flask-JWT-Extended", page_site)["application"]
    person = page_site.add(role="admin")
    assertion = seen(page_site.port2, person.client)["x-auth-assertion"]
    with application.test_client() as client:
        found = client.get("/me", headers=bearer(person.client.cookies[ACCESS]))
        assert (found.status_code, found.json) == (200, {"email": person.email, "role": "admin"})
        for other in (person.client.cookies[REFRESH], assertion):
            assert client.get("/me", headers=bearer(other)).status_code == 422
        # The application need not be told of a rotation.
        rotate(page_site)
        page_site.postern.stop()
        page_site.postern.start()
        assert client.get("/me", headers=bearer(person.client.cookies[ACCESS])).status_code == 200


def test_assertion(page_site: NginxSite) -> None:
    who_is_there = run_section("A signed assertion, for applications behind the gate", page_site)["who_is_there"]
    person = page_site.register()
    assert who_is_there(seen(page_site.port2, person.client)["x-auth-assertion"])["email"] == person.email
    with pytest.raises(jwt.InvalidTokenError):
        who_is_there(person.client.cookies[ACCESS])
