"""People who sign in and out, look at pages, change things, and come with programs: all that they do goes through the
web server, and each answer has to be the one that is due."""

import random
import uuid

from rig.client import Client, Form
from rig.load import Actor, Ledger, Target
from rig.people import ACCESS, REFRESH, claims_of
from rig.racing import burst
from rig.site import PASSWORD

# Accounts of each actor. They are used again and again, so that the database grows by what people do alone.
ACCOUNTS = 5
FIRST_NAMES = ("Ann", "Bōb", "Чарли", "李", "O'Neil", "<b>", "x" * 100)


class Household(Actor):
    """Some accounts that nobody else uses, and so passwords that are known."""

    def __init__(self, target: Target, ledger: Ledger, chance: random.Random) -> None:
        super().__init__(target, ledger, chance)
        # Spawned anew with the same seed, it must not meet the accounts of before.
        family = uuid.uuid4().hex[:12]
        self.passwords: dict[str, str] = {}
        self.addresses = [f"{family}-{number}@example.com" for number in range(ACCOUNTS)]

    def client(self, **cookies: str) -> Client:
        made = Client(self.target.port, {"User-Agent": "curl/7.88.1"})
        made.cookies = dict(cookies)
        return made

    def act(self) -> None:
        """One stay, from the sign-in to the sign-out; behind it nothing opens any more."""
        email = self.chance.choice(self.addresses)
        client = self.client()
        self.sign_in(client, email)
        acts = [
            self.look_at_pages, self.use_application, self.ask_about_oneself, self.refresh, self.race,
            self.change_profile, self.use_api_token, self.end_other_session, self.come_back, self.change_password,
        ]  # fmt: skip
        for act in self.chance.choices(acts, weights=[8, 6, 4, 4, 1, 1, 2, 1, 3, 0.3], k=self.chance.randint(3, 10)):
            act(client, email)
            self.ledger.count(act.__name__)
        before = dict(client.cookies)
        self.sign_out(client)
        self.assert_worthless(before)
        client.close()

    # Coming and going.

    def sign_in(self, client: Client, email: str) -> None:
        if email not in self.passwords:
            fields = {"email": email, "password": PASSWORD, "first_name": self.chance.choice(FIRST_NAMES)}
            self.expect(client.post("/api/auth/register", fields), 201, about="registration")
            self.passwords[email] = PASSWORD
            self.ledger.count("registered")
            return
        fields = {"email": email, "password": self.passwords[email]}
        if self.chance.random() < 0.1:
            again = self.client()
            self.expect(again.post("/api/auth/register", fields), 400, about="a second registration")
            again.close()
        if self.chance.random() < 0.5:
            self.expect(client.post("/api/auth/login", fields), 200, about="login")
            assert client.cookies.keys() >= {ACCESS, REFRESH}
        else:
            page = self.expect(client.view("/auth/login?next=/private/file.txt"), 200)
            answer = client.submit("/auth/login", Form(page.text).fields | fields)
            assert client.arrive(answer) == "/private/file.txt", answer
        self.ledger.count("signed in")

    def sign_out(self, client: Client) -> None:
        if self.chance.random() < 0.7:
            self.expect(client.post("/api/auth/logout"), 200, about="logout")
        else:
            self.expect(client.submit("/auth/logout", {}), 302, 303, about="logout by the page")
        assert not client.cookies.keys() & {ACCESS, REFRESH}
        self.ledger.count("signed out")

    def assert_worthless(self, cookies: dict[str, str]) -> None:
        """What has been revoked passes nowhere, at once."""
        for names in ((ACCESS, REFRESH), (ACCESS,), (REFRESH,)):
            client = self.client(**{name: cookies[name] for name in names})
            for path in ("/private/file.txt", "/app/", "/api/auth/check-auth"):
                self.expect(client.request("GET", path, keep=False), 401, about=f"revoked {names} at {path}:")
            client.close()
            self.ledger.count("refused because revoked", 3)

    # What somebody does who is signed in.

    def look_at_pages(self, client: Client, email: str) -> None:
        for _ in range(self.chance.randint(1, 12)):
            assert client.get("/private/file.txt").text == "a private file\n"
        self.expect(client.request("HEAD", "/private/file.txt"), 200)
        self.expect(client.get("/private/admin/file.txt"), 403)
        self.expect(client.view("/private/admin/"), 403)
        self.expect(client.view("/auth/account"), 200)
        self.expect(client.view("/auth/style.css"), 200)
        stranger = self.client()
        self.expect(stranger.view("/private/"), 302)
        self.expect(stranger.get("/private/file.txt"), 401)
        stranger.close()

    def use_application(self, client: Client, email: str) -> None:
        for method, body in (("GET", None), ("POST", b"x" * self.chance.randrange(200_000)), ("PUT", b"")):
            answer = client.request(method, "/app/x?y=1", body, {"Accept": "application/json"})
            told = dict(self.expect(answer, 200).json["headers"])
            assert told["X-Auth-User"] == email and "Cookie" not in told, answer

    def ask_about_oneself(self, client: Client, email: str) -> None:
        assert client.get("/api/auth/check-auth").json["user"]["email"] == email
        assert client.get("/api/auth/user/@me").json["user"]["email"] == email
        session = claims_of(client.cookies[ACCESS])["session_id"]
        own = self.expect(client.get("/api/audit/sessions/me"), 200).json["sessions"]
        assert [row["is_current"] for row in own if row["session_id"] == session] == [True]
        self.expect(client.get("/api/audit/audit-logs/me"), 200)

    def refresh(self, client: Client, email: str) -> None:
        self.expect(client.post("/api/auth/token/refresh"), 200, about="refresh")
        self.expect(client.get("/private/file.txt"), 200, about="a fresh token")

    def race(self, client: Client, email: str) -> None:
        """As several tabs do that wake at the same moment."""
        answers = burst(self.target.port, client.cookies, 4, 0)
        assert [answer.status for answer in answers] == [200] * 4, [answer.text for answer in answers]
        client.cookies.update(self.chance.choice(answers).cookies)
        self.expect(client.get("/private/file.txt"), 200, about="the token of a race")

    def come_back(self, client: Client, email: str) -> None:
        """With the refresh cookie alone, as after a while: the page opens, and a fresh access cookie comes with it."""
        back = self.client(**{REFRESH: client.cookies[REFRESH]})
        assert ACCESS in self.expect(back.get("/private/file.txt"), 200, about="renewal").cookies
        self.expect(back.get("/app/"), 200)
        back.close()

    def change_profile(self, client: Client, email: str) -> None:
        name = self.chance.choice(FIRST_NAMES)
        change = {"first_name": name, "city": self.chance.choice(("Oxford", "Ōsaka"))}
        self.expect(client.request("PUT", "/api/auth/user/@me", change), 200, about="profile")
        assert client.get("/api/auth/user/@me").json["user"]["first_name"] == name

    def change_password(self, client: Client, email: str) -> None:
        """Ends every other session, and goes on with another one."""
        other = self.client()
        fields = {"email": email, "password": self.passwords[email]}
        self.expect(other.post("/api/auth/login", fields), 200)
        before = dict(client.cookies)
        new = f"battery staple {self.chance.randrange(10**9)}"
        change = {"current_password": self.passwords[email], "new_password": new}
        self.expect(client.post("/api/auth/password/update", change), 200, about="another password")
        self.passwords[email] = new
        self.assert_worthless(before)
        self.expect(other.get("/private/file.txt"), 401, about="a session from before another password")
        self.expect(client.get("/private/file.txt"), 200)
        other.close()

    def end_other_session(self, client: Client, email: str) -> None:
        other = self.client()
        fields = {"email": email, "password": self.passwords[email]}
        self.expect(other.post("/api/auth/login", fields), 200)
        session = claims_of(other.cookies[ACCESS])["session_id"]
        self.expect(client.request("DELETE", f"/api/audit/sessions/{session}"), 200, about="the end of a session")
        self.assert_worthless(other.cookies)
        other.close()

    def use_api_token(self, client: Client, email: str) -> None:
        made = self.expect(client.post("/api/auth/tokens", {"name": "a program"}), 201, about="an API token").json
        program = Client(self.target.port, {"Authorization": f"Bearer {made['token']}"})
        for _ in range(self.chance.randint(1, 10)):
            self.expect(program.get("/private/file.txt"), 200, about="an API token")
        self.expect(program.get("/api/auth/check-auth"), 200)
        self.expect(client.get("/api/auth/tokens"), 200)
        self.expect(client.request("DELETE", f"/api/auth/tokens/{made['id']}"), 200, 204, about="the end of a token")
        for path in ("/private/file.txt", "/app/", "/api/auth/check-auth"):
            self.expect(program.get(path), 401, about="a revoked API token")
        self.ledger.count("refused because revoked", 3)
        program.close()
