"""A supervisor's order for one shot, cleared, as a worker carries it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import secondunit
from secondunit.callsheet.clock import today
from secondunit.callsheet.records_now import records_now
from secondunit.errors import NotCleared
from secondunit.rights.gate import gate, recheck
from secondunit.slate.clearance import Clearance
from secondunit.slate.plate import Plate
from secondunit.slate.request import Request, Step
from secondunit.store.show_folder import Store, open_show


@dataclass(frozen=True)
class Order:
    """What was asked, where, and the clearance it has. Picklable: it travels to workers."""

    show: Path
    request: Request
    clearance: Clearance

    def still_cleared(self) -> None:
        """Ask the gate again with the records of this moment; raises `NotCleared`."""
        store = open_show(self.show)
        try:
            recheck(self.clearance, self.request, records_now(store), today())
        finally:
            store.close()


def clear_order(
    store: Store,
    plate: Plate,
    *,
    department: str,
    use: str = "vfx",
    steps: Sequence[Step] = (),
    facts: Sequence[tuple[str, str]] = (),
) -> Order:
    """Ask the gate for one plate; raises `NotCleared` with every reason, or with whose approval is missing.

    `steps` are the tools that will have a part, `facts` what the department knows of its own work.
    """
    request = replace(
        Request.for_plates(
            plate.shot,
            department=department,
            engine=f"{department} {secondunit.__version__}",
            use=use,
            plates=[plate],
            frames=plate.frames,
        ),
        steps=tuple(steps),
        facts=tuple(facts),
    )
    return clear_request(store, request)


def clear_request(store: Store, request: Request) -> Order:
    """Ask the gate; raises `NotCleared` with every reason, or with whose approval is missing."""
    answer = gate(request, records_now(store), today())
    if not isinstance(answer, Clearance):
        error: NotCleared = answer.error()
        raise error
    return Order(store.root, request, answer)


def work_cleared(folder: Path, order: Order, work: Callable[..., None], *arguments: Any) -> None:
    """What every worker runs: the clearance is asked again, then the department is called with it."""
    order.still_cleared()
    work(folder, order.clearance, *arguments)


@cache
def code_version(*rooms: str) -> str:
    """A hash of the source of rooms or files: an engine that changed makes new takes, never mixes with old ones."""
    root = Path(secondunit.__file__).parent
    digest = hashlib.sha256()
    for room in rooms:
        place = root / room
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
