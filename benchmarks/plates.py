"""Bring the surveyed example plates down and print their checks as JSON.

    python benchmarks/plates.py truckee=truckee.jpg office=building.jpg … [--width 640]

Each name is a folder of `examples/plates`; its building file says where the photograph comes from. None of them is
part of this project. The versions are kept in `--show` (a temporary folder without it). Whoever runs this declares the
photographs theirs to measure with: some have no owner on record, and the gate would refuse them.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from measuring import RUNNER, declare_for_measuring, dismiss_faces

from secondunit.callsheet.bring_in import bring_in
from secondunit.callsheet.collapse.destroy import destroy
from secondunit.callsheet.open_show import make_show
from secondunit.departments.destruction.survey_file import read_building_file
from secondunit.farm.progress import Lines

PLATES = Path(__file__).parent.parent / "examples" / "plates"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("plates", nargs="+", metavar="NAME=PHOTOGRAPH")
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--frames", type=int, help="as the building file says when not given")
    parser.add_argument("--fragments", type=int, default=5000)
    parser.add_argument("--show", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        show = asked.show or Path(folder) / "show"
        if not show.exists():
            make_show(show, name="Example plates", code="EXP", fps="24")
            declare_for_measuring(show)
        pairs = [plate.partition("=") for plate in asked.plates]
        print(json.dumps({name: _bring_down(show, name, path, asked) for name, _, path in pairs}, indent=1))


def _bring_down(show: Path, name: str, photograph: str, asked: argparse.Namespace) -> dict[str, Any]:
    building = PLATES / name / "building.toml"
    file = read_building_file(building)
    shot = f"EXP_101_{name.replace('_', '').upper()}_0010"
    bring_in(
        show,
        photograph,
        shot=shot,
        owner=RUNNER,
        licence="LicenseRef-measurement",
        derivatives=True,
        commercial=True,
        frames=f"1001-{1000 + (asked.frames or file.shot.frames or 96)}",
        width=asked.width,
    )
    dismiss_faces(show, shot)
    answer = destroy(
        show,
        shot,
        building=building,
        fragments=asked.fragments,
        progress=Lines(os.cpu_count() or 1, label=f"{name} "),
    )
    checks = {str(c["number"]): [c["passed"], c["value"], c["note"]] for c in answer["checks"]}
    return {"seconds": answer["seconds"], "folder": answer["folder"], "checks": checks}


if __name__ == "__main__":
    main()
