"""What verifying found: frozen data, for a person, for `--json` and for an exit code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from secondunit.errors import VerificationFailed
from secondunit.provenance.credentials import State
from secondunit.slate.canonical import Json

TRUST_HINT = "get the signer's root certificate from the signer and name its file in `SECONDUNIT_TRUST`"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was signed. `kind` is stable; `frame` is set where a frame is meant.

    Kinds: changed, missing, extra, link, unsigned, broken, lineage, identity, clearance, ingredient, ledger; of a
    bundle or a delivery also policy, delivery.
    """

    kind: str
    sentence: str
    file: str = ""
    frame: int | None = None

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {"file": self.file, "frame": self.frame, "kind": self.kind, "sentence": self.sentence}


@dataclass(frozen=True)
class Verdict:
    """The verdict on a file, a version or a show (`versions` then holds one verdict each).

    `ok` wants a trusted signer and no finding. `intact` is true when nothing differs from what was signed,
    whoever signed it: anybody can sign a forgery, so intact alone proves nothing about its origin. `hint` is what to do
    about a signer nobody here knows.
    """

    path: str
    state: State
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    n_files: int = 0
    n_bytes: int = 0
    versions: tuple[Verdict, ...] = ()
    hint: str = TRUST_HINT

    @property
    def ok(self) -> bool:
        """Signed by somebody trusted, and nothing differs."""
        return self.state is State.TRUSTED and not self.findings

    @property
    def intact(self) -> bool:
        """Nothing differs from what was signed."""
        return self.state in (State.TRUSTED, State.UNKNOWN_SIGNER) and not self.findings

    @property
    def first_changed_frame(self) -> int | None:
        """The lowest frame that was changed, removed or added; of the first version that has one."""
        return next((f.frame for f in self.findings if f.frame is not None), None)

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {
            "bytes": self.n_bytes,
            "files": self.n_files,
            "findings": [finding.to_dict() for finding in self.findings],
            "first_changed_frame": self.first_changed_frame,
            "intact": self.intact,
            "notes": list(self.notes),
            "ok": self.ok,
            "path": self.path,
            "signers": list(self.signers),
            "state": str(self.state),
            "versions": [version.to_dict() for version in self.versions],
        }

    def summary(self) -> str:
        """One sentence, worst thing first."""
        name = Path(self.path).name or self.path
        if self.findings:
            more = len(self.findings) - 1
            return self.findings[0].sentence + (f", and {more} more" if more else "")
        if self.state is State.UNKNOWN_SIGNER:
            return f"`{name}` is as it was signed, by {', '.join(self.signers)}, whom this machine does not know"
        return f"`{name}` is {self.state}: {self.n_files} files as they were signed by {', '.join(self.signers)}"

    def with_findings(self, more: Iterable[Finding]) -> Verdict:
        """The verdict once more was found: broken where there is anything."""
        added = tuple(more)
        return replace(self, state=State.BROKEN, findings=(*self.findings, *added)) if added else self

    def raise_if_failed(self) -> None:
        """Raise `VerificationFailed` with every finding unless `ok`."""
        if self.ok:
            return
        hint = (
            self.hint
            if self.intact
            else "restore the files from where they were delivered, or make a new version"
        )
        raise VerificationFailed(self.summary(), findings=[f.sentence for f in self.findings], hint=hint)


def worst(states: list[State]) -> State:
    """The worst of some states; broken where there are none."""
    return max(states, key=lambda state: state.rank, default=State.BROKEN)
