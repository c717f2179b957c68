"""One frame of two: the network's and the patches', by their shares, with the parts of both in its trace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from secondunit.engines.contract import EngineFrame
from secondunit.engines.trace import CopyPart, Part, PatchPart, Trace

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]


def lay_together(network: EngineFrame, patches: EngineFrame, share: F32) -> EngineFrame:
    """Both frames as one; `share` (h, w) 0..1 is that of the patches.

    The same over a plate as mixing the two comps: where only one of them changed something, the matte is as strong as
    its share. What each measured is kept under its name.
    """
    of_patches, of_network = share * patches.matte, (1 - share) * network.matte
    matte = np.clip(of_patches + of_network, 0, 1).astype(np.float32)
    part = np.divide(of_patches, matte, out=np.zeros_like(matte), where=matte > 0)
    picture = network.picture + (patches.picture - network.picture) * part[..., None]
    trace = _both(network.trace, patches.trace, part, matte > 0)
    measures = {
        **{f"network.{name}": value for name, value in network.measures.items()},
        **{f"patches.{name}": value for name, value in patches.measures.items()},
        "patch_share": float(part[matte > 0].mean()) if (matte > 0).any() else 0.0,
    }
    layers = {**network.layers, **patches.layers, "patch_share": part}
    return EngineFrame(network.frame, picture.astype(np.float32), matte, trace, layers, measures)


def _both(network: Trace, patches: Trace, part: F32, made: npt.NDArray[np.bool_]) -> Trace:
    sources = tuple(dict.fromkeys((*network.sources, *patches.sources)))
    place = {source: k for k, source in enumerate(sources)}
    parts: list[Part] = []
    weights: list[F32] = []
    correction = np.zeros((*made.shape, 3), np.float32)
    for trace, own in ((network, 1 - part), (patches, part)):
        moved = np.array([place[source] for source in trace.sources], np.int32)
        parts += [_renumbered(one, moved) for one in trace.parts]
        weights += [np.where(trace.made, weight * own, 0).astype(np.float32) for weight in trace.weights]
        if trace.correction is not None:
            correction += trace.correction * np.where(trace.made, own, 0)[..., None]
    return Trace(sources, made, tuple(parts), tuple(weights), correction if correction.any() else None)


def _renumbered(part: Part, moved: I32) -> Part:
    """A part whose sources have other numbers; −1 stays."""
    if isinstance(part, PatchPart):
        field = part.field.copy()
        field[..., 0] = _numbers(field[..., 0], moved)
        return replace(part, field=field)
    if isinstance(part, CopyPart):
        return replace(part, source=_numbers(part.source, moved))
    return replace(part, learned_from=tuple(int(moved[k]) for k in part.learned_from))


def _numbers(old: I32, moved: I32) -> I32:
    out: I32 = np.where(old >= 0, moved[np.maximum(old, 0)], old).astype(np.int32)
    return out
