"""Shows, shots and folders that cannot be: one sentence, exit code 2, nothing half made."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from desk import SHOT, Said, done, is_refused, tree, type_in, untouched

NEW = ("--name", "Trial", "--code", "TRL")


@pytest.mark.parametrize("code", ["T", "trl", "T L", "../T", "TOOLONGCODE", "1TRL", ""])
def test_a_code_outside_the_rules(tmp_path: Path, code: str) -> None:
    with untouched(tmp_path):
        is_refused(type_in("new", tmp_path / "show", "--name", "Trial", "--code", code), 2, "code")


@pytest.mark.parametrize("rate", ["abc", "0", "-24", "24000/0", "", "nan", "1e9", "23.976.1"])
def test_an_unknown_rate(tmp_path: Path, rate: str) -> None:
    with untouched(tmp_path):
        is_refused(type_in("new", tmp_path / "show", *NEW, "--fps", rate), 2, "frame rate")


@pytest.mark.parametrize("name", ["", "   ", "two\nlines"])
def test_a_show_without_a_name(tmp_path: Path, name: str) -> None:
    with untouched(tmp_path):
        is_refused(type_in("new", tmp_path / "show", "--name", name, "--code", "TRL"), 2, "name")


@pytest.mark.parametrize("below", ["inner", "versions/inner", "turnover/../inner"])
def test_a_show_inside_a_show(show: Path, below: str) -> None:
    with untouched(show):
        is_refused(type_in("new", show / below, *NEW), 2, "inside the show")


def test_a_folder_that_exists(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with untouched(tmp_path):
        is_refused(type_in("new", tmp_path / "mine", *NEW), 2, "exists already")


def test_a_folder_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with untouched(tmp_path):
        is_refused(type_in("new", tmp_path / "a" / "b", *NEW), 2, "does not exist")


def test_a_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with untouched(tmp_path):
        is_refused(type_in("new", tmp_path / "file" / "show", *NEW), 2, "file")


@pytest.mark.parametrize(
    "shot",
    ["TRL 101 BOX 0010", "../TRL_101_BOX_0010", "TRL_101_BOX", "TRL_101_BOX_..", "TRL_101_B X_0010", "",
     "TRL_101_BOX_0010/", "TRL_101_BÖX_0010", "TRL_101_BOX_0010\n"],
)  # fmt: skip
def test_names_with_spaces_or_dots_or_less(show: Path, plate: Path, shot: str) -> None:
    with untouched(show):
        ingest = ("ingest", plate, "--owner", "A", "--licence", "owned", "--show", show)
        is_refused(type_in(*ingest, "--shot", shot), 2, "not a shot name")
        is_refused(type_in("destroy", shot, "--show", show), 2, "not a shot name")
        is_refused(type_in("versions", shot, "--show", show), 2, "not a shot name")


def test_a_shot_of_another_show(show: Path, plate: Path) -> None:
    with untouched(show):
        words = (
            "ingest",
            plate,
            "--shot",
            "ABC_101_BOX_0010",
            "--owner",
            "A",
            "--licence",
            "owned",
            "--show",
            show,
        )
        said = is_refused(type_in(*words), 2, "belongs to the show `ABC`")
        assert "TRL_101_BOX_0010" in said.hint


def test_outside_of_any_show(tmp_path: Path) -> None:
    with untouched(tmp_path):
        is_refused(type_in("versions", cwd=tmp_path), 2, "not inside a show", "secondunit new")
        is_refused(type_in("destroy", SHOT, cwd=tmp_path), 2, "not inside a show")


def test_a_show_that_is_not_there(show: Path) -> None:
    # A folder with a slip of the finger in it must never mean the show around it.
    is_refused(type_in("versions", "--show", show / "typo"), 2, "typo")
    is_refused(type_in("versions", "--show", "/nowhere/at/all"), 2, "/nowhere/at/all")


@pytest.mark.parametrize("harm", ["", "not toml [", 'name = "N"\ncode = "lower"\nrate = "24"\n', "\0\0\0"])
def test_a_show_file_that_was_edited_badly(show: Path, harm: str) -> None:
    (show / "show.toml").write_text(harm)
    with untouched(show):
        is_refused(type_in("versions", "--show", show), 2, "show.toml")


def test_a_damaged_ledger_is_said_and_mended(finished: Path) -> None:
    for extra in ("ledger.db-wal", "ledger.db-shm"):
        (finished / extra).unlink(missing_ok=True)
    backup = shutil.copy(finished / "ledger.db", finished.parent / "backup.db")
    (finished / "ledger.db").write_bytes(b"this is no database" * 300)
    said = is_refused(type_in("versions", "--show", finished), 2, "ledger.db", "damaged")
    assert "move it away" in said.hint
    (finished / "ledger.db").rename(finished.parent / "away.db")
    is_refused(type_in("versions", "--show", finished), 5, "ledger.db", "is gone")
    shutil.copy(backup, finished / "ledger.db")
    assert [v["version"] for v in done("versions", "--show", finished, "--json").data["versions"]] == ["v001"]


GUEST = """
import os, sys
import secondunit.callsheet.bring_in, secondunit.callsheet.collapse.destroy  # a guest may not come to this installation
from secondunit.cli import main
"".encode("utf-16be"), "".encode("utf-16le"), "".encode("latin-1")
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
main()
"""


def as_a_guest(*words: object) -> Said:
    """The command run by somebody without rights; as root that needs another user."""
    ran = subprocess.run(
        [sys.executable, "-c", GUEST, *map(str, words)], capture_output=True, text=True, timeout=120, check=False
    )
    return Said(ran.returncode, ran.stdout, ran.stderr)


@pytest.fixture
def in_sight(tmp_path: Path) -> Path:
    """A folder that a guest comes to."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    return tmp_path


def test_a_read_only_folder(in_sight: Path) -> None:
    in_sight.chmod(0o555)
    try:
        with untouched(in_sight):
            is_refused(as_a_guest("new", in_sight / "show", *NEW), 2, "cannot be written")
    finally:
        in_sight.chmod(0o755)


def test_a_read_only_show(in_sight: Path, plated: Path, plate: Path) -> None:
    source = in_sight / "plate.png"
    shutil.copyfile(plate, source)
    source.chmod(0o644)
    for path in (plated, *plated.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        before = tree(plated)
        assert as_a_guest("versions", "--show", plated).code == 0
        words = ("ingest", source, "--shot", SHOT, "--owner", "A", "--licence", "owned", "--show", plated)
        is_refused(as_a_guest(*words), 2, "cannot be written")
        words = ("destroy", SHOT, "--outline", "108,50 198,50 198,164 108,164", "--preview", "--show", plated)
        is_refused(as_a_guest(*words), 2, "cannot be written")
        assert tree(plated) == before
    finally:
        for path in (plated, *plated.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
