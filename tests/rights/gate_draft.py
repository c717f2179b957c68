"""A world before it is frozen: the covered case, and some others that begin elsewhere."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from gate_terms import LAWS, PICKS, TERM_CASES
from gate_values import ASSET, CONSENT_VALUES, DAY, GOOD_WORDS, MODEL, getattr_path
from people import ANN, CARD, DEAGE, PHYSICS, SOURCE, TODAY, changed
from people import CONSENT as PLAIN
from policy_cases import policies

from secondunit.rights import PlateRecord, Records, read_licence
from secondunit.rights.policies.policy import Policy
from secondunit.slate.consent import (
    Capacity,
    Consent,
    Content,
    Custody,
    LikenessUse,
    ModelScope,
    ReplicaClass,
    Stage,
)
from secondunit.slate.request import Likeness, Request, Step
from secondunit.slate.rights_records import (
    Declaration,
    Depiction,
    HistoricalFigure,
    Standing,
    StandingEvent,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
    TrainingBasis,
    TrainingData,
    UseReceipt,
)

HOUSE, STUDIO = policies("house", "netflix_2025")
# What the guild asks for besides: pay with benefits, a place for scans, a reason for them.
CONSENT = dataclasses.replace(
    PLAIN,
    compensation=dataclasses.replace(PLAIN.compensation, benefits_contribution=True),
    custody=Custody("vault A", ("vfx",), business_reason="flashbacks of episode 104"),
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
    made: dict[str, dt.date] = field(default_factory=dict)
    approvals: list[str] = field(default_factory=list)
    policies: tuple[Policy, ...] = policies("house", *LAWS)
    changes: list[str] = field(default_factory=list)

    def change_consent(self, path: str, value: Any, which: int = 0) -> None:
        if which < len(self.consents):
            self.consents[which] = changed(self.consents[which], path, value)

    def change_likeness(self, path: str, value: Any) -> None:
        if self.likenesses:
            self.likenesses[0] = changed(self.likenesses[0], path, value)


def covered(rng: Random) -> Draft:
    """A case that the house clears once all who are asked have said yes; with a model that learned from Ann or not."""
    draft = Draft(
        rng, {"stage": rng.choice((Stage.TEMP, Stage.FINAL))}, [CONSENT],
        [StandingEvent("CNS-001", Standing.ACTIVE, dt.date(2026, 1, 1), "Rita Clear")], [DEAGE],
        PlateRecord("PL01", SOURCE, "Ada Films", read_licence("owned")), [], [CARD], [PHYSICS], [], dict(GOOD_WORDS),
    )  # fmt: skip
    draft.changes.append(f"stage {draft.request['stage']}")
    # These say nothing by themselves: another word has to be bad as well.
    for fact in SILENT_ALONE:
        draft.words[fact] = rng.choice(("yes", "no"))
    if rng.random() < 0.35:
        draft.tools.append(
            ToolCard("deager", "2", MODEL, TrainingData.LICENSED, False, False, True, (ANN,), ("ds-ann-1",), "AGM",
                     ModelScope.PROJECT_MODEL_ONLY)
        )  # fmt: skip
        draft.steps.append(Step("deager", "2", MODEL))
        draft.changes.append("model")
    if rng.random() < 0.35:
        draft.assets.append(
            TrainingAsset(
                "ds-ann-1", ASSET, "Ada Films", "deal#7", TrainingBasis.CONTRACT, (ANN,), opted_out=False
            )
        )
        draft.request["training"] = (ASSET,)
        draft.changes.append("training")
    draft.policies = rng.choices(PICKS, PICK_WEIGHTS)[0]
    draft.changes.append(f"policies {[p.id for p in draft.policies]}")
    draft.words["visibility"] = rng.choice((*("background_incidental",) * 4, "background_story", "key", "none"))
    rare(draft)
    if rng.random() < 0.3:
        draft.policies = rng.choice((draft.policies, PICKS[0]))
        other = rng.choice(TERM_CASES)
        other(draft)
        draft.changes.append(other.__name__)
    if rng.random() < 0.22:
        other = rng.choice(OTHER_CASES)
        other(draft)
        draft.changes.append(other.__name__)
    return draft


PICK_WEIGHTS = (18, 14, 20, 10, 8, 6, 6, 4, 4, 4, 4, 2)
SILENT_ALONE = (
    "fabricated_statement", "ip_permission", "human_contribution", "personal_data_approved", "satire_or_art",
    "synthetic_notice", "union_training_notice", "scan_notice",
)  # fmt: skip


def rare(draft: Draft) -> None:
    """What single changes alone would bring too seldom for a rule that is left out to be noticed."""
    rng = draft.rng
    if draft.assets and rng.random() < 0.25:
        path = rng.choice(("revoked", "expires", "basis"))
        value = None if path == "basis" else TODAY + rng.choice((-1, 0, 1)) * DAY
        draft.assets[0] = dataclasses.replace(draft.assets[0], **{path: value})
        if "model" in draft.changes and rng.random() < 0.5:
            draft.request.pop("training")  # it was learned from, and is learned from no more
        draft.changes.append(f"asset.{path} = {value}")
    if rng.random() < 0.15:
        draft.tools[0] = dataclasses.replace(draft.tools[0], enterprise_secured=rng.choice((None, False)))
        draft.words["confidential_inputs"] = rng.choice(("no", "no", "yes", "unknown"))
        draft.changes.append(f"tool not secured, confidential inputs: {draft.words['confidential_inputs']}")
    if rng.random() < 0.25:
        fact = rng.choice((*sorted(GOOD_WORDS), "personal_data", "references_ip", "could_pass_as_real"))
        draft.words[fact] = rng.choice(("yes", "no", "unknown", "unsure", "fail"))
        draft.changes.append(f"{fact} = {draft.words[fact]}")
    if rng.random() < 0.04:
        draft.request["content"] = (Content.DEFAMATORY,)
        draft.changes.append("defamatory")
    if rng.random() < 0.06:
        draft.change_likeness("alters_performance", rng.choice((True, None)))
        draft.changes.append("performance altered")


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
    died = draft.rng.choice(
        (dt.date(2026, 9, 1), dt.date(1990, 2, 3), dt.date(1956, 11, 25), dt.date(1950, 1, 1))
    )
    draft.change_consent("subject.living", False)
    draft.change_consent("subject.died", died)
    draft.change_consent("grantor", dataclasses.replace(
        CONSENT.grantor, party_id="P-heir", capacity=draft.rng.choice(tuple(Capacity))))  # fmt: skip


def history(draft: Draft) -> None:
    died = draft.rng.choice(
        (
            dt.date(1865, 4, 15),
            TODAY.replace(year=1956),
            TODAY.replace(year=1956) - DAY,
            dt.date(1970, 1, 1),
            None,
        )
    )
    person = draft.rng.choice(("H-abe", "H-abe", ANN))
    figure = HistoricalFigure(
        person, "Abe", died, False, "as he was", draft.rng.choice(tuple(Depiction)), "Ed Itor"
    )
    draft.figures.append(figure)
    draft.likenesses = [dataclasses.replace(DEAGE, person_id=person, use=LikenessUse.HISTORICAL_DEPICTION)]


def exception(draft: Draft) -> None:
    rng = draft.rng
    draft.change_likeness("exception_by", rng.choice(("Cora Claim", "Cora Claim", "Cora Claim", "", "  ", "tbd")))
    draft.change_likeness(rng.choice(("recognizable", "as_scripted")), rng.choice((True, False)))
    draft.change_likeness("new_dialogue", rng.choice((False, False, True, None)))
    draft.change_likeness("alters_performance", rng.choice((False, False, True, None)))
    draft.change_likeness("use", rng.choice((LikenessUse.DEAGE, *LikenessUse)))
    if rng.random() < 0.4:
        draft.consents = []


def bare(draft: Draft) -> None:
    draft.request["content"] = (
        draft.rng.choice((Content.NUDITY, Content.SIMULATED_SEX, Content.SEXUAL_CONTENT)),
    )
    draft.change_consent("prohibited", ())
    draft.change_consent("nudity_rider", draft.rng.choice(("rider#1", "rider#1", "rider#1", "none")))
    draft.change_likeness("depicted_age", draft.rng.choice((30, 30, 17, None)))
    draft.faces[SOURCE] = draft.rng.choice((0, 0, 2))


def kept(draft: Draft) -> None:
    draft.likenesses = []
    draft.tools[0] = dataclasses.replace(CARD, retains_inputs=draft.rng.choice((True, None, False)))


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
    bare, kept,
    nobody, voice, child, estate, history, exception, two_people, two_consents, two_consents,
)  # fmt: skip
