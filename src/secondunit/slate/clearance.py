"""What comes back from `rights`: a clearance, a need for approvals, or a refusal.

A department takes a `Clearance`, so it cannot be called without one; only `secondunit.rights` makes them.
The seal below stops a clearance from being made by mistake. It does not stop a hostile program in the same
process: what does is that every chunk asks again (`rights.recheck`) and does not believe what it was handed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import InitVar, dataclass

from secondunit.errors import NotCleared
from secondunit.slate.canonical import Json, canonical_sha256

_SEAL = object()
_OF_PEOPLE = ("consent.", "likeness.")  # rules that speak of a person, also of one whom nobody named


@dataclass(frozen=True, order=True)
class Reason:
    """Why not. `rule` is stable across releases; `about` is the plate it concerns, empty for the whole request.

    `sentence` says what is missing, `who` can give it, `source` what the rule rests on.
    """

    rule: str
    about: str
    sentence: str
    who: str
    source: str

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {
            "about": self.about,
            "rule": self.rule,
            "sentence": self.sentence,
            "source": self.source,
            "who": self.who,
        }


@dataclass(frozen=True, order=True)
class Basis:
    """Why so: a rule that holds, and the evidence for it."""

    rule: str
    about: str
    sentence: str

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {"about": self.about, "rule": self.rule, "sentence": self.sentence}


@dataclass(frozen=True, order=True)
class Obligation:
    """What a clearance asks in return: a credit to print, a licence to pass on."""

    rule: str
    about: str
    sentence: str
    source: str

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {"about": self.about, "rule": self.rule, "sentence": self.sentence, "source": self.source}


@dataclass(frozen=True, order=True)
class Need:
    """A yes that has to be given by somebody in one of `roles` before the work, and what it rests on."""

    rule: str
    about: str
    roles: tuple[str, ...]
    sentence: str
    source: str

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {
            "about": self.about,
            "roles": list(self.roles),
            "rule": self.rule,
            "sentence": self.sentence,
            "source": self.source,
        }


@dataclass(frozen=True)
class NeedsApproval:
    """The gate's not yet: nothing is missing but the word of people. `subject_sha256` is what they have to sign."""

    request_sha256: str
    subject_sha256: str
    needs: tuple[Need, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role whose yes is missing."""
        return tuple(sorted({role for need in self.needs for role in need.roles}))

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {
            "answer": "needs approval",
            "needs": [need.to_dict() for need in self.needs],
            "request_sha256": self.request_sha256,
            "roles": list(self.roles),
            "subject_sha256": self.subject_sha256,
        }

    def error(self) -> NotCleared:
        """The error to raise: who has to approve, and why."""
        return NotCleared(
            f"needs approval by {', '.join(self.roles)}",
            reasons=[f"{need.sentence} ({need.rule})" for need in self.needs],
            hint=_how_to_help(
                f"approve with `secondunit approve {self.subject_sha256} --role ROLE --by NAME`", self.needs
            ),
        )


@dataclass(frozen=True)
class Refusal:
    """The gate's no, with every reason."""

    request_sha256: str
    reasons: tuple[Reason, ...]

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {
            "answer": "refused",
            "reasons": [reason.to_dict() for reason in self.reasons],
            "request_sha256": self.request_sha256,
        }

    def error(self) -> NotCleared:
        """The error to raise: a sentence, every reason, and who can help."""
        n = len(self.reasons)
        who = sorted({reason.who for reason in self.reasons})
        return NotCleared(
            f"not cleared for {n} reason{'' if n == 1 else 's'}",
            reasons=[f"{reason.sentence} ({reason.rule})" for reason in self.reasons],
            hint=_how_to_help(f"ask {', '.join(who)}" if who else "", self.reasons),
        )


@dataclass(frozen=True, order=True)
class ConsentUse:
    """One consent that a clearance rests on. `sha256` is of the consent's content, for manifests that name nobody."""

    consent_id: str
    version: int
    sha256: str
    person_id: str

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON."""
        return {
            "consent_id": self.consent_id,
            "person_id": self.person_id,
            "sha256": self.sha256,
            "version": self.version,
        }


@dataclass(frozen=True)
class Clearance:
    """The gate's yes, bound to one request and to the records as they were on `granted`.

    Made by `rights.gate` alone: the constructor wants a seal that nothing else holds. `basis` lists every
    rule that was looked at, `obligations` what is owed in return, `consents` what it rests on and for whom, `people`
    the ids of everybody whose likeness was asked for.
    """

    request_sha256: str
    records_sha256: str
    granted: dt.date
    basis: tuple[Basis, ...]
    obligations: tuple[Obligation, ...]
    consents: tuple[ConsentUse, ...]
    people: tuple[str, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only `secondunit.rights.gate` makes a Clearance")

    def to_dict(self) -> dict[str, Json]:
        """As plain JSON, for a worker elsewhere (`rights.restore` reads it). It names people: it stays in the house."""
        return {
            "answer": "cleared",
            "basis": [basis.to_dict() for basis in self.basis],
            "consents": [consent.to_dict() for consent in self.consents],
            "granted": self.granted.isoformat(),
            "obligations": [obligation.to_dict() for obligation in self.obligations],
            "people": list(self.people),
            "records_sha256": self.records_sha256,
            "request_sha256": self.request_sha256,
        }

    def to_public(self) -> dict[str, Json]:
        """As plain JSON for strangers: consents by hash alone, no person's id, and of what was said of people the rule.

        `sha256` is that of the whole; the house finds consents and people again in the ledger's line of the version.
        """
        return {
            "answer": "cleared",
            "basis": [self._told(basis) for basis in self.basis],
            "consents": [{"sha256": digest} for digest in sorted({use.sha256 for use in self.consents})],
            "granted": self.granted.isoformat(),
            "obligations": [self._told(obligation) for obligation in self.obligations],
            "records_sha256": self.records_sha256,
            "request_sha256": self.request_sha256,
            "sha256": self.sha256,
        }

    def _told(self, said: Basis | Obligation) -> dict[str, Json]:
        """What was said, without whom it was said of: sentences on people hold ids, names and numbers of papers."""
        told = said.to_dict()
        of_people = said.about in self.people or said.rule.startswith(_OF_PEOPLE)
        return told | {"about": "somebody shown", "sentence": ""} if of_people else told

    @property
    def sha256(self) -> str:
        """The hash that takes and manifests refer to."""
        return canonical_sha256(self.to_dict())


def _how_to_help(first: str, why: tuple[Reason, ...] | tuple[Need, ...]) -> str:
    """What to do next; where a declaration would settle it, that too."""
    if any("nobody has declared" in one.sentence for one in why):
        return first + "; what is not so, declare: `secondunit rights declare SHOT FACT=no --by NAME`"
    return first
