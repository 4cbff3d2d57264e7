"""A person in front of Chromium who brings a picture of themselves, sees it before and after, and takes it away; with
scripts and without. A console error or a violation of the content security policy fails the test. Pictures of the page
are in Tests/EndToEnd/screenshots/."""

import pathlib

import pytest

from rig.browser import Browser
from rig.pictures import colours, quarters, saved
from rig.site import NginxSite, Person

pytestmark = [
    pytest.mark.parametrize("browser", [True, False], ids=["with scripts", "without scripts"], indirect=True),
    pytest.mark.usefixtures("quiet_browser"),
]


@pytest.fixture
def person(browser: Browser, site: NginxSite) -> Person:
    """Signed in in the browser, too, with the page of their picture open."""
    made = site.add()
    browser.open(site.url + "/auth/account/picture")
    browser.fill(email=made.email, password=made.password)
    browser.press()
    browser.wait_for(lambda: browser.all("[name=profile_picture]"), "the form")
    return made


def choose(browser: Browser, folder: pathlib.Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    browser.find("[name=profile_picture]").send_keys(str(folder / name))


PRESENT = "main > img.picture"


def shown(browser: Browser, selector: str = PRESENT) -> int:
    """How many pixels wide a picture on the page really is; 0: it could not be loaded."""
    return browser.driver.execute_script("return document.querySelector(arguments[0]).naturalWidth", selector)


def test_picture_is_brought_replaced_and_removed(
    browser: Browser, site: NginxSite, person: Person, tmp_path: pathlib.Path, request
) -> None:
    assert not browser.all(PRESENT)
    choose(browser, tmp_path, "photograph.png", saved(quarters(), "PNG"))
    if "with scripts" in request.node.name:
        browser.wait_for(lambda: shown(browser, "figure img") == 320, "the preview")
        browser.picture("picture-preview")
    browser.press("form[enctype] button")
    browser.wait_for(lambda: "Your picture has been saved." in browser.text, "the sentence about it")
    address = browser.find(PRESENT).get_attribute("src")
    browser.wait_for(lambda: shown(browser) == 240, "the picture, square")
    picture = person.client.get(address.removeprefix(site.url)).body
    assert colours(picture) == ["red", "green", "blue", "yellow"]
    # Another one, and the account's first page has it.
    choose(browser, tmp_path, "another.webp", saved(quarters(shade=80), "WEBP"))
    browser.press("form[enctype] button")
    browser.wait_for(lambda: browser.find(PRESENT).get_attribute("src") != address, "the other picture")
    browser.open(site.url + "/auth/account")
    browser.wait_for(lambda: shown(browser) == 128, "the small picture")
    browser.press("a[href$='account/picture']")
    browser.press("form[action$=remove] button")
    browser.wait_for(lambda: "Your picture has been removed." in browser.text, "the sentence about the removal")
    assert not browser.all(PRESENT) and not browser.all("form[action$=remove]")


@pytest.mark.parametrize(("name", "content"), [("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 9),
                                               ("broken.png", saved(quarters(), "PNG")[:300])])  # fmt: skip
def test_what_is_no_picture_is_refused_in_place(
    browser: Browser, site: NginxSite, person: Person, tmp_path: pathlib.Path, name: str, content: bytes
) -> None:
    choose(browser, tmp_path, name, content)
    browser.press("form[enctype] button")
    browser.wait_for(lambda: browser.all("[role=alert]"), "what is wrong")
    assert browser.find("[name=profile_picture]").get_attribute("aria-describedby").endswith("alert")
    assert not browser.all(PRESENT)


def test_pictures_of_the_page(
    browser: Browser, site: NginxSite, person: Person, tmp_path: pathlib.Path, request
) -> None:
    has_scripts = "with scripts" in request.node.name
    width, scheme, scripts = (360, "light", "scripts") if has_scripts else (1280, "dark", "plain")
    with browser.looking(width, scheme):
        choose(browser, tmp_path, "a.png", saved(quarters(), "PNG"))
        browser.press("form[enctype] button")
        browser.wait_for(lambda: shown(browser) == 240, "the picture")
        browser.picture(f"account-picture-{width}-{scheme}-{scripts}")
        if scripts == "scripts":
            assert browser.width_of_content() <= width
