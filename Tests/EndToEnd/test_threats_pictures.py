"""Pictures that were made to do harm: refused, or made harmless, and nobody else notices. Row 26 of the threats in
docs/security.md, whose number these carry."""

import io
import os
import pathlib
import signal
import struct
import subprocess
import threading
import typing
import zlib

import pytest
from PIL import Image

from rig.client import Answer
from rig.pictures import FORM, chunk, colours, form, png, quarters, saved, with_segments
from rig.postern import PROGRAM
from rig.processes import wait_for
from rig.site import NginxSite, Person

UPLOAD = "/api/auth/upload-profile-picture"
SCRIPT = b"<script>alert(document.cookie)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT * 5 + b"</svg>"
KIND, PIXELS, UNREADABLE = "INVALID_FILE_TYPE", "TOO_MANY_PIXELS", "UNREADABLE_PICTURE"
# What is made harmless: a picture comes of it that has nothing of the file but pixels.
HARMLESS = "harmless"


def bring(person: Person, picture: bytes, kind: str) -> Answer:
    return person.client.request("POST", UPLOAD, form(picture, kind=kind), FORM)


def bomb(width: int, height: int, most: int) -> bytes:
    """A PNG of so many black pixels, in a few kilobytes, that says what it is."""
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(b"\0" * (width + 1)) for _ in range(min(height, most))) + rows.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gif_of_frames(count: int) -> bytes:
    first, second = quarters(100, 100), quarters(100, 100, shade=90)
    file = saved(first, "GIF", save_all=True, append_images=[second])
    # The second frame, with its control block, again and again.
    start = file.index(b"\x21\xf9\x04", file.index(b"\x2c"))
    return file[:start] + file[start:-1] * count + b";"


def compressed(kind: bytes, name: bytes, size: int) -> bytes:
    """A chunk that becomes `size` bytes when it is decompressed."""
    return chunk(kind, name + b"\0\0" + zlib.compress(b"\0" * size, 9))


def png_with(*chunks: bytes) -> bytes:
    file = saved(quarters(), "PNG")
    return file[:33] + b"".join(chunks) + file[33:]


def exif(entries: int, value: int = 6) -> bytes:
    """Orientation behind so many other entries, and offsets that lead out of everything."""
    entry = struct.pack("<HHII", 0x010F, 2, 0xFFFFFFFF, 0xFFFFFFF0) * entries
    last = struct.pack("<HHIHH", 0x0112, 3, 1, value, 0)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", entries + 1) + entry + last


JPEG = saved(quarters(), "JPEG", quality=95)
HOSTILE: dict[str, tuple[typing.Callable[[], bytes], str, str]] = {
    # The bomb of 1 KB: its pixels are not there, and would be 2.5 gigabytes.
    "PNG that says 50,000 x 50,000": (lambda: png(50_000, 50_000, pixels=b"\0" * 900_000), "image/png", PIXELS),
    "PNG that is 30,000 x 30,000": (lambda: bomb(30_000, 30_000, 2_000), "image/png", PIXELS),
    "PNG of 4,294,967,295 x 1": (lambda: png(0xFFFFFFFF, 1, pixels=bytes(range(200))),
                                "image/png", KIND),
    "PNG of 2,147,483,647 x 2,147,483,647": (lambda: png(0x7FFFFFFF, 0x7FFFFFFF, pixels=bytes(range(256))),
                                             "image/png", PIXELS),
    "PNG of no pixels": (lambda: png(0, 100, pixels=bytes(range(256))), "image/png", KIND),
    "PNG of 40,000,000 x 1 without them": (lambda: png(40_000_000, 1, pixels=bytes(range(200))), "image/png",
                                           UNREADABLE),
    "PNG whose profile is a bomb": (
        lambda: png_with(compressed(b"iCCP", b"x", 200_000_000)), "image/png", HARMLESS),
    "PNG whose texts are bombs": (
        lambda: png_with(*[compressed(b"zTXt", b"x", 20_000_000)] * 100), "image/png", HARMLESS),
    "PNG of 200,000 chunks": (
        lambda: png_with(chunk(b"tEXt", b"a\0b") * 200_000), "image/png", HARMLESS),
    "PNG that ends early": (lambda: saved(Image.effect_noise((300, 300), 90), "PNG")[:9000], "image/png", UNREADABLE),
    "PNG with a wrong checksum": (lambda: saved(Image.effect_noise((300, 300), 90), "PNG").replace(
        b"IDAT", b"IDAU"), "image/png", UNREADABLE),
    "GIF of 65,535 x 65,535": (
        lambda: b"GIF89a" + b"\xff\xff\xff\xff\0\0\0" + b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x08" + b"\xfe" * 300,
        "image/gif", PIXELS),
    "GIF whose frame is larger than its screen": (
        lambda: b"GIF89a\x01\0\x01\0\0\0\0" + b"\x2c\0\0\0\0\xff\xff\xff\xff\0\x08" + b"\xfe" * 300,
        "image/gif", PIXELS),
    "GIF of a million empty blocks": (
        lambda: b"GIF89a\x01\0\x01\0\0\0\0" + b"\x21\xfe\0" * 1_000_000 + b";", "image/gif", KIND),
    "GIF of 5,000 frames": (lambda: gif_of_frames(5_000), "image/gif", HARMLESS),
    "GIF with a script behind it": (lambda: saved(quarters(), "GIF") + SCRIPT * 50, "image/gif", HARMLESS),
    "page that begins as a GIF": (lambda: b"GIF89a=1;/*" + SCRIPT * 50 + b"*/", "image/gif", KIND),
    "JPEG with a script in its comment": (lambda: with_segments(JPEG, (0xFE, SCRIPT * 1000)), "image/jpeg", HARMLESS),
    "JPEG with a page behind it": (lambda: JPEG + b"<html>" + SCRIPT * 50, "image/jpeg", HARMLESS),
    "JPEG with a megabyte of EXIF": (
        lambda: with_segments(JPEG, *[(0xE1, exif(5_000))] * 17), "image/jpeg", HARMLESS),
    "JPEG with a profile of megabytes": (
        lambda: with_segments(JPEG, *[(0xE2, b"ICC_PROFILE\0\1\1" + b"x" * 65_000)] * 60), "image/jpeg", HARMLESS),
    "JPEG of 65,535 x 65,535": (
        lambda: JPEG[:2] + b"\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03" + b"\x01\x11\0" * 3 + JPEG[2:],
        "image/jpeg", PIXELS),
    "JPEG of segments only": (lambda: b"\xff\xd8" + b"\xff\xe0\0\x02" * 1_200_000, "image/jpeg", KIND),
    "JPEG that ends in its head": (lambda: JPEG[:150], "image/jpeg", KIND),
    "WebP of garbage": (
        lambda: b"RIFF\xff\xff\xff\x7fWEBPVP8 " + b"\xff" * 3 + b"\0\0\0\0\x9d\x01\x2a\x10\0\x10\0" + b"\xa5" * 500,
        "image/webp", UNREADABLE),
    "WebP of 16,777,216 x 16,777,216": (
        lambda: b"RIFF\0\1\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff" * 6 + b"\0" * 200, "image/webp", PIXELS),
    "WebP that moves": (
        lambda: saved(quarters(), "WEBP", save_all=True, append_images=[quarters(shade=90)]), "image/webp", UNREADABLE),
    "SVG with a script": (lambda: SVG, "image/svg+xml", KIND),
    "SVG that says it is a PNG": (lambda: SVG, "image/png", KIND),
    "page that says it is a JPEG": (lambda: b"<html>" + SCRIPT * 50, "image/jpeg", KIND),
    "PNG that says it is a page": (lambda: saved(quarters(), "PNG"), "text/html", KIND),
    "TIFF": (lambda: saved(quarters(), "TIFF"), "image/tiff", KIND),
    "BMP that says it is a PNG": (lambda: saved(quarters(), "BMP"), "image/png", KIND),
}  # fmt: skip


def children(site: NginxSite) -> list[str]:
    """Processes that Postern has started and that are still there."""
    process = pathlib.Path(f"/proc/{site.postern.process.pid}/task")
    return [number for task in process.iterdir() for number in (task / "children").read_text().split()]


def stored(site: NginxSite) -> int:
    return sum(file.suffix == ".webp" for file in site.postern.pictures.iterdir())


@pytest.fixture(scope="module")
def gallery(workspace: pathlib.Path) -> typing.Iterator[NginxSite]:
    made = NginxSite(workspace / "gallery")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def painter(gallery: NginxSite) -> Person:
    person = gallery.register()
    assert bring(person, saved(quarters(), "PNG"), "image/png").status == 200
    return person


@pytest.mark.parametrize("name", HOSTILE)
def test_threat_26_hostile_pictures_are_refused_or_made_harmless(
    gallery: NginxSite, painter: Person, name: str
) -> None:
    make, kind, outcome = HOSTILE[name]
    file = make()
    assert len(file) <= 5 << 20
    before, kept = painter.client.get("/api/auth/user/@me").json["user"]["profile_picture_url"], stored(gallery)
    answer = bring(painter, file, kind)
    if outcome == HARMLESS:
        assert answer.status == 200, answer
        picture = gallery.client().get(answer.json["profile_picture_url"])
        image = Image.open(io.BytesIO(picture.body))
        assert (image.format, getattr(image, "n_frames", 1)) == ("WEBP", 1) and max(image.size) <= 512
        assert b"script" not in picture.body and len(picture.body) < 200_000
        assert set(colours(picture.body)) == {"red", "green", "blue", "yellow"}
    else:
        assert (answer.status, answer.json["error_code"]) == (400, outcome), answer
        assert painter.client.get("/api/auth/user/@me").json["user"]["profile_picture_url"] == before
        assert stored(gallery) == kept
    assert children(gallery) == []


def test_threat_26_ten_kilobytes_of_a_bomb_decode_nothing(gallery: NginxSite, painter: Person) -> None:
    """What says that it is too large is refused before a process is started for it."""
    process = gallery.postern.process
    file = png(50_000, 50_000, pixels=b"\0" * 900_000)
    assert len(file) < 1100
    used = process.processor_time()
    for _ in range(50):
        assert bring(painter, file, "image/png").json["error_code"] == PIXELS
    assert process.processor_time() - used < 2


def test_threat_26_memory_of_the_server_stays_flat(gallery: NginxSite, painter: Person) -> None:
    """The largest pictures that are taken, and bombs among them: what decodes them has the memory, and goes with it."""
    def resident() -> int:
        status = pathlib.Path(f"/proc/{gallery.postern.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))

    large = saved(Image.new("RGB", (8000, 5000), (200, 30, 30)), "PNG", compress_level=1)
    padded = large + b"\0" * ((5 << 20) - len(large))
    for file in (padded, padded):
        assert bring(painter, file, "image/png").status == 200
    before = resident()
    profile = png_with(compressed(b"iCCP", b"x", 50_000_000))
    for picture in (profile, profile, padded, profile, padded):
        assert bring(painter, picture, "image/png").status == 200
    # Five megabytes come at once, in two copies at worst; pixels would be a hundred and sixty.
    assert resident() - before < 16_384, "KiB"


def test_threat_26_pictures_hold_nobody_up(gallery: NginxSite) -> None:
    """While more pictures come than can be decoded, others sign in and write; those beyond the queue are told so."""
    people = [gallery.register() for _ in range(8)]
    large = saved(Image.new("RGB", (4000, 4000), (9, 9, 9)), "JPEG", quality=20)
    statuses: list[int] = []

    def upload(person: Person) -> None:
        statuses.append(bring(person, large, "image/jpeg").status)

    threads = [threading.Thread(target=upload, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    wait_for(lambda: children(gallery), "a process that decodes")
    signed_in = 0
    while children(gallery) and signed_in < 10:
        other = gallery.register()
        assert other.client.post("/api/auth/update_user", {"first_name": "Ada"}).status == 200
        signed_in += 1
        assert len(children(gallery)) <= 2
    assert signed_in > 0
    for thread in threads:
        thread.join(60)
    assert len(statuses) == 8 and set(statuses) <= {200, 503} and 200 in statuses


DECODER = [PROGRAM, "decode-picture"]


def test_threat_26_what_decodes_can_do_nothing_else() -> None:
    """Looked at from outside, once it has the whole picture and nothing of it decoded: a process that has given up
    everything. It stands there because nobody reads what it writes."""
    picture = saved(Image.effect_noise((700, 700), 120).convert("RGB"), "PNG")
    # The kernel keeps 64 KiB of a pipe, which is less than comes of a picture of noise.
    decoder = subprocess.Popen([*DECODER, "png", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        decoder.stdin.write(picture)
        decoder.stdin.close()
        process = pathlib.Path(f"/proc/{decoder.pid}")
        wait_for(lambda: "pipe" in (process / "wchan").read_text() or status(process)["Seccomp"] == "2", "the sandbox")
        wait_for(lambda: status(process)["State"].startswith("S"), "a full pipe")
        now = status(process)
        assert (now["Seccomp"], now["NoNewPrivs"], now["Threads"]) == ("2", "1", "1")
        limits = {line[:25].strip(): line[25:].split() for line in (process / "limits").read_text().splitlines()}
        assert limits["Max open files"][:2] == ["0", "0"]
        assert limits["Max processes"][:2] == ["0", "0"]
        assert limits["Max file size"][:2] == ["0", "0"]
        assert limits["Max core file size"][:2] == ["0", "0"]
        assert limits["Max cpu time"][:2] == ["10", "10"]
        assert int(limits["Max address space"][0]) < 1 << 30
        assert sorted(int(file.name) for file in (process / "fd").iterdir()) == [0, 1, 2]
        assert (process / "oom_score_adj").read_text().strip() == "1000"
    finally:
        decoder.kill()
        decoder.wait()


def status(process: pathlib.Path) -> dict[str, str]:
    lines = (process / "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_threat_26_postern_gives_what_decodes_nothing_of_its_own(gallery: NginxSite, painter: Person) -> None:
    """Neither its environment, in which the secrets are, nor a descriptor, such as that of the database."""
    large = saved(Image.new("RGB", (8000, 5000), (9, 9, 9)), "JPEG", quality=20)
    seen: list[tuple[bytes, list[str], bytes]] = []
    upload = threading.Thread(target=bring, args=(painter, large, "image/jpeg"))
    upload.start()
    try:
        wait_for(lambda: look_at(gallery, seen), "a process that decodes")
    finally:
        upload.join(60)
    environment, descriptors, command = seen[-1]
    assert environment == b""
    assert set(descriptors) <= {"0", "1", "2"}
    assert command.split(b"\0")[:3] == [b"postern", b"decode-picture", b"jpeg"]


def look_at(site: NginxSite, seen: list[tuple[bytes, list[str], bytes]]) -> bool:
    """Looks at the process that decodes, once it is in its sandbox."""
    for number in children(site):
        process = pathlib.Path(f"/proc/{number}")
        try:
            if status(process)["Seccomp"] == "2":
                descriptors = [file.name for file in (process / "fd").iterdir()]
                seen.append(((process / "environ").read_bytes(), descriptors, (process / "cmdline").read_bytes()))
        except (FileNotFoundError, ProcessLookupError, KeyError):
            continue
    # Of one that is ending, nothing is told any more.
    return bool(seen) and seen[-1][2] != b""


def test_threat_26_death_of_what_decodes_harms_nobody(gallery: NginxSite, painter: Person) -> None:
    large = saved(Image.new("RGB", (8000, 5000), (9, 9, 9)), "JPEG", quality=20)
    answers: list[Answer] = []
    position = gallery.postern.log_position()
    upload = threading.Thread(target=lambda: answers.append(bring(painter, large, "image/jpeg")))
    upload.start()
    wait_for(lambda: children(gallery), "a process that decodes")
    # Of Postern's own children, by its number.
    os.kill(int(children(gallery)[0]), signal.SIGKILL)
    assert gallery.client().get("/api/auth/readyz").status == 200
    upload.join(40)
    assert (answers[0].status, answers[0].json["error_code"]) == (400, UNREADABLE), answers
    assert "the process that decoded it has died" in gallery.postern.log_since(position)
    assert children(gallery) == []
    assert bring(painter, saved(quarters(), "PNG"), "image/png").status == 200
