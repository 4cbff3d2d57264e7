"""QR codes as a camera sees them: read off pictures, by zbar."""

import pathlib
import subprocess
import tempfile


def read_codes(picture: bytes | pathlib.Path) -> list[str]:
    """The texts of all QR codes in a PNG, such as a screenshot."""
    if isinstance(picture, bytes):
        with tempfile.NamedTemporaryFile(suffix=".png") as file:
            file.write(picture)
            file.flush()
            return read_codes(pathlib.Path(file.name))
    done = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture],
        capture_output=True, text=True, timeout=30)
    # It ends with 4 where there is none.
    assert done.returncode in (0, 4), f"zbarimg: {done.returncode}\n{done.stderr}"
    return done.stdout.splitlines()


def read_code(picture: bytes | pathlib.Path) -> str:
    """The text of the only one."""
    texts = read_codes(picture)
    assert len(texts) == 1, f"{len(texts)} QR codes in the picture"
    return texts[0]
