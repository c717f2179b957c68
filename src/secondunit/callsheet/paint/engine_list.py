"""Which engines are installed, what they learned from, and the settings a person may give them."""

from __future__ import annotations

from typing import Any

from secondunit.engines.door import engines
from secondunit.slate.rights_records import TrainingData

LEARNING = ("keyframe", "auto")  # of ours, those that train a network on the plate and the keys


def engine_list() -> list[dict[str, Any]]:
    """Every engine as plain JSON. Raises `BadInput` for one that does not keep the contract."""
    rows = []
    for name, made in engines().items():
        fields = made.Settings.model_fields
        rows.append(
            {
                "name": name,
                "version": made.version,
                "says": _says(name, made.card.training_data),
                "card": {"tool_id": made.card.tool_id, "training_data": str(made.card.training_data)},
                "settings": {
                    setting: f"{field.get_default(call_default_factory=True)!r}"
                    + (f"  {field.description}" if field.description else "")
                    for setting, field in fields.items()
                },
            }
        )
    return rows


def _says(name: str, data: TrainingData) -> str:
    if name in LEARNING:
        return "has learned nothing; trains on the shot's own frames and on nothing else"
    return "has learned nothing" if data is TrainingData.NONE else f"learned from {data} data"
