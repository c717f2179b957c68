"""Worlds for the gate and its oracle: a request, the records and a day, from the covered case by a few changes.

One source of chance drives everything, so that a world comes back from its seed and hypothesis can shrink it (it hands
in a `random.Random` of its own). About a third of the worlds are cleared, a third wait for somebody, a third are refused.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from random import Random
from typing import Any

from people import ANN, CARD, CONSENT, DEAGE, PHYSICS, SHOT, SOURCE, TODAY, Person, changed
from secondunit.rights import PlateRecord, Records, read_licence
from secondunit.rights.policy import Policy
from secondunit.rights.policy_file import read_policy
from secondunit.slate.consent import (
    ApprovalAsked,
    Attribute,
    Capacity,
    Consent,
    Content,
    LikenessUse,
    ModelScope,
    ReplicaClass,
    Representation,
    Stage,
)
from secondunit.slate.frames import FrameRange
from secondunit.slate.plate import Licence
from secondunit.slate.request import Likeness, PlateUse, Request, Step
from secondunit.slate.rights_records import (
    Approval,
    Declaration,
    Depiction,
    HistoricalFigure,
    Role,
    Standing,
    StandingEvent,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
    TrainingBasis,
    TrainingData,
    UseReceipt,
)

DAY = dt.timedelta(days=1)
LEAP = dt.date(2028, 2, 29)
MODEL, ASSET, OTHER = "11" * 32, "22" * 32, "33" * 32
UNION = "SAG-AFTRA"
PEOPLE = {role: Person(f"person of {role}"[:32], role) for role in Role}
STRANGER = Person("stranger", *Role)
GOOD_WORDS = {
    "could_pass_as_real": "no", "fabricated_statement": "no", "displaces_union_work": "no", "references_ip": "no",
    "ip_permission": "yes", "living_artist_style": "no", "similarity": "pass", "synthetic_performer": "no",
    "personal_data": "no", "confidential_inputs": "no", "human_contribution": "yes", "strike_of_crew": "no",
    "visibility": "background_incidental",
}  # fmt: skip
BAD_WORDS = {
    "visibility": ("none", "background_story", "key", "unknown", "nowhere"),
    "similarity": ("unsure", "fail", "unknown", "passed"),
}  # fmt: skip


def _policy(name: str) -> Policy:
    path = files("secondunit.rights").joinpath(f"policies/{name}.toml")
    return read_policy(name, path.read_text())


HOUSE, STUDIO = _policy("house"), _policy("netflix_2025")
TERMS = tuple(
    dataclasses.replace(_policy(name), rules=(), sha256=name)
    for name in ("california", "new_york", "tennessee", "denmark")
)


@dataclass
class World:
    """What the gate is asked, and what was done to the covered case."""

    request: Request
    records: Records
    today: dt.date
    changes: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"World({'; '.join(self.changes) or 'covered'})"


@dataclass
class Draft:
    """A world before it is frozen."""

    rng: Random
    request: dict[str, Any]
    consents: list[Consent]
    standing: list[StandingEvent]
    likenesses: list[Likeness]
    plate: PlateRecord
    more_plates: list[PlateRecord]
    tools: list[ToolCard]
    steps: list[Step]
    assets: list[TrainingAsset]
    words: dict[str, str]
    today: dt.date = TODAY
    commercial: bool = True
    strikes: list[StrikeNotice] = field(default_factory=list)
    figures: list[HistoricalFigure] = field(default_factory=list)
    receipts: list[UseReceipt] = field(default_factory=list)
    declarations: list[Declaration] = field(default_factory=list)
    faces: dict[str, int] = field(default_factory=lambda: {SOURCE: 0})
    approvals: list[str] = field(default_factory=list)
    policies: tuple[Policy, ...] = (HOUSE, *TERMS)
    changes: list[str] = field(default_factory=list)

    def change_consent(self, path: str, value: Any, which: int = 0) -> None:
        if which < len(self.consents):
            self.consents[which] = changed(self.consents[which], path, value)

    def change_likeness(self, path: str, value: Any) -> None:
        if self.likenesses:
            self.likenesses[0] = changed(self.likenesses[0], path, value)


def covered(rng: Random) -> Draft:
    """A case that the house clears once those who are asked have said yes; with a model that learned from Ann or not."""
    draft = Draft(
        rng, {"stage": rng.choice((Stage.TEMP, Stage.FINAL))}, [CONSENT],
        [StandingEvent("CNS-001", Standing.ACTIVE, dt.date(2026, 1, 1), "Rita Clear")], [DEAGE],
        PlateRecord("PL01", SOURCE, "Ada Films", read_licence("owned")), [], [CARD], [PHYSICS], [], dict(GOOD_WORDS),
    )  # fmt: skip
    draft.changes.append(f"stage {draft.request['stage']}")
    if rng.random() < 0.35:
        draft.tools.append(
            ToolCard("deager", "2", MODEL, TrainingData.LICENSED, False, False, True, (ANN,), ("ds-ann-1",), "AGM",
                     ModelScope.PROJECT_MODEL_ONLY)
        )  # fmt: skip
        draft.steps.append(Step("deager", "2", MODEL))
        draft.changes.append("model")
    if rng.random() < 0.25:
        draft.assets.append(
            TrainingAsset("ds-ann-1", ASSET, "Ada Films", "deal#7", TrainingBasis.CONTRACT, (ANN,), opted_out=False)
        )
        draft.request["training"] = (ASSET,)
        draft.changes.append("training")
    if rng.random() < 0.3:
        draft.policies = (HOUSE, STUDIO, *TERMS)
        draft.changes.append("studio's table")
    if rng.random() < 0.15:
        other = rng.choice(OTHER_CASES)
        other(draft)
        draft.changes.append(other.__name__)
    return draft


def nobody(draft: Draft) -> None:
    draft.likenesses = []


def voice(draft: Draft) -> None:
    use = draft.rng.choice(tuple(LikenessUse))
    draft.change_likeness("use", use)
    draft.change_consent("uses", (use,))
    draft.change_consent("replica_class", draft.rng.choice(tuple(ReplicaClass)))
    draft.changes.append(use)


def child(draft: Draft) -> None:
    draft.change_consent("subject.born", draft.rng.choice((dt.date(2012, 5, 1), dt.date(2008, 11, 25))))
    draft.change_consent("grantor", dataclasses.replace(CONSENT.grantor, party_id="P-mum",
                                                        capacity=Capacity.PARENT_OR_GUARDIAN))  # fmt: skip


def estate(draft: Draft) -> None:
    died = draft.rng.choice((dt.date(2026, 9, 1), dt.date(1990, 2, 3), dt.date(1956, 11, 25), dt.date(1950, 1, 1)))
    draft.change_consent("subject.living", False)
    draft.change_consent("subject.died", died)
    draft.change_consent("grantor", dataclasses.replace(
        CONSENT.grantor, party_id="P-heir", capacity=draft.rng.choice(tuple(Capacity))))  # fmt: skip


def history(draft: Draft) -> None:
    died = draft.rng.choice(
        (dt.date(1865, 4, 15), TODAY.replace(year=1956), TODAY.replace(year=1956) - DAY, dt.date(1970, 1, 1), None)
    )
    person = draft.rng.choice(("H-abe", "H-abe", ANN))
    figure = HistoricalFigure(
        person, "Abe", died, False, "as he was", draft.rng.choice(tuple(Depiction)), "Ed Itor"
    )
    draft.figures.append(figure)
    draft.likenesses = [dataclasses.replace(DEAGE, person_id=person, use=LikenessUse.HISTORICAL_DEPICTION)]


def exception(draft: Draft) -> None:
    rng = draft.rng
    draft.change_likeness("exception_by", rng.choice(("Cora Claim", "Cora Claim", "", "  ")))
    draft.change_likeness(rng.choice(("recognizable", "as_scripted")), rng.choice((True, False)))
    draft.change_likeness("use", rng.choice((LikenessUse.DEAGE, *LikenessUse)))
    if rng.random() < 0.4:
        draft.consents = []


def two_people(draft: Draft) -> None:
    bob = changed(changed(CONSENT, "consent_id", "CNS-002"), "subject.person_id", "P-bob")
    draft.consents.append(changed(bob, "grantor.party_id", "P-bob"))
    draft.standing.append(StandingEvent("CNS-002", Standing.ACTIVE, dt.date(2026, 1, 1), "Rita Clear"))
    draft.likenesses.append(dataclasses.replace(DEAGE, person_id="P-bob"))


def two_consents(draft: Draft) -> None:
    again = changed(CONSENT, "consent_id", "CNS-003")
    path, values = draft.rng.choice(tuple(CONSENT_VALUES.items()))
    draft.consents.append(changed(again, path, draft.rng.choice(values)))
    draft.standing.append(StandingEvent("CNS-003", Standing.ACTIVE, dt.date(2026, 1, 1), "Rita Clear"))
    draft.changes.append(f"CNS-003 {path} = {getattr_path(draft.consents[-1], path)}")


OTHER_CASES: tuple[Callable[[Draft], None], ...] = (
    nobody, voice, child, estate, history, exception, two_people, two_consents, two_consents,
)  # fmt: skip

# ------------------------------------------------------------------------------------ values, good and bad


def near(day: dt.date) -> tuple[dt.date, ...]:
    return (day - DAY, day, day + DAY)


CONSENT_VALUES: dict[str, tuple[Any, ...]] = {
    "subject.person_id": ("P-bob", "Р-ann"),  # the second with a Cyrillic letter
    "subject.living": (None, False, True),
    "subject.born": (None, *near(TODAY.replace(year=2008)), *near(dt.date(2008, 1, 1)), dt.date(2008, 2, 29)),
    "subject.died": (None, *near(dt.date(2026, 1, 1)), dt.date(1956, 11, 25), dt.date(1956, 11, 24), TODAY, TODAY + DAY),
    "subject.domicile": ("", "US-NY", "US-TN", "DK", "FR"),
    "subject.union": ((), ("ACTRA",), (UNION, "ACTRA")),
    "grantor.capacity": tuple(Capacity),
    "grantor.party_id": ("P-mum", ""),
    "grantor.authority_evidence": ("", " "),
    "representation": tuple(Representation),
    "attributes": ((), (Attribute.VOICE,), (Attribute.FACE, Attribute.VOICE)),
    "replica_class": tuple(ReplicaClass),
    "uses": ((), (LikenessUse.AGE_UP,), tuple(LikenessUse)),
    "description_of_use": ("", "De-age Ann as wanted", "x " * 7, "a b c d e f g h", "a b c d e f g h" + " " * 40, "wordwordword " * 8, " " * 60),
    "projects": ((), ("AGN",), ("*",), ("agm",), ("AGN", "AGM")),
    "territories": ((), ("US",), ("US", "DE"), ("world",), ("WORLD", "US")),
    "term.start": (*near(TODAY), dt.date(2026, 1, 1)),
    "term.end": (None, *near(TODAY), LEAP),
    "term.open_ended": (True, False),
    "term.survives_death": (True, False),
    "evidence.signed_at": (*near(dt.date(2026, 1, 1)), dt.date(2025, 1, 1), dt.date(2027, 1, 1)),
    "evidence.document_sha256": ("", "cd"),
    "evidence.separately_signed": (False,),
    "evidence.clear_and_conspicuous": (False,),
    "description_reviewed_by": ("Rita",),
    "scripted_scope.scenes": ((), ("14",), ("TCC",), ("tcc",)),
    "scripted_scope.max_screen_seconds": (None, 0.0, 1.999, 2.0, 5.0, float("nan")),
    "scripted_scope.new_dialogue_allowed": (True, False),
    "prohibited": ((), tuple(Content), (Content.VIOLENCE_GORE,)),
    "nudity_rider": ("rider#1", ""),
    "stages": ((), (Stage.TEMP,), (Stage.FINAL,), tuple(Stage)),
    "media": ((), ("svod",), ("svod", "cinema")),
    "languages": ((), ("de",), ("original", "de")),
    "training.allowed": (False,),
    "training.model_scope": tuple(ModelScope),
    "training.dataset_ids": ((), ("ds-2",), ("ds-ann-1", "ds-2")),
    "training.delete_model_by": (None, *near(TODAY)),
    "strike.suspended_during_strike": (True, False),
    "approval_required": (*((a,) for a in ApprovalAsked), tuple(ApprovalAsked), ()),
}
LIKENESS_VALUES: dict[str, tuple[Any, ...]] = {
    "person_id": ("P-bob", "P-nobody", "Р-ann", "H-abe", "", " "),
    "use": tuple(LikenessUse),
    "attributes": ((), (Attribute.VOICE,), (Attribute.FACE, Attribute.VOICE)),
    "recognizable": (None, False, True),
    "as_scripted": (None, True, False),
    "alters_performance": (None, True, False),
    "new_dialogue": (None, True, False),
    "language": ("de", "fr", ""),
    "depicted_age": (None, 17, 17.99, 18, 30, 0, float("nan")),
    "exception_by": ("Cora Claim", " "),
}
REQUEST_VALUES: dict[str, tuple[Any, ...]] = {
    "stage": tuple(Stage),
    "scene": ("", "14", "15", "tcc"),
    "seconds": (0.0, 120.0, 120.001, 3.0, -5.0),
    "content": (*((c,) for c in Content), (Content.NUDITY, Content.DRUGS)),
    "territories": (("US",), ("US", "DE"), ("WORLD",), ("JP",)),
    "media": (("svod",), ("cinema",), ("svod", "cinema")),
    "languages": (("de",), ("original",), ("de", "fr")),
    "use": ("previz", "training", "anything", ""),
    "plates": ((), (PlateUse("PL01", SOURCE), PlateUse("PL02", OTHER)), (PlateUse("PL01", OTHER),)),
    "output_sha256": ("44" * 32,),
    "training": ((ASSET,), (OTHER,)),
    "shot": (type(SHOT).parse("AGN_104_TCC_0010"), type(SHOT).parse("AGM_104_TCC_0020")),
}
PLATE_VALUES: dict[str, tuple[Any, ...]] = {
    "owner": ("", "unknown", " "),
    "licence.identifier": ("", "unknown", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-4.0", "CC-BY-NC-ND-4.0", "deal#3"),
    "licence.derivatives": (None, False),
    "licence.commercial": (None, False),
    "licence.expires": near(TODAY),
    "uses": ((), ("vfx",), ("previz",)),
    "revoked": near(TODAY),
    "source_sha256": (OTHER,),
}
TOOL_VALUES: dict[str, tuple[Any, ...]] = {
    "trains_on_inputs": (None, True),
    "retains_inputs": (None, True),
    "enterprise_secured": (None, False),
    "training_data": tuple(TrainingData),
    "learned_from": ((), (ANN,), ("P-bob",), (ANN, "P-bob")),
    "dataset_ids": ((), ("ds-ann-1",), ("ds-ann-1", "ds-2"), ("ds-2",)),
    "project": ("", "AGM", "AGN"),
    "scope": tuple(ModelScope),
    "quarantined": (True,),
    "weights_sha256": (OTHER,),
    "version": ("3",),
    "tool_id": ("physics",),
}
ASSET_VALUES: dict[str, tuple[Any, ...]] = {
    "basis": (None, *TrainingBasis),
    "opted_out": (None, True),
    "expires": near(TODAY),
    "revoked": near(TODAY),
    "persons": ((), (ANN,), ("P-bob",), (ANN, "P-bob")),
    "rights_holder": ("", "unknown"),
    "licence": ("", "unknown"),
    "asset_id": ("ds-2",),
    "sha256": (OTHER,),
}
FIGURE_VALUES: dict[str, tuple[Any, ...]] = {
    "died": (None, *near(TODAY.replace(year=1956)), dt.date(1900, 1, 1)),
    "heirs_known": (None, True, False),
    "dignity_policy": ("",),
    "editorial_approver": ("", " "),
    "depiction": tuple(Depiction),
}


def getattr_path(thing: Any, path: str) -> Any:
    for name in path.split("."):
        thing = getattr(thing, name)
    return thing


# ------------------------------------------------------------------------------------------------ changes


def change(draft: Draft) -> str:
    """One thing is made different; says what."""
    kind, weight = zip(*CHANGES, strict=True)
    return draft.rng.choices(kind, weight)[0](draft)


def _pick(draft: Draft, values: dict[str, tuple[Any, ...]]) -> tuple[str, Any]:
    path = draft.rng.choice(tuple(values))
    return path, draft.rng.choice(values[path])


def consent_changes(draft: Draft) -> str:
    path, value = _pick(draft, CONSENT_VALUES)
    which = draft.rng.randrange(max(len(draft.consents), 1))
    draft.change_consent(path, value, which)
    return f"consent[{which}].{path} = {value!r}"


def likeness_changes(draft: Draft) -> str:
    path, value = _pick(draft, LIKENESS_VALUES)
    draft.change_likeness(path, value)
    return f"likeness.{path} = {value!r}"


def request_changes(draft: Draft) -> str:
    path, value = _pick(draft, REQUEST_VALUES)
    draft.request[path] = value
    return f"request.{path} = {value!r}"


def plate_changes(draft: Draft) -> str:
    path, value = _pick(draft, PLATE_VALUES)
    if draft.rng.random() < 0.25:
        draft.more_plates.append(changed(draft.plate, path, value))
        return f"another record with {path} = {value!r}"
    draft.plate = changed(draft.plate, path, value)
    return f"plate.{path} = {value!r}"


def tool_changes(draft: Draft) -> str:
    which = draft.rng.randrange(len(draft.tools)) if draft.tools else None
    if which is None or draft.rng.random() < 0.15:
        path, value = draft.rng.choice((("weights_sha256", OTHER), ("version", "9"), ("tool_id", "physics")))
        draft.steps[-1] = changed(draft.steps[-1], path, value)
        return f"step.{path} = {value!r}"
    path, value = _pick(draft, TOOL_VALUES)
    draft.tools[which] = changed(draft.tools[which], path, value)
    return f"tool[{which}].{path} = {value!r}"


def asset_changes(draft: Draft) -> str:
    path, value = _pick(draft, ASSET_VALUES)
    if not draft.assets:
        return "nothing"
    draft.assets[0] = changed(draft.assets[0], path, value)
    return f"asset.{path} = {value!r}"


def figure_changes(draft: Draft) -> str:
    path, value = _pick(draft, FIGURE_VALUES)
    if not draft.figures:
        return "nothing"
    draft.figures[0] = changed(draft.figures[0], path, value)
    return f"figure.{path} = {value!r}"


def standing_changes(draft: Draft) -> str:
    rng = draft.rng
    event = StandingEvent(
        rng.choice(("CNS-001", "CNS-001", "CNS-002", "CNS-003")), rng.choice(tuple(Standing)),
        rng.choice((*near(TODAY), dt.date(2026, 2, 1))), "Rita Clear",
    )  # fmt: skip
    if rng.random() < 0.3:
        draft.standing.insert(0, event)
        return f"first {event.standing} of {event.consent_id} on {event.on}"
    draft.standing.append(event)
    if rng.random() < 0.1:
        draft.standing = []
        return "nobody said how it stands"
    return f"{event.standing} of {event.consent_id} on {event.on}"


def consent_goes(draft: Draft) -> str:
    if draft.consents:
        draft.consents.pop(draft.rng.randrange(len(draft.consents)))
    return "a consent less"


def strike_begins(draft: Draft) -> str:
    rng = draft.rng
    start = rng.choice((*near(TODAY), dt.date(2026, 10, 1)))
    notice = StrikeNotice(
        rng.choice((UNION, UNION, "ACTRA")), start, rng.choice((None, *(d for d in near(TODAY) if d >= start)))
    )
    draft.strikes.append(notice)
    return f"strike {notice.union} {notice.start}-{notice.end}"


def receipt_comes(draft: Draft) -> str:
    rng = draft.rng
    receipt = UseReceipt(
        f"R{len(draft.receipts)}", rng.choice(("CNS-001", "CNS-001", "CNS-003", "CNS-009")), ANN,
        rng.choice(("AGM_104_TCC_0010", "AGM_104_TCC_0020")), "TCC", "v001",
        rng.choice((1.0, 117.0, 118.0, 118.001, 120.0, 500.0)), rng.random() < 0.3,
    )  # fmt: skip
    draft.receipts.append(receipt)
    return f"used {receipt.seconds} of {receipt.consent_id} in {receipt.shot} released {receipt.released}"


def word_said(draft: Draft) -> str:
    rng = draft.rng
    fact = rng.choice(tuple(GOOD_WORDS))
    value = rng.choice(BAD_WORDS.get(fact, ("yes", "no", "unknown", "YES", "maybe")))
    how = rng.randrange(4)
    if how == 0:
        draft.words.pop(fact, None)
        return f"nobody says {fact}"
    if how == 1:
        draft.words[fact] = value
        return f"the department says {fact} = {value}"
    shot = rng.choice((str(SHOT), "", "AGM_104_TCC_0020"))
    if how == 2 and rng.random() < 0.5:
        draft.words.pop(fact, None)
    draft.declarations.append(Declaration(shot, fact, value, rng.choice(("Dee Clare", "Dee Clare", ""))))
    return f"declared {fact} = {value} of {shot or 'the show'} by {draft.declarations[-1].by!r}"


def faces_found(draft: Draft) -> str:
    count = draft.rng.choice((None, 1, 3, 0))
    if count is None:
        draft.faces.pop(SOURCE, None)
    else:
        draft.faces[SOURCE] = count
    return f"faces nobody named: {count}"


def day_moves(draft: Draft) -> str:
    days = (
        dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2028, 12, 31), dt.date(2029, 1, 1), LEAP, LEAP + DAY,
        *near(TODAY),
    )  # fmt: skip
    draft.today = draft.rng.choice(days)
    return f"today is {draft.today}"


def commerce(draft: Draft) -> str:
    draft.commercial = not draft.commercial
    return f"commercial {draft.commercial}"


def policies_change(draft: Draft) -> str:
    draft.policies = draft.rng.choice(((HOUSE,), (HOUSE, STUDIO), (HOUSE, *TERMS)))
    return f"policies {[p.id for p in draft.policies]}"


def approval_trick(draft: Draft) -> str:
    trick = draft.rng.choice(
        ("missing", "declined", "declined later", "forged", "replayed", "other office", "other person", "stranger",
         "other kind", "other reason", "tomorrow", "own key", "declined before")
    )  # fmt: skip
    draft.approvals.append(trick)
    return f"approval {trick}"


CHANGES: tuple[tuple[Callable[[Draft], str], int], ...] = (
    (consent_changes, 30), (likeness_changes, 14), (request_changes, 12), (plate_changes, 8), (tool_changes, 12),
    (asset_changes, 8), (figure_changes, 4), (standing_changes, 5), (consent_goes, 2), (strike_begins, 4),
    (receipt_comes, 5), (word_said, 8), (faces_found, 3), (day_moves, 4), (commerce, 2), (policies_change, 2),
    (approval_trick, 6),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------- frozen


def world(rng: Random) -> World:
    """A world by chance: the covered case with none to four changes, or a wild one with many."""
    draft = covered(rng)
    wild = rng.random() < 0.05
    n = rng.randint(8, 25) if wild else rng.choices((0, 1, 2, 3, 4), (18, 38, 24, 12, 8))[0]
    for _ in range(n):
        draft.changes.append(change(draft))
    if rng.random() < 0.3:
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
        declarations=tuple(draft.declarations), faces=draft.faces, policies=draft.policies,
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
        tricked.setdefault(draft.rng.choice(tuple(Role)), []).append(trick)
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
            return [dataclasses.replace(STRANGER.says(subject, role, at=noon, kind=kind), person=person.approver.person)]
    raise AssertionError(trick)


_ = Licence
