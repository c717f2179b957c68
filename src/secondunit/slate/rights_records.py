"""What is on record besides consents: tools, training assets, figures of history, strikes, approvals, uses.

Frozen data, no I/O. `None` means that nobody knows, and what nobody knows counts as the bad answer at the gate.
Sources: the companion records of the consent schema; Fairly Trained's four bases of training data.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from secondunit.slate.consent import STRICT, ModelScope


class TrainingData(StrEnum):
    """What is known about what a model learned from."""

    NONE = "none"  # no trained model: physics, procedure, copies of owned footage
    OWNED = "owned"
    LICENSED = "licensed"
    PUBLIC_DOMAIN = "public_domain"
    UNKNOWN = "unknown"
    UNLICENSED = "unlicensed"


@dataclass(frozen=True)
class ToolCard:
    """An engine or a model as the gate sees it. A model is told apart by the hash of its weights, not by its name.

    `learned_from` are person ids, `dataset_ids` training assets; `project` binds a model to one show and `scope`
    says how far it may be used beyond it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    tool_id: str
    version: str
    weights_sha256: str = ""
    training_data: TrainingData = TrainingData.UNKNOWN
    trains_on_inputs: bool | None = None
    retains_inputs: bool | None = None
    enterprise_secured: bool | None = None
    learned_from: tuple[str, ...] = ()
    dataset_ids: tuple[str, ...] = ()
    project: str = ""
    scope: ModelScope = ModelScope.NONE
    terms_sha256: str = ""
    checked_at: dt.date | None = None
    quarantined: bool = False


class TrainingBasis(StrEnum):
    """Why a model may learn from an asset (the four categories of Fairly Trained)."""

    CONTRACT = "contract"
    OPEN_LICENCE = "open_licence"
    PUBLIC_DOMAIN_GLOBAL = "public_domain_global"
    OWNED = "owned"


@dataclass(frozen=True)
class TrainingAsset:
    """One thing a model may learn from. `persons` are those seen or heard in it: each needs a consent to train."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    asset_id: str
    sha256: str
    rights_holder: str
    licence: str
    basis: TrainingBasis | None = None
    persons: tuple[str, ...] = ()
    opted_out: bool | None = None
    expires: dt.date | None = None
    revoked: dt.date | None = None


class Depiction(StrEnum):
    """How a figure of history is shown."""

    DOCUMENTARY = "documentary"
    DRAMA = "drama"
    SATIRE = "satire"
    OTHER = "other"


@dataclass(frozen=True)
class HistoricalFigure:
    """Somebody past every post-mortem term: no owner can consent, so an editor answers for the depiction."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    person_id: str
    name: str
    died: dt.date | None = None
    heirs_known: bool | None = None
    dignity_policy: str = ""
    depiction: Depiction = Depiction.OTHER
    editorial_approver: str = ""


@dataclass(frozen=True)
class StrikeNotice:
    """A union on strike from a day to a day (None: it goes on); both days count."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    union: str
    start: dt.date
    end: dt.date | None = None


class Role(StrEnum):
    """In what office somebody approves."""

    STUDIO_CONTACT = "studio_contact"
    PRODUCTION_LEGAL = "production_legal"
    RIGHTS_CLEARANCE_MANAGER = "rights_clearance_manager"
    PERFORMER_OR_REP = "performer_or_rep"
    ESTATE = "estate"
    GUILD_LIAISON = "guild_liaison"
    VFX_SUPERVISOR = "vfx_supervisor"
    DIRECTOR = "director"
    EDITORIAL = "editorial"
    INFOSEC = "infosec"


@dataclass(frozen=True)
class Approver:
    """A named person, the offices they hold on this show, and the public key they sign with (Ed25519, hex)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    person: str
    roles: tuple[Role, ...]
    key: str


@dataclass(frozen=True)
class Approval:
    """A named person's yes or no to one exact thing: a request before the work, or a version's content after it.

    `subject_sha256` is the hash of that thing, so changed pixels void it. `signature` is Ed25519 (RFC 8032) over the
    canonical JSON of everything else, hex, by the key whose public half is `key`, hex.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    subject_sha256: str
    subject_kind: str  # request or version
    role: Role
    person: str
    approved: bool
    at: dt.datetime
    reason: str = ""
    key: str = ""
    signature: str = ""


class Standing(StrEnum):
    """What became of a consent after it was signed."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class StandingEvent:
    """From `on` a consent stands so. Events are added, never changed; the last one counts."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    consent_id: str
    standing: Standing
    on: dt.date
    by: str
    reason: str = ""


@dataclass(frozen=True)
class UseReceipt:
    """Seconds of one consent used by one version; released again when the version is rejected."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    receipt_id: str
    consent_id: str
    person_id: str
    shot: str
    scene: str
    version: str
    seconds: float
    released: bool = False


@dataclass(frozen=True)
class Declaration:
    """What a named person says of a shot that no program can see: that it could pass for a real event, say.

    `fact` is one of the catalogue (`rights.facts`), `value` one of its values.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    shot: str  # empty: for the whole show
    fact: str
    value: str
    by: str


class Identifiable(StrEnum):
    """What a person said of a face that was found."""

    NAMED = "named"
    NOT_IDENTIFIABLE = "not_identifiable"
    NOT_A_FACE = "not_a_face"


@dataclass(frozen=True)
class FaceNamed:
    """A person's word on one face found in a plate: whose it is, or that nobody could be known by it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    source_sha256: str
    face: int
    answer: Identifiable
    by: str
    person_id: str = ""
