"""Signed versions to do harm to, and certificates of their own."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from small_version import SHOT, make_plate, sign_one

from secondunit.provenance import Identity, signing_identity


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Never touch the certificates of the person who runs the tests."""
    folder = tmp_path_factory.getbasetemp() / "secondunit_home"
    for name in ("CERT", "KEY", "TRUST", "TSA"):
        monkeypatch.delenv(f"SECONDUNIT_{name}", raising=False)
    monkeypatch.setenv("SECONDUNIT_HOME", str(folder))
    return folder


@pytest.fixture
def identity(home: Path) -> Identity:
    return signing_identity(dt.datetime.now(dt.UTC))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A show with two signed versions, made once."""
    show = tmp_path_factory.mktemp("template") / "show"
    show.mkdir()
    (show / "show.toml").write_text('name = "The Long Night"\ncode = "AGM"\nrate = "24"\n')
    home = tmp_path_factory.getbasetemp() / "secondunit_home"
    signer = signing_identity(dt.datetime.now(dt.UTC), {"SECONDUNIT_HOME": str(home)})
    plate = make_plate(show)
    sign_one(show, plate, signer, 1)
    sign_one(show, plate, signer, 2)
    return show


@pytest.fixture
def show(template: Path, tmp_path: Path) -> Path:
    """A copy of the show to do harm to."""
    return Path(shutil.copytree(template, tmp_path / "show"))


@pytest.fixture
def version(show: Path) -> Path:
    return show / "versions" / str(SHOT) / "destruction" / "v001"


@pytest.fixture
def flip() -> Callable[..., None]:
    def flip_byte(path: Path, at: int = -40) -> None:
        content = bytearray(path.read_bytes())
        content[at] ^= 0x5A
        path.write_bytes(content)

    return flip_byte
