"""What is known about the rights at one moment: frozen, hashable, the same in any order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from secondunit.slate.canonical import Json, canonical_json, canonical_sha256
from secondunit.slate.plate import Licence, Plate
from secondunit.slate.request import Request


@dataclass(frozen=True)
class PlateRecord:
    """Who owns a plate and on what terms it is here.

    `uses` names what a contract permits (`vfx`, …), None where it draws no such line. `revoked` is the first
    day on which the licence no longer holds.
    """

    label: str
    source_sha256: str
    owner: str
    licence: Licence
    uses: tuple[str, ...] | None = None
    revoked: dt.date | None = None

    @classmethod
    def of(cls, plate: Plate) -> PlateRecord:
        """The record that an ingested plate carries with it."""
        return cls(plate.label, plate.source_sha256, plate.owner, plate.licence)

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        licence = self.licence
        return {
            "label": self.label,
            "licence": {
                "commercial": licence.commercial,
                "derivatives": licence.derivatives,
                "expires": licence.expires.isoformat() if licence.expires else None,
                "identifier": licence.identifier,
            },
            "owner": self.owner,
            "revoked": self.revoked.isoformat() if self.revoked else None,
            "source_sha256": self.source_sha256,
            "uses": None if self.uses is None else sorted(set(self.uses)),
        }


@dataclass(frozen=True)
class Records:
    """Everything the gate may look at.

    `commercial` says whether the show will earn money. It is True unless somebody declares otherwise, because
    footage under a non-commercial licence in a film that is sold later cannot be taken back out.
    """

    plates: tuple[PlateRecord, ...] = ()
    commercial: bool = True

    def __post_init__(self) -> None:
        # Order and twins carry no meaning: equal knowledge is an equal value with an equal hash.
        unique = {canonical_json(record.to_dict()): record for record in self.plates}
        object.__setattr__(self, "plates", tuple(unique[key] for key in sorted(unique)))

    @classmethod
    def from_plates(cls, plates: Iterable[Plate], *, commercial: bool = True) -> Records:
        """The records that ingested plates carry with them."""
        return cls(tuple(PlateRecord.of(plate) for plate in plates), commercial)

    def about(self, request: Request) -> Records:
        """Only what bears on a request, so that an unrelated plate does not disturb a clearance."""
        wanted = {plate.source_sha256 for plate in request.plates}
        return Records(tuple(r for source in wanted for r in self._by_source.get(source, ())), self.commercial)

    @cached_property
    def _by_source(self) -> dict[str, list[PlateRecord]]:
        index: dict[str, list[PlateRecord]] = {}
        for record in self.plates:
            index.setdefault(record.source_sha256, []).append(record)
        return index

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {"commercial": self.commercial, "plates": [record.to_dict() for record in self.plates]}

    @property
    def sha256(self) -> str:
        """The hash that a clearance is bound to."""
        return canonical_sha256(self.to_dict())
