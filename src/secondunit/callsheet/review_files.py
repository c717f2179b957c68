"""What people look at of a version: the review movies with slate and burn-ins, and the contact sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.ingest.pull import SOUND_FILE
from secondunit.media.burn_in import BurnIn, burn_in, slate_frame
from secondunit.media.contact_sheet import contact_frames, contact_sheet
from secondunit.media.images import write_picture
from secondunit.media.review_movies import write_movies
from secondunit.provenance.watermark.watermark_movie import mark_frames
from secondunit.slate.frames import FrameRange, timecode
from secondunit.slate.plate import Plate

F32 = npt.NDArray[np.float32]

MOVIES = ("review.mov", "review.mp4")
CONTACT = "contact.jpg"


def write_review(
    folder: Path,
    picture: Callable[[int], F32],
    frames: FrameRange,
    rate: Fraction,
    words: BurnIn,
    details: Mapping[str, str],
    *,
    mark: int | None,
    sound: Path | None = None,
) -> None:
    """Write the movies and the contact sheet. `picture` gives a frame's display code values (h, w, 3) in 0..1.

    `mark` is the number of a ledger line, carried by every frame of the movies so that they are known again after
    re-encoding; None for a preview, which nobody hands on. Frames are asked for one at a time, so memory does not
    grow with the clip.
    """

    def shown() -> Iterator[F32]:
        middle = picture(frames.first + len(frames) // 2)
        told = {"Frames": str(frames), "Rate": str(rate), "Review": words.colour} | dict(details)
        height, width = middle.shape[:2]
        yield slate_frame(height, width, words, told, middle)
        for frame in frames:
            yield burn_in(picture(frame), words, frame, timecode=timecode(frame, rate))

    movies = [folder / name for name in MOVIES]
    marked = shown() if mark is None else mark_frames(shown(), mark)
    write_movies(movies, marked, rate, sound=sound, n_head=1, title=words.shot)
    sheet = [(frame, picture(frame)) for frame in contact_frames(frames)]
    title = (words.show, f"{words.shot}  {words.version}", f"{words.status}  {words.date.isoformat()}")
    write_picture(folder / CONTACT, contact_sheet(sheet, title=title))


def plate_details(plate: Plate) -> dict[str, str]:
    """What the slate says of the plate."""
    return {"Plate": f"{plate.label}, {plate.owner}, {plate.licence.identifier}"}


def plate_sound(show: Path, plate: Plate) -> Path | None:
    """The sound that came in with a plate, where it has some."""
    path = (show / plate.path_of(plate.frames.first)).parent / SOUND_FILE
    return path if path.is_file() else None
