"""Read the Content Credentials of one file, offline, and judge them all the way down.

The library's own state is not enough: it says `Trusted` over an ingredient that was tampered with, and `Valid`
for a signer nobody knows. Here a signer is known or unknown, and a fault anywhere below makes the whole broken.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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

    `lineage` is our own assertion in the active manifest, empty where there is none.
    """

    state: State
    faults: tuple[str, ...] = ()
    signer: str = ""
    lineage: Mapping[str, Any] | None = None


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
    manifest = sidecar.read_bytes()
    try:
        reader = c2pa.Reader(OCTETS, io.BytesIO(path.read_bytes()), manifest, context=reading_context(anchors))
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
        store = json.loads(reader.json())
        state = reader.get_validation_state()
    results = store.get("validation_results") or {}
    top = _codes(results.get("activeManifest"))
    below = sorted({fault for fault in _below(store, results) if not fault.endswith(UNTRUSTED)})
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signer = manifest.get("signature_info") or {}
    name = signer.get("common_name") or signer.get("issuer") or ""
    lineage = next(
        (a["data"] for a in manifest.get("assertions", ()) if a.get("label") == LINEAGE_ASSERTION), None
    )
    broken = [code for code in top if code != UNTRUSTED]
    if state == "Invalid" and not broken:
        broken = ["the library calls it invalid"]
    faults = (*broken, *below)
    if faults:
        return Credentials(State.BROKEN, faults, name, lineage)
    known = state == "Trusted" and UNTRUSTED not in top
    return Credentials(State.TRUSTED if known else State.UNKNOWN_SIGNER, (), name, lineage)


def _below(store: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[str]:
    """Faults of ingredients: what this reading found, and what each manifest recorded when it took them in."""
    for delta in results.get("ingredientDeltas") or ():
        where = str(delta.get("ingredientAssertionURI", "")).rpartition("/")[2]
        yield from (f"{where}: {code}" for code in _codes(delta.get("validationDeltas")))
    for manifest in store.get("manifests", {}).values():
        for item in manifest.get("ingredients", ()):
            title = f"ingredient `{item.get('title', '')}`"
            recorded = item.get("validation_results") or {}
            yield from (f"{title}: {code}" for code in _codes(recorded.get("activeManifest")))
            for delta in recorded.get("ingredientDeltas") or ():
                yield from (f"{title}: {code}" for code in _codes(delta.get("validationDeltas")))


def _codes(results: Mapping[str, Any] | None) -> list[str]:
    return [str(entry.get("code")) for entry in (results or {}).get("failure") or ()]
