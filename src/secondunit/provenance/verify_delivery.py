"""Bundles and deliveries: what leaves the house, judged where nobody has ever seen the show."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from secondunit.errors import SecondUnitError, VerificationFailed
from secondunit.provenance.approval_credentials import APPROVAL_FILE, APPROVALS_ASSERTION
from secondunit.provenance.credentials import State, in_plain_words, read_bytes
from secondunit.provenance.evidence.evidence import MANIFEST, read_contents
from secondunit.provenance.evidence.evidence_check import judge_evidence
from secondunit.provenance.evidence.evidence_zip import read_zip
from secondunit.provenance.frame_list import FRAME_LIST
from secondunit.provenance.verdict import Finding, Verdict
from secondunit.store.plain_file import text_of

DELIVERY_RECORD = "delivery.json"
BUNDLES = ".zip"
_RECORD_BYTES = 1 << 22


def verify_bundle(path: Path, anchors: str, keys: Collection[str]) -> Verdict:
    """The verdict on a bundle. Never raises for what it finds; `BadInput` for a file that cannot be read."""
    return _verified(path, anchors, keys)[0]


def bundles_in(folder: Path) -> list[Path]:
    """The bundles that lie in a delivery beside its version."""
    if not is_delivery(folder):
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == BUNDLES and path.is_file())


def is_delivery(folder: Path) -> bool:
    """Whether a folder is a delivery."""
    return (folder / DELIVERY_RECORD).is_file()


def verify_delivery(
    folder: Path, versions: Sequence[Path], anchors: str, keys: Collection[str]
) -> tuple[list[Verdict], list[Finding]]:
    """The verdicts on the bundles in a delivery and on the approvals beside it, and what does not fit together."""
    contents = {hashlib.sha256(_bytes(v / FRAME_LIST)).hexdigest(): v for v in versions}
    findings = list(_record_findings(folder, contents))
    verdicts = []
    for path in bundles_in(folder):
        verdict, content = _verified(path, anchors, keys)
        verdicts.append(verdict)
        if content and content not in contents:
            findings.append(
                Finding("delivery", f"`{path.name}` is the evidence of something that is not here", path.name)
            )
    if (folder / APPROVAL_FILE).is_file():
        verdicts.append(_approved(folder / APPROVAL_FILE, versions, anchors))
    return verdicts, findings


def _verified(path: Path, anchors: str, keys: Collection[str]) -> tuple[Verdict, str]:
    """The verdict, and the hash of the content that the bundle says it is about."""
    try:
        parts = read_zip(path)
    except VerificationFailed as error:
        findings = tuple(Finding("broken", sentence, path.name) for sentence in error.findings)
        return Verdict(str(path), State.BROKEN, findings, n_files=1, n_bytes=path.stat().st_size), ""
    verdict = judge_evidence(parts, path=str(path), anchors=anchors, keys=keys)
    try:
        return verdict, read_contents(parts.get(MANIFEST, b"")).content_sha256
    except SecondUnitError:
        return verdict, ""


def delivery_record(folder: Path) -> dict[str, Any] | None:
    """What a delivery says of itself, None where that cannot be read."""
    try:
        record = json.loads(text_of(folder / DELIVERY_RECORD, _RECORD_BYTES))
    except (SecondUnitError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _record_findings(folder: Path, contents: dict[str, Path]) -> Iterator[Finding]:
    said = (delivery_record(folder) or {}).get("content_sha256")
    if not isinstance(said, str):
        yield Finding("delivery", f"`{DELIVERY_RECORD}` cannot be read", DELIVERY_RECORD)
    elif said not in contents:
        yield Finding("delivery", f"`{DELIVERY_RECORD}` speaks of a version that is not here", DELIVERY_RECORD)


def _approved(path: Path, versions: Sequence[Path], anchors: str) -> Verdict:
    """Credentials over the approvals, held against the frame list of the version that lies here."""
    listing = _bytes(versions[0] / FRAME_LIST) if versions else b""
    found = read_bytes(listing, anchors, manifest=_bytes(path))
    findings = [
        Finding("broken", f"the approvals in `{path.name}` do not hold: {in_plain_words(fault)}", path.name)
        for fault in found.faults
    ]
    said = found.statements.get(APPROVALS_ASSERTION) or {}
    if not findings and said.get("content_sha256") != hashlib.sha256(listing).hexdigest():
        findings.append(Finding("delivery", f"`{path.name}` approves something that is not here", path.name))
    signers = (found.signer,) if found.signer else ()
    state = State.BROKEN if findings else found.state
    return Verdict(str(path), state, tuple(findings), signers=signers, n_files=1, n_bytes=path.stat().st_size)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
