"""What policies may know of one person in a request: the person, what is done, and the consent it rests on."""

from __future__ import annotations

import datetime as dt

from secondunit.rights.consents.consent_rules import is_adult, is_specific
from secondunit.rights.consents.life import Life
from secondunit.rights.facts import NO, YES, Facts, word
from secondunit.rights.licences import is_named
from secondunit.rights.use_class import use_class
from secondunit.slate.consent import Basis, Consent
from secondunit.slate.request import Likeness
from secondunit.slate.rights_records import HistoricalFigure


def person_facts(
    likeness: Likeness,
    life: Life,
    figure: HistoricalFigure | None,
    domicile: str,
    on_strike: frozenset[str],
    recorded: dt.date,
    today: dt.date,
) -> Facts:
    """The facts of a person and of what is done with them. A claim that nobody put their name to is not known.

    `recorded` is the first day on which they signed something for this show: who was under age then counts as that.
    """
    claimed = is_named(likeness.exception_by)
    return {
        "alters_performance": word(likeness.alters_performance),
        "as_scripted": word(likeness.as_scripted if claimed else None),
        "attributes": frozenset(str(a) for a in likeness.attributes),
        "depicted_age": likeness.depicted_age,
        "depicted_minor": _depicted_minor(likeness),
        "depiction": str(figure.depiction) if figure else None,
        "domicile": domicile or None,
        "historical": word(figure is not None),
        "language": likeness.language,
        "living": word(life.lives),
        "minor": None if life.born is None else word(not is_adult(life.born, min(recorded, today))),
        "new_dialogue": word(likeness.new_dialogue),
        "recognizable": word(likeness.recognizable if claimed else None),
        "strike": word(bool(life.unions & on_strike)) if life.known or not on_strike else None,
        # Second Unit finds faces and asks whose they are; it keeps no template of them.
        "template_kept": NO,
        "union_member": word(bool(life.unions)) if life.known else None,
        "use": str(likeness.use),
        "use_class": use_class(likeness.use),
        "years_dead": None if life.died_last is None else float(_full_years(life.died_last, today)),
    }


def consent_facts(consent: Consent | None) -> Facts:
    """The facts of the consent that covers a use, where one does."""
    if consent is None:
        return {"under_consent": NO}
    pay, custody, evidence = consent.compensation, consent.custody, consent.evidence
    paid = pay.basis is not Basis.NONE and is_named(pay.terms_ref) and pay.residuals and pay.benefits_contribution
    template = custody.face_template_allowed and custody.delete_biometrics_by is not None
    return {
        "biometrics_limited": word(custody.biometric_use_limited_to_picture),
        "business_reason": word(is_named(custody.business_reason)),
        "custody_secured": word(is_named(custody.storage) and any(map(is_named, custody.access_roles))),
        "description_specific": word(is_specific(consent)),
        "nudity_rider": word(is_named(consent.nudity_rider)),
        "pay_complete": word(paid),
        "replica_class": str(consent.replica_class),
        "representation": str(consent.representation),
        "separately_signed": word(evidence.separately_signed and evidence.clear_and_conspicuous),
        "strike_suspends": word(consent.strike.suspended_during_strike),
        "template_allowed": word(template),
        "transfer_cleared": word(not custody.transferable or is_named(custody.transfer_approval_ref)),
        "under_consent": YES,
    }


def _depicted_minor(likeness: Likeness) -> str | None:
    return None if likeness.depicted_age is None else word(not likeness.depicted_age >= 18)


def _full_years(since: dt.date, today: dt.date) -> int:
    return today.year - since.year - ((today.month, today.day) < (since.month, since.day))
