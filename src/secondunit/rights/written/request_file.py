"""A request as a file: what somebody wants to do, written down before anything runs, for `secondunit rights check`.

Enters: the text of a TOML or YAML file. Leaves: what it asks, or every fault with its line. Which plates a shot has is
looked up by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePath
from typing import Any, ClassVar

from secondunit.errors import BadInput
from secondunit.rights.written.marked_text import Fault, read_marked
from secondunit.rights.written.record_shape import fit
from secondunit.slate.consent import STRICT, Attribute, Content, LikenessUse, Stage
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.slate.request import Likeness, PlateUse, Request, Step


@dataclass(frozen=True)
class AskedLikeness:
    """One person, as a file says it. What is left out is not known, and counts as the bad answer."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    person: str
    use: LikenessUse
    attributes: tuple[Attribute, ...] = (Attribute.FACE,)
    recognizable: bool | None = None
    as_scripted: bool | None = None
    alters_performance: bool | None = None
    new_dialogue: bool | None = None
    language: str = "original"
    depicted_age: float | None = None
    exception_by: str = ""


@dataclass(frozen=True)
class AskedStep:
    """One tool, as a file says it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    tool: str
    version: str
    weights_sha256: str = ""


@dataclass(frozen=True)
class RequestFile:
    """What a file asks. `plates` are labels of the shot's plates; left out, its latest."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    shot: str
    department: str
    use: str = "vfx"
    stage: Stage = Stage.TEMP
    scene: str = ""
    seconds: float | None = None
    frames: str = ""
    plates: tuple[str, ...] = ()
    likeness: tuple[AskedLikeness, ...] = ()
    step: tuple[AskedStep, ...] = ()
    training: tuple[str, ...] = ()
    content: tuple[Content, ...] = ()
    territories: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def request(
        self,
        plates: tuple[PlateUse, ...],
        frames: FrameRange,
        seconds: float,
        facts: tuple[tuple[str, str], ...] = (),
    ) -> Request:
        """The request for the gate, with the plates, frames and seconds of the shot where the file has none.

        What only people can know of a shot does not stand in the file: a named person declares it.
        """
        shot = ShotName.parse(self.shot)
        return Request(
            shot=shot,
            department=self.department,
            engine=" ".join(f"{s.tool} {s.version}" for s in self.step) or self.department,
            use=self.use,
            plates=plates,
            frames=FrameRange.parse(self.frames) if self.frames else frames,
            stage=self.stage,
            scene=self.scene or shot.sequence,
            seconds=seconds if self.seconds is None else self.seconds,
            likenesses=tuple(_likeness(one) for one in self.likeness),
            steps=tuple(Step(s.tool, s.version, s.weights_sha256) for s in self.step),
            training=self.training,
            content=self.content,
            territories=self.territories,
            media=self.media,
            languages=self.languages,
            facts=facts,
        )


def read_request(path: PurePath | str, text: str) -> RequestFile:
    """Read a request file. Raises `BadRecord` with every fault (`file:line: sentence`)."""
    marked = read_marked(path, text)
    fitted = fit(RequestFile, marked.values)
    faults = list(fitted.faults)
    if fitted.record is not None:
        faults += _faults(fitted.record)
    marked.refuse(faults)
    assert fitted.record is not None
    return fitted.record


def request_template() -> str:
    """A request to fill in, with what each line means."""
    return (files("secondunit.rights.written") / "request.toml").read_text(encoding="utf-8")


def _faults(asked: RequestFile) -> Iterator[Fault]:
    for where, read in ((("shot",), lambda: ShotName.parse(asked.shot)), (("frames",), lambda: _frames(asked))):
        try:
            read()
        except BadInput as error:
            yield Fault(where, str(error))
    if asked.seconds is not None and asked.seconds < 0:
        yield Fault(("seconds",), "`seconds` is below nothing")


def _frames(asked: RequestFile) -> None:
    if asked.frames:
        FrameRange.parse(asked.frames)


def _likeness(asked: AskedLikeness) -> Likeness:
    return Likeness(
        asked.person,
        asked.use,
        asked.attributes,
        asked.recognizable,
        asked.as_scripted,
        asked.alters_performance,
        asked.new_dialogue,
        asked.language,
        asked.depicted_age,
        asked.exception_by,
    )
