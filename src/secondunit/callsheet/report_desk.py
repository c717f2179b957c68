"""The disclosure report at a person's desk: on a show, a shot or a version, written as JSON, HTML and PDF."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secondunit.callsheet.bearing_lines import bearing_on, hidden_names
from secondunit.callsheet.clock import today
from secondunit.callsheet.deliver import final_request
from secondunit.callsheet.records_now import records_now
from secondunit.callsheet.report_pictures import report_pictures
from secondunit.callsheet.version_of import find_version
from secondunit.errors import BadInput, VerificationFailed
from secondunit.media.disk import plain_disk_errors
from secondunit.provenance.frame_list import FRAME_LIST, read_list
from secondunit.provenance.lineage import LINEAGE_FILE, read_lineage
from secondunit.provenance.report.report import report_of, shot_report
from secondunit.provenance.report.report_facts import ShotFacts
from secondunit.provenance.report.report_html import html_report
from secondunit.provenance.report.report_pdf import pdf_report
from secondunit.provenance.report.report_words import Hidden
from secondunit.rights.gate import gate
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.projection import project
from secondunit.rights.records import Records
from secondunit.slate.entry import Entry
from secondunit.slate.version_line import VersionLine
from secondunit.store.atomic import rename_in
from secondunit.store.records import VersionRecord
from secondunit.store.show_folder import Store, open_show

Answer = tuple[dict[str, Any], list[str]]
JSON, HTML, PDF = "report.json", "report.html", "report.pdf"
_SET = re.compile(r"^(?P<key>[A-Za-z_0-9]+)\s*=\s*\S(?P<rest>.*)$")
# What the program always marks when it writes it, so that a value without its mark is a person's.
_SIZES = frozenset({"width", "depth", "height", "radius", "turn", "storeys"})
_BY_PERSON: dict[str, frozenset[str]] = {
    "plate": frozenset({"outline"}),
    "camera": frozenset({"focal", "position", "yaw", "pitch", "roll", "eye_height", "k1"}),
    "sun": frozenset({"azimuth", "elevation", "sun_to_sky", "softness_deg", "sky_colour"}),
    "ground": frozenset({"slope_x", "slope_y"}),
    "shot": frozenset({"fail_at", "start", "front_speed", "dust", "fragments", "seed", "width", "frames"}),
    "block": _SIZES,
    "corner": frozenset({"image"}),
    "line": frozenset({"image"}),
    "holdout": frozenset({"polygon"}),
    "matte": frozenset({"add", "cut"}),
}
_TABLE = re.compile(r"^\[+(?P<name>[A-Za-z_0-9.]+)\]+")


def report(show: Path, what: str | None = None, *, to: Path | None = None) -> Answer:
    """Write the report on a version, or on the latest version of every department of a shot or of the show.

    `to` is a new folder, by default `reports/…` in the show. Raises `BadInput`, `VerificationFailed`.
    """
    store = open_show(show)
    try:
        versions = _meant(store, what)
        on_record = OnRecord.of(store)
        facts = [shot_facts(store, version, on_record) for version in versions]
        shots = [shot_report(one) for one in facts]
        pictures = {v.subject: report_pictures(store.root / r.folder) for v, r in _named(facts, versions)}
        made = report_of(store.show.name, store.show.code, shots, today())
        name = shots[0]["subject"].replace(" ", "_") if len(shots) == 1 else store.show.code
        place = to or store.root / "reports" / f"{name}_{len(on_record.entries):06d}"
        write_report(place, made, pictures)
    finally:
        store.close()
    lines = [f"report on {len(shots)} version{'' if len(shots) == 1 else 's'} in {place}"]
    lines += [f"  {shot['subject']}: {shot['answer']['answer']} as a final" for shot in shots]
    return {"folder": str(place), "report": made}, lines


def write_report(place: Path, made: dict[str, Any], pictures: dict[str, dict[str, bytes]]) -> None:
    """The three files into a new folder, all or none. Raises `BadInput`, `EngineFailed` on a full disk."""
    if place.exists():
        raise BadInput(f"`{place}` exists already", hint="name another folder with `--to`")
    files = draw_report(made, pictures)
    with plain_disk_errors(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".partial", dir=place.parent))
        try:
            beside.chmod(0o755)
            for name, data in files.items():
                (beside / name).write_bytes(data)
            rename_in(beside, place)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def draw_report(made: dict[str, Any], pictures: dict[str, dict[str, bytes]]) -> dict[str, bytes]:
    """The report's files by name."""
    return {
        JSON: json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False, default=str).encode(),
        HTML: html_report(made, pictures).encode(),
        PDF: pdf_report(made, pictures),
    }


@dataclass(frozen=True)
class OnRecord:
    """All that a show's ledger says at one moment, read once for any number of versions."""

    entries: Sequence[Entry]
    known: Ledgered
    records: Records
    hidden: Hidden

    @classmethod
    def of(cls, store: Store) -> OnRecord:
        """As it is now. Raises `VerificationFailed` for a ledger that was tampered with."""
        entries = store.lines()
        known = project(entries)
        return cls(entries, known, records_now(store), hidden_names(known))


def shot_facts(store: Store, version: VersionRecord, on_record: OnRecord) -> ShotFacts:
    """All that a report on a version is made from. Raises `BadInput` for a version without its line in the ledger."""
    line, folder = version_line(version, on_record.entries), store.root / version.folder
    request = final_request(line)
    _, files = read_list(folder / FRAME_LIST)
    return ShotFacts(
        line=line,
        entries=bearing_on(line, on_record.entries),
        lineage=read_lineage(folder / LINEAGE_FILE),
        n_files=len(files),
        n_bytes=sum(file.n_bytes for file in files.values()),
        checks=version.details.get("checks", ()),
        direction=_direction(folder / "building.toml"),
        request=request,
        answer=gate(request, on_record.records, today()),
        records=on_record.records,
        known=on_record.known,
        today=today(),
        hidden=on_record.hidden,
    )


def version_line(version: VersionRecord, entries: Sequence[Entry]) -> VersionLine:
    """The ledger's line of a version, among lines that were read. Raises `BadInput`."""
    subject = f"{version.shot} {version.department} {version.label}"
    found = [entry for entry in entries if entry.kind == "version" and entry.subject == subject]
    if not found:
        raise BadInput(
            f"the ledger holds no line of {subject}", hint="it was made by an older Second Unit: make it again"
        )
    return VersionLine.from_dict(found[-1].body)


def _named(facts: list[ShotFacts], versions: list[VersionRecord]) -> list[tuple[VersionLine, VersionRecord]]:
    return [(one.line, version) for one, version in zip(facts, versions, strict=True)]


def _meant(store: Store, what: str | None) -> list[VersionRecord]:
    """The version that is named, or the latest of each department of a shot or of every shot."""
    versions = store.versions()
    if what is not None and not any(str(v.shot) == what.strip() for v in versions):
        return [find_version(store, what)]
    latest = {(str(v.shot), v.department): v for v in versions if what is None or str(v.shot) == what.strip()}
    if not latest:
        raise BadInput("the show has no version to report on", hint="make one first")
    return [latest[key] for key in sorted(latest)]


def _direction(path: Path) -> dict[str, list[str]]:
    """Which values of a building file a person set, and how many the program proposed (it marks its own)."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise VerificationFailed(f"`{path}` cannot be read", hint="restore the version") from None
    table, by_person, proposed = "", set(), 0
    for row in text.splitlines():
        if named := _TABLE.match(row):
            table = named["name"]
        elif value := _SET.match(row):
            if "# proposed" in value["rest"]:
                proposed += 1
            elif value["key"] in _BY_PERSON.get(table, frozenset()):
                by_person.add(f"{table}.{value['key']}")
    return {
        "values of the building file that a person set": sorted(by_person),
        "values that the program proposed and nobody changed": [str(proposed)],
    }
