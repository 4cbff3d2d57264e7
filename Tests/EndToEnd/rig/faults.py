"""What breaks under Postern, for as long as a `with` lasts, and what is asked meanwhile."""

import contextlib
import ctypes
import glob
import os
import pathlib
import subprocess
import typing

import pytest

from rig.client import Answer
from rig.people import ACCESS, REFRESH
from rig.site import Person, Site

libc = ctypes.CDLL(None, use_errno=True)
MNT_DETACH = 2


@contextlib.contextmanager
def small_disk(folder: pathlib.Path, size: str) -> typing.Iterator[pathlib.Path]:
    """A file system of that size, which goes away in the end whatever has happened."""
    folder.mkdir(mode=0o700)
    if libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={size},mode=700".encode()) != 0:
        pytest.skip(f"a file system cannot be mounted here: {os.strerror(ctypes.get_errno())}")
    try:
        yield folder
    finally:
        assert libc.umount2(str(folder).encode(), MNT_DETACH) == 0


@contextlib.contextmanager
def full(disk: pathlib.Path) -> typing.Iterator[None]:
    """Not a byte is left on the disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    try:
        yield
    finally:
        ballast.unlink()


@contextlib.contextmanager
def immutable(*files: pathlib.Path) -> typing.Iterator[None]:
    """Files that not even root can write to."""
    done = subprocess.run(["chattr", "+i", *files], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"files cannot be made immutable here: {done.stderr}")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


@contextlib.contextmanager
def settable_clock(file: pathlib.Path) -> typing.Iterator[dict[str, str]]:
    """The environment of a program whose wall clock is as many seconds off as `file` says; its monotonic one is right.

    Where its processes share what they know is made here: made by the library itself, it would be announced in the
    environment, which moves for it, and Swift finds the arguments of the program beside where it was."""
    libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    assert libraries, "libfaketime is missing: scripts/install-packages test"
    name = f"/postern-tests-{os.getpid()}"
    libc.sem_open.restype = ctypes.c_void_p
    assert libc.sem_open(name.encode(), os.O_CREAT | os.O_EXCL, 0o600, 1)
    shared = pathlib.Path("/dev/shm" + name)
    try:
        shared.write_bytes(bytes(4096))
        set_clock(file, 0)
        yield {
            "LD_PRELOAD": libraries[0],
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_SHARED": f"{name} {name}",
            "DONT_FAKE_MONOTONIC": "1",
        }
    finally:
        libc.sem_unlink(name.encode())
        shared.unlink()


def set_clock(file: pathlib.Path, offset: int) -> None:
    draft = file.with_suffix(".new")
    draft.write_text(f"{offset:+d}\n")
    draft.replace(file)


def view(person: Person) -> int:
    """What the gate says of the person: 200, 401, 500."""
    return person.client.get("/private/file.txt").status


def refresh(person: Person) -> Answer:
    return person.client.post("/api/auth/token/refresh")


def login(site: Site, person: Person) -> Answer:
    """With a browser that has no cookies yet."""
    return site.client().post("/api/auth/login", {"email": person.email, "password": person.password})


def assert_refused_for_now(answer: Answer) -> None:
    """An error that says of itself that it passes, and takes nobody's cookies."""
    assert answer.status == 503, answer
    assert answer.json["error_code"] == "UNAVAILABLE", answer
    assert int(answer.header("Retry-After") or 0) > 0, answer
    assert ACCESS not in answer.cookies and REFRESH not in answer.cookies, answer
