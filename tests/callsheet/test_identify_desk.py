"""What `identify` says of a file: the line its mark names, and nothing where nothing is sure."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from secondunit.callsheet import identify_desk
from secondunit.callsheet.identify_desk import identify_file
from secondunit.callsheet.open_show import make_show
from secondunit.cli.identify import app
from secondunit.errors import BadInput, BadMedia
from secondunit.media.images import write_picture
from secondunit.provenance.watermark.watermark_movie import Found
from secondunit.store.chain import Draft
from secondunit.store.show_folder import open_show


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A show with three lines in its ledger."""
    monkeypatch.setenv("SECONDUNIT_HOME", str(tmp_path / "home"))
    folder = tmp_path / "long_night"
    make_show(folder, name="The Long Night", code="TLN", fps="24")
    store = open_show(folder)
    drafts = [Draft("version", f"TLN_101_BAR_0010 v{n:03d}", {"status": "wfa"}) for n in (1, 2, 3)]
    store.write_lines(drafts, author="Ada Lens")
    store.close()
    return folder


def line_of(show: Path, subject: str) -> int:
    store = open_show(show)
    number = next(entry.number for entry in store.lines() if entry.subject == subject)
    store.close()
    return number


def marked_with(monkeypatch: pytest.MonkeyPatch, index: int) -> None:
    monkeypatch.setattr(identify_desk, "identify", lambda path: Found(index, 0.97, 1e-20, 4))


def test_a_mark_leads_to_its_line(show: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = line_of(show, "TLN_101_BAR_0010 v002")
    marked_with(monkeypatch, number)
    data, lines = identify_file(Path("seen.mp4"), show)
    assert data["found"] == {"index": number, "agreement": 0.97, "chance": 1e-20, "n_frames": 4}
    assert data["entry"]["subject"] == "TLN_101_BAR_0010 v002"
    assert f"ledger entry {number}" in lines[0]
    assert "TLN_101_BAR_0010 v002" in lines[1]
    assert "Ada Lens" in lines[1]
    json.dumps(data)


@pytest.mark.parametrize("number", [0, 999])
def test_a_line_that_is_not_there_is_said(show: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    marked_with(monkeypatch, number)
    data, lines = identify_file(Path("seen.mp4"), show)
    assert data["entry"] is None
    assert "no such entry" in lines[1]


def test_without_a_show_the_number_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    marked_with(monkeypatch, 17)
    data, lines = identify_file(Path("seen.mp4"))
    assert (data["found"]["index"], data["entry"]) == (17, None)
    assert len(lines) == 1


def test_an_unmarked_picture_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plain.png"
    write_picture(path, np.random.default_rng(1).random((90, 160, 3)).astype(np.float32))
    assert app([str(path), "--json"], exit_on_error=False, result_action="return_value") == 0
    assert json.loads(capsys.readouterr().out)["found"] is None


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadMedia):
        identify_file(tmp_path / "nothing.mp4")


def test_a_wrong_show_is_said_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        identify_file(tmp_path / "nothing.mp4", tmp_path)
