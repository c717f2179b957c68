"""Is what lies here what was signed? Offline, for a file, a bundle, a version, a delivery or a whole show.

    verify(path)  → Verdict       never raises for what it finds; `BadInput` when there is nothing to look at

A version is held against its signed list (`frames.json`), the list against its sidecar, movie and contact sheet
against the credentials inside them, all of them against `lineage.json`, and the lineage's ingredients against
the plates of the show where these lie beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from secondunit.errors import BadInput, BadMedia
from secondunit.provenance.certificates import trust_anchors
from secondunit.provenance.credentials import (
    Credentials,
    State,
    can_embed,
    in_plain_words,
    read_embedded,
    read_sidecar,
)
from secondunit.provenance.frame_list import FRAME_LIST, SIDECAR, compare, files_in, read_list
from secondunit.provenance.lineage import LINEAGE_FILE
from secondunit.provenance.local_chain import TEST_SIGNER
from secondunit.provenance.verdict import Finding, Verdict, worst
from secondunit.provenance.verify_delivery import BUNDLES, is_delivery, verify_bundle, verify_delivery
from secondunit.provenance.verify_lineage import lineage_findings, record_findings
from secondunit.store.keys import known_keys
from secondunit.store.own_folder import config_folder
from secondunit.store.show_file import SHOW_FILE

_VERSION = re.compile(r"v\d{3,}\Z")


def verify(
    path: Path,
    *,
    anchors: str | None = None,
    expected: Iterable[Path] = (),
    keys: Collection[str] | None = None,
) -> Verdict:
    """Verify a file, a bundle of evidence, a version folder, a delivery or every version below a folder.

    `anchors` are the trusted roots as PEM, by default those of this machine. `expected` are version folders that
    the show's ledger knows: one that is gone is a finding. `keys` are those known to have begun a ledger, for
    bundles; by default those that lie on this machine. Raises `BadInput` when the path does not exist,
    cannot be read or holds nothing that could have been signed.
    """
    if not path.exists():
        raise BadInput(f"`{path}` does not exist", hint="give a file, the folder of a version or a show")
    trusted = trust_anchors() if anchors is None else anchors
    known = frozenset(known_keys(config_folder() / "keys") if keys is None else keys)
    try:
        if path.is_file() and path.suffix.lower() == BUNDLES:
            return verify_bundle(path, trusted, known)
        if path.is_file():
            return _verify_file(path, trusted)
        if _is_version(path):
            return _verify_version(path, trusted, {})
        return _verify_folder(path, trusted, list(expected), known)
    except PermissionError as error:
        raise BadInput(f"`{error.filename}` cannot be read", hint="ask for permission to read it") from None


def _verify_folder(path: Path, anchors: str, expected: list[Path], keys: frozenset[str]) -> Verdict:
    seen: dict[Path, str] = {}
    folders = _versions_below(path)
    versions = [_verify_version(folder, anchors, seen) for folder in folders]
    if not folders:  # a folder of bundles
        bundles = sorted(file for file in path.iterdir() if file.suffix.lower() == BUNDLES and file.is_file())
        versions = [verify_bundle(file, anchors, keys) for file in bundles]
    gone = [folder for folder in expected if not folder.is_dir()]
    if not versions and not gone:
        raise BadInput(f"`{path}` holds no version", hint="give the folder of a show or of a version")
    findings = [Finding("missing", f"`{folder}` is missing", str(folder)) for folder in gone]
    around = {parent for folder in folders for parent in (folder, *folder.parents) if is_delivery(parent)}
    for delivery in sorted(parent for parent in around if parent.is_relative_to(path)):
        inside = [folder for folder in folders if folder.is_relative_to(delivery)]
        beside, unfitting = verify_delivery(delivery, inside, anchors, keys)
        versions += beside
        findings += unfitting
    is_broken = bool(findings)
    for version in versions:
        where = Path(version.path).relative_to(path).as_posix()
        findings.extend(
            Finding(f.kind, f"{where}: {f.sentence}", f"{where}/{f.file}" if f.file else where, f.frame)
            for f in version.findings
        )
    return Verdict(
        path=str(path),
        state=worst([version.state for version in versions] + [State.BROKEN] * is_broken),
        findings=tuple(findings),
        notes=tuple(dict.fromkeys(note for version in versions for note in version.notes)),
        signers=tuple(sorted({signer for version in versions for signer in version.signers})),
        n_files=sum(version.n_files for version in versions),
        n_bytes=sum(version.n_bytes for version in versions),
        versions=tuple(versions),
    )


def _verify_version(folder: Path, anchors: str, seen: dict[Path, str], only: Path | None = None) -> Verdict:
    if not (folder / FRAME_LIST).is_file() or not (folder / SIDECAR).is_file():
        missing = FRAME_LIST if not (folder / FRAME_LIST).is_file() else SIDECAR
        sentence = f"`{folder.name}` is not signed: `{missing}` is missing"
        return Verdict(str(folder), State.UNSIGNED, (Finding("unsigned", sentence, missing),))
    sealed = read_sidecar(folder / FRAME_LIST, folder / SIDECAR, anchors)
    states, signers = [sealed.state], {sealed.signer}
    findings = list(_seal_findings(sealed))
    try:
        data, listed = read_list(folder / FRAME_LIST)
    except BadMedia as error:
        findings.append(Finding("broken", str(error), FRAME_LIST))
        return Verdict(str(folder), State.BROKEN, tuple(findings), signers=_named(signers))
    differences = compare(folder, listed, only)
    findings.extend(Finding(d.kind, d.sentence, d.file, d.frame) for d in differences)
    if only is not None and not differences and only.relative_to(folder).as_posix() not in listed:
        findings.append(Finding("extra", f"`{only.name}` is not among the files that were signed", only.name))
    for name in listed:
        path = folder / name
        if can_embed(path) and "/" not in name and path.is_file() and only in (None, path):
            inside = read_embedded(path, anchors)
            states.append(inside.state)
            signers.add(inside.signer)
            findings.extend(_embedded_findings(name, inside, data))
    notes: list[str] = list(_stranger_notes(FRAME_LIST, sealed))
    if only is None:
        findings.extend(record_findings(folder, data))
        findings.extend(lineage_findings(folder, data, sealed, seen, notes))
    if TEST_SIGNER in signers:
        notes.append("signed with a local test certificate, which nobody trusts but the machine that made it")
    state = State.BROKEN if findings else worst(states)
    looked = [file for name, file in listed.items() if only is None or folder / name == only]
    return Verdict(
        path=str(only or folder),
        state=state,
        findings=tuple(findings),
        notes=tuple(notes),
        signers=_named(signers),
        n_files=len(looked),
        n_bytes=sum(file.n_bytes for file in looked),
    )


def _verify_file(path: Path, anchors: str) -> Verdict:
    """A file on its own, or as one of the files of the version around it."""
    for folder in path.absolute().parents:
        if (folder / FRAME_LIST).is_file() and _is_signed_folder(folder):
            inside = path.absolute()
            if inside in (folder / FRAME_LIST, folder / SIDECAR):
                break
            return _verify_version(folder, anchors, {}, only=inside)
    sidecar = path.with_name(path.name + ".c2pa")
    if path.suffix == ".c2pa" and path.with_suffix("").is_file():
        path, sidecar = path.with_suffix(""), path
    found = read_sidecar(path, sidecar, anchors) if sidecar.is_file() else read_embedded(path, anchors)
    if found.faults[:1] == ("NotSupported: type is unsupported",):
        found = Credentials(State.UNSIGNED)
    findings = []
    if found.state is State.UNSIGNED:
        findings.append(Finding("unsigned", f"`{path.name}` carries no Content Credentials", path.name))
    findings.extend(
        Finding("broken", f"`{path.name}`: {in_plain_words(fault)}", path.name) for fault in found.faults
    )
    return Verdict(
        str(path),
        found.state,
        tuple(findings),
        notes=tuple(_stranger_notes(path.name, found)),
        signers=_named({found.signer}),
        n_files=1,
        n_bytes=path.stat().st_size,
    )


def _stranger_notes(name: str, found: Credentials) -> Iterator[str]:
    yield from (f"`{name}`: who signed the {which} is not known here" for which in found.strangers)


def _seal_findings(sealed: Credentials) -> Iterator[Finding]:
    if sealed.state is State.UNSIGNED:
        yield Finding("unsigned", f"`{SIDECAR}` holds no Content Credentials", SIDECAR)
    for fault in sealed.faults:
        if fault == "assertion.dataHash.mismatch":
            yield Finding("broken", f"`{FRAME_LIST}` is not the list that `{SIDECAR}` was signed for", FRAME_LIST)
        else:
            yield Finding("broken", f"the signature in `{SIDECAR}` is broken: {in_plain_words(fault)}", SIDECAR)


def _embedded_findings(name: str, inside: Credentials, listing: Mapping[str, Any]) -> Iterator[Finding]:
    if inside.state is State.UNSIGNED:
        yield Finding("unsigned", f"`{name}` carries no Content Credentials any more", name)
        return
    for fault in inside.faults:
        yield Finding("broken", f"the Content Credentials in `{name}` are broken: {in_plain_words(fault)}", name)
    said = inside.lineage or {}
    if said.get("sha256") != listing.get("lineage_sha256"):
        other = f"{said.get('shot')} {said.get('version')}" if said else "something else"
        yield Finding("lineage", f"`{name}` was signed for {other}", name)


def _is_signed_folder(path: Path) -> bool:
    return (path / SIDECAR).is_file() or (path / LINEAGE_FILE).is_file()


def _is_version(path: Path) -> bool:
    return (
        (path / FRAME_LIST).is_file()
        or _is_signed_folder(path)
        or (
            _VERSION.match(path.name) is not None and bool(files_in(path)[0]) and not (path / SHOW_FILE).is_file()
        )
    )


def _versions_below(path: Path) -> list[Path]:
    """Version folders below a folder, in order, a show's delivered ones too; hidden ones are still being made."""
    is_show = (path / SHOW_FILE).is_file()
    found = []
    for base in [path / "versions", path / "deliveries"] if is_show else [path]:
        for root, folders, _names in os.walk(base):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            here = Path(root)
            if here != base and _is_version(here):
                found.append(here)
                folders.clear()
    return sorted(found)


def _named(signers: set[str]) -> tuple[str, ...]:
    return tuple(sorted(signer for signer in signers if signer))
