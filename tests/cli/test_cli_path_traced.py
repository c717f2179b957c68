"""A final in a path tracer's light, from the command line to what the version says of itself."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from desk import OUTLINE, SHOT, bring_in, done, half_made, is_refused, takes, type_in

from secondunit.media.exr import read_exr

FINAL = ("destroy", SHOT, "--fragments", "400", "--path-traced")


def test_a_preview_is_not_path_traced(plated: Path) -> None:
    before = takes(plated)
    is_refused(type_in(*FINAL, "--preview", "--outline", OUTLINE, "--show", plated), 2, "preview", "path-trace")
    assert takes(plated) == before and half_made(plated) == []


def test_without_the_extra_nothing_is_begun(plated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = metadata.version

    def missing(name: str) -> str:
        if name == "mitsuba":
            raise metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr(metadata, "version", missing)
    before = takes(plated)
    is_refused(
        type_in(*FINAL, "--outline", OUTLINE, "--show", plated), 2, "not installed", "secondunit[pathtracer]"
    )
    assert takes(plated) == before and half_made(plated) == []


@pytest.mark.slow
def test_only_the_frames_are_made_again(show: Path, plate: Path) -> None:
    pytest.importorskip("mitsuba")
    bring_in(show, plate, "1001-1004")
    words = ("--outline", OUTLINE, "--show", show, "--json")
    drawn = done("destroy", SHOT, "--fragments", "400", *words).data
    before = takes(show)
    traced = done(*FINAL, *words).data
    after = takes(show)
    assert {name: after[name] for name in before} == before
    assert {name.split("-")[0] for name in set(after) - set(before)} == {"frames"}
    assert _words(drawn, "light and comp")["light"] == "rasteriser"
    assert _words(traced, "light and comp")["light"] == f"mitsuba {metadata.version('mitsuba')}"
    lineage = json.loads(Path(traced["lineage"]).read_text())
    assert "mitsuba" in json.dumps(lineage["software"])
    a, b = (read_exr(Path(answer["exr"].replace("####", "1004"))).layers for answer in (drawn, traced))
    for name in ("depth", "position", "normal", "motion"):
        assert a[name].pixels.tobytes() == b[name].pixels.tobytes(), name
    for name in ("fragments", "debris", "dust"):
        assert (a[name].pixels[..., 3] == b[name].pixels[..., 3]).all(), name
    assert (a["beauty"].pixels != b["beauty"].pixels).any()
    untouched = ~((a["matte"].pixels > 0).any(-1) | (b["matte"].pixels > 0).any(-1))
    assert (a["plate"].pixels[untouched] == b["beauty"].pixels[untouched]).all()
    checks = {check["number"]: check for check in traced["checks"]}
    assert sorted(checks) == list(range(1, 18))
    assert checks[1]["passed"] and checks[16]["passed"]
    assert checks[4]["passed"], checks[4]
    assert done("verify", show).code == 0
    assert np.isfinite(b["beauty"].pixels).all()


def _words(answer: dict[str, object], take: str) -> dict[str, object]:
    lineage = json.loads(Path(str(answer["lineage"])).read_text())
    return next(row["settings"] for row in lineage["takes"] if row["name"] == take)
