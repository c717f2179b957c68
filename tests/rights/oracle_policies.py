"""The house's rules and the studio's table (1.7) in plain Python, from their text and not from the policy files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from oracle_consent import life_of
from oracle_words import NEVER_WITH_CHILDREN, SEEN_BY_AUDIENCE, Way, card_of, kind_of_work

from secondunit.rights.records import Records
from secondunit.slate.consent import ApprovalAsked, Content
from secondunit.slate.request import Request
from secondunit.slate.rights_records import Role, ToolCard, TrainingBasis, TrainingData

LEGAL, CONTACT, CLEARANCES = Role.PRODUCTION_LEGAL, Role.STUDIO_CONTACT, Role.RIGHTS_CLEARANCE_MANAGER
GUILD, INFOSEC, PERFORMER, SUPERVISOR = (
    Role.GUILD_LIAISON, Role.INFOSEC, Role.PERFORMER_OR_REP, Role.VFX_SUPERVISOR,
)  # fmt: skip


VALUES = {
    "visibility": ("none", "background_incidental", "background_story", "key"),
    "similarity": ("pass", "unsure", "fail"),
}


class Told:
    """What was said of a request; `bad` is what silence counts as, and a word that is no answer."""

    def __init__(self, request: Request, records: Records) -> None:
        self.words = dict(request.facts)
        shot = str(request.shot)
        for scope in ("", shot):
            self.words |= {d.fact: d.value for d in records.declarations if d.shot == scope and d.by.strip()}

    def __call__(self, fact: str, bad: str) -> str:
        word = self.words.get(fact, "unknown")
        return word if word in VALUES.get(fact, ("yes", "no")) else bad

    def yes(self, fact: str) -> bool:
        """A yes, or nobody knows, where yes is the bad answer."""
        return self(fact, "yes") != "no"

    def lacks(self, fact: str) -> bool:
        """A no, or nobody knows, where no is the bad answer."""
        return self(fact, "no") != "yes"


def forbidden(request: Request, records: Records, today: dt.date, ways: Sequence[Way]) -> Iterator[str]:
    """The rules that forbid."""
    names = {policy.id for policy in records.policies}
    if "house" in names:
        yield from _house_forbids(request, records, ways)
    if "netflix_2025" in names:
        yield from _studio_forbids(request, records)


def roles_wanted(request: Request, records: Records, today: dt.date, ways: Sequence[Way]) -> Iterator[Role]:
    """The offices whose yes the rules ask for."""
    names = {policy.id for policy in records.policies}
    if "house" in names:
        yield from _house_asks(request, records, ways)
    if "netflix_2025" in names:
        yield from _studio_asks(request, records, ways)


def unnamed_faces(request: Request, records: Records) -> int | None:
    """Faces nobody named in all the plates; None: one of them was never looked through."""
    counts = [records.faces.get(plate.source_sha256) for plate in request.plates]
    return None if not counts or any(n is None for n in counts) else sum(n for n in counts if n is not None)


def _house_forbids(request: Request, records: Records, ways: Sequence[Way]) -> Iterator[str]:
    told = Told(request, records)
    if told.yes("living_artist_style"):
        yield "policy H-STYLE"
    if unnamed_faces(request, records) != 0 and NEVER_WITH_CHILDREN & set(request.content):
        yield "policy H-FACES-SEX"
    if told.yes("references_ip") and told.lacks("ip_permission"):
        yield "policy H-REFERENCE"
    if told.yes("could_pass_as_real") and told.yes("fabricated_statement"):
        yield "policy H-LIE"
    bare = any(way.consent is None or not way.consent.nudity_rider.strip() for way in ways)
    if bare and NEVER_WITH_CHILDREN & set(request.content):
        yield "policy H-RIDER"
    for step in request.steps:
        card = card_of(step, records)
        if card is None:
            yield "policy H-TOOL"
            continue
        if card.quarantined:
            yield "policy H-QUARANTINE"
        if unaccounted(card) and request.stage in SEEN_BY_AUDIENCE:
            yield "policy H-DATA"
        if keeps_or_learns(card) and sensitive(request, told):
            yield "policy H-LEARNS"


def _house_asks(request: Request, records: Records, ways: Sequence[Way]) -> Iterator[Role]:
    told = Told(request, records)
    if unnamed_faces(request, records) != 0:
        yield CLEARANCES
    if told.yes("could_pass_as_real") and request.stage in SEEN_BY_AUDIENCE:
        yield LEGAL
    if told.yes("displaces_union_work"):
        yield GUILD
    if told.yes("strike_of_crew"):
        yield from (GUILD, LEGAL)
    if Content.DEFAMATORY in request.content:
        yield LEGAL
    for way in ways:
        if way.why == "history" or any(f.person_id == way.likeness.person_id for f in records.figures):
            yield Role.EDITORIAL
        if kind_of_work(way.likeness.use) == "replica" and not life_of(way.likeness.person_id, records)[0]:
            yield LEGAL
    for step in request.steps:
        card = card_of(step, records)
        if card is not None and unaccounted(card):
            yield LEGAL


def _studio_forbids(request: Request, records: Records) -> Iterator[str]:
    told = Told(request, records)
    if told.yes("personal_data") and told.lacks("personal_data_approved"):
        yield "policy N-D1"
    if told.yes("references_ip") and told.lacks("ip_permission"):
        yield "policy N-C2"
    if told.yes("could_pass_as_real") and told.yes("fabricated_statement"):
        yield "policy N-E1f"
    story = told("visibility", "key") == "background_story" and request.stage in SEEN_BY_AUDIENCE
    if story and told.lacks("human_contribution"):
        yield "policy N-F3h"
    for step in request.steps:
        card = card_of(step, records)
        if card is None:
            yield "policy N-V1"
        elif keeps_or_learns(card) and production_data(request, told):
            yield "policy N-P2"
        learned = card is not None and (bool(card.learned_from) or unaccounted(card))
        elsewhere = (
            card is not None and card.project != request.shot.show and bool(card.project or card.learned_from)
        )
        if learned and elsewhere:
            yield "policy N-T3"


def _studio_asks(request: Request, records: Records, ways: Sequence[Way]) -> Iterator[Role]:
    told = Told(request, records)
    final = request.stage in SEEN_BY_AUDIENCE
    visibility = told("visibility", "key")
    if told("similarity", "unsure") != "pass":
        yield LEGAL  # N-P1
    if final:
        yield from (CONTACT, LEGAL)  # N-P4
        if visibility != "none":
            yield from (CONTACT, CLEARANCES)  # N-F1
    if visibility == "key":
        yield from (CONTACT, LEGAL)  # N-C1
    if visibility == "background_story":
        yield LEGAL  # N-F3
    if told.yes("could_pass_as_real"):
        yield LEGAL  # N-E1
    if told.yes("displaces_union_work"):
        yield from (GUILD, LEGAL)  # N-E2
    yield from _studio_asks_of_tools(request, records, told)
    yield from _studio_asks_of_people(ways)
    for sha256 in request.training:
        asset = next((a for a in reversed(records.training) if a.sha256 == sha256), None)
        if asset is not None and asset.basis is not TrainingBasis.OWNED:
            yield LEGAL  # N-D2b


def _studio_asks_of_tools(request: Request, records: Records, told: Told) -> Iterator[Role]:
    for step in request.steps:
        card = card_of(step, records)
        secured = card is not None and card.enterprise_secured is True
        if not secured and production_data(request, told):
            yield from (CONTACT, INFOSEC)  # N-P3, N-M1
        if secured and sensitive(request, told):
            yield CONTACT  # N-P3b
        if card is not None and keeps_or_learns(card):
            yield CONTACT  # N-P2b
        if card is not None and unaccounted(card):
            yield from (CONTACT, LEGAL)  # N-X5


def _studio_asks_of_people(ways: Sequence[Way]) -> Iterator[Role]:
    for way in ways:
        one = way.likeness
        work = kind_of_work(one.use)
        if work != "customary":
            yield from (SUPERVISOR, CLEARANCES)  # N-T4
        if work == "replica":
            yield from (CLEARANCES, LEGAL)  # N-T1 with a grant
            if way.consent and ApprovalAsked.PERFORMER_PER_SHOT in way.consent.approval_required:
                yield PERFORMER
        if one.alters_performance is not False or one.new_dialogue is not False:
            yield from (PERFORMER, LEGAL)  # N-T2 with a grant


def sensitive(request: Request, told: Told) -> bool:
    """1.3: likeness, unreleased footage, contracts. What is not said to be free of them holds some."""
    return bool(request.likenesses) or told.yes("confidential_inputs")


def production_data(request: Request, told: Told) -> bool:
    """N-P2: that, and what is personal to cast or crew."""
    return sensitive(request, told) or told.yes("personal_data")


def keeps_or_learns(card: ToolCard) -> bool:
    return card.trains_on_inputs is not False or card.retains_inputs is not False


def unaccounted(card: ToolCard) -> bool:
    return card.training_data in (TrainingData.UNKNOWN, TrainingData.UNLICENSED)
