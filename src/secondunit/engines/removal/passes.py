"""The chunks before the fill: study, motion, the two passes along time, and the rule that practice gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import EngineChunk
from secondunit.engines.removal.choose import ways_of
from secondunit.engines.removal.desk import (
    STATE,
    Desk,
    found_file,
    motion_file,
    run_name,
    run_of,
)
from secondunit.engines.removal.flow_copy import Found, follow, usable_pixels
from secondunit.engines.removal.hole import Hole
from secondunit.engines.removal.motion import behind_hole, camera_flow, motion_between, without_hole
from secondunit.engines.removal.patches import lay_patches
from secondunit.engines.removal.practice import Rule, Tally, practise, rule_from
from secondunit.engines.removal.sources import codes
from secondunit.engines.removal.study import LOOKS, study_shot
from secondunit.engines.trace import Source
from secondunit.errors import BadInput
from secondunit.kernels.flow_cut import is_cut
from secondunit.slate.frames import FrameRange

F32 = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

LESSONS = 12  # frames of a shot that are practised on
PATCH_LESSONS = 3  # of them with patches too
REAL, PRACTICE = "hole", "practice"


def spread_over(frames: FrameRange, n: int) -> tuple[int, ...]:
    """At most `n` frames, evenly over a range, its ends among them."""
    return tuple(int(f) for f in np.unique(np.rint(np.linspace(frames.first, frames.last, min(n, len(frames))))))


def make_study(desk: Desk) -> None:
    """Look at the shot; check every mask. Raises `BadInput` where they are all empty or one is full."""
    frames = desk.job.frames
    if not any((desk.mask(frame) > 0).any() for frame in frames):
        raise BadInput(f"the mask is empty in every frame, {frames}", hint="white marks what goes")
    looks = [frame for frame in spread_over(frames, LOOKS) if not desk.excluded(frame)]
    if not looks:
        raise BadInput("every frame that was looked at is excluded", hint="leave some frames to copy from")
    # Shadows are found against the study, so they cannot be part of it.
    holes = [desk.mask(frame) > 0 for frame in looks]
    study_shot([desk.sources_picture(frame) for frame in looks], holes).save(desk.context.folder)


def make_motion(desk: Desk, chunk: EngineChunk) -> None:
    """The motion of every pair of frames of a run. Raises `BadInput` at a cut."""
    last = None
    for frame in range(chunk.data["first"], chunk.data["last"] + 1):
        a, hole_a = last or _prepared(desk, frame)
        b, hole_b = last = _prepared(desk, frame + 1)
        if is_cut(a, b):
            raise BadInput(
                f"there is a cut between frames {frame} and {frame + 1}",
                hint="split the shot there, or mask each part",
            )
        motion_between(a, b, hole_a, hole_b).save(desk.context.folder / motion_file(frame))
        desk.context.still_cleared()


def _prepared(desk: Desk, frame: int) -> tuple[F32, Mask]:
    hole = desk.gone(frame)
    return without_hole(desk.sources_picture(frame), hole), hole


def make_pass(desk: Desk, chunk: EngineChunk, step: int) -> None:
    """One pass over a run, forward in time where `step` is 1: what each hole finds behind it in frames gone by."""
    stage = "past" if step > 0 else "future"
    order = range(chunk.data["first"], chunk.data["last"] + 1)[::step]
    before = order[0] - step
    state = _begin(desk, stage, before)
    kinds = (REAL, PRACTICE) if desk.study.asides else (REAL,)
    lessons = spread_over(desk.job.frames, LESSONS)
    for frame in order:
        if desk.job.frames.first <= before <= desk.job.frames.last:
            state = _advance(desk, state, before, frame, kinds)
        for kind in kinds:
            if kind == REAL or frame in lessons:
                hole = desk.gone(frame) if kind == REAL else desk.practice(frame)
                found = [state[f"{kind} {way}"].at(hole) for way in ("flow", "camera")]
                _save(desk.context.folder / found_file(frame, kind), found)
        before = frame
        desk.context.still_cleared()
    flat = {f"{name} {part}": getattr(one, part) for name, one in state.items() for part in ("frame", "place")}
    np.savez_compressed(desk.context.folder / STATE, **flat)


def _begin(desk: Desk, stage: str, before: int) -> dict[str, Found]:
    names = [f"{kind} {way}" for kind in (REAL, PRACTICE) for way in ("flow", "camera")]
    if not desk.job.frames.first <= before <= desk.job.frames.last:
        return {name: Found.nothing(desk.job.height, desk.job.width) for name in names}
    folder = desk.context.take(run_name(stage, run_of(desk.job.frames, before)))
    with np.load(folder / STATE) as kept:
        return {name: Found(kept[f"{name} frame"], kept[f"{name} place"]) for name in names}


def _advance(
    desk: Desk, state: dict[str, Found], before: int, frame: int, kinds: tuple[str, ...]
) -> dict[str, Found]:
    """From the frame before (in the pass's order) to the next."""
    there, camera, back = directions(desk, before, frame)
    stands = desk.study.stands
    strange = desk.strange(before)
    gone_before, gone = desk.gone(before), desk.gone(frame)
    moved = dict(state)
    for kind in kinds:
        also = kind == PRACTICE
        hidden = gone_before | desk.practice(before) if also else gone_before
        hole = gone | desk.practice(frame) if also else gone
        never = np.full_like(hidden, desk.excluded(before))
        # Where the camera stands so does the background: only what may be copied differs between the two ways.
        flow = camera if stands else behind_hole(there, camera, hole)
        free, clear = usable_pixels(hidden | never), usable_pixels(hidden | never | strange)
        moved[f"{kind} flow"] = follow(state[f"{kind} flow"], before, free, flow, back, strict=stands)
        moved[f"{kind} camera"] = follow(state[f"{kind} camera"], before, clear, camera, back)
    return moved


def directions(desk: Desk, before: int, frame: int) -> tuple[F32, F32, F32]:
    """From `frame` to its neighbour `before`: the flow, the camera's share of it, and the neighbour's flow back."""
    motion = desk.motion(min(before, frame))
    forward = before > frame
    there, back = (motion.ahead, motion.behind) if forward else (motion.behind, motion.ahead)
    camera = motion.camera_ahead if forward else motion.camera_behind
    if desk.study.stands:
        return there, np.zeros_like(there), back
    return there, camera_flow(camera, *there.shape[:2]), back


def _save(path: Path, found: list[Found]) -> None:
    np.savez_compressed(
        path, frame=np.stack([one.frame for one in found]), place=np.stack([one.place for one in found])
    )


def found_ways(desk: Desk, frame: int, kind: str) -> tuple[Found, ...]:
    """What both passes found for a hole: past, future along the flow, past, future with the camera."""
    run = run_of(desk.job.frames, frame)
    ways: list[list[Found]] = []
    for stage in ("past", "future"):
        with np.load(desk.context.take(run_name(stage, run)) / found_file(frame, kind)) as kept:
            ways.append([Found(f, p) for f, p in zip(kept["frame"], kept["place"], strict=True)])
    return (ways[0][0], ways[1][0], ways[0][1], ways[1][1])


def make_lessons(desk: Desk, chunk: EngineChunk) -> None:
    """Fill the practice holes of a run in every way, and keep the errors."""
    tally = Tally.empty()
    run = FrameRange(chunk.data["first"], chunk.data["last"])
    lessons = spread_over(desk.job.frames, LESSONS)
    with_patches = lessons[1 :: max(1, len(lessons) // PATCH_LESSONS)][:PATCH_LESSONS]
    for frame in lessons:
        if run.first <= frame <= run.last:
            hole = Hole.of(desk.practice(frame))
            if len(hole):
                tally = tally.plus(_lesson(desk, frame, hole, with_patches=frame in with_patches))
        desk.context.still_cleared()
    np.savez(
        desk.context.folder / "tally.npz", total=tally.total, count=tally.count,
        patches=np.array([tally.patch_total, tally.patch_count]),
    )  # fmt: skip


def _lesson(desk: Desk, frame: int, hole: Hole, *, with_patches: bool) -> Tally:
    known = ~(hole.mask | desk.gone(frame))
    ways = ways_of(hole, frame, found_ways(desk, frame, PRACTICE), known, desk.sources)
    plate = desk.sources.picture(frame)
    truth = codes(plate[hole.y, hole.x])
    error = ((ways.colour - truth) ** 2).mean(2)
    tally = practise(error.astype(np.float32), ways.age, ways.gap, ways.older)
    if with_patches and not desk.excluded(frame):
        laid = lay_patches(
            hole, plate, known, [(Source("plate", frame), plate, usable_pixels(~known))], desk.job.seed
        )
        said = codes(plate[laid.place[:, 1].astype(int), laid.place[:, 0].astype(int)])
        miss = ((said - truth) ** 2).mean(1)
        tally = tally.plus(Tally(tally.total * 0, tally.count * 0, float(miss.sum()), float(len(miss))))
    return tally


def learned_rule(desk: Desk, runs: tuple[FrameRange, ...]) -> Rule:
    """The rule of the whole shot, from the lessons of all its runs."""
    tally = Tally.empty()
    for run in runs:
        with np.load(desk.context.take(run_name("practice", run)) / "tally.npz") as kept:
            patches = kept["patches"]
            tally = tally.plus(Tally(kept["total"], kept["count"], float(patches[0]), float(patches[1])))
    return rule_from(tally)
