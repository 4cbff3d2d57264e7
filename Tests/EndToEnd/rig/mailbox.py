"""A real mail server that keeps what it gets, and can be told to misbehave. Tests wait for mails by recipient.

    mailbox.wait_for("ann@example.com").link        # the address in its text
    with mailbox.misbehaving(recipient="550 no such user"): ...
"""

import asyncio
import collections
import contextlib
import dataclasses
import datetime
import email
import email.message
import email.policy
import ipaddress
import pathlib
import re
import secrets
import socket
import ssl
import threading
import typing

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rig.processes import free_port

USERNAME, PASSWORD = "postern@example.com", "app password"
SENDER = "Example <login@example.com>"


@dataclasses.dataclass(frozen=True)
class Mail:
    """A mail as it arrived. `from_` and `recipient` are those of the envelope."""

    from_: str
    recipient: str
    raw: bytes
    is_encrypted: bool
    user: str | None

    @property
    def message(self) -> email.message.EmailMessage:
        return typing.cast(email.message.EmailMessage, email.message_from_bytes(self.raw, policy=email.policy.default))

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    def part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None, self.raw
        return typing.cast(email.message.EmailMessage, part).get_content()

    @property
    def text(self) -> str:
        return self.part("plain")

    @property
    def html(self) -> str:
        return self.part("html")

    @property
    def link(self) -> str:
        """The address that ends with a link's text: the one call to action of its mail."""
        found = re.findall(r"https?://\S+/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", self.text)
        assert len(found) == 1, self.text
        return found[0]

    @property
    def token(self) -> str:
        return self.link.rpartition("/")[2]


class Certificate:
    """A certificate for 127.0.0.1 and localhost, or other names, of an authority that nobody else knows. `folder` gets
    `ca.pem`, for MAIL_CA_FILE."""

    def __init__(self, folder: pathlib.Path, names: tuple[str, ...] = ("127.0.0.1", "localhost")) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        now = datetime.datetime.now(datetime.timezone.utc)

        def signed(name: str, key: ec.EllipticCurvePrivateKey, *more: tuple[x509.ExtensionType, bool]) -> typing.Any:
            builder = (
                x509.CertificateBuilder()
                .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
                .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
                .public_key(key.public_key())
                .serial_number(x509.random_serial_number())
                .not_valid_before(now - datetime.timedelta(days=1))
                .not_valid_after(now + datetime.timedelta(days=2))
            )
            for extension, is_critical in more:
                builder = builder.add_extension(extension, is_critical)
            return builder.sign(authority, hashes.SHA256())

        # Of a name of its own: else another authority's signature would be looked for under its key.
        issuer = f"authority {secrets.token_hex(8)} of the tests"
        authority = ec.generate_private_key(ec.SECP256R1())
        key = ec.generate_private_key(ec.SECP256R1())
        root = signed(issuer, authority, (x509.BasicConstraints(ca=True, path_length=0), True))
        alternatives: list[x509.GeneralName] = []
        for name in names:
            try:
                alternatives.append(x509.IPAddress(ipaddress.ip_address(name)))
            except ValueError:
                alternatives.append(x509.DNSName(name))
        leaf = signed(names[0], key, (x509.SubjectAlternativeName(alternatives), False))
        self.authority = folder / "ca.pem"
        self.authority.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        chain = folder / "server.pem"
        chain.write_bytes(
            leaf.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(chain)


@dataclasses.dataclass
class Behaviour:
    """What it does otherwise than a good server. A reply such as "451 later" is given instead of the good one."""

    sender: str | None = None
    recipient: str | None = None
    data: str | None = None
    password: str | None = None
    # Only for these recipients, where any is named.
    only: tuple[str, ...] = ()
    # Says nothing more from there on: "greeting", "recipient" or "data".
    hangs_at: str | None = None
    # Takes the mail, keeps it, and closes the connection before it says so; as many times.
    drops_after_data: int = 0


class Mailbox:
    """The server. `security` is "plain", "starttls" or "tls"; with `needs_login`, nobody may send without."""

    def __init__(
        self, security: str = "plain", *, certificate: Certificate | None = None, needs_login: bool = False
    ) -> None:
        self.security = security
        self.certificate = certificate
        self.needs_login = needs_login
        self.port = free_port()
        self.behaviour = Behaviour()
        self.mails: list[Mail] = []
        # How often somebody connected, and what was asked of it, by verb.
        self.connections = 0
        self.commands: collections.Counter[str] = collections.Counter()
        self.changed = threading.Condition()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread: threading.Thread | None = None
        self.transports: set[asyncio.BaseTransport] = set()

    @property
    def settings(self) -> dict[str, str | None]:
        """What a Postern needs to send through it: `NginxSite(folder, settings={**mailbox.settings, ...})`."""
        settings: dict[str, str | None] = {
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(self.port),
            "MAIL_DEFAULT_SENDER": SENDER,
        }
        if self.security == "starttls":
            settings["MAIL_USE_TLS"] = "True"
        if self.security == "tls":
            settings["MAIL_USE_SSL"] = "True"
        if self.certificate is not None:
            settings["MAIL_CA_FILE"] = str(self.certificate.authority)
        if self.needs_login:
            settings |= {"MAIL_USERNAME": USERNAME, "MAIL_PASSWORD": PASSWORD}
        return settings

    def start(self) -> "Mailbox":
        """On the same port as before, where it was stopped."""
        ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(10), "the mail server does not start"
        return self

    def stop(self) -> None:
        """Nobody listens any more, and whoever is connected is cut off."""
        if self.loop is None or self.thread is None:
            return
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.loop = self.thread = None

    def wait_for(self, recipient: str, count: int = 1, *, seconds: float = 20) -> Mail:
        """The `count`-th mail to that address, as soon as it is there."""
        with self.changed:
            there = self.changed.wait_for(lambda: len(self.to(recipient)) >= count, seconds)
            assert there, f"no mail {count} to {recipient} within {seconds} s; there are {len(self.mails)} in all"
            return self.to(recipient)[count - 1]

    def to(self, recipient: str) -> list[Mail]:
        """All that came for that address, the first ones first."""
        with self.changed:
            return [mail for mail in self.mails if mail.recipient == recipient]

    def wait_for_command(self, verb: str, count: int = 1, *, seconds: float = 20) -> None:
        """Until it has been asked that so often, whatever it answered: "CONNECT", "MAIL", "RCPT", "DATA"."""
        with self.changed:
            there = self.changed.wait_for(lambda: self.commands[verb] >= count, seconds)
            assert there, f"{verb} was asked {self.commands[verb]} times within {seconds} s, not {count}"

    @contextlib.contextmanager
    def misbehaving(self, **behaviour: typing.Any) -> typing.Iterator[None]:
        """Behaves so for a while; see `Behaviour`."""
        self.behaviour = Behaviour(**behaviour)
        try:
            yield
        finally:
            self.behaviour = Behaviour()

    def _run(self, ready: threading.Event) -> None:
        assert self.loop is not None
        asyncio.set_event_loop(self.loop)
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        context = self.certificate.context if self.certificate is not None else None
        server = self.loop.run_until_complete(
            self.loop.create_server(
                lambda: _Conversation(self),
                sock=listener,
                backlog=128,
                ssl=context if self.security == "tls" else None,
            )
        )
        ready.set()
        self.loop.run_forever()
        server.close()
        for transport in list(self.transports):
            typing.cast(asyncio.Transport, transport).abort()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        # One more turn, in which connections are closed and tasks end.
        self.loop.run_until_complete(asyncio.sleep(0.01))
        self.loop.close()

    def _count(self, verb: str) -> None:
        with self.changed:
            self.commands[verb] += 1
            self.changed.notify_all()


class _Conversation(SMTP):
    """One connection."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        with_starttls = mailbox.security == "starttls"
        super().__init__(
            _Handler(mailbox),
            hostname="mail.example.com",
            tls_context=mailbox.certificate.context if with_starttls and mailbox.certificate else None,
            require_starttls=with_starttls,
            authenticator=_Authenticator(mailbox) if mailbox.needs_login else None,
            # Whether somebody has logged in, the handler asks: aiosmtpd does not know of TLS from the first byte.
            auth_require_tls=with_starttls,
            enable_SMTPUTF8=False,
            timeout=600,
            loop=mailbox.loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.mailbox.transports.add(transport)
        self.mailbox._count("CONNECT")
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.mailbox.transports.discard(self.transport)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        if self.mailbox.behaviour.hangs_at == "greeting":
            await asyncio.Event().wait()
        await super()._handle_client()


class _Authenticator:
    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    def __call__(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: typing.Any
    ) -> AuthResult:
        self.mailbox._count("AUTH")
        if self.mailbox.behaviour.password is not None:
            return AuthResult(success=False, handled=False, message=self.mailbox.behaviour.password)
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False, auth_data=USERNAME)


class _Handler:
    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    def _applies(self, recipient: str) -> bool:
        only = self.mailbox.behaviour.only
        return not only or recipient in only

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.mailbox._count("MAIL")
        if self.mailbox.needs_login and not session.authenticated:
            return "530 5.7.0 log in first"
        if self.mailbox.behaviour.sender is not None:
            return self.mailbox.behaviour.sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        behaviour = self.mailbox.behaviour
        self.mailbox._count("RCPT")
        if behaviour.hangs_at == "recipient" and self._applies(address):
            await asyncio.Event().wait()
        if behaviour.recipient is not None and self._applies(address):
            return behaviour.recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        behaviour = self.mailbox.behaviour
        self.mailbox._count("DATA")
        if not self._applies(envelope.rcpt_tos[0]):
            behaviour = Behaviour()
        if behaviour.hangs_at == "data":
            await asyncio.Event().wait()
        if behaviour.data is not None:
            return behaviour.data
        content = envelope.content
        assert isinstance(content, bytes)
        with self.mailbox.changed:
            for recipient in envelope.rcpt_tos:
                self.mailbox.mails.append(
                    Mail(
                        envelope.mail_from or "",
                        recipient,
                        content,
                        session.ssl is not None or self.mailbox.security == "tls",
                        typing.cast("str | None", session.auth_data),
                    )
                )
            self.mailbox.changed.notify_all()
        if behaviour.drops_after_data > 0:
            behaviour.drops_after_data -= 1
            assert server.transport is not None
            typing.cast(asyncio.Transport, server.transport).abort()
        return "250 taken"
