"""The evidence bundle of a version, gathered from the show: one ZIP that anybody can check without it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from secondunit.callsheet.bearing_lines import open_and_sealed
from secondunit.callsheet.clock import today
from secondunit.callsheet.evidence_readme import readme
from secondunit.callsheet.report_desk import OnRecord, draw_report, shot_facts
from secondunit.callsheet.report_pictures import report_pictures
from secondunit.callsheet.version_of import content_sha256, find_version
from secondunit.errors import BadInput
from secondunit.media.disk import plain_disk_errors
from secondunit.provenance.certificate_chain import chain_in
from secondunit.provenance.checkpoint import sign_checkpoint
from secondunit.provenance.credentials import can_embed, read_embedded, read_sidecar
from secondunit.provenance.evidence import evidence as names
from secondunit.provenance.evidence.evidence import LINES_SCHEMA, pack_evidence
from secondunit.provenance.evidence.evidence_ledger import DELIVERY
from secondunit.provenance.evidence.sealed_lines import seal
from secondunit.provenance.frame_list import FRAME_LIST, SIDECAR
from secondunit.provenance.ledger_proof import prove_entries
from secondunit.provenance.lineage import LINEAGE_FILE
from secondunit.provenance.report.report import report_of, shot_report
from secondunit.provenance.report.report_facts import ShotFacts
from secondunit.provenance.report.report_words import Hidden
from secondunit.provenance.timestamp import Transport, http_transport, request_timestamp
from secondunit.provenance.verify import verify
from secondunit.rights.policies.policy import Policy
from secondunit.slate.canonical import canonical_json
from secondunit.slate.version_line import VersionLine
from secondunit.store.atomic import write_bytes
from secondunit.store.chain_verify import verify_ledger
from secondunit.store.show_folder import Store, open_show

Answer = tuple[dict[str, Any], list[str]]
FOLDER = "evidence"
# Made from what is signed already, or by the signature itself: what they name was named before.
_SIGNED_BEFORE = (
    FRAME_LIST,
    SIDECAR,
    LINEAGE_FILE,
    names.CREDENTIALS,
    names.CHAIN,
    ".jpg",
    ".pdf",
    ".c2pa",
    ".tsr",
)


def write_evidence(
    show: Path, what: str, *, to: Path | None = None, tsa: str | None = None, at: dt.datetime | None = None
) -> Answer:
    """Write the bundle of a version to a new file, by default in the show's `evidence/`.

    `tsa` is the address of a time stamp authority, by default `SECONDUNIT_TSA`. Raises `BadInput` (no such version,
    a file that exists, an authority that does not answer), `VerificationFailed` for a version or ledger that is not
    what was signed.
    """
    url = os.environ.get("SECONDUNIT_TSA", "") if tsa is None else tsa
    transport = http_transport(url) if url else None
    store = open_show(show)
    try:
        subject, data, warnings = gather(store, what, at=at or dt.datetime.now(dt.UTC), transport=transport)
        place = to or store.root / FOLDER / f"{subject.replace(' ', '_')}_evidence.zip"
        if place.exists():
            raise BadInput(f"`{place}` exists already", hint="name another file with `--to`")
        with plain_disk_errors(place.parent):
            place.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(place, data)
    finally:
        store.close()
    stamped = f"time-stamped by {url}" if url else "without a time stamp: `--tsa URL` asks an authority for one"
    answer = {
        "file": str(place),
        "subject": subject,
        "bytes": len(data),
        "tsa": url or None,
        "warnings": warnings,
    }
    lines = [f"evidence of {subject} in {place}", stamped, *(f"warning: {warning}" for warning in warnings)]
    return answer, lines


def gather(
    store: Store, what: str, *, at: dt.datetime, transport: Transport | None = None
) -> tuple[str, bytes, list[str]]:
    """(subject, the bundle's bytes, warnings). The same show and time give the same bytes, but for a time stamp.

    Raises like `write_evidence`.
    """
    version = find_version(store, what)
    folder = store.root / version.folder
    verify(folder).raise_if_failed()
    facts = shot_facts(store, version, OnRecord.of(store))
    if content_sha256(folder) != facts.line.content_sha256:
        raise BadInput(
            f"{facts.line.subject} is not the version that the ledger knows", hint="make a new version"
        )
    hidden = facts.hidden
    parts = _of_version(folder) | _policies(store, facts.records.policies) | _report(store, facts, folder)
    parts |= _approved(store, facts)
    parts |= _ledger(store, facts, hidden, at=at, transport=transport)
    parts[names.README] = readme(facts.line, sorted(parts), at=at).encode()
    _nothing_private(parts, hidden)
    data = pack_evidence(
        parts,
        show=store.show.code,
        subject=facts.line.subject,
        content_sha256=facts.line.content_sha256,
        signer=store.signer(),
        at=at,
    )
    return facts.line.subject, data, _warnings(parts, hidden, facts.line)


def _of_version(folder: Path) -> dict[str, bytes]:
    sealed = read_sidecar(folder / FRAME_LIST, folder / SIDECAR, "")
    parts = {name: (folder / name).read_bytes() for name in (FRAME_LIST, SIDECAR, LINEAGE_FILE)}
    parts |= {
        name: (folder / name).read_bytes() for name in ("checks.json", "contact.jpg") if (folder / name).is_file()
    }
    parts[names.CHAIN] = chain_in(parts[SIDECAR], sealed.serial).encode()
    for path in sorted(folder.iterdir()):
        if can_embed(path) and path.is_file():
            store = read_embedded(path, "").store
            parts[f"{names.CREDENTIALS}{path.name}.json"] = _text(store)
    return parts


def _policies(store: Store, policies: tuple[Policy, ...]) -> dict[str, bytes]:
    """The text of every policy that counts, found by its hash."""
    shipped = Path(str(files("secondunit.rights"))) / "policies"
    wanted = {policy.sha256: policy.id for policy in policies}
    found = {}
    for path in (*shipped.glob("*.toml"), *(store.root / "policies").glob("*.toml")):
        text = path.read_bytes()
        if (name := wanted.get(hashlib.sha256(text).hexdigest())) is not None:
            found[f"{names.POLICIES}{name}.toml"] = text
    return found


def _report(store: Store, facts: ShotFacts, folder: Path) -> dict[str, bytes]:
    made = report_of(store.show.name, store.show.code, [shot_report(facts, outside=True)], today())
    drawn = draw_report(made, {facts.line.subject: report_pictures(folder)})
    return {f"report/{name}": data for name, data in drawn.items()}


def _approved(store: Store, facts: ShotFacts) -> dict[str, bytes]:
    """The credentials that the last delivery made over the approvals: signed once, so a bundle has the same bytes."""
    for entry in reversed(facts.entries):
        if entry.kind != DELIVERY:
            continue
        path = store.path(str(entry.body.get("folder", ""))) / names.APPROVAL
        if path.is_file():
            return {names.APPROVAL: path.read_bytes()}
    return {}


def _ledger(
    store: Store, facts: ShotFacts, hidden: Hidden, *, at: dt.datetime, transport: Transport | None
) -> dict[str, bytes]:
    with store.ledger.read() as connection:
        chain = verify_ledger(connection)
        root = sign_checkpoint(chain, show=store.show, signer=store.signer(), at=at).to_bytes()
        proofs = prove_entries(connection, chain, [entry.number for entry in facts.entries])
    shown: dict[str, list[Any]] = {"open": [], "sealed": []}
    told = open_and_sealed(facts.entries, facts.line, hidden)
    for (entry, said), proof in zip(told, proofs, strict=True):
        if said is None:
            shown["open"].append(proof.to_dict())
        else:
            shown["sealed"].append(seal(entry, proof, said).to_dict())
    parts = {names.ROOT: root, names.LINES: canonical_json({"schema": LINES_SCHEMA, **shown})}
    if transport is not None:
        parts[names.STAMP] = request_timestamp(root, transport)
    return parts


def _nothing_private(parts: Mapping[str, bytes], hidden: Hidden) -> None:
    """A name that may not be told stops the bundle, wherever it came from."""
    for name, data in parts.items():
        made_here = not name.startswith(_SIGNED_BEFORE) and not name.endswith(_SIGNED_BEFORE)
        if made_here and hidden.in_text(data.decode("utf-8", "replace")):
            raise BadInput(
                f"`{name}` would tell a name that its bearer did not agree to have told",
                hint="nothing was written; report this fault, or have the consent allow the name",
            )


def _warnings(parts: Mapping[str, bytes], hidden: Hidden, line: VersionLine) -> list[str]:
    """What was signed before with more in it than should be told: it cannot be taken out any more."""
    signed = [n for n in (LINEAGE_FILE, FRAME_LIST) if hidden.in_text(parts[n].decode("utf-8", "replace"))]
    people = {use.person_id for use in line.consents} | {one.person_id for one in line.request.likenesses}
    return [
        *(f"`{name}` was signed with a name in it that its bearer did not agree to have told" for name in signed),
        *(
            f"the id `{who}` tells whose it is: give people ids that are no names"
            for who in hidden.telling(people)
        ),
    ]


def _text(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode()
