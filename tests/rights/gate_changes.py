"""What makes one world differ from another: one thing at a time, each with a word on what was done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from gate_draft import Draft
from gate_terms import PICKS, TERM_CONSENT_VALUES
from gate_values import (
    ASSET_VALUES,
    BAD_WORDS,
    CONSENT_VALUES,
    DAY,
    FIGURE_VALUES,
    GOOD_WORDS,
    LEAP,
    LIKENESS_VALUES,
    MADE,
    OTHER,
    PLATE_VALUES,
    REQUEST_VALUES,
    TOOL_VALUES,
    UNION,
    near,
)
from people import ANN, SHOT, SOURCE, TODAY, changed

from secondunit.slate.consent import (
    Effect,
)
from secondunit.slate.rights_records import (
    Declaration,
    Standing,
    StandingEvent,
    StrikeNotice,
    UseReceipt,
)


def change(draft: Draft) -> str:
    """One thing is made different; says what."""
    kind, weight = zip(*CHANGES, strict=True)
    return draft.rng.choices(kind, weight)[0](draft)


def _pick(draft: Draft, values: dict[str, tuple[Any, ...]]) -> tuple[str, Any]:
    path = draft.rng.choice(tuple(values))
    return path, draft.rng.choice(values[path])


def consent_changes(draft: Draft) -> str:
    path, value = _pick(draft, CONSENT_VALUES | TERM_CONSENT_VALUES)
    which = draft.rng.randrange(max(len(draft.consents), 1))
    draft.change_consent(path, value, which)
    return f"consent[{which}].{path} = {value!r}"


def likeness_changes(draft: Draft) -> str:
    path, value = _pick(draft, LIKENESS_VALUES)
    draft.change_likeness(path, value)
    return f"likeness.{path} = {value!r}"


def request_changes(draft: Draft) -> str:
    path, value = _pick(draft, REQUEST_VALUES)
    draft.request[path] = value
    return f"request.{path} = {value!r}"


def plate_changes(draft: Draft) -> str:
    path, value = _pick(draft, PLATE_VALUES)
    if draft.rng.random() < 0.25:
        draft.more_plates.append(changed(draft.plate, path, value))
        return f"another record with {path} = {value!r}"
    draft.plate = changed(draft.plate, path, value)
    return f"plate.{path} = {value!r}"


def tool_changes(draft: Draft) -> str:
    if not draft.steps or draft.rng.random() < 0.05:
        draft.steps.clear()
        return "no step"
    which = draft.rng.randrange(len(draft.tools)) if draft.tools else None
    if which is None or draft.rng.random() < 0.15:
        path, value = draft.rng.choice((("weights_sha256", OTHER), ("version", "9"), ("tool_id", "physics")))
        draft.steps[-1] = changed(draft.steps[-1], path, value)
        return f"step.{path} = {value!r}"
    path, value = _pick(draft, TOOL_VALUES)
    draft.tools[which] = changed(draft.tools[which], path, value)
    return f"tool[{which}].{path} = {value!r}"


def asset_changes(draft: Draft) -> str:
    path, value = _pick(draft, ASSET_VALUES)
    if not draft.assets:
        return "nothing"
    draft.assets[0] = changed(draft.assets[0], path, value)
    return f"asset.{path} = {value!r}"


def figure_changes(draft: Draft) -> str:
    path, value = _pick(draft, FIGURE_VALUES)
    if not draft.figures:
        return "nothing"
    draft.figures[0] = changed(draft.figures[0], path, value)
    return f"figure.{path} = {value!r}"


def standing_changes(draft: Draft) -> str:
    rng = draft.rng
    event = StandingEvent(
        rng.choice(("CNS-001", "CNS-001", "CNS-002", "CNS-003")), rng.choice(tuple(Standing)),
        rng.choice((*near(TODAY), dt.date(2026, 2, 1))), "Rita Clear",
    )  # fmt: skip
    if rng.random() < 0.3:
        draft.standing.insert(0, event)
        return f"first {event.standing} of {event.consent_id} on {event.on}"
    draft.standing.append(event)
    if rng.random() < 0.25:
        draft.request["output_sha256"] = MADE
        draft.made[rng.choice((MADE, MADE, MADE, OTHER))] = rng.choice((*near(TODAY), dt.date(2026, 1, 1)))
        draft.change_consent("revocation.effect", rng.choice((Effect.STOP_NEW_ONLY, *Effect)))
        return f"{event.standing} of {event.consent_id} on {event.on}, made {draft.made}"
    if rng.random() < 0.1:
        draft.standing = []
        return "nobody said how it stands"
    return f"{event.standing} of {event.consent_id} on {event.on}"


def consent_goes(draft: Draft) -> str:
    if draft.consents:
        draft.consents.pop(draft.rng.randrange(len(draft.consents)))
    return "a consent less"


def strike_begins(draft: Draft) -> str:
    rng = draft.rng
    start = rng.choice((*near(TODAY), dt.date(2026, 10, 1)))
    notice = StrikeNotice(
        rng.choice((UNION, UNION, "ACTRA")), start, rng.choice((None, *(d for d in near(TODAY) if d >= start)))
    )
    draft.strikes.append(notice)
    return f"strike {notice.union} {notice.start}-{notice.end}"


def receipt_comes(draft: Draft) -> str:
    rng = draft.rng
    receipt = UseReceipt(
        f"R{len(draft.receipts)}", rng.choice(("CNS-001", "CNS-001", "CNS-003", "CNS-009")), ANN,
        rng.choice(("AGM_104_TCC_0010", "AGM_104_TCC_0020")), "TCC", "v001",
        rng.choice((1.0, 117.0, 118.0, 118.001, 120.0, 500.0)), rng.random() < 0.3,
    )  # fmt: skip
    draft.receipts.append(receipt)
    return f"used {receipt.seconds} of {receipt.consent_id} in {receipt.shot} released {receipt.released}"


def word_said(draft: Draft) -> str:
    rng = draft.rng
    fact = rng.choice(tuple(GOOD_WORDS))
    value = rng.choice(BAD_WORDS.get(fact, ("yes", "no", "unknown", "YES", "maybe")))
    how = rng.randrange(4)
    if how == 0:
        draft.words.pop(fact, None)
        return f"nobody says {fact}"
    if how == 1:
        draft.words[fact] = value
        return f"the department says {fact} = {value}"
    shot = rng.choice((str(SHOT), "", "AGM_104_TCC_0020"))
    if how == 2 and rng.random() < 0.5:
        draft.words.pop(fact, None)
    draft.declarations.append(
        Declaration(shot, fact, value, rng.choice(("Dee Clare", "Dee Clare", "Dee Clare", "", "?")))
    )
    return f"declared {fact} = {value} of {shot or 'the show'} by {draft.declarations[-1].by!r}"


def faces_found(draft: Draft) -> str:
    count = draft.rng.choice((None, 1, 3, 0))
    if count is None:
        draft.faces.pop(SOURCE, None)
    else:
        draft.faces[SOURCE] = count
    return f"faces nobody named: {count}"


def day_moves(draft: Draft) -> str:
    days = (
        dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2028, 12, 31), dt.date(2029, 1, 1), LEAP, LEAP + DAY,
        *near(TODAY),
    )  # fmt: skip
    draft.today = draft.rng.choice(days)
    return f"today is {draft.today}"


def commerce(draft: Draft) -> str:
    draft.commercial = not draft.commercial
    return f"commercial {draft.commercial}"


def policies_change(draft: Draft) -> str:
    draft.policies = draft.rng.choice((*PICKS, (), ()))
    return f"policies {[p.id for p in draft.policies]}"


def approval_trick(draft: Draft) -> str:
    trick = draft.rng.choice(
        ("missing", "declined", "declined later", "forged", "replayed", "other office", "other person", "stranger",
         "other kind", "other reason", "tomorrow", "own key", "declined before")
    )  # fmt: skip
    draft.approvals.append(trick)
    return f"approval {trick}"


CHANGES: tuple[tuple[Callable[[Draft], str], int], ...] = (
    (consent_changes, 30), (likeness_changes, 14), (request_changes, 12), (plate_changes, 8), (tool_changes, 12),
    (asset_changes, 11), (figure_changes, 4), (standing_changes, 6), (consent_goes, 2), (strike_begins, 4),
    (receipt_comes, 5), (word_said, 14), (faces_found, 3), (day_moves, 4), (commerce, 2), (policies_change, 5),
    (approval_trick, 6),
)  # fmt: skip
