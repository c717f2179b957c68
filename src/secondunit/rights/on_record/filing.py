"""May this record go on record beside those that are there, and what is written down for it?

Pure: the records as they stand and a new one in; the records to write out, or a refusal that names both sides.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Iterator, Mapping

from secondunit.errors import BadInput
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.merged_facts import identity_clash
from secondunit.rights.on_record.record_kinds import Record, kind_of
from secondunit.rights.on_record.standing import FINAL, standing_on
from secondunit.rights.written.names import find_look_alike, is_look_alike
from secondunit.slate.consent import Consent, Subject
from secondunit.slate.rights_records import (
    Approver,
    HistoricalFigure,
    Standing,
    StandingEvent,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
)

NEW_ID = "a new agreement is a consent of its own, with an id of its own"
TELL_APART = "if they are two people, write after the name what tells them apart: `Ada Lovelace (stunts)`"


def file_record(
    known: Ledgered, record: Record, *, by: str, today: dt.date, papered: bool = False
) -> tuple[Record, ...]:
    """What to write into the ledger for a new record.

    `papered` says that the signed paper of a consent lies in the vault; without it a first version is a draft. Raises
    `BadInput` for what is there already, contradicts it, or could be taken for it.
    """
    _check_unions(known, record)
    match record:
        case Consent():
            return _file_consent(known, record, by=by, today=today, papered=papered)
        case Subject():
            _check_person(known, record)
            before = known.people.get(record.person_id)
            if before is not None and before.died is not None and record.died is None:
                raise BadInput(
                    f"`{record.person_id}` died on {before.died}, which this record does not say",
                    hint=f"write `died = {before.died}`",
                )
        case ToolCard():
            _check_tool(known, record)
        case TrainingAsset():
            _check_asset(known, record)
        case HistoricalFigure():
            _check_figure(known, record)
        case Approver():
            _check_approver(known, record)
    if _is_there(known, record):
        raise BadInput(
            f"this {kind_of(record).word.replace('_', ' ')} is on record just so already",
            hint="nothing is to be done",
        )
    return (record,)


def find_consent(known: Ledgered, consent_id: str) -> Consent:
    """A consent on record; raises `BadInput` that names the nearest."""
    found = known.consents.get(consent_id)
    if found is None:
        near = difflib.get_close_matches(consent_id, known.consents, n=1)
        hint = f"did you mean `{near[0]}`" if near else "`secondunit rights list` names those on record"
        raise BadInput(f"no consent `{consent_id}` is on record", hint=hint)
    return found


def _file_consent(
    known: Ledgered, consent: Consent, *, by: str, today: dt.date, papered: bool
) -> tuple[Record, ...]:
    name, number = consent.consent_id, consent.version
    _check_person(known, consent.subject)
    events = known.standing.get(name, ())
    if any(event.standing in FINAL for event in events):
        raise BadInput(f"`{name}` was withdrawn or superseded and takes no new version", hint=NEW_ID)
    now = standing_on(events, today)
    begin = StandingEvent(name, Standing.ACTIVE, today, by, "the signed paper is in the vault")
    before = known.consents.get(name)
    if known.versions.get((name, number)) == consent:
        if papered and (now is None or now.standing is Standing.DRAFT):
            return (begin,)
        raise BadInput(f"version {number} of `{name}` is on record already", hint="nothing is to be done")
    _check_version(known, consent, before)
    _check_paper(known, consent)
    if papered:
        # A suspension outlives a new version: somebody has to lift it.
        return (consent,) if now is not None and now.standing is not Standing.DRAFT else (consent, begin)
    if before is not None:
        raise BadInput(
            f"version {number} of `{name}` comes without its signed paper", hint="pass it with `--document`"
        )
    return (consent, StandingEvent(name, Standing.DRAFT, today, by, "the signed paper is not in the vault"))


def _check_version(known: Ledgered, consent: Consent, before: Consent | None) -> None:
    name, number = consent.consent_id, consent.version
    if before is None:
        alike = next((other for other in known.consents if is_look_alike(other, name)), None)
        if alike is not None:
            raise BadInput(f"`{name}` could be taken for the consent `{alike}`", hint="give it another id")
    elif before.subject.person_id != consent.subject.person_id:
        raise BadInput(
            f"`{name}` is a consent of `{before.subject.person_id}`, not of `{consent.subject.person_id}`",
            hint=NEW_ID,
        )
    if (name, number) in known.versions:
        raise BadInput(
            f"version {number} of `{name}` is on record and says something else",
            hint=f"a consent is never edited: write what was signed now as version {_next(before)}",
        )
    if number != _next(before):
        raise BadInput(f"the next version of `{name}` is {_next(before)}, not {number}", hint="mend `version`")


def _next(before: Consent | None) -> int:
    return 1 if before is None else before.version + 1


def _check_paper(known: Ledgered, consent: Consent) -> None:
    paper, whose = consent.evidence.document_sha256, consent.subject.person_id
    for other in known.versions.values():
        if other.evidence.document_sha256 == paper and other.subject.person_id != whose:
            raise BadInput(
                f"the signed paper of `{consent.consent_id}` is that of `{other.consent_id}`, which "
                f"`{other.subject.person_id}` gave and not `{whose}`",
                hint="pass the paper that this person signed",
            )


def _check_person(known: Ledgered, person: Subject) -> None:
    who = person.person_id
    before = known.people.get(who)
    if before is not None:
        clash = identity_clash(before, person)
        if clash:
            raise BadInput(
                f"this record says of `{who}` {clash}", hint="mend it, or give another person another id"
            )
    else:
        alike = next(
            (other for other in _ids_of_people(known) if other != who and is_look_alike(other, who)), None
        )
        if alike is not None:
            raise BadInput(
                f"the id `{who}` could be taken for `{alike}`", hint="use the one on record, or another"
            )
    _check_name(known, who, person.name)


def _check_name(known: Ledgered, who: str, name: str) -> None:
    others = {one.person_id: one.name for one in known.figures.values()}
    others |= {one.person_id: one.name for one in known.people.values()}
    others.pop(who, None)
    alike = find_look_alike(name, others)
    if alike is not None:
        raise BadInput(
            f"`{name}` ({who}) could be taken for `{others[alike]}` ({alike}), who is on record", hint=TELL_APART
        )


def _ids_of_people(known: Ledgered) -> Iterator[str]:
    yield from known.people
    yield from known.figures


def _check_figure(known: Ledgered, figure: HistoricalFigure) -> None:
    person = known.people.get(figure.person_id)
    if person is not None and person.living is not False and person.died is None:
        raise BadInput(
            f"`{figure.person_id}` is on record as a person who lives",
            hint="record the death first, or give the figure another id",
        )
    _check_name(known, figure.person_id, figure.name)


def _check_tool(known: Ledgered, card: ToolCard) -> None:
    for other in known.tools:
        same_name = (other.tool_id, other.version) == (card.tool_id, card.version)
        if card.weights_sha256 and other.weights_sha256 == card.weights_sha256 and not same_name:
            raise BadInput(
                f"these weights are on record as `{other.tool_id}` {other.version}, not as `{card.tool_id}` "
                f"{card.version}",
                hint="a model is its weights: use the name on record",
            )
        if same_name and other.weights_sha256 != card.weights_sha256:
            raise BadInput(
                f"`{card.tool_id}` {card.version} is on record with other weights",
                hint="give it another `version`",
            )
        if same_name and other.quarantined and not card.quarantined:
            raise BadInput(
                f"`{card.tool_id}` {card.version} was taken out of use and stays so",
                hint="train it anew without what was withdrawn",
            )


def _check_asset(known: Ledgered, asset: TrainingAsset) -> None:
    for other in known.assets.values():
        if (other.asset_id == asset.asset_id) != (other.sha256 == asset.sha256):
            raise BadInput(
                f"`{asset.asset_id}` with the hash {asset.sha256[:12]}… is on record as `{other.asset_id}` with "
                f"{other.sha256[:12]}…",
                hint="one asset has one id and one content",
            )


def _check_approver(known: Ledgered, approver: Approver) -> None:
    for other in known.approvers:
        if other.key == approver.key and other.person != approver.person:
            raise BadInput(
                f"the key of `{approver.person}` is that of `{other.person}`",
                hint="everybody signs with a key of their own",
            )
        if other.person != approver.person and is_look_alike(other.person, approver.person):
            raise BadInput(
                f"`{approver.person}` could be taken for the approver `{other.person}`", hint=TELL_APART
            )


def _check_unions(known: Ledgered, record: Record) -> None:
    """One union, one spelling: a strike is matched by it to the letter."""
    match record:
        case Consent():
            said: Iterable[str] = record.subject.union
        case Subject():
            said = record.union
        case StrikeNotice():
            said = (record.union,)
        case _:
            return
    spelt = _unions(known)
    for union in said:
        other = None if union in spelt else find_look_alike(union, spelt)
        if other is not None:
            raise BadInput(f"the union `{union}` is on record as `{other}`", hint="spell it so")


def _unions(known: Ledgered) -> Mapping[str, str]:
    people = (union for person in known.people.values() for union in person.union)
    return {union: union for union in (*people, *(notice.union for notice in known.strikes))}


def _is_there(known: Ledgered, record: Record) -> bool:
    match record:
        case Subject():
            return known.people.get(record.person_id) == record and ("person", record.person_id) in known.lines
        case TrainingAsset():
            return known.assets.get(record.asset_id) == record
        case HistoricalFigure():
            return known.figures.get(record.person_id) == record
    return record in (*known.tools, *known.strikes, *known.footage, *known.approvers)
