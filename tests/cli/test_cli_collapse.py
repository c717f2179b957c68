"""A house comes down through the real command line: what is on disk, what it says, and whether it holds."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from desk import (
    DESTROY,
    FRAMES,
    HEIGHT,
    OUTLINE,
    SHOT,
    WIDTH,
    Said,
    bring_in,
    declare,
    done,
    half_made,
    takes,
    tree,
    type_in,
)

from secondunit.media.exr import Layer, read_beauty, read_exr
from secondunit.media.images import read_still
from secondunit.media.movies import look_at_movie
from secondunit.slate.frames import FrameRange

KEYS = {"version", "folder", "frames", "movie", "exr", "contact", "lineage", "manifest", "seconds", "checks"}


def exrs(show: Path, version: str = "v001") -> list[Path]:
    return sorted((show / "versions" / SHOT / "destruction" / version / "exr").glob("*.exr"))


def pictures(show: Path, version: str = "v001") -> list[np.ndarray]:
    return [read_beauty(path) for path in exrs(show, version)]


def is_bit_identical(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return len(a) == len(b) > 0 and all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


# What it says


def test_the_answer(shot_once: tuple[Path, Said]) -> None:
    show, said = shot_once
    answer = said.data
    assert set(answer) >= KEYS
    assert answer["version"] == "v001"
    assert answer["frames"] == FRAMES
    for key in ("folder", "movie", "contact", "lineage", "manifest"):
        path = Path(answer[key])
        assert path.exists() and path.is_relative_to(show), key
    for frame in FrameRange.parse(answer["frames"]):
        assert Path(answer["exr"].replace("####", str(frame))).is_file()
    assert 0 < answer["seconds"] < 600
    assert [check["number"] for check in answer["checks"]] == list(range(1, 18))
    for check in answer["checks"]:
        # A check that was not computed says so; it never passes.
        assert check["passed"] in (True, False) or (check["passed"] is None and check["note"])
        assert check["value"] and check["limit"]


def test_messages_and_progress_go_to_stderr(shot_once: tuple[Path, Said]) -> None:
    _, said = shot_once
    json.loads(said.out)
    assert "building.toml" in said.err
    assert "100%" in said.err
    assert "█" not in said.err
    assert "\r" not in said.err and "\x1b" not in said.err
    assert "test certificate" in said.err


def test_what_lies_on_disk(shot_once: tuple[Path, Said]) -> None:
    show, said = shot_once
    assert half_made(show) == []
    movie = look_at_movie(Path(said.data["movie"]))
    assert movie.n_frames == 8 + 1  # a slate stands before the shot
    assert movie.rate == 24
    assert read_still(Path(said.data["contact"])).pixels.shape[1] > WIDTH
    first = read_exr(exrs(show)[0])
    assert first.layers["beauty"].pixels.shape[:2] == (HEIGHT, WIDTH)
    assert first.header["secondunit:colourspace"] == "ACEScg"
    assert len(str(first.header["secondunit:recipe"])) > 30
    lineage = json.loads(Path(said.data["lineage"]).read_text())
    assert lineage["shot"] == SHOT
    assert lineage["clearance"]["answer"] == "cleared"


def test_something_falls_and_the_rest_is_the_plate(shot_once: tuple[Path, Said]) -> None:
    show, said = shot_once
    plate = read_beauty(next(show.glob("plates/*/*/*.exr")))
    seen = pictures(show)
    assert seen[0].tobytes() == plate.tobytes()  # before the first failure
    changed = (seen[-1] != plate).any(axis=2)
    house = np.zeros((HEIGHT, WIDTH), bool)
    house[50:164, 108:198] = True
    assert changed[house].mean() > 0.02
    assert not changed[:40].any()  # nothing flies into the sky
    first = next(check for check in said.data["checks"] if check["number"] == 1)
    assert first["passed"] is True


def test_the_version_is_listed(shot_once: tuple[Path, Said]) -> None:
    show, said = shot_once
    (row,) = done("versions", SHOT, "--show", show, "--json").data["versions"]
    assert (row["version"], row["shot"], row["folder"]) == ("v001", SHOT, said.data["folder"])
    assert row["preview"] is True
    assert "v001" in done("versions", cwd=show).out
    assert done("versions", "TRL_101_BOX_0020", "--show", show, "--json").data == {"versions": []}


# Verify


def test_the_untouched_show_is_ok(shot_once: tuple[Path, Said]) -> None:
    show, said = shot_once
    before = tree(show)
    for path in (show, said.data["folder"], said.data["movie"], said.data["contact"]):
        assert done("verify", path).out.startswith("ok: ")
    assert done("verify", show, "--json").data["ok"] is True
    assert tree(show) == before


@pytest.mark.parametrize("at", [0, 400, -1000, -1])
def test_one_flipped_byte_is_found_and_its_frame_named(finished: Path, at: int) -> None:
    path = exrs(finished)[4]
    content = bytearray(path.read_bytes())
    content[at] ^= 0x01
    path.write_bytes(content)
    for place in (finished, path.parent.parent, path):
        said = type_in("verify", place)
        assert said.code == 5
        assert "1005" in said.err
        assert said.hint or place == path
    said = type_in("verify", finished, "--json")
    assert said.data["exit_code"] == 5
    assert any("1005" in line for line in said.data["findings"])


@pytest.mark.parametrize(
    "name",
    ["review.mov", "review.mp4", "contact.jpg", "lineage.json", "checks.json", "building.toml", "frames.json"],
)
def test_one_flipped_byte_in_anything_else(finished: Path, name: str) -> None:
    path = exrs(finished)[0].parent.parent / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x01
    path.write_bytes(content)
    said = type_in("verify", finished)
    assert said.code == 5
    assert name in said.err


def test_a_frame_gone_a_frame_more_a_version_gone(finished: Path) -> None:
    frames = exrs(finished)
    aside = finished.parent / "aside.exr"
    frames[2].rename(aside)
    said = type_in("verify", finished)
    assert said.code == 5 and "1003" in said.err
    aside.rename(frames[2])
    extra = frames[2].with_name(frames[2].name.replace("1003", "1999"))
    extra.write_bytes(frames[2].read_bytes())
    said = type_in("verify", finished)
    assert said.code == 5 and "1999" in said.err
    extra.unlink()
    assert done("verify", finished)
    frames[0].parents[1].rename(finished.parent / "gone")
    said = type_in("verify", finished)
    assert said.code == 5 and "missing" in said.err


def test_a_plate_changed_behind_the_versions_back(finished: Path) -> None:
    path = next(finished.glob("turnover/*.png"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"\0")
    said = type_in("verify", finished)
    assert said.code == 5
    assert "changed since the version was made" in said.err


# Once more


def test_the_same_again_makes_nothing_again(finished: Path) -> None:
    before, written = takes(finished), (finished / "setups" / SHOT / "building.toml").read_text()
    for options in (("--outline", OUTLINE), ()):  # the outline is remembered
        answer = done(*DESTROY, *options, "--show", finished, "--json").data
        assert takes(finished) == before
    assert answer["version"] == "v003"
    assert (finished / "setups" / SHOT / "building.toml").read_text() == written
    assert is_bit_identical(pictures(finished, "v003"), pictures(finished))
    assert done("verify", finished).code == 0


def test_an_edited_set_makes_a_new_version_and_keeps_the_old_one_true(finished: Path) -> None:
    place = finished / "setups" / SHOT / "building.toml"
    before = takes(finished)
    text = place.read_text()
    assert "[shot]" not in text
    place.write_text(text + "\n[shot]\ndust = 0.95 # swallow the street\n")
    answer = done(*DESTROY, "--show", finished, "--json").data
    assert answer["version"] == "v002"
    after = takes(finished)
    # What did not change is not made again.
    assert {name: after[name] for name in before} == before
    assert {name.split("-")[0] for name in set(after) - set(before)} == {"dust", "frames"}
    assert not is_bit_identical(pictures(finished, "v002"), pictures(finished))
    # Each version keeps the set it was shot with.
    kept = [Path(answer["folder"]).with_name(v) / "building.toml" for v in ("v001", "v002")]
    assert ["dust = 0.95" in path.read_text() for path in kept] == [False, True]
    assert done("verify", finished).code == 0
    # A person's words stay as they were typed.
    assert "dust = 0.95 # swallow the street" in place.read_text()


def test_a_show_that_was_moved_goes_on(finished: Path) -> None:
    before = takes(finished)
    moved = finished.rename(finished.with_name("moved here"))
    answer = done(*DESTROY, "--show", moved, "--json").data
    assert answer["version"] == "v002"
    assert takes(moved) == before
    assert done("verify", moved).code == 0


@pytest.mark.slow
def test_a_plate_of_one_frame(show: Path, plate: Path) -> None:
    bring_in(show, plate, "1001")
    answer = done(*DESTROY, "--outline", OUTLINE, "--show", show, "--json").data
    assert answer["frames"] == "1001-1001"
    assert len(exrs(show)) == 1
    assert done("verify", show).code == 0


@pytest.mark.slow
def test_two_fresh_shows_give_the_same_pixels(tmp_path: Path, shot_once: tuple[Path, Said], plate: Path) -> None:
    show = tmp_path / "another show"
    done("new", show, "--name", "Another", "--code", "TRL")
    declare(show)
    bring_in(show, plate)
    done(*DESTROY, "--outline", OUTLINE, "--show", show)
    assert is_bit_identical(pictures(show), pictures(shot_once[0]))


@pytest.mark.slow
def test_a_final_holds_every_layer_and_sums_up(finished: Path) -> None:
    answer = done("destroy", SHOT, "--fragments", "400", "--show", finished, "--json").data
    first = read_exr(exrs(finished, "v002")[-1])
    for name in (
        "beauty",
        "plate",
        "clean",
        "fragments",
        "debris",
        "dust",
        "matte",
        "depth",
        "position",
        "normal",
    ):
        assert any(layer.startswith(name) for layer in first.layers), (name, list(first.layers))
    checks = {check["number"]: check for check in answer["checks"]}
    assert checks[1]["passed"] and checks[16]["passed"]
    assert (Path(answer["folder"]) / "scene.usdc").is_file()
    assert done("verify", finished).code == 0
    answers_for_its_pixels(finished, answer["version"], first.layers["matte"])


def answers_for_its_pixels(show: Path, version: str, matte: Layer) -> None:
    """`trace` tells layers and fragments of what was made, and of the rest that it is the plate's own."""
    touched = matte.pixels[..., matte.channels.index("touched")]
    words = ("trace", f"{SHOT} destruction {version}", "--frame", "1008", "--show", show, "--json")
    for wanted, kind in ((1, "generated"), (0, "plate")):
        y, x = np.argwhere(touched == wanted)[len(np.argwhere(touched == wanted)) // 2]
        told = done(*words, "--at", f"{x},{y}").data
        assert told["kind"] == kind
        assert sum(row["weight"] for row in told["sources"]) == pytest.approx(1, abs=1e-2)
