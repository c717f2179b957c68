"""Tools and what models learn: a tool needs a card, a model the consent of whom it learned from, a lesson a right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from secondunit.rights.consents.consent_rules import RCM, SIGNED, Asked
from secondunit.rights.consents.life import life_of
from secondunit.rights.facts import NO, YES, Facts, word
from secondunit.rights.licences import is_named
from secondunit.rights.records import Records
from secondunit.slate.clearance import Reason
from secondunit.slate.consent import Consent, LikenessUse, ModelScope
from secondunit.slate.request import Likeness, Request, Step
from secondunit.slate.rights_records import ToolCard, TrainingAsset, TrainingBasis, TrainingData

# How far a model may go; one that says nothing is meant for its own show.
_WIDTH = {
    ModelScope.NONE: 0,
    ModelScope.PROJECT_MODEL_ONLY: 1,
    ModelScope.STUDIO_MODELS: 2,
    ModelScope.THIRD_PARTY: 3,
}
_UNNAMED = Step("", "")
_OWN_SHOW = _WIDTH[ModelScope.PROJECT_MODEL_ONLY]
RIGHTS_TO_LEARN = "Netflix N-D2: clearance per item; SAG-AFTRA 2026 39.L"


def cards_of(request: Request, records: Records) -> tuple[tuple[Step, ToolCard | None], ...]:
    """Every tool that has a part, with its card where there is one.

    Something makes what is asked for: a request that names no tool is asked as one with a tool that nobody knows.
    """
    if not request.steps:
        return ((_UNNAMED, None),)
    return tuple((step, records.tool(step.tool_id, step.version, step.weights_sha256)) for step in request.steps)


def tool_reasons(
    request: Request, step: Step, card: ToolCard | None, records: Records, today: dt.date
) -> Iterator[Reason]:
    """Every reason against one tool of the pipeline."""
    name = f"{step.tool_id} {step.version}".strip()
    if step == _UNNAMED:
        sentence = "the request names no tool, so nobody can say what makes the picture"
        yield Reason("tool.named", "", sentence, "the department", "Netflix N-V1: every step is evaluated")
        return
    if card is None:
        what = f"weights {step.weights_sha256[:12]}" if step.weights_sha256 else "no card"
        sentence = f"tool {name} ({what}) is not on record"
        yield Reason("tool.recorded", step.tool_id, sentence, RCM, "Netflix N-V1: every step is evaluated")
        return
    if (card.tool_id, card.version) != (step.tool_id, step.version):
        sentence = f"tool {name} has the weights of {card.tool_id} {card.version}"
        yield Reason("tool.identity", step.tool_id, sentence, RCM, "house rule: a model is its weights")
    if card.quarantined:
        sentence = f"tool {name} was taken out of use"
        yield Reason("tool.quarantined", step.tool_id, sentence, RCM, "a consent it learned from was withdrawn")
    bound = bool(card.project or card.learned_from) and _WIDTH[card.scope] <= _OWN_SHOW
    if bound and card.project != request.project:
        show = f"show {card.project} alone" if card.project else "one show, and nobody says which"
        sentence = f"tool {name} learned for {show}"
        yield Reason("tool.project", step.tool_id, sentence, "all who agreed", "Netflix N-T3")
    if card.training_data is TrainingData.NONE and (card.learned_from or card.dataset_ids or card.weights_sha256):
        sentence = f"the card of {name} says that it learned from nothing, and names what it learned from"
        yield Reason("tool.card", step.tool_id, sentence, RCM, "house rule: a card agrees with itself")
    for lesson in _withdrawn_lessons(card, records, today):
        sentence = f"tool {name} learned from {lesson.asset_id}, withdrawn on {lesson.revoked}"
        yield Reason("tool.lesson", step.tool_id, sentence, lesson.rights_holder.strip() or RCM, RIGHTS_TO_LEARN)
    for person in card.learned_from:
        reason = learned_from(person, card, request, records, today)
        if reason is not None:
            yield Reason("tool.learned", step.tool_id, f"tool {name}: {reason}", person, RIGHTS_TO_LEARN)


def training_reasons(request: Request, sha256: str, records: Records, today: dt.date) -> Iterator[Reason]:
    """Every reason against learning from one thing."""
    asset = records.asset(sha256)
    if asset is None:
        sentence = f"training asset {sha256[:12]} is not on record"
        yield Reason("training.recorded", sha256[:12], sentence, RCM, RIGHTS_TO_LEARN)
        return
    name = asset.asset_id
    for rule, fault in (
        ("training.holder", not is_named(asset.rights_holder) and f"training asset {name} names no rights holder"),
        ("training.licence", asset.basis in (TrainingBasis.CONTRACT, TrainingBasis.OPEN_LICENCE)
         and not is_named(asset.licence) and f"training asset {name} names no licence"),
        ("training.basis", asset.basis is None and f"nothing says why a model may learn from {name}"),
        ("training.opt-out", asset.opted_out is not False and f"{name} is opted out of, or nobody looked"),
        ("training.current", asset.expires is not None and asset.expires < today
         and f"the licence to learn from {name} ran out on {asset.expires}"),
        ("training.standing", asset.revoked is not None and asset.revoked <= today
         and f"the licence to learn from {name} was withdrawn on {asset.revoked}"),
    ):  # fmt: skip
        if fault:
            yield Reason(rule, name, fault, asset.rights_holder.strip() or RCM, RIGHTS_TO_LEARN)
    for person in asset.persons:
        reason = trained_on(person, (asset.asset_id,), request, records, today)
        if reason is not None:
            yield Reason("training.person", name, f"training asset {name}: {reason}", person, RIGHTS_TO_LEARN)


def learned_from(person: str, card: ToolCard, request: Request, records: Records, today: dt.date) -> str | None:
    """Why a model should not have learned from a person; None where a consent of theirs allows all of it.

    They answer for the lessons they are in. A lesson that nobody described may have anybody in it.
    """
    lessons = tuple(
        name
        for name in card.dataset_ids
        if not (seen := records.lessons(name)) or any(person in a.persons for a in seen)
    )
    return trained_on(person, lessons, request, records, today, width=_WIDTH[card.scope])


def _withdrawn_lessons(card: ToolCard, records: Records, today: dt.date) -> Iterator[TrainingAsset]:
    for name in card.dataset_ids:
        yield from (a for a in records.lessons(name) if a.revoked is not None and a.revoked <= today)


def trained_on(
    person: str,
    datasets: tuple[str, ...],
    request: Request,
    records: Records,
    today: dt.date,
    *,
    width: int = _OWN_SHOW,
) -> str | None:
    """Why a model may not learn from a person; None where some consent of theirs allows it.

    `width` is how far the model goes: what was agreed for one show's model covers no studio's.
    """
    said: list[str] = []
    for consent in records.consents_of(person):
        fault = _no_training(consent, datasets, request, records, today, max(width, _OWN_SHOW))
        if fault is None:
            return None
        said.append(f"{fault} (consent {consent.consent_id})")
    return said[0] if said else f"{person} has no consent on record"


def _no_training(
    consent: Consent,
    datasets: tuple[str, ...],
    request: Request,
    records: Records,
    today: dt.date,
    width: int,
) -> str | None:
    name, t = consent.subject.name, consent.training
    if fault := _not_signed_for(consent, request, records, today):
        return fault
    if not t.allowed or t.model_scope is ModelScope.NONE:
        return f"{name} did not agree to training"
    if _WIDTH[t.model_scope] < width:
        return f"{name} agreed to `{t.model_scope}` and no further"
    if request.project not in consent.projects and t.model_scope is ModelScope.PROJECT_MODEL_ONLY:
        return f"{name} agreed to training for other shows only"
    if not datasets:
        return f"nothing says what of {name} was learned from"
    if missing := sorted(set(datasets) - set(t.dataset_ids)):
        return f"{name} did not agree to learning from {', '.join(missing)}"
    if t.delete_model_by is not None and today > t.delete_model_by:
        return f"what was learned from {name} had to be deleted by {t.delete_model_by}"
    return None


def _not_signed_for(consent: Consent, request: Request, records: Records, today: dt.date) -> str | None:
    """What is wrong with the consent itself: its standing, term, form, who signed, a death, an age."""
    person = consent.subject.person_id
    asked = Asked(
        request,
        Likeness(person, LikenessUse.SCAN_CAPTURE),
        consent,
        records.standing_of(consent.consent_id, today),
        used=0.0,
        on_strike=frozenset(),
        life=life_of(person, records),
        today=today,
    )
    found = (rule(asked) for rule in SIGNED)
    return next((reason.sentence for reason in found if reason is not None), None)


def tool_facts(request: Request, card: ToolCard | None, records: Records, today: dt.date) -> Facts:
    """What policies may know of one tool."""
    sensitive = YES if request.likenesses else None
    if card is None:
        return {"known": NO, "sensitive_inputs": sensitive}
    bound = bool(card.project or card.learned_from)
    elsewhere = bound and card.project != request.project
    return {
        "enterprise_secured": word(card.enterprise_secured),
        "known": YES,
        "learned_from_person": _learned_from_person(card),
        "learning_agreed": word(
            not any(learned_from(p, card, request, records, today) for p in card.learned_from)
        ),
        "other_project": word(elsewhere),
        "quarantined": word(card.quarantined),
        "retains_inputs": word(card.retains_inputs),
        "sensitive_inputs": sensitive,
        "training_data": str(card.training_data),
        "trains_on_inputs": word(card.trains_on_inputs),
    }


def _learned_from_person(card: ToolCard) -> str | None:
    if card.learned_from:
        return YES
    # What nobody knows the lessons of may have learned from anybody.
    return None if card.training_data in (TrainingData.UNKNOWN, TrainingData.UNLICENSED) else NO


def training_facts(asset: TrainingAsset | None, *, cleared: bool) -> Facts:
    """What policies may know of one thing a model would learn from."""
    if asset is None:
        return {"cleared": NO}
    return {
        "basis": None if asset.basis is None else str(asset.basis),
        "cleared": word(cleared),
        "opted_out": word(asset.opted_out),
    }
