"""Draw, comp and write a few frames: what a worker does for the picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from secondunit.callsheet.collapse.cloud import draw_cloud, dust_exposure
from secondunit.callsheet.collapse.measure import measure_frame, measure_rest
from secondunit.callsheet.collapse.plate_picture import at_scale
from secondunit.callsheet.collapse.preview import DUST_STEP, light_settings
from secondunit.callsheet.collapse.setting import MEASURES, SET, SURVEYED, SetPictures, Surveyed
from secondunit.comp.edges import plate_edge_width, softness_of_render
from secondunit.comp.facade import front_colour
from secondunit.comp.grain import Grain, measure_grain
from secondunit.comp.merge import Comp, merge
from secondunit.departments.destruction.job import Job
from secondunit.departments.destruction.take_files import load_frame
from secondunit.departments.destruction.takes import BREAKUP
from secondunit.engines.light.cryptomatte import LAYER as CRYPTO
from secondunit.engines.light.cryptomatte import cryptomatte_metadata
from secondunit.engines.light.dust import DustLayer
from secondunit.engines.light.lit_frame import LitFrame
from secondunit.engines.light.path_traced import PathTracedScene
from secondunit.engines.light.raster import LightScene
from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.motion import BodyFrame, DebrisFrame, DustFrame
from secondunit.media.colour import UNTONED, Review, to_display
from secondunit.media.exr import Layer, read_beauty, write_exr
from secondunit.media.images import write_picture
from secondunit.slate.camera import Sun
from secondunit.slate.clearance import Clearance
from secondunit.slate.frames import timecode

F32 = npt.NDArray[np.float32]
Segments = Mapping[int, tuple[Path, Path, Path]]


@dataclass(frozen=True)
class FrameSettings:
    """How frames are drawn and written. `plates` are the plate's files, one, or one a frame for a moving plate.

    `path_tracer` is the name and version of what traces the light, empty for the rasteriser's own.
    """

    pixels: int
    samples: int
    review: Review
    colour_config: str
    plates: tuple[Path, ...]
    plate_scale: float
    header: tuple[tuple[str, str], ...]
    preview: bool
    path_tracer: str = ""


@dataclass(frozen=True)
class _Stage:
    """What stays the same for every frame of a shot, built once a process."""

    scene: LightScene
    breakup: Breakup
    surveyed: Surveyed
    pictures: SetPictures
    rest: F32
    front: F32
    grain: Grain
    softness: float


def take_frames(
    folder: Path,
    clearance: Clearance,
    job: Job,
    settings: FrameSettings,
    surveyed_take: Path,
    set_take: Path,
    breakup_take: Path,
    segments: Segments,
    indices: range,
) -> None:
    """Draw the frames of `indices`: an EXR with every layer, a review picture and the frame's measures each."""
    stage = _stage(job, settings, surveyed_take, set_take, breakup_take)
    measured = []
    for index in indices:
        lit, bodies = _light(stage, job, segments, index)
        cloud, dust = _dust(stage, job, settings, segments, index, lit)
        lit, dust = on_seen_ground(lit, dust, stage.surveyed.ground_seen)
        plate = _plate(stage, settings, index)
        frame = job.frames.first + index
        comp = merge(
            plate,
            stage.pictures.clean,
            stage.pictures.hole,
            stage.rest,
            lit,
            dust,
            sun_share=sun_share(lit.normal, job.sun),
            front=stage.front if len(settings.plates) == 1 else None,
            softness=stage.softness,
            grain=stage.grain,
            seed=job.brief.seed,
            frame=frame,
        )
        _write(folder, frame, comp, lit, stage, job, settings)
        ground = stage.surveyed.ground_seen
        measured.append(
            measure_frame(index, plate, comp, lit, dust, cloud, bodies, stage.breakup, stage.grain, ground)
        )
    if 0 in indices:
        still = at_rest(stage.breakup)
        loose = replace(still, awake=np.ones_like(still.awake))
        relit = stage.scene.render(loose, loose, loose).fragments
        measured[0] |= measure_rest(stage.rest, stage.surveyed, relit)
    (folder / MEASURES).write_text(json.dumps(measured))


def on_seen_ground(
    lit: LitFrame, dust: DustLayer | None, ground_seen: npt.NDArray[np.bool_]
) -> tuple[LitFrame, DustLayer | None]:
    """The same light without shadows on what is not the ground: a lake, trees (where `ground_seen` (h, w) is False).

    The dust's shadow stays on walls and pieces there, by their share of the pixel.
    """
    lit = replace(lit, ground_ratio=np.where(ground_seen[..., None], lit.ground_ratio, np.float32(1)))
    if dust is None:
        return lit, None
    kept = np.where(ground_seen, np.float32(1), 1 - lit.open)
    return lit, replace(dust, sun=(1 - (1 - dust.sun) * kept).astype(np.float32))


def sun_share(normal: F32, sun: Sun) -> F32:
    """The sun's share of the light (h, w, 1) on surfaces of a normal (h, w, 3), open to sun and sky; 0 in the sky."""
    towards = np.clip(normal @ np.asarray(sun.direction, np.float32), 0, 1)
    sunlight = sun.sun_to_sky * towards
    sky = 0.5 + 0.5 * normal[..., 2]
    share: F32 = (sunlight / np.maximum(sunlight + sky, 1e-3))[..., None].astype(np.float32)
    return share


@lru_cache(maxsize=1)
def _stage(job: Job, settings: FrameSettings, surveyed_take: Path, set_take: Path, breakup_take: Path) -> _Stage:
    surveyed = Surveyed.load(surveyed_take / SURVEYED)
    pictures = SetPictures.load(set_take / SET)
    breakup = Breakup.load(breakup_take / BREAKUP)
    kind = PathTracedScene if settings.path_tracer else LightScene
    scene = kind(
        breakup,
        job.camera,
        job.sun,
        job.building.ground,
        job.building.obstacles,
        plate=surveyed.plate,
        facade=pictures.facade,
        matte=surveyed.matte,
        holdout=surveyed.holdout,
        holdout_depth=surveyed.holdout_depth,
        settings=light_settings(settings.samples, job.fps, preview=settings.preview),
        seed=job.brief.seed,
    )
    avoid = pictures.hole | (surveyed.holdout > 0.02)
    width = plate_edge_width(surveyed.plate, surveyed.matte, surveyed.holdout)
    softness = softness_of_render(width) if width else 0.0
    still = at_rest(breakup)
    rest = scene.render(still, still, still).standing
    front = front_colour(surveyed.plate, surveyed.holdout)
    grain = measure_grain(surveyed.plate, avoid)
    return _Stage(scene, breakup, surveyed, pictures, rest, front, grain, softness)


def at_rest(breakup: Breakup) -> BodyFrame:
    """The building before anything moved."""
    n = breakup.n_fragments
    none = np.zeros((n, 3), np.float32)
    upright = np.tile(np.array([0, 0, 0, 1], np.float32), (n, 1))
    never = np.zeros(n, np.uint8)
    return BodyFrame(breakup.centre, upright, none, none, never, np.zeros((0, 10), np.float32))


def _light(stage: _Stage, job: Job, segments: Segments, index: int) -> tuple[LitFrame, BodyFrame]:
    around = [min(max(index + d, 0), len(job.frames) - 1) for d in (-1, 0, 1)]
    bodies = [load_frame(BodyFrame, segments[job.segment_of(i)][0], i) for i in around]
    debris = [load_frame(DebrisFrame, segments[job.segment_of(i)][1], i) for i in around]
    before, now, after = bodies
    return stage.scene.render(before, now, after, debris[0], debris[1], debris[2]), now


def _dust(
    stage: _Stage, job: Job, settings: FrameSettings, segments: Segments, index: int, lit: LitFrame
) -> tuple[DustFrame | None, DustLayer | None]:
    if job.brief.dust <= 0:
        return None, None
    frame = load_frame(DustFrame, segments[job.segment_of(index)][2], index)
    if not frame.density.size or not frame.density.any():
        return None, None
    calibrated = stage.scene.rest.calibration.exposure
    exposure = dust_exposure(calibrated, job.sun, is_photograph=settings.review.view == UNTONED)
    surveyed = stage.surveyed
    step = DUST_STEP if settings.preview else None
    layer = draw_cloud(frame, job, lit, surveyed.holdout, surveyed.holdout_depth, exposure, step)
    return frame, layer


def _plate(stage: _Stage, settings: FrameSettings, index: int) -> F32:
    if len(settings.plates) == 1:
        return stage.surveyed.plate
    return at_scale(read_beauty(settings.plates[index]), settings.plate_scale)


def _write(
    folder: Path, frame: int, comp: Comp, lit: LitFrame, stage: _Stage, job: Job, settings: FrameSettings
) -> None:
    picture = to_display(comp.beauty, settings.review, settings.colour_config)
    write_picture(folder / f"{frame:04d}.png", picture)
    header: dict[str, Any] = dict(settings.header)
    header["framesPerSecond"] = str(job.rate)
    header["smpte:TimeCode"] = timecode(frame, job.rate)
    header["secondunit:frame"] = frame
    header |= cryptomatte_metadata(stage.breakup.n_fragments)
    write_exr(folder / f"{frame:04d}.exr", _layers(comp, lit, preview=settings.preview), header=header)


def _layers(comp: Comp, lit: LitFrame, *, preview: bool) -> dict[str, Layer | F32]:
    layers: dict[str, Layer | F32] = {"beauty": comp.beauty}
    if preview:
        return layers
    layers |= comp.layers
    layers["matte"] = Layer(np.dstack(list(comp.mattes.values())).astype(np.float32), tuple(comp.mattes))
    layers["depth"] = Layer(lit.depth, ("Z",), half=False)
    layers["position"] = Layer(lit.position, ("X", "Y", "Z"), half=False)
    layers["normal"] = Layer(lit.normal, ("X", "Y", "Z"))
    layers["motion"] = Layer(lit.motion, ("X", "Y"))
    h, w = lit.depth.shape
    for i in range(lit.ids.shape[2] // 2):
        ranks = lit.ids[:, :, 2 * i : 2 * i + 2].reshape(h, w, 4)
        layers[f"{CRYPTO}{i:02d}"] = Layer(ranks, ("R", "G", "B", "A"), half=False)
    return layers
