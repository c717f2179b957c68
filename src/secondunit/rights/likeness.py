"""One person in one request: is a consent needed, does one cover it, and what policies may know about it.

Enters: a likeness, the records, the day. Leaves: the facts, the covering consent or every reason of the nearest one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from secondunit.rights.consents.consent_rules import RCM, Asked, reasons_against
from secondunit.rights.consents.life import Life, life_of
from secondunit.rights.facts import NO, YES, Facts
from secondunit.rights.licences import is_named
from secondunit.rights.person_facts import consent_facts, person_facts
from secondunit.rights.policies.policy import protected_until
from secondunit.rights.records import Records
from secondunit.rights.use_class import CUSTOMARY, REPLICA, keeps_performance, use_class
from secondunit.slate.clearance import Basis, Reason
from secondunit.slate.consent import Consent, LikenessUse
from secondunit.slate.request import Likeness, Request
from secondunit.slate.rights_records import HistoricalFigure, Standing

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
    figure, life = records.figure(person), life_of(person, records)
    consents = records.consents_of(person)
    homes = {consent.subject.domicile.strip() for consent in consents}
    domicile = homes.pop() if len(homes) == 1 else ""  # where records differ, nobody knows
    recorded = min((c.evidence.signed_at for c in consents if request.project in c.projects), default=today)
    facts = person_facts(likeness, life, figure, domicile, records.on_strike(today), recorded, today)
    facts |= consent_facts(None)
    facts["consent_needed"] = NO if need == "none" else YES
    if need == "none" and person.strip():
        withdrawn = _past_rule_one(request, likeness, records, today)
        if withdrawn is not None:
            return Covered(likeness, need, None, (withdrawn,), (), facts | {"covered": NO}, figure)
    if need == "none" and (person.strip() or _unrecognizable(likeness)):
        basis = Basis("likeness.exception", person, f"{why}, says {likeness.exception_by or 'the use itself'}")
        return Covered(likeness, need, None, (), (basis,), facts | {"covered": YES}, figure)
    if not person.strip():
        reason = Reason(
            "likeness.unknown", "", "a face that nobody has named", RCM, "house rule: no face passes silently"
        )
        return Covered(likeness, need, None, (reason,), (), facts | {"covered": NO}, figure)
    if figure is not None and _past_every_term(life, figure, records, today):
        basis = Basis("likeness.history", person, f"{figure.name} is past every term of protection on record")
        facts |= {"covered": YES, "historical": YES, "strike": NO, "union_member": NO}
        return Covered(likeness, need, None, (), (basis,), facts, figure)
    return _covered(request, likeness, records, today, need, facts, figure, life)


def consent_needed(likeness: Likeness) -> tuple[Need, str]:
    """Whether the use wants a consent of its own, an existing one, or none; what is not known counts as wanting one."""
    # Netflix N-T1x: an exception spares a replica a further consent, never the one it rests on.
    spared: Need = "existing" if use_class(likeness.use) == REPLICA else "none"
    if _unrecognizable(likeness):
        return spared, "the person cannot be recognized"
    kept = keeps_performance(likeness)
    if use_class(likeness.use) == CUSTOMARY and kept:
        return "none", "customary work after the shoot"
    scripted = likeness.as_scripted is True and is_named(likeness.exception_by)
    if scripted and kept and likeness.use not in NEVER_AS_SCRIPTED:
        return spared, "it stays substantially as scripted, performed and recorded"
    return "full", ""


def _unrecognizable(likeness: Likeness) -> bool:
    return likeness.recognizable is False and is_named(likeness.exception_by)


def _past_rule_one(request: Request, likeness: Likeness, records: Records, today: dt.date) -> Reason | None:
    """An exception somebody claims never passes a consent that no longer stands (rights research 2.4, rule 10)."""
    if use_class(likeness.use) == CUSTOMARY:
        return None
    here = [c for c in records.consents_of(likeness.person_id) if request.project in c.projects]
    for consent in here:
        now = records.standing_of(consent.consent_id, today)
        if now is not None and now.standing is Standing.ACTIVE:
            return None
    if not here:
        return None
    sentence = (
        f"{here[-1].subject.name}: no consent for show {request.project} stands, and no exception passes that"
    )
    source = "an exception never bypasses the standing of a consent"
    return Reason(
        "consent.standing", likeness.person_id, sentence, here[-1].subject.name or likeness.person_id, source
    )


def _covered(
    request: Request,
    likeness: Likeness,
    records: Records,
    today: dt.date,
    need: Need,
    facts: Facts,
    figure: HistoricalFigure | None,
    life: Life,
) -> Covered:
    person = likeness.person_id
    best: tuple[Reason, ...] | None = None
    strikes = records.on_strike(today)
    for consent in sorted(records.consents_of(person), key=lambda c: (c.consent_id, c.version)):
        standing = records.standing_of(consent.consent_id, today)
        asked = Asked(
            request, likeness, consent, standing, used_elsewhere(records, consent, request), strikes, life,
            today, existing_only=need == "existing", made=records.made.get(request.output_sha256),
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


def _past_every_term(life: Life, figure: HistoricalFigure, records: Records, today: dt.date) -> bool:
    """True only where the day of death is known, no record says alive, and no term, the longest counts, still runs."""
    subjects = [consent.subject for consent in records.consents_of(figure.person_id)]
    said_to_live = any(s.living is True and s.died is None for s in subjects)
    if life.died_last is None or figure.heirs_known is not False or said_to_live:
        return False
    until = protected_until(life.died_last, records.policies)
    return until is not None and until < today
