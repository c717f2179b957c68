"""The page that lies in every bundle and says how to check it, with this program and without."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from secondunit.provenance.evidence.evidence import APPROVAL, STAMP
from secondunit.provenance.report.report_words import NOTICE
from secondunit.slate.version_line import VersionLine


def readme(line: VersionLine, parts: Sequence[str], *, at: dt.datetime) -> str:
    """The text of `README.txt`."""
    extra = "" if STAMP in parts else "\n  (No authority was asked to vouch for the time.)"
    approved = "" if APPROVAL in parts else "\n  (approval.c2pa is not there: no delivery has been made yet.)"
    return f"""EVIDENCE OF {line.subject}
made on {at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC by Second Unit

WHAT IT SHOWS
  What this version is by the hash of every file, what it was made of and how, which clearance it had, which lines of
  the show's ledger speak of it, who approved it and what the show's policies say to it.
  Consents stand here by their hash. Their words, people's addresses, their faces and notes about them are not here.

CHECK IT WITH SECOND UNIT (needs no network and no show)
  secondunit verify THIS.zip
  It answers one of three things:
    trusted                the signatures lead to a certificate root and a ledger key that your machine knows
    valid, unknown signer  everything fits together, but your machine does not know who signed: anybody could have
                           made it. Get the root certificate and the ledger's first key from the studio itself, not
                           from whoever gave you this file, then set SECONDUNIT_TRUST and pass --key
    broken                 it names what, and where

CHECK IT BY HAND
  1. MANIFEST.json lists the SHA-256 of every other part. `signature` in it is Ed25519 by `key` over the file without
     its field `signature`, as canonical JSON (RFC 8785).
  2. frames.json lists the SHA-256 of every file of the version; compare the files you were delivered. Any C2PA reader
     checks frames.json against frames.json.c2pa; certificates/chain.pem holds who signed.
  3. lineage.json must have the hash that frames.json names; it holds sources, engines, settings and the clearance.
  4. ledger/root.json is the signed Merkle root over the ledger (Ed25519, canonical JSON). ledger/lines.json holds the
     lines: of an open one `entry` is the text; SHA-256 of it is what `signature` signs and what lies under the root
     by `path` (RFC 6962, the hash is the leaf). Of a sealed one the hash alone is here.{extra}
  5. A sealed line belongs to whom it speaks of. Whoever holds its text (a performer, an estate, the studio) takes its
     SHA-256 and compares. What `says` tells of it is the word of whoever signed MANIFEST.json.
  6. An approval is signed by its person's own key over everything it says but `signature` (canonical JSON);
     `subject_sha256` is the hash of frames.json, so an approval of other pixels does not fit.{approved}
  7. policies/ holds the rules as they read on that day; report/ what they said, row by row.

WHAT IT CANNOT SHOW
  Lines of the ledger that are not here may exist. Only the ledger itself shows all of them (secondunit ledger verify).

{NOTICE}

PARTS
""" + "".join(f"  {name}\n" for name in sorted({*parts, "MANIFEST.json", "README.txt"}))
