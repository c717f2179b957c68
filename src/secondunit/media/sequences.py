"""Find the frames of a sequence, however it is written.

`a.####.exr`, `a.@@@@.exr`, `a.%04d.exr`, `a.$F4.exr`, `a.1001-1058#.exr`, `a.1-100x5#.exr`, `a.1001-1058.exr`,
`a.####.exr 1001-1058`, or a folder with one sequence in it.

A bare pattern takes every frame on disk, and then holes between them are an error. A written range takes exactly
those frames. The notation is that of the library fileseq.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import fileseq

from secondunit.errors import BadInput, BadMedia
from secondunit.media.images import picture_size

_RANGE = r"\d+(?:-\d+(?:[x:y]\d+)?)?(?:,\d+(?:-\d+(?:[x:y]\d+)?)?)*"
_HOUDINI = re.compile(r"\$F(\d?)")
_PRINTF = re.compile(r"%0?(\d*)d")
_PATTERN = re.compile(rf"(?P<range>{_RANGE})?(?P<pad>#+|@+|%0?\d*d|\$F\d?)")
_BARE = re.compile(rf"(?<=[._])(?P<range>\d+-\d+(?:[x:y]\d+)?(?:,{_RANGE})*)(?=\.[A-Za-z0-9]+\Z)")
_TRAILING = re.compile(rf"\s+(?P<range>{_RANGE})\Z")
PICTURE_SUFFIXES = (
    *(".exr", ".dpx", ".cin", ".tif", ".tiff", ".png", ".jpg", ".jpeg", ".jxl", ".tga", ".bmp", ".hdr", ".sgi"),
    *(".webp", ".psd", ".jp2"),
)


@dataclass(frozen=True)
class FrameFiles:
    """The files of a sequence in order: `numbers` as on disk, `paths` beside them."""

    pattern: str
    numbers: tuple[int, ...]
    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.numbers)


def is_sequence(source: str | Path) -> bool:
    """Whether a name is a pattern of frames (and not the name of a file that exists)."""
    path = Path(source)
    if path.is_file():
        return False
    return path.is_dir() or bool(_PATTERN.search(path.name) or _BARE.search(path.name))


def find_sequence(source: str | Path) -> FrameFiles:
    """The frames of a sequence; raises `BadMedia` naming every hole, `BadInput` for a name that is no pattern."""
    path = Path(source)
    if path.is_dir():
        return _only_sequence_in(path)
    folder, pattern, wanted = _read_notation(path)
    if not folder.is_dir():
        raise BadMedia(f"the folder `{folder}` does not exist", hint="check the path")
    found = _on_disk(folder, pattern)
    if wanted is None:
        if not found:
            raise BadMedia(f"no frames fit `{source}`", hint=_near_files(folder))
        _refuse_holes(found, range(min(found), max(found) + 1), pattern)
        numbers: Sequence[int] = sorted(found)
    else:
        numbers = wanted
        _refuse_holes(found, numbers, pattern)
    return FrameFiles(str(folder / pattern), tuple(numbers), tuple(found[n] for n in numbers))


def check_sizes(frames: FrameFiles) -> tuple[int, int]:
    """(width, height) of every frame, from the headers; raises `BadMedia` naming the first that differs."""
    size = picture_size(frames.paths[0])
    for number, path in zip(frames.numbers[1:], frames.paths[1:], strict=True):
        other = picture_size(path)
        if other != size:
            raise BadMedia(
                f"frame {number} is {other[0]}×{other[1]} and frame {frames.numbers[0]} is {size[0]}×{size[1]}",
                hint="every frame of a plate has one size: export the sequence again",
            )
    return size


def spell_ranges(numbers: Iterable[int]) -> str:
    """Frames as `1003, 1010-1012`.

    >>> spell_ranges([1010, 1011, 1012, 1003])
    '1003, 1010-1012'
    """
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in parts)


def _read_notation(path: Path) -> tuple[Path, str, list[int] | None]:
    """Folder, file pattern with one run of `#`, and the written frames (None when there are none)."""
    name = path.name
    trailing = _TRAILING.search(name)
    wanted = trailing["range"] if trailing else None
    name = name[: trailing.start()] if trailing else name
    match = _PATTERN.search(name) or _BARE.search(name)
    if not match:
        raise BadInput(
            f"`{path.name}` is not a sequence", hint="write the frame number as `####`, as in `plate.####.exr`"
        )
    wanted = match["range"] or wanted
    digits = _n_digits(match.groupdict().get("pad"), wanted)
    pattern = name[: match.start()] + "#" * digits + name[match.end() :]
    return path.parent, pattern, _spell_out(wanted) if wanted else None


def _n_digits(pad: str | None, wanted: str | None) -> int:
    """Digits of a frame number: `#` counts one each here unless it stands alone (fileseq: then four)."""
    if pad is None:
        return len(re.match(r"\d+", wanted or "0001")[0])  # type: ignore[index]
    if pad.startswith(("$", "%")):
        match = _HOUDINI.match(pad) or _PRINTF.match(pad)
        return int(match[1]) if match and match[1] else 1
    if pad == "#":
        return 4
    return len(pad)


def _spell_out(text: str) -> list[int]:
    try:
        frames = [int(frame) for frame in fileseq.FrameSet(text.replace(" ", ""))]
    except (fileseq.ParseException, ValueError):
        raise BadInput(f"`{text}` is not a frame range", hint="write `1001-1058` or `1-100x5`") from None
    first, second = text.partition("-")[::2]
    if second and second.split("x")[0].isdigit() and int(second.split("x")[0]) < int(first):
        raise BadInput(f"frame range {text} runs backwards", hint="write the lower frame first")
    return frames


def _on_disk(folder: Path, pattern: str) -> dict[int, Path]:
    before, after = pattern[: pattern.index("#")], pattern[pattern.rindex("#") + 1 :]
    digits = pattern.count("#")
    # A number may be longer than its padding, never shorter (frame 10000 of `####`).
    shape = re.compile(rf"{re.escape(before)}(\d{{{digits},}}){re.escape(after)}\Z")
    found: dict[int, Path] = {}
    for file in folder.iterdir():
        match = shape.match(file.name)
        if match and (len(match[1]) == digits or not match[1].startswith("0")):
            found[int(match[1])] = file
    return found


def _refuse_holes(found: dict[int, Path], wanted: Iterable[int], pattern: str) -> None:
    missing = [number for number in wanted if number not in found]
    if not missing:
        return
    word = "frame" if len(missing) == 1 else "frames"
    verb = "is" if len(missing) == 1 else "are"
    raise BadMedia(
        f"{word} {spell_ranges(missing)} {verb} missing of `{pattern}`",
        hint="bring the missing frames, or write the range that is whole, as in `name.1001-1009####.exr`",
    )


def _only_sequence_in(folder: Path) -> FrameFiles:
    groups: dict[str, int] = {}
    for file in folder.iterdir():
        match = re.search(r"(\d+)(\.[A-Za-z0-9]+)\Z", file.name)
        if match and file.suffix.lower() in PICTURE_SUFFIXES and not file.name.startswith("."):
            pattern = file.name[: match.start()] + "#" * len(match[1]) + match[2]
            groups[pattern] = groups.get(pattern, 0) + 1
    if len(groups) != 1:
        many = ", ".join(f"`{name}`" for name in sorted(groups)[:4])
        raise BadMedia(
            f"`{folder}` holds {len(groups)} sequences, not one",
            hint=f"name one of {many}" if many else "put the frames there, or name them",
        )
    pattern = next(iter(groups))
    name = pattern if pattern.count("#") > 1 else pattern.replace("#", "@")
    return find_sequence(folder / name)


def _near_files(folder: Path) -> str:
    names = sorted(file.name for file in folder.iterdir() if file.is_file())[:3]
    return f"`{folder}` holds {', '.join(f'`{name}`' for name in names)}" if names else f"`{folder}` is empty"
