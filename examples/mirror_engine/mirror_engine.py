"""Fill a hole with what lies across its edge, as in a mirror. What enters: a plate and masks. What leaves: frames."""

from collections.abc import Iterator

import numpy as np
from pydantic import Field
from scipy.ndimage import distance_transform_edt

from secondunit.engines.contract import Context, EngineChunk, EngineFrame, EngineJob, EngineSettings
from secondunit.engines.trace import CopyPart, Source, Trace
from secondunit.errors import BadInput
from secondunit.slate.rights_records import ToolCard, TrainingData


class MirrorSettings(EngineSettings):
    """`reach` is how far behind the edge a pixel may be taken from, in pixels."""

    reach: int = Field(default=64, ge=1)


class MirrorEngine:
    """Every pixel of the hole is one pixel of the same frame, so its trace is exact."""

    name = "mirror"
    version = "1.0.0"
    card = ToolCard(
        "mirror", "1.0.0", training_data=TrainingData.NONE, trains_on_inputs=False, retains_inputs=False
    )
    Settings = MirrorSettings

    def plan(self, job: EngineJob) -> tuple[EngineChunk, ...]:
        """Eight frames a chunk."""
        if not job.masked:
            raise BadInput("the mirror fills holes, and there is no mask", hint="give one with `--mask`")
        frames = list(job.frames)
        runs = [tuple(frames[i : i + 8]) for i in range(0, len(frames), 8)]
        return tuple(EngineChunk(f"mirror-{run[0]}", run) for run in runs)

    def render(self, job: EngineJob, chunk: EngineChunk, context: Context) -> Iterator[EngineFrame]:
        """Frame after frame, each by itself."""
        for frame in chunk.frames:
            context.still_cleared()
            plate, mask = context.plate(frame), context.mask(frame)
            hole = mask > 0
            if hole.all():
                raise BadInput(f"the mask of frame {frame} covers all of it", hint="leave something to mirror")
            x, y = _across(hole, job.settings.reach)
            source = np.where(hole, 0, -1).astype(np.int32)
            part = CopyPart(source, x.astype(np.float32), y.astype(np.float32))
            trace = Trace((Source("plate", frame),), hole, (part,), (hole.astype(np.float32),))
            yield EngineFrame(frame, np.where(hole[..., None], plate[y, x], plate), mask, trace)


def _across(hole, reach):
    """For every pixel of a hole (h, w) the column and row of its mirror image behind the nearest edge, both (h, w)."""
    rows, columns = np.indices(hole.shape)
    edge_y, edge_x = distance_transform_edt(hole, return_distances=False, return_indices=True)
    y = edge_y + np.clip(edge_y - rows, -reach, reach)
    x = edge_x + np.clip(edge_x - columns, -reach, reach)
    inside = (y >= 0) & (x >= 0) & (y < hole.shape[0]) & (x < hole.shape[1])
    inside[inside] = ~hole[y[inside], x[inside]]
    return np.where(inside, x, edge_x), np.where(inside, y, edge_y)
