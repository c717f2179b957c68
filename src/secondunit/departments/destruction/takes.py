"""The takes of a collapse, each a folder: the breakup, then fall, debris and dust in segments of frames.

Every function takes the `Clearance` first: without one there is nothing to call. A segment starts from the snapshot
that the one before left, so a run that was stopped goes on and gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from secondunit.departments.destruction.aim import aim_at, middle_of_foot
from secondunit.departments.destruction.job import Job
from secondunit.departments.destruction.take_files import load_frame, save_frame
from secondunit.engines.physics.bodies import BodySimulation
from secondunit.engines.physics.bodies_state import Snapshot
from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.debris import DebrisState, simulate_debris
from secondunit.engines.physics.dust import DustState, natural_cell, simulate_dust
from secondunit.engines.physics.failure import FailurePlan, plan_failure
from secondunit.engines.physics.fracture import break_building
from secondunit.engines.physics.motion import BodyFrame
from secondunit.errors import BadInput
from secondunit.slate.clearance import Clearance

BREAKUP, PLAN, STATE = "breakup.npz", "plan.npz", "state.npz"


def take_breakup(folder: Path, clearance: Clearance, job: Job) -> None:
    """Break the building and plan how it fails."""
    brief = job.brief
    foot = middle_of_foot(job.building, job.camera)
    breakup = _break(job, foot)
    click = foot if job.click is None else aim_at(breakup, job.camera, job.click)
    plan = plan_failure(
        breakup,
        click=click,
        start_frame=job.start_index,
        front_speed=brief.front_speed,
        rate=job.fps,
        seed=brief.seed,
    )
    breakup.save(folder / BREAKUP)
    plan.save(folder / PLAN)


def _break(job: Job, click: tuple[float, float, float]) -> Breakup:
    """Break the building. A preview's few fragments may be fewer than it has parts: then up to all are made."""
    n = job.brief.solved_fragments
    while True:
        try:
            return break_building(
                job.building,
                n_fragments=n,
                seed=job.brief.seed,
                camera_position=job.camera.position,
                click=click,
            )
        except BadInput:
            if n >= job.brief.fragments:
                raise
            n = min(2 * n, job.brief.fragments)


def take_fall(
    folder: Path, clearance: Clearance, job: Job, segment: int, breakup_take: Path, before: Path | None
) -> None:
    """Solve one segment of the rigid bodies."""
    breakup, plan = Breakup.load(breakup_take / BREAKUP), FailurePlan.load(breakup_take / PLAN)
    state = None if before is None else Snapshot.load(before / STATE)
    run = BodySimulation(
        breakup,
        plan,
        job.building.ground,
        job.building.obstacles,
        rate=job.fps,
        seed=job.brief.seed,
        state=state,
    )
    for index in job.segment(segment):
        save_frame(folder, index, run.first_frame() if index == 0 else run.advance())
    run.snapshot().save(folder / STATE)


def take_debris(
    folder: Path,
    clearance: Clearance,
    job: Job,
    segment: int,
    breakup_take: Path,
    fall: Path,
    before: Path | None,
) -> None:
    """Solve one segment of the debris."""
    breakup = Breakup.load(breakup_take / BREAKUP)
    n_pieces = job.brief.debris_pieces
    state = DebrisState.start(breakup, n_pieces) if before is None else DebrisState.load(before / STATE)
    frames = simulate_debris(
        breakup,
        _fall_frames(job, segment, fall),
        job.building.ground,
        job.building.obstacles,
        n_pieces=n_pieces,
        rate=job.fps,
        seed=job.brief.seed,
        state=state,
    )
    for index, frame in zip(job.segment(segment), islice(frames, None), strict=True):
        save_frame(folder, index, frame)
    state.save(folder / STATE)


def take_dust(
    folder: Path,
    clearance: Clearance,
    job: Job,
    segment: int,
    breakup_take: Path,
    fall: Path,
    before: Path | None,
) -> None:
    """Solve one segment of the dust."""
    breakup = Breakup.load(breakup_take / BREAKUP)
    state = (
        DustState.start(breakup.centre, natural_cell(breakup))
        if before is None
        else DustState.load(before / STATE)
    )
    frames = simulate_dust(
        breakup,
        _fall_frames(job, segment, fall),
        job.building.ground,
        rate=job.fps,
        amount=job.brief.dust,
        seed=job.brief.seed,
        state=state,
    )
    for index, frame in zip(job.segment(segment), frames, strict=True):
        save_frame(folder, index, frame)
    state.save(folder / STATE)


def _fall_frames(job: Job, segment: int, fall: Path) -> Iterator[BodyFrame]:
    for index in job.segment(segment):
        yield load_frame(BodyFrame, fall, index)
