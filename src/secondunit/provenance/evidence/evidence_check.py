"""Is a bundle what was signed, and does all that lies in it speak of the same version? Pure: bytes in, `Verdict` out.

Trusted is a bundle whose Content Credentials lead to a root trusted here and whose ledger was begun by a key known
here. With either unknown it is valid by an unknown signer: everything fits together, but anybody could have made it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from secondunit.errors import SecondUnitError, VerificationFailed
from secondunit.provenance.approval_credentials import APPROVALS_ASSERTION
from secondunit.provenance.certificate_chain import chain_in
from secondunit.provenance.checkpoint import Checkpoint, read_checkpoint
from secondunit.provenance.credentials import UNTRUSTED, Credentials, State, in_plain_words, read_bytes
from secondunit.provenance.evidence import evidence as names
from secondunit.provenance.evidence.evidence import Contents, read_contents
from secondunit.provenance.evidence.evidence_ledger import Shown, judge_shown, read_shown
from secondunit.provenance.frame_list import FRAME_LIST, SIDECAR, parse_list
from secondunit.provenance.lineage import LINEAGE_FILE, parse_lineage
from secondunit.provenance.manifest import LINEAGE_ASSERTION
from secondunit.provenance.timestamp import check_timestamp
from secondunit.provenance.verdict import Finding, Verdict, worst
from secondunit.rights.policies.policy_file import read_policy
from secondunit.slate.ledger_point import LedgerPoint
from secondunit.slate.lineage import HashedFile
from secondunit.slate.rights_records import Standing

NEEDED = (names.README, FRAME_LIST, SIDECAR, LINEAGE_FILE, names.LINES, names.ROOT, names.CHAIN, names.REPORT)
# What data of somebody else's may raise when it is not what it should be.
_ODD = (SecondUnitError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError)
_HINT = (
    "get the signer's root certificate and name its file in `SECONDUNIT_TRUST`; get the studio's ledger key "
    "(`secondunit ledger key` prints it there) and pass it with `--key`"
)


def judge_evidence(
    parts: Mapping[str, bytes], *, path: str, anchors: str = "", keys: Collection[str] = ()
) -> Verdict:
    """The verdict on the parts of a bundle. `anchors` are trusted roots as PEM, of signers and of time authorities;
    `keys` those known here to have begun a ledger. Never raises for what it finds."""
    return _Judge(parts, anchors, keys).verdict(path)


class _Judge:
    def __init__(self, parts: Mapping[str, bytes], anchors: str, keys: Collection[str]) -> None:
        self.parts, self.anchors, self.keys = parts, anchors, keys
        self.findings: list[Finding] = []
        self.notes: list[str] = []
        self.signers: set[str] = set()
        self.states: list[State] = []
        self.listing: dict[str, Any] = {}
        self.listed: dict[str, HashedFile] = {}

    def verdict(self, path: str) -> Verdict:
        contents = self.contents()
        if contents is not None:
            self.seal()
            lineage = self.lineage()
            self.pictures()
            self.credentials()
            self.ledger(contents, lineage)
            self.policies()
            self.report(contents)
        state = State.BROKEN if self.findings else worst(self.states)
        return Verdict(
            path=path,
            state=state,
            findings=tuple(self.findings),
            notes=tuple(self.notes),
            signers=tuple(sorted(self.signers)),
            n_files=len(self.parts),
            n_bytes=sum(map(len, self.parts.values())),
            hint=_HINT,
        )

    def find(self, kind: str, sentence: str, file: str = "") -> None:
        self.findings.append(Finding(kind, sentence, file))

    def contents(self) -> Contents | None:
        """`MANIFEST.json` against every part."""
        try:
            contents = read_contents(self.parts.get(names.MANIFEST, b""))
        except SecondUnitError:
            self.find("broken", f"`{names.MANIFEST}` is missing or cannot be read", names.MANIFEST)
            return None
        if not contents.is_signed:
            self.find("broken", f"`{names.MANIFEST}` does not bear the signature of its key", names.MANIFEST)
        listed = {path: (digest, n) for path, digest, n in contents.files}
        for name in sorted({*listed, *NEEDED} - self.parts.keys()):
            self.find("missing", f"`{name}` is missing", name)
        for name, data in sorted(self.parts.items()):
            if name == names.MANIFEST:
                continue
            if name not in listed:
                self.find("extra", f"`{name}` is not in the signed list of parts", name)
            elif listed[name] != (hashlib.sha256(data).hexdigest(), len(data)):
                self.find("changed", f"`{name}` changed after the bundle was signed", name)
        return contents

    def seal(self) -> None:
        """The frame list, its sidecar, the certificates and, where people approved, the credentials over their yes."""
        frames, sidecar = self.parts.get(FRAME_LIST, b""), self.parts.get(SIDECAR, b"")
        try:
            self.listing, self.listed = parse_list(frames, FRAME_LIST)
        except SecondUnitError as error:
            self.find("broken", str(error), FRAME_LIST)
        if not sidecar:
            return
        self.sealed = self.judged(read_bytes(frames, self.anchors, manifest=sidecar), FRAME_LIST, SIDECAR)
        if (self.sealed.lineage or {}).get("sha256") != self.listing.get("lineage_sha256"):
            self.find("lineage", f"`{SIDECAR}` was signed for another version", SIDECAR)
        chain = self.parts.get(names.CHAIN, b"").decode("ascii", "replace")
        if chain != chain_in(sidecar, self.sealed.serial):
            self.find("broken", f"`{names.CHAIN}` does not hold the certificates of `{SIDECAR}`", names.CHAIN)
        if names.APPROVAL in self.parts:
            approved = read_bytes(frames, self.anchors, manifest=self.parts[names.APPROVAL])
            said = self.judged(approved, FRAME_LIST, names.APPROVAL).statements.get(APPROVALS_ASSERTION) or {}
            if said.get("content_sha256") != hashlib.sha256(frames).hexdigest():
                self.find("broken", f"`{names.APPROVAL}` approves something else", names.APPROVAL)

    def judged(self, found: Credentials, name: str, where: str) -> Credentials:
        self.states.append(found.state)
        self.signers |= {found.signer} - {""}
        if found.state is State.UNSIGNED:
            self.find("unsigned", f"`{where}` holds no Content Credentials", where)
        for fault in found.faults:
            plain = in_plain_words(fault)
            if fault == "assertion.dataHash.mismatch" and where != name:
                plain = f"it was signed for another `{name}` ({fault})"
            self.find("broken", f"the Content Credentials in `{where}` are broken: {plain}", where)
        self.notes += [f"`{where}`: who signed the {which} is not known here" for which in found.strangers]
        return found

    def lineage(self) -> dict[str, Any]:
        data = self.parts.get(LINEAGE_FILE, b"")
        if hashlib.sha256(data).hexdigest() != self.listing.get("lineage_sha256"):
            self.find("lineage", f"`{LINEAGE_FILE}` is not the lineage that was signed", LINEAGE_FILE)
        try:
            lineage = parse_lineage(data, LINEAGE_FILE)
            same = all(lineage[key] == self.listing.get(key) for key in ("shot", "department", "version"))
            cleared = lineage["clearance"]["answer"] == "cleared" and bool(lineage["clearance"]["sha256"])
        except _ODD:
            self.find("lineage", f"`{LINEAGE_FILE}` cannot be read as a lineage", LINEAGE_FILE)
            return {}
        if not same:
            self.find("lineage", f"`{LINEAGE_FILE}` speaks of another version", LINEAGE_FILE)
        if not cleared:
            self.find("clearance", f"`{LINEAGE_FILE}` holds no clearance", LINEAGE_FILE)
        return lineage

    def pictures(self) -> None:
        """What lies here of the version itself must be what its list names."""
        for name in ("checks.json", "contact.jpg"):
            if name not in self.parts:
                continue
            digest = hashlib.sha256(self.parts[name]).hexdigest()
            if name not in self.listed or digest != self.listed[name].sha256:
                self.find("changed", f"`{name}` is not the one in the signed list", name)
            if name.endswith(".jpg"):
                self.of_this(
                    self.judged(read_bytes(self.parts[name], self.anchors, suffix=".jpg"), name, name), name
                )

    def of_this(self, found: Credentials, where: str) -> None:
        if found.state is not State.UNSIGNED and (found.lineage or {}).get("sha256") != self.listing.get(
            "lineage_sha256"
        ):
            self.find("lineage", f"`{where}` was signed for another version", where)

    def credentials(self) -> None:
        for name in sorted(self.parts):
            if not name.startswith(names.CREDENTIALS):
                continue
            file = PurePosixPath(name).name.removesuffix(".json")
            if file not in self.listed:
                self.find("extra", f"`{name}` is of a file that the version does not hold", name)
            for fault in _store_faults(self.parts[name], str(self.listing.get("lineage_sha256"))):
                self.find("lineage", f"`{name}` {fault}", name)

    def ledger(self, contents: Contents, lineage: Mapping[str, Any]) -> None:
        try:
            root = read_checkpoint(self.parts.get(names.ROOT, b""))
        except SecondUnitError as error:
            self.find("ledger", str(error), names.ROOT)
            return
        shown = read_shown(self.parts.get(names.LINES, b""), root)
        content = hashlib.sha256(self.parts.get(FRAME_LIST, b"")).hexdigest()
        faults = list(_root_faults(root, shown, contents)) + list(shown.faults)
        faults += _point_faults(LedgerPoint.read(lineage.get("ledger")), root, shown)
        said = " ".join(str(self.listing.get(key)) for key in ("shot", "department", "version"))
        if (contents.subject, contents.content_sha256) != (said, content):
            faults.append(f"the bundle is signed as that of {contents.subject}, and holds {said}")
        faults += judge_shown(
            shown,
            content_sha256=content,
            lineage_sha256=hashlib.sha256(self.parts.get(LINEAGE_FILE, b"")).hexdigest(),
            clearance_sha256=lineage["clearance"]["sha256"] if lineage else "",
            subject=said,
        )
        for fault in faults:
            self.find("ledger", fault, names.LINES)
        self.states.append(State.TRUSTED if shown.founder in self.keys else State.UNKNOWN_SIGNER)
        if shown.founder not in self.keys:
            self.signers.add(f"the ledger key {shown.founder[:16]}…")
        self.notes += _standing_notes(shown)
        self.stamp(root)

    def stamp(self, root: Checkpoint) -> None:
        day = f"{root.at:%Y-%m-%d %H:%M} UTC"
        if names.STAMP not in self.parts:
            self.notes.append(f"made on {day} by its own word: no authority vouches for the time")
            return
        try:
            stamp = check_timestamp(self.parts[names.STAMP], root.to_bytes(), self.anchors)
        except VerificationFailed as error:
            self.find("ledger", str(error), names.STAMP)
            return
        known = "" if stamp.is_known else ", whom this machine does not know"
        self.notes.append(f"`{stamp.authority}`{known} saw its root on {stamp.at:%Y-%m-%d %H:%M} UTC")

    def policies(self) -> None:
        for name, data in sorted(self.parts.items()):
            if name.startswith(names.POLICIES):
                try:
                    policy = read_policy(name, data)
                except SecondUnitError as error:
                    self.find("policy", str(error), name)
                    continue
                if name != f"{names.POLICIES}{policy.id}.toml":
                    self.find("policy", f"`{name}` is the policy `{policy.id}`", name)

    def report(self, contents: Contents) -> None:
        try:
            said = json.loads(self.parts.get(names.REPORT, b""))["shots"][0]["content_sha256"]
        except _ODD:
            said = None
        if said != contents.content_sha256:
            self.find("identity", f"`{names.REPORT}` is not the report on this version", names.REPORT)


def _root_faults(root: Checkpoint, shown: Shown, contents: Contents) -> Iterator[str]:
    if not root.is_signed:
        yield "the signed root of the ledger does not bear the signature of its key"
    if root.show != contents.show:
        yield f"the signed root is of the show {root.show}, the bundle of {contents.show}"
    founding = shown.founding()
    if founding is None:
        yield "the ledger's lines do not begin with the one that founds its show"
    elif not founding.is_of(root.show, root.show_id):
        yield f"the lines are from the ledger of {founding}, the signed root is of {root.show} ({root.show_id[:8]}…)"
    if shown.founder and root.founder != shown.founder:
        yield "the signed root names another founder than line 1"
    for what, key in (("root", root.key), ("list of parts", contents.key)):
        if shown.founder and not shown.writers.may_write(key, root.size + 1):
            yield f"the signed {what} is by a foreign key, `{key[:16]}…`"


def _point_faults(point: LedgerPoint | None, root: Checkpoint, shown: Shown) -> Iterator[str]:
    """What speaks against the ledger shown being the one, grown since, under which the version was signed."""
    if point is None:
        yield f"`{LINEAGE_FILE}` does not say where the ledger stood when the version was signed"
    elif point.show_id != root.show_id:
        yield f"the version was signed in another show ({point.show_id[:8]}…) than the ledger's lines are of"
    elif point.line > root.size:
        yield f"the version was signed after line {point.line} of the ledger, and the signed root ends at {root.size}"
    elif any(number == point.line and digest != point.sha256 for number, digest in shown.hashes()):
        yield f"the version was signed after another line {point.line} than is shown"


def _standing_notes(shown: Shown) -> Iterator[str]:
    last = {
        str(line.says.get("consent_sha256")): line.says
        for line in shown.sealed
        if line.says["kind"] == "standing"
    }
    for digest, says in sorted(last.items()):
        if says.get("standing") != Standing.ACTIVE:
            yield f"the consent {digest[:12]}… is {says.get('standing')} from {says.get('on')}"
    if shown.sealed:
        lines = (
            "1 line of the ledger is"
            if len(shown.sealed) == 1
            else f"{len(shown.sealed)} lines of the ledger are"
        )
        yield f"{lines} shown by hash alone, for what is said there of people"


def _store_faults(data: bytes, lineage_sha256: str) -> Iterator[str]:
    """What speaks against credentials as they were read when the bundle was made."""
    try:
        store = json.loads(data)
        active = store["manifests"][store["active_manifest"]]
        bound = [a["data"]["sha256"] for a in active["assertions"] if a["label"] == LINEAGE_ASSERTION]
        results = store.get("validation_results") or {}
        failed = [f["code"] for f in (results.get("activeManifest") or {}).get("failure") or ()]
    except _ODD:
        yield "cannot be read"
        return
    if bound != [lineage_sha256]:
        yield "was signed for another version"
    yield from (f"was broken when it was read: {code}" for code in failed if code != UNTRUSTED)
