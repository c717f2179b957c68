"""A test chain of this machine's own: root → intermediate → leaf, EC P-256. For testing only.

The leaf follows C2PA 2.5 section 13.5: digitalSignature alone and critical, an extended key usage, an authority
key id, an organisation in its subject, not self-signed. Keys are written with mode 0600.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from secondunit.errors import BadInput
from secondunit.media.disk import plain_disk_errors

TEST_SIGNER = "Second Unit test signer"
_CLAIM_SIGNING = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
_RENEW_DAYS = 30
_LEAF_DAYS, _CA_DAYS = 825, 3650

CaKey = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def local_chain(home: Path, now: dt.datetime) -> Path:
    """The folder of the test chain: made whole beside its place, its leaf renewed before it runs out.

    Raises `BadInput` when the folder cannot be written or the chain itself has run out.
    """
    place = home / "certificates"
    with plain_disk_errors(home):
        if not (place / "root.pem").is_file():
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside = Path(tempfile.mkdtemp(prefix=".certificates.", dir=home))
            try:
                _write_chain(beside, now)
                beside.rename(place)
            except OSError:
                # Another process was first; its chain is as good as ours.
                if not (place / "root.pem").is_file():
                    raise
            finally:
                shutil.rmtree(beside, ignore_errors=True)
        leaf = x509.load_pem_x509_certificates((place / "chain.pem").read_bytes())[0]
        if now > leaf.not_valid_after_utc - dt.timedelta(days=_RENEW_DAYS):
            _renew_leaf(place, now)
    return place


def _write_chain(folder: Path, now: dt.datetime) -> None:
    root = _issue("Second Unit test root", None, now, days=_CA_DAYS)
    middle = _issue("Second Unit test intermediate", root, now, days=_CA_DAYS, path_length=0)
    _write(folder / "intermediate.key", _key_pem(middle[0]), 0o600)
    _write(folder / "intermediate.pem", _pem(middle[1]), 0o644)
    _write(folder / "root.pem", _pem(root[1]), 0o644)
    # The root's key is not kept: nothing else is ever to be issued under it.
    _write_leaf(folder, middle, now)


def _write_leaf(folder: Path, middle: CaKey, now: dt.datetime) -> None:
    days = min(_LEAF_DAYS, (middle[1].not_valid_after_utc - now).days)
    leaf = _issue(TEST_SIGNER, middle, now, days=days, is_leaf=True)
    _write(folder / "leaf.key", _key_pem(leaf[0]), 0o600)
    _write(folder / "chain.pem", _pem(leaf[1]) + _pem(middle[1]), 0o644)


def _renew_leaf(place: Path, now: dt.datetime) -> None:
    key = serialization.load_pem_private_key((place / "intermediate.key").read_bytes(), password=None)
    middle = x509.load_pem_x509_certificate((place / "intermediate.pem").read_bytes())
    if not isinstance(key, ec.EllipticCurvePrivateKey) or now > middle.not_valid_after_utc - dt.timedelta(days=1):
        raise BadInput(
            f"the test certificates in `{place}` have run out", hint=f"remove `{place}` to make new ones"
        )
    _write_leaf(place, (key, middle), now)


def _issue(
    name: str,
    issuer: CaKey | None,
    now: dt.datetime,
    *,
    days: int,
    path_length: int | None = None,
    is_leaf: bool = False,
) -> CaKey:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(name)
    by_key, by_name = (issuer[0], issuer[1].subject) if issuer else (key, subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=not is_leaf, path_length=path_length), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by_key.public_key()), critical=False)
        .add_extension(_key_usage(is_leaf=is_leaf), critical=True)
    )
    if is_leaf:
        usages = x509.ExtendedKeyUsage([_CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(usages, critical=False)
    return key, builder.sign(by_key, hashes.SHA256())


def _subject(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Second Unit local test"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "FOR TESTING ONLY"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _key_usage(*, is_leaf: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=is_leaf,
        key_cert_sign=not is_leaf,
        crl_sign=not is_leaf,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file that never exists with wider rights than `mode`, in one step."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
