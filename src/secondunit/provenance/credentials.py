"""Read the Content Credentials of one file, offline, and judge them all the way down.

The library's own state is not enough: it says `Trusted` over an ingredient that was tampered with, and `Valid`
for a signer nobody knows. Here a signer is known or unknown, and a fault anywhere below makes the whole broken.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import c2pa

from secondunit.provenance.manifest import LINEAGE_ASSERTION, MOVIES, SOUNDS, STILLS

_PLAIN = {
    "assertion.dataHash.mismatch": "its content changed after it was signed",
    "assertion.bmffHash.mismatch": "its content changed after it was signed",
    "assertion.hashedURI.mismatch": "a statement in its credentials was edited",
    "claimSignature.mismatch": "its signature does not fit",
    "signingCredential.expired": "its certificate has run out and no time stamp shows that it was signed before",
    "signingCredential.revoked": "its certificate was revoked",
}
UNTRUSTED = "signingCredential.untrusted"
OCTETS = "application/octet-stream"
_DEEPEST = 64  # no film is a version of a version so often
# Codes of the standard that tell a success; a list of the older kind holds both.
_FINE = (".match", ".validated", ".trusted", ".accessible", ".insideValidity", ".notRevoked", ".unknownProvenance",
         ".skipped")  # fmt: skip


class State(StrEnum):
    """What Content Credentials say about a file."""

    TRUSTED = "trusted"
    UNKNOWN_SIGNER = "valid, unknown signer"
    UNSIGNED = "unsigned"
    BROKEN = "broken"

    @property
    def rank(self) -> int:
        """Higher is worse."""
        return list(State).index(self)


@dataclass(frozen=True)
class Credentials:
    """The verdict on one file's credentials. `faults` say what is broken, in the standard's own codes.

    `lineage` is our own assertion in the active manifest, empty where there is none; `statements` all of its
    assertions by label. `serial` is of the certificate that signed, `strangers` are ingredients whose own signer is
    not known here. `store` is everything as the library read it.
    """

    state: State
    faults: tuple[str, ...] = ()
    signer: str = ""
    lineage: Mapping[str, Any] | None = None
    statements: Mapping[str, Any] = field(default_factory=dict, repr=False)
    serial: str = ""
    strangers: tuple[str, ...] = ()
    store: Mapping[str, Any] = field(default_factory=dict, repr=False)


def in_plain_words(fault: str) -> str:
    """A fault as a person reads it, with the standard's own code behind it."""
    where, _, code = fault.rpartition(": ")
    plain = _PLAIN.get(code)
    return fault if plain is None else f"{where + ': ' if where else ''}{plain} ({code})"


def reading_context(anchors: str) -> Any:
    """Settings for reading with no network, trusting the roots in `anchors` (PEM, may be empty)."""
    settings: dict[str, Any] = {
        "version": 1,
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    }
    if anchors.strip():
        settings["trust"] = {"user_anchors": anchors}
    return c2pa.Context.from_dict(settings)


def can_embed(path: Path) -> bool:
    """Whether a file of this suffix carries its credentials inside."""
    return path.suffix.lower() in MOVIES | STILLS | SOUNDS


def read_embedded(path: Path, anchors: str) -> Credentials:
    """The credentials inside a movie or still. Raises `OSError` when the file cannot be read."""
    path.stat()
    try:
        reader = c2pa.Reader.try_create(str(path), context=reading_context(anchors))
    except c2pa.C2paError as error:
        return _unreadable(error)
    return Credentials(State.UNSIGNED) if reader is None else _judge(reader)


def read_sidecar(path: Path, sidecar: Path, anchors: str) -> Credentials:
    """The credentials beside a file. Raises `OSError` when either cannot be read."""
    return read_bytes(path.read_bytes(), anchors, manifest=sidecar.read_bytes())


def read_bytes(content: bytes, anchors: str, *, manifest: bytes | None = None, suffix: str = "") -> Credentials:
    """The credentials of bytes in memory: beside them in `manifest`, or inside a file of a `suffix` (`.jpg`)."""
    context, stream = reading_context(anchors), io.BytesIO(content)
    try:
        if manifest is not None:
            reader = c2pa.Reader(OCTETS, stream, manifest, context=context)
        else:
            reader = c2pa.Reader(suffix.lower().lstrip("."), stream, context=context)
    except c2pa.C2paError as error:
        return _unreadable(error)
    return _judge(reader)


def _unreadable(error: Exception) -> Credentials:
    text = str(error)
    if "ManifestNotFound" in text:
        return Credentials(State.UNSIGNED)
    return Credentials(State.BROKEN, (text.rstrip("."),))


def _judge(reader: Any) -> Credentials:
    with reader:
        return judge_store(json.loads(reader.json()), str(reader.get_validation_state()))


def judge_store(store: Mapping[str, Any], state: str) -> Credentials:
    """The verdict on credentials as the library read them, its own `state` included; it never makes that better."""
    results = store.get("validation_results") or {}
    top = _codes(results.get("activeManifest"))
    below = sorted(set(_below(store, results)))
    strangers = tuple(fault.rpartition(": ")[0] for fault in below if fault.endswith(UNTRUSTED))
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signer = manifest.get("signature_info") or {}
    said = {str(a.get("label")): a.get("data") for a in manifest.get("assertions", ())}
    broken = [code for code in top if code != UNTRUSTED]
    if state == "Invalid" and not broken:
        broken = ["the library calls it invalid"]
    faults = (*broken, *(fault for fault in below if not fault.endswith(UNTRUSTED)))
    known = state == "Trusted" and UNTRUSTED not in top
    return Credentials(
        state=State.BROKEN if faults else State.TRUSTED if known else State.UNKNOWN_SIGNER,
        faults=faults,
        signer=signer.get("common_name") or signer.get("issuer") or "",
        lineage=said.get(LINEAGE_ASSERTION),
        statements=said,
        serial=str(signer.get("cert_serial_number") or ""),
        strangers=strangers,
        store=store,
    )


def _below(store: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[str]:
    """Faults of ingredients, of theirs, and so on down: what this reading found, and what each manifest recorded."""
    for delta in results.get("ingredientDeltas") or ():
        where = str(delta.get("ingredientAssertionURI", "")).rpartition("/")[2]
        yield from (f"{where}: {code}" for code in _codes(delta.get("validationDeltas")))
    known = _known_here(results)
    for fault, manifest in _ingredient_faults(store, str(store.get("active_manifest")), (), set()):
        if not (fault.endswith(UNTRUSTED) and any(manifest in url for url in known)):
            yield fault


def _known_here(results: Mapping[str, Any]) -> list[str]:
    """Where this reading, unlike the one that took an ingredient in, knew who had signed."""
    found = [
        success
        for delta in results.get("ingredientDeltas") or ()
        for success in (delta.get("validationDeltas") or {}).get("success") or ()
    ]
    return [str(s.get("url")) for s in found if s.get("code") == "signingCredential.trusted"]


def _ingredient_faults(
    store: Mapping[str, Any], name: str, path: tuple[str, ...], seen: set[str]
) -> Iterator[tuple[str, str]]:
    """(fault, the manifest it is about), from what the manifest `name` recorded of each of its ingredients."""
    if name in seen or len(path) > _DEEPEST:
        return
    seen.add(name)
    manifests = store.get("manifests") or {}
    for item in (manifests.get(name) or {}).get("ingredients") or ():
        here = (*path, f"ingredient `{item.get('title', '')}`")
        where, below = " in ".join(reversed(here)), str(item.get("active_manifest") or "")
        codes = _recorded(item)
        if below and below not in manifests:
            codes.append("its credentials were taken out")
        yield from ((f"{where}: {code}", below) for code in codes)
        if below:
            yield from _ingredient_faults(store, below, here, seen)


def _recorded(item: Mapping[str, Any]) -> list[str]:
    recorded, older = item.get("validation_results"), item.get("validation_status")
    codes = _codes((recorded or {}).get("activeManifest"))
    for delta in (recorded or {}).get("ingredientDeltas") or ():
        codes += _codes(delta.get("validationDeltas"))
    # As ingredients up to version 2 record it: one list, in which successes may stand too.
    codes += [str(s.get("code")) for s in older or () if not str(s.get("code")).endswith(_FINE)]
    # Version 3 must say how it judged (C2PA 2.5, 16.5); an older one that found nothing wrong may be silent.
    wants = str(item.get("label") or "").startswith("c2pa.ingredient.v3")
    if item.get("active_manifest") and wants and recorded is None and older is None:
        codes.append("it was taken in and nobody looked whether its credentials hold")
    return codes


def _codes(results: Mapping[str, Any] | None) -> list[str]:
    return [str(entry.get("code")) for entry in (results or {}).get("failure") or ()]
