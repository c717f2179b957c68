"""Words that the oracle and its policies share, from the rules' text."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from secondunit.rights.records import Records
from secondunit.slate.consent import Capacity, Consent, Content, LikenessUse, ReplicaClass, Stage
from secondunit.slate.request import Likeness, Request, Step
from secondunit.slate.rights_records import ToolCard

# What people write where they do not know.
NOBODY = {"", "?", "-", "n/a", "na", "none", "noassertion", "tbd", "todo", "unknown", "unlicensed"}
PLATE_USES = {"vfx", "previz", "training"}
SEEN_BY_AUDIENCE = {Stage.FINAL, Stage.MARKETING}
NEVER_WITH_CHILDREN = {Content.NUDITY, Content.SIMULATED_SEX, Content.SEXUAL_CONTENT}
# 2.1: an authorised representative, or the union where none can be found, may speak for the dead as well.
ESTATE_OFFICES = {
    Capacity.ESTATE_EXECUTOR,
    Capacity.HEIR,
    Capacity.POSTMORTEM_RIGHTS_OWNER,
    Capacity.AUTHORIZED_REPRESENTATIVE,
    Capacity.UNION_ON_BEHALF,
}
ONLY_FOR_THE_DEAD = {
    Capacity.ESTATE_EXECUTOR,
    Capacity.HEIR,
    Capacity.POSTMORTEM_RIGHTS_OWNER,
    Capacity.UNION_ON_BEHALF,
}
NO_REPLICA = {ReplicaClass.ALTERATION, ReplicaClass.NONE}
# What these make was never scripted, performed or recorded with the person.
NEVER_PERFORMED = {
    LikenessUse.SCAN_CAPTURE,
    LikenessUse.POSTHUMOUS_PERFORMANCE,
    LikenessUse.HISTORICAL_DEPICTION,
    LikenessUse.VOICE_SYNTH,
    LikenessUse.FACE_REPLACE,
}
VOICE_CHANGES = {LikenessUse.LIPSYNC_DUB, LikenessUse.VOICE_CONVERT, LikenessUse.VOICE_SYNTH}


def said(text: str) -> bool:
    """Something stands there, and not that nobody knows."""
    return text.strip().lower() not in NOBODY


@dataclass(frozen=True)
class Way:
    """One way in which a likeness may be used: a consent that covers it, or none where none is needed."""

    likeness: Likeness
    consent: Consent | None
    why: str
    covered: bool = True


def kind_of_work(use: LikenessUse) -> str:
    """A replica shows what was never performed, an alteration changes what was, the rest is customary.

    De-ageing and ageing may be either; the stricter counts.
    """
    if use is LikenessUse.COSMETIC:
        return "customary"
    if use in (LikenessUse.VISUAL_ADR, LikenessUse.LIPSYNC_DUB):
        return "alteration"
    return "replica"


def minor_depicted(person: Likeness) -> bool:
    """2.4.7: an apparent age under 18; one that nobody told counts as that."""
    return person.depicted_age is None or not person.depicted_age >= 18


def years_later(day: dt.date, years: int) -> dt.date:
    """The same day so many years on; of 29 February, 1 March where there is none (age is reached then)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)


def cards_of(request: Request, records: Records) -> list[ToolCard | None]:
    """1.7, N-V1: all steps are evaluated. A request that names none was still made by something, which nobody knows."""
    return [card_of(step, records) for step in request.steps] or [None]


def card_of(step: Step, records: Records) -> ToolCard | None:
    found = None
    for card in records.tools:
        if step.weights_sha256:
            same = card.weights_sha256 == step.weights_sha256
        else:
            same = not card.weights_sha256 and (card.tool_id, card.version) == (step.tool_id, step.version)
        found = card if same else found
    return found
