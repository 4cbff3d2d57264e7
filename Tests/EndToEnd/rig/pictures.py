"""Pictures as people bring them, as forms bring them, and as attackers make them."""

import io
import struct
import zlib

from PIL import Image

BOUNDARY = "----B7"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(
    content: bytes, *, field: str = "profile_picture", name: str = "a.png", kind: str | None = "image/png"
) -> bytes:
    """The body of a form that has one file."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
    head += f"Content-Type: {kind}\r\n" if kind else ""
    return head.encode() + b"\r\n" + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def quarters(width: int = 320, height: int = 240, shade: int = 0) -> Image.Image:
    """Red, green, blue and yellow, clockwise from the top left, around the middle; `shade` makes another of it."""
    image = Image.new("RGB", (width, height), (255, shade, shade))
    image.paste((shade, 160, shade), (width // 2, 0, width, height // 2))
    image.paste((255, 220, shade), (0, height // 2, width // 2, height))
    image.paste((shade, shade, 255), (width // 2, height // 2, width, height))
    return image


def colours(picture: bytes) -> list[str]:
    """What is in the middle of the four quarters of a picture, clockwise from the top left."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    near, far = image.width // 4, image.width * 3 // 4
    known = {"red": (255, 0, 0), "green": (0, 160, 0), "blue": (0, 0, 255), "yellow": (255, 220, 0)}

    def name(pixel: tuple[int, ...]) -> str:
        return min(known, key=lambda colour: sum(abs(a - b) for a, b in zip(known[colour], pixel)))

    return [name(image.getpixel(at)) for at in ((near, near), (far, near), (far, far), (near, far))]


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"") -> bytes:
    """A PNG that says of itself what it is told to."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(pixels, 9))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + data + chunk(b"IEND", b"")


def with_segments(picture: bytes, *segments: tuple[int, bytes]) -> bytes:
    """A JPEG with further segments at its beginning: each a marker and its content."""
    return picture[:2] + b"".join(
        bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content for marker, content in segments
    ) + picture[2:]
