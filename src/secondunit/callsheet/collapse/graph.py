"""Which takes a collapse needs, each named by the content of everything that goes into it.

What did not change keeps its name, so a new direction (a thicker cloud, a later start) solves and draws only what
it touches.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from secondunit.callsheet.collapse.frames import FrameSettings, take_frames
from secondunit.callsheet.collapse.setting import take_set
from secondunit.callsheet.order import Order, code_version, work_cleared
from secondunit.departments.destruction.job import Job
from secondunit.departments.destruction.takes import take_breakup, take_debris, take_dust, take_fall
from secondunit.farm.chunk import Chunk, take_key

FRAMES_A_CHUNK = 3
PATH_TRACED_WEIGHT = 6  # how much more a path-traced frame costs
SET_ROOMS = ("comp", "kernels", "callsheet/collapse/setting.py")
Place = Callable[[str], Path]


@dataclass(frozen=True)
class Plan:
    """Every chunk of a shot, and the keys under which its takes are found afterwards."""

    chunks: tuple[Chunk, ...]
    set_key: str
    breakup_key: str
    fall_keys: tuple[str, ...]
    debris_keys: tuple[str, ...]
    dust_keys: tuple[str, ...]
    frame_keys: tuple[str, ...]


def plan_collapse(
    order: Order,
    job: Job,
    settings: FrameSettings,
    surveyed_key: str,
    whole_key: str,
    background: dict[str, Any],
    place: Place,
) -> Plan:
    """The graph of one collapse. `place` gives the folder of a take by key, whether it exists yet or not.

    `surveyed_key` is the survey on the raster that is drawn, `whole_key` the one on the plate's own.
    """
    plan = _Planner(order, job, settings, surveyed_key, whole_key, background, place)
    return plan.all()


class _Planner:
    def __init__(
        self,
        order: Order,
        job: Job,
        settings: FrameSettings,
        surveyed_key: str,
        whole_key: str,
        background: dict[str, Any],
        place: Place,
    ) -> None:
        self.order, self.job, self.settings = order, job, settings
        self.surveyed_key, self.whole_key = surveyed_key, whole_key
        self.background, self.place = background, place
        self.chunks: list[Chunk] = []
        self.physics = code_version("engines/physics", "kernels", "departments/destruction")
        self.picture = code_version("engines", "kernels", "comp", "callsheet/collapse", "media")
        # a frame's cost in seconds at 1280 × 720 with 5,000 fragments, for the first guess of the time left
        self.size = settings.pixels / 921_600

    def all(self) -> Plan:
        job = self.job
        set_key = self._set()
        breakup = self._breakup()
        falls = self._chain("fall", take_fall, (breakup,), (breakup,) * job.n_segments, 2.0, {})
        brief = job.brief
        debris = self._chain("debris", take_debris, (breakup,), falls, 0.6, {"pieces": brief.debris_pieces})
        dust = self._chain("dust", take_dust, (breakup,), falls, 2.5, {"dust": brief.dust})
        frames = self._frames(set_key, breakup, falls, debris, dust)
        return Plan(tuple(self.chunks), set_key, breakup, falls, debris, dust, frames)

    def _add(
        self,
        stage: str,
        name: str,
        key: str,
        work: Callable[..., None],
        arguments: tuple[Any, ...],
        needs: tuple[str, ...],
        weight: float,
    ) -> str:
        self.chunks.append(Chunk(stage, name, key, work_cleared, (self.order, work, *arguments), needs, weight))
        return key

    def _set(self) -> str:
        seed = self.job.brief.seed
        keys = [self.surveyed_key, self.whole_key]
        key = take_key("set", keys, self.background, seed, code_version(*SET_ROOMS))
        surveyed, whole = map(self.place, keys)
        return self._add(
            "set",
            "clean plate",
            key,
            take_set,
            (surveyed, whole, self.background, seed),
            tuple(keys),
            12 * self.size,
        )

    def _breakup(self) -> str:
        job = self.job
        brief = job.brief
        what = asdict(job.building) | {"camera": asdict(job.camera), "click": job.click, "start": job.start_index}
        asked = [brief.solved_fragments, brief.seed, brief.front_speed, str(job.rate)]
        key = take_key("breakup", what, asked, self.physics)
        return self._add("breakup", "breakup", key, take_breakup, (job,), (), 6 * brief.solved_fragments / 5000)

    def _chain(
        self,
        stage: str,
        work: Callable[..., None],
        fixed: tuple[str, ...],
        sources: tuple[str, ...],
        weight: float,
        asked: dict[str, Any],
    ) -> tuple[str, ...]:
        """Segments that each start from the one before. `sources` is what each segment reads beside `fixed`."""
        keys: list[str] = []
        for k in range(self.job.n_segments):
            before = keys[-1] if keys else None
            segment = self.job.segment(k)
            key = take_key(stage, fixed, sources[k], before, [segment.start, segment.stop], asked, self.physics)
            reads = [*fixed] if sources[k] in fixed else [*fixed, sources[k]]
            arguments = (self.job, k, *map(self.place, reads), self.place(before) if before else None)
            needs = (*reads, before) if before else tuple(reads)
            first = self.job.frames.first
            name = f"{stage} {first + segment.start}-{first + segment.stop - 1}"
            late = 1 + k  # a fuller street costs more
            self._add(
                stage, name, key, work, arguments, needs, weight * late * self.job.brief.solved_fragments / 5000
            )
            keys.append(key)
        return tuple(keys)

    def _frames(
        self,
        set_key: str,
        breakup: str,
        falls: tuple[str, ...],
        debris: tuple[str, ...],
        dust: tuple[str, ...],
    ) -> tuple[str, ...]:
        job, keys = self.job, []
        asked = json.loads(json.dumps(asdict(self.settings), default=str))
        # A show may be moved; whose pictures they are stands in the header.
        asked["plates"] = [path.name for path in self.settings.plates]
        look = [asdict(job.sun), asdict(job.camera), job.brief.seed]
        for start in range(0, len(job.frames), FRAMES_A_CHUNK):
            indices = range(start, min(start + FRAMES_A_CHUNK, len(job.frames)))
            segments = sorted({job.segment_of(i + d) for i in indices for d in (-1, 0, 1)})
            mine = {k: (falls[k], debris[k], dust[k]) for k in segments}
            key = take_key(
                "frames",
                self.surveyed_key,
                set_key,
                breakup,
                mine,
                [indices.start, indices.stop],
                asked,
                look,
                self.picture,
            )
            places = {k: tuple(map(self.place, v)) for k, v in mine.items()}
            arguments = (
                job,
                self.settings,
                self.place(self.surveyed_key),
                self.place(set_key),
                self.place(breakup),
                places,
                indices,
            )
            needs = (self.surveyed_key, set_key, breakup, *(k for v in mine.values() for k in v))
            first = job.frames.first
            name = f"frames {first + indices.start}-{first + indices.stop - 1}"
            weight = len(indices) * 6 * self.size * self.settings.samples / 16
            if self.settings.path_tracer:
                weight *= PATH_TRACED_WEIGHT
            keys.append(self._add("frames", name, key, take_frames, arguments, needs, weight))
        return tuple(keys)
