"""A house on a plate, brought down once for all the tests that look at what came out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from desk import DESTROY, OUTLINE, Said, bring_in, declare, done, small_plate

from secondunit.media.images import write_picture


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Never touch the certificates of the person who runs the tests."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CERT", "KEY", "TRUST", "TSA", "TRACEBACK"):
            patch.delenv(f"SECONDUNIT_{name}", raising=False)
        patch.setenv("SECONDUNIT_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plate") / "house.png"
    write_picture(path, small_plate())
    return path


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A show without a plate, of which a person has said what only people know. Not to be changed."""
    folder = tmp_path_factory.mktemp("empty") / "trial"
    done("new", folder, "--name", "Trial", "--code", "TRL")
    declare(folder)
    return folder


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory, empty: Path, plate: Path) -> Path:
    """A show with a plate. Not to be changed."""
    folder = tmp_path_factory.mktemp("ready") / "trial"
    shutil.copytree(empty, folder)
    bring_in(folder, plate)
    return folder


@pytest.fixture(scope="session")
def shot_once(tmp_path_factory: pytest.TempPathFactory, ready: Path) -> tuple[Path, Said]:
    """A show with a version, and what the command said that made it. Not to be changed."""
    folder = tmp_path_factory.mktemp("shot") / "trial"
    shutil.copytree(ready, folder)
    return folder, done(*DESTROY, "--outline", OUTLINE, "--show", folder, "--json")


@pytest.fixture
def show(tmp_path: Path, empty: Path) -> Path:
    """A show without a plate, to do with as one likes."""
    return Path(shutil.copytree(empty, tmp_path / "trial"))


@pytest.fixture
def plated(tmp_path: Path, ready: Path) -> Path:
    """A show with a plate, to do with as one likes."""
    return Path(shutil.copytree(ready, tmp_path / "trial"))


@pytest.fixture
def finished(tmp_path: Path, shot_once: tuple[Path, Said]) -> Path:
    """A show with a version and every take it was made of, to do with as one likes."""
    return Path(shutil.copytree(shot_once[0], tmp_path / "trial", copy_function=shutil.copy2))
