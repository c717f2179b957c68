"""The oracle on one consent: 2.4, rule by rule, and what records say together of a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from oracle_words import (
    ESTATE_OFFICES,
    NEVER_WITH_CHILDREN,
    NO_REPLICA,
    ONLY_FOR_THE_DEAD,
    VOICE_CHANGES,
    kind_of_work,
    minor_depicted,
    said,
    years_later,
)

from secondunit.rights.records import Records
from secondunit.slate.consent import Capacity, Consent, Effect, LikenessUse, Representation
from secondunit.slate.request import Likeness, Request
from secondunit.slate.rights_records import Standing

SCENE = "consent: other scene"


def consent_faults(
    consent: Consent, person: Likeness, request: Request, records: Records, today: dt.date, need: str
) -> Iterator[str]:
    """2.4, rule by rule."""
    yield from standing_faults(consent, records, today, request)
    yield from scope_faults(consent, person, request, today)
    yield from (f for f in script_faults(consent, person, request, records) if need == "fully" or f != SCENE)
    yield from form_faults(consent, today)
    if consent.representation is Representation.NONE and (
        kind_of_work(person.use) == "replica" or consent.replica_class not in NO_REPLICA
    ):
        yield "consent: nobody at their side"
    yield from grantor_faults(consent, records, today)
    yield from death_faults(consent, records, today)
    yield from age_faults(consent, records, today)
    yield from strike_faults(consent, person, records, today)


def standing_faults(
    consent: Consent, records: Records, today: dt.date, request: Request | None = None
) -> Iterator[str]:
    """2.4.1: active today. Nobody said how it stands: then it does not.

    A grant that says its withdrawal stops new work only lets out what was made before that day (2.3, revocation).
    """
    last = None
    for event in records.standing:
        if event.consent_id == consent.consent_id and event.on <= today:
            last = event
    if last is not None and last.standing is Standing.ACTIVE:
        return
    made = records.made.get(request.output_sha256) if request is not None and request.output_sha256 else None
    revoked = last is not None and last.standing is Standing.REVOKED
    mild = consent.revocation.effect is Effect.STOP_NEW_ONLY
    if not (last is not None and revoked and mild and made is not None and made < last.on):
        yield "consent: not in force"


def scope_faults(consent: Consent, person: Likeness, request: Request, today: dt.date) -> Iterator[str]:
    """2.4.3: project, use, attributes, stage, territory, media, language, term."""
    if request.shot.show not in consent.projects:
        yield "consent: other project"
    if person.use not in consent.uses:
        yield "consent: other use"
    if not person.attributes or any(a not in consent.attributes for a in person.attributes):
        yield "consent: other attribute"
    if request.stage not in consent.stages:
        yield "consent: other stage"
    plan = set(request.territories) or {"WORLD"}
    if "WORLD" not in consent.territories and not plan <= set(consent.territories):
        yield "consent: other territory"
    if consent.media and not (request.media and set(request.media) <= set(consent.media)):
        yield "consent: other media"
    spoken = {person.language}
    if person.use in VOICE_CHANGES:
        spoken |= set(request.languages)  # 39.D: every language it will be heard in
    if spoken - {"original"} - set(consent.languages):
        yield "consent: other language"
    term = consent.term
    if today < term.start:
        yield "consent: outside its term"
    if term.end is None and not term.open_ended:
        yield "consent: outside its term"
    if term.end is not None and today > term.end:
        yield "consent: outside its term"


def script_faults(consent: Consent, person: Likeness, request: Request, records: Records) -> Iterator[str]:
    """2.4.4: scene, seconds, dialogue, content."""
    scope = consent.scripted_scope
    if scope.scenes and request.scene not in scope.scenes:
        yield SCENE
    if scope.max_screen_seconds is not None:
        used: dict[str, list[float]] = {}  # the versions of one shot stand in for each other
        for r in records.receipts:
            if r.consent_id == consent.consent_id and not r.released and r.shot != str(request.shot):
                used.setdefault(r.shot, []).append(r.seconds)
        total = sum(max(versions) for versions in used.values()) + request.seconds
        told = request.seconds > 0 or (request.seconds == 0 and person.use is LikenessUse.SCAN_CAPTURE)
        if not told or not total <= scope.max_screen_seconds:
            yield "consent: too long on screen"
    if person.new_dialogue is not False and not scope.new_dialogue_allowed:
        yield "consent: new words"
    shown = set(request.content)
    bare = bool(shown & NEVER_WITH_CHILDREN) and not said(consent.nudity_rider)
    if shown & set(consent.prohibited) or bare:
        yield "consent: content it forbids"


def form_faults(consent: Consent, today: dt.date) -> Iterator[str]:
    """2.4.5: signed by itself, in plain sight, on record, not dated ahead, and specific."""
    paper = consent.evidence
    form = paper.separately_signed and paper.clear_and_conspicuous
    if not form or len(paper.document_sha256) != 64 or paper.signed_at > today:
        yield "consent: form"
    text = " ".join(consent.description_of_use.split())
    if len(text.split(" ")) < 8 or len(text) < 40:
        yield "consent: not specific"


def grantor_faults(consent: Consent, records: Records, today: dt.date) -> Iterator[str]:
    """2.3: who signed, as what, and what shows that they may. Nobody inherits from the living."""
    grantor = consent.grantor
    own = grantor.capacity is Capacity.SELF
    if own and grantor.party_id != consent.subject.person_id:
        yield "consent: another's hand"
    if not own and not said(grantor.authority_evidence):
        yield "consent: another's hand"
    if life_of(consent.subject.person_id, records)[0] and grantor.capacity in ONLY_FOR_THE_DEAD:
        yield "consent: another's hand"
    if grantor.capacity is Capacity.RIGHTS_HOLDER:
        yield "consent: another's hand"  # owns footage, not a person


def death_faults(consent: Consent, records: Records, today: dt.date) -> Iterator[str]:
    """2.4.6: after death a consent that outlives it, signed before; or whoever holds the right now."""
    alive, deaths = life_of(consent.subject.person_id, records)
    if alive:
        return
    own = consent.grantor.capacity is Capacity.SELF and consent.term.survives_death
    before = bool(deaths) and consent.evidence.signed_at <= min(deaths)
    if not (consent.grantor.capacity in ESTATE_OFFICES or (own and before)):
        yield "consent: death"


def life_of(person: str, records: Records) -> tuple[bool, list[dt.date]]:
    """Whether somebody lives, and the days they are said to have died on. One record of a death is enough."""
    subjects = [c.subject for c in records.consents if c.subject.person_id == person]
    deaths = [s.died for s in subjects if s.died]
    deaths += [f.died for f in records.figures if f.person_id == person and f.died]
    return not deaths and bool(subjects) and all(s.living is True for s in subjects), deaths


def age_faults(consent: Consent, records: Records, today: dt.date) -> Iterator[str]:
    """2.4.7: for somebody under age, then or now, a guardian or a court; of the dead their estate knows the age."""
    if consent.grantor.capacity in (Capacity.PARENT_OR_GUARDIAN, Capacity.COURT):
        return
    deaths = life_of(consent.subject.person_id, records)[1]
    day = birth_of(consent.subject.person_id, records)
    if day is None and not (deaths and consent.grantor.capacity in ESTATE_OFFICES):
        yield "consent: a minor's"
    if day is not None and years_later(day, 18) > min(today, consent.evidence.signed_at):
        yield "consent: a minor's"


def birth_of(person: str, records: Records) -> dt.date | None:
    """The latest day of birth on record: of two the one that makes them younger; one record without is not known."""
    days = [c.subject.born for c in records.consents if c.subject.person_id == person]
    return None if not days or None in days else max(day for day in days if day)


def child_involved(person: Likeness, request: Request, records: Records, today: dt.date) -> bool:
    """2.4.7: they are, were when they signed for this show, or seem under age; not knowing counts as yes."""
    return minor_depicted(person) or was_a_child(person, request, records, today)


def was_a_child(person: Likeness, request: Request, records: Records, today: dt.date) -> bool:
    """Under age, today or when they signed for this show; not knowing counts as yes."""
    day = birth_of(person.person_id, records)
    if day is None:
        return True
    signed = [
        c.evidence.signed_at
        for c in records.consents
        if c.subject.person_id == person.person_id and request.shot.show in c.projects
    ]
    return years_later(day, 18) > min([today, *signed])


def strike_faults(consent: Consent, person: Likeness, records: Records, today: dt.date) -> Iterator[str]:
    """2.4.8, 39.G: no new replica during a strike of the person's union, unless the grant says otherwise."""
    if consent.strike.suspended_during_strike and strike_on(person.person_id, records, today):
        yield "consent: strike"


def strike_on(person: str, records: Records, today: dt.date) -> bool:
    """Whether a union of theirs, by any record, is out; whose union nobody knows may be in any."""
    out = {s.union for s in records.strikes if s.start <= today and (s.end is None or s.end >= today)}
    mine = [c.subject for c in records.consents if c.subject.person_id == person]
    return bool(out) and (not mine or any(u in out for subject in mine for u in subject.union))
