from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "faces"))
from drawn_face import F32, put, wall

from secondunit.callsheet import faces
from secondunit.callsheet.bring_in import bring_in
from secondunit.callsheet.faces import faces_unnamed, list_faces, look_for_faces
from secondunit.callsheet.name_face import dismiss_face, name_face
from secondunit.callsheet.open_show import make_show
from secondunit.callsheet.rights_desk import add_record, opened
from secondunit.cli.faces import app
from secondunit.engines.faces import track
from secondunit.errors import BadInput, EngineFailed
from secondunit.media.images import write_picture
from secondunit.rights.on_record.faces_on_record import LOOKED
from secondunit.slate.rights_records import Identifiable
from secondunit.store.face_files import FACES_FILE

SHOT, SECOND = "TLN_101_BAR_0010", "TLN_101_BAR_0020"
PERSON = """kind = "person"
person_id = "p:ada"
name = "Ada Vale"
living = true
"""


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SECONDUNIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SECONDUNIT_USER", "Bea")
    make_show(tmp_path / "show", name="The Long Night", code="TLN", fps="24")
    return tmp_path / "show"


@pytest.fixture
def two_faces(tmp_path: Path) -> Path:
    return still(tmp_path / "two.png", put(put(wall(320, 180), 40, 40), 200, 90))


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """One entry for each frame the network looks at."""
    counted: list[int] = []
    find = track.find_faces

    def counting(picture: F32) -> Any:
        counted.append(1)
        return find(picture)

    monkeypatch.setattr(track, "find_faces", counting)
    yield counted


def still(path: Path, picture: F32) -> Path:
    write_picture(path, picture)
    return path


def ingest(show: Path, source: Path, shot: str = SHOT, **more: Any) -> list[str]:
    answer = bring_in(show, str(source), shot=shot, owner="Ada Films", licence="owned", **more)
    return list(answer["notes"])


def unnamed(show: Path) -> list[int]:
    with opened(show) as store:
        return list(faces_unnamed(store).values())


def plate_folder(show: Path, shot: str = SHOT, label: str = "PL01_v001") -> Path:
    return show / "plates" / shot / label


def crops(show: Path, shot: str = SHOT) -> list[str]:
    return sorted(path.name for path in plate_folder(show, shot).glob("faces/*"))


def person(show: Path, tmp_path: Path) -> str:
    file = tmp_path / "ada.toml"
    file.write_text(PERSON, encoding="utf-8")
    add_record(show, file, by="Bea")
    return "p:ada"


def test_a_plate_is_looked_through_when_it_comes_in(show: Path, two_faces: Path) -> None:
    notes = ingest(show, two_faces)
    assert any("2 faces wait for a name" in note for note in notes)
    assert unnamed(show) == [2]
    assert crops(show) == ["01.jpg", "02.jpg"]
    (plate,) = list_faces(show, SHOT)["plates"]
    assert [face["number"] for face in plate["faces"]] == [1, 2]
    assert all(face["frames"] == "1001-1072" for face in plate["faces"])
    assert plate["faces"][0]["box"][0] < 100 < plate["faces"][1]["box"][0]


def test_a_show_may_do_without_the_finder(show: Path, two_faces: Path, looks: list[int]) -> None:
    toml = show / "show.toml"
    toml.write_text(toml.read_text().replace("find_faces = true", "find_faces = false"))
    assert any("asks for a person's yes instead" in note for note in ingest(show, two_faces))
    assert looks == [] and crops(show) == []
    assert unnamed(show) == []  # nobody knows, which is the bad answer at the gate
    with pytest.raises(BadInput, match="does without the finder"):
        look_for_faces(show)


def test_a_plate_of_nobody_waits_for_nobody(show: Path, tmp_path: Path) -> None:
    notes = ingest(show, still(tmp_path / "wall.png", wall(320, 180)))
    assert not any("face" in note for note in notes)
    assert unnamed(show) == [0]
    assert crops(show) == []


def test_what_is_kept_is_boxes_and_nothing_of_a_face(show: Path, two_faces: Path) -> None:
    ingest(show, two_faces)
    kept = json.loads((plate_folder(show) / FACES_FILE).read_text())
    assert set(kept) == {"source_sha256", "detector", "width", "height", "frames", "faces"}
    assert all(set(face) == {"number", "first", "last", "frame", "box", "score"} for face in kept["faces"])
    with opened(show) as store:
        (line,) = store.lines(LOOKED)
    assert set(line.body) == {"plate", "source_sha256", "detector", "faces_sha256", "n_faces", "highest"}


def test_crops_are_for_this_account_alone(show: Path, two_faces: Path) -> None:
    ingest(show, two_faces)
    folder = plate_folder(show) / "faces"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())


def test_it_is_not_looked_through_twice(show: Path, two_faces: Path, looks: list[int]) -> None:
    ingest(show, two_faces)
    n_looks = len(looks)
    (answer,) = look_for_faces(show, SHOT)["plates"]
    assert (answer["new"], answer["unnamed"]) == (False, 2)
    assert len(looks) == n_looks == 1


def test_a_face_is_named_by_a_person_and_its_crop_goes(show: Path, two_faces: Path, tmp_path: Path) -> None:
    ingest(show, two_faces)
    answer = name_face(show, SHOT, 1, person(show, tmp_path), by="Bea Lawyer")
    assert (answer["unnamed"], unnamed(show)) == (1, [1])
    assert crops(show) == ["02.jpg"]
    dismiss_face(show, SHOT, 2, Identifiable.NOT_IDENTIFIABLE, by="Bea Lawyer")
    assert unnamed(show) == [0]
    assert not (plate_folder(show) / "faces").exists()
    one, two = list_faces(show, SHOT)["plates"][0]["faces"]
    assert (one["person"], one["by"], two["answer"]) == ("p:ada", "Bea Lawyer", "not_identifiable")


@pytest.mark.parametrize("number", [0, -1, 3])
def test_a_face_that_is_not_there_cannot_be_named(show: Path, two_faces: Path, number: int) -> None:
    ingest(show, two_faces)
    with pytest.raises(BadInput, match=f"has no face {number}") as refused:
        dismiss_face(show, SHOT, number, Identifiable.NOT_A_FACE, by="Bea")
    assert refused.value.hint == "its faces are 1, 2"
    assert unnamed(show) == [2]


def test_a_person_must_be_on_record(show: Path, two_faces: Path, tmp_path: Path) -> None:
    ingest(show, two_faces)
    person(show, tmp_path)
    with pytest.raises(BadInput, match="nobody is on record as `p:adda`") as refused:
        name_face(show, SHOT, 1, "p:adda", by="Bea")
    assert refused.value.hint == "did you mean `p:ada`"
    assert crops(show) == ["01.jpg", "02.jpg"]


def test_who_says_so_has_a_name_that_does_not_deceive(show: Path, two_faces: Path) -> None:
    ingest(show, two_faces)
    for name in ("", "Bea‮awyer", "Веa"):  # turned round; Cyrillic and Latin in one word
        with pytest.raises(BadInput):
            dismiss_face(show, SHOT, 1, Identifiable.NOT_A_FACE, by=name)
    assert unnamed(show) == [2]


@pytest.mark.parametrize("damage", ["edit", "shorten", "remove", "garbage", "link"])
def test_a_file_that_was_tampered_with_counts_as_no_look(show: Path, two_faces: Path, damage: str) -> None:
    ingest(show, two_faces)
    file = plate_folder(show) / FACES_FILE
    kept = file.read_text()
    if damage == "edit":
        file.write_text(kept.replace('"faces":[', '"faces": ['))
    elif damage == "shorten":
        file.write_text(json.dumps({**json.loads(kept), "faces": []}))
    elif damage == "remove":
        file.unlink()
    elif damage == "garbage":
        file.write_bytes(b"\x00\xff" * 50)
    else:
        elsewhere = show.parent / "elsewhere.json"
        elsewhere.write_text(json.dumps({**json.loads(kept), "faces": []}))
        file.unlink()
        file.symlink_to(elsewhere)
    assert unnamed(show) == []
    with pytest.raises(BadInput, match="nobody has looked for faces"):
        dismiss_face(show, SHOT, 1, Identifiable.NOT_A_FACE, by="Bea")
    look_for_faces(show, SHOT)
    assert unnamed(show) == [2]


def test_a_lost_file_is_made_again_and_the_names_still_hold(show: Path, two_faces: Path) -> None:
    ingest(show, two_faces)
    dismiss_face(show, SHOT, 2, Identifiable.NOT_A_FACE, by="Bea")
    before = (plate_folder(show) / FACES_FILE).read_bytes()
    (plate_folder(show) / FACES_FILE).unlink()
    look_for_faces(show)
    assert (plate_folder(show) / FACES_FILE).read_bytes() == before
    assert unnamed(show) == [1]
    assert crops(show) == ["01.jpg"]


def test_a_new_detector_has_plates_looked_through_again_and_keeps_names(
    show: Path, two_faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(show, two_faces)
    dismiss_face(show, SHOT, 1, Identifiable.NOT_A_FACE, by="Bea")
    monkeypatch.setattr(faces, "DETECTOR", "another 2")
    assert unnamed(show) == []
    (answer,) = look_for_faces(show, SHOT)["plates"]
    assert (answer["new"], answer["unnamed"]) == (True, 1)


def test_the_same_still_in_another_shot_is_named_once(show: Path, two_faces: Path, looks: list[int]) -> None:
    ingest(show, two_faces)
    ingest(show, two_faces, SECOND, frames="1001-1024")
    assert len(looks) == 1
    dismiss_face(show, SECOND, 1, Identifiable.NOT_A_FACE, by="Bea")
    assert unnamed(show) == [1]
    assert crops(show) == crops(show, SECOND) == ["02.jpg"]
    assert list_faces(show, SECOND)["plates"][0]["faces"][0]["frames"] == "1001-1024"


def test_another_size_of_the_same_still_has_numbers_of_its_own(show: Path, two_faces: Path) -> None:
    ingest(show, two_faces)
    for number in (1, 2):
        dismiss_face(show, SHOT, number, Identifiable.NOT_A_FACE, by="Bea")
    ingest(show, two_faces, width=300)
    first, second = list_faces(show, SHOT)["plates"]
    assert [face["number"] for face in first["faces"]] == [1, 2]
    fresh = [face["number"] for face in second["faces"]]
    assert fresh == list(range(3, 3 + len(fresh)))
    assert unnamed(show) == [len(fresh)]
    assert len(fresh) >= 1


def test_a_moving_face_is_one_face(show: Path, tmp_path: Path) -> None:
    for frame in range(1001, 1015):
        still(tmp_path / f"walk.{frame}.png", put(wall(320, 180), 20 + 4 * (frame - 1001), 60))
    ingest(show, tmp_path / "walk.####.png")
    (face,) = list_faces(show, SHOT)["plates"][0]["faces"]
    assert face["frames"] == "1001-1014"


def test_without_the_network_the_plate_comes_in_and_nobody_knows(
    show: Path, two_faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_picture: F32) -> Any:
        raise EngineFailed("the network that finds faces is not installed", hint="install it")

    with monkeypatch.context() as patched:
        patched.setattr(track, "find_faces", missing)
        (note,) = [note for note in ingest(show, two_faces) if "faces" in note]
    assert f"secondunit faces look {SHOT}" in note
    assert unnamed(show) == []
    look_for_faces(show)
    assert unnamed(show) == [2]


def test_a_link_out_of_the_show_is_refused(show: Path, two_faces: Path, tmp_path: Path) -> None:
    ingest(show, two_faces)
    folder = plate_folder(show) / "faces"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    folder.symlink_to(outside, target_is_directory=True)
    (plate_folder(show) / FACES_FILE).unlink()
    with pytest.raises(BadInput, match="leads out of the show"):
        look_for_faces(show)
    assert list(outside.iterdir()) == []


def test_killed_before_the_ledger_hears_of_it_nobody_has_looked(
    show: Path, two_faces: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("secondunit.store.show_folder.Store.write_lines", _killed)
        with pytest.raises(KeyboardInterrupt):
            ingest(show, two_faces)
    assert (plate_folder(show) / FACES_FILE).is_file()
    assert unnamed(show) == []
    look_for_faces(show)
    assert unnamed(show) == [2]


def test_the_commands_speak(show: Path, two_faces: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ingest(show, two_faces)
    where = ["--show", str(show)]
    assert app(["look", SHOT, *where], result_action="return_value") == 0
    assert "2 faces, 2 without a name" in capsys.readouterr().out
    app(["dismiss", SHOT, "1", "--not-a-face", "--by", "Bea", *where], result_action="return_value")
    assert "1 face to go" in capsys.readouterr().out
    app(["list", SHOT, "--json", *where], result_action="return_value")
    (plate,) = json.loads(capsys.readouterr().out)["plates"]
    assert [face["answer"] for face in plate["faces"]] == ["not_a_face", None]
    app(["list", *where], result_action="return_value")
    out = capsys.readouterr().out
    assert "no face, says Bea" in out
    assert "no name yet" in out
    with pytest.raises(BadInput, match="say why it needs no name"):
        app(["dismiss", SHOT, "2", "--by", "Bea", *where], result_action="return_value", exit_on_error=False)


def _killed(*_args: Any, **_more: Any) -> None:
    raise KeyboardInterrupt


def test_a_plate_with_noise_is_looked_through_like_any_other(show: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(0, 0.02, (180, 320, 3)).astype(np.float32)
    ingest(show, still(tmp_path / "noise.png", put(wall(320, 180), 40, 40) + noise))
    assert unnamed(show) == [1]
