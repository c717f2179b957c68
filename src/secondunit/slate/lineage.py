"""What a version was made of and how: the data behind `lineage.json`. Frozen; no files, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from secondunit.errors import BadInput
from secondunit.slate.canonical import Json, canonical_sha256
from secondunit.slate.clearance import Clearance
from secondunit.slate.frames import FrameRange
from secondunit.slate.ledger_point import LedgerPoint
from secondunit.slate.naming import ShotName, version_label

SCHEMA = "org.secondunit.lineage/2"


class Relationship(StrEnum):
    """How an ingredient entered (C2PA 2.5, ingredient v3)."""

    PARENT = "parentOf"
    COMPONENT = "componentOf"
    INPUT = "inputTo"


class SourceType(StrEnum):
    """Where pixels come from: terms of the IPTC digital source type vocabulary that we use."""

    DIGITAL_CAPTURE = "digitalCapture"
    COMPUTATIONAL_CAPTURE = "computationalCapture"
    DIGITAL_CREATION = "digitalCreation"
    HUMAN_EDITS = "humanEdits"
    ALGORITHMIC_MEDIA = "algorithmicMedia"
    ALGORITHMICALLY_ENHANCED = "algorithmicallyEnhanced"
    DATA_DRIVEN_MEDIA = "dataDrivenMedia"
    VIRTUAL_RECORDING = "virtualRecording"
    COMPOSITE = "composite"
    COMPOSITE_CAPTURE = "compositeCapture"
    COMPOSITE_SYNTHETIC = "compositeSynthetic"
    TRAINED_ALGORITHMIC_MEDIA = "trainedAlgorithmicMedia"
    COMPOSITE_WITH_TRAINED = "compositeWithTrainedAlgorithmicMedia"


@dataclass(frozen=True, order=True)
class HashedFile:
    """A file by content. `path` is relative to a folder that the holder names, with `/` between its parts."""

    path: str
    sha256: str
    n_bytes: int

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {"bytes": self.n_bytes, "path": self.path, "sha256": self.sha256}


@dataclass(frozen=True)
class Ingredient:
    """Something that went in: a plate's source, its frames, a matte, a building file.

    `files` are relative to the show folder. `sha256` is the file's own hash for one file, and for several the
    hash of the canonical JSON of their list.
    """

    title: str
    role: str
    relationship: Relationship
    files: tuple[HashedFile, ...]
    media_type: str = "application/octet-stream"
    source_type: SourceType | None = None
    owner: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        if not self.files:
            raise BadInput(
                f"the ingredient `{self.title}` has no files", hint="an ingredient is told by its content"
            )

    @property
    def sha256(self) -> str:
        """The hash that stands for the whole ingredient."""
        if len(self.files) == 1:
            return self.files[0].sha256
        return canonical_sha256([file.to_dict() for file in self.files])

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {
            "files": [file.to_dict() for file in self.files],
            "licence": self.licence,
            "media_type": self.media_type,
            "owner": self.owner,
            "relationship": str(self.relationship),
            "role": self.role,
            "sha256": self.sha256,
            "source_type": None if self.source_type is None else str(self.source_type),
            "title": self.title,
        }


@dataclass(frozen=True)
class TakeRecord:
    """One run of one engine. `settings` is plain JSON; `sha256` the take's key in the cache.

    `models` names every trained model that had a part in it; empty for a simulation.
    """

    name: str
    engine: str
    engine_version: str
    settings: Mapping[str, Json]
    seed: int | None
    sha256: str = ""
    source_type: SourceType = SourceType.ALGORITHMIC_MEDIA
    models: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {
            "engine": self.engine,
            "engine_version": self.engine_version,
            "models": list(self.models),
            "name": self.name,
            "seed": self.seed,
            "settings": self.settings,
            "sha256": self.sha256,
            "source_type": str(self.source_type),
        }


@dataclass(frozen=True)
class Lineage:
    """Everything a version rests on. It holds the clearance itself: without one there is no lineage to sign.

    `created` must carry a time zone. `brief` is what the supervisor asked for, as plain JSON; `software` the
    name and version of each program that had a part. `ledger` is where the show's ledger stood when it was signed; the
    one who signs fills it in. What is written down of the clearance is what strangers may read of it.
    """

    shot: ShotName
    department: str
    version: int
    frames: FrameRange
    rate: Fraction
    created: dt.datetime
    ingredients: tuple[Ingredient, ...]
    takes: tuple[TakeRecord, ...]
    clearance: Clearance
    software: tuple[tuple[str, str], ...]
    brief: Mapping[str, Json] = field(default_factory=dict)
    description: str = ""
    ledger: LedgerPoint | None = None

    def __post_init__(self) -> None:
        if self.created.tzinfo is None:
            raise BadInput("the time of a version has no time zone", hint="pass a time in UTC")
        titles = [i.title for i in self.ingredients] + [take.name for take in self.takes]
        twice = sorted({title for title in titles if titles.count(title) > 1})
        if twice:
            raise BadInput(f"two ingredients are called `{twice[0]}`", hint="give each its own title")
        if sum(i.relationship is Relationship.PARENT for i in self.ingredients) > 1:
            raise BadInput(
                "a version has two parents", hint="the main plate is the parent, other plates components"
            )

    @property
    def source_type(self) -> SourceType:
        """What the finished picture is, from what it was made of."""
        if any(take.models for take in self.takes):
            return SourceType.COMPOSITE_WITH_TRAINED
        by_hand = all(take.source_type is SourceType.HUMAN_EDITS for take in self.takes)
        return SourceType.COMPOSITE if by_hand else SourceType.COMPOSITE_SYNTHETIC

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON, times in UTC."""
        created = self.created.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        return {
            "brief": self.brief,
            "clearance": self.clearance.to_public(),
            "created": created,
            "department": self.department,
            "description": self.description,
            "frames": str(self.frames),
            "ingredients": [ingredient.to_dict() for ingredient in self.ingredients],
            "ledger": None if self.ledger is None else self.ledger.to_dict(),
            "rate": str(self.rate),
            "schema": SCHEMA,
            "shot": str(self.shot),
            "software": [{"name": name, "version": version} for name, version in self.software],
            "source_type": str(self.source_type),
            "takes": [take.to_dict() for take in self.takes],
            "version": version_label(self.version),
        }
