"""Time stamps of RFC 3161: what an authority is asked, and whether its answer stamps what was asked. Sends and keeps nothing.

An answer is kept as it came (TimeStampResp, DER), so that `openssl ts -verify -in` reads it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256, sha384, sha512

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.tsp import PKIStatus

QUERY = "application/timestamp-query"
"""The content type of what an authority is asked (RFC 3161, 3.4)."""

_HASHES = {
    "2.16.840.1.101.3.4.2.1": sha256,
    "2.16.840.1.101.3.4.2.2": sha384,
    "2.16.840.1.101.3.4.2.3": sha512,
}


def asking(data: bytes) -> TimeStampRequest:
    """What an authority is asked to stamp these bytes; with a number used once, so that no old answer fits."""
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build()


def check(answer: bytes, data: bytes, asked: TimeStampRequest | None = None, roots: Sequence[x509.Certificate] = ()) -> datetime:
    """The time at which an authority stamped these bytes; raises ValueError, saying why, if this answer does not show it.

    Without `roots` only what the answer says is checked, and not by whom it was signed: that takes a certificate to go by.
    """
    told = _granted(answer)
    stamped = told.tst_info
    if asked is not None and stamped.nonce != asked.nonce:
        raise ValueError("the time stamp answers another question")
    imprint = stamped.message_imprint
    hashed = _HASHES.get(imprint.hash_algorithm.dotted_string)
    if hashed is None or imprint.message != hashed(data).digest():
        raise ValueError("the time stamp is for other data")
    if roots:
        _trust(told, data, roots)
    return stamped.gen_time.astimezone(UTC)


def certificates_in(pem: bytes) -> list[x509.Certificate]:
    """The certificates in a PEM file, by which an authority is trusted; raises ValueError if there are none."""
    return x509.load_pem_x509_certificates(pem)


def _granted(answer: bytes) -> TimeStampResponse:
    try:
        told = decode_timestamp_response(answer)
        status, why = PKIStatus(told.status), "; ".join(told.status_string)
        if status is PKIStatus.GRANTED and told.tst_info:
            return told
    except ValueError as wrong:
        raise ValueError(f"this is no answer of a time stamp authority: {wrong}") from None
    raise ValueError(f"the authority did not grant a time stamp: {status.name.lower()}{': ' + why if why else ''}")


def _trust(told: TimeStampResponse, data: bytes, roots: Sequence[x509.Certificate]) -> None:
    builder = VerifierBuilder()
    for certificate in dict.fromkeys(roots):
        builder = builder.add_root_certificate(certificate)
    try:
        builder.build().verify_message(told, data)
    except (VerificationError, ValueError) as wrong:
        raise ValueError(f"the time stamp's signature cannot be trusted: {wrong}") from None
