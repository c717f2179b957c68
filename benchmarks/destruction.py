"""What a collapse costs, stage by stage: CPU seconds, wall seconds, memory. Prints JSON.

    python benchmarks/destruction.py [PLATE BUILDING.toml] [--width 1280] [--frames 72] [--fragments 5000]

Without a plate it takes the demo's. Run it twice: the first run also compiles. The ratios of each kernel to its
plain reference are printed by `benchmarks/kernels.py`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import tempfile
from pathlib import Path

from secondunit.callsheet.bring_in import bring_in
from secondunit.callsheet.demo import building_file, photograph
from secondunit.callsheet.destroy import destroy
from secondunit.callsheet.open_show import make_show
from secondunit.farm.progress import Lines

SHOT = "BEN_101_COL_0010"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("plate", nargs="?", type=Path)
    parser.add_argument("building", nargs="?", type=Path)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--frames", type=int, default=72)
    parser.add_argument("--fragments", type=int, default=5000)
    parser.add_argument("--preview", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        show = Path(folder) / "show"
        make_show(show, name="Benchmark", code="BEN", fps="24")
        brought = bring_in(
            show,
            str(asked.plate or photograph()),
            shot=SHOT,
            owner="benchmark",
            licence="owned",
            frames=f"1001-{1000 + asked.frames}",
            width=asked.width,
        )
        answer = destroy(
            show,
            SHOT,
            building=asked.building or building_file(),
            fragments=asked.fragments,
            preview=asked.preview,
            progress=Lines(os.cpu_count() or 1),
        )
    costs = answer["costs"]
    print(
        json.dumps(
            {
                "when": dt.date.today().isoformat(),
                "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
                "plate": brought["size"],
                "frames": asked.frames,
                "fragments": asked.fragments,
                "wall_s": answer["seconds"],
                "cpu_s": round(sum(c["cpu_s"] for c in costs.values()), 1),
                "peak_mib_of_a_worker": round(max(c["peak_mib"] for c in costs.values())),
                "stages": {k: {n: round(v, 2) for n, v in c.items()} for k, c in costs.items()},
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
