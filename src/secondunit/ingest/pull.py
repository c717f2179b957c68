"""Pull a source into a show as the next version of a shot's plate."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from secondunit.errors import BadInput, BadMedia
from secondunit.ingest.licences import parse_licence
from secondunit.ingest.pull_size import pull_size, resized
from secondunit.ingest.source import Source, look_at
from secondunit.media.colour import config_name, to_working
from secondunit.media.exr import BEAUTY, HeaderValue, write_exr
from secondunit.media.images import replace_nonfinite
from secondunit.media.sound import extract_sound
from secondunit.slate.frames import FIRST_FRAME, FrameRange, timecode
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Licence, Plate
from secondunit.slate.show import WORKING_SPACE
from secondunit.store import Store
from secondunit.store.in_progress import InProgress
from secondunit.store.turnover import source_sha256

HELD_LENGTH = 72
SOUND_FILE = "sound.wav"
Progress = Callable[[int, int], None]


def ingest(
    show: Store,
    source: str | Path,
    shot: ShotName,
    *,
    owner: str,
    licence: str | Licence,
    frames: FrameRange | None = None,
    colourspace: str | None = None,
    expires: dt.date | None = None,
    plate_name: str = "PL01",
    width: int | None = None,
    progress: Progress | None = None,
) -> Plate:
    """Bring a still, sequence or movie in as a plate of `shot`.

    `frames` is the range the plate will have: a still is held over it (1001-1072 by default); of a sequence that
    has these numbers they are picked, else it and a movie are counted from their first frame. `progress` is
    called with (frames done, frames in all). `width` pulls the plate at another size, its proportions kept.
    Raises `BadInput`, `BadMedia`, `EngineFailed`, and then leaves no plate behind.
    """
    owner, terms = _check_rights(owner, licence, expires)
    _check_shot(show, shot)
    config = config_name(show.show.colour_config)
    looked = look_at(source, colourspace, config)
    span, skip = _place_frames(looked, frames)
    sha256 = source_sha256(looked.turnover)
    with show.next_plate(shot, plate_name) as made:
        size = pull_size(looked.width, looked.height, width)
        job = _Pull(show, shot, made, looked, span, skip, config, sha256, size)
        notes = [*job.write_frames(progress), *job.write_sound()]
        plate = Plate(
            shot=shot,
            label=made.label,
            frames=span,
            width=size[0],
            height=size[1],
            rate=job.rate,
            pattern=f"plates/{shot}/{made.label}/{job.stem}.####.exr",
            source_sha256=sha256,
            source_name=looked.name,
            source_colourspace=looked.colourspace,
            owner=owner,
            licence=terms,
            held=looked.held,
            focal_35mm=looked.focal_35mm,
            notes=(*looked.notes, *notes),
        )
        # Kept last, so that a source that turns out to be broken leaves nothing behind.
        if show.add_turnover(looked.turnover) != sha256:
            raise BadMedia(
                f"`{looked.name}` changed while it was read",
                hint="wait until it is copied completely and ingest it again",
            )
        return show.add_plate(plate, made)


@dataclass(frozen=True)
class _Pull:
    show: Store
    shot: ShotName
    made: InProgress
    source: Source
    span: FrameRange
    skip: int
    config: str
    sha256: str
    size: tuple[int, int]

    @property
    def stem(self) -> str:
        return f"{self.shot}_{self.made.label}"

    @property
    def rate(self) -> Fraction:
        return self.source.rate or self.show.show.rate

    def write_frames(self, progress: Progress | None) -> list[str]:
        """Write every frame and return what had to be mended."""
        count = 1 if self.source.held else len(self.span)
        native = (self.source.width, self.source.height)
        notes: list[str] = []
        if self.size != native:
            notes.append(f"pulled at {self.size[0]}×{self.size[1]} from {native[0]}×{native[1]}")
        n_written = 0
        for frame, codes in zip(self.span, self.source.frames(self.skip, count), strict=False):
            finite, n_replaced = replace_nonfinite(codes)
            if n_replaced:
                notes.append(f"frame {frame}: {n_replaced} values were NaN or infinite and were replaced")
            working = to_working(resized(finite, self.size), self.source.colourspace, self.config)
            # Only a curve can make infinities out of finite numbers; half floats hold 65504.
            working, _ = replace_nonfinite(working)
            path = self.made.folder / f"{self.stem}.{frame:04d}.exr"
            write_exr(path, {BEAUTY: working}, header=self._header(frame))
            n_written += 1
            if progress:
                progress(n_written, count)
        if n_written < count:
            raise BadInput(
                f"`{self.source.name}` holds {n_written + self.skip} frames and {count} were asked for",
                hint=f"ask for `--frames {self.span.first}-{self.span.first + max(n_written, 1) - 1}`",
            )
        return notes

    def write_sound(self) -> list[str]:
        """Keep the sound of the plate's frames as `sound.wav` beside them."""
        if self.source.sound is None:
            return []
        start, length = Fraction(self.skip) / self.rate, Fraction(len(self.span)) / self.rate
        extract_sound(self.source.sound, self.made.folder / SOUND_FILE, start_s=start, length_s=length)
        return [f"its sound lies in `{SOUND_FILE}`"]

    def _header(self, frame: int) -> dict[str, HeaderValue]:
        recipe = {
            "ingested": self.source.name,
            "sha256": self.sha256,
            "from": self.source.colourspace,
            "to": WORKING_SPACE,
            "config": self.config,
        }
        return {
            "secondunit:recipe": json.dumps(recipe, sort_keys=True),
            "secondunit:colourspace": WORKING_SPACE,
            "secondunit:colour_config": self.config,
            "smpte:TimeCode": timecode(frame, self.rate),
            "framesPerSecond": str(self.rate),
        }


def _check_rights(owner: str, licence: str | Licence, expires: dt.date | None) -> tuple[str, Licence]:
    if not owner.strip():
        raise BadInput(
            "the footage has no owner",
            hint="pass `--owner` with who holds the rights in it, as in `--owner 'A. Lens'`",
        )
    terms = licence if isinstance(licence, Licence) else parse_licence(licence, expires)
    if not terms.identifier.strip():
        raise BadInput("the footage has no licence", hint="pass `--licence`, as in `--licence owned`")
    return owner.strip(), terms


def _check_shot(show: Store, shot: ShotName) -> None:
    if shot.show != show.show.code:
        raise BadInput(
            f"shot `{shot}` belongs to the show `{shot.show}`, this is `{show.show.code}`",
            hint=f"write `{show.show.code}_{shot.episode}_{shot.sequence}_{shot.shot}`",
        )


def _place_frames(source: Source, asked: FrameRange | None) -> tuple[FrameRange, int]:
    """The plate's range, and how many frames of the source come before it."""
    if source.held:
        return asked or FrameRange.of_length(HELD_LENGTH), 0
    numbers = source.numbers
    by_number = numbers == tuple(range(numbers[0], numbers[0] + len(numbers)))
    if asked is None:
        first = numbers[0] if by_number and numbers[0] >= 1000 else FIRST_FRAME
        return FrameRange.of_length(len(numbers), first), 0
    if by_number and asked.first in numbers and asked.last in numbers:
        return asked, asked.first - numbers[0]
    if len(asked) > len(numbers):
        raise BadInput(
            f"`{source.name}` holds {len(numbers)} frames and {len(asked)} were asked for",
            hint=f"ask for `--frames {asked.first}-{asked.first + len(numbers) - 1}`",
        )
    return asked, 0
