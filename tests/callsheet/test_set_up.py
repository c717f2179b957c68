"""The set is surveyed from what a person gave, never from what the tool guessed the last time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import secondunit.callsheet.collapse.set_up as set_up_module
from secondunit.callsheet.collapse.set_up import SetUp, keep_set_up, read_asked, set_up, setup_file
from secondunit.departments.destruction.survey_file import parse_building_file
from secondunit.errors import BadInput
from secondunit.ingest import ingest
from secondunit.media.exr import read_beauty
from secondunit.media.images import write_picture
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.slate.show import Show
from secondunit.store import Store, create_show, open_show
from secondunit.store.atomic import write_text

SHOT = ShotName.parse("TRL_101_BOX_0010")
OUTLINE = "54,25 99,25 99,82 54,82"
OTHER = "40,25 99,25 99,82 40,82"

HOUSE = """# by hand
[plate]
width = 160
height = 100
outline = [[54, 25], [99, 25], [99, 82], [54, 82]]
[camera]
focal = 200.0
position = [3.5, -30.0, 2.0]
yaw = 0.0
pitch = 3.0
[[block]]
name = "mine"
width = 7.0
depth = 5.0
height = 9.0 # by the survey
storeys = 3
"""


def picture() -> np.ndarray:
    """A house (100, 160, 3) before a sky."""
    rng = np.random.default_rng(3)
    image = np.full((100, 160, 3), (0.5, 0.65, 0.85))
    image[78:] = 0.4
    image[25:82, 54:99] = (0.6, 0.4, 0.35)
    for top in (30, 48, 66):
        for left in (58, 70, 82):
            image[top : top + 9, left : left + 6] = 0.15
    return np.clip(image + rng.normal(0, 0.01, image.shape), 0, 1).astype(np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = create_show(tmp_path / "show", Show("Trial", "TRL", Fraction(24)))
    write_picture(tmp_path / "plate.png", picture())
    ingest(store, tmp_path / "plate.png", SHOT, owner="A. Lens", licence="owned")
    yield store
    store.close()


def survey(store: Store, **asked: object) -> SetUp:
    plate: Plate = store.plate(SHOT)
    words = {"mask": None, "outline": None, "building": None} | asked
    made = set_up(read_asked(store, SHOT, **words), plate, read_beauty(store.root / plate.path_of(1001)))  # type: ignore[arg-type]
    keep_set_up(store, SHOT, made)
    return made


def is_same(a: SetUp, b: SetUp) -> bool:
    pictures = (a.found.matte, b.found.matte), (a.found.holdout, b.found.holdout)
    return (
        (a.found.camera, a.found.building, a.found.sun, parse_building_file(a.text))
        == (b.found.camera, b.found.building, b.found.sun, parse_building_file(b.text))
    ) and all(x.tobytes() == y.tobytes() for x, y in pictures)


def test_asked_again_it_is_the_same_to_the_bit(store: Store) -> None:
    first = survey(store, outline=OUTLINE)
    for again in ({"outline": OUTLINE}, {}):
        made = survey(store, **again)
        assert is_same(made, first)
        assert made.text == first.text


def test_another_outline_starts_afresh(store: Store, tmp_path: Path) -> None:
    survey(store, outline=OUTLINE)
    second = survey(store, outline=OTHER)
    fresh = create_show(tmp_path / "fresh", Show("Trial", "TRL", Fraction(24)))
    ingest(fresh, tmp_path / "plate.png", SHOT, owner="A. Lens", licence="owned")
    assert is_same(second, survey(fresh, outline=OTHER))
    fresh.close()


def test_an_edit_is_taken_and_stays(store: Store) -> None:
    survey(store, outline=OUTLINE)
    place = setup_file(store.root, SHOT)
    lines = place.read_text().splitlines()
    edited = ["depth = 6.0 # measured on the map" if line.startswith("depth = ") else line for line in lines]
    assert edited != lines
    place.write_text("\n".join(edited) + "\n")
    made = survey(store)
    block = made.found.building.blocks[0]
    assert max(y for _, y in block.footprint) - min(y for _, y in block.footprint) == pytest.approx(6.0)
    assert "depth = 6.0 # measured on the map" in place.read_text()
    assert is_same(survey(store), made)


def test_an_edit_of_the_direction_moves_nothing_else(store: Store) -> None:
    first = survey(store, outline=OUTLINE)
    place = setup_file(store.root, SHOT)
    place.write_text(place.read_text() + "\n[shot]\ndust = 0.9 # thick\n")
    made = survey(store)
    assert made.found.file.shot.dust == 0.9
    assert (made.found.camera, made.found.building, made.found.sun) == (
        first.found.camera,
        first.found.building,
        first.found.sun,
    )
    assert "dust = 0.9 # thick" in place.read_text()
    # And taken back.
    place.write_text(place.read_text().replace("dust = 0.9 # thick\n", ""))
    assert survey(store).found.file.shot.dust is None


def test_decimals_that_nobody_edited_do_not_move(store: Store, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(HOUSE.replace("200.0", "200.123456789").replace("9.0 #", "9.0123456789 #"))
    first = survey(store, building=mine)
    place = setup_file(store.root, SHOT)
    assert "200.123456789" in place.read_text()
    place.write_text(place.read_text() + "\n[shot]\ndust = 0.9\n")
    made = survey(store)
    assert made.found.file.shot.dust == 0.9
    assert (made.found.camera, made.found.building) == (first.found.camera, first.found.building)


def test_an_outline_drawn_in_the_file_wins_over_the_one_that_was_typed(store: Store) -> None:
    survey(store, outline=OUTLINE)
    place = setup_file(store.root, SHOT)
    (old,) = (line for line in place.read_text().splitlines() if line.startswith("outline = "))
    place.write_text(place.read_text().replace(old, "outline = [[40, 25], [99, 25], [99, 82], [40, 82]]"))
    made = survey(store)
    assert made.found.matte[50, 45] > 0.9
    assert is_same(survey(store), made)


@pytest.mark.parametrize("n_written", [0, 1, 2])
def test_killed_while_a_new_set_is_written(store: Store, monkeypatch: pytest.MonkeyPatch, n_written: int) -> None:
    """Either the old set or the new one, never a mixture."""
    old = survey(store, outline=OUTLINE)
    words = {"mask": None, "outline": OTHER, "building": None}
    picture = read_beauty(store.root / store.plate(SHOT).path_of(1001))
    new = set_up(read_asked(store, SHOT, **words), store.plate(SHOT), picture)  # type: ignore[arg-type]
    left = n_written

    def dying(path: Path, text: str) -> None:
        nonlocal left
        if not left:
            (path.parent / f".{path.name}.a1b2c3d4").write_text(text[:9])
            raise KeyboardInterrupt
        left -= 1
        write_text(path, text)

    with monkeypatch.context() as patch:
        patch.setattr(set_up_module, "write_text", dying)
        with pytest.raises(KeyboardInterrupt):
            keep_set_up(store, SHOT, new)
    swap = setup_file(store.root, SHOT).with_name(".building.toml.swp")  # an editor's: not ours
    swap.write_text("swap")
    assert is_same(survey(store), old if n_written == 0 else new)
    swap.unlink()
    assert {path.name for path in setup_file(store.root, SHOT).parent.iterdir()} == {
        "building.toml",
        "asked.json",
    }


def test_a_mask_is_remembered_by_its_content(store: Store, tmp_path: Path) -> None:
    white = np.zeros((100, 160, 3), np.float32)
    white[25:82, 54:99] = 1
    write_picture(tmp_path / "mask.png", white)
    first = survey(store, mask=tmp_path / "mask.png")
    (tmp_path / "mask.png").unlink()
    assert is_same(survey(store), first)


def test_a_named_building_file_wins_and_is_not_touched(store: Store, tmp_path: Path) -> None:
    survey(store, outline=OUTLINE)
    mine = tmp_path / "mine.toml"
    mine.write_text(HOUSE)
    before = mine.read_text()
    made = survey(store, building=mine)
    assert made.found.building.blocks[0].name == "mine"
    assert made.found.camera.focal == 200.0
    assert mine.read_text() == before
    written = setup_file(store.root, SHOT).read_text()
    assert written.startswith("# by hand") and "# by the survey" in written
    assert is_same(survey(store), made)


def test_what_is_kept_may_be_lost_or_damaged(store: Store) -> None:
    survey(store, outline=OUTLINE)
    kept = setup_file(store.root, SHOT).with_name("asked.json")
    for harm in ("", "[]", '{"wrote": 3}', '{"wrote": "[", "given": null, "outline": null, "mask": null}'):
        kept.write_text(harm)
        asked = read_asked(store, SHOT, mask=None, outline=None, building=None)
        assert asked.file.plate.outline  # counts as written by hand


def test_a_mask_and_an_outline(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="both"):
        read_asked(store, SHOT, mask=tmp_path / "mask.png", outline=OUTLINE, building=None)


def write_many_times(root: Path, outline: str) -> None:
    store = open_show(root)
    made = set_up(
        read_asked(store, SHOT, mask=None, outline=outline, building=None),
        store.plate(SHOT),
        read_beauty(root / store.plate(SHOT).path_of(1001)),
    )
    for _ in range(40):
        keep_set_up(store, SHOT, made)


def test_two_processes_write_one_set(store: Store) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=write_many_times, args=(store.root, outline)) for outline in (OUTLINE, OTHER)]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]
    # Whoever was last: whole, and of one piece.
    place = setup_file(store.root, SHOT)
    assert {path.name for path in place.parent.iterdir()} == {"building.toml", "asked.json"}
    survey(store)
