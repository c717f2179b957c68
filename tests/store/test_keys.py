from __future__ import annotations

import pickle
import stat
import sys
import threading
import types
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from secondunit.errors import BadInput, BadName
from secondunit.store.keys import (
    check_signature,
    known_keys,
    load_key,
    load_or_make_key,
    make_key,
    named_key,
    new_signer,
)

# RFC 8032 section 7.1, tests 1 to 3: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_the_vectors_of_the_standard(key: str, message: str, signature: str) -> None:
    assert check_signature(key, bytes.fromhex(message), signature)
    assert not check_signature(key, bytes.fromhex(message) + b"x", signature)
    assert not check_signature(key, bytes.fromhex(message), signature[:-1] + "1")


@pytest.mark.parametrize("key", ["", "zz" * 32, "ab" * 31, "AB" * 32, "d7" * 33])
def test_what_is_no_key_or_signature_is_no_match(key: str) -> None:
    signer = new_signer("a")
    signature = signer.sign(b"x").hex()
    assert check_signature(signer.key, b"x", signature)
    assert not check_signature(key, b"x", signature)
    assert not check_signature(signer.key, b"x", key)
    assert not check_signature(signer.key, b"x", signature.upper())


def test_a_key_file_is_locked_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ada.pem"
    made = make_key(path, "ada", password=lambda: "correct horse")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    assert load_key(path, "ada", password=lambda: "correct horse") == made
    with pytest.raises(BadInput, match="does not open"):
        load_key(path, "ada", password=lambda: "wrong")
    for nothing in (None, lambda: None, lambda: ""):
        with pytest.raises(BadInput, match="locked by a password"):
            load_key(path, "ada", password=nothing)
    assert [p.name for p in path.parent.iterdir()] == ["ada.pem"]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    make_key(tmp_path / "a.pem", "a")
    before = (tmp_path / "a.pem").read_bytes()
    with pytest.raises(BadInput, match="already"):
        make_key(tmp_path / "a.pem", "a")
    assert (tmp_path / "a.pem").read_bytes() == before
    with pytest.raises(BadInput, match="empty password"):
        make_key(tmp_path / "b.pem", "b", password=lambda: "")
    assert not (tmp_path / "b.pem").exists()


def test_files_that_are_no_key(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no key"):
        load_key(tmp_path / "none.pem", "x")
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for content, words in ((b"no key", "no key that can be read"), (other, "another kind")):
        path = tmp_path / "x.pem"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(BadInput, match=words):
            load_key(path, "x")
    path.chmod(0o644)
    with pytest.raises(BadInput, match="others can read"):
        load_key(path, "x")


def test_many_at_once_end_up_with_one_key(tmp_path: Path) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(load_or_make_key(tmp_path / "k.pem", "k").key))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_private_key_shows_itself_nowhere(tmp_path: Path) -> None:
    signer = make_key(tmp_path / "a.pem", "a")
    assert "private" not in repr(signer)
    with pytest.raises(TypeError):
        pickle.dumps(signer)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)


def some_keyring(monkeypatch: pytest.MonkeyPatch, priority: float = 5) -> dict[tuple[str, str], str]:
    kept: dict[tuple[str, str], str] = {}
    module = types.ModuleType("keyring")
    module.get_keyring = lambda: types.SimpleNamespace(priority=priority)  # type: ignore[attr-defined]
    module.get_password = lambda service, name: kept.get((service, name))  # type: ignore[attr-defined]
    module.set_password = lambda service, name, text: kept.__setitem__((service, name), text)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    return kept


def test_without_a_keyring_the_file_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_keyring(monkeypatch)
    made = named_key(tmp_path, "TLN")
    assert named_key(tmp_path, "TLN", make=False) == made
    assert names(tmp_path) == ["TLN.pem", "TLN.pub"]
    with pytest.raises(BadInput, match="no key called `ABC`"):
        named_key(tmp_path, "ABC", make=False)
    with pytest.raises(BadName):
        named_key(tmp_path, "../ABC")


def test_a_keyring_that_cannot_keep_anything_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = some_keyring(monkeypatch, priority=0)
    named_key(tmp_path, "TLN")
    assert kept == {}
    assert names(tmp_path) == ["TLN.pem", "TLN.pub"]


def test_a_keyring_keeps_the_key_and_no_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = some_keyring(monkeypatch)
    made = named_key(tmp_path, "TLN")
    assert list(kept) == [(f"secondunit {tmp_path}", "TLN")]
    assert names(tmp_path) == ["TLN.pub"]
    assert named_key(tmp_path, "TLN") == made
    assert named_key(tmp_path, "ADA", password=lambda: "correct horse").key != made.key
    assert names(tmp_path) == ["ADA.pem", "ADA.pub", "TLN.pub"]


def test_public_halves_are_known_without_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_keyring(monkeypatch)
    own, other = named_key(tmp_path, "ledger", password=lambda: "correct horse"), new_signer("other desk")
    (tmp_path / "other_desk.pub").write_text(other.key)
    (tmp_path / "junk.pub").write_bytes(bytes(range(256)))
    assert known_keys(tmp_path) == {own.key: "ledger", other.key: "other_desk"}
    assert known_keys(tmp_path / "nowhere") == {}
