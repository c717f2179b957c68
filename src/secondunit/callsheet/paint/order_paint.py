"""An order for paint, asked for at the gate: whose footage, which engine, what is done to whom."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

import secondunit
from secondunit.callsheet.order import Order, clear_request
from secondunit.departments.paint.rights_facts import facts
from secondunit.engines.contract import Engine, EngineSettings
from secondunit.errors import BadInput
from secondunit.slate.consent import LikenessUse
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.slate.request import Likeness, Request, Step
from secondunit.store.show_folder import Store


def paint_order(
    store: Store,
    plates: Sequence[Plate],
    frames: FrameRange,
    run: Engine,
    *,
    department: str,
    painted: bool,
    likenesses: Iterable[Likeness] = (),
    models: Iterable[Step] = (),
    training: Iterable[str] = (),
) -> Order:
    """Clear a job of one engine; `plates` are the shot's own first. Raises `NotCleared` with every reason.

    `models` are steps for trained models that take part, `training` hashes of what one would learn from.
    """
    request = Request.for_plates(
        plates[0].shot,
        department=department,
        engine=f"{department} {secondunit.__version__}",
        use="vfx",
        plates=plates,
        frames=frames,
    )
    card = run.card
    steps = (Step(card.tool_id, card.version, card.weights_sha256), *models)
    asked = replace(
        request, steps=steps, facts=facts(painted=painted), likenesses=tuple(likenesses), training=tuple(training)
    )
    return clear_request(store, asked)


def reference(store: Store, word: str) -> Plate:
    """The plate behind `SHOT` or `SHOT:PL01`; raises `BadInput`."""
    shot, _, label = word.partition(":")
    try:
        return store.plate(ShotName.parse(shot), label or None)
    except BadInput as error:
        raise BadInput(
            f"reference `{word}` is no plate of this show: {error}",
            hint="ingest it with its owner and licence first",
        ) from None


def parse_likenesses(words: Iterable[str]) -> tuple[Likeness, ...]:
    """Read `P-ada=cosmetic` words: what is done to whom. Raises `BadInput`.

    Cosmetic work changes neither the performance nor a word of it; anything else has to be granted as it is.
    """
    found = []
    for word in words:
        person, _, use = word.partition("=")
        try:
            kind = LikenessUse(use.strip())
        except ValueError:
            known = ", ".join(LikenessUse)
            raise BadInput(
                f"`{word}` does not say what is done to whom", hint=f"write PERSON=USE; uses: {known}"
            ) from None
        kept = False if kind is LikenessUse.COSMETIC else None
        found.append(Likeness(person.strip(), kind, alters_performance=kept, new_dialogue=kept))
    return tuple(found)


def engine_settings(run: Engine, words: Iterable[str], known: Mapping[str, Any] | None = None) -> EngineSettings:
    """The engine's own settings from `name=value` words and from what the command knows. Raises `BadInput`."""
    given: dict[str, Any] = dict(known or {})
    for word in words:
        name, mark, value = word.partition("=")
        if not mark:
            raise BadInput(f"`{word}` sets nothing", hint="write `--set name=value`")
        given[name.strip()] = _value(value.strip())
    try:
        return run.Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "the settings"
        offered = ", ".join(sorted(run.Settings.model_fields)) or "none"
        raise BadInput(
            f"engine `{run.name}` does not take `{name}` so: {first['msg'].lower()}", hint=f"it has {offered}"
        ) from None


def _value(text: str) -> Any:
    """A number, a list or a word as JSON writes them; whatever is none of these is a word."""
    try:
        return json.loads(text)
    except ValueError:
        return text
