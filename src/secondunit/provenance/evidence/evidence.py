"""The evidence of one version in one file that anybody can check, on a machine that has never seen the show.

    MANIFEST.json              every part by hash, what it is the evidence of, signed by a key of the ledger (Ed25519)
    README.txt                 what lies here and how to check it, also without this program
    frames.json(.c2pa)         the signed list of every file of the version, and its Content Credentials
    lineage.json               what it was made of and how; the clearance it had
    checks.json, contact.jpg   what was measured, what it looks like
    approval.c2pa              Content Credentials over the same list, made after people approved it
    credentials/NAME.json      what the credentials inside a movie or still say
    certificates/chain.pem     who signed
    ledger/root.json(.tsr)     the signed root over the ledger, and an authority's time stamp
    ledger/lines.json          the lines that bear on it, each with its proof under that root (RFC 6962)
    policies/ID.toml           the rules it was judged by, as they read then
    report/report.*            the disclosure report

No consent's words, no address, no template of a face and no note is in it: consents stand by their hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from secondunit.provenance.evidence.evidence_zip import write_zip
from secondunit.provenance.signed_statement import SignedStatement, read_statement
from secondunit.slate.canonical import Json
from secondunit.store.keys import Signer

MANIFEST, README = "MANIFEST.json", "README.txt"
LINES, ROOT, STAMP = "ledger/lines.json", "ledger/root.json", "ledger/root.tsr"
CHAIN, REPORT, APPROVAL = "certificates/chain.pem", "report/report.json", "approval.c2pa"
CREDENTIALS, POLICIES = "credentials/", "policies/"
SCHEMA = "org.secondunit.evidence/1"
LINES_SCHEMA = "org.secondunit.evidence.lines/1"
_WHAT = "secondunit evidence"  # so that a signature over it is never one over anything else


@dataclass(frozen=True)
class Contents(SignedStatement):
    """What `MANIFEST.json` says. `files` are (path, sha256, bytes), sorted; `key` signed it, hex."""

    show: str
    subject: str
    content_sha256: str
    at: dt.datetime
    files: tuple[tuple[str, str, int], ...]
    key: str
    signature: str = ""

    def fields(self) -> dict[str, Json]:
        """What is signed."""
        return {
            "at": self.at.astimezone(dt.UTC).isoformat(timespec="seconds"),
            "content_sha256": self.content_sha256,
            "files": [{"bytes": n, "path": path, "sha256": digest} for path, digest, n in self.files],
            "key": self.key,
            "schema": SCHEMA,
            "show": self.show,
            "subject": self.subject,
            "what": _WHAT,
        }


def pack_evidence(
    parts: Mapping[str, bytes], *, show: str, subject: str, content_sha256: str, signer: Signer, at: dt.datetime
) -> bytes:
    """The bundle of some parts, with its signed `MANIFEST.json`. The same parts and time give the same bytes."""
    files = tuple((name, hashlib.sha256(data).hexdigest(), len(data)) for name, data in sorted(parts.items()))
    contents = Contents(show, subject, content_sha256, at.replace(microsecond=0), files, signer.key)
    signed = replace(contents, signature=signer.sign(contents.statement).hex())
    return write_zip({**parts, MANIFEST: signed.to_bytes()})


def read_contents(data: bytes) -> Contents:
    """The inverse of `Contents.to_bytes`; the signature is not checked. Raises `VerificationFailed`."""
    hint = "get the bundle again from whom it came from"
    return read_statement(data, _contents, f"`{MANIFEST}`", hint=hint)


def _contents(fields: Mapping[str, Any]) -> Contents:
    return Contents(
        show=str(fields["show"]),
        subject=str(fields["subject"]),
        content_sha256=str(fields["content_sha256"]),
        at=dt.datetime.fromisoformat(fields["at"]),
        files=tuple((str(f["path"]), str(f["sha256"]), int(f["bytes"])) for f in fields["files"]),
        key=str(fields["key"]),
        signature=str(fields["signature"]),
    )
