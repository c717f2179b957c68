"""Tools and what models learn: a tool needs a card, a model the consent of whom it learned from, a lesson a right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from secondunit.rights.consent_rules import RCM
from secondunit.rights.facts import NO, YES, Facts
from secondunit.rights.licences import is_named
from secondunit.rights.records import Records
from secondunit.slate.clearance import Reason
from secondunit.slate.consent import Consent, ModelScope
from secondunit.slate.request import Request, Step
from secondunit.slate.rights_records import Standing, ToolCard, TrainingAsset, TrainingData

RIGHTS_TO_LEARN = "Netflix N-D2: clearance per item; SAG-AFTRA 2026 39.L"


def tool_reasons(request: Request, step: Step, records: Records, today: dt.date) -> Iterator[Reason]:
    """Every reason against one tool of the pipeline."""
    name = f"{step.tool_id} {step.version}".strip()
    card = records.tool(step.tool_id, step.version, step.weights_sha256)
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
    if card.project and card.project != request.project and card.scope is ModelScope.PROJECT_MODEL_ONLY:
        sentence = f"tool {name} learned for show {card.project} alone"
        yield Reason("tool.project", step.tool_id, sentence, "all who agreed", "Netflix N-T3")
    if card.training_data is TrainingData.NONE and (card.learned_from or card.dataset_ids or card.weights_sha256):
        sentence = f"the card of {name} says that it learned from nothing, and names what it learned from"
        yield Reason("tool.card", step.tool_id, sentence, RCM, "house rule: a card agrees with itself")
    for person in card.learned_from:
        reason = trained_on(person, card.dataset_ids, request, records, today)
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


def trained_on(
    person: str, datasets: tuple[str, ...], request: Request, records: Records, today: dt.date
) -> str | None:
    """Why a model may not learn from a person; None where some consent of theirs allows it."""
    said: list[str] = []
    for consent in records.consents_of(person):
        fault = _no_training(consent, datasets, request, records, today)
        if fault is None:
            return None
        said.append(f"{fault} (consent {consent.consent_id})")
    return said[0] if said else f"{person} has no consent on record"


def _no_training(
    consent: Consent, datasets: tuple[str, ...], request: Request, records: Records, today: dt.date
) -> str | None:
    name, t = consent.subject.name, consent.training
    standing = records.standing_of(consent.consent_id, today)
    if standing is None or standing.standing is not Standing.ACTIVE:
        return f"{name}'s consent does not stand"
    if not t.allowed or t.model_scope is ModelScope.NONE:
        return f"{name} did not agree to training"
    if request.project not in consent.projects and t.model_scope is ModelScope.PROJECT_MODEL_ONLY:
        return f"{name} agreed to training for other shows only"
    if missing := sorted(set(datasets) - set(t.dataset_ids)):
        return f"{name} did not agree to learning from {', '.join(missing)}"
    if t.delete_model_by is not None and today > t.delete_model_by:
        return f"what was learned from {name} had to be deleted by {t.delete_model_by}"
    if today < consent.term.start or (consent.term.end is not None and today > consent.term.end):
        return f"{name}'s consent is not in its term"
    return None


def tool_facts(request: Request, card: ToolCard | None, records: Records, today: dt.date) -> Facts:
    """What policies may know of one tool."""
    if card is None:
        return {"known": NO}
    elsewhere = bool(card.project) and card.project != request.project
    return {
        "enterprise_secured": _word(card.enterprise_secured),
        "known": YES,
        "learned_from_person": _learned_from_person(card),
        "learning_agreed": _word(
            not any(trained_on(p, card.dataset_ids, request, records, today) for p in card.learned_from)
        ),
        "other_project": _word(elsewhere),
        "quarantined": _word(card.quarantined),
        "retains_inputs": _word(card.retains_inputs),
        "sensitive_inputs": YES if request.likenesses else None,
        "training_data": str(card.training_data),
        "trains_on_inputs": _word(card.trains_on_inputs),
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
        "cleared": _word(cleared),
        "opted_out": _word(asset.opted_out),
    }


def _word(value: bool | None) -> str | None:
    return None if value is None else (YES if value else NO)
