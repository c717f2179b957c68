"""Sign a finished version: the last step that changes a byte in it.

Order, so that a kill at any moment leaves an unsigned version and never a wrong one: `lineage.json`, credentials
into movie and contact sheet (beside, then renamed), `frames.json` over every file, its sidecar last of all.
A version counts as signed when `frames.json.c2pa` lies there; signing a version again starts over.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import c2pa

from secondunit.errors import BadInput, EngineFailed, SecondUnitError
from secondunit.media.disk import plain_disk_errors
from secondunit.provenance.certificates import TEST_WARNING, Identity
from secondunit.provenance.credentials import (
    OCTETS,
    Credentials,
    State,
    can_embed,
    in_plain_words,
    read_bytes,
    read_embedded,
    read_sidecar,
)
from secondunit.provenance.frame_list import FRAME_LIST, SIDECAR, TEMPORARY, files_in, write_list
from secondunit.provenance.hashing import hash_files, sha256_of
from secondunit.provenance.lineage import read_lineage, write_lineage
from secondunit.provenance.manifest import CLAIM_GENERATOR, Part, Plan, plan_manifest
from secondunit.provenance.timestamp import http_transport, request_timestamp
from secondunit.slate.lineage import Lineage
from secondunit.store.atomic import sync_folder
from secondunit.store.ledger_points import point_of


@dataclass(frozen=True)
class Signed:
    """A signed version. `warnings` are sentences to show; `embedded` the files that carry credentials inside."""

    folder: Path
    lineage: Path
    frame_list: Path
    sidecar: Path
    embedded: tuple[Path, ...]
    n_files: int
    signer: str
    warnings: tuple[str, ...]


def sign_version(folder: Path, lineage: Lineage, identity: Identity, *, show: Path | None = None) -> Signed:
    """Sign every file of a version folder, wherever it lies now; it may be renamed afterwards.

    `show` is the folder that the lineage's files are relative to: an ingredient that carries credentials of its
    own hands them on, and where its ledger stands goes into the lineage. Raises `BadInput` (nothing to sign, foreign
    or broken credentials, a link), `EngineFailed` (disk full, the signature refused, a time stamp authority that does
    not answer: then nothing was written).
    """
    if not folder.is_dir():
        raise BadInput(f"`{folder}` is not a folder", hint="sign the folder of a version")
    _reach_authority(identity)
    (folder / SIDECAR).unlink(missing_ok=True)
    for stale in folder.glob(f"{TEMPORARY}*"):
        stale.unlink()
    plain, odd = files_in(folder)
    if odd:
        raise BadInput(
            f"`{odd[0].name}` is a link, not a file", hint="a version holds its files, not links to them"
        )
    if not plain:
        raise BadInput(f"`{folder}` is empty", hint="render before signing")
    ledger = lineage.ledger or (None if show is None else point_of(show))
    lineage_path = write_lineage(replace(lineage, ledger=ledger), folder)
    data, digest = read_lineage(lineage_path), sha256_of(lineage_path)
    title = f"{data['shot']} {data['department']} {data['version']}"
    embedded = tuple(sorted(path for path in folder.iterdir() if can_embed(path)))
    for path in embedded:
        plan = plan_manifest(data, digest, title=f"{title} {path.name}", suffix=path.suffix.lower())
        _embed(path, _with_history(plan, data, show), identity)
    plain, _ = files_in(folder)
    with plain_disk_errors(folder):
        listing = write_list(data, digest, hash_files(folder, plain))
        _write(folder / FRAME_LIST, listing)
        plan = plan_manifest(data, digest, title=f"{title} frames {data['frames']}")
        _write(folder / SIDECAR, _sidecar(listing, _with_history(plan, data, show), identity))
    _check(folder)
    warnings = (TEST_WARNING,) if identity.is_test else ()
    return Signed(
        folder, lineage_path, folder / FRAME_LIST, folder / SIDECAR, embedded, len(plain), identity.name, warnings
    )


def _embed(path: Path, plan: Plan, identity: Identity) -> None:
    before = read_embedded(path, "")
    if before.state is not State.UNSIGNED and before.lineage is None:
        raise BadInput(
            f"`{path.name}` already carries somebody's Content Credentials",
            hint="a version holds what was rendered for it; bring foreign pictures in as ingredients",
        )
    beside = path.with_name(TEMPORARY + path.name)
    with plain_disk_errors(path.parent):
        try:
            with signing(path.name, plan, identity) as (builder, signer):
                builder.sign_file(str(path), str(beside), signer)
            _hold(path.name, read_embedded(beside, ""))
            beside.chmod(path.stat().st_mode & 0o777)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Write a small file beside its place and rename it in, on disk before its name appears."""
    beside = path.with_name(TEMPORARY + path.name)
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _sidecar(listing: bytes, plan: Plan, identity: Identity) -> bytes:
    with signing(FRAME_LIST, plan, identity) as (builder, signer):
        builder.set_no_embed()
        manifest: bytes = builder.sign(signer, OCTETS, io.BytesIO(listing), io.BytesIO())
    return bytes(manifest)


def _with_history(plan: Plan, lineage: dict[str, Any], show: Path | None) -> Plan:
    """The plan with the real bytes of every ingredient that carries credentials, so that its history goes on."""
    if show is None:
        return plan
    parts = list(plan.parts)
    for index, item in enumerate(lineage["ingredients"]):
        path = show / item["files"][0]["path"]
        if len(item["files"]) != 1 or not can_embed(path) or not path.is_file():
            continue
        found = read_embedded(path, "")
        if found.state is State.UNSIGNED or found.faults == ("NotSupported: type is unsupported",):
            continue
        if found.state is State.BROKEN:
            raise BadInput(
                f"the Content Credentials of `{item['title']}` are broken: {in_plain_words(found.faults[0])}",
                hint="it was changed after it was signed: ask its owner for the file as it was signed",
            )
        # An ingredient with a manifest says where it is from by itself (C2PA 2.5, 16.5.12).
        said = {k: v for k, v in parts[index].description.items() if k not in ("digital_source_type", "format")}
        parts[index] = Part(said, path.suffix.lower().lstrip("."), path)
    return Plan(plan.manifest, tuple(parts))


def _builder(plan: Plan) -> Any:
    settings = {
        "version": 1,
        # Everything is read back here and judged (`_hold`): the library's own look would be one more pass over a movie
        # and raises for fewer things.
        "verify": {"verify_after_sign": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
        # Thumbnails would put frames of a confidential shot into every manifest.
        "builder": {"claim_generator_info": CLAIM_GENERATOR, "thumbnail": {"enabled": False}},
    }
    builder = c2pa.Builder(dict(plan.manifest), context=c2pa.Context.from_dict(settings))
    for part in plan.parts:
        with part.content.open("rb") if isinstance(part.content, Path) else io.BytesIO(part.content) as stream:
            builder.add_ingredient(dict(part.description), part.media_type, stream)
    return builder


def _signer(identity: Identity) -> Any:
    info = c2pa.C2paSignerInfo(
        identity.algorithm.encode(),
        identity.chain_pem.encode(),
        identity.key_pem,
        identity.tsa_url.encode() if identity.tsa_url else None,
    )
    return c2pa.Signer.from_info(info)


@contextlib.contextmanager
def signing(name: str, plan: Plan, identity: Identity) -> Iterator[tuple[Any, Any]]:
    """A builder (single use) and a signer, and the library's errors in plain words."""
    try:
        with _builder(plan) as builder, _signer(identity) as signer:
            yield builder, signer
    except c2pa.C2paError as error:
        raise _plain_error(name, str(error).rstrip("."), identity) from None


def _plain_error(name: str, text: str, identity: Identity) -> SecondUnitError:
    if "No space left" in text:
        return EngineFailed(f"no space is left to sign `{name}`", hint="free some space and sign again")
    if "NotSupported" in text or "InvalidAsset" in text:
        return BadInput(
            f"`{name}` is not what its name says and cannot be signed: {text}", hint="render it again"
        )
    if identity.tsa_url and "http" in text:
        return EngineFailed(
            f"`{name}` could not be signed: the time stamp authority did not answer at {identity.tsa_url}",
            hint="check `SECONDUNIT_TSA`, or unset it to sign without a time stamp",
        )
    return EngineFailed(f"`{name}` could not be signed: {text}", hint="check `SECONDUNIT_CERT` and its key")


def check_sealed(name: str, listing: bytes, manifest: bytes) -> None:
    """Read credentials beside a frame list back; raises `EngineFailed` when they are not what was meant."""
    _hold(name, read_bytes(listing, "", manifest=manifest))


def _check(folder: Path) -> None:
    """Read the seal back from disk: the library does not raise for a state that is not what was meant."""
    try:
        _hold(FRAME_LIST, read_sidecar(folder / FRAME_LIST, folder / SIDECAR, ""))
    except EngineFailed:
        (folder / SIDECAR).unlink(missing_ok=True)
        raise


def _hold(name: str, found: Credentials) -> None:
    if found.state is not State.UNKNOWN_SIGNER:
        why = ", ".join(map(in_plain_words, found.faults)) or f"{found.state}"
        raise EngineFailed(f"the signature of `{name}` does not hold: {why}", hint="sign again")


def _reach_authority(identity: Identity) -> None:
    """Ask the time stamp authority once before a byte is written: without its answer nothing can be signed."""
    if not identity.tsa_url:
        return
    try:
        request_timestamp(b"Second Unit", http_transport(identity.tsa_url))
    except BadInput as error:
        raise EngineFailed(
            f"the time stamp authority did not answer at {identity.tsa_url}: {error}",
            hint="check `SECONDUNIT_TSA`, or unset it to sign without a time stamp; nothing was signed yet",
        ) from None
