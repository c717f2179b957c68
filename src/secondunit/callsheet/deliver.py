"""An approved version leaves the house: asked for at the gate as a final, copied whole, verified, written down."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from secondunit.callsheet.approval_file import approval_credentials
from secondunit.callsheet.clock import today
from secondunit.callsheet.records_now import records_now
from secondunit.callsheet.version_of import as_signed, find_version, subject_of
from secondunit.errors import BadInput
from secondunit.media.disk import plain_disk_errors
from secondunit.provenance.approval_credentials import APPROVAL_FILE
from secondunit.provenance.frame_list import FRAME_LIST
from secondunit.provenance.verify import verify
from secondunit.rights.gate import gate
from secondunit.slate.clearance import Clearance
from secondunit.slate.consent import Stage
from secondunit.slate.naming import check_file_part
from secondunit.slate.request import Request
from secondunit.slate.version_line import VersionLine
from secondunit.store.atomic import rename_in, write_bytes, write_text
from secondunit.store.chain import Draft
from secondunit.store.finished_folders import VERSION_RECORD
from secondunit.store.show_folder import Store

FOLDER = "deliveries"
RECORD = "delivery.json"
DELIVERY = "delivery"  # the kind of its line in the ledger


def final_request(line: VersionLine, *, territories: Sequence[str] = (), media: Sequence[str] = ()) -> Request:
    """What is asked when a version is to be seen by the audience: approvals then are of its exact content."""
    return replace(
        line.request,
        stage=Stage.FINAL,
        output_sha256=line.content_sha256,
        territories=tuple(territories) or line.request.territories,
        media=tuple(media) or line.request.media,
    )


def deliver(
    store: Store,
    what: str,
    *,
    to: str,
    by: str,
    name: str | None = None,
    territories: Sequence[str] = (),
    media: Sequence[str] = (),
    day: dt.date | None = None,
) -> dict[str, Any]:
    """Deliver a version `to` somebody; returns what `--json` prints.

    Raises `NotCleared` with what is missing (approvals, a consent that was withdrawn), `VerificationFailed` when the
    version is not what was signed, `BadInput` for a preview or a name that is taken.
    """
    version = find_version(store, what)
    if version.details.get("preview"):
        subject = subject_of(version)
        raise BadInput(f"{subject} is a preview", hint="make a final: the same command without `--preview`")
    line, folder = as_signed(store, version), store.root / version.folder
    request = final_request(line, territories=territories, media=media)
    answer = gate(request, records_now(store), day or today())
    if not isinstance(answer, Clearance):
        raise answer.error()
    label = check_file_part(name or line.subject.replace(" ", "_"))
    place = store.path(f"{FOLDER}/{label}")
    if place.exists():
        raise BadInput(f"`{place}` exists already", hint="give the delivery another `--name`")
    record = {
        "clearance": answer.to_public(),
        "content_sha256": line.content_sha256,
        "ledger": None if (point := store.point()) is None else point.to_dict(),
        "delivered": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "to": to,
        "version": line.subject,
    }
    approved = approval_credentials(store, folder, line, dt.datetime.now(dt.UTC))
    _copy(folder, place, line, record, approved)
    body = {k: record[k] for k in ("content_sha256", "to", "version")} | {
        "clearance_sha256": answer.sha256,
        "folder": place.relative_to(store.root).as_posix(),
    }
    store.write_lines([Draft(DELIVERY, line.subject, body)], author=by)
    return {
        "delivery": label,
        "folder": str(place),
        "version": line.subject,
        "to": to,
        "clearance": answer.sha256,
    }


def _copy(folder: Path, place: Path, line: VersionLine, record: dict[str, Any], approved: bytes | None) -> None:
    beside = place.with_name(f".{place.name}.partial")
    with plain_disk_errors(place.parent):
        place.parent.mkdir(exist_ok=True)
        shutil.rmtree(beside, ignore_errors=True)
        try:
            # Under its own number, for that is what was signed; the store's index card names people and stays here.
            copied = beside / line.shot / line.department / line.version
            shutil.copytree(folder, copied, symlinks=True, ignore=_index_card)
            verify(copied).raise_if_failed()
            write_text(beside / RECORD, json.dumps(record, indent=1))
            if approved is not None:
                write_bytes(beside / APPROVAL_FILE, approved)
            rename_in(beside, place)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def _index_card(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == VERSION_RECORD and FRAME_LIST in names]
