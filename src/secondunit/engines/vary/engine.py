"""The engine `vary`: new arrangements of an owned picture, a texture, sky, foliage or facade, each pixel a copy of one.

A composition is found on a small raster (`compose`), laid out at full size in pieces as large as can be
(`lay`), and its seams are mended by a gradient blend (`seams`). A film is laid
from patches in space and time (`space_time`), or keeps one arrangement for all frames (`film`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

import secondunit
from secondunit.engines.contract import Context, EngineChunk, EngineFrame, EngineJob, EngineSettings
from secondunit.engines.own_cards import own_card
from secondunit.engines.trace import Source
from secondunit.engines.vary.film import film_frames, lay_film
from secondunit.engines.vary.space_time import check_film, lay_patches, patch_frames
from secondunit.engines.vary.still import LEAST_SIDE, arranged, arranged_frame, coded, held
from secondunit.errors import BadInput
from secondunit.slate.rights_records import ToolCard

FILM = "vary-film"
RUN = 8
_MEMORY, _FILM_MEMORY = 250e-6, 195 / 2**20  # MiB a pixel of a still, and of a film laid in space and time


class VarySettings(EngineSettings):
    """`keep` "rows" holds every patch near its height, "auto" does so where the source has storeys.

    `clip`: the plate's frames vary as one film; else every frame of the job is a variation of one still. `motion` of a
    film: "new", patches in space and time, or "kept", one arrangement for all frames, for textures and long clips.
    """

    keep: Literal["auto", "rows", "none"] = Field(
        "auto", description="rows, none, or auto: rows where it has storeys"
    )
    clip: bool = Field(False, description="vary the plate's frames as one film")
    motion: Literal["new", "kept"] = Field("new", description="of a film: new, or kept")


class VaryEngine:
    """Stills of any size, one variation a frame, each with a seed of its own; or a film of the plate's length.

    Measures of a still: see `measures.measure_variation`, and `rows_kept`.
    """

    name: ClassVar[str] = "vary"
    version: ClassVar[str] = secondunit.__version__
    card: ClassVar[ToolCard] = own_card("vary")
    Settings: ClassVar[type[EngineSettings]] = VarySettings

    def plan(self, job: EngineJob) -> tuple[EngineChunk, ...]:
        """One chunk a still, or the film and its frames in runs. Raises `BadInput` for what is too small or large."""
        settings, size = _settings(job), job.height * job.width
        if min(job.height, job.width) < LEAST_SIDE:
            raise BadInput(
                f"a variation of {job.width}×{job.height} is too small to lay patches in",
                hint=f"ask for at least {LEAST_SIDE} pixels on each side",
            )
        frames = tuple(job.frames)
        if not settings.clip:
            return tuple(
                EngineChunk(f"vary-{frame}", (frame,), weight=3 + size * 6e-6, memory_mib=_MEMORY * size)
                for frame in frames
            )
        if settings.motion == "new":
            check_film(job)
        anew = settings.motion == "new"
        film = EngineChunk(
            FILM,
            (),
            weight=5 + size * (1.5e-5 * len(frames) if anew else 2e-5),
            memory_mib=size * (_FILM_MEMORY * len(frames) if anew else _MEMORY),
        )
        runs = [frames[k : k + RUN] for k in range(0, len(frames), RUN)]
        return (film, *(EngineChunk(f"vary-{run[0]}", run, (FILM,), weight=RUN * size * 2e-6) for run in runs))

    def render(self, job: EngineJob, chunk: EngineChunk, context: Context) -> Iterator[EngineFrame]:
        """A still of the first reference, or of the plate without one; or a film of the plate's frames.

        Raises `BadInput` for a source too small.
        """
        settings = _settings(job)
        context.still_cleared()
        if not settings.clip:
            yield _still(job, settings.keep, chunk.frames[0], context)
        elif chunk.name == FILM and settings.motion == "kept":
            lay_film(job, settings.keep, context)
        elif chunk.name == FILM:
            lay_patches(job, context)
        else:
            yield from (
                film_frames(chunk, context) if settings.motion == "kept" else patch_frames(job, chunk, context)
            )


def _settings(job: EngineJob) -> VarySettings:
    assert isinstance(job.settings, VarySettings)
    return job.settings


def _still(job: EngineJob, keep: str, frame: int, context: Context) -> EngineFrame:
    origin = Source("reference", 0) if job.references else Source("plate", frame)
    source = context.reference(0) if job.references else context.plate(frame)
    codes, size = coded(source), (job.height, job.width)
    hold = held(keep, codes, size, context)
    field = arranged(codes, size, hold, np.random.default_rng([job.seed, frame]), context)
    return arranged_frame(frame, origin, source, field, hold.heights is not None)
