"""What a department asks for: which footage, whose likeness, with which tools, how far towards the audience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from secondunit.slate.canonical import Json, canonical_sha256
from secondunit.slate.consent import Attribute, Content, LikenessUse, Stage
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate


@dataclass(frozen=True, order=True)
class PlateUse:
    """One plate or reference a request wants to use, told apart by the hash of what came in."""

    label: str
    source_sha256: str

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {"label": self.label, "source_sha256": self.source_sha256}


@dataclass(frozen=True, order=True)
class Likeness:
    """What is done with one person. None means unknown and counts as the bad answer: recognizable, altered, new.

    `exception_by` names who claims that the work is as scripted or that nobody could be recognized; without a name
    neither is believed. `depicted_age` is the apparent age aimed at, in years.
    """

    person_id: str
    use: LikenessUse
    attributes: tuple[Attribute, ...] = (Attribute.FACE,)
    recognizable: bool | None = None
    as_scripted: bool | None = None
    alters_performance: bool | None = None
    new_dialogue: bool | None = None
    language: str = "original"
    depicted_age: float | None = None
    exception_by: str = ""

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {
            "alters_performance": self.alters_performance,
            "as_scripted": self.as_scripted,
            "attributes": sorted(self.attributes),
            "depicted_age": self.depicted_age,
            "exception_by": self.exception_by,
            "language": self.language,
            "new_dialogue": self.new_dialogue,
            "person_id": self.person_id,
            "recognizable": self.recognizable,
            "use": str(self.use),
        }


@dataclass(frozen=True, order=True)
class Step:
    """One tool of the pipeline. A model is told apart by the hash of its weights, empty where there are none."""

    tool_id: str
    version: str
    weights_sha256: str = ""

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {"tool_id": self.tool_id, "version": self.version, "weights_sha256": self.weights_sha256}


@dataclass(frozen=True)
class Request:
    """What a department wants to do, with which footage.

    `use` says what for (`vfx`); `engine` is a name and version (`physics 1.0.0`). `seconds` is the length on screen.
    `training` are hashes of assets a model would learn from. `territories`, `media` and `languages` are where the
    show will be seen; empty means everywhere. `facts` are what the department knows of its own work, by the names of
    `rights.facts`. `output_sha256` is the hash of what was made, once something was: approvals then are of that and of
    nothing else. The order of the tuples has no meaning: they are kept sorted and without twins.
    """

    shot: ShotName
    department: str
    engine: str
    use: str
    plates: tuple[PlateUse, ...]
    frames: FrameRange
    stage: Stage = Stage.TEMP
    scene: str = ""
    seconds: float = 0.0
    likenesses: tuple[Likeness, ...] = ()
    steps: tuple[Step, ...] = ()
    training: tuple[str, ...] = ()
    content: tuple[Content, ...] = ()
    territories: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    output_sha256: str = ""

    def __post_init__(self) -> None:
        for name in ("plates", "steps", "training", "content", "territories", "media", "languages", "facts"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        unique = {canonical_sha256(one.to_dict()): one for one in self.likenesses}
        object.__setattr__(self, "likenesses", tuple(unique[key] for key in sorted(unique)))

    @classmethod
    def for_plates(
        cls,
        shot: ShotName,
        *,
        department: str,
        engine: str,
        use: str,
        plates: Sequence[Plate],
        frames: FrameRange,
    ) -> Request:
        """A request for ingested plates."""
        uses = tuple(PlateUse(plate.label, plate.source_sha256) for plate in plates)
        seconds = float(len(frames) / plates[0].rate) if plates else 0.0
        return cls(shot, department, engine, use, uses, frames, scene=shot.sequence, seconds=seconds)

    @property
    def project(self) -> str:
        """The show's code: consents name projects exactly."""
        return self.shot.show

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON; equal requests give equal dictionaries."""
        return {
            "content": [str(tag) for tag in self.content],
            "department": self.department,
            "engine": self.engine,
            "facts": dict(self.facts),
            "frames": str(self.frames),
            "languages": list(self.languages),
            "likenesses": [likeness.to_dict() for likeness in self.likenesses],
            "media": list(self.media),
            "output_sha256": self.output_sha256,
            "plates": [plate.to_dict() for plate in self.plates],
            "scene": self.scene,
            "seconds": self.seconds,
            "shot": str(self.shot),
            "stage": str(self.stage),
            "steps": [step.to_dict() for step in self.steps],
            "territories": list(self.territories),
            "training": list(self.training),
            "use": self.use,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Request:
        """The inverse of `to_dict`; raises `KeyError`, `ValueError` or `BadInput` for anything else."""
        return cls(
            shot=ShotName.parse(data["shot"]),
            department=data["department"],
            engine=data["engine"],
            use=data["use"],
            plates=tuple(PlateUse(**plate) for plate in data["plates"]),
            frames=FrameRange.parse(data["frames"]),
            stage=Stage(data["stage"]),
            scene=data["scene"],
            seconds=data["seconds"],
            likenesses=tuple(_likeness(likeness) for likeness in data["likenesses"]),
            steps=tuple(Step(**step) for step in data["steps"]),
            training=tuple(data["training"]),
            content=tuple(Content(tag) for tag in data["content"]),
            territories=tuple(data["territories"]),
            media=tuple(data["media"]),
            languages=tuple(data["languages"]),
            facts=tuple(data["facts"].items()),
            output_sha256=data["output_sha256"],
        )

    @cached_property
    def sha256(self) -> str:
        """The hash that a clearance is bound to."""
        return canonical_sha256(self.to_dict())


def _likeness(data: Mapping[str, Any]) -> Likeness:
    attributes = tuple(Attribute(attribute) for attribute in data["attributes"])
    return Likeness(**{**data, "use": LikenessUse(data["use"]), "attributes": attributes})
