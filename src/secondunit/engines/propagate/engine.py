"""The engine `patch`: one or more edited frames carried over the whole shot.

Guided patch synthesis (O. Jamriška et al., "Stylizing video by example", SIGGRAPH 2019) finds for every pixel of a
frame its place in a key's frame. Ours is what it says there: not the key's pixel but how the key answers to the plate,
so that the plate's own detail, grain and light stay under the edit. See `edit`, `carry`, `blend`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

import secondunit
from secondunit.engines.contract import Context, EngineChunk, EngineFrame, EngineJob, EngineSettings
from secondunit.engines.own_cards import own_card
from secondunit.engines.propagate.blend import later_share
from secondunit.engines.propagate.carry import SEARCH, Carried, begin, carry
from secondunit.engines.propagate.edit import Edit, read_edit
from secondunit.engines.propagate.files import Found, load_found, load_state, save_found, save_state
from secondunit.engines.propagate.frame import Word, carried_frame, key_frame
from secondunit.engines.propagate.guides import Guides, guides_of
from secondunit.engines.propagate.plan import SURVEY, plan_chunks
from secondunit.engines.propagate.survey import is_joined, read_cuts, survey
from secondunit.errors import BadInput
from secondunit.kernels.flow import flow_between
from secondunit.slate.rights_records import ToolCard

F32 = npt.NDArray[np.float32]

_OWN_WEIGHT = 2.0  # of a user's guide whose weight is not given


class PropagateSettings(EngineSettings):
    """`guide_weights`: how much each of the user's guides counts (colour counts 9 in all). `run`: frames a chunk."""

    guide_weights: Mapping[str, float] = Field(default_factory=dict)
    run: int = Field(16, ge=1)


class PropagateEngine:
    """Carries keys over a shot; `EngineFrame.matte` is where the artist changed something, moved with the picture.

    Measures of a frame: `match_error` (8-bit codes between the plate and what was found for it in the keys' frames),
    `unmatched` (share of the matte that no key shows: there it guesses) and `edited` (share of the frame). The layer
    `match_error` (h, w) says where, perceptual 0..1.
    """

    name: ClassVar[str] = "patch"
    version: ClassVar[str] = secondunit.__version__
    card: ClassVar[ToolCard] = own_card("patch")
    Settings: ClassVar[type[EngineSettings]] = PropagateSettings

    def plan(self, job: EngineJob) -> tuple[EngineChunk, ...]:
        """See `plan`. Raises `BadInput` for keys outside the shot or given twice, and for tiny frames."""
        settings = _settings(job)
        unknown = sorted(set(settings.guide_weights) - set(job.guides))
        if unknown:
            raise BadInput(
                f"there is no guide `{unknown[0]}` to weigh", hint="give the guide, or leave its weight out"
            )
        return plan_chunks(job, settings.run, 2 * SEARCH.radius + 1)

    def render(self, job: EngineJob, chunk: EngineChunk, context: Context) -> Iterator[EngineFrame]:
        """Look over the shot, go back from a key, or make frames. Raises `BadInput` for what the survey finds."""
        context.still_cleared()
        if chunk.name == SURVEY:
            survey(job, context)
        elif not chunk.frames:
            _go_back(job, chunk, context)
        else:
            yield from _make(job, chunk, context)


def _settings(job: EngineJob) -> PropagateSettings:
    assert isinstance(job.settings, PropagateSettings)
    return job.settings


@dataclass(frozen=True)
class _Key:
    """A key made ready, and the shot it is carried over."""

    job: EngineJob
    context: Context
    edit: Edit
    guides: Guides
    cuts: tuple[int, ...]

    @classmethod
    def open(cls, job: EngineJob, context: Context, frame: int) -> _Key:
        edit = read_edit(frame, context.plate(frame), context.key(frame))
        weights = _settings(job).guide_weights
        own = [(name, context.guide(name, frame), weights.get(name, _OWN_WEIGHT)) for name in job.guides]
        return cls(job, context, edit, guides_of(edit.plate, own), read_cuts(context.take(SURVEY)))

    def reaches(self, frame: int) -> bool:
        """Whether no cut lies between the key and a frame."""
        return is_joined(self.edit.frame, frame, self.cuts)

    def carry(self, at: Carried, frame: int, now: F32, back: F32) -> Carried:
        """One frame on. The same seed whichever chunk asks."""
        own = {name: self.context.guide(name, frame) for name in self.job.guides}
        seed = int(np.random.SeedSequence([self.job.seed, self.edit.frame, frame]).generate_state(1)[0])
        return carry(self.edit, self.guides, at, frame, now, back, own, seed)


def _go_back(job: EngineJob, chunk: EngineChunk, context: Context) -> None:
    """Carry a key to earlier frames and keep where it came from; ends early at a cut."""
    key = _Key.open(job, context, chunk.data["key"])
    at: Carried | None = begin(key.edit)
    if chunk.data["after"]:
        state = load_state(context.take(chunk.data["after"]))
        at = None if state is None else state[0]
    before = key.edit.plate if at is None or at.frame == key.edit.frame else context.plate(at.frame)
    for frame in chunk.data["carry"]:
        context.still_cleared()
        if at is None or not key.reaches(frame):
            return
        now = context.plate(frame)
        at, before = key.carry(at, frame, now, flow_between(now, before)), now
        save_found(context.folder, at)
    if at is not None:
        save_state(context.folder, at)


def _make(job: EngineJob, chunk: EngineChunk, context: Context) -> Iterator[EngineFrame]:
    """Frames in order: the earlier key is carried on, the later one is read, both are laid together."""
    earlier, later = (
        None if chunk.data[side] is None else _Key.open(job, context, chunk.data[side])
        for side in ("earlier", "later")
    )
    at: Carried | None = None if earlier is None else begin(earlier.edit)
    share: F32 | None = None
    if chunk.data["after"]:
        at, share = load_state(context.take(chunk.data["after"])) or (None, None)
    before = None if at is None else context.plate(at.frame)
    for frame in chunk.frames:
        context.still_cleared()
        mask = context.mask(frame) if job.masked else None
        if earlier is not None and frame == earlier.edit.frame:
            yield key_frame(earlier.edit, mask)
            continue
        now = context.plate(frame)
        back = None
        if earlier is not None and at is not None and before is not None and earlier.reaches(frame):
            back = flow_between(now, before)
            at = earlier.carry(at, frame, now, back)
        else:
            at = None
        found = None
        if later is not None and later.reaches(frame):
            found = load_found(context.take(chunk.data["found"][str(frame)]), frame)
        words, share = _weighed(frame, (earlier, at), (later, found), share, back)
        yield carried_frame(frame, now, words, mask)
        before = now
    if at is not None:
        save_state(context.folder, at, share)


def _weighed(
    frame: int,
    earlier: tuple[_Key | None, Carried | None],
    later: tuple[_Key | None, Found | None],
    share: F32 | None,
    back: F32 | None,
) -> tuple[list[Word], F32 | None]:
    """What the keys say of a frame, each with its share, and the later one's share for the frame after."""
    (key_a, a), (key_b, b) = earlier, later
    if key_a is not None and a is not None and key_b is not None and b is not None:
        share = later_share(frame, (key_a.edit.frame, key_b.edit.frame), (a.error, b.error), share, back)
        return [
            Word(key_a.edit, a.field, a.known, 1 - share),
            Word(key_b.edit, b.field, b.known, share),
        ], share
    alone = [(key, one) for key, one in (earlier, later) if key is not None and one is not None]
    return [
        Word(key.edit, one.field, one.known, np.ones(one.error.shape, np.float32)) for key, one in alone
    ], None
