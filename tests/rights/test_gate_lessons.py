"""What a model learned from, as the oracle sees it: the consent itself, how far the model goes, every lesson."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from gate_draft import HOUSE
from people import ACTIVE, ANN, CARD, CONSENT, TODAY, changed, records, request

from secondunit.rights import gate
from secondunit.slate.clearance import Refusal
from secondunit.slate.consent import Capacity, ModelScope
from secondunit.slate.request import Step
from secondunit.slate.rights_records import (
    StandingEvent,
    ToolCard,
    TrainingAsset,
    TrainingBasis,
    TrainingData,
)

MODEL = ToolCard(
    "face-net", "1", "ee" * 32, TrainingData.OWNED, False, False, True, (ANN,), ("ds-ann-1",), "AGM",
    ModelScope.PROJECT_MODEL_ONLY,
)  # fmt: skip
ASSET = TrainingAsset("ds-ann-1", "aa" * 32, "Ada Films", "CONTRACT-9", TrainingBasis.CONTRACT, (ANN,), False)


def against(answer: object) -> set[str]:
    return {reason.rule for reason in answer.reasons} if isinstance(answer, Refusal) else set()


def used(card: ToolCard = MODEL, consents: tuple[Any, ...] = (CONSENT,), **known: Any) -> set[str]:
    asked = request(likenesses=(), steps=(Step("face-net", "1", "ee" * 32),))
    return against(gate(asked, records(consents=consents, tools=(CARD, card), **known), TODAY))


def taught(asset: TrainingAsset = ASSET, consents: tuple[Any, ...] = (CONSENT,)) -> set[str]:
    asked = request(likenesses=(), use="training", training=("aa" * 32,))
    return against(gate(asked, records(consents=consents, training=(asset,)), TODAY))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("term.end", None),
        ("term.start", TODAY + dt.timedelta(1)),
        ("evidence.separately_signed", False),
        ("evidence.signed_at", TODAY + dt.timedelta(1)),
        ("description_of_use", "All uses"),
        ("grantor.party_id", "P-mum"),
        ("grantor.capacity", Capacity.HEIR),
        ("subject.born", dt.date(2012, 1, 1)),
        ("training.model_scope", ModelScope.NONE),
        ("training.dataset_ids", ()),
        ("training.delete_model_by", TODAY - dt.timedelta(1)),
    ],
)
def test_a_consent_to_train_is_judged_like_any_other(path: str, value: Any) -> None:
    assert (used(), taught()) == (set(), set())
    bad = (changed(CONSENT, path, value),)
    assert (used(consents=bad), taught(consents=bad)) == ({"tool.learned"}, {"training.person"})


def test_nobody_learns_from_the_dead_who_did_not_say_so() -> None:
    lapsing = changed(CONSENT, "term.survives_death", False)
    died = changed(lapsing, "subject.died", dt.date(2026, 9, 1))
    assert used(consents=(died,)) == {"tool.learned"}
    assert used(consents=(changed(died, "term.survives_death", True),)) == set()


@pytest.mark.parametrize(
    ("card", "rules"),
    [
        ({"project": ""}, {"tool.project"}),  # nobody says for which show it learned
        ({"project": "AGX", "scope": ModelScope.NONE}, {"tool.project"}),
        ({"scope": ModelScope.NONE}, set()),
        ({"scope": ModelScope.STUDIO_MODELS}, {"tool.learned"}),  # she agreed to this show's model only
        ({"dataset_ids": ()}, {"tool.learned"}),
    ],
)
def test_a_model_goes_as_far_as_was_agreed(card: dict[str, Any], rules: set[str]) -> None:
    assert used(dataclasses.replace(MODEL, **card)) == rules


def test_a_studio_model_that_was_agreed_to_serves_other_shows() -> None:
    wide = changed(changed(CONSENT, "training.model_scope", ModelScope.STUDIO_MODELS), "projects", ("AGX",))
    studio = dataclasses.replace(MODEL, scope=ModelScope.STUDIO_MODELS, project="AGX")
    assert used(studio, (wide,)) == set()


def test_each_person_answers_for_the_lessons_they_are_in() -> None:
    bob = changed(changed(CONSENT, "consent_id", "CNS-002"), "subject.person_id", "P-bob")
    bob = changed(changed(bob, "grantor.party_id", "P-bob"), "training.dataset_ids", ("ds-bob-1",))
    active = (ACTIVE, StandingEvent("CNS-002", ACTIVE.standing, ACTIVE.on, ACTIVE.by))
    both = dataclasses.replace(MODEL, learned_from=(ANN, "P-bob"), dataset_ids=("ds-ann-1", "ds-bob-1"))
    his = dataclasses.replace(ASSET, asset_id="ds-bob-1", sha256="bb" * 32, persons=("P-bob",))
    known = {"standing": active, "consents": (CONSENT, bob)}
    assert used(both, training=(ASSET, his), **known) == set()
    assert used(both, **known) == {"tool.learned"}  # nobody described the lessons
    shared = dataclasses.replace(his, persons=(ANN, "P-bob"))
    assert used(both, training=(ASSET, shared), **known) == {"tool.learned"}


def test_a_lesson_that_was_withdrawn_stops_the_model_that_learned_from_it() -> None:
    assert used(training=(ASSET,)) == set()
    assert used(training=(dataclasses.replace(ASSET, revoked=TODAY),)) == {"tool.lesson"}
    assert used(training=(dataclasses.replace(ASSET, revoked=TODAY + dt.timedelta(1)),)) == set()


def test_a_contract_or_open_licence_is_named() -> None:
    for basis, rules in ((TrainingBasis.OPEN_LICENCE, {"training.licence"}), (TrainingBasis.OWNED, set())):
        assert taught(dataclasses.replace(ASSET, licence="unknown", basis=basis)) == rules


def test_a_tool_nobody_knows_is_told_every_reason_a_likeness_has_against_it() -> None:
    asked = request(steps=(Step("web-generator", "9"),), facts=(("confidential_inputs", "no"),))
    known = records(tools=(CARD,), policies=(HOUSE,))
    assert {"tool.recorded", "H-TOOL", "H-LEARNS"} <= against(gate(asked, known, TODAY))
