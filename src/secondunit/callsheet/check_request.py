"""What would the gate say? A request file is asked without running anything."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from secondunit.callsheet.clock import today
from secondunit.callsheet.records_now import records_now
from secondunit.rights.gate import gate
from secondunit.rights.written.marked_text import MAX_BYTES
from secondunit.rights.written.request_file import read_request
from secondunit.slate.clearance import Clearance
from secondunit.slate.naming import ShotName
from secondunit.slate.request import PlateUse, Request
from secondunit.store.plain_file import text_of
from secondunit.store.show_folder import Store


def request_of(store: Store, file: Path) -> Request:
    """The request that a file asks, of the shot's plates. Raises `BadRecord`, `BadInput`."""
    asked = read_request(file, text_of(file, MAX_BYTES))
    name = ShotName.parse(asked.shot)
    plates = [store.plate(name, label) for label in asked.plates] or [store.plate(name)]
    uses = tuple(PlateUse(plate.label, plate.source_sha256) for plate in plates)
    frames = plates[0].frames
    # Whatever comes out of here is signed and carries a mark.
    facts = (("marked", "yes"), ("watermarked", "yes"))
    return asked.request(uses, frames, float(len(frames) / plates[0].rate), facts)


def check_request(store: Store, file: Path, day: dt.date | None = None) -> tuple[dict[str, Any], list[str]]:
    """The gate's answer as plain JSON and as lines for a person. Raises `NotCleared` unless it is cleared."""
    request = request_of(store, file)
    answer = gate(request, records_now(store), day or today())
    if not isinstance(answer, Clearance):
        raise answer.error()
    return answer.to_dict(), ["cleared", *_lines(answer)]


def _lines(answer: Clearance) -> list[str]:
    said = [f"  {basis.sentence} ({basis.rule})" for basis in answer.basis]
    return said + [f"  owed: {obligation.sentence} ({obligation.rule})" for obligation in answer.obligations]
