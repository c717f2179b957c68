"""What a collapse costs, stage by stage: CPU seconds, wall seconds, memory, each kernel's gain over its plain twin.

    python benchmarks/destruction.py [PLATE BUILDING.toml] [--width 1280] [--frames 72] [--fragments 5000]

Prints JSON. Without a plate it takes the demo's. Run it twice: the first run also compiles. The kernels' part is what
`benchmarks/kernels.py` prints, one thread each; `--no-kernels` leaves it out.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring import declare_for_measuring, dismiss_faces

from secondunit.callsheet.bring_in import bring_in
from secondunit.callsheet.collapse.demo import building_file, photograph
from secondunit.callsheet.collapse.destroy import destroy
from secondunit.callsheet.open_show import make_show
from secondunit.farm.progress import Lines

SHOT = "BEN_101_COL_0010"


def kernels() -> dict[str, Any]:
    """What `kernels.py` prints, from a process of its own whose array libraries keep to one thread."""
    one = dict.fromkeys(("NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    script = Path(__file__).with_name("kernels.py")
    ran = subprocess.run([sys.executable, script], env=os.environ | one, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("plate", nargs="?", type=Path)
    parser.add_argument("building", nargs="?", type=Path)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--frames", type=int, default=72)
    parser.add_argument("--fragments", type=int, default=5000)
    parser.add_argument("--preview", action="store_true")
    parser.add_argument("--kernels", action=argparse.BooleanOptionalAction, default=True)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        show = Path(folder) / "show"
        make_show(show, name="Benchmark", code="BEN", fps="24")
        declare_for_measuring(show)
        brought = bring_in(
            show,
            str(asked.plate or photograph()),
            shot=SHOT,
            owner="benchmark",
            licence="owned",
            frames=f"1001-{1000 + asked.frames}",
            width=asked.width,
        )
        dismiss_faces(show, SHOT)
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
                **({"kernels": kernels()} if asked.kernels else {}),
            },
            indent=1,
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
