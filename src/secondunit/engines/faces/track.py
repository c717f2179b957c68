"""Look through a plate: some of its frames, and the same face over them told as one.

Faces are joined by where they are and nothing else: a box is carried by the motion in the picture to the next frame
that is looked at. No template of a face, no measure by which it could be recognised
in another plate is computed, and nothing biometric leaves this file: numbers of frames, boxes, how sure. So there is
nothing to encrypt and nothing to delete, and one person who leaves and comes back has two numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.engines.faces.detect import Face, find_faces, overlap
from secondunit.engines.faces.follow import U8, Place, carry
from secondunit.slate.found_faces import FoundFace

F32 = npt.NDArray[np.float32]
Picture = Callable[[int], F32]
Grey = Callable[[int], U8]
Progress = Callable[[int, int], None]

EVERY = 6  # frames between two that are looked at: a quarter of a second
CUT = 0.12  # mean difference of two thumbnails, of the whole range
MISSED = 2  # looks in a row that may miss a face which is there
_THUMBNAIL = (64, 36)


class Sample(NamedTuple):
    """A frame to look at; `cut`: it does not go on from the sample before.

    `way` is the grey of every frame from the sample before to this one, both included.
    """

    frame: int
    cut: bool
    way: tuple[U8, ...]


@dataclass
class _Track:
    sightings: list[tuple[int, Face]]
    place: Place
    missed: int = 0


def look_through(
    frames: Sequence[int],
    picture: Picture,
    grey: Grey,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[FoundFace, ...]:
    """The faces of a plate, numbered from 1 as they come in, from left to right.

    `picture(frame)` gives the display code values (h, w, 3) of a frame, for those that are looked at, from any thread;
    `grey(frame)` a small grey one (h, w), for every frame in order, because a cut can lie anywhere. `progress` is
    called with (frames done, frames in all). The same pictures give the same faces with any number of `workers`.
    Raises `EngineFailed` without the detector's network, and what `picture` and `grey` raise.
    """
    tracks: list[_Track] = []
    live: list[_Track] = []

    def look(frame: int) -> tuple[int, tuple[Face, ...]]:
        shown = picture(frame)
        return shown.shape[1], find_faces(shown)

    for sample, (width, faces) in _looked_at(samples(frames, grey), look, workers):
        live = [] if sample.cut else live
        for track in live:
            track.place = carry(track.place, sample.way, sample.way[-1].shape[1] / width)
        live = _go_on(live, tracks, sample.frame, faces)
        if progress is not None:
            progress(sample.frame - frames[0] + 1, len(frames))
    found = sorted((_told(track) for track in tracks), key=lambda face: (face.first, face.box))
    return tuple(replace(face, number=number) for number, face in enumerate(found, 1))


def samples(frames: Sequence[int], grey: Grey) -> Iterator[Sample]:
    """The frames to look at: each `EVERY`th, the last, and both sides of every cut."""
    before: F32 | None = None
    way: list[U8] = []
    is_sampled = True
    for count, frame in enumerate(frames):
        now = grey(frame)
        small = cv2.resize(now, _THUMBNAIL, interpolation=cv2.INTER_AREA)
        thumbnail = np.asarray(small, np.float32) / np.float32(255)
        is_cut = before is not None and float(np.abs(thumbnail - before).mean()) > CUT
        if is_cut:
            if not is_sampled:
                yield Sample(frames[count - 1], False, tuple(way))
            way = []
        before = thumbnail
        way.append(now)
        is_sampled = is_cut or count % EVERY == 0 or count == len(frames) - 1
        if is_sampled:
            yield Sample(frame, is_cut, tuple(way))
            way = [now]


def _looked_at(
    found: Iterator[Sample], look: Callable[[int], tuple[int, tuple[Face, ...]]], workers: int
) -> Iterator[tuple[Sample, tuple[int, tuple[Face, ...]]]]:
    """Look at some at once, in order."""
    waiting: deque[tuple[Sample, Future[tuple[int, tuple[Face, ...]]]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for sample in found:
                waiting.append((sample, pool.submit(look, sample.frame)))
                if len(waiting) > workers:
                    first, answer = waiting.popleft()
                    yield first, answer.result()
            while waiting:
                first, answer = waiting.popleft()
                yield first, answer.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _go_on(live: list[_Track], tracks: list[_Track], frame: int, faces: tuple[Face, ...]) -> list[_Track]:
    """Add the faces of a frame to the tracks that go on; return those that may still go on after it."""
    pairs = [(_likeness(t.place, face.box), i, j) for i, t in enumerate(live) for j, face in enumerate(faces)]
    taken_tracks: set[int] = set()
    taken_faces: set[int] = set()
    for likeness, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if likeness <= 0 or i in taken_tracks or j in taken_faces:
            continue
        taken_tracks.add(i)
        taken_faces.add(j)
        live[i].sightings.append((frame, faces[j]))
        live[i].place, live[i].missed = faces[j].box, 0
    for i, track in enumerate(live):
        track.missed += i not in taken_tracks
    new = [_Track([(frame, face)], face.box) for j, face in enumerate(faces) if j not in taken_faces]
    tracks.extend(new)
    return [track for track in live if track.missed <= MISSED] + new


def _likeness(a: Place, b: Place) -> float:
    """How well a box goes on from another, by place and size alone: above 0 for a face that moved no further than
    three quarters of itself and grew or shrank by no more than 1.8."""
    shared = overlap(a, b)
    if shared >= 0.2:
        return 1 + shared
    (size_a, x_a, y_a), (size_b, x_b, y_b) = _place(a), _place(b)
    if max(size_a, size_b) > 1.8 * min(size_a, size_b):
        return 0.0
    return 0.75 - float(np.hypot(x_a - x_b, y_a - y_b)) / max(size_a, size_b)


def _place(box: Place) -> tuple[float, float, float]:
    left, top, right, bottom = box
    return float(np.sqrt((right - left) * (bottom - top))), (left + right) / 2, (top + bottom) / 2


def _told(track: _Track) -> FoundFace:
    """A track as what is kept of it: where it is seen best."""
    frame, best = max(track.sightings, key=lambda sighting: (sighting[1].score, -sighting[0]))
    return FoundFace(0, track.sightings[0][0], track.sightings[-1][0], frame, best.box, best.score)
