"""The rules, one small function each: a case in, a `Reason` against or a `Basis` for out.

A rule is total (it never raises), looks at nothing but its case and counts what is not known as no. A plate
with several records must pass under every one of them: a doubt about who owns a plate is not resolved by
picking the kinder answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from secondunit.rights.licences import OWNED, Terms, granted_terms, is_named
from secondunit.rights.records import PlateRecord
from secondunit.slate.clearance import Basis, Obligation, Reason
from secondunit.slate.request import PlateUse, Request

USES = frozenset({"vfx", "previz", "training"})
"""What footage may be asked for today. A use that is not listed has no rules yet, so it is refused."""

RIGHTS_TEAM = "the show's rights clearance manager"
PLATE_OWNER = "the owner of the plate"
PRODUCTION = "the production"


@dataclass(frozen=True)
class Case:
    """One plate of one request under one record, on one day."""

    request: Request
    use: PlateUse
    record: PlateRecord
    commercial: bool
    today: dt.date

    @property
    def plate(self) -> str:
        """How sentences name the plate."""
        return f"plate {self.use.label}"

    @property
    def terms(self) -> Terms:
        """What the record's licence grants."""
        return granted_terms(self.record.licence)

    @property
    def licence(self) -> str:
        """The licence's name in a sentence."""
        return self.record.licence.identifier.strip() or "no licence"

    def against(self, rule: str, sentence: str, who: str, source: str) -> Reason:
        """A reason about this plate."""
        return Reason(rule, self.use.label, sentence, who, source)

    def holds(self, rule: str, sentence: str) -> Basis:
        """A basis about this plate."""
        return Basis(rule, self.use.label, sentence)


Verdict: TypeAlias = Reason | Basis
Rule: TypeAlias = Callable[[Case], Verdict]
RequestRule: TypeAlias = Callable[[Request], Verdict]


def use_known(request: Request) -> Verdict:
    """The use has rules."""
    rule = "request.use"
    if request.use in USES:
        return Basis(rule, "", f"`{request.use}` is a use with rules")
    known = ", ".join(sorted(USES))
    return Reason(
        rule, "", f"nothing says what `{request.use}` needs; known uses are {known}", PRODUCTION, "house rule"
    )


def plate_named(request: Request) -> Verdict:
    """The request says which footage it stands on."""
    rule = "request.plate"
    if request.plates:
        return Basis(rule, "", "the request names its plates")
    return Reason(rule, "", "the request names no plate", PRODUCTION, "house rule: every pixel has a source")


def owner_named(case: Case) -> Verdict:
    """Somebody is named as the owner."""
    rule = "plate.owner"
    if is_named(case.record.owner):
        return case.holds(rule, f"{case.plate} belongs to {case.record.owner.strip()}")
    return case.against(
        rule, f"{case.plate} names no owner", RIGHTS_TEAM, "house rule: every source has an owner"
    )


def licence_named(case: Case) -> Verdict:
    """The plate is owned or licensed."""
    rule = "plate.licence"
    name = case.record.licence.identifier
    if is_named(name):
        how = "is owned" if name.strip().lower() == OWNED else f"is here under {case.licence}"
        return case.holds(rule, f"{case.plate} {how}")
    return case.against(
        rule, f"{case.plate} is neither owned nor licensed", PLATE_OWNER, "copyright: no use without a licence"
    )


def derivatives_allowed(case: Case) -> Verdict:
    """The licence allows that the picture is altered; silence is a no."""
    rule = "licence.derivatives"
    if case.terms.derivatives is True:
        return case.holds(rule, f"{case.licence} allows derivatives of {case.plate}")
    says = "forbids derivatives" if case.terms.derivatives is False else "is not known to allow derivatives"
    return case.against(rule, f"{case.licence} {says} of {case.plate}", PLATE_OWNER, case.terms.source)


def commerce_allowed(case: Case) -> Verdict:
    """The licence allows what the show is made for; silence is a no where money is earned."""
    rule = "licence.commercial"
    if not case.commercial:
        return case.holds(rule, "the show is declared non-commercial")
    if case.terms.commercial is True:
        return case.holds(rule, f"{case.licence} allows commercial use of {case.plate}")
    says = "forbids commercial use" if case.terms.commercial is False else "is not known to allow commercial use"
    return case.against(rule, f"{case.licence} {says} of {case.plate}", PLATE_OWNER, case.terms.source)


def use_allowed(case: Case) -> Verdict:
    """Where a contract names uses, this is one of them."""
    rule = "licence.use"
    uses = case.record.uses
    if uses is None or case.request.use in uses:
        return case.holds(rule, f"{case.licence} does not rule out `{case.request.use}` for {case.plate}")
    return case.against(
        rule,
        f"{case.licence} does not grant `{case.request.use}` for {case.plate}",
        PLATE_OWNER,
        case.terms.source,
    )


def licence_current(case: Case) -> Verdict:
    """The licence has not run out; its last day still counts."""
    rule = "licence.current"
    expires = case.record.licence.expires
    if expires is None:
        return case.holds(rule, f"{case.licence} of {case.plate} has no end")
    if case.today <= expires:
        return case.holds(rule, f"{case.licence} of {case.plate} runs to {expires}")
    return case.against(
        rule, f"{case.licence} of {case.plate} ran out on {expires}", PLATE_OWNER, "the term of the licence"
    )


def licence_standing(case: Case) -> Verdict:
    """The licence has not been withdrawn."""
    rule = "licence.standing"
    revoked = case.record.revoked
    if revoked is None or case.today < revoked:
        return case.holds(rule, f"{case.licence} of {case.plate} has not been withdrawn")
    return case.against(
        rule, f"{case.licence} of {case.plate} was withdrawn on {revoked}", PLATE_OWNER, "the owner's withdrawal"
    )


REQUEST_RULES: tuple[RequestRule, ...] = (use_known, plate_named)
RULES: tuple[Rule, ...] = (
    owner_named,
    licence_named,
    derivatives_allowed,
    commerce_allowed,
    use_allowed,
    licence_current,
    licence_standing,
)


def plate_recorded(use: PlateUse, *, recorded: bool) -> Verdict:
    """The plate's source is in the records. Without a record no other rule about the plate can be asked."""
    rule = "plate.recorded"
    if recorded:
        return Basis(rule, use.label, f"the source of plate {use.label} is in the records")
    return Reason(
        rule,
        use.label,
        f"the source of plate {use.label} ({use.source_sha256[:12] or 'no hash'}) is not in the records",
        RIGHTS_TEAM,
        "house rule: every source is ingested with owner and licence",
    )


def obligations_of(case: Case) -> tuple[Obligation, ...]:
    """What a licence asks in return. Share-alike is no refusal: it binds what is released, so it is noted."""
    terms, label, owed = case.terms, case.use.label, []
    if terms.attribution:
        sentence = f"credit {case.record.owner.strip()} for {case.plate} under {case.licence}"
        owed.append(Obligation("licence.attribution", label, sentence, terms.source))
    if terms.share_alike:
        sentence = (
            f"a release that shows {case.plate} must itself be under {case.licence} or a compatible licence"
        )
        owed.append(Obligation("licence.share-alike", label, sentence, terms.source))
    if not case.commercial and terms.commercial is not True:
        sentence = f"{case.plate} under {case.licence} must stay out of anything that earns money"
        owed.append(Obligation("licence.non-commercial", label, sentence, terms.source))
    return tuple(owed)
