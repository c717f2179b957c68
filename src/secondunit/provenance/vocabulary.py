"""The words a manifest may use, checked before it is signed: the signing library checks none of them.

Actions: C2PA 2.5 section 16.4.1. Source types: cv.iptc.org/newscodes/digitalsourcetype.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_C2PA_SOURCE = "http://c2pa.org/digitalsourcetype/"

_VERBS = """
addedText adjustedColor changedSpeed converted created cropped deleted drawing dubbed edited edited.metadata
enhanced filtered mastered mixed modified opened orientation placed published redacted remixed rendered
repackaged resized resized.proportional reviewed transcoded translated trimmed unknown watermarked.bound
watermarked.unbound
"""
_DEPRECATED_VERBS = """
color_adjustments copied formatted managed printed produced removed saved version_updated watermarked
"""
_TERMS = """
digitalCapture computationalCapture negativeFilm positiveFilm print humanEdits algorithmicallyEnhanced
digitalCreation dataDrivenMedia screenCapture virtualRecording algorithmicMedia trainedAlgorithmicMedia
composite compositeCapture compositeSynthetic compositeWithTrainedAlgorithmicMedia
"""
ACTIONS = frozenset(f"c2pa.{verb}" for verb in _VERBS.split())
DEPRECATED = frozenset(f"c2pa.{verb}" for verb in _DEPRECATED_VERBS.split())
SOURCE_TYPES = frozenset(
    [IPTC + term for term in _TERMS.split()]
    + [_C2PA_SOURCE + term for term in ("empty", "trainedAlgorithmicData")]
)
OVERSIGHT = frozenset({"fully_autonomous", "prompt_guided", "human_validated"})
RELATIONSHIPS = frozenset({"parentOf", "componentOf", "inputTo"})
# Which relationship the ingredients of an action must have, and that it must have some.
_TAKES = {"c2pa.opened": "parentOf", "c2pa.placed": "componentOf"}
_OWN = re.compile(r"(?!c2pa\.|font\.)[\da-zA-Z_-]+(\.[\da-zA-Z_-]+){2,}\Z")


def lint_manifest(manifest: Mapping[str, Any], ingredients: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every way in which a manifest leaves the vocabulary, as sentences; an empty list when it does not."""
    found = list(_lint_ingredients(ingredients))
    found.extend(_lint_disclosures(manifest))
    assertions = [a for a in manifest.get("assertions", ()) if a.get("label") == "c2pa.actions.v2"]
    if len(assertions) != 1:
        return [*found, f"the manifest has {len(assertions)} lists of actions, not one"]
    data = assertions[0]["data"]
    if not isinstance(data.get("allActionsIncluded"), bool):
        found.append("`allActionsIncluded` is not set")
    actions = data.get("actions") or []
    if not actions or actions[0].get("action") not in ("c2pa.created", "c2pa.opened"):
        found.append("the first action is neither `c2pa.created` nor `c2pa.opened`")
    if sum(a.get("action") in ("c2pa.created", "c2pa.opened") for a in actions) > 1:
        found.append("there is more than one `c2pa.created` or `c2pa.opened`")
    kinds = {item.get("label"): item.get("relationship") for item in ingredients}
    for action in actions:
        found.extend(_lint_action(action, kinds))
    used = {name for action in actions for name in _ingredients_of(action)}
    found.extend(f"no action uses the ingredient `{label}`" for label in kinds if label not in used)
    return found


def _lint_ingredients(ingredients: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    labels = [str(item.get("label")) for item in ingredients]
    yield from (
        f"two ingredients are labelled `{name}`" for name in sorted({n for n in labels if labels.count(n) > 1})
    )
    if sum(item.get("relationship") == "parentOf" for item in ingredients) > 1:
        yield "there is more than one parent"
    for item in ingredients:
        if item.get("relationship") not in RELATIONSHIPS:
            yield f"`{item.get('relationship')}` is not a relationship"
        source = item.get("digital_source_type")
        if source is not None and source not in SOURCE_TYPES:
            yield f"`{source}` is not a digital source type"


def _lint_disclosures(manifest: Mapping[str, Any]) -> Iterator[str]:
    for assertion in manifest.get("assertions", ()):
        if assertion.get("label") != "c2pa.ai-disclosure":
            continue
        data = assertion.get("data") or {}
        level = (data.get("contentProfile") or {}).get("humanOversightLevel")
        if not data.get("modelType"):
            yield "an AI disclosure names no type of model"
        if level is not None and level not in OVERSIGHT:
            yield f"`{level}` is no level of human oversight"


def _lint_action(action: Mapping[str, Any], kinds: Mapping[Any, Any]) -> Iterator[str]:
    verb = action.get("action", "")
    if verb in DEPRECATED:
        yield f"`{verb}` is deprecated"
    elif verb not in ACTIONS and not _OWN.match(verb):
        yield f"`{verb}` is not an action"
    source = action.get("digitalSourceType")
    if source is not None and source not in SOURCE_TYPES:
        yield f"`{source}` is not a digital source type"
    if verb == "c2pa.created" and source is None:
        yield "`c2pa.created` names no digital source type"
    agent = action.get("softwareAgent")
    if agent is not None and not (isinstance(agent, Mapping) and agent.get("name")):
        yield f"`{verb}` names its software as text, not as name and version"
    names = _ingredients_of(action)
    if verb in _TAKES and not names:
        yield f"`{verb}` names no ingredient"
    for name in names:
        if name not in kinds:
            yield f"`{verb}` names the ingredient `{name}`, which is not there"
        elif verb in _TAKES and kinds[name] != _TAKES[verb]:
            yield f"`{verb}` takes a {_TAKES[verb]} ingredient, and `{name}` is {kinds[name]}"


def _ingredients_of(action: Mapping[str, Any]) -> list[str]:
    return list((action.get("parameters") or {}).get("ingredientIds") or [])
