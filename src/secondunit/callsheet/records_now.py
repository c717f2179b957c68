"""What is on record at this moment, gathered for the gate: plates, the ledger's lines, policies, faces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from secondunit.callsheet.faces import faces_unnamed
from secondunit.callsheet.policies import picked_policies
from secondunit.callsheet.version_lines import VERSION
from secondunit.engines.own_cards import OWN_CARDS
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.projection import project
from secondunit.rights.records import PlateRecord, Records
from secondunit.slate.entry import Entry
from secondunit.slate.footage_licence import FootageLicence
from secondunit.slate.plate import Plate
from secondunit.store.chain import entries, head
from secondunit.store.founding import check_founding
from secondunit.store.show_folder import Store


def ledgered(store: Store) -> Ledgered:
    """The records as the show's ledger has them. Raises `VerificationFailed` when a line is not what was signed."""
    return _lines(store)[1]


def _lines(store: Store) -> tuple[tuple[Entry, ...], Ledgered]:
    """Every line and what they amount to, read and checked whole; again only when the ledger was touched.

    A worker asks before each of its chunks, and between two of them mostly nobody has written anything.
    """
    with store.ledger.read() as connection:
        end = head(connection)
    return _read(_Moment(store.root, end.hash if end else "", store.ledger.touched(), store))


@dataclass(frozen=True)
class _Moment:
    """One state of one ledger: its last line, and when its file was last written, by whomever."""

    root: Path
    end: str
    touched: tuple[int, ...]
    store: Store = field(compare=False)


@lru_cache(maxsize=1)
def _read(moment: _Moment) -> tuple[tuple[Entry, ...], Ledgered]:
    with moment.store.ledger.read() as connection:
        check_founding(connection, moment.store.show)  # it may have been swapped since the show was opened
        lines = tuple(entries(connection))
    return lines, project(lines)


def records_now(store: Store) -> Records:
    """Everything the gate may look at, now. Raises `VerificationFailed`, `BadInput` for a faulty policy."""
    lines, written = _lines(store)
    return Records(
        plates=tuple(plate_records(store.plates(), written.footage)),
        commercial=store.show.commercial,
        consents=written.consents_for_gate,
        standing=written.events,
        tools=(*OWN_CARDS, *written.tools),
        training=tuple(written.assets.values()),
        figures=tuple(written.figures.values()),
        strikes=written.strikes,
        approvers=written.approvers,
        approvals=written.approvals,
        receipts=written.receipts,
        declarations=written.declarations,
        faces=faces_unnamed(store, lines),
        made={line.body["content_sha256"]: line.at.date() for line in lines if line.kind == VERSION},
        policies=picked_policies(store.show.policies, store.root),
    )


def plate_records(plates: Iterable[Plate], licences: Iterable[FootageLicence]) -> Iterator[PlateRecord]:
    """A plate's record as its ingest left it; an owner's later terms take the place of what they said first."""
    later: dict[str, list[FootageLicence]] = {}
    for licence in licences:
        later.setdefault(licence.source_sha256, []).append(licence)
    for plate in plates:
        said = later.get(plate.source_sha256, [])
        if not any(licence.owner == plate.owner for licence in said):
            yield PlateRecord.of(plate)
        for licence in said:
            yield PlateRecord(
                plate.label, plate.source_sha256, licence.owner, licence.terms, licence.uses, licence.revoked
            )
