"""Hashing passwords takes as much memory as the settings say, and no more; where it is not to be had, that is said, and
the rest goes on."""

import concurrent.futures
import contextlib
import pathlib
import resource
import typing

from rig.faults import assert_refused_for_now, login, refresh, view
from rig.site import PASSWORD, NginxSite, Person, new_email

MEBIBYTE = 1 << 20
HASH = {"POSTERN_ARGON2_MEMORY": str(64 * 1024)}


def person(site: NginxSite) -> Person:
    """An account whose password another process has hashed."""
    made = Person(new_email(), PASSWORD, site.client())
    site.postern.add(made.email, made.password)
    return made


@contextlib.contextmanager
def no_room_for_a_hash(site: NginxSite) -> typing.Iterator[None]:
    """The running process gets 32 MiB more address space at most, and a hash takes 64."""
    pid = site.postern.process.pid
    size = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.prlimit(pid, resource.RLIMIT_AS, (size + 32 * MEBIBYTE, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_AS, before)


def test_no_memory_for_a_hash_stops_sign_ins_and_nothing_else(build) -> None:
    site = build(NginxSite, settings=HASH)
    known = person(site)
    # The hash for this one goes with the process that made it.
    site.sign_in(known)
    site.postern.stop()
    process = site.postern.start()
    assert view(known) == 200
    with no_room_for_a_hash(site):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: login(site, known), range(24)))
            wrong = Person(known.email, "wrong horse", site.client())
            answers += pool.map(lambda _: login(site, wrong), range(4))
        fields = {"email": new_email(), "password": PASSWORD}
        answers.append(site.client().post("/api/auth/register", fields))
        for answer in answers:
            assert_refused_for_now(answer)
        # What takes no hash.
        assert view(known) == 200
        assert known.client.get("/api/auth/user/@me").status == 200
        assert refresh(known).status == 200
        assert view(Person("", "", site.client())) == 401
        assert process.is_running
    assert login(site, known).status == 200
    assert login(site, Person(known.email, "wrong horse", site.client())).status == 401
    assert view(site.register()) == 200
    assert site.postern.process is process and process.is_running


def test_hashes_take_as_much_memory_as_the_settings_say(build) -> None:
    site = build(NginxSite, settings=HASH | {"POSTERN_HASHERS": "2"})
    known = person(site)
    process = site.postern.process
    before = process.memory()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: login(site, known).status, range(40)))
    assert answers == [200] * 40
    peak = process.peak_memory()
    assert peak - before < 2 * 64 * MEBIBYTE + 16 * MEBIBYTE
    assert peak - before > 64 * MEBIBYTE, "what is measured is the hashes"
