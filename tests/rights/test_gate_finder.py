"""The finder of faces makes no pixel and is no step; named as one it counts as any other model."""

from __future__ import annotations

import dataclasses

from gate_draft import HOUSE
from people import TODAY, records, request

from secondunit.engines.faces.finder_card import CARD as FINDER
from secondunit.engines.own_cards import OWN_CARDS, own_steps
from secondunit.rights import gate
from secondunit.slate.clearance import Refusal
from secondunit.slate.consent import Stage
from secondunit.slate.request import Step

STEP = Step(FINDER.tool_id, FINDER.version, FINDER.weights_sha256)


def against(*steps: Step, **asked: object) -> set[str]:
    known = dataclasses.replace(records(), tools=OWN_CARDS, policies=(HOUSE,))
    answer = gate(request(likenesses=(), steps=steps, **asked), known, TODAY)
    return {reason.rule for reason in answer.reasons} if isinstance(answer, Refusal) else set()


def test_its_card_alone_changes_no_answer() -> None:
    asked = request(likenesses=(), steps=own_steps("physics"))
    without = dataclasses.replace(records(), tools=tuple(c for c in OWN_CARDS if c != FINDER), policies=(HOUSE,))
    assert FINDER in OWN_CARDS and FINDER not in without.tools
    assert gate(asked, without, TODAY) == gate(asked, dataclasses.replace(without, tools=OWN_CARDS), TODAY)


def test_named_as_a_step_nothing_is_weakened_for_it() -> None:
    assert "H-DATA" in against(STEP, stage=Stage.FINAL) - against(*own_steps("physics"), stage=Stage.FINAL)
    assert "H-DATA" not in against(*own_steps("physics"), stage=Stage.FINAL)
    assert "tool.identity" in against(Step("nicer-name", "1", FINDER.weights_sha256))
