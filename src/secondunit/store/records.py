"""Plates and versions as plain JSON, and back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName, version_label
from secondunit.slate.plate import Licence, Plate

Json = dict[str, Any]

STATUSES = ("todo", "wip", "wfa", "retake", "done")


@dataclass(frozen=True)
class VersionRecord:
    """A published version. `folder` is relative to the show, `created` a UTC time, `details` plain JSON."""

    shot: ShotName
    department: str
    number: int
    folder: Path
    created: dt.datetime
    status: str = "wip"
    details: Json = field(default_factory=dict)

    @property
    def label(self) -> str:
        """`v001`."""
        return version_label(self.number)


def plate_to_json(plate: Plate) -> Json:
    """A plate as JSON."""
    expires = plate.licence.expires
    return {
        "shot": str(plate.shot),
        "label": plate.label,
        "frames": str(plate.frames),
        "width": plate.width,
        "height": plate.height,
        "rate": str(plate.rate),
        "pattern": plate.pattern,
        "source_sha256": plate.source_sha256,
        "source_name": plate.source_name,
        "source_colourspace": plate.source_colourspace,
        "owner": plate.owner,
        "licence": {
            "identifier": plate.licence.identifier,
            "derivatives": plate.licence.derivatives,
            "commercial": plate.licence.commercial,
            "expires": expires.isoformat() if expires else None,
        },
        "held": plate.held,
        "focal_35mm": plate.focal_35mm,
        "notes": list(plate.notes),
    }


def plate_from_json(record: Json) -> Plate:
    """The inverse of `plate_to_json`."""
    licence = record["licence"]
    expires = licence["expires"]
    return Plate(
        shot=ShotName.parse(record["shot"]),
        label=record["label"],
        frames=FrameRange.parse(record["frames"]),
        width=record["width"],
        height=record["height"],
        rate=Fraction(record["rate"]),
        pattern=record["pattern"],
        source_sha256=record["source_sha256"],
        source_name=record["source_name"],
        source_colourspace=record["source_colourspace"],
        owner=record["owner"],
        licence=Licence(
            licence["identifier"],
            licence["derivatives"],
            licence["commercial"],
            dt.date.fromisoformat(expires) if expires else None,
        ),
        held=record["held"],
        focal_35mm=record["focal_35mm"],
        notes=tuple(record["notes"]),
    )


def version_to_json(version: VersionRecord) -> Json:
    """A version as JSON."""
    return {
        "shot": str(version.shot),
        "department": version.department,
        "number": version.number,
        "folder": version.folder.as_posix(),
        "created": version.created.isoformat(),
        "status": version.status,
        "details": version.details,
    }


def version_from_json(record: Json) -> VersionRecord:
    """The inverse of `version_to_json`."""
    return VersionRecord(
        shot=ShotName.parse(record["shot"]),
        department=record["department"],
        number=record["number"],
        folder=Path(record["folder"]),
        created=dt.datetime.fromisoformat(record["created"]),
        status=record["status"],
        details=record["details"],
    )
