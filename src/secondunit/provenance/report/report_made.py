"""What a version was made of and by what: takes, sources, tools and models with what they learned from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from secondunit.provenance.report.report_facts import ShotFacts
from secondunit.provenance.report.report_words import kind_in_words, learned_in_words
from secondunit.slate.rights_records import TrainingData


def take_row(take: Mapping[str, Any]) -> dict[str, Any]:
    """One run of an engine."""
    return {
        "engine": take["engine"],
        "engine_version": take["engine_version"],
        "kind": kind_in_words(take["source_type"]),
        "models": list(take["models"]),
        "name": take["name"],
        "seed": take["seed"],
        "settings": dict(take["settings"]),
        "sha256": take["sha256"],
    }


def source_row(item: Mapping[str, Any]) -> dict[str, Any]:
    """One thing that went in, with its owner and licence."""
    kind = kind_in_words(item["source_type"]) if item["source_type"] else ""
    keys = ("title", "role", "relationship", "owner", "licence", "sha256")
    return {key: item[key] for key in keys} | {"kind": kind, "files": len(item["files"])}


def model_rows(facts: ShotFacts) -> Iterator[dict[str, Any]]:
    """Every tool that had a part; a model with what it learned from."""
    for step in facts.line.request.steps:
        card = facts.records.tool(step.tool_id, step.version, step.weights_sha256)
        if card is None:
            yield {
                "tool": step.tool_id,
                "version": step.version,
                "on_record": False,
                "trained": None,
                "datasets": [],
            }
            continue
        yield {
            "datasets": [_dataset(facts, name) for name in card.dataset_ids],
            "enterprise_secured": card.enterprise_secured,
            "learned_from": list(card.learned_from),
            "on_record": True,
            "quarantined": card.quarantined,
            "retains_inputs": card.retains_inputs,
            "tool": card.tool_id,
            "trained": card.training_data is not TrainingData.NONE,
            "training_data": learned_in_words(card.training_data),
            "trains_on_inputs": card.trains_on_inputs,
            "version": card.version,
            "weights_sha256": card.weights_sha256,
        }


def _dataset(facts: ShotFacts, name: str) -> dict[str, Any]:
    asset = facts.known.assets.get(name)
    if asset is None:
        return {"id": name, "on_record": False}
    return {
        "basis": None if asset.basis is None else str(asset.basis),
        "holder": asset.rights_holder,
        "id": name,
        "licence": asset.licence,
        "on_record": True,
        "opted_out": asset.opted_out,
        "people": list(asset.persons),
    }
