from __future__ import annotations

import copy
from typing import Any

import pytest

from secondunit.provenance.vocabulary import IPTC, lint_manifest

INGREDIENTS: list[dict[str, Any]] = [
    {"label": "plate", "relationship": "parentOf", "digital_source_type": IPTC + "digitalCapture"},
    {"label": "dust", "relationship": "componentOf"},
    {"label": "matte", "relationship": "inputTo"},
]
ACTIONS: list[dict[str, Any]] = [
    {"action": "c2pa.opened", "parameters": {"ingredientIds": ["plate"]}},
    {"action": "c2pa.placed", "parameters": {"ingredientIds": ["dust"]}, "softwareAgent": {"name": "dust"}},
    {
        "action": "c2pa.edited",
        "digitalSourceType": IPTC + "compositeSynthetic",
        "parameters": {"ingredientIds": ["matte"]},
    },
]


def lint(
    actions: list[dict[str, Any]], ingredients: list[dict[str, Any]] | None = None, **more: Any
) -> list[str]:
    data = {"actions": actions, "allActionsIncluded": True, **more}
    manifest = {"assertions": [{"label": "c2pa.actions.v2", "data": data}]}
    return lint_manifest(manifest, INGREDIENTS if ingredients is None else ingredients)


def changed(at: int, **fields: Any) -> list[dict[str, Any]]:
    actions = copy.deepcopy(ACTIONS)
    actions[at].update(fields)
    return actions


def test_a_well_formed_manifest_passes() -> None:
    assert lint(ACTIONS) == []
    assert lint([*ACTIONS, {"action": "org.secondunit.collapsed"}]) == []


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        (changed(2, action="c2pa.composited"), "is not an action"),
        (changed(2, action="composited"), "is not an action"),
        (changed(2, action="c2pa.color_adjustments"), "deprecated"),
        (changed(2, action="c2pa.removed"), "deprecated"),
        (changed(2, digitalSourceType=IPTC + "compositeSynthetik"), "not a digital source type"),
        (changed(2, digitalSourceType="compositeSynthetic"), "not a digital source type"),
        (changed(1, softwareAgent="dust 1.0"), "as text"),
        (changed(1, parameters={"ingredientIds": ["plate"]}), "takes a componentOf"),
        (changed(0, parameters={"ingredientIds": ["dust"]}), "takes a parentOf"),
        (changed(1, parameters={}), "names no ingredient"),
        (changed(1, parameters={"ingredientIds": ["rain"]}), "which is not there"),
        (changed(2, parameters={}), "no action uses the ingredient `matte`"),
        (ACTIONS[1:], "first action"),
        ([*ACTIONS, ACTIONS[0]], "more than one"),
        (
            changed(0, action="c2pa.created", parameters={"ingredientIds": ["plate"]}),
            "names no digital source type",
        ),
        ([], "first action"),
    ],
)
def test_each_way_out_of_the_vocabulary_is_named(actions: list[dict[str, Any]], says: str) -> None:
    assert any(says in sentence for sentence in lint(actions)), lint(actions)


def test_ingredients_are_checked_too() -> None:
    wrong = [*INGREDIENTS, {"label": "plate", "relationship": "parentOf", "digital_source_type": "photo"}]
    found = " ".join(lint(ACTIONS, wrong))
    assert "labelled `plate`" in found
    assert "more than one parent" in found
    assert "`photo`" in found
    assert "not a relationship" in " ".join(
        lint(ACTIONS, [*INGREDIENTS[:2], {"label": "matte", "relationship": "x"}])
    )


def test_all_actions_included_must_be_said() -> None:
    assert "`allActionsIncluded` is not set" in lint(ACTIONS, allActionsIncluded=None)
