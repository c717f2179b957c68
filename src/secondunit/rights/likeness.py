"""One person in one request: is a consent needed, does one cover it, and what policies may know about it.

Enters: a likeness, the records, the day. Leaves: the facts, the covering consent or every reason of the nearest one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from secondunit.rights.consent_rules import RCM, Asked, reasons_against
from secondunit.rights.facts import NO, YES, Facts
from secondunit.rights.person_facts import REPLICA, consent_facts, person_facts, use_class
from secondunit.rights.policy import protected_until
from secondunit.rights.records import Records
from secondunit.slate.clearance import Basis, Reason
from secondunit.slate.consent import Consent, LikenessUse, Subject
from secondunit.slate.request import Likeness, Request
from secondunit.slate.rights_records import HistoricalFigure

# No exception reaches these: what they make was never performed.
NEVER_AS_SCRIPTED = frozenset(
    {
        LikenessUse.SCAN_CAPTURE,
        LikenessUse.POSTHUMOUS_PERFORMANCE,
        LikenessUse.HISTORICAL_DEPICTION,
        LikenessUse.VOICE_SYNTH,
        LikenessUse.FACE_REPLACE,
    }
)

Need = Literal["none", "existing", "full"]


@dataclass(frozen=True)
class Covered:
    """What was found about one likeness. `reasons` is empty where it is covered or needs no consent."""

    likeness: Likeness
    need: Need
    consent: Consent | None
    reasons: tuple[Reason, ...]
    basis: tuple[Basis, ...]
    facts: Facts
    figure: HistoricalFigure | None = None


def look_at(request: Request, likeness: Likeness, records: Records, today: dt.date) -> Covered:
    """Everything about one person in a request."""
    need, why = consent_needed(likeness)
    person = likeness.person_id
    subject = _subject(records, person)
    figure = records.figure(person)
    facts = person_facts(likeness, subject, figure, records.on_strike(today), today)
    facts |= consent_facts(None)
    facts["consent_needed"] = NO if need == "none" else YES
    if need == "none":
        basis = Basis("likeness.exception", person, f"{why}, says {likeness.exception_by or 'the use itself'}")
        return Covered(likeness, need, None, (), (basis,), facts | {"covered": YES}, figure)
    if not person:
        reason = Reason(
            "likeness.unknown", "", "a face that nobody has named", RCM, "house rule: no face passes silently"
        )
        return Covered(likeness, need, None, (reason,), (), facts | {"covered": NO}, figure)
    if figure is not None and _past_every_term(subject, figure, records, today):
        basis = Basis("likeness.history", person, f"{figure.name} is past every term of protection on record")
        return Covered(likeness, need, None, (), (basis,), facts | {"covered": YES, "historical": YES}, figure)
    return _covered(request, likeness, records, today, need, facts, figure)


def consent_needed(likeness: Likeness) -> tuple[Need, str]:
    """Whether the use wants a consent of its own, an existing one, or none; what is not known counts as wanting one."""
    named = bool(likeness.exception_by.strip())
    if likeness.recognizable is False and named:
        return "none", "the person cannot be recognized"
    if likeness.use is LikenessUse.COSMETIC and likeness.alters_performance is False:
        return "none", "customary work after the shoot"
    scripted = likeness.as_scripted is True and likeness.alters_performance is False and named
    if scripted and likeness.use not in NEVER_AS_SCRIPTED:
        if use_class(likeness.use) == REPLICA:
            return "existing", "it stays substantially as scripted, performed and recorded"
        return "none", "it stays substantially as scripted, performed and recorded"
    return "full", ""


def _covered(
    request: Request,
    likeness: Likeness,
    records: Records,
    today: dt.date,
    need: Need,
    facts: Facts,
    figure: HistoricalFigure | None,
) -> Covered:
    person = likeness.person_id
    best: tuple[Reason, ...] | None = None
    strikes = records.on_strike(today)
    for consent in sorted(records.consents_of(person), key=lambda c: (c.consent_id, c.version)):
        standing = records.standing_of(consent.consent_id, today)
        asked = Asked(
            request, likeness, consent, standing, used_elsewhere(records, consent, request), strikes, today,
            existing_only=need == "existing",
        )  # fmt: skip
        found = tuple(reasons_against(asked))
        if not found:
            basis = Basis("consent.covers", person, f"consent {consent.consent_id} v{consent.version} covers it")
            facts |= consent_facts(consent) | {"covered": YES}
            return Covered(likeness, need, consent, (), (basis,), facts, figure)
        if best is None or len(found) < len(best):
            best = found
    if best is None:
        sentence = f"{person}: no consent is on record"
        best = (Reason("consent.missing", person, sentence, person, "Netflix N-T1; SAG-AFTRA digital replicas"),)
    return Covered(likeness, need, None, best, (), facts | {"covered": NO}, figure)


def used_elsewhere(records: Records, consent: Consent, request: Request) -> float:
    """Seconds of a consent that other shots hold: of each shot the longest version that was not rejected."""
    longest: dict[str, float] = {}
    for receipt in records.receipts_of(consent.consent_id):
        if not receipt.released and receipt.shot != str(request.shot):
            longest[receipt.shot] = max(longest.get(receipt.shot, 0.0), receipt.seconds)
    return sum(longest.values())


def _subject(records: Records, person: str) -> Subject | None:
    """The person as the newest consent knows them."""
    consents = records.consents_of(person)
    return consents[-1].subject if consents else None


def _past_every_term(subject: Subject | None, figure: HistoricalFigure, records: Records, today: dt.date) -> bool:
    """True only where the day of death is known and no term on record, the longest counts, still runs."""
    died = figure.died or (subject.died if subject else None)
    if died is None or figure.heirs_known is not False:
        return False
    until = protected_until(died, subject.domicile if subject else "", records.policies)
    return until is not None and until < today
