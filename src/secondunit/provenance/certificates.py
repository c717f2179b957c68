"""Who signs: a studio's own certificate, or a test chain made on first use, and whom this machine trusts.

Keys lie in the configuration folder with mode 0600, never in a show.

    SECONDUNIT_HOME    the configuration folder (else $XDG_CONFIG_HOME/secondunit, else ~/.config/secondunit)
    SECONDUNIT_CERT    PEM file: the leaf, then the certificates that issued it
    SECONDUNIT_KEY     PEM file: the leaf's private key
    SECONDUNIT_TRUST   PEM file: roots to trust when verifying, besides this machine's test root
    SECONDUNIT_TSA     URL of an RFC 3161 time stamp authority; without one a signature dies with its certificate
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from secondunit.errors import BadInput
from secondunit.provenance.local_chain import local_chain
from secondunit.store.own_folder import config_folder

TEST_WARNING = (
    "signed with this machine's test certificate, which nobody else trusts; to sign with a real one set "
    "`SECONDUNIT_CERT` and `SECONDUNIT_KEY` to a certificate chain and its key"
)


@dataclass(frozen=True)
class Identity:
    """What a signature is made with. `algorithm` is C2PA's name (`es256`); `is_test` marks the local chain."""

    chain_pem: str
    key_pem: bytes
    algorithm: str
    name: str
    is_test: bool
    tsa_url: str | None = None

    def __repr__(self) -> str:
        return f"Identity(name={self.name!r}, algorithm={self.algorithm!r}, is_test={self.is_test})"


def signing_identity(now: dt.datetime, environ: Mapping[str, str] | None = None) -> Identity:
    """The certificate to sign with: the one the environment names, else the local test chain, made if missing.

    Raises `BadInput` when the named one cannot be used or the configuration folder cannot be written.
    """
    env = os.environ if environ is None else environ
    tsa = env.get("SECONDUNIT_TSA") or None
    certificate, key = env.get("SECONDUNIT_CERT", ""), env.get("SECONDUNIT_KEY", "")
    if bool(certificate) != bool(key):
        missing = "SECONDUNIT_KEY" if certificate else "SECONDUNIT_CERT"
        raise BadInput(f"`{missing}` is not set", hint="a certificate and its key are given together")
    if certificate:
        return _identity(_read(Path(certificate)), _read(Path(key)), now, is_test=False, tsa=tsa)
    folder = local_chain(config_folder(env), now)
    return _identity(_read(folder / "chain.pem"), _read(folder / "leaf.key"), now, is_test=True, tsa=tsa)


def trust_anchors(environ: Mapping[str, str] | None = None) -> str:
    """PEM of every root trusted here: this machine's test root if it was ever made, and `SECONDUNIT_TRUST`.

    Makes nothing. Raises `BadInput` when the named file cannot be read.
    """
    env = os.environ if environ is None else environ
    found = []
    root = config_folder(env) / "certificates" / "root.pem"
    if root.is_file():
        found.append(_read(root).decode("ascii", "replace"))
    if env.get("SECONDUNIT_TRUST"):
        path = Path(env["SECONDUNIT_TRUST"])
        pem = _read(path)
        _certificates(pem, path)
        found.append(pem.decode("ascii", "replace"))
    return "\n".join(found)


def _identity(chain: bytes, key: bytes, now: dt.datetime, *, is_test: bool, tsa: str | None) -> Identity:
    certificates = _certificates(chain, Path("SECONDUNIT_CERT"))
    leaf = certificates[0]
    try:
        private = serialization.load_pem_private_key(key, password=None)
    except TypeError:
        raise BadInput("the signing key is locked by a password", hint="decrypt it for this session") from None
    except (ValueError, UnsupportedAlgorithm):
        raise BadInput(
            "the signing key cannot be read", hint="`SECONDUNIT_KEY` is a PEM file in PKCS 8"
        ) from None
    public = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if private.public_key().public_bytes(*public) != leaf.public_key().public_bytes(*public):
        raise BadInput(
            "the signing key does not belong to the certificate",
            hint="the first certificate of `SECONDUNIT_CERT` is the one `SECONDUNIT_KEY` signs for",
        )
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise BadInput(
            f"the certificate is valid from {leaf.not_valid_before_utc:%Y-%m-%d} to "
            f"{leaf.not_valid_after_utc:%Y-%m-%d}, not on {now:%Y-%m-%d}",
            hint="renew it, or set the clock right",
        )
    return Identity(chain.decode("ascii", "replace"), key, _algorithm(private), _name(leaf), is_test, tsa)


def _algorithm(key: object) -> str:
    """C2PA 2.5 section 13.2.1: the algorithms it allows, by kind of key."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        name = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}.get(key.curve.name)
        if name:
            return name
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return "ps256"
    raise BadInput(
        "the signing key is of a kind C2PA does not allow", hint="use EC P-256, Ed25519 or RSA of 2048 bits"
    )


def _name(leaf: x509.Certificate) -> str:
    found = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else leaf.subject.rfc4514_string()


def _certificates(pem: bytes, path: Path) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        found = []
    if not found:
        raise BadInput(f"`{path}` holds no certificate", hint="give a PEM file that starts with the leaf")
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"`{path}` cannot be read: {error.strerror}", hint="check the path and its rights"
        ) from None
