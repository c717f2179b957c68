"""The house's rules and the studio's table (1.7) in plain Python, from their text and not from the policy files.

What nobody knows counts as the bad answer: of a tool without a card everything is bad.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import oracle_academy
import oracle_eu
import oracle_sag
import oracle_states
from oracle_consent import child_involved, life_of, strike_on
from oracle_tools import agreed_to_lesson, training_faults
from oracle_views import Told, View, person_view, request_view, tool_view
from oracle_words import NEVER_WITH_CHILDREN, SEEN_BY_AUDIENCE, Way, cards_of, kind_of_work, said

from secondunit.rights.facts import Scope
from secondunit.rights.records import Records
from secondunit.slate.consent import Content
from secondunit.slate.request import Request
from secondunit.slate.rights_records import Role, ToolCard, TrainingBasis, TrainingData

LEGAL, CONTACT, CLEARANCES = Role.PRODUCTION_LEGAL, Role.STUDIO_CONTACT, Role.RIGHTS_CLEARANCE_MANAGER
GUILD, PERFORMER = Role.GUILD_LIAISON, Role.PERFORMER_OR_REP
# Whose yes a rule asks for; a rule that is listed nowhere here forbids.
ASKS: dict[str, set[Role]] = {
    "H-FACES": {CLEARANCES},
    "H-REAL": {LEGAL},
    "H-UNION": {GUILD},
    "H-STRIKE-CREW": {GUILD, LEGAL},
    "H-DEFAME": {LEGAL},
    "H-HISTORY": {Role.EDITORIAL},
    "H-DEAD": {LEGAL},
    "H-DATA-TEMP": {LEGAL},
    "N-P1": {LEGAL},
    "N-P2b": {CONTACT},
    "N-P3": {CONTACT, Role.INFOSEC},
    "N-P3b": {CONTACT},
    "N-P4": {CONTACT, LEGAL},
    "N-D2b": {LEGAL},
    "N-C1": {CONTACT, LEGAL},
    "N-F1": {CONTACT, CLEARANCES},
    "N-F3": {LEGAL},
    "N-T1g": {CLEARANCES, LEGAL},
    "N-T2g": {PERFORMER, LEGAL},
    "N-T4": {Role.VFX_SUPERVISOR, CLEARANCES},
    "N-E1": {LEGAL},
    "N-E2": {GUILD, LEGAL},
    "N-M1": {CONTACT},
    "N-X5": {CONTACT, LEGAL},
    **oracle_academy.ASKS,
    **oracle_sag.ASKS,
    **oracle_states.ASKS,
}
# Who is only told; of the house's and the studio's table these rows are not compared.
TELLS = {**oracle_academy.TELLS, **oracle_eu.TELLS, **oracle_states.TELLS}
ALLOWS = oracle_sag.ALLOWS
Rows: TypeAlias = "Callable[..., Iterator[str]]"
# Of each policy its rows of the request, of a person in it and of a tool.
OTHERS: dict[str, tuple[Rows | None, Rows | None, Rows | None]] = {
    "academy_2026": (oracle_academy.of_request, oracle_academy.of_person, None),
    "california": (oracle_states.california, oracle_states.california_person, None),
    "denmark": (None, oracle_states.denmark_person, None),
    "eu_ai_act_50": (oracle_eu.of_request, oracle_eu.of_person, None),
    "new_york": (oracle_states.new_york, oracle_states.new_york_person, None),
    "sag_aftra_2026": (oracle_sag.of_request, oracle_sag.of_person, oracle_sag.of_tool),
    "tennessee": (None, oracle_states.tennessee_person, oracle_states.tennessee_tool),
}


def fires(request: Request, records: Records, today: dt.date, ways: Sequence[Way]) -> frozenset[str]:
    """The rules of the show's policies that speak; of the house's and the studio's those that forbid or ask."""
    names = {policy.id for policy in records.policies}
    found: set[str] = set()
    if "house" in names:
        found |= set(_house(request, records))
        found |= {rule for way in ways for rule in _house_of_person(way, request, records, today)}
        found |= {rule for card in cards_of(request, records) for rule in _house_of_tool(card, request, records)}
        for card in cards_of(request, records):
            if card is None or not agreed_to_lesson(card, request, records, today):
                found.add("H-LEARNED")
        for sha256 in request.training:
            found |= {"H-TRAIN"} if set(training_faults(sha256, request, records, today)) else set()
            found |= {"H-OPTOUT"} if _asset(sha256, records, "opted_out") is not False else set()
    if "netflix_2025" in names:
        found |= set(_studio(request, records))
        found |= {rule for way in ways for rule in _studio_of_person(way)}
        found |= {rule for card in cards_of(request, records) for rule in _studio_of_tool(card, request, records)}
        for sha256 in request.training:
            if set(training_faults(sha256, request, records, today)):
                found.add("N-D2")
            elif _asset(sha256, records, "basis") is not TrainingBasis.OWNED:
                found.add("N-D2b")
    return frozenset(found) | others(request, records, today, ways)


def rows_of(policy: str, scope: Scope, facts: View, request: View) -> Iterator[str]:
    """The rows of one policy on one person, tool or request."""
    of_request, of_person, of_tool = OTHERS[policy]
    if scope is Scope.REQUEST and of_request:
        yield from of_request(request)
    if scope is Scope.PERSON and of_person:
        yield from of_person(facts, request)
    if scope is Scope.TOOL and of_tool:
        yield from of_tool(facts, request)


def others(request: Request, records: Records, today: dt.date, ways: Sequence[Way]) -> frozenset[str]:
    """The rows of the guild, the statutes and the Academy."""
    named = [policy.id for policy in records.policies if policy.id in OTHERS]
    if not named:
        return frozenset()
    cards = cards_of(request, records)
    whole = request_view(request, records, cards)
    views = [(Scope.REQUEST, whole)]
    views += [(Scope.PERSON, person_view(way, request, records, today)) for way in ways]
    views += [(Scope.TOOL, tool_view(card, request, records, today)) for card in cards]
    return frozenset(row for name in named for scope, view in views for row in rows_of(name, scope, view, whole))


def unnamed_faces(request: Request, records: Records) -> int | None:
    """Faces nobody named in all the plates; None: one of them was never looked through."""
    counts = [records.faces.get(plate.source_sha256) for plate in request.plates]
    return None if any(n is None for n in counts) else sum(n for n in counts if n is not None)


def _house(request: Request, records: Records) -> Iterator[str]:
    told = Told(request, records)
    shown = set(request.content)
    if told.yes("living_artist_style"):
        yield "H-STYLE"
    if unnamed_faces(request, records) != 0:
        yield "H-FACES"
        if NEVER_WITH_CHILDREN & shown:
            yield "H-FACES-SEX"
    if told.yes("references_ip") and told.lacks("ip_permission"):
        yield "H-REFERENCE"
    if told.yes("could_pass_as_real") and request.stage in SEEN_BY_AUDIENCE:
        yield "H-REAL"
    if told.yes("could_pass_as_real") and told.yes("fabricated_statement"):
        yield "H-LIE"
    if told.yes("displaces_union_work"):
        yield "H-UNION"
    if told.yes("strike_of_crew"):
        yield "H-STRIKE-CREW"
    if Content.DEFAMATORY in shown:
        yield "H-DEFAME"


def _house_of_person(way: Way, request: Request, records: Records, today: dt.date) -> Iterator[str]:
    one, consent = way.likeness, way.consent
    replica = kind_of_work(one.use) == "replica"
    sexual = bool(NEVER_WITH_CHILDREN & set(request.content))
    if not way.covered and way.why != "nothing":
        yield "H-COVER"
    if replica and not way.covered and recognizable(way):
        yield "H-REPLICA"
    if sexual and child_involved(one, request, records, today):
        yield "H-MINOR"
    if sexual and (consent is None or not said(consent.nudity_rider)):
        yield "H-RIDER"
    rests = consent is None or consent.strike.suspended_during_strike
    if replica and way.why != "history" and rests and strike_on(one.person_id, records, today):
        yield "H-STRIKE"
    if any(f.person_id == one.person_id for f in records.figures):
        yield "H-HISTORY"
    if replica and not life_of(one.person_id, records)[0]:
        yield "H-DEAD"


def _house_of_tool(card: ToolCard | None, request: Request, records: Records) -> Iterator[str]:
    if card is None:
        yield "H-TOOL"
    if card is None or card.quarantined:
        yield "H-QUARANTINE"
    if unaccounted(card):
        yield "H-DATA" if request.stage in SEEN_BY_AUDIENCE else "H-DATA-TEMP"
    told = Told(request, records)
    if keeps_or_learns(card) and (sensitive(request, told, card) or told.yes("confidential_inputs")):
        yield "H-LEARNS"


def _studio(request: Request, records: Records) -> Iterator[str]:
    told = Told(request, records)
    final = request.stage in SEEN_BY_AUDIENCE
    visibility = told("visibility", "key")
    if told("similarity", "unsure") != "pass":
        yield "N-P1"
    if final:
        yield "N-P4"
        if visibility != "none":
            yield "N-F1"
    if told.yes("personal_data") and told.lacks("personal_data_approved"):
        yield "N-D1"
    if visibility == "key":
        yield "N-C1"
    if told.yes("references_ip") and told.lacks("ip_permission"):
        yield "N-C2"
    if visibility == "background_story":
        yield "N-F3"
        if final and told.lacks("human_contribution"):
            yield "N-F3h"
    if told.yes("could_pass_as_real"):
        yield "N-E1"
        if told.yes("fabricated_statement"):
            yield "N-E1f"
    if told.yes("displaces_union_work"):
        yield "N-E2"


def _studio_of_person(way: Way) -> Iterator[str]:
    one, work = way.likeness, kind_of_work(way.likeness.use)
    changes = one.alters_performance is not False or one.new_dialogue is not False
    if work != "customary":
        yield "N-T4"
        if not way.covered and way.why != "nothing":
            yield "N-P5"
    if work == "replica" and way.covered:
        yield "N-T1g"
    if work == "replica" and not way.covered and recognizable(way):
        yield "N-T1"
    if changes:
        yield "N-T2g" if way.covered else "N-T2"


def _studio_of_tool(card: ToolCard | None, request: Request, records: Records) -> Iterator[str]:
    told = Told(request, records)
    likeness = sensitive(request, told, card)
    production = likeness or told.yes("confidential_inputs") or told.yes("personal_data")
    secured = card is not None and card.enterprise_secured is True
    if card is None:
        yield "N-V1"
    if keeps_or_learns(card):
        yield "N-P2" if production else "N-P2b"
    if not secured and production:
        yield "N-P3"
    if secured and likeness:
        yield "N-P3b"
    if not secured and told.yes("confidential_inputs"):
        yield "N-M1"
    if unaccounted(card):
        yield "N-X5"
    elsewhere = card is None or (bool(card.project or card.learned_from) and card.project != request.shot.show)
    if elsewhere and (card is None or bool(card.learned_from) or unaccounted(card)):
        yield "N-T3"


def recognizable(way: Way) -> bool:
    return not (way.likeness.recognizable is False and said(way.likeness.exception_by))


def sensitive(request: Request, told: Told, card: ToolCard | None) -> bool:
    """1.3: likeness, unreleased footage, contracts. What is not said to be free of them holds some."""
    return bool(request.likenesses) or told.yes("confidential_inputs")


def keeps_or_learns(card: ToolCard | None) -> bool:
    return card is None or card.trains_on_inputs is not False or card.retains_inputs is not False


def unaccounted(card: ToolCard | None) -> bool:
    return card is None or card.training_data in (TrainingData.UNKNOWN, TrainingData.UNLICENSED)


def _asset(sha256: str, records: Records, what: str) -> object:
    assets = [a for a in records.training if a.sha256 == sha256]
    return getattr(assets[-1], what) if assets else None
