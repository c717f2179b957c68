"""A collapse as a `.blend`: the USD scene opened and saved by a Blender that is installed beside Second Unit.

Blender's module pins libraries that Second Unit does not, so it runs as a program of its own: what
`SECONDUNIT_BLENDER` names, a `blender` on the path, or the Python of `.venv-blender`, which `make blender` makes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

from secondunit.errors import BadInput, EngineFailed
from secondunit.slate.camera import Camera

PROGRAM = "SECONDUNIT_BLENDER"
LONGEST_S = 900
_INSIDE = Path(__file__).with_name("scene_blend_inside.py")


def find_blender() -> Path | None:
    """A `blender` or a Python that has its module; None where there is none.

    Raises `BadInput` when `SECONDUNIT_BLENDER` names nothing that can be run.
    """
    named = os.environ.get(PROGRAM)
    if named:
        found = shutil.which(named)
        if found is None:
            raise BadInput(
                f"`{named}`, which {PROGRAM} names, cannot be run",
                hint="name a `blender` or a Python that has `bpy`, or unset it",
            )
        return Path(found)
    beside = Path(sys.prefix).with_name(".venv-blender") / "bin" / "python"
    if beside.is_file():
        return beside
    found = shutil.which("blender")
    return Path(found) if found else None


def write_blend(program: Path, usd: Path, blend: Path, camera: Camera, rate: Fraction) -> None:
    """Save `blend` beside `usd`, to which its moves refer: keep the two together.

    The camera, the raster, the frame range and the rate are set. Raises `EngineFailed` with the last line Blender
    said when it fails.
    """
    words = [usd, blend, camera.width, camera.height, rate.numerator, rate.denominator]
    is_python = program.name.startswith("python")
    opened = [] if is_python else ["--background", "--factory-startup", "--python-exit-code", "1", "--python"]
    command = [program, *opened, _INSIDE, *([] if is_python else ["--"]), *words]
    try:
        ran = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineFailed(f"Blender could not save the scene: {error}", hint=_HINT) from None
    if ran.returncode or not blend.is_file():
        said = (ran.stderr.strip() or ran.stdout.strip() or "nothing").splitlines()[-1]
        raise EngineFailed(f"Blender could not save the scene; it said: {said}", hint=_HINT)


_HINT = f"unset {PROGRAM}, or put `blender` off the path, to go without; the USD holds the same"
