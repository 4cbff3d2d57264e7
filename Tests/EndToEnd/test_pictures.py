"""Pictures of people, through nginx and lighttpd with the shipped files: brought, made square, handed out by the web
server itself, and removed. Hostile ones are in test_threats_pictures.py."""

import io
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import typing

import pytest
from PIL import Image

from rig.client import Answer
from rig.pictures import FORM, colours, form, quarters, saved
from rig.processes import wait_for
from rig.site import LighttpdSite, NginxSite, Person, Site

UPLOAD = "/api/auth/upload-profile-picture"


@pytest.fixture(scope="module")
def open_folder() -> typing.Iterator[pathlib.Path]:
    """A folder that programs of other users may enter, as docs/pictures.md makes it."""
    folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp", prefix="pictures"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module", params=[NginxSite, LighttpdSite], ids=["nginx", "lighttpd"])
def served(request, workspace: pathlib.Path, open_folder: pathlib.Path) -> typing.Iterator[Site]:
    """A site whose web server sends the pictures."""
    name = f"pictures-{request.param.__name__}"
    made = request.param(workspace / name, settings={"POSTERN_PICTURES_DIR": str(open_folder / name)})
    yield made
    made.stop()


def bring(person: Person, picture: bytes, kind: str = "image/png", **fields: str) -> Answer:
    return person.client.request("POST", UPLOAD, form(picture, kind=kind), FORM | fields)


def brought(person: Person, picture: bytes, kind: str = "image/png") -> str:
    answer = bring(person, picture, kind)
    assert answer.status == 200, answer
    return answer.json["profile_picture_url"]


def files(site: Site) -> set[str]:
    return {file.name for file in site.postern.pictures.iterdir() if file.name != ".lock"}


KINDS: dict[str, tuple[str, dict[str, object]]] = {
    "PNG": ("image/png", {}), "JPEG": ("image/jpeg", {"quality": 95}), "GIF": ("image/gif", {}),
    "WEBP": ("image/webp", {"quality": 95}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_each_kind_becomes_square_and_is_sent_by_the_web_server(served: Site, kind: str) -> None:
    person = served.register()
    media_type, options = KINDS[kind]
    answer = bring(person, saved(quarters(1200, 800, shade=len(kind)), kind, **options), media_type)
    assert (answer.status, answer.json["message"]) == (200, "Profile picture uploaded successfully"), answer
    user = person.client.get("/api/auth/user/@me").json["user"]
    for key, side in (("profile_picture_url", 512), ("profile_picture_small_url", 128)):
        address = answer.json[key]
        assert re.fullmatch(rf"/api/auth/pictures/[0-9a-f]{{32}}-{side}\.webp", address)
        assert user[key] == address
        # Nobody has to be signed in.
        picture = served.client().get(address)
        assert picture.status == 200, picture
        assert picture.all("Content-Type") == ["image/webp"]
        assert picture.all("Cache-Control") == ["public, max-age=31536000, immutable"]
        assert picture.all("X-Content-Type-Options") == ["nosniff"]
        assert picture.all("Content-Security-Policy") == ["default-src 'none'; sandbox"]
        assert picture.all("X-Accel-Redirect") + picture.all("X-Sendfile") + picture.all("Set-Cookie") == []
        image = Image.open(io.BytesIO(picture.body))
        assert (image.format, image.size) == ("WEBP", (side, side))
        assert colours(picture.body) == ["red", "green", "blue", "yellow"]
        head = served.client().request("HEAD", address)
        assert (head.status, head.body, head.header("Content-Length")) == (200, b"", str(len(picture.body)))


def test_postern_reads_no_picture_that_the_web_server_sends(served: Site) -> None:
    """Counted by the kernel: what Postern opens while a picture is fetched fifty times."""
    address = brought(served.register(), saved(quarters(shade=30), "PNG"))
    trace = served.folder / "opens"
    process = served.postern.process.pid
    strace = subprocess.Popen(
        ["strace", "-f", "-qq", "-e", "trace=open,openat,openat2,sendfile,splice", "-o", trace, "-p", str(process)],
        stderr=subprocess.DEVNULL,
    )
    try:
        # It has attached once it sees what is certainly opened: the file that another picture is written to.
        wait_for(
            lambda: brought(served.register(), saved(quarters(shade=31), "PNG")) and ".lock" in trace.read_text(),
            "strace",
        )
        before = trace.read_text().count("-512.webp")
        client = served.client()
        bodies = {client.get(address).body for _ in range(50)}
        assert len(bodies) == 1 and len(bodies.pop()) > 100
        brought(served.register(), saved(quarters(shade=32), "PNG"))
    finally:
        strace.terminate()
        strace.wait()
    name = address.rsplit("/", 1)[1]
    text = trace.read_text()
    assert name not in text
    # It does see what Postern opens: the last picture was written.
    assert text.count("-512.webp") > before


def test_without_an_open_folder_postern_sends_the_pictures_itself(site: Site, lighttpd_site: Site) -> None:
    """The data directory is for Postern alone, and so is what is in it."""
    for each in (site, lighttpd_site):
        address = brought(each.register(), saved(quarters(), "PNG"))
        picture = each.client().get(address)
        assert picture.status == 200 and colours(picture.body) == ["red", "green", "blue", "yellow"]
        assert picture.all("Content-Type") == ["image/webp"]
        assert picture.all("Cache-Control") == ["public, max-age=31536000, immutable"]
        assert picture.all("Content-Security-Policy") == ["default-src 'none'; sandbox"]
        missing = each.client().get("/api/auth/pictures/" + "0" * 32 + "-512.webp")
        assert (missing.status, missing.json["error_code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "name",
    [
        "0" * 32 + "-512.webp", "0" * 32 + "-64.webp", "0" * 32, "..", ".lock", "%2e%2e%2fpostern.db",
        "..%2fpostern.db",
        "../../../../../etc/passwd", "%00", "x" * 5000, "0" * 32 + "-512.webp%00", "0" * 32 + "-512.webp/",
        "0" * 32 + "-512.webp/../.lock", "0" * 32 + "-512.WEBP", ".new-" + "0" * 32 + "-512.webp",
    ],
)  # fmt: skip
def test_other_names_lead_nowhere(served: Site, name: str) -> None:
    answer = served.client().get("/api/auth/pictures/" + name)
    assert answer.status in (400, 404), answer
    assert b"SQLite" not in answer.body and b"root:" not in answer.body


def test_the_folder_of_the_web_server_is_not_open_to_clients(served: Site) -> None:
    address = brought(served.register(), saved(quarters(shade=40), "PNG"))
    name = address.rsplit("/", 1)[1]
    for path in (f"/.postern/pictures/{name}", "/.postern/pictures/", f"/.postern/pictures/../pictures/{name}"):
        assert served.client().get(path).status in (400, 404)
    # How files are sent is said by the web server's configuration, never by a client.
    headers = {"Auth-Send-File": "X-Sendfile", "X-Sendfile": "/etc/passwd", "X-Accel-Redirect": "/private/file.txt"}
    answer = served.client().request("GET", address, headers=headers)
    assert answer.status == 200 and Image.open(io.BytesIO(answer.body)).format == "WEBP"


def test_whoever_knows_a_name_reads_it_and_nobody_lists_them(served: Site) -> None:
    address = brought(served.register(), saved(quarters(shade=50), "PNG"))
    folder = served.postern.pictures
    file = folder / address.rsplit("/", 1)[1]
    assert folder.stat().st_mode & 0o7777 == 0o711
    assert file.stat().st_mode & 0o7777 == 0o644
    assert (folder / ".lock").stat().st_mode & 0o7777 == 0o600
    if os.geteuid() != 0:
        pytest.skip("becoming the web server's user takes root")
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    assert subprocess.run([*other, "cat", file], capture_output=True).stdout == file.read_bytes()
    assert subprocess.run([*other, "ls", folder], capture_output=True).returncode != 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_upright_and_says_nothing_else(site: Site, orientation: int) -> None:
    """As cameras turn them: EXIF's orientation is applied, and then all that EXIF says is gone, places among it."""
    upright = quarters(400, 400)
    turns = {
        1: [], 2: [Image.Transpose.FLIP_LEFT_RIGHT], 3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM], 5: [Image.Transpose.TRANSPOSE], 6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE], 8: [Image.Transpose.ROTATE_270],
    }  # fmt: skip
    image = upright
    for turn in turns[orientation]:
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    photograph = saved(image, "JPEG", exif=exif, quality=95, comment=b"where it was taken")
    person = site.register()
    answer = bring(person, photograph, "image/jpeg")
    for key in ("profile_picture_url", "profile_picture_small_url"):
        picture = site.client().get(answer.json[key]).body
        assert colours(picture) == ["red", "green", "blue", "yellow"]
        image = Image.open(io.BytesIO(picture))
        assert image.getexif() == {} and set(image.info) <= {"background", "loop", "timestamp", "duration"}
        assert b"camera" not in picture and b"taken" not in picture and b"EXIF" not in picture


def test_what_is_transparent_stays_so(site: Site) -> None:
    person = site.register()
    image = Image.effect_noise((200, 200), 90).convert("RGBA")
    image.putalpha(Image.new("L", (200, 200), 128))
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        picture = site.client().get(brought(person, saved(image, kind, **options), KINDS[kind][0])).body
        assert 120 < Image.open(io.BytesIO(picture)).convert("RGBA").getpixel((50, 50))[3] < 136


def test_small_pictures_are_not_made_larger_and_long_ones_lose_their_ends(site: Site) -> None:
    person = site.register()
    for size, side in (((40, 40), 40), ((1000, 60), 60), ((60, 1000), 60), ((1, 300), 1), ((300, 300), 300)):
        noise = Image.effect_noise(size, 90).convert("RGB")
        picture = site.client().get(brought(person, saved(noise, "PNG", compress_level=0))).body
        assert Image.open(io.BytesIO(picture)).size == (side, side)


def test_files_go_with_the_last_account_that_has_the_picture(served: Site) -> None:
    ada, bob = served.register("ada"), served.register("bob")
    before = files(served)
    same = saved(quarters(shade=60), "PNG")
    address = brought(ada, same)
    assert brought(bob, same) == address == brought(ada, same)
    name = address.rsplit("/", 1)[1]
    own = {name, name.replace("-512", "-128")}
    assert files(served) - before == own
    # Ada has another one now; Bob still has this one.
    second = brought(ada, saved(quarters(shade=61), "PNG"))
    assert own < files(served)
    assert bob.client.request("DELETE", "/api/auth/user/@me/picture").json["profile_picture_url"] is None
    assert bob.client.get("/api/auth/user/@me").json["user"]["profile_picture_url"] is None
    assert not own & files(served)
    # lighttpd remembers for a moment what was there.
    wait_for(lambda: served.client().get(address).status == 404, "lighttpd to look again")
    # Taken away once more: nothing to do, and no error.
    assert bob.client.request("DELETE", "/api/auth/user/@me/picture").status == 200
    # With its account, the last one goes.
    assert served.client().get(second).status == 200
    assert ada.client.post("/api/auth/delete-account", {"password": ada.password}).status == 200
    assert files(served) == before
    wait_for(lambda: served.client().get(second).status == 404, "lighttpd to look again")


def test_what_has_happened_to_a_picture_is_in_the_log_of_its_owner_and_in_the_copy(site: Site) -> None:
    person = site.register()
    address = brought(person, saved(quarters(shade=70), "PNG"))
    person.client.request("DELETE", "/api/auth/user/@me/picture")
    entries = person.client.get("/api/audit/audit-logs/me").json["logs"]
    assert [entry["action"] for entry in entries].count("user.picture_change") == 2
    brought(person, saved(quarters(shade=70), "PNG"))
    document = person.client.get("/api/auth/user/@me/export").json
    assert document["account"]["profile_picture_url"] == address


def test_only_a_session_brings_a_picture(site: Site) -> None:
    person = site.register()
    picture = saved(quarters(), "PNG")
    answer = site.client().request("POST", UPLOAD, form(picture), FORM)
    assert answer.status == 401 and "Missing JWT" in answer.json["msg"]
    token = person.client.post("/api/auth/tokens", {"name": "git"}).json["token"]
    bearer = FORM | {"Authorization": f"Bearer {token}"}
    assert site.client().request("POST", UPLOAD, form(picture), bearer).status in (401, 403, 422)
    elsewhere = FORM | {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = person.client.request("POST", UPLOAD, form(picture), elsewhere)
    assert (answer.status, answer.json["error_code"]) == (403, "CROSS_SITE")


@pytest.mark.parametrize(
    "body, fields",
    [
        (b"", {}), (b"", FORM), (b"x", FORM), (b"------B7", FORM), (b"------B7--", FORM),
        (form(b"x" * 200, kind=None)[:-12], FORM), (form(b"x" * 200), {"Content-Type": "multipart/form-data"}),
        (form(b"x" * 200), {"Content-Type": "application/json"}), (form(b"x" * 200).replace(b"\r\n", b"\n"), FORM),
        (form(b"x" * 200).removesuffix(b"------B7--\r\n") * 30 + b"------B7--\r\n", FORM),
        (form(b"x" * 200, name="a").replace(b'; filename="a"', b""), FORM),
    ],
)  # fmt: skip
def test_forms_without_a_file_are_told_so(site: Site, body: bytes, fields: dict[str, str]) -> None:
    answer = site.register().client.request("POST", UPLOAD, body, fields)
    assert (answer.status, answer.json["error"]) == (400, "No file uploaded"), answer


@pytest.mark.parametrize("kind", ["nginx", "lighttpd"])
def test_five_megabytes_are_taken_and_no_more(request, kind: str) -> None:
    each: Site = request.getfixturevalue("site" if kind == "nginx" else "lighttpd_site")
    person = each.register()
    picture = saved(quarters(), "PNG")
    # Decoders stop at a picture's end; what follows is nobody's business, but counts.
    for extra, status in ((0, 200), (1, 400), (200_000, 400)):
        answer = bring(person, picture + b"\0" * ((5 << 20) - len(picture) + extra))
        assert answer.status == status, answer
        assert status == 200 or answer.json["error"] == "File too large. Maximum size is 5MB."
    # Another route takes no such body.
    assert person.client.request("POST", "/api/auth/update_user", b" " * (2 << 20)).status == 413


def test_after_a_crash_nothing_is_left_behind(build) -> None:
    """Files of a picture that no account has, and of one that was never finished, are found and removed."""
    site: NginxSite = build(NginxSite)
    person = site.register()
    kept = brought(person, saved(quarters(), "PNG")).rsplit("/", 1)[1]
    before = files(site)
    site.postern.kill()
    for name in ("0" * 32 + "-512.webp", "1" * 32 + "-128.webp", ".new-" + "2" * 32 + "-512.webp"):
        (site.postern.pictures / name).write_bytes(b"x")
    (site.postern.pictures / "README").write_text("not ours")
    site.postern.start()
    wait_for(lambda: files(site) == before | {"README"}, "files that no account has to go")
    assert site.client().get(f"/api/auth/pictures/{kept}").status == 200


def test_a_file_in_the_way_says_so_at_the_start(build, workspace: pathlib.Path) -> None:
    site: NginxSite = build(NginxSite)
    site.postern.stop()
    for path, sentence in (
        (site.folder / "www/index.html", "is no directory"), (site.folder / "a/b/c", "No such file or directory"),
    ):  # fmt: skip
        site.postern.environment["POSTERN_PICTURES_DIR"] = str(path)
        done = site.postern.command("serve")
        assert (done.returncode, sentence in done.stderr) == (78, True), done.stderr
    site.postern.environment.pop("POSTERN_PICTURES_DIR")
    site.postern.start()
