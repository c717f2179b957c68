"""What the checks need to know of the fall: physics, rubble and whether the direction was kept."""

from __future__ import annotations

import math

import numpy as np

from secondunit.callsheet.collapse.graph import Plan
from secondunit.callsheet.collapse.measure import Figures
from secondunit.departments.destruction.job import Job
from secondunit.departments.destruction.take_files import load_frame
from secondunit.departments.destruction.takes import BREAKUP, PLAN
from secondunit.engines.physics import rubble
from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.failure import FailurePlan
from secondunit.engines.physics.motion import BodyFrame
from secondunit.engines.physics.rubble_heap import bulking, floating_count, penetration
from secondunit.store.show_folder import Store


def fall_figures(store: Store, job: Job, plan: Plan, notes: dict[str, str]) -> Figures:
    """Figures of checks 5, 6, 7, 14 and 15; what cannot be had goes into `notes`."""
    folder = store.take_folder(plan.breakup_key)
    assert folder is not None
    breakup, failure = Breakup.load(folder / BREAKUP), FailurePlan.load(folder / PLAN)
    frames = _fall(store, job, plan)
    last = frames[-1]
    ground = job.building.ground
    figures: Figures = {
        "peak_acceleration_g": rubble.peak_fall_acceleration(breakup, frames, job.fps),
        "rebound_share": rubble.rebound_share(frames),
        "size_decades": size_decades(breakup),
    }
    if not (last.awake > 0).any():
        for name in ("penetration_p99_m", "floating", "bulking", "first_failure_m"):
            notes[name] = "nothing has fallen in this range"
        return figures
    deep = penetration(breakup, last, ground).p99
    if math.isfinite(deep):
        figures["penetration_p99_m"] = deep
    else:
        notes["penetration_p99_m"] = "nothing has come to rest in this range"
    figures["floating"] = floating_count(breakup, frames, ground, job.building.obstacles)
    _bulk(figures, notes, breakup, last, job)
    _direction(figures, notes, breakup, failure, frames, job)
    return figures


def size_decades(breakup: Breakup) -> float:
    """Decades between the smallest and the largest fragment, by volume."""
    return math.log10(float(breakup.volume.max()) / max(float(breakup.volume.min()), 1e-9))


def _fall(store: Store, job: Job, plan: Plan) -> list[BodyFrame]:
    frames = []
    for index in range(len(job.frames)):
        folder = store.take_folder(plan.fall_keys[job.segment_of(index)])
        assert folder is not None
        frames.append(load_frame(BodyFrame, folder, index))
    return frames


def _bulk(figures: Figures, notes: dict[str, str], breakup: Breakup, last: BodyFrame, job: Job) -> None:
    moved = float((last.awake > 0).mean())
    restless = rubble.restless_share(last)
    if moved < 0.9 or restless > 0.1:
        notes["bulking"] = f"the shot ends with {moved:.0%} fallen and {restless:.0%} still moving"
    figures["bulking"] = bulking(breakup, last, job.building.ground)


def _direction(
    figures: Figures,
    notes: dict[str, str],
    breakup: Breakup,
    failure: FailurePlan,
    frames: list[BodyFrame],
    job: Job,
) -> None:
    _, distance = rubble.first_failure(breakup, frames, failure.click)
    if math.isfinite(distance):
        figures["first_failure_m"] = distance
    speed = rubble.front_speed(breakup, frames, failure.click, job.fps)
    if np.isfinite(speed):
        figures["front_speed_ratio"] = speed / job.brief.front_speed
    else:
        notes["front_speed_ratio"] = "the front runs less than a metre"
    end = rubble.end_frame(breakup, frames)
    if end >= 0:
        figures["end_frames_off"] = end - round(failure.end * job.fps)
    else:
        notes["end_frames_off"] = "part of the building still stands at the last frame"
