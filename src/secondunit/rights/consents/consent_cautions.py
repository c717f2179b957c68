"""What weakens a consent that may go on record: told when it is added, weighed by the gate at each use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from secondunit.rights.consents.consent_sense import ADULT
from secondunit.rights.consents.person_sense import age_on
from secondunit.rights.licences import is_named
from secondunit.slate.consent import (
    Capacity,
    Consent,
    Content,
    LikenessUse,
    ModelScope,
    ReplicaClass,
    Representation,
)

LONG_YEARS, LONG_YEARS_MINOR = 10, 5
REPLICAS = frozenset({ReplicaClass.EBDR, ReplicaClass.ICDR, ReplicaClass.BADR})


def cautions(consent: Consent) -> tuple[str, ...]:
    """One sentence for each weakness, with what it rests on."""
    return (*_form(consent), *_term(consent), *_scope(consent), *_keeping(consent))


def _form(consent: Consent) -> Iterator[str]:
    evidence = consent.evidence
    if consent.replica_class in REPLICAS and consent.representation is Representation.NONE:
        yield (
            "nobody represented the person who signed: a replica clause without counsel or a union agreement may "
            "be unenforceable (California Lab. Code 927)"
        )
    if not evidence.separately_signed:
        yield "the replica clause was not signed by itself (SAG-AFTRA 2023, section 39)"
    if not evidence.clear_and_conspicuous:
        yield "the clause is not clear and conspicuous (Lab. Code 927, SAG-AFTRA 2023)"
    if not consent.description_reviewed_by:
        yield "nobody has signed off that the description is reasonably specific (`description_reviewed_by`)"


def _term(consent: Consent) -> Iterator[str]:
    term, age = consent.term, age_on(consent.subject, consent.evidence.signed_at)
    minor = age is not None and age < ADULT
    limit = LONG_YEARS_MINOR if minor else LONG_YEARS
    whose = "a minor's term" if minor else "the term"
    if term.end is None:
        yield f"{whose} has no end; the NO FAKES bill, no law yet, would end it after {limit} years"
    elif term.end >= _years_after(term.start, limit):
        yield f"{whose} is longer than {limit} years, the limit of the NO FAKES bill, which is no law yet"
    if (
        minor
        and consent.subject.born
        and (term.end is None or term.end >= _years_after(consent.subject.born, ADULT))
    ):
        yield "the term runs past the person's coming of age: ask the person again then"
    if consent.subject.born is None:
        yield "no day of birth is on record, so the person counts as a minor"
    own_words = consent.grantor.capacity is Capacity.SELF
    if consent.subject.living is False and own_words and not term.survives_death:
        yield "the person has died and the consent does not survive death: it grants nothing any more"


def _scope(consent: Consent) -> Iterator[str]:
    if not consent.stages:
        yield "no stage is named, so no picture may be made under it"
    if not consent.media:
        yield "no medium is named, so it covers them all"
    if not {Content.NUDITY, Content.SIMULATED_SEX} <= set(consent.prohibited) and not is_named(
        consent.nudity_rider
    ):
        yield "nudity and simulated sex are not ruled out and there is no rider: the gate takes that for a no"
    if LikenessUse.LIPSYNC_DUB in consent.uses and set(consent.languages) == {"original"}:
        yield "dubbing is granted but no language besides the original (39.D)"
    if consent.scripted_scope.max_screen_seconds is None:
        yield "no limit of seconds on screen was set"
    if not consent.scripted_scope.scenes:
        yield "no scenes are named, so it covers all of each project"


def _keeping(consent: Consent) -> Iterator[str]:
    custody, training = consent.custody, consent.training
    if custody.transferable and not custody.transfer_approval_ref:
        yield "it may be transferred without the union's approval of who takes it over (39.I)"
    if LikenessUse.SCAN_CAPTURE in consent.uses and not custody.business_reason:
        yield "a scan is granted without a stated business reason (39.J)"
    if not custody.biometric_use_limited_to_picture:
        yield "biometrics may be used beyond the picture (39.E)"
    if training.model_scope is ModelScope.THIRD_PARTY and not training.union_notice_ref:
        yield "a third party's model may learn from it without a notice to the union (39.L)"


def _years_after(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, month=3, day=1)
