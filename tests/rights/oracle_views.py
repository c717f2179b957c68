"""What rules may ask of a request, a person and a tool, worked out from the records by the oracle itself.

The names are those of the catalogue of facts, because rows are compared by them too; how each is found is written from
the rules' text and uses nothing of the gate's. What nobody knows stands here as the bad answer already.
"""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

from oracle_consent import life_of, strike_on, was_a_child
from oracle_tools import agreed_to_lesson
from oracle_words import SEEN_BY_AUDIENCE, Way, kind_of_work, minor_depicted, said

from secondunit.rights.records import Records
from secondunit.slate.consent import Basis, Consent
from secondunit.slate.request import Request
from secondunit.slate.rights_records import ToolCard, TrainingData

View: TypeAlias = "dict[str, str | float | frozenset[str] | None]"

VALUES = {
    "visibility": ("none", "background_incidental", "background_story", "key"),
    "similarity": ("pass", "unsure", "fail"),
}
# Worked out by the machine that signs: nobody can say so of themselves.
NOT_DECLARED = {"marked", "watermarked"}
YES_IS_BAD = ("could_pass_as_real", "synthetic_performer", "trains_public_model")
NO_IS_BAD = (
    "synthetic_notice", "human_contribution", "satire_or_art", "disclosed", "marked", "watermarked",
    "union_training_notice", "scan_notice",
)  # fmt: skip


class Told:
    """What was said of a request; silence counts as the bad answer, and so does a word that is no answer."""

    def __init__(self, request: Request, records: Records) -> None:
        self.words = dict(request.facts)
        shot = str(request.shot)
        for scope in ("", shot):
            spoken = [d for d in records.declarations if d.shot == scope and said(d.by)]
            self.words |= {d.fact: d.value for d in spoken if d.fact not in NOT_DECLARED}

    def __call__(self, fact: str, bad: str) -> str:
        word = self.words.get(fact, "unknown")
        return word if word in VALUES.get(fact, ("yes", "no")) else bad

    def yes(self, fact: str) -> bool:
        """A yes, or nobody knows, where yes is the bad answer."""
        return self(fact, "yes") != "no"

    def lacks(self, fact: str) -> bool:
        """A no, or nobody knows, where no is the bad answer."""
        return self(fact, "no") != "yes"


def yes_no(is_so: bool) -> str:
    return "yes" if is_so else "no"


def request_view(request: Request, records: Records, cards: list[ToolCard | None]) -> View:
    """The request as a whole. No territory named is the whole world."""
    told = Told(request, records)
    view: View = {fact: yes_no(told.yes(fact)) for fact in YES_IS_BAD}
    view |= {fact: yes_no(not told.lacks(fact)) for fact in NO_IS_BAD}
    learned = [card is None or card.training_data is not TrainingData.NONE for card in cards]
    # Cosmetics after the shoot show nobody anew, as long as they leave the performance alone.
    shown = [
        one
        for one in request.likenesses
        if kind_of_work(one.use) != "customary"
        or one.alters_performance is not False
        or one.new_dialogue is not False
    ]
    return view | {
        "content": frozenset(str(tag) for tag in request.content),
        "generated": "yes",
        "model_takes_part": yes_no(any(learned)),
        "shows_person": yes_no(bool(shown)),
        "stage": str(request.stage) if request.stage in SEEN_BY_AUDIENCE else "temp",
        "territories": frozenset(request.territories) or frozenset({"WORLD"}),
        "trains_model": yes_no(bool(request.training)),
    }


def person_view(way: Way, request: Request, records: Records, today: dt.date) -> View:
    """One person, what is done, and the terms of the consent it rests on."""
    one = way.likeness
    subjects = [c.subject for c in records.consents if c.subject.person_id == one.person_id]
    homes = {subject.domicile.strip() for subject in subjects}
    lives, deaths = life_of(one.person_id, records)
    # Of somebody past every term no union speaks any more.
    spoken_for = way.why != "history" and (not subjects or any(subject.union for subject in subjects))
    claimed = said(one.exception_by)
    return terms_view(way.consent) | {
        "alters_performance": yes_no(one.alters_performance is not False),
        "as_scripted": yes_no(one.as_scripted is True and claimed),
        "attributes": frozenset(str(a) for a in one.attributes),
        "consent_needed": yes_no(way.why != "nothing"),
        "covered": yes_no(way.covered),
        "domicile": homes.pop() if len(homes) == 1 else "unknown",  # two homes on record: nobody knows which
        "depicted_minor": yes_no(minor_depicted(one)),
        "language": one.language,
        "living": yes_no(lives),
        "minor": yes_no(was_a_child(one, request, records, today)),
        "new_dialogue": yes_no(one.new_dialogue is not False),
        "recognizable": yes_no(not (one.recognizable is False and claimed)),
        "strike": yes_no(way.why != "history" and strike_on(one.person_id, records, today)),
        "template_kept": "no",  # faces are found, and no template of them is kept
        "union_member": yes_no(spoken_for),
        "use": str(one.use),
        "use_class": kind_of_work(one.use),
        "years_dead": full_years(max(deaths), today) if deaths else None,
    }


def terms_view(consent: Consent | None) -> View:
    """What rules ask of a consent; where there is none, nothing is agreed."""
    if consent is None:
        agreed = dict.fromkeys(
            ("biometrics_limited", "business_reason", "custody_secured", "description_specific", "pay_complete",
             "separately_signed", "template_allowed", "transfer_cleared", "under_consent"), "no",
        )  # fmt: skip
        return {**agreed, "replica_class": "NONE", "representation": "none", "strike_suspends": "yes"}
    pay, custody, paper = consent.compensation, consent.custody, consent.evidence
    words = " ".join(consent.description_of_use.split())
    paid = pay.basis is not Basis.NONE and said(pay.terms_ref)
    signed = paper.separately_signed and paper.clear_and_conspicuous
    return {
        "biometrics_limited": yes_no(custody.biometric_use_limited_to_picture),
        "business_reason": yes_no(said(custody.business_reason)),
        "custody_secured": yes_no(said(custody.storage) and any(said(role) for role in custody.access_roles)),
        "description_specific": yes_no(len(words) >= 40 and len(words.split(" ")) >= 8),
        "pay_complete": yes_no(paid and pay.residuals and pay.benefits_contribution),
        "replica_class": str(consent.replica_class),
        "representation": str(consent.representation),
        "separately_signed": yes_no(signed),
        "strike_suspends": yes_no(consent.strike.suspended_during_strike),
        "template_allowed": yes_no(custody.face_template_allowed and custody.delete_biometrics_by is not None),
        "transfer_cleared": yes_no(not custody.transferable or said(custody.transfer_approval_ref)),
        "under_consent": "yes",
    }


def tool_view(card: ToolCard | None, request: Request, records: Records, today: dt.date) -> View:
    """One tool. Of one without a card everything is bad."""
    if card is None:
        return {"learned_from_person": "yes", "learning_agreed": "no", "other_project": "yes"}
    unaccounted = card.training_data in (TrainingData.UNKNOWN, TrainingData.UNLICENSED)
    bound = bool(card.project or card.learned_from)
    return {
        "learned_from_person": yes_no(bool(card.learned_from) or unaccounted),
        "learning_agreed": yes_no(agreed_to_lesson(card, request, records, today)),
        "other_project": yes_no(bound and card.project != request.shot.show),
    }


def full_years(since: dt.date, today: dt.date) -> float:
    years = today.year - since.year
    return float(years - 1 if (today.month, today.day) < (since.month, since.day) else years)


def in_place(view: View, place: str, home: object = None) -> bool:
    """Whether the release (or a home) reaches a place: there, in what it is part of, or nobody understands where."""
    words = view["territories"]
    assert isinstance(words, frozenset)
    words = words if home is None else words | {str(home)}
    return not view["territories"] or any(word in REACHES[place] or not understood(word) for word in words)


# fmt: off
MEMBERS = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
}
# fmt: on
REACHES = {
    "US-CA": {"WORLD", "US", "US-CA"},
    "US-NY": {"WORLD", "US", "US-NY"},
    "US-TN": {"WORLD", "US", "US-TN"},
    "DK": {"WORLD", "EU", "EEA", "DK"},
    "EU": {"WORLD", "EU", "EEA", *MEMBERS},
}


def understood(word: str) -> bool:
    """ISO 3166-1 and 3166-2 codes, `EU`, `EEA` and `WORLD`, in capitals."""
    land, dash, part = word.partition("-")
    if word in ("WORLD", "EEA"):
        return True
    letters = len(land) == 2 and land.isascii() and land.isalpha() and land.isupper()
    parts = part.isascii() and part.isalnum() and part == part.upper() and len(part) <= 3
    return letters and (not dash or parts)
