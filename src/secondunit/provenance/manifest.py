"""What a C2PA manifest of ours says, as data: actions, source types, ingredients, the lineage it rests on.

A collapse over a plate by simulation: the plate is opened (a digital capture), the takes are placed (algorithmic
media, no trained model), the comp is an edit whose result is `compositeSynthetic`. An asset that is shown, not
worked on (movie, contact sheet) adds what was done for the eye. C2PA 2.5, actions v2 and ingredients v3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import secondunit
from secondunit.errors import EngineFailed
from secondunit.provenance.vocabulary import IPTC, lint_manifest
from secondunit.slate.canonical import canonical_json, canonical_sha256
from secondunit.slate.lineage import Relationship

LINEAGE_ASSERTION = "org.secondunit.lineage"
CONSENT_ASSERTION = "org.secondunit.consents"
AI_ASSERTION = "c2pa.ai-disclosure"
CLAIM_GENERATOR = {"name": "Second Unit", "version": secondunit.__version__}
MOVIES = frozenset({".mov", ".mp4", ".m4v"})
STILLS = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})
SOUNDS = frozenset({".wav"})
# "This may not be used to train or to mine", for all four uses (CAWG training and data mining 1.1).
NO_TRAINING = {
    "entries": {
        f"cawg.{use}": {"use": "notAllowed"}
        for use in ("ai_generative_training", "ai_inference", "ai_training", "data_mining")
    }
}


@dataclass(frozen=True)
class Part:
    """An ingredient as the library wants it: its description, its media type, and its bytes or its file."""

    description: Mapping[str, Any]
    media_type: str
    content: bytes | Path


@dataclass(frozen=True)
class Plan:
    """A manifest ready to be signed."""

    manifest: Mapping[str, Any]
    parts: tuple[Part, ...]


def plan_manifest(lineage: Mapping[str, Any], lineage_sha256: str, *, title: str, suffix: str = "") -> Plan:
    """The manifest for one asset of a version, from its lineage as JSON.

    `suffix` is the asset's own (`.mov`, `.jpg`, …), empty for the frame list. Raises `EngineFailed` when the
    result leaves the vocabulary: that is a defect of ours, caught before anything is signed.
    """
    parts = (*_ingredient_parts(lineage), *_take_parts(lineage))
    manifest = {
        "title": title,
        "assertions": [
            {"label": "c2pa.actions.v2", "created": True, "data": _actions(lineage, parts, suffix)},
            {"label": "cawg.training-mining", "data": NO_TRAINING},
            {"label": LINEAGE_ASSERTION, "data": _binding(lineage, lineage_sha256)},
            *_consents(lineage),
            *ai_disclosure(_models(lineage), validated=False),
        ],
    }
    wrong = lint_manifest(manifest, [part.description for part in parts])
    if wrong:
        raise EngineFailed(
            f"the manifest of `{title}` would not be well formed: {wrong[0]}", hint="this is a fault: report it"
        )
    return Plan(manifest, parts)


def _binding(lineage: Mapping[str, Any], sha256: str) -> dict[str, Any]:
    """Our own assertion: the lineage by hash, and what must be readable without it."""
    return {
        "clearance_sha256": lineage["clearance"]["sha256"],
        "department": lineage["department"],
        "ingredients": [{"sha256": i["sha256"], "title": i["title"]} for i in lineage["ingredients"]],
        "path": "lineage.json",
        "schema": lineage["schema"],
        "sha256": sha256,
        "shot": lineage["shot"],
        "trained_models": _models(lineage),
        "version": lineage["version"],
    }


def _models(lineage: Mapping[str, Any]) -> list[str]:
    return sorted({model for take in lineage["takes"] for model in take["models"]})


def _consents(lineage: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The consents that the clearance rests on, by hash and nothing else: no name, no id, no term (as in the draft
    `ddt.cro_binding` of digitaldoubletechnologies/ddt-standards). Whoever holds a consent can tell that it is meant."""
    used = sorted({str(use["sha256"]) for use in lineage["clearance"]["consents"]})
    if not used:
        return []
    data = {
        "alg": "sha256",
        "clearance_sha256": lineage["clearance"]["sha256"],
        "consents": [{"receipt_hash": digest} for digest in used],
    }
    return [{"label": CONSENT_ASSERTION, "data": data}]


def ai_disclosure(models: Sequence[str], *, validated: bool) -> list[dict[str, Any]]:
    """A disclosure for each trained model that had a part (C2PA 2.5, `c2pa.ai-disclosure`); none where none had.

    A supervisor's brief guides what is made. That people `validated` the outcome may be said only where the record
    of their approval exists, so never when a version is first signed.
    """
    level = "human_validated" if validated else "prompt_guided"
    return [
        {
            "label": AI_ASSERTION,
            "data": {
                "contentProfile": {"humanOversightLevel": level},
                "modelIdentifier": model,
                "modelName": model,
                "modelType": "c2pa.types.model",
            },
        }
        for model in models
    ]


def _ingredient_parts(lineage: Mapping[str, Any]) -> list[Part]:
    parts = []
    for index, item in enumerate(lineage["ingredients"]):
        description = {
            "title": item["title"],
            "relationship": item["relationship"],
            "label": f"ingredient{index}",
            "format": item["media_type"],
            "description": f"{item['role']}, sha256 {item['sha256']}",
        }
        if item["source_type"]:
            description["digital_source_type"] = IPTC + item["source_type"]
        parts.append(Part(description, "application/octet-stream", canonical_json(item)))
    return parts


def _take_parts(lineage: Mapping[str, Any]) -> list[Part]:
    parts = []
    for index, take in enumerate(lineage["takes"]):
        description = {
            "title": take["name"],
            "relationship": str(Relationship.COMPONENT),
            "label": f"take{index}",
            "format": "application/json",
            "description": f"{take['engine']} {take['engine_version']}, sha256 {canonical_sha256(take)}",
            "digital_source_type": IPTC + take["source_type"],
        }
        parts.append(Part(description, "application/octet-stream", canonical_json(take)))
    return parts


def _actions(lineage: Mapping[str, Any], parts: tuple[Part, ...], suffix: str) -> dict[str, Any]:
    by_kind: dict[str, list[str]] = {"parentOf": [], "componentOf": [], "inputTo": []}
    for part in parts:
        by_kind[part.description["relationship"]].append(part.description["label"])
    source_type, when = IPTC + lineage["source_type"], lineage["created"]
    first: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": source_type, "when": when}
    if by_kind["parentOf"]:
        first = {"action": "c2pa.opened", "parameters": {"ingredientIds": by_kind["parentOf"]}, "when": when}
    first["softwareAgent"] = CLAIM_GENERATOR
    takes = {f"take{index}": take for index, take in enumerate(lineage["takes"])}
    placed = [_placed(label, takes.get(label), when) for label in by_kind["componentOf"]]
    edited: dict[str, Any] = {
        "action": "c2pa.edited",
        "description": lineage["description"] or f"{lineage['department']} composited over the plate",
        "digitalSourceType": source_type,
        "softwareAgent": CLAIM_GENERATOR,
        "when": when,
    }
    if by_kind["inputTo"]:
        edited["parameters"] = {"ingredientIds": by_kind["inputTo"]}
    return {"actions": [first, *placed, edited, *_shown(suffix, when)], "allActionsIncluded": True}


def _placed(label: str, take: Mapping[str, Any] | None, when: str) -> dict[str, Any]:
    action: dict[str, Any] = {"action": "c2pa.placed", "parameters": {"ingredientIds": [label]}, "when": when}
    if take is not None:
        action["digitalSourceType"] = IPTC + take["source_type"]
        action["softwareAgent"] = {"name": take["engine"], "version": take["engine_version"]}
    return action


def _shown(suffix: str, when: str) -> list[dict[str, Any]]:
    """What was done so that people can look at it."""
    if suffix not in MOVIES | STILLS:
        return []
    grade = {
        "action": "c2pa.adjustedColor",
        "description": "from the scene-linear working space to a display",
        "digitalSourceType": IPTC + "algorithmicallyEnhanced",
    }
    text = {
        "action": "c2pa.addedText",
        "description": "slate, burn-ins or captions for review",
        "digitalSourceType": IPTC + "dataDrivenMedia",
    }
    last = {"action": "c2pa.transcoded" if suffix in MOVIES else "c2pa.resized.proportional"}
    return [{**action, "softwareAgent": CLAIM_GENERATOR, "when": when} for action in (grade, text, last)]
