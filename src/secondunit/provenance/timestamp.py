"""RFC 3161 time stamps: an authority's word that some bytes existed at a time, asked for and checked offline later.

Enters: a message and a `Transport` that carries a request to an authority. Leaves: the answer as DER bytes, to keep
beside the message; later a `TimeStamp`, checked against roots that the checker trusts. No network in checking.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from secondunit.errors import BadInput, VerificationFailed

Transport = Callable[[bytes], bytes]

_TIMEOUT_S = 30
_MAX_ANSWER = 1 << 20
_GRANTED = (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)


@dataclass(frozen=True)
class TimeStamp:
    """When an authority saw a message. `is_known`: its certificate leads to a root that the checker trusts."""

    at: dt.datetime
    authority: str
    is_known: bool


def request_timestamp(message: bytes, transport: Transport) -> bytes:
    """Have `message` stamped; the answer in DER, after it was seen to be about this message and this request.

    Raises `BadInput` when the authority refuses or answers something else.
    """
    request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = transport(request.as_bytes())
    response = _decode(answer)
    if response is None:
        raise _bad_authority("answered something that is no time stamp")
    if response.status not in _GRANTED:
        raise _bad_authority(f"refused: {', '.join(response.status_string) or PKIStatus(response.status).name}")
    if response.tst_info.nonce != request.nonce or not _is_about(response, message):
        raise _bad_authority("stamped something else than what it was asked to")
    return answer


def check_timestamp(answer: bytes, message: bytes, roots: str) -> TimeStamp:
    """Check a kept answer against its message and `roots`, PEM certificates of root authorities (may be empty).

    An authority under none of the roots is not `is_known`: its word counts for nothing yet, but is no sign of
    tampering. Raises `VerificationFailed` for an answer that is broken or is about another message.
    """
    response = _decode(answer)
    if response is None or response.status not in _GRANTED:
        raise _broken("cannot be read")
    if not _is_about(response, message):
        raise _broken("is that of something else")
    certificates = _certificates(response)
    trusted = x509.load_pem_x509_certificates(roots.encode()) if roots.strip() else []
    # Two roots may bear the same name: only those whose keys fit are put before the verifier.
    trusted = [root for root in trusted if _leads_to(root, certificates)]
    stamp = response.tst_info.gen_time
    if not trusted:
        return TimeStamp(stamp, _authority(certificates), is_known=False)
    try:
        # Certificates inside the answer help to build the chain, but only `trusted` ends one.
        VerifierBuilder(roots=trusted).build().verify(response, response.tst_info.message_imprint.message)
    except VerificationError as error:
        reason = " ".join(str(error).split("ErrorStack")[0].split()).rstrip(". :(")
        raise _broken(f"does not hold: {reason}") from None
    return TimeStamp(stamp, _authority(certificates), is_known=True)


def http_transport(url: str) -> Transport:
    """A transport over HTTP (RFC 3161 section 3.4). Raises `BadInput` when the authority cannot be reached."""
    if not url.startswith(("http://", "https://")):
        raise BadInput(
            f"`{url}` is no address of a time stamp authority", hint="give one that begins with `https://`"
        )

    def carry(request: bytes) -> bytes:
        kind = {"Content-Type": "application/timestamp-query"}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, request, kind), timeout=_TIMEOUT_S) as answer:
                return bytes(answer.read(_MAX_ANSWER))
        except (OSError, ValueError, urllib.error.URLError) as error:
            reason = str(getattr(error, "reason", "") or error).rstrip(".")
            raise BadInput(
                f"the time stamp authority `{url}` cannot be reached: {reason}",
                hint="check the address and the network, or go without a time stamp",
            ) from None

    return carry


def _decode(answer: bytes) -> TimeStampResponse | None:
    try:
        response = decode_timestamp_response(answer)
        if response.status in _GRANTED:
            _ = response.tst_info.message_imprint.message, response.tst_info.gen_time, _certificates(response)
        return response
    except Exception:
        return None  # the parser names no errors of its own


def _certificates(response: TimeStampResponse) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(der) for der in response.signed_data.certificates]


def _is_about(response: TimeStampResponse, message: bytes) -> bool:
    imprint = response.tst_info.message_imprint
    digests = {
        "2.16.840.1.101.3.4.2.1": hashlib.sha256,
        "2.16.840.1.101.3.4.2.2": hashlib.sha384,
        "2.16.840.1.101.3.4.2.3": hashlib.sha512,
    }
    algorithm = digests.get(imprint.hash_algorithm.dotted_string)
    return algorithm is not None and algorithm(message).digest() == imprint.message


def _leads_to(root: x509.Certificate, certificates: Iterable[x509.Certificate]) -> bool:
    """Whether a root issued one of the certificates of an answer, or is one of them."""
    for certificate in certificates:
        try:
            certificate.verify_directly_issued_by(root)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return True
    return False


def _authority(certificates: Iterable[x509.Certificate]) -> str:
    """The name of the one that stamps: the certificate meant for nothing else."""
    names = [
        str(name.value)
        for certificate in certificates
        if not _is_issuer(certificate)
        for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    ]
    return names[0] if names else "an authority without a name"


def _is_issuer(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _bad_authority(what: str) -> BadInput:
    return BadInput(
        f"the time stamp authority {what}", hint="try again, use another authority, or go without one"
    )


def _broken(what: str) -> VerificationFailed:
    sentence = f"the time stamp {what}"
    return VerificationFailed(sentence, findings=[sentence], hint="get the files again from where they came from")
