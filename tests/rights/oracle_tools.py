"""The oracle on tools, on what a model learned from and on what one would learn from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from oracle_consent import age_faults, death_faults, form_faults, grantor_faults, standing_faults
from oracle_words import card_of, said

from secondunit.rights.records import Records
from secondunit.slate.consent import ModelScope
from secondunit.slate.request import Request, Step
from secondunit.slate.rights_records import ToolCard, TrainingAsset, TrainingBasis, TrainingData


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


def lessons_with(who: str, card: ToolCard, records: Records) -> set[str]:
    """The lessons in which somebody is seen or heard; of a lesson nobody described, everybody is."""
    without = {a.asset_id for a in records.training if who not in a.persons}
    without -= {a.asset_id for a in records.training if who in a.persons}
    return set(card.dataset_ids) - without


def agreed_to_lesson(card: ToolCard, request: Request, records: Records, today: dt.date) -> bool:
    """Everybody it learned from agreed to that, and still does."""
    return all(
        may_train(who, lessons_with(who, card, records), card.scope, request.shot.show, records, today)
        for who in card.learned_from
    )


def training_faults(sha256: str, request: Request, records: Records, today: dt.date) -> Iterator[str]:
    """2.4.9 and N-D2: each thing a model learns from is cleared, and so is everybody in it."""
    assets = [a for a in records.training if a.sha256 == sha256]
    if not assets:
        yield "training: not on record"
        return
    asset: TrainingAsset = assets[-1]
    if not said(asset.rights_holder):
        yield "training: no holder"
    if asset.basis is None:
        yield "training: no basis"
    if asset.basis in (TrainingBasis.CONTRACT, TrainingBasis.OPEN_LICENCE) and not said(asset.licence):
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
