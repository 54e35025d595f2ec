"""A time stamp authority of our own for tests: real certificates, and answers that openssl makes."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from storage.clock import SystemClock

# No `certs=`: with further certificates openssl does not sort them as DER wants, and a strict reader refuses that.
CONFIG = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
default_policy = 1.2.3.4.1
signer_digest = sha256
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


class Authority:
    """Answers time stamp queries; `root` is the certificate by which it is trusted."""

    def __init__(self, folder: Path) -> None:
        openssl = shutil.which("openssl")
        assert openssl, "these tests need the openssl command"
        folder.mkdir(parents=True, exist_ok=True)
        self._openssl, self._folder = openssl, folder
        key, signer = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.root = _certificate("root", key, "root", key, None)
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        self._keep("root.pem", self.root.public_bytes(serialization.Encoding.PEM))
        self._keep("signer.pem", _certificate("signer", signer, "root", key, stamping).public_bytes(serialization.Encoding.PEM))
        self._keep(
            "signer.key",
            signer.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        )
        self._keep("serial", b"01\n")
        self._keep("tsa.cnf", CONFIG.format(folder=folder).encode())

    @property
    def certificates(self) -> Path:
        """The PEM file of the root."""
        return self._folder / "root.pem"

    def answer(self, query: bytes) -> bytes:
        """What the authority answers to a query."""
        self._keep("query", query)
        config = ["-config", str(self._folder / "tsa.cnf"), "-queryfile", str(self._folder / "query")]
        self._run("ts", "-reply", *config, "-out", str(self._folder / "answer"))
        return (self._folder / "answer").read_bytes()

    def verifies(self, answer: bytes, data: bytes) -> bool:
        """Does openssl, too, find that the answer stamps these bytes?"""
        self._keep("asked", data)
        self._keep("told", answer)
        files = ["-data", str(self._folder / "asked"), "-in", str(self._folder / "told"), "-CAfile", str(self.certificates)]
        return self._run("ts", "-verify", *files, must=False) == 0

    def _run(self, *words: str, must: bool = True) -> int:
        done = subprocess.run([self._openssl, *words], capture_output=True, check=False)
        assert not must or done.returncode == 0, done.stderr.decode()
        return done.returncode

    def _keep(self, name: str, data: bytes) -> None:
        (self._folder / name).write_bytes(data)


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey, use: x509.ExtendedKeyUsage | None
) -> x509.Certificate:
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=use is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if use is not None:
        made = made.add_extension(use, critical=True)
        made = made.add_extension(_signing_only(), critical=True)
    return made.sign(by, hashes.SHA256())


def _signing_only() -> x509.KeyUsage:
    return x509.KeyUsage(True, True, False, False, False, False, False, False, False)
