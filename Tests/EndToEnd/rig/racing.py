"""Refreshes at the same moment: from threads, and from processes that share nothing but the clock."""

import concurrent.futures
import dataclasses
import multiprocessing
import threading
import time

from rig.client import Client
from rig.people import ACCESS, REFRESH, claims_of
from rig.site import Site

PATH = "/api/auth/token/refresh"


@dataclasses.dataclass
class Refreshed:
    status: int
    text: str
    cookies: dict[str, str]

    @property
    def generation(self) -> int:
        return claims_of(self.cookies[REFRESH])["generation"]

    @property
    def access(self) -> str:
        return self.cookies[ACCESS]


def burst(port: int, cookies: dict[str, str], threads: int, start: float) -> list[Refreshed]:
    """So many refreshes at `start` (of the monotonic clock), over connections that stand already."""
    gate = threading.Barrier(threads)

    def refresh(_: int) -> Refreshed:
        client = Client(port)
        client.cookies = dict(cookies)
        assert client.get("/").status == 200
        gate.wait()
        time.sleep(max(0, start - time.monotonic()))
        answer = client.post(PATH)
        client.close()
        return Refreshed(answer.status, repr(answer), answer.cookies)

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return list(pool.map(refresh, range(threads)))


def race(site: Site, cookies: dict[str, str], *, processes: int, threads: int) -> list[Refreshed]:
    """`processes` × `threads` refreshes with the same cookies."""
    if processes == 1:
        return burst(site.port, cookies, threads, time.monotonic())
    spawning = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(processes, mp_context=spawning) as pool:
        # All of them have to be there before the start is given.
        list(pool.map(time.sleep, [0.2] * processes))
        start = time.monotonic() + 0.3
        running = [pool.submit(burst, site.port, cookies, threads, start) for _ in range(processes)]
        return [answer for done in running for answer in done.result()]
