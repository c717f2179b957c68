"""The gate a second time: slow, plain, written from the rules' text and not from the gate's code.

It uses the gate's data (request, records) and none of its functions, and has words of its own for what is wrong. Where
the two differ, one of them is mistaken; which one is decided from the text. Section numbers are those of the rules:
1.7 the studio's table, 2.4 how a consent is judged, F the attacks.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from oracle_policies import forbidden, roles_wanted
from oracle_words import (
    ESTATE_OFFICES,
    NEVER_PERFORMED,
    NEVER_WITH_CHILDREN,
    NO_REPLICA,
    ONLY_FOR_THE_DEAD,
    PLATE_USES,
    SEEN_BY_AUDIENCE,
    VOICE_CHANGES,
    kind_of_work,
    minor_depicted,
    years_later,
)
from secondunit.rights.records import PlateRecord, Records
from secondunit.slate.consent import ApprovalAsked, Capacity, Consent, LikenessUse, ModelScope, Representation
from secondunit.slate.request import Likeness, Request, Step
from secondunit.slate.rights_records import (
    Approval,
    Role,
    Standing,
    ToolCard,
    TrainingAsset,
    TrainingBasis,
    TrainingData,
)


@dataclass(frozen=True)
class Judgement:
    """The answers the text allows, and what is wrong. Several answers: only where more than one consent would do."""

    answers: frozenset[tuple[str, frozenset[str]]]
    faults: frozenset[str]

    @property
    def answer(self) -> str:
        return min(name for name, _ in self.answers)


def judge(request: Request, records: Records, today: dt.date) -> Judgement:
    """Cleared, needs approval by these roles, or refused for these faults."""
    ways = [ways_for(person, request, records, today) for person in request.likenesses]
    wrong = {fault for way in ways for fault in way.faults}
    wrong |= set(plate_faults(request, records, today))
    wrong |= {f for step in request.steps for f in step_faults(step, request, records, today)}
    wrong |= {f for sha in request.training for f in training_faults(sha, request, records, today)}
    answers = set()
    for choice in itertools.product(*(way.choices for way in ways)):
        forbids = set(forbidden(request, records, today, choice))
        if not forbids:
            wanted = {role for one in choice for role in approvals_of_consent(one.consent, request)}
            wanted |= set(roles_wanted(request, records, today, choice))
            if request.output_sha256 and request.stage in SEEN_BY_AUDIENCE:
                wanted.add(Role.VFX_SUPERVISOR)  # C: a final is not delivered without its approvals
            missing = frozenset(str(role) for role in wanted if not said_yes(role, request, records, today))
            answers.add(("needs approval", missing) if missing else ("cleared", frozenset()))
        else:
            answers.add(("refused", frozenset()))
            wrong |= forbids if len(ways) < 2 or not answers - {("refused", frozenset())} else set()
    if any(not way.choices for way in ways) or any(not f.startswith("policy ") for f in wrong):
        return Judgement(frozenset({("refused", frozenset())}), frozenset(wrong))
    return Judgement(frozenset(answers), frozenset(wrong))


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
    if plate.owner.strip().lower() in NOBODY:
        yield "plate: no owner"
    if licence.identifier.strip().lower() in NOBODY:
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


NOBODY = {"", "?", "-", "n/a", "na", "none", "noassertion", "tbd", "todo", "unknown", "unlicensed"}


SCENE = "consent: other scene"

# ------------------------------------------------------------------------------------------------- people


@dataclass(frozen=True)
class Way:
    """One way in which a likeness may be used: a consent that covers it, or none where none is needed."""

    likeness: Likeness
    consent: Consent | None
    why: str


@dataclass(frozen=True)
class Ways:
    choices: tuple[Way, ...]
    faults: frozenset[str]


def ways_for(person: Likeness, request: Request, records: Records, today: dt.date) -> Ways:
    """All the ways the text leaves open for one likeness; with none, what is wrong with the nearest."""
    always = set()
    if NEVER_WITH_CHILDREN & set(request.content) and child_involved(person, request, records, today):
        always.add("never: a child and sex")  # 2.4.7: unconditionally
    consents = [c for c in records.consents if c.subject.person_id == person.person_id]
    need = what_is_needed(person)
    unseen = bool(person.exception_by.strip()) and person.recognizable is False
    if not person.person_id.strip() and not unseen:
        return Ways((), frozenset(always | {"person: nobody named them"}))  # 2.4.2: never auto-pass
    if need == "nothing":
        here = [c for c in consents if request.shot.show in c.projects]
        claimed = kind_of_work(person.use) != "customary"
        if claimed and here and all(list(standing_faults(c, records, today)) for c in here):
            return Ways((), frozenset(always | {"consent: not in force"}))  # 2.4.10: never past rule 1
        return Ways((Way(person, None, "no consent needed"),), frozenset(always))
    judged = [(c, frozenset(consent_faults(c, person, request, records, today, need))) for c in consents]
    good = tuple(Way(person, c, need) for c, faults in judged if not faults)
    if past_every_term(person, records, today):
        good = (*good, Way(person, None, "history"))
    if good:
        return Ways(good, frozenset(always))
    nearest = min((faults for _, faults in judged), key=len, default=frozenset({"consent: none"}))
    return Ways((), frozenset(always | nearest))


def what_is_needed(person: Likeness) -> str:
    """`nothing`, a `standing` grant (N-T1x: no further consent), or a grant that covers this `fully` (2.4.10)."""
    work = kind_of_work(person.use)
    kept = person.alters_performance is False and person.new_dialogue is False
    if work == "customary" and kept:
        return "nothing"  # N-T2x
    claimed = bool(person.exception_by.strip())
    if claimed and person.recognizable is False:
        return "standing" if work == "replica" else "nothing"
    if claimed and person.as_scripted is True and kept and person.use not in NEVER_PERFORMED:
        return "standing" if work == "replica" else "nothing"
    return "fully"


def consent_faults(
    consent: Consent, person: Likeness, request: Request, records: Records, today: dt.date, need: str
) -> Iterator[str]:
    """2.4, rule by rule."""
    yield from standing_faults(consent, records, today)
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


def standing_faults(consent: Consent, records: Records, today: dt.date) -> Iterator[str]:
    """2.4.1: active today. Nobody said how it stands: then it does not."""
    stands = None
    for event in records.standing:
        if event.consent_id == consent.consent_id and event.on <= today:
            stands = event.standing
    if stands is not Standing.ACTIVE:
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
        yield "consent: not yet"
    if term.end is None and not term.open_ended:
        yield "consent: over"
    if term.end is not None and today > term.end:
        yield "consent: over"


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
        said = request.seconds > 0 or (request.seconds == 0 and person.use is LikenessUse.SCAN_CAPTURE)
        if not said or not total <= scope.max_screen_seconds:
            yield "consent: too long on screen"
    if person.new_dialogue is not False and not scope.new_dialogue_allowed:
        yield "consent: new words"
    if set(request.content) & set(consent.prohibited):
        yield "consent: content it forbids"
    elif set(request.content) & NEVER_WITH_CHILDREN and not consent.nudity_rider.strip():
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
    if not own and not grantor.authority_evidence.strip():
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
    day = birth_of(person.person_id, records)
    if minor_depicted(person) or day is None:
        return True
    signed = [
        c.evidence.signed_at
        for c in records.consents
        if c.subject.person_id == person.person_id and request.shot.show in c.projects
    ]
    return years_later(day, 18) > min([today, *signed])


def strike_faults(consent: Consent, person: Likeness, records: Records, today: dt.date) -> Iterator[str]:
    """2.4.8, 39.G: no new replica during a strike of the person's union, unless the grant says otherwise."""
    out = {s.union for s in records.strikes if s.start <= today and (s.end is None or s.end >= today)}
    unions = {
        u for c in records.consents if c.subject.person_id == person.person_id for u in c.subject.union
    }
    if out & unions and consent.strike.suspended_during_strike:
        yield "consent: strike"


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


# ------------------------------------------------------------------------------------- tools and training


def step_faults(step: Step, request: Request, records: Records, today: dt.date) -> Iterator[str]:
    """What a tool is, what it keeps, and whom it learned from. A model is its weights, not its name (F)."""
    card = card_of(step, records)
    if card is None:
        yield "tool: no card"
        return
    if (card.tool_id, card.version) != (step.tool_id, step.version):
        yield "tool: renamed"
    if card.quarantined:
        yield "tool: quarantined"
    if card.training_data is TrainingData.NONE and (card.learned_from or card.dataset_ids or card.weights_sha256):
        yield "tool: contradicts itself"
    bound = bool(card.learned_from or card.project)
    beyond = card.scope in (ModelScope.STUDIO_MODELS, ModelScope.THIRD_PARTY)
    if bound and card.project != request.shot.show and not beyond:
        yield "tool: another show's"
    for asset in records.training:
        if asset.asset_id in card.dataset_ids and asset.revoked is not None and today >= asset.revoked:
            yield "tool: learned from what was withdrawn"
    for who in card.learned_from:
        if not may_train(who, lessons_with(who, card, records), card.scope, request.shot.show, records, today):
            yield "tool: learned without consent"


def card_of(step: Step, records: Records) -> ToolCard | None:
    found = None
    for card in records.tools:
        if step.weights_sha256:
            same = card.weights_sha256 == step.weights_sha256
        else:
            same = not card.weights_sha256 and (card.tool_id, card.version) == (step.tool_id, step.version)
        found = card if same else found
    return found


def lessons_with(who: str, card: ToolCard, records: Records) -> set[str]:
    """The lessons in which somebody is seen or heard; of a lesson nobody described, everybody is."""
    without = {a.asset_id for a in records.training if who not in a.persons}
    without -= {a.asset_id for a in records.training if who in a.persons}
    return set(card.dataset_ids) - without


def training_faults(sha256: str, request: Request, records: Records, today: dt.date) -> Iterator[str]:
    """2.4.9 and N-D2: each thing a model learns from is cleared, and so is everybody in it."""
    assets = [a for a in records.training if a.sha256 == sha256]
    if not assets:
        yield "training: not on record"
        return
    asset: TrainingAsset = assets[-1]
    if asset.rights_holder.strip().lower() in NOBODY:
        yield "training: no holder"
    if asset.basis is None:
        yield "training: no basis"
    if asset.basis in (TrainingBasis.CONTRACT, TrainingBasis.OPEN_LICENCE) and asset.licence.strip().lower() in NOBODY:
        yield "training: no licence"
    if asset.opted_out is not False:
        yield "training: opted out"
    if asset.revoked is not None and today >= asset.revoked:
        yield "training: withdrawn"
    if asset.expires is not None and today > asset.expires:
        yield "training: over"
    for who in asset.persons:
        scope = ModelScope.PROJECT_MODEL_ONLY
        if not may_train(who, {asset.asset_id}, scope, request.shot.show, records, today):
            yield "training: person did not agree"


WIDTH = {
    ModelScope.NONE: 0,
    ModelScope.PROJECT_MODEL_ONLY: 1,
    ModelScope.STUDIO_MODELS: 2,
    ModelScope.THIRD_PARTY: 3,
}


def may_train(
    who: str, datasets: set[str], scope: ModelScope, project: str, records: Records, today: dt.date
) -> bool:
    """One consent of the person, in force, that lets such a model learn from exactly this."""
    for consent in records.consents:
        if consent.subject.person_id != who or list(standing_faults(consent, records, today)):
            continue
        training, term = consent.training, consent.term
        faults = [
            *form_faults(consent, today), *grantor_faults(consent, records, today),
            *death_faults(consent, records, today), *age_faults(consent, records, today),
        ]  # fmt: skip
        in_term = term.start <= today and (today <= term.end if term.end is not None else term.open_ended)
        in_time = training.delete_model_by is None or today <= training.delete_model_by
        wide = max(WIDTH[scope], 1) <= WIDTH[training.model_scope]
        anywhere = WIDTH[training.model_scope] > 1
        listed = bool(datasets) and datasets <= set(training.dataset_ids)
        here = project in consent.projects or anywhere
        if training.allowed and in_term and in_time and wide and here and listed and not faults:
            return True
    return False


# ---------------------------------------------------------------------------------------------- approvals


def approvals_of_consent(consent: Consent | None, request: Request) -> Iterator[Role]:
    """What the grant itself asks for."""
    asked = set(consent.approval_required) if consent else set()
    seen = request.stage in SEEN_BY_AUDIENCE
    if ApprovalAsked.PERFORMER_PER_SHOT in asked or (ApprovalAsked.PERFORMER_FINAL in asked and seen):
        yield Role.PERFORMER_OR_REP
    if ApprovalAsked.DIRECTOR in asked and seen:
        yield Role.DIRECTOR
    if ApprovalAsked.ESTATE_FINAL in asked and seen:
        yield Role.ESTATE


def said_yes(role: Role, request: Request, records: Records, today: dt.date) -> bool:
    """Whether somebody in this office says yes to exactly this, and nobody in it no: of each person the last word."""
    subject = request.output_sha256 or request.sha256
    last: dict[str, Approval] = {}
    for a in sorted(records.approvals, key=lambda a: a.at):
        ahead = a.at.date() > today + dt.timedelta(1)  # a clock elsewhere may be a day ahead, not more
        if a.subject_sha256 == subject and a.role is role and valid(a, records) and not (ahead and a.approved):
            last[a.person] = a
    return bool(last) and all(a.approved for a in last.values())


def valid(approval: Approval, records: Records) -> bool:
    """Said by somebody on record in that office, with their own key, and unchanged since."""
    known = any(
        a.person == approval.person and approval.role in a.roles and a.key == approval.key
        for a in records.approvers
    )
    return known and signature_holds(approval)


def signature_holds(approval: Approval) -> bool:
    said = {f.name: getattr(approval, f.name) for f in fields(approval) if f.name != "signature"}
    said["role"], said["at"] = str(approval.role), approval.at.isoformat()
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(approval.key))
        key.verify(bytes.fromhex(approval.signature), text.encode())
    except (ValueError, InvalidSignature):
        return False
    return True
