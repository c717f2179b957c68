"""The gate a second time: slow, plain, written from the rules' text and not from the gate's code.

It uses the gate's data (request, records) and none of its functions, and has words of its own for what is wrong. Where
the two differ, one of them is mistaken; which one is decided from the text. Section numbers are those of the rules:
1.7 the studio's table, 2.4 how a consent is judged, F the attacks.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from oracle_approvals import approvals_of_consent, said_yes
from oracle_consent import child_involved, consent_faults, life_of, standing_faults
from oracle_policies import ALLOWS, ASKS, TELLS, fires
from oracle_tools import step_faults, training_faults
from oracle_words import (
    NEVER_PERFORMED,
    NEVER_WITH_CHILDREN,
    PLATE_USES,
    SEEN_BY_AUDIENCE,
    Way,
    kind_of_work,
    said,
    years_later,
)

from secondunit.rights.records import PlateRecord, Records
from secondunit.slate.request import Likeness, Request
from secondunit.slate.rights_records import Role


@dataclass(frozen=True)
class Judgement:
    """The answers the text allows, what is wrong, and which policies' rules fire.

    Several answers and several sets of rules: only where more than one consent would do.
    """

    answers: frozenset[tuple[str, frozenset[str]]]
    faults: frozenset[str]
    fired: frozenset[frozenset[str]]


def judge(request: Request, records: Records, today: dt.date) -> Judgement:
    """Cleared, needs approval by these roles, or refused for these faults."""
    people = [ways_for(person, request, records, today) for person in request.likenesses]
    wrong = {fault for ways in people for fault in ways.faults}
    wrong |= set(plate_faults(request, records, today))
    wrong |= {f for step in request.steps for f in step_faults(step, request, records, today)}
    wrong |= set() if request.steps else {"tool: none named"}  # 1.7: what is not known counts as the bad answer
    wrong |= {f for sha in request.training for f in training_faults(sha, request, records, today)}
    answers, fired = set(), set()
    for choice in itertools.product(*(ways.choices for ways in people)):
        rules = fires(request, records, today, choice)
        fired.add(rules)
        if wrong or rules - ASKS.keys() - TELLS.keys() - ALLOWS:
            answers.add(("refused", frozenset[str]()))
            continue
        wanted = {role for way in choice for role in approvals_of_consent(way.consent, request)}
        wanted |= {role for rule in rules & ASKS.keys() for role in ASKS[rule]}
        if any(way.consent is None and figure_of(way.likeness, records) for way in choice):
            wanted.add(Role.EDITORIAL)  # 2.4.6: whatever policies a show has picked
        if request.output_sha256 and request.stage in SEEN_BY_AUDIENCE:
            wanted.add(Role.VFX_SUPERVISOR)  # C: a final is not delivered without its approvals
        missing = frozenset(str(role) for role in wanted if not said_yes(role, request, records, today))
        answers.add(("needs approval", missing) if missing else ("cleared", missing))
    return Judgement(frozenset(answers), frozenset(wrong), frozenset(fired))


# ------------------------------------------------------------------------------------------------- plates


def plate_faults(request: Request, records: Records, today: dt.date) -> Iterator[str]:
    """Every pixel comes from a source that is owned or licensed for this; what nobody knows is a no."""
    if request.use not in PLATE_USES:
        yield "plate: purpose not known"
    if not request.plates:
        yield "plate: none named"
    for use in request.plates:
        found = [p for p in records.plates if p.source_sha256 == use.source_sha256]
        if not found:
            yield "plate: not on record"
        for plate in found:
            yield from one_plate(plate, request, records, today)


def one_plate(plate: PlateRecord, request: Request, records: Records, today: dt.date) -> Iterator[str]:
    licence = plate.licence
    if not said(plate.owner):
        yield "plate: no owner"
    if not said(licence.identifier):
        yield "plate: no licence"
    if licence.derivatives is not True or "-nd" in licence.identifier.lower():
        yield "plate: no derivatives"
    if records.commercial and (licence.commercial is not True or "-nc" in licence.identifier.lower()):
        yield "plate: no commerce"
    if plate.uses is not None and request.use not in plate.uses:
        yield "plate: other purpose"
    if licence.expires is not None and today > licence.expires:
        yield "plate: licence over"
    if plate.revoked is not None and today >= plate.revoked:
        yield "plate: licence withdrawn"


# ------------------------------------------------------------------------------------------------- people


@dataclass(frozen=True)
class Ways:
    """Every way that is left; with none, the one that is not covered, and what is wrong with the nearest."""

    choices: tuple[Way, ...]
    faults: frozenset[str]


def ways_for(person: Likeness, request: Request, records: Records, today: dt.date) -> Ways:
    """All the ways the text leaves open for one likeness."""
    always = set()
    if NEVER_WITH_CHILDREN & set(request.content) and child_involved(person, request, records, today):
        always.add("never: a child and sex")  # 2.4.7: unconditionally
    consents = [c for c in records.consents if c.subject.person_id == person.person_id]
    need = what_is_needed(person)

    def none_for(*faults: str) -> Ways:
        return Ways((Way(person, None, need, covered=False),), frozenset(always | set(faults)))

    unseen = said(person.exception_by) and person.recognizable is False
    if not person.person_id.strip() and not (unseen and need == "nothing"):
        return none_for("person: nobody named them")  # 2.4.2: never auto-pass
    if need == "nothing":
        here = [c for c in consents if request.shot.show in c.projects]
        claimed = kind_of_work(person.use) != "customary"
        if claimed and here and all(list(standing_faults(c, records, today)) for c in here):
            return none_for("consent: not in force")  # 2.4.10: never past rule 1
        return Ways((Way(person, None, need),), frozenset(always))
    judged = [(c, frozenset(consent_faults(c, person, request, records, today, need))) for c in consents]
    good = tuple(Way(person, c, need) for c, faults in judged if not faults)
    if past_every_term(person, records, today):
        # The editor answers, whatever consents say besides.
        good = (*good, Way(person, None, "history"))
    if good:
        return Ways(good, frozenset(always))
    judged.sort(key=lambda one: (one[0].consent_id, one[0].version))
    return none_for(*min((faults for _, faults in judged), key=len, default=frozenset({"consent: none"})))


def what_is_needed(person: Likeness) -> str:
    """`nothing`, a `standing` grant (N-T1x: no further consent), or a grant that covers this `fully` (2.4.10)."""
    work = kind_of_work(person.use)
    kept = person.alters_performance is False and person.new_dialogue is False
    if work == "customary" and kept:
        return "nothing"  # N-T2x
    claimed = said(person.exception_by)
    if claimed and person.recognizable is False:
        return "standing" if work == "replica" else "nothing"
    if claimed and person.as_scripted is True and kept and person.use not in NEVER_PERFORMED:
        return "standing" if work == "replica" else "nothing"
    return "fully"


def figure_of(person: Likeness, records: Records) -> bool:
    return any(f.person_id == person.person_id for f in records.figures)


def past_every_term(person: Likeness, records: Records, today: dt.date) -> bool:
    """2.4.6: dead for longer than any law protects, no heirs, on record as a figure of history, nobody says alive."""
    figures = [f for f in records.figures if f.person_id == person.person_id]
    if not figures or figures[-1].heirs_known is not False:
        return False
    subjects = [c.subject for c in records.consents if c.subject.person_id == person.person_id]
    if any(s.living is True and s.died is None for s in subjects):
        return False
    deaths = life_of(person.person_id, records)[1]
    return bool(deaths) and today > years_later(max(deaths), 70)
