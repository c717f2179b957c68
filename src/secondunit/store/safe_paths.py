"""Paths that stay inside the show."""

from __future__ import annotations

from pathlib import Path

from secondunit.errors import BadInput


def inside(root: Path, relative: str | Path) -> Path:
    """The absolute path of a show-relative path; raises `BadInput` when `..` or a link leads out of the show."""
    wanted = Path(relative)
    real_root = root.resolve()
    if (
        wanted.is_absolute()
        or ".." in wanted.parts
        or not (real_root / wanted).resolve().is_relative_to(real_root)
    ):
        raise BadInput(
            f"`{relative}` leads out of the show `{root}`",
            hint="keep all of a show inside its folder: `..`, absolute paths and links out of it are refused",
        )
    return root / wanted
