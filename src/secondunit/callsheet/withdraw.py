"""A consent is withdrawn: everything that came from it, what is already out, what the grant says must happen.

First looked at (`reach_of`), then done (`withdraw_consent`): the consent is revoked, models that learned from the
person are taken out of use, and the notices to send are written. That nothing of it is delivered any more needs no
list: the gate asks the consent each time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from secondunit.callsheet.deliver import DELIVERY
from secondunit.callsheet.records_now import ledgered
from secondunit.callsheet.rights_desk import change_records, day_begun, day_of, opened
from secondunit.callsheet.version_lines import VERSION
from secondunit.callsheet.version_of import subject_of
from secondunit.provenance.lineage import LINEAGE_FILE
from secondunit.rights.on_record import withdrawal
from secondunit.rights.on_record.filing import find_consent
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.projection import project
from secondunit.rights.on_record.record_kinds import Record
from secondunit.slate.consent import Consent
from secondunit.slate.rights_records import StandingEvent, ToolCard
from secondunit.slate.version_line import VersionLine
from secondunit.store.atomic import write_text
from secondunit.store.chain import entry_table, read_line
from secondunit.store.show_folder import Store

NOTICES = "notices"


@dataclass(frozen=True)
class Reach:
    """What one consent has gone into. `takes` are the cached pieces that the versions were put together from."""

    consent: Consent
    versions: tuple[VersionLine, ...]
    deliveries: tuple[dict[str, Any], ...]
    models: tuple[ToolCard, ...]
    takes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        out = {str(d["version"]) for d in self.deliveries}
        return {
            "consent": self.consent.consent_id,
            "person": self.consent.subject.person_id,
            "effect": str(self.consent.revocation.effect),
            "notice_days": self.consent.revocation.notice_days,
            "versions": [{"version": v.subject, "released": v.subject in out} for v in self.versions],
            "deliveries": list(self.deliveries),
            "models": [
                {"tool": m.tool_id, "version": m.version, "weights": m.weights_sha256} for m in self.models
            ],
            "takes": list(self.takes),
        }


def reach_of(store: Store, consent_id: str) -> Reach:
    """Everything on record that rests on a consent. Raises `BadInput` for one that is not on record."""
    # Only the lines it is about, each checked by itself: a show may hold a hundred thousand versions.
    kinds = ("consent", "person", "standing", "tool_card")
    lines = sorted((line for kind in kinds for line in store.lines(kind)), key=lambda line: line.number)
    written = project(lines)
    consent = find_consent(written, consent_id)
    versions = tuple(_versions(store, consent_id))
    deliveries = tuple(_deliveries(store, {v.subject for v in versions}))
    models = tuple(_models(written, consent))
    return Reach(consent, versions, deliveries, models, tuple(sorted(_takes(store, versions))))


def withdraw_consent(
    show: Path, consent_id: str, *, by: str, reason: str, on: str | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """Withdraw a consent, or with `dry_run` only tell what that reaches; returns what `--json` prints.

    Raises `BadInput` when it cannot be withdrawn or was already; of two who withdraw at once, for the second.
    """
    day = None if on is None else day_of(on)
    found: list[withdrawal.Withdrawal] = []
    with opened(show) as store:
        reach = reach_of(store, consent_id)

        def written(known: Ledgered) -> list[Record]:
            found.append(withdrawal.revoke(known, consent_id, by=by, reason=reason, today=day_begun(), on=day))
            return [found[-1].event, *(replace(model, quarantined=True) for model in reach.models)]

        lines: list[int] = []
        if dry_run:
            written(ledgered(store))
        else:
            lines = [entry.number for entry in change_records(store, written, author=by)]
        event = found[-1].event
        notices = [] if dry_run else [str(path) for path in _write_notices(store, reach, event)]
    return reach.to_dict() | {
        "by": event.by,
        "dry_run": dry_run,
        "lines": lines,
        "means": found[-1].effect,
        "notes": list(found[-1].notes),
        "notices": notices,
        "on": event.on.isoformat(),
        "reason": event.reason,
    }


def _versions(store: Store, consent_id: str) -> Iterator[VersionLine]:
    needle = f'"consent_id":{json.dumps(consent_id)}'
    for body in _lines_with(store, VERSION, needle):
        line = VersionLine.from_dict(body)
        if any(use.consent_id == consent_id for use in line.consents):
            yield line


def _deliveries(store: Store, versions: set[str]) -> Iterator[dict[str, Any]]:
    for entry in store.lines(DELIVERY):
        if entry.subject in versions:
            at = entry.at.date().isoformat()
            yield {"version": entry.subject, "to": entry.body["to"], "folder": entry.body["folder"], "on": at}


def _models(written: Ledgered, consent: Consent) -> Iterator[ToolCard]:
    """Models that learned from the person under this consent: with no other that allows it, they may not be used."""
    person = consent.subject.person_id
    others = [
        c for c in written.consents.values()
        if c.subject.person_id == person and c.consent_id != consent.consent_id and c.training.allowed
    ]  # fmt: skip
    for card in written.tools:
        covered = any(set(card.dataset_ids) <= set(other.training.dataset_ids) for other in others)
        if person in card.learned_from and not covered and not card.quarantined:
            yield card


def _takes(store: Store, versions: tuple[VersionLine, ...]) -> set[str]:
    found: set[str] = set()
    known = {subject_of(v): v.folder for v in store.versions()}
    for line in versions:
        folder = known.get(line.subject)
        if folder is None:
            continue
        try:
            lineage = json.loads((store.root / folder / LINEAGE_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        for take in lineage.get("takes", ()):
            found.update(key for key in str(take.get("sha256", "")).split(",") if key)
    return found


def _lines_with(store: Store, kind: str, needle: str) -> Iterator[dict[str, Any]]:
    """The bodies of the lines of a kind whose text holds some words: found by the database, then each one checked."""
    wanted = sa.select(entry_table).where(
        entry_table.c.kind == kind, entry_table.c.canonical.contains(needle, autoescape=True)
    )
    with store.ledger.read() as connection:
        for row in connection.execute(wanted.order_by(entry_table.c.number)).mappings():
            yield dict(read_line(row, signed=True).body)


def _write_notices(store: Store, reach: Reach, event: StandingEvent) -> Iterator[Path]:
    consent, effect = reach.consent, reach.consent.revocation.effect
    folder = store.path(f"{NOTICES}/{consent.consent_id}")
    folder.mkdir(parents=True, exist_ok=True)
    receivers: dict[str, list[str]] = {}
    for delivery in reach.deliveries:
        receivers.setdefault(str(delivery["to"]), []).append(
            f"{delivery['version']}, delivered on {delivery['on']}"
        )
    receivers.setdefault("the production", []).extend(v.subject for v in reach.versions)
    for number, (to, what) in enumerate(sorted(receivers.items()), 1):
        path = folder / f"notice_{number:02d}.md"
        models = [f"- model {m.tool_id} {m.version}: taken out of use" for m in reach.models]
        text = [
            f"To: {to}",
            f"Consent {consent.consent_id} v{consent.version} ends on {event.on}.",
            f"Withdrawn by {event.by}" + (f": {event.reason}." if event.reason else "."),
            "",
            f"Under its terms, {withdrawal.EFFECTS[effect]}.",
            "",
            "This concerns:",
            *(f"- {item}" for item in what),
            *models,
        ]
        write_text(path, "\n".join(text) + "\n")
        yield path
