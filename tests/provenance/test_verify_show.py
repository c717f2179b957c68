from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from small_version import SHOT

from secondunit.errors import BadInput
from secondunit.provenance import State, verify

Flip = Callable[..., None]


def test_a_whole_show_is_verified_version_by_version(show: Path) -> None:
    verdict = verify(show)
    assert verdict.ok
    assert [Path(v.path).name for v in verdict.versions] == ["v001", "v002"]
    assert verdict.n_files == 20
    assert verify(show / "versions").ok
    assert verify(show / "versions" / str(SHOT)).ok


def test_one_changed_byte_anywhere_in_the_show_names_version_and_frame(show: Path, flip: Flip) -> None:
    exr = show / "versions" / str(SHOT) / "destruction" / "v002" / "exr"
    flip(exr / f"{SHOT}_destruction_v002.1005.exr")
    verdict = verify(show)
    assert verdict.state is State.BROKEN
    assert verdict.first_changed_frame == 1005
    assert verdict.findings[0].sentence.startswith(f"versions/{SHOT}/destruction/v002: frame 1005 ")
    assert [version.ok for version in verdict.versions] == [True, False]


def test_a_plate_that_changed_since_is_named(show: Path, flip: Flip) -> None:
    plate = next((show / "plates").rglob("*.1001.exr"))
    flip(plate)
    verdict = verify(show)
    assert {f.kind for f in verdict.findings} == {"ingredient"}
    assert "PL01 frames" in verdict.findings[0].sentence
    assert verdict.findings[0].frame == 1001


def test_the_source_in_the_turnover_is_compared_too(show: Path, flip: Flip) -> None:
    source = next((show / "turnover").iterdir())
    source.chmod(0o644)
    flip(source)
    assert any("PL01 source" in f.sentence for f in verify(show).findings)


def test_a_version_without_signature_is_named(show: Path) -> None:
    folder = show / "versions" / str(SHOT) / "destruction" / "v003"
    folder.mkdir()
    (folder / "frame.1001.exr").write_bytes(b"x")
    verdict = verify(show)
    assert verdict.state is State.UNSIGNED
    assert "`v003` is not signed" in verdict.findings[0].sentence


def test_a_version_still_being_made_is_left_alone(show: Path) -> None:
    folder = show / "versions" / str(SHOT) / "destruction" / ".v003.partial"
    folder.mkdir()
    (folder / "frame.1001.exr").write_bytes(b"x")
    assert verify(show).ok


def test_a_version_that_the_ledger_knows_and_that_is_gone_is_named(show: Path) -> None:
    folder = show / "versions" / str(SHOT) / "destruction" / "v002"
    expected = [folder, folder.parent / "v001"]
    assert verify(show, expected=expected).ok
    shutil.rmtree(folder)
    verdict = verify(show, expected=expected)
    assert not verdict.ok
    assert verdict.findings[0].kind == "missing"


def test_an_empty_show_has_nothing_to_verify(tmp_path: Path) -> None:
    (tmp_path / "show.toml").write_text("")
    (tmp_path / "versions").mkdir()
    with pytest.raises(BadInput, match="holds no version"):
        verify(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_bad_input(show: Path) -> None:
    frame = next((show / "versions").rglob("*.exr"))
    frame.chmod(0)
    with pytest.raises(BadInput, match="cannot be read"):
        verify(show)
