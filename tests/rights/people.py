"""A performer, her consent, a request to de-age her: what the tests of the gate start from. All of it invented."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from secondunit.rights import PlateRecord, Records, read_licence
from secondunit.rights.approvals import spoken
from secondunit.slate.canonical import canonical_json
from secondunit.slate.consent import (
    ApprovalAsked,
    Attribute,
    Basis,
    Capacity,
    Compensation,
    Consent,
    Content,
    Evidence,
    Grantor,
    LikenessUse,
    ModelScope,
    ReplicaClass,
    Representation,
    ScriptedScope,
    Stage,
    Subject,
    Term,
    Training,
)
from secondunit.slate.frames import FrameRange
from secondunit.slate.naming import ShotName
from secondunit.slate.request import Likeness, PlateUse, Request, Step
from secondunit.slate.rights_records import (
    Approval,
    Approver,
    Role,
    Standing,
    StandingEvent,
    ToolCard,
    TrainingData,
)

TODAY = dt.date(2026, 11, 25)
NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
SHOT = ShotName.parse("AGM_104_TCC_0010")
SOURCE = "ab" * 32
ANN = "P-ann"
PHYSICS = Step("physics", "1.0")

CONSENT = Consent(
    consent_id="CNS-001",
    subject=Subject(
        ANN, "Ann Ley", living=True, born=dt.date(1960, 2, 1), domicile="US-CA", union=("SAG-AFTRA",)
    ),
    grantor=Grantor(ANN, Capacity.SELF, "id-check-77"),
    representation=Representation.UNION_CBA,
    attributes=(Attribute.FACE,),
    replica_class=ReplicaClass.EBDR,
    uses=(LikenessUse.DEAGE, LikenessUse.SCAN_CAPTURE),
    description_of_use="De-age Ann to about thirty in the flashback scenes TCC and 14 of episode 104, as in draft 5",
    projects=("AGM",),
    territories=("WORLD",),
    term=Term(dt.date(2026, 1, 1), dt.date(2028, 12, 31), survives_death=True),
    compensation=Compensation(Basis.DAYS_EQUIVALENT, "deal#4", residuals=True),
    evidence=Evidence("cd" * 32, dt.date(2026, 1, 1), separately_signed=True, clear_and_conspicuous=True),
    scripted_scope=ScriptedScope("d5", ("TCC", "14"), 120.0),
    prohibited=(Content.NUDITY, Content.ENDORSEMENT),
    stages=(Stage.TEMP, Stage.FINAL),
    training=Training(True, ModelScope.PROJECT_MODEL_ONLY, ("ds-ann-1",), dt.date(2028, 12, 31)),
    approval_required=(ApprovalAsked.PERFORMER_FINAL,),
)
ACTIVE = StandingEvent("CNS-001", Standing.ACTIVE, dt.date(2026, 1, 1), "Rita Clear")
DEAGE = Likeness(
    ANN, LikenessUse.DEAGE, recognizable=True, as_scripted=False, alters_performance=False, new_dialogue=False,
    depicted_age=30,
)  # fmt: skip
CARD = ToolCard(
    "physics", "1.0", training_data=TrainingData.NONE, trains_on_inputs=False, retains_inputs=False,
    enterprise_secured=True,
)  # fmt: skip


def changed(thing: Any, path: str, value: Any) -> Any:
    """A frozen thing with one value, found by its dotted path, put in another's place."""
    head, _, rest = path.partition(".")
    inner = changed(getattr(thing, head), rest, value) if rest else value
    return dataclasses.replace(thing, **{head: inner})


def request(**changes: Any) -> Request:
    base: dict[str, Any] = {
        "shot": SHOT,
        "department": "deage",
        "engine": "physics 1.0",
        "use": "vfx",
        "plates": (PlateUse("PL01", SOURCE),),
        "frames": FrameRange(1001, 1048),
        "scene": "TCC",
        "seconds": 2.0,
        "likenesses": (DEAGE,),
        "steps": (PHYSICS,),
    }
    return Request(**{**base, **changes})


def records(*, consents: tuple[Consent, ...] = (CONSENT,), **changes: Any) -> Records:
    base: dict[str, Any] = {
        "plates": (PlateRecord("PL01", SOURCE, "Ada Films", read_licence("owned")),),
        "consents": consents,
        "standing": (ACTIVE,),
        "tools": (CARD,),
    }
    return Records(**{**base, **changes})


class Person:
    """Somebody with a key of their own."""

    def __init__(self, name: str, *roles: Role) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b".")[:32])
        raw, form = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        self.approver = Approver(name, roles, self._key.public_key().public_bytes(raw, form).hex())

    def says(
        self, subject: str, role: Role, *, yes: bool = True, at: dt.datetime = NOON, kind: str = "request"
    ) -> Approval:
        approval = Approval(subject, kind, role, self.approver.person, yes, at, key=self.approver.key)
        return dataclasses.replace(approval, signature=self._key.sign(canonical_json(spoken(approval))).hex())
