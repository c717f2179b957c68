"""The desk of one person, for the tests that share a show: nothing of whoever runs them is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CERT", "KEY", "TRUST", "TSA", "KEY_PASSWORD"):
            patch.delenv(f"SECONDUNIT_{name}", raising=False)
        patch.setenv("SECONDUNIT_HOME", str(folder))
        patch.setenv("SECONDUNIT_USER", "Vera Soup")
        yield folder
