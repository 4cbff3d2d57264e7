"""Going where a browser goes by itself: redirects and pages that load the next one, with what it says of each step, and
without the cookies that `SameSite=Strict` keeps back."""

import dataclasses
import urllib.parse

from rig.client import BROWSER, Answer, Client

# What a browser follows before it says that a page redirects too often is 20; more than this is a loop in the making.
MOST_STEPS = 5


@dataclasses.dataclass
class Step:
    method: str
    path: str
    # `Sec-Fetch-Site`: an arrival from elsewhere may load the same address once more, now from here.
    site: str
    cookies: str
    answer: Answer | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        return self.method, self.path, self.site, self.cookies

    def __repr__(self) -> str:
        return f"{self.method} {self.path} ({self.site}) [{self.cookies[:60]}] -> {self.answer and self.answer.status}"


def visit(client: Client, method: str, path: str, *, body: str | None = None, site: str = "none") -> list[Step]:
    """The steps of a page view; the last one has no onward. `site` is the `Sec-Fetch-Site` of the first step: from
    "cross-site" no cookie comes along. A step that was there before, with the same cookies, fails: that is a loop."""
    steps: list[Step] = []
    while True:
        jar, sent = client.cookies, {} if site == "cross-site" else client.cookies
        fields = BROWSER | {
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
            "Sec-Fetch-Site": site,
        }
        if body is not None:
            own = f"http://127.0.0.1:{client.port}"
            fields |= {"Content-Type": "application/x-www-form-urlencoded"}
            fields |= {"Origin": "https://elsewhere.example" if site == "cross-site" else own}
        step = Step(method, path, site, str(sorted(sent.items())))
        assert step.asked not in [one.asked for one in steps], f"a loop: {[*steps, step]}"
        client.cookies = dict(sent)
        answer = step.answer = client.request(method, path, body, fields)
        # What was set is kept beside what was kept back.
        client.cookies = (jar | client.cookies) if site == "cross-site" else client.cookies
        steps.append(step)
        onward = answer.onward
        if onward is None:
            return steps
        assert len(steps) < MOST_STEPS, steps
        target = urllib.parse.urlsplit(urllib.parse.urljoin(f"http://127.0.0.1:{client.port}{path}", onward))
        assert target.netloc == f"127.0.0.1:{client.port}", f"led elsewhere: {onward}"
        path = target.path + ("?" + target.query if target.query else "")
        if answer.status in (301, 302, 303, 307, 308):
            # A redirect keeps the origin that began it; only HEAD stays what it was.
            method = method if method == "HEAD" or answer.status in (307, 308) else "GET"
        else:
            method, site = "GET", "same-origin"
        body = None if method != "POST" else body
