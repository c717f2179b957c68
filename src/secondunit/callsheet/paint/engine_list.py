"""Which engines are installed, what they learned from, and the settings a person may give them."""

from __future__ import annotations

from typing import Any

from secondunit.engines.door import engines
from secondunit.slate.rights_records import TrainingData

_LEARNED = {
    TrainingData.NONE: "learned from nothing",
    TrainingData.OWNED: "learns from the show's own frames only",
}


def engine_list() -> list[dict[str, Any]]:
    """Every engine as plain JSON. Raises `BadInput` for one that does not keep the contract."""
    rows = []
    for name, made in engines().items():
        fields = made.Settings.model_fields
        rows.append(
            {
                "name": name,
                "version": made.version,
                "says": _LEARNED.get(made.card.training_data, f"learned from {made.card.training_data} data"),
                "card": {"tool_id": made.card.tool_id, "training_data": str(made.card.training_data)},
                "settings": {
                    setting: f"{field.default!r}" + (f"  {field.description}" if field.description else "")
                    for setting, field in fields.items()
                },
            }
        )
    return rows
