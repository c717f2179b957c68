"""What a compositor types: take something out, carry an edit, ask where a pixel came from."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from desk import SHOT, bring_in, declare, done, is_refused, type_in, untouched

from secondunit.engines.trace import rebuild
from secondunit.engines.trace_file import load_trace
from secondunit.media.exr import read_beauty, read_exr, write_exr
from secondunit.media.images import write_picture

EXAMPLE = Path(__file__).parents[2] / "examples" / "mirror_engine" / "mirror_engine.py"
W, H, N = 160, 96, 4
STEP = 8  # pixels a frame: what crosses a picture in less than a second


@pytest.fixture(scope="module", autouse=True)
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The example engine, installed as pip would."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "mirror_engine.py").write_text(EXAMPLE.read_text())
    metadata = folder / "mirror_engine-1.0.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: mirror-engine\nVersion: 1.0.0\n")
    (metadata / "entry_points.txt").write_text("[secondunit.engines]\nmirror = mirror_engine:MirrorEngine\n")
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


def frame(index: int) -> np.ndarray:
    """A wall that does not move, and a ball that rolls over it."""
    rng = np.random.default_rng(5)
    wall = 0.3 + 0.1 * rng.random((H, W, 3), np.float32)
    y, x = np.indices((H, W))
    ball = (x - 40 - STEP * index) ** 2 + (y - 50) ** 2 < 100
    return np.where(ball[..., None], np.float32([0.8, 0.2, 0.1]), wall).astype(np.float32)


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shows")
    place = folder / "trial"
    done("new", place, "--name", "Trial", "--code", "TRL")
    for i in range(N):
        write_exr(folder / f"plate.{1001 + i}.exr", {"beauty": frame(i)})
        y, x = np.indices((H, W))
        ball = (x - 40 - STEP * i) ** 2 + (y - 50) ** 2 < 144
        write_picture(folder / f"roto.{1001 + i}.png", np.repeat(ball[..., None], 3, 2).astype(np.float32))
    bring_in(place, folder / "plate.####.exr", frames=f"1001-{1000 + N}")
    declare(place)
    return place


def test_a_strangers_engine_passes_the_same_gate(show: Path, tmp_path: Path) -> None:
    words = ("cleanplate", SHOT, "--mask", show.parent / "roto.####.png", "--engine", "mirror", "--show", show)
    with untouched(show):
        refused = type_in(*words)
    assert refused.code == 3
    assert "tool mirror 1.0.0 (no card) is not on record" in refused.err
    card = tmp_path / "mirror.toml"
    card.write_text(
        'kind = "tool_card"\ntool_id = "mirror"\nversion = "1.0.0"\ntraining_data = "none"\n'
        "trains_on_inputs = false\nretains_inputs = false\nenterprise_secured = true\nchecked_at = 2026-11-25\n"
    )
    done("rights", "add", card, "--show", show, "--by", "Vera Sup")
    answer = done(*words, "--json").data
    assert answer["version"] == "v001"
    assert answer["sources"] == {"plate": pytest.approx(1.0)}
    done("verify", show)


def test_outside_the_mask_the_plate_is_untouched_and_inside_every_pixel_is_traced(show: Path) -> None:
    folder = show / "versions" / SHOT / "cleanplate" / "v001"
    for i in range(N):
        made = read_exr(folder / "exr" / f"{SHOT}_cleanplate_v001.{1001 + i}.exr")
        plate = read_beauty(next((show / "plates" / SHOT).glob(f"*/*.{1001 + i}.exr")))
        inside = made.layers["matte"].pixels[..., 0] > 0
        assert 250 < inside.sum() < 900
        assert np.array_equal(made.beauty[~inside], plate[~inside])
        trace = load_trace(folder / "trace" / f"{SHOT}_cleanplate_v001.{1001 + i}.trace")
        again = rebuild(trace, lambda _, plate=plate: plate)
        bare = made.beauty - made.layers["grain"].pixels
        assert np.abs(again - bare)[inside].max() < 1e-3
        assert not (made.beauty[..., 0] - made.beauty[..., 2] > 0.4)[inside].any(), "the red ball is gone"


def test_trace_names_file_and_place(show: Path) -> None:
    version = f"{SHOT} cleanplate v001"
    told = done("trace", version, "--frame", "1002", "--at", "48,50", "--show", show, "--json").data
    assert told["kind"] == "generated"
    (source,) = told["sources"]
    assert source["role"] == "plate" and source["file"].endswith(".1002.exr") and source["weight"] == 1
    plate = read_beauty(next((show / "plates" / SHOT).glob("*/*.1002.exr")))
    assert plate[int(source["y"]), int(source["x"])] == pytest.approx(told["value"], abs=1e-3)
    outside = done("trace", version, "--frame", "1002", "--at", "3,3", "--show", show, "--json").data
    assert outside["kind"] == "plate" and outside["sources"] == []
    assert "generated" in done("trace", version, "--frame", "1002", "--at", "48,50", "--show", show).out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("trace", f"{SHOT} cleanplate v001", "--frame", "1099", "--at", "1,1"), 2, "has no frame 1099"),
        (("trace", f"{SHOT} cleanplate v001", "--frame", "1001", "--at", "160,1"), 2, "is outside the frame"),
        (("trace", f"{SHOT} cleanplate v009", "--frame", "1001", "--at", "1,1"), 2, "there is no version"),
        (("cleanplate", SHOT, "--mask", "nowhere.png"), 2, "does not exist"),
        (("cleanplate", SHOT, "--mask", "{roto}", "--engine", "mirrow"), 2, "there is no engine `mirrow`"),
        (
            ("cleanplate", SHOT, "--mask", "{roto}", "--engine", "mirror", "--set", "reach=-1"),
            2,
            "does not take `reach`",
        ),
        (
            ("cleanplate", SHOT, "--mask", "{roto}", "--engine", "mirror", "--set", "blur=1"),
            2,
            "does not take `blur`",
        ),
        (("cleanplate", SHOT, "--mask", "{roto}", "--reference", "TRL_101_NOT_0010"), 2, "no plate of this show"),
        (("cleanplate", SHOT, "--mask", "{part}", "--engine", "mirror"), 2, "no frame 1004"),
        (("vary", "TRL_101_NOT_0010"), 2, "no plate of this show"),
        (("vary", SHOT, "--size", "big"), 2, "is not a size"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    show: Path, tmp_path: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    for i in range(N - 1):
        (tmp_path / f"part.{1001 + i}.png").write_bytes((show.parent / f"roto.{1001 + i}.png").read_bytes())
    filled = [w.format(roto=show.parent / "roto.####.png", part=tmp_path / "part.####.png") for w in words]
    with untouched(show):
        is_refused(type_in(*filled, "--show", show), code, says)


def test_the_lineage_names_mask_engine_and_plate(show: Path) -> None:
    lineage = json.loads((show / "versions" / SHOT / "cleanplate" / "v001" / "lineage.json").read_text())
    assert {one["role"] for one in lineage["ingredients"]} == {"plate source", "plate frames", "direction"}
    (take,) = lineage["takes"]
    assert take["engine"] == "mirror" and take["settings"] == {"reach": 64}
    assert "+" in take["engine_version"], "a stranger's own code is named beside ours"


@pytest.fixture(scope="module")
def carried(show: Path) -> Path:
    """The ball painted blue by hand in the first frame, and carried over the shot."""
    edit = frame(0)
    y, x = np.indices((H, W))
    ball = (x - 40) ** 2 + (y - 50) ** 2 < 100
    edit[ball] = np.float32([0.1, 0.2, 0.9]) + np.random.default_rng(2).normal(0, 0.02, (int(ball.sum()), 3))
    write_exr(show.parent / "edit.1001.exr", {"beauty": np.dstack([edit, np.ones((H, W))]).astype(np.float32)})
    words = ("propagate", SHOT, "--key", f"1001={show.parent / 'edit.1001.exr'}", "--show", show)
    assert "refers to a work or person not owned" in type_in(*words).err, "for what was painted a person answers"
    done("rights", "declare", "show", "references_ip=no", "--by", "Vera Sup", "--show", show)
    answer = done(*words, "--json").data
    assert answer["notes"] == ["the edit of frame 1001: the alpha channel was left out"]
    return Path(answer["folder"])


def test_a_ball_painted_blue_stays_blue_and_the_wall_stays_the_plate(show: Path, carried: Path) -> None:
    for i in range(N):
        made = read_exr(next(carried.glob(f"exr/*.{1001 + i}.exr")))
        y, x = np.indices((H, W))
        far = np.hypot(x - 40 - STEP * i, y - 50)
        blue = made.beauty[..., 2] - made.beauty[..., 0]
        assert np.median(blue[far < 7]) > 0.5, f"frame {1001 + i}"
        assert (blue[far > 20] < 0.3).all()
        plate = read_beauty(next((show / "plates" / SHOT).glob(f"*/*.{1001 + i}.exr")))
        outside = made.layers["matte"].pixels[..., 0] == 0
        assert outside[far > 30].mean() > 0.95
        assert np.array_equal(made.beauty[outside], plate[outside])


def test_the_pixels_of_the_ball_come_from_the_artists_key(show: Path, carried: Path) -> None:
    words = ("trace", carried, "--frame", "1003", "--at", "56,50", "--show", show, "--json")
    told = done(*words).data
    assert told["kind"] == "generated"
    key = [row for row in told["sources"] if row["role"] == "key"]
    assert sum(row["weight"] for row in key) == pytest.approx(1, abs=1e-3)
    assert all(row["file"] == "edit.1001.exr" and np.hypot(row["x"] - 40, row["y"] - 50) < 14 for row in key)
    lineage = json.loads((carried / "lineage.json").read_text())
    (one,) = (one for one in lineage["ingredients"] if one["role"] == "key")
    assert one["source_type"] == "humanEdits" and one["relationship"] == "componentOf"


def test_an_edit_that_is_not_there(show: Path, carried: Path) -> None:
    said = type_in("propagate", SHOT, "--key", "1001=nowhere.exr", "--show", show)
    is_refused(said, 2, "does not exist")


@pytest.mark.parametrize(
    ("name", "says"),
    [("same", "is the plate itself"), ("small", "the edit of frame 1001 is 80×96"), ("nan", "no numbers")],
)
def test_an_edit_that_cannot_be_one(show: Path, carried: Path, tmp_path: Path, name: str, says: str) -> None:
    picture = {"same": frame(0), "small": frame(0)[:, :80] + 1, "nan": frame(0) * np.float32(np.nan)}[name]
    write_exr(tmp_path / "edit.exr", {"beauty": picture})
    said = type_in("propagate", SHOT, "--key", f"1001={tmp_path / 'edit.exr'}", "--show", show)
    is_refused(said, 2, says)


def test_variations_are_the_frames_of_one_version_and_hold_nothing_but_the_source(show: Path) -> None:
    words = ("vary", SHOT, "--size", "144x80", "-n", "2", "--show", show, "--json")
    answer = done(*words).data
    folder = Path(answer["folder"])
    assert answer["frames"] == "1001-1002"
    (source,) = answer["sources"]
    assert source.startswith(SHOT)
    one, two = (read_exr(path).beauty[..., :3] for path in sorted(folder.glob("exr/*.exr")))
    assert one.shape == two.shape == (80, 144, 3)
    assert np.abs(one - two).mean() > 0.01, "two arrangements, not one"
    told = done("trace", folder, "--frame", "1002", "--at", "70,40", "--show", show, "--json").data
    assert {row["role"] for row in told["sources"]} == {"reference"}
    done("verify", folder)


@pytest.mark.slow
def test_a_variation_is_the_same_again_and_another_seed_another(show: Path) -> None:
    def first(*more: str) -> np.ndarray:
        answer = done("vary", SHOT, "--size", "96x64", "-n", "1", *more, "--show", show, "--json").data
        return read_exr(next(Path(answer["folder"]).glob("exr/*.exr"))).beauty

    assert np.array_equal(first(), first())
    assert not np.array_equal(first(), first("--seed", "2"))


def test_removal_by_our_own_engine_shows_the_wall_behind_the_ball(show: Path) -> None:
    answer = done("cleanplate", SHOT, "--mask", show.parent / "roto.####.png", "--show", show, "--json").data
    wall = frame(99)  # the ball is far out of the picture by then
    for path in sorted(Path(answer["folder"]).glob("exr/*.exr")):
        made = read_exr(path)
        inside = made.layers["matte"].pixels[..., 0] > 0.5
        assert np.abs(made.beauty[..., :3] - wall)[inside].mean() < 0.02, (
            "a place that other frames show is copied"
        )
    assert all(check["passed"] for check in answer["checks"] if check["number"] in (1, 2)), answer["checks"]
