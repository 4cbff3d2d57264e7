"""What docs/commands.md tells operators to ask the database, asked as it stands there."""

import contextlib
import re
import sqlite3

from rig.site import NginxSite
from webserver_files import ROOT

PAGE = (ROOT / "docs/commands.md").read_text()


def test_sql_for_operators_finds_sessions_and_the_audit_log_of_an_account(site: NginxSite) -> None:
    alice, bob = site.register(), site.register()
    assert bob.client.post("/api/auth/logout").status == 200
    number = alice.client.get("/api/auth/check-auth").json["user"]["id"]
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    sessions, entries = (text + ";" for text in block.split(";")[:2])
    (database,) = site.postern.data.glob("*.db")
    with contextlib.closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        signed_in = [row[:3] for row in connection.execute(sessions)]
        assert (number, alice.email, "127.0.0.1") in signed_in
        assert bob.email not in [row[1] for row in signed_in]
        assert "WHERE 7 IN" in entries
        rows = connection.execute(entries.replace("7 IN", f"{number} IN")).fetchall()
        expected = [(action, number, None, "127.0.0.1") for action in ("user.signup", "user.login")]
        assert [row[1:5] for row in rows] == expected
