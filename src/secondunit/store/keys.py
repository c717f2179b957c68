"""Ed25519 keys: made, kept in a locked file or in the system's keyring, and checked against (RFC 8032).

A key file is PKCS 8 in PEM (RFC 5958), mode 0600, under a password where one is given. Nothing here reads the
environment: the password comes from the caller, as a function that is only called when it is needed.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from secondunit.errors import BadInput
from secondunit.media.disk import plain_disk_errors
from secondunit.slate.naming import check_file_part
from secondunit.store.atomic import write_text

Password = Callable[[], str | None]

_KEY, _SIGNATURE = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{128}")
_PEM = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


@dataclass(frozen=True)
class Signer:
    """Somebody who can sign: `key` is the public half, 64 hex digits, `name` what people call it."""

    key: str
    name: str
    private: Ed25519PrivateKey = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """The signature of `data`, 64 bytes."""
        return self.private.sign(data)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a private key does not leave its process")


def new_signer(name: str) -> Signer:
    """A fresh key that lives in memory alone."""
    return _signer(Ed25519PrivateKey.generate(), name)


def check_signature(key: str, data: bytes, signature: str) -> bool:
    """Whether `signature` (128 hex digits) is the mark of `key` (64 hex digits) over `data`; never raises."""
    # libsodium checks twice as many a second as OpenSSL, and a ledger has one for every line.
    if not (_KEY.fullmatch(key) and _SIGNATURE.fullmatch(signature)):
        return False
    try:
        crypto_sign_open(bytes.fromhex(signature) + data, bytes.fromhex(key))
    except BadSignatureError:
        return False
    return True


def is_key(text: str) -> bool:
    """Whether a text can be a public key: 64 lower-case hex digits."""
    return _KEY.fullmatch(text) is not None


def make_key(path: Path, name: str, *, password: Password | None = None) -> Signer:
    """Make a key and write it to a new file; with a password the file is locked by it.

    Raises `BadInput` when the file exists already or its folder cannot be written.
    """
    signer = new_signer(name)
    if not _write_new(path, _locked_pem(signer, password() if password else None)):
        raise BadInput(f"there is a key in `{path}` already", hint="use it, or name another file")
    return signer


def load_key(path: Path, name: str, *, password: Password | None = None) -> Signer:
    """Read a key file. `password` is asked only when the file is locked.

    Raises `BadInput` for a file that others may read, a wrong password and anything but an Ed25519 key.
    """
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise BadInput(f"others can read the key in `{path}`", hint=f"run `chmod 600 {path}`")
        pem = path.read_bytes()
    except OSError as error:
        raise BadInput(f"there is no key in `{path}`: {error.strerror}", hint="check the path") from None
    return _signer(_unlock(pem, str(path), password), name)


def load_or_make_key(path: Path, name: str, *, password: Password | None = None) -> Signer:
    """The key of a file, made on first use. Two processes at once end up with the same one. Raises `BadInput`."""
    if not path.exists():
        signer = new_signer(name)
        if _write_new(path, _locked_pem(signer, password() if password else None)):
            return signer
    return load_key(path, name, password=password)


def named_key(folder: Path, name: str, *, password: Password | None = None, make: bool = True) -> Signer:
    """The key called `name`: from `folder/name.pem`, else from the system's keyring, else made.

    A new one goes into the keyring where one is set up and no password is given, else into the file. Its public half
    is left beside it (`name.pub`), so that it is known without a password. Raises `BadInput` when there is none and
    `make` is False.
    """
    signer = _find_or_make(folder, check_file_part(name), password, make)
    public = folder / f"{name}.pub"
    if not public.exists():
        with plain_disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_text(public, f"{signer.key}\n")
    return signer


def known_keys(folder: Path) -> dict[str, str]:
    """The public keys that lie in a folder as `name.pub`, and whose they are: this person's own, and others' that
    were put beside them to be trusted."""
    found = {}
    for path in sorted(folder.glob("*.pub")):
        with suppress(OSError, UnicodeDecodeError):
            text = path.read_text(encoding="ascii")[:200].strip()
            if is_key(text):
                found[text] = path.stem
    return found


def _find_or_make(folder: Path, name: str, password: Password | None, make: bool) -> Signer:
    path = folder / f"{name}.pem"
    if path.exists():
        return load_key(path, name, password=password)
    kept = _from_keyring(folder, name)
    if kept is not None:
        return kept
    if not make:
        raise BadInput(f"there is no key called `{name}`", hint=f"make one, or put it into `{path}`")
    secret = password() if password else None
    if secret is None and _keyring() is not None:
        return _into_keyring(folder, new_signer(name))
    return load_or_make_key(path, name, password=(lambda: secret) if secret else None)


def _signer(private: Ed25519PrivateKey, name: str) -> Signer:
    return Signer(private.public_key().public_bytes_raw().hex(), name, private)


def _locked_pem(signer: Signer, password: str | None) -> bytes:
    if password == "":
        raise BadInput("an empty password locks nothing", hint="give one of at least eight characters, or none")
    lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return signer.private.private_bytes(*_PEM, lock)


def _unlock(pem: bytes, where: str, password: Password | None) -> Ed25519PrivateKey:
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except TypeError:
        secret = password() if password else None
        if not secret:
            raise BadInput(
                f"the key in `{where}` is locked by a password",
                hint="set `SECONDUNIT_KEY_PASSWORD` for this session",
            ) from None
        try:
            private = serialization.load_pem_private_key(pem, password=secret.encode())
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadInput(
                f"the password does not open the key in `{where}`", hint="check `SECONDUNIT_KEY_PASSWORD`"
            ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise BadInput(f"`{where}` holds no key that can be read", hint="it is a PEM file in PKCS 8") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise BadInput(f"`{where}` holds a key of another kind", hint="the ledger is signed with Ed25519 keys")
    return private


def _write_new(path: Path, pem: bytes) -> bool:
    """Write a key file whole, never over another and never readable by others; False when it exists already."""
    with plain_disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            os.link(name, path)
        except FileExistsError:
            return False
        finally:
            Path(name).unlink(missing_ok=True)
    return True


# The system's keyring, where the optional `keyring` package finds one


def _keyring() -> Any:
    """The `keyring` module when it is installed and has a place to keep secrets, else None."""
    try:
        import keyring

        return keyring if keyring.get_keyring().priority >= 1 else None
    except Exception:
        return None  # a broken desktop session is no reason to stop: the file serves


def _from_keyring(folder: Path, name: str) -> Signer | None:
    keyring = _keyring()
    text = keyring.get_password(_service(folder), name) if keyring else None
    return _signer(_unlock(text.encode(), f"keyring: {name}", None), name) if text else None


def _into_keyring(folder: Path, signer: Signer) -> Signer:
    pem = _locked_pem(signer, None).decode()
    _keyring().set_password(_service(folder), signer.name, pem)
    return signer


def _service(folder: Path) -> str:
    """Keys of two folders are two, in the keyring as on the disk."""
    return f"secondunit {folder.resolve()}"
