"""Where did this pixel come from? Asked of a version, answered by file, frame, place and weight."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from secondunit.callsheet.paint.publish import SOURCES, TRACE
from secondunit.callsheet.rights_desk import opened
from secondunit.callsheet.trace_layers import trace_layers
from secondunit.callsheet.version_of import find_version, subject_of
from secondunit.departments.paint.pixel import check_pixel
from secondunit.engines.trace import Contributor, contributors
from secondunit.engines.trace_file import load_trace
from secondunit.errors import BadInput
from secondunit.media.exr import read_exr
from secondunit.store.records import VersionRecord


def trace_pixel(show: Path, version: str, *, frame: int, at: str) -> dict[str, Any]:
    """What `--json` prints for `trace`. Raises `BadInput` for a version, frame or pixel that is not there."""
    with opened(show) as store:
        found = find_version(store, version)
        folder = store.root / found.folder
        picture = _frame_file(folder / "exr", found, frame)
        exr = read_exr(picture)
        height, width = exr.beauty.shape[:2]
        x, y = check_pixel(at, width, height)
        answer: dict[str, Any] = {"version": subject_of(found), "frame": frame, "x": x, "y": y}
        answer["value"] = [float(v) for v in exr.beauty[y, x, :3]]
        traced = folder / TRACE / f"{picture.stem}.trace"
        if not traced.is_file():
            return answer | trace_layers(exr, x, y)
        told = contributors(load_trace(traced), x, y)
        files = json.loads((folder / TRACE / SOURCES).read_text())
        answer["kind"] = "generated" if told else "plate"
        answer["sources"] = [_row(one, files) for one in told]
        grain = exr.layers.get("grain")
        if grain is not None and grain.pixels[y, x].any():
            answer["grain_added"] = [float(v) for v in grain.pixels[y, x, :3]]
        return answer


def _row(one: Contributor, files: dict[str, Any]) -> dict[str, Any]:
    known = files.get(f"{one.source.role}:{one.source.frame}", {})
    row = {"role": one.source.role, "frame": one.source.frame, **known, "weight": one.weight}
    if one.model_sha256:
        return row | {"model_sha256": one.model_sha256}
    return row | {"x": one.x, "y": one.y}


def _frame_file(folder: Path, version: VersionRecord, frame: int) -> Path:
    found = sorted(folder.glob(f"*.{frame:04d}.exr"))
    if not found:
        raise BadInput(
            f"{subject_of(version)} has no frame {frame}", hint="`secondunit versions` lists what there is"
        )
    return found[0]
