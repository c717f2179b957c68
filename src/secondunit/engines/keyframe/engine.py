"""The keyframe engine: it learns on this shot alone what an artist did to a few of its frames, and does it to the rest.

What commercial compositors offer as a trained tool per shot, with nothing learned beforehand and everything it learned
from on record. A grade, a retouch, a look: what follows from the picture itself. Strokes and new objects follow from
nothing in the plate; patches carry those (`choose.py` puts the two together).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import ClassVar

import numpy as np
import numpy.typing as npt

import secondunit
from secondunit.engines.contract import Context, EngineChunk, EngineFrame, EngineJob, EngineSettings
from secondunit.engines.keyframe.pytorch import need_pytorch
from secondunit.engines.keyframe.settings import KeyframeSettings
from secondunit.engines.own_cards import own_card
from secondunit.engines.propagate.edit import edit_matte
from secondunit.engines.trace import CopyPart, ModelPart, Source, Trace
from secondunit.errors import BadInput
from secondunit.slate.rights_records import ToolCard

F32 = npt.NDArray[np.float32]

TRAIN = "train"
_LEAST = 32  # pixels of a side: less holds no crop worth learning from
_FRAMES = 12  # of a chunk
_PIXEL_S = 3e-7  # CPU seconds a pixel of a frame, a first guess
_KEY_MEMORY = 80e-6  # MiB a pixel of a key held for training, an estimate


class KeyframeEngine:
    """Trains in one chunk without frames and speaks in the others; `clock` tells seconds."""

    name: ClassVar[str] = "keyframe"
    version: ClassVar[str] = secondunit.__version__
    # Untrained it knows nothing, and keeps nothing: what it trains is a model with a card of its own.
    card: ClassVar[ToolCard] = own_card("keyframe")
    Settings: ClassVar[type[EngineSettings]] = KeyframeSettings

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock

    def plan(self, job: EngineJob) -> tuple[EngineChunk, ...]:
        """One chunk that trains, then the frames in runs. Raises `BadInput` for keys that cannot be used."""
        settings = job.settings
        assert isinstance(settings, KeyframeSettings)
        _check(job, settings)
        held = _KEY_MEMORY * job.width * job.height * len(job.keys)
        training = EngineChunk(TRAIN, (), weight=settings.minutes * 120, memory_mib=held, learns=True)
        frames = tuple(job.frames)
        runs = [frames[i : i + _FRAMES] for i in range(0, len(frames), _FRAMES)]
        cost = job.width * job.height * _PIXEL_S
        return (
            training,
            *(EngineChunk(f"{run[0]}-{run[-1]}", run, needs=(TRAIN,), weight=cost * len(run)) for run in runs),
        )

    def render(self, job: EngineJob, chunk: EngineChunk, context: Context) -> Iterator[EngineFrame]:
        """Train, or give the chunk's frames. Raises `EngineFailed` where PyTorch is not installed."""
        need_pytorch()
        from secondunit.engines.keyframe.device import one_thread, pick_device
        from secondunit.engines.keyframe.model_file import MODEL, read_model
        from secondunit.engines.keyframe.speak import speak
        from secondunit.engines.keyframe.train import train

        settings = job.settings
        assert isinstance(settings, KeyframeSettings)
        one_thread()
        if chunk.name == TRAIN:
            train(job, context, self._clock)
            return
        device = pick_device(settings.device)
        network, card = read_model(context.take(TRAIN) / MODEL, device)
        learned = tuple(Source(role, frame) for frame in card.keys for role in ("plate", "key"))
        for frame in chunk.frames:
            context.still_cleared()
            mask = context.mask(frame) if job.masked else None
            if frame in card.keys:
                yield _as_painted(frame, context.plate(frame), context.key(frame), mask)
                continue
            picture, matte = speak(network, context.plate(frame), device)
            matte = matte if mask is None else matte * mask
            seen = (*learned, Source("plate", frame))
            part = ModelPart(card.weights_sha256, tuple(range(len(seen))), picture)
            trace = Trace(seen, matte > 0, (part,), (np.ones_like(matte),))
            yield EngineFrame(frame, picture, matte, trace, measures={"exam_db": card.exam_db})


def _as_painted(frame: int, plate: F32, key: F32, mask: F32 | None) -> EngineFrame:
    """An artist's own frame, which nobody improves."""
    matte = edit_matte(plate, key)
    matte = matte if mask is None else matte * mask
    y, x = np.mgrid[: key.shape[0], : key.shape[1]].astype(np.float32)
    part = CopyPart(np.zeros(matte.shape, np.int32), x, y)
    trace = Trace((Source("key", frame),), matte > 0, (part,), (np.ones_like(matte),))
    return EngineFrame(frame, key, matte, trace)


def _check(job: EngineJob, settings: KeyframeSettings) -> None:
    if not job.keys:
        raise BadInput("the keyframe engine has nothing to learn from", hint="give at least one key")
    twice = sorted({frame for frame in job.keys if job.keys.count(frame) > 1})
    if twice:
        raise BadInput(f"frame {twice[0]} has two edits", hint="give one key for each frame")
    outside = sorted(set(job.keys) - set(job.frames))
    if outside:
        raise BadInput(f"key {outside[0]} is not in the frames {job.frames}", hint="give edits of these frames")
    if min(job.height, job.width) < _LEAST:
        raise BadInput(
            f"frames of {job.width}×{job.height} are too small to learn from",
            hint=f"{_LEAST} pixels a side or more",
        )
    if settings.leave_out is not None and (settings.leave_out not in job.keys or len(job.keys) < 2):
        raise BadInput(
            f"frame {settings.leave_out} cannot be left out of {len(job.keys)} keys",
            hint="leave out one of the keys, and keep at least one to learn from",
        )
