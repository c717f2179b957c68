"""What an engine is given to work with: files by content, opened one frame at a time in whatever process asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.callsheet.collapse.plate_picture import plate_files
from secondunit.departments.paint.masks import check_mask
from secondunit.errors import BadInput
from secondunit.media.exr import read_beauty
from secondunit.media.images import read_matte, read_still, read_working
from secondunit.media.sequences import find_sequence, is_sequence, spell_ranges
from secondunit.slate.frames import FrameRange
from secondunit.slate.plate import Plate
from secondunit.store.show_folder import Store

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Kept:
    """A file a person gave, as it lies in the turnover now."""

    path: Path
    sha256: str
    name: str


@dataclass(frozen=True)
class Material:
    """Picklable: paths and frame numbers, no pixels.

    `plate` are the plate's files (one for a held plate), `keys` edits by frame, `masks` one file for all frames
    (under −1) or one a frame, `guides` the same by name, `references` files of owned pictures in their order.
    """

    frames: FrameRange
    plate: tuple[Path, ...]
    keys: Mapping[int, Kept]
    masks: Mapping[int, Kept]
    guides: Mapping[str, Mapping[int, Kept]]
    references: tuple[tuple[str, Path], ...]
    colourspace: str | None
    colour_config: str

    def plate_of(self, frame: int) -> F32:
        """The plate at a frame, (h, w, 3) ACEScg."""
        index = 0 if len(self.plate) == 1 else frame - self.frames.first
        return read_beauty(self.plate[index])

    def key_of(self, frame: int) -> F32:
        """The artist's edit of a frame, (h, w, 3) ACEScg."""
        return read_working(self.keys[frame].path, self.colourspace, self.colour_config)

    def notes(self) -> tuple[str, ...]:
        """What was left out on reading the edits: an alpha, layers of data."""
        read = (
            (frame, read_still(kept.path, self.colourspace, self.colour_config))
            for frame, kept in self.keys.items()
        )
        return tuple(f"the edit of frame {frame}: {note}" for frame, still in read for note in still.notes)

    def mask_of(self, frame: int) -> F32:
        """The mask at a frame, (h, w) 0..1. Raises `BadInput` where it does not fit the plate."""
        return read_matte(self._at(self.masks, frame).path)

    def guide_of(self, name: str, frame: int) -> F32:
        """A guide at a frame, (h, w, 3) as it is: a guide is data."""
        return read_working(self._at(self.guides[name], frame).path, "Raw", self.colour_config)

    def reference_of(self, number: int) -> F32:
        """An owned picture beside the shot, (h, w, 3) ACEScg."""
        return read_beauty(self.references[number][1])

    def digest(self) -> list[object]:
        """What the material is by content, plate and references aside (their hashes stand in the request)."""
        given = (self.keys, self.masks, *(self.guides[name] for name in sorted(self.guides)))
        return [
            sorted(self.guides),
            [[[frame, kept.sha256] for frame, kept in sorted(files.items())] for files in given],
            [name for name, _ in self.references],
            self.colourspace,
        ]

    @staticmethod
    def _at(files: Mapping[int, Kept], frame: int) -> Kept:
        return files[-1] if -1 in files else files[frame]


def gather(
    store: Store,
    plate: Plate,
    *,
    keys: Sequence[tuple[int, Path]] = (),
    mask: str | None = None,
    guides: Mapping[str, str] | None = None,
    references: Sequence[Plate] = (),
    colourspace: str | None = None,
) -> Material:
    """Bring what a person gave into the turnover. Raises `BadInput`, `BadMedia` for what does not fit the plate."""
    given = {name: _frame_files(text, plate.frames, name) for name, text in (guides or {}).items()}
    masks = {} if mask is None else _frame_files(mask, plate.frames, "the mask")
    _check_masks(masks, plate)
    return Material(
        frames=plate.frames,
        plate=plate_files(store.root, plate),
        keys={frame: _keep(store, path) for frame, path in keys},
        masks={frame: _keep(store, path) for frame, path in masks.items()},
        guides={n: {frame: _keep(store, path) for frame, path in files.items()} for n, files in given.items()},
        references=tuple(
            (f"{one.shot} {path.name}", path) for one in references for path in plate_files(store.root, one)
        ),
        colourspace=colourspace,
        colour_config=store.show.colour_config,
    )


def _keep(store: Store, path: Path) -> Kept:
    sha256 = store.add_turnover(path)
    return Kept(store.turnover_file(sha256), sha256, path.name)


def _frame_files(text: str, frames: FrameRange, what: str) -> dict[int, Path]:
    """One file for every frame (under −1), or the frames of a sequence; raises `BadInput` naming those that lack."""
    if not is_sequence(text):
        path = Path(text)
        if not path.is_file():
            raise BadInput(f"{what} `{path}` does not exist", hint="check the path")
        return {-1: path}
    found = find_sequence(text)
    files = dict(zip(found.numbers, found.paths, strict=True))
    missing = [frame for frame in frames if frame not in files]
    if missing:
        raise BadInput(f"{what} has no frame {spell_ranges(missing)}", hint=f"number it like the plate, {frames}")
    return {frame: files[frame] for frame in frames}


def _check_masks(masks: Mapping[int, Path], plate: Plate) -> None:
    """One mask is held against the plate whole; of many only the size is asked: a thing may leave the frame."""
    if -1 in masks:
        check_mask(read_matte(masks[-1]), plate.width, plate.height)
        return
    marked = []
    for frame, path in masks.items():
        matte = read_matte(path)
        if matte.any():
            check_mask(np.maximum(matte, 0), plate.width, plate.height, what=f"the mask of frame {frame}")
            marked.append(frame)
        elif matte.shape != (plate.height, plate.width):
            check_mask(matte, plate.width, plate.height, what=f"the mask of frame {frame}")
    if masks and not marked:
        raise BadInput("the mask is empty in every frame", hint="white marks what is meant")
