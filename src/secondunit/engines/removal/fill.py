"""The last chunk of a removal: every hole filled, frame after frame, with its trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from secondunit.engines.contract import EngineChunk, EngineFrame
from secondunit.engines.removal.choose import Choice, Ways, choose, ways_of
from secondunit.engines.removal.desk import Desk, run_name, run_of, runs_of
from secondunit.engines.removal.flow_copy import NOWHERE
from secondunit.engines.removal.hole import Hole
from secondunit.engines.removal.join import Copies, steps_between
from secondunit.engines.removal.memory import PATCHED, Memory, carried, refreshed, steadied
from secondunit.engines.removal.motion import behind_hole
from secondunit.engines.removal.passes import REAL, directions, found_ways, learned_rule
from secondunit.engines.removal.patches import lay_patches
from secondunit.engines.removal.practice import Rule
from secondunit.engines.removal.seam import corrections
from secondunit.engines.removal.sources import codes, origin_of, source_of
from secondunit.engines.removal.still import align_reference, places_in_reference
from secondunit.engines.trace import CopyPart, Source, Trace
from secondunit.errors import BadInput
from secondunit.kernels.flow import scene_linear

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MEMORY = "memory.npz"
STRIP = 4.0  # pixels
POOR = 900.0  # mean squared bytes of a patch: it fits nothing around it


@dataclass
class Fill:
    """What fills the n pixels of a hole: `origin`, `place` of each, a second of the same place with 1 − `share`.

    `way` says how it was chosen; `poor` marks patches that fit badly.
    """

    origin: I32
    place: F32
    second: I32
    second_place: F32
    share: F32
    way: I64
    poor: Mask


def fill_run(desk: Desk, chunk: EngineChunk) -> Iterator[EngineFrame]:
    """Fill the frames of a run, in order, each started from what filled the one before."""
    frames = desk.job.frames
    rule = learned_rule(desk, runs_of(frames))
    memory = Memory.empty(desk.job.height, desk.job.width)
    if chunk.frames[0] > frames.first:
        before = run_name("fill", run_of(frames, chunk.frames[0] - 1))
        memory = Memory.load(desk.context.take(before) / MEMORY)
    unseen: list[tuple[int, int]] = []
    for frame in chunk.frames:
        hole = Hole.of(desk.gone(frame))
        if frame > frames.first:
            memory = _moved(desk, memory, frame, hole.mask)
        if len(hole):
            fill = _fill(desk, frame, hole, rule, memory)
            joined = steadied(memory, hole, _joined(desk, frame, hole, fill))
            memory = _remembered(memory, hole, fill, joined)
            made = _frame(desk, frame, hole, fill, joined)
            unseen.append((frame, int(made.measures["unseen_px"])))
        else:
            made = _untouched(desk, frame)
        yield made
        desk.context.still_cleared()
    memory.save(desk.context.folder / MEMORY)
    _warn(desk, unseen)


def _moved(desk: Desk, memory: Memory, frame: int, hole: Mask) -> Memory:
    there, camera, _ = directions(desk, frame - 1, frame)
    memory = carried(memory, camera if desk.study.stands else behind_hole(there, camera, hole))
    # Behind a moving camera pieces would each follow their own motion, and fall apart.
    if not desk.study.stands or desk.excluded(frame):
        return memory
    return refreshed(memory, frame, desk.sources)


def _fill(desk: Desk, frame: int, hole: Hole, rule: Rule, memory: Memory) -> Fill:
    ways = ways_of(hole, frame, found_ways(desk, frame, REAL), ~hole.mask, desk.sources)
    choice = choose(hole, ways, rule, memory.way[hole.mask])
    fill = _copied(ways, choice)
    left = fill.origin == NOWHERE
    filled_before = left & (memory.origin[hole.mask] != NOWHERE)
    fill.origin[filled_before] = memory.origin[hole.mask][filled_before]
    fill.place[filled_before] = memory.place[hole.mask][filled_before]
    if filled_before.any():
        _continued(desk, hole, fill)
    for reference in desk.references():
        left = fill.origin == NOWHERE
        if left.any():
            _from_reference(desk, frame, hole, fill, left, reference)
    left = fill.origin == NOWHERE
    if left.any():
        _from_patches(desk, frame, hole, fill, left)
    return fill


def _continued(desk: Desk, hole: Hole, fill: Fill) -> None:
    """A strip laid bare at the edge of what was filled before goes on as the piece beside it does."""
    done = np.asarray(hole.image(fill.origin != NOWHERE, False))
    far, (near_y, near_x) = distance_transform_edt(~done, return_indices=True)
    left = np.flatnonzero((fill.origin == NOWHERE) & (far[hole.y, hole.x] <= STRIP))
    y, x = hole.y[left], hole.x[left]
    from_y, from_x = near_y[y, x], near_x[y, x]
    origin = np.asarray(hole.image(fill.origin, NOWHERE))[from_y, from_x]
    place = np.asarray(hole.image(fill.place))[from_y, from_x] + np.stack([x - from_x, y - from_y], -1)
    _, readable = desk.sources.read(origin, place.astype(np.float32))
    fill.origin[left[readable]], fill.place[left[readable]] = origin[readable], place[readable]


def _copied(ways: Ways, choice: Choice) -> Fill:
    n = len(choice.first)
    frames = np.stack([one.frame for one in ways.found] + [np.full(n, NOWHERE, np.int32)])
    places = np.stack([one.place for one in ways.found] + [np.zeros((n, 2), np.float32)])
    pixel = np.arange(n)
    return Fill(
        frames[choice.first, pixel],
        places[choice.first, pixel],
        frames[choice.second, pixel],
        places[choice.second, pixel],
        choice.share.copy(),
        choice.first.copy(),
        np.zeros(n, bool),
    )


def _from_reference(desk: Desk, frame: int, hole: Hole, fill: Fill, left: Mask, reference: int) -> None:
    origin = origin_of(reference)
    picture = desk.sources.picture(origin)
    homography = align_reference(picture, desk.sources.picture(frame), hole.mask)
    if homography is None:
        return
    place = places_in_reference(hole, homography)
    _, ok = desk.sources.read(np.full(len(hole), origin, np.int32), place)
    taken = left & ok
    fill.origin[taken], fill.place[taken] = origin, place[taken]


def _from_patches(desk: Desk, frame: int, hole: Hole, fill: Fill, left: Mask) -> None:
    """Lay patches of this frame and of the references where nothing else is left."""
    rest = Hole.of(np.asarray(hole.image(left)) > 0)
    picture = desk.sources.picture(frame).copy()
    done, _ = desk.sources.read(fill.origin, fill.place)
    picture[hole.y[~left], hole.x[~left]] = done[~left]
    origins = [*([] if (own := _patch_frame(desk, frame)) is None else [own])]
    origins += [origin_of(n) for n in desk.references()]
    if not origins:
        raise BadInput(
            f"frame {frame} has a place that no frame shows and nothing may be used to fill it",
            hint="give a reference, or exclude less",
        )
    pictures: list[tuple[Source, F32, Mask]] = [
        (source_of(origin), desk.sources.picture(origin), desk.sources.usable(origin)) for origin in origins
    ]
    laid = lay_patches(rest, picture, ~rest.mask, pictures, desk.job.seed + frame)
    fill.origin[left] = np.asarray(origins, np.int32)[laid.source]
    fill.place[left] = laid.place
    fill.poor[left] = laid.error > POOR


def _patch_frame(desk: Desk, frame: int) -> int | None:
    """The frame patches are taken from: this one, else the nearest that may give any."""
    allowed = [one for one in desk.job.frames if not desk.excluded(one)]
    return min(allowed, key=lambda one: (abs(one - frame), one)) if allowed else None


def _remembered(memory: Memory, hole: Hole, fill: Fill, joined: F32) -> Memory:
    origin, place, way = memory.origin.copy(), memory.place.copy(), memory.way.copy()
    added = memory.added.copy()
    added[hole.mask] = joined
    origin[hole.mask], place[hole.mask], way[hole.mask] = fill.origin, fill.place, fill.way
    return Memory(origin, place, way, added)


def _joined(desk: Desk, frame: int, hole: Hole, fill: Fill) -> F32:
    """What takes the seams out, codes (n, 3); an excluded frame gives not even its edge."""
    outside = None if desk.excluded(frame) else desk.sources.picture(frame)
    copies = Copies(fill.origin, fill.place, fill.second, fill.second_place, fill.share)
    return corrections(hole, steps_between(hole, copies, outside, desk.sources))


def _frame(desk: Desk, frame: int, hole: Hole, fill: Fill, joined: F32) -> EngineFrame:
    plate = desk.sources_picture(frame)
    first, _ = desk.sources.read(fill.origin, fill.place)
    second, _ = desk.sources.read(fill.second, fill.second_place)
    share = np.where(fill.second == NOWHERE, np.float32(1), fill.share)[:, None]
    mixed = first * share + second * (1 - share)
    added = (scene_linear((codes(mixed) + joined) / np.float32(255)) - mixed).astype(np.float32)
    picture = plate.copy()
    picture[hole.y, hole.x] = mixed + added
    shadow = desk.shadow(frame)
    return EngineFrame(
        frame,
        picture,
        _matte(desk, frame, hole.mask),
        _trace(hole, fill, share[:, 0], added),
        {"shadow_proposal": shadow},
        _measures(desk, hole, fill, joined, shadow),
    )


def _matte(desk: Desk, frame: int, hole: Mask) -> F32:
    """1 on what goes, falling to 0 over the pixels around it that go too."""
    far = cv2.distanceTransform((~desk.marked(frame)).astype(np.uint8), cv2.DIST_L2, 5)
    soft = np.clip(1 - far / (desk.settings.grow + 1), 0, 1)
    return np.where(hole, soft, 0).astype(np.float32)


def _trace(hole: Hole, fill: Fill, share: F32, added: F32) -> Trace:
    origins = np.unique(np.concatenate([fill.origin, fill.second]))
    origins = origins[origins != NOWHERE]
    parts, weights = [], []
    for origin, place, weight in ((fill.origin, fill.place, share), (fill.second, fill.second_place, 1 - share)):
        if (weight > 0).any():
            index = np.where(origin == NOWHERE, -1, np.searchsorted(origins, origin)).astype(np.int32)
            parts.append(
                CopyPart(
                    np.asarray(hole.image(index, -1), np.int32),
                    np.asarray(hole.image(place[:, 0].copy()), np.float32),
                    np.asarray(hole.image(place[:, 1].copy()), np.float32),
                )
            )
            weights.append(np.asarray(hole.image(weight.astype(np.float32)), np.float32))
    correction = np.asarray(hole.image(added), np.float32)
    return Trace(tuple(source_of(int(o)) for o in origins), hole.mask, tuple(parts), tuple(weights), correction)


def _measures(desk: Desk, hole: Hole, fill: Fill, joined: F32, shadow: F32) -> dict[str, float]:
    n = float(len(hole))
    unseen = (fill.way == PATCHED) & (fill.origin >= 0)
    still = fill.origin < NOWHERE
    return {
        "hole_px": n,
        "copied": float((fill.way >= 0).sum()) / n,
        "from_two": float((fill.second != NOWHERE).sum()) / n,
        "from_references": float(still.sum()) / n,
        "from_patches": float(unseen.sum()) / n,
        "unseen_px": float((unseen | still).sum()),
        "poor_px": float(fill.poor.sum()),
        "correction_codes": float(np.abs(joined).mean()),
        "shadow_px": float((shadow > 0.25).sum()),
        "camera_stands": float(desk.study.stands),
    }


def _untouched(desk: Desk, frame: int) -> EngineFrame:
    nothing = np.zeros((desk.job.height, desk.job.width), np.float32)
    return EngineFrame(frame, desk.sources_picture(frame), nothing, Trace((), nothing > 0))


def _warn(desk: Desk, unseen: list[tuple[int, int]]) -> None:
    """Say which frames show places that no frame of the shot shows."""
    some = [(frame, n) for frame, n in unseen if n]
    if some:
        worst = max(some, key=lambda one: one[1])
        desk.context.tell(
            f"frames {some[0][0]}-{some[-1][0]}: up to {worst[1]} pixels (frame {worst[0]}) are seen in no frame; they "
            "were laid from patches: where that does not hold up, shoot or paint a clean plate and give it as reference"
        )
