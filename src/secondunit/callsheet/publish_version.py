"""Put a finished version on record: filled, signed and written down in one breath, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from secondunit.callsheet.order import Order
from secondunit.callsheet.version_lines import lines_of_version, reserve_mark
from secondunit.callsheet.who import account
from secondunit.provenance.certificates import signing_identity
from secondunit.provenance.lineage import write_lineage
from secondunit.provenance.sign import sign_version
from secondunit.slate.lineage import Lineage
from secondunit.store.in_progress import InProgress
from secondunit.store.records import VersionRecord
from secondunit.store.show_folder import Store

Fill = Callable[[InProgress, "int | None", dt.datetime], Lineage]


def publish_version(
    store: Store,
    order: Order,
    fill: Fill,
    *,
    details: Mapping[str, Any],
    tell: Callable[[str], None],
) -> VersionRecord:
    """Publish the next version of an order's shot.

    `fill(made, mark, now)` writes every file of it into `made.folder` and returns its lineage; `mark` is the number its
    movies carry, None for a preview (`details["preview"]`). The gate is asked once more before it is signed. Raises
    `NotCleared`, `EngineFailed`; whatever is raised, nothing is left.
    """
    now = dt.datetime.now(dt.UTC)
    request = order.request
    with store.next_version(request.shot, request.department) as made:
        mark = None if details["preview"] else reserve_mark(store, request, made.label, author=account())
        lineage = fill(made, mark, now)
        order.still_cleared()
        write_lineage(lineage, made.folder)
        signed = sign_version(made.folder, lineage, signing_identity(now), show=store.root)
        for warning in signed.warnings:
            tell(f"warning: {warning}")
        return store.publish_version(
            made,
            shot=request.shot,
            department=request.department,
            details=details,
            created=now,
            author=account(),
            lines=lines_of_version(made.folder, request, order.clearance, version=made.label, mark=mark or 0),
        )
