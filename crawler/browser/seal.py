"""The key with which the proxy answers for every https host. Made anew at each start, known to one browser, never kept."""

from __future__ import annotations

import base64
import hashlib
import ssl
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gongkai, for one browser")])


def seal(now: datetime) -> tuple[ssl.SSLContext, str]:
    """A server's TLS context with a fresh key, and the key's fingerprint as Chromium wants it (SHA-256 of the SPKI, base64).

    One certificate does for all hosts: the browser is told to believe this key whatever name is asked for, and no other.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Python takes keys from files alone; this folder is ours alone (0700) and gone after the next line.
    with tempfile.TemporaryDirectory(prefix="gongkai-") as folder:
        file = Path(folder, "seal.pem")
        file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        context.load_cert_chain(file)
    return context, base64.b64encode(hashlib.sha256(spki).digest()).decode()
