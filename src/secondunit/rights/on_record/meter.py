"""How much of a consent is used: seconds on screen and scenes, from the receipts of versions that were not rejected."""

from __future__ import annotations

from dataclasses import dataclass

from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.slate.rights_records import UseReceipt


@dataclass(frozen=True)
class Reading:
    """What one consent has given so far. `limit` None: no limit of seconds was set; `scenes` are those used."""

    consent_id: str
    person: str
    seconds: float
    limit: float | None
    scenes: tuple[str, ...]
    granted_scenes: tuple[str, ...]
    shots: tuple[str, ...]
    released: float

    @property
    def left(self) -> float | None:
        """Seconds that may still be used; less than nothing where a new version of the grant is narrower."""
        return None if self.limit is None else self.limit - self.seconds


def read_meter(known: Ledgered, consent_id: str | None = None) -> list[Reading]:
    """The readings of one consent or of all, by id. A receipt of a consent nobody knows is read too."""
    by_consent: dict[str, list[UseReceipt]] = {one: [] for one in known.consents}
    for receipt in known.receipts:
        by_consent.setdefault(receipt.consent_id, []).append(receipt)
    readings = []
    for one in sorted(by_consent) if consent_id is None else [consent_id]:
        receipts = by_consent.get(one, [])
        used = [receipt for receipt in receipts if not receipt.released]
        consent = known.consents.get(one)
        scope = consent.scripted_scope if consent else None
        readings.append(
            Reading(
                consent_id=one,
                person=consent.subject.person_id if consent else "",
                seconds=round(sum(receipt.seconds for receipt in used), 6),
                limit=scope.max_screen_seconds if scope else 0.0,
                scenes=tuple(sorted({receipt.scene for receipt in used if receipt.scene})),
                granted_scenes=scope.scenes if scope else (),
                shots=tuple(sorted({receipt.shot for receipt in used})),
                released=round(sum(receipt.seconds for receipt in receipts if receipt.released), 6),
            )
        )
    return readings
