"""Worlds for the gate and its oracle: a request, the records and a day, from the covered case by a few changes.

One source of chance drives everything, so that a world comes back from its seed and hypothesis can shrink it (it hands
in a `random.Random` of its own).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from random import Random

from gate_changes import approval_trick, change
from gate_draft import Draft, World, covered
from people import SHOT, SOURCE, Person

from secondunit.rights import Records
from secondunit.slate.frames import FrameRange
from secondunit.slate.request import PlateUse, Request
from secondunit.slate.rights_records import (
    Approval,
    Role,
)

PEOPLE = {role: Person(f"person of {role}"[:32], role) for role in Role}
OFTEN_ASKED = (
    Role.PERFORMER_OR_REP,
    Role.PRODUCTION_LEGAL,
    Role.STUDIO_CONTACT,
    Role.RIGHTS_CLEARANCE_MANAGER,
) * 4
STRANGER = Person("stranger", *Role)


def world(rng: Random) -> World:
    """A world by chance: the covered case with none to four changes, or a wild one with many."""
    draft = covered(rng)
    wild = rng.random() < 0.05
    n = rng.randint(8, 25) if wild else rng.choices((0, 1, 2, 3, 4), (18, 38, 24, 12, 8))[0]
    if rng.random() < 0.2:
        draft.changes.append(approval_trick(draft))
    for _ in range(n):
        draft.changes.append(change(draft))
    if rng.random() < 0.45:
        draft.approvals = ["missing"] * rng.randint(1, 6)
    return frozen(draft)


def frozen(draft: Draft) -> World:
    """The draft as a request, records and a day; people speak last, of the request as it has become."""
    base = {
        "shot": SHOT, "department": "deage", "engine": "physics 1.0", "use": "vfx",
        "plates": (PlateUse("PL01", SOURCE),), "frames": FrameRange(1001, 1048), "scene": "TCC", "seconds": 2.0,
        "likenesses": tuple(one for one in draft.likenesses if one.depicted_age == one.depicted_age),
        "steps": tuple(draft.steps), "facts": tuple(draft.words.items()),
    }  # fmt: skip
    request = Request(**{**base, **draft.request})
    records = Records(
        plates=(draft.plate, *draft.more_plates), commercial=draft.commercial, consents=tuple(draft.consents),
        standing=tuple(draft.standing), tools=tuple(draft.tools), training=tuple(draft.assets),
        figures=tuple(draft.figures), strikes=tuple(draft.strikes), receipts=tuple(draft.receipts),
        declarations=tuple(draft.declarations), faces=draft.faces, made=draft.made, policies=draft.policies,
        approvers=tuple(person.approver for person in PEOPLE.values()),
        approvals=tuple(_approvals(draft, request)),
    )  # fmt: skip
    return World(request, records, draft.today, draft.changes)


def _approvals(draft: Draft, request: Request) -> list[Approval]:
    """Everybody says yes, but for what `draft.approvals` does to some of them."""
    subject = request.output_sha256 or request.sha256
    kind = "version" if request.output_sha256 else "request"
    noon = dt.datetime.combine(draft.today, dt.time(12), dt.UTC)
    tricked: dict[Role, list[str]] = {}
    for trick in draft.approvals:
        tricked.setdefault(draft.rng.choice((*Role, *OFTEN_ASKED)), []).append(trick)
    said = []
    for role, person in PEOPLE.items():
        yes = person.says(subject, role, at=noon, kind=kind)
        words = [yes]
        for trick in tricked.get(role, ()):
            words = _tricked(trick, words, person, subject, role, noon, kind, draft)
        said += words
    return said


def _tricked(
    trick: str, words: list[Approval], person: Person, subject: str, role: Role, noon: dt.datetime, kind: str,
    draft: Draft,
) -> list[Approval]:  # fmt: skip
    hour = dt.timedelta(hours=1)
    other = PEOPLE[draft.rng.choice([r for r in Role if r is not role])]
    match trick:
        case "missing":
            return []
        case "declined":
            return [person.says(subject, role, yes=False, at=noon, kind=kind)]
        case "declined later":
            return [*words, person.says(subject, role, yes=False, at=noon + hour, kind=kind)]
        case "declined before":
            return [person.says(subject, role, yes=False, at=noon - hour, kind=kind), *words]
        case "forged":
            return [dataclasses.replace(w, signature="00" * 64) for w in words]
        case "replayed":  # of another request, its hash written over
            old = person.says("55" * 32, role, at=noon, kind=kind)
            return [dataclasses.replace(old, subject_sha256=subject)]
        case "other office":
            return [other.says(subject, role, at=noon, kind=kind)]
        case "other person":
            return [dataclasses.replace(w, person=other.approver.person) for w in words]
        case "stranger":
            return [STRANGER.says(subject, role, at=noon, kind=kind)]
        case "other kind":
            return [person.says(subject, role, at=noon, kind="request" if kind == "version" else "version")]
        case "other reason":  # a no whose word was turned
            no = person.says(subject, role, yes=False, at=noon, kind=kind)
            return [dataclasses.replace(no, approved=True)]
        case "tomorrow":
            return [person.says(subject, role, at=noon + 24 * hour, kind=kind)]
        case "own key":  # in another's name, signed by a stranger's key
            return [
                dataclasses.replace(
                    STRANGER.says(subject, role, at=noon, kind=kind), person=person.approver.person
                )
            ]
    raise AssertionError(trick)
