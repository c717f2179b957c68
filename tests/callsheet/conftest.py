"""The desk of one person, for the tests that share a show: nothing of whoever runs them is touched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from evidence_show import VERSION, approve_all, make_evidence_show, with_store

from secondunit.callsheet.deliver import deliver


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CERT", "KEY", "TRUST", "TSA", "KEY_PASSWORD"):
            patch.delenv(f"SECONDUNIT_{name}", raising=False)
        patch.setenv("SECONDUNIT_HOME", str(folder))
        patch.setenv("SECONDUNIT_USER", "Vera Soup")
        yield folder


@pytest.fixture(scope="module")
def fresh(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A show with a version that nobody approved yet. Not to be changed."""
    return make_evidence_show(tmp_path_factory.mktemp("fresh") / "show")


@pytest.fixture(scope="module")
def done(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, approved and delivered. Not to be changed."""
    show = Path(shutil.copytree(fresh, tmp_path_factory.mktemp("done") / "show", symlinks=True))
    with_store(
        show, lambda store: (approve_all(store), deliver(store, VERSION, to="The Network", by="Vera Soup"))
    )
    return show
