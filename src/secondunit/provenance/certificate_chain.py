"""The certificates inside a signature, so that whoever checks it later has them at hand."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

_START = b"\x30\x82"  # a DER sequence of 256 bytes or more; no certificate is shorter
_LONGEST = 1 << 14


def chain_in(manifest: bytes, serial: str) -> str:
    """PEM of the certificate with a serial number (decimal) and of its issuers, leaf first, from the bytes of a C2PA
    manifest (their DER stands there in one piece, RFC 9360 x5chain). Empty where there is none."""
    found = {certificate.serial_number: certificate for certificate in _certificates(manifest)}
    leaf = found.get(int(serial)) if serial.isdigit() else None
    chain: list[x509.Certificate] = []
    while leaf is not None and leaf not in chain:
        chain.append(leaf)
        leaf = next((one for one in found.values() if one is not leaf and _issued(one, chain[-1])), None)
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in chain)


def _certificates(data: bytes) -> list[x509.Certificate]:
    found, at = [], data.find(_START)
    while at >= 0:
        size = 4 + int.from_bytes(data[at + 2 : at + 4], "big")
        if size <= _LONGEST and at + size <= len(data):
            try:
                found.append(x509.load_der_x509_certificate(data[at : at + size]))
            except (ValueError, TypeError):
                size = 2
        else:
            size = 2
        at = data.find(_START, at + size)
    return found


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
