#!/usr/bin/env python3
"""A phone, as far as logins go: signs in once, keeps the tokens for itself, and renews them when they have run out."""

import argparse
import getpass
import json
import os
import pathlib
import sys
import urllib.error
import urllib.request

# On a phone: the key store. Here: a file for nobody else.
KEPT = pathlib.Path(os.environ.get("PHONE_TOKENS", pathlib.Path.home() / ".postern-phone.json"))


class Refused(Exception):
    """The server's answer to something that it does not do, in its own words."""

    def __init__(self, status: int, body: dict) -> None:
        super().__init__(body.get("error") or body.get("msg") or f"the server answered {status}")
        self.status = status


def request(address: str, method: str, token: str | None = None, body: dict | None = None) -> dict:
    """The JSON that is answered; raises Refused for a status of 400 and more."""
    fields = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        fields["Authorization"] = f"Bearer {token}"
    data = None if method == "GET" else json.dumps(body or {}).encode()
    asked = urllib.request.Request(address, data, fields, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            raise Refused(error.code, json.load(error)) from None
        except ValueError:
            raise Refused(error.code, {}) from None


def keep(tokens: dict) -> None:
    """Writes them into a file of its own and puts that into the place of the old one: a crash leaves one or the other,
    and at no time can anybody else read them."""
    new = KEPT.with_name(KEPT.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(tokens, file)
    new.replace(KEPT)


def kept() -> dict:
    try:
        return json.loads(KEPT.read_text())
    except FileNotFoundError:
        sys.exit("Not signed in: phone.py login SITE EMAIL")


def login(site: str, email: str, password: str) -> None:
    told = request(f"{site}/api/auth/login", "POST", body={"email": email, "password": password})
    keep({"site": site, "access_token": told["access_token"], "refresh_token": told["refresh_token"]})


def renew() -> dict:
    """New tokens for the refresh token, which works once; forgets them where the session is over."""
    tokens = kept()
    try:
        told = request(f"{tokens['site']}/api/auth/token/refresh", "POST", tokens["refresh_token"])
    except Refused as refused:
        if refused.status in (401, 422):
            KEPT.unlink()
            sys.exit("The session is over: phone.py login SITE EMAIL")
        raise
    tokens |= {name: told[name] for name in ("access_token", "refresh_token")}
    keep(tokens)
    return tokens


def call(path: str, method: str = "GET", body: dict | None = None) -> dict:
    """Calls the API; an access token that has run out is renewed, and the call repeated, once."""
    tokens = kept()
    try:
        return request(tokens["site"] + path, method, tokens["access_token"], body)
    except Refused as refused:
        if refused.status != 401:
            raise
    tokens = renew()
    return request(tokens["site"] + path, method, tokens["access_token"], body)


def logout() -> None:
    tokens = kept()
    try:
        request(f"{tokens['site']}/api/auth/logout", "POST", tokens["access_token"])
    finally:
        KEPT.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("login", help="sign in; the password is asked for, or read from standard input")
    command.add_argument("site", help="such as https://api.example.com")
    command.add_argument("email")
    commands.add_parser("notes", help="list the notes")
    command = commands.add_parser("add", help="add one")
    command.add_argument("text")
    commands.add_parser("whoami", help="say who is signed in")
    commands.add_parser("logout", help="sign out, here and on the server")
    chosen = parser.parse_args()
    try:
        if chosen.command == "login":
            password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
            login(chosen.site.rstrip("/"), chosen.email, password)
            print(f"Signed in as {chosen.email}.")
        elif chosen.command == "notes":
            print("\n".join(call("/api/notes/")["notes"]))
        elif chosen.command == "add":
            print("\n".join(call("/api/notes/", "POST", {"text": chosen.text})["notes"]))
        elif chosen.command == "whoami":
            print(call("/api/auth/user/@me")["user"]["email"])
        else:
            logout()
            print("Signed out.")
    except Refused as refused:
        sys.exit(str(refused))
    except urllib.error.URLError as error:
        sys.exit(f"The server cannot be reached: {error.reason}")


if __name__ == "__main__":
    main()
