"""How a mail leaves: what each answer of a mail server means, and how it is filed where there is none."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Smtpd
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from monitor.notifier import Failed, Filed, Sent
from monitor.notifiers.email import EmailNotifier
from monitor.settings import MonitorSettings
from storage.records import Message

NOW = datetime(2026, 4, 9, 1, 30, tzinfo=UTC)
WAITING = Message(
    id=5,
    message_id="<a@localhost>",
    subscriber="desk",
    address="desk@example.org",
    notifier="email",
    subject="[gongkai] 1 finding",
    content=b"Subject: [gongkai] 1 finding\r\nMessage-ID: <a@localhost>\r\n\r\n6Z2S\r\n",
    state="waiting",
    attempts=0,
    created=NOW,
)


def notifier(home: Path, **flags: Any) -> EmailNotifier:
    return EmailNotifier(MonitorSettings.load(home, **flags))


class Box:
    """A mail server on loopback that answers as told and remembers what it took."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.rcpt = "250 OK"
        self.data = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data.startswith("250"):
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.data


class Post(Controller):
    """A server on a free port, which wakes up at a bare knock, since no certificate of it is trusted yet."""

    def __init__(self, handler: Any, **more: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=0, **more)

    def _trigger_server(self) -> None:
        socket.create_connection(("127.0.0.1", self.bound), timeout=5).close()

    @property
    def bound(self) -> int:
        server: Any = self.server
        return int(server.sockets[0].getsockname()[1])

    def stop(self, no_assert: bool = True) -> None:
        if self._thread is not None:
            super().stop()


@pytest.fixture
def box() -> Iterator[tuple[Box, Post]]:
    taken = Box()
    controller = Post(taken)
    controller.start()
    yield taken, controller
    controller.stop()


def url_of(controller: Post) -> str:
    return f"smtp://127.0.0.1:{controller.bound}"


def test_a_mail_arrives_as_it_was_frozen(tmp_path: Path, box: tuple[Box, Post]) -> None:
    taken, controller = box
    message = WAITING
    assert notifier(tmp_path, smtp_url=url_of(controller)).send(message) == Sent()
    ((sender, to, content),) = taken.taken
    assert (sender, to) == ("gongkai@localhost", ["desk@example.org"])
    assert content.rstrip() == message.content.rstrip()


@pytest.mark.parametrize(("answer", "permanent"), [("550 no such user", True), ("451 try later", False)])
@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_a_final_no_is_told_from_a_not_now(
    tmp_path: Path, box: tuple[Box, Post], step: str, answer: str, permanent: bool
) -> None:
    taken, controller = box
    setattr(taken, step, answer)
    delivery = notifier(tmp_path, smtp_url=url_of(controller)).send(WAITING)
    assert isinstance(delivery, Failed)
    assert delivery.permanent is permanent
    assert answer[4:] in delivery.text
    assert not delivery.unreachable


def test_a_server_that_is_down_is_a_not_now_for_everybody(tmp_path: Path, box: tuple[Box, Post]) -> None:
    url = url_of(box[1])
    box[1].stop()
    delivery = notifier(tmp_path, smtp_url=url).send(WAITING)
    assert isinstance(delivery, Failed)
    assert delivery.unreachable
    assert not delivery.permanent


def test_a_server_that_goes_away_after_its_yes_has_taken_the_mail(tmp_path: Path) -> None:
    class Rude(Smtpd):
        async def smtp_QUIT(self, arg: str) -> None:
            await self.push("451 I do not say goodbye")

    class Rudely(Post):
        def factory(self) -> Smtpd:
            return Rude(self.handler)

    controller = Rudely(Box())
    controller.start()
    try:
        assert notifier(tmp_path, smtp_url=url_of(controller)).send(WAITING) == Sent()
    finally:
        controller.stop()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_wrong_password_kills_no_message(tmp_path: Path) -> None:
    controller = Post(
        Box(), auth_required=True, auth_require_tls=False, authenticator=lambda *_: AuthResult(success=False, handled=False)
    )
    controller.start()
    try:
        url = url_of(controller).replace("smtp://", "smtp://desk:geheim%40@")
        delivery = notifier(tmp_path, smtp_url=url).send(WAITING)
    finally:
        controller.stop()
    assert isinstance(delivery, Failed)
    assert not delivery.permanent
    assert "535" in delivery.text
    assert "geheim" not in delivery.text


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_is_checked_before_anything_is_said(
    tmp_path: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    taken = Box()
    tls = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    controller = Post(taken, **tls)
    controller.start()
    try:
        hand = notifier(tmp_path, smtp_url=url_of(controller).replace("smtp://127.0.0.1", f"{scheme}://localhost"))
        message = WAITING
        delivery = hand.send(message)
        assert isinstance(delivery, Failed)
        assert delivery.unreachable
        assert not taken.taken
        assert "CERTIFICATE_VERIFY" in delivery.text
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert hand.send(message) == Sent()
    finally:
        controller.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nRCPT TO:<c@d>", "a b@c", "<a@b>", "a@b,c@d"])
def test_an_address_that_is_none_is_refused_without_a_connection(tmp_path: Path, address: str) -> None:
    message = replace(WAITING, address=address)
    delivery = notifier(tmp_path, smtp_url="smtp://127.0.0.1:1").send(message)
    assert isinstance(delivery, Failed)
    assert delivery.permanent


def test_an_address_beyond_ascii_goes_to_a_server_that_can(tmp_path: Path) -> None:
    taken = Box()
    controller = Post(taken, enable_SMTPUTF8=True)
    controller.start()
    try:
        message = replace(WAITING, address="张@example.org")
        assert notifier(tmp_path, smtp_url=url_of(controller)).send(message) == Sent()
    finally:
        controller.stop()
    assert taken.taken[0][1] == ["张@example.org"]


def test_without_a_server_the_mail_is_filed_whole_and_only_once(tmp_path: Path) -> None:
    message = WAITING
    first, second = notifier(tmp_path).send(message), notifier(tmp_path).send(message)
    assert isinstance(first, Filed)
    assert first == second
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["2026-04-09T093000_desk_5.eml"]
    assert Path(first.where).read_bytes() == message.content


def test_a_subscriber_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    message = replace(WAITING, subscriber="../../etc/x")
    delivery = notifier(tmp_path).send(message)
    assert isinstance(delivery, Filed)
    assert Path(delivery.where).parent == tmp_path / "mail"


def test_a_folder_that_cannot_be_written_is_a_not_now(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file stands where the folder should be")
    delivery = notifier(tmp_path).send(WAITING)
    assert isinstance(delivery, Failed)
    assert not delivery.permanent


def test_smtplib_still_has_what_the_sender_relies_on() -> None:
    assert issubclass(smtplib.SMTPSenderRefused, smtplib.SMTPResponseException)
    assert issubclass(smtplib.SMTPDataError, smtplib.SMTPResponseException)
