from __future__ import annotations

import datetime as dt
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from small_version import NOW, make_plate, sign_one

from secondunit.errors import BadInput
from secondunit.provenance import State, signing_identity, trust_anchors, verify


def env(folder: Path, **more: Path) -> dict[str, str]:
    return {"SECONDUNIT_HOME": str(folder), **{f"SECONDUNIT_{k}": str(v) for k, v in more.items()}}


def key_pem(password: bytes | None = None) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


def test_a_test_chain_is_made_once_and_its_keys_are_private(tmp_path: Path) -> None:
    first, second = signing_identity(NOW, env(tmp_path)), signing_identity(NOW, env(tmp_path))
    assert first == second
    assert first.is_test
    keys = list(tmp_path.rglob("*.key"))
    assert keys
    assert all(stat.S_IMODE(key.stat().st_mode) == 0o600 for key in keys)
    assert "PRIVATE" not in repr(first) and "BEGIN" not in repr(first)


def test_verifying_makes_no_keys(tmp_path: Path) -> None:
    assert trust_anchors(env(tmp_path / "none")) == ""
    assert not (tmp_path / "none").exists()


def test_many_at_once_agree_on_one_chain(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: signing_identity(NOW, env(tmp_path)), range(8)))
    assert len({identity.chain_pem for identity in made}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["certificates"]


def test_the_leaf_is_renewed_before_it_runs_out_under_the_same_root(tmp_path: Path) -> None:
    before, root = signing_identity(NOW, env(tmp_path)), trust_anchors(env(tmp_path))
    after = signing_identity(NOW + dt.timedelta(days=820), env(tmp_path))
    assert after.chain_pem != before.chain_pem
    assert trust_anchors(env(tmp_path)) == root
    with pytest.raises(BadInput, match="run out"):
        signing_identity(NOW + dt.timedelta(days=3660), env(tmp_path))


def test_a_studio_brings_its_own_certificate_and_others_trust_its_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = dt.datetime.now(dt.UTC)
    signing_identity(now, env(tmp_path / "studio"))
    lies = tmp_path / "studio" / "certificates"
    mine = env(tmp_path / "me", CERT=lies / "chain.pem", KEY=lies / "leaf.key")
    identity = signing_identity(now, mine)
    assert not identity.is_test
    assert not (tmp_path / "me").exists()
    show = tmp_path / "show"
    show.mkdir()
    version = sign_one(show, make_plate(show), identity)
    assert verify(version, anchors=trust_anchors(mine)).state is State.UNKNOWN_SIGNER
    trusting = trust_anchors({**mine, "SECONDUNIT_TRUST": str(lies / "root.pem")})
    assert verify(version, anchors=trusting).ok


@pytest.mark.parametrize(
    ("cert", "key", "says"),
    [
        ("chain.pem", "other.key", "does not belong"),
        ("chain.pem", "locked.key", "locked by a password"),
        ("chain.pem", "junk", "key cannot be read"),
        ("chain.pem", "absent", "cannot be read: No such file"),
        ("junk", "leaf.key", "holds no certificate"),
        ("absent", "leaf.key", "cannot be read: No such file"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_bad_input(tmp_path: Path, cert: str, key: str, says: str) -> None:
    signing_identity(NOW, env(tmp_path))
    lies = tmp_path / "certificates"
    (lies / "other.key").write_bytes(key_pem())
    (lies / "locked.key").write_bytes(key_pem(b"secret"))
    (lies / "junk").write_bytes(b"\x00junk")
    with pytest.raises(BadInput, match=says):
        signing_identity(NOW, env(tmp_path, CERT=lies / cert, KEY=lies / key))


def test_half_a_pair_and_an_expired_certificate_are_bad_input(tmp_path: Path) -> None:
    signing_identity(NOW, env(tmp_path))
    lies = tmp_path / "certificates"
    with pytest.raises(BadInput, match="SECONDUNIT_KEY` is not set"):
        signing_identity(NOW, env(tmp_path, CERT=lies / "chain.pem"))
    with pytest.raises(BadInput, match="SECONDUNIT_CERT` is not set"):
        signing_identity(NOW, env(tmp_path, KEY=lies / "leaf.key"))
    late = NOW + dt.timedelta(days=900)
    with pytest.raises(BadInput, match=r"not on 2029"):
        signing_identity(late, env(tmp_path, CERT=lies / "chain.pem", KEY=lies / "leaf.key"))
    (tmp_path / "bad.pem").write_bytes(b"no roots here")
    with pytest.raises(BadInput, match="holds no certificate"):
        trust_anchors(env(tmp_path, TRUST=tmp_path / "bad.pem"))


def test_no_key_and_no_thumbnail_gets_into_a_version(template: Path) -> None:
    for path in template.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"PRIVATE KEY" not in content, path
            assert b"c2pa.thumbnail" not in content, path
