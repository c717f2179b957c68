from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from secondunit.errors import BadInput, VerificationFailed
from secondunit.store import vault as vault_file
from secondunit.store.vault import VAULT, Vault

PAPER = b"%PDF-1.7 signed by Ada" * 1000


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "Ada Lovelace signed.pdf"
    path.write_bytes(PAPER)
    path.chmod(0o644)
    return path


@pytest.fixture
def show(tmp_path: Path) -> Path:
    (tmp_path / "show").mkdir()
    return tmp_path / "show"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_paper_comes_back_by_its_hash_and_nobody_else_may_read_it(show: Path, paper: Path) -> None:
    old = os.umask(0)
    try:
        sha256 = Vault(show).keep(paper)
    finally:
        os.umask(old)
    assert sha256 == hashlib.sha256(PAPER).hexdigest()
    assert Vault(show).read(sha256) == PAPER and Vault(show).has(sha256)
    assert mode(show / VAULT) == 0o700 and mode(show / VAULT / sha256) == 0o600
    assert [path.name for path in (show / VAULT).iterdir()] == [sha256], "its name would tell whose it is"


def test_the_same_paper_is_kept_once(show: Path, paper: Path) -> None:
    assert Vault(show).keep(paper) == Vault(show).keep(paper)
    assert len(list((show / VAULT).iterdir())) == 1


def test_a_changed_paper_is_found_and_mended_by_bringing_it_again(show: Path, paper: Path) -> None:
    vault = Vault(show)
    sha256 = vault.keep(paper)
    (show / VAULT / sha256).write_bytes(PAPER[:-1] + b"B")
    assert vault.damaged() == [sha256]
    with pytest.raises(VerificationFailed) as found:
        vault.read(sha256)
    assert sha256[:12] in found.value.findings[0]
    vault.keep(paper)
    assert vault.damaged() == [] and vault.read(sha256) == PAPER


@pytest.mark.parametrize("sha256", ["", "../show.toml", "A" * 64, "a" * 63, "a" * 64 + "\n", "a" * 64])
def test_only_a_hash_of_a_kept_paper_opens_the_vault(show: Path, sha256: str) -> None:
    with pytest.raises(BadInput):
        Vault(show).read(sha256)


def test_a_vault_behind_a_link_is_refused(show: Path, paper: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (show / VAULT).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput):
        Vault(show).keep(paper)
    (show / VAULT).unlink()
    (show / "within").mkdir()
    (show / VAULT).symlink_to(show / "within")
    with pytest.raises(BadInput, match="no folder of its own"):
        Vault(show).keep(paper)
    assert not list((tmp_path / "elsewhere").iterdir()) and not list((show / "within").iterdir())


def test_a_link_in_the_vault_is_no_paper(show: Path, paper: Path) -> None:
    vault = Vault(show)
    sha256 = vault.keep(paper)
    (show / VAULT / sha256).unlink()
    (show / VAULT / sha256).symlink_to(paper)
    assert not vault.has(sha256)
    with pytest.raises(BadInput):
        vault.read(sha256)


def test_what_is_no_file_never_blocks(show: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    started = time.monotonic()
    for name in ("pipe", "empty", "missing", "show"):
        with pytest.raises(BadInput):
            Vault(show).keep(tmp_path / name)
    assert time.monotonic() - started < 5
    assert not list((show / VAULT).iterdir())


def test_a_paper_that_is_too_large_is_refused(show: Path, paper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_file, "MAX_BYTES", 1 << 20)
    with paper.open("r+b") as file:
        file.truncate(2 << 20)
    with pytest.raises(BadInput, match="larger than 1 MiB"):
        Vault(show).keep(paper)


def test_a_copy_that_is_stopped_leaves_nothing(show: Path, paper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_number: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        Vault(show).keep(paper)
    assert not list((show / VAULT).iterdir())


def test_what_a_killed_process_left_is_swept_and_what_another_writes_is_not(show: Path, paper: Path) -> None:
    vault = Vault(show)
    vault.keep(paper)
    stale, fresh = show / VAULT / ".coming.old", show / VAULT / ".coming.new"
    stale.touch()
    fresh.touch()
    os.utime(stale, (0, 0))
    vault.keep(paper)
    assert not stale.exists() and fresh.exists()
