"""A consent: what a person agreed to, as their own words and the rules want it. Frozen data, no I/O.

A consent is never edited. A later version supersedes it, and suspending or revoking it is an event of its own
(`rights.standing`); what is here is what was signed. Sources: SAG-AFTRA 2023 and 2026 TV/Theatrical terms (clauses
39.A–L), California Lab. Code 927 and Civ. Code 3344.1, Netflix's *Using Generative AI in Content Production*.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

# pydantic reads this at the edge (`rights.consent_file`); a key nobody knows is a mistake, never ignored.
STRICT: dict[str, Any] = {"extra": "forbid"}


class PersonKind(StrEnum):
    """What a person is to the show."""

    PERFORMER = "performer"
    BACKGROUND_ACTOR = "background_actor"
    VOICE_ACTOR = "voice_actor"
    STUNT = "stunt"
    CREW = "crew"
    PUBLIC_FIGURE = "public_figure"
    HISTORICAL_FIGURE = "historical_figure"
    PRIVATE_PERSON = "private_person"


class Capacity(StrEnum):
    """As what somebody grants."""

    SELF = "self"
    AUTHORIZED_REPRESENTATIVE = "authorized_representative"
    PARENT_OR_GUARDIAN = "parent_or_guardian"
    COURT = "court"
    ESTATE_EXECUTOR = "estate_executor"
    HEIR = "heir"
    POSTMORTEM_RIGHTS_OWNER = "postmortem_rights_owner"
    UNION_ON_BEHALF = "union_on_behalf"
    RIGHTS_HOLDER = "rights_holder"


class Representation(StrEnum):
    """Who stood beside the person who signed (Lab. Code 927(a)(3))."""

    LEGAL_COUNSEL = "legal_counsel"
    UNION_CBA = "union_cba"
    NONE = "none"


class Attribute(StrEnum):
    """What of a person is used; each is granted by itself."""

    FACE = "face"
    BODY = "body"
    VOICE = "voice"
    PERFORMANCE_MOTION = "performance_motion"
    NAME = "name"
    SIGNATURE = "signature"
    ARCHIVAL_FOOTAGE = "archival_footage"


class ReplicaClass(StrEnum):
    """Employment-based, independently created or background replica, an alteration, a synthetic reference."""

    EBDR = "EBDR"
    ICDR = "ICDR"
    BADR = "BADR"
    ALTERATION = "ALTERATION"
    SYNTHETIC_REFERENCE = "SYNTHETIC_REFERENCE"
    NONE = "NONE"


class LikenessUse(StrEnum):
    """What is done with a likeness."""

    SCAN_CAPTURE = "scan_capture"
    DEAGE = "deage"
    AGE_UP = "age_up"
    FACE_REPLACE = "face_replace"
    BODY_DOUBLE = "body_double"
    VOICE_SYNTH = "voice_synth"
    VOICE_CONVERT = "voice_convert"
    VISUAL_ADR = "visual_adr"
    LIPSYNC_DUB = "lipsync_dub"
    CROWD = "crowd"
    COSMETIC = "cosmetic"
    PREVIZ_ONLY = "previz_only"
    STUNT_SAFETY = "stunt_safety"
    POSTHUMOUS_PERFORMANCE = "posthumous_performance"
    HISTORICAL_DEPICTION = "historical_depiction"


class Content(StrEnum):
    """What a picture shows that a consent may forbid."""

    NUDITY = "nudity"
    SIMULATED_SEX = "simulated_sex"
    SEXUAL_CONTENT = "sexual_content"
    VIOLENCE_GORE = "violence_gore"
    DRUGS = "drugs"
    POLITICAL = "political"
    RELIGIOUS = "religious"
    ENDORSEMENT = "endorsement"
    ADVERTISING = "advertising"
    MERCHANDISE = "merchandise"
    INTERACTIVE_REALTIME = "interactive_realtime"
    DEFAMATORY = "defamatory"
    SMOKING_ALCOHOL = "smoking_alcohol"


class Stage(StrEnum):
    """How far towards the audience a picture goes."""

    IDEATION = "ideation"
    PREVIZ = "previz"
    TEMP = "temp"
    FINAL = "final"
    MARKETING = "marketing"


class ModelScope(StrEnum):
    """Where a model that learned from somebody may be used."""

    NONE = "none"
    PROJECT_MODEL_ONLY = "project_model_only"
    STUDIO_MODELS = "studio_models"
    THIRD_PARTY = "third_party"


class ApprovalAsked(StrEnum):
    """Whose yes the grant asks for besides the studio's."""

    PERFORMER_PER_SHOT = "performer_per_shot"
    PERFORMER_FINAL = "performer_final"
    DIRECTOR = "director"
    ESTATE_FINAL = "estate_final"


class Effect(StrEnum):
    """What a withdrawal does."""

    STOP_NEW_ONLY = "stop_new_only"
    STOP_UNRELEASED = "stop_unreleased"
    TAKEDOWN_RELEASED = "takedown_released"


class Basis(StrEnum):
    """How use is paid (amounts never stand here)."""

    DAYS_EQUIVALENT = "days_equivalent"
    DAY_RATE_MIN = "day_rate_min"
    PER_LINE = "per_line"
    FLAT = "flat"
    RESIDUAL = "residual"
    NEGOTIATED = "negotiated"
    NONE = "none"


@dataclass(frozen=True)
class Subject:
    """The person whose likeness it is. `born` unknown counts as a minor where that matters."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    person_id: str
    name: str
    kind: PersonKind = PersonKind.PERFORMER
    living: bool | None = None
    born: dt.date | None = None
    died: dt.date | None = None
    domicile: str = ""
    union: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grantor:
    """Who signed, as what, and what shows that they may."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    party_id: str
    capacity: Capacity
    authority_evidence: str = ""


@dataclass(frozen=True)
class ScriptedScope:
    """What the use was described by. No `scenes`: all of the project; `max_screen_seconds` None: no limit was set."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    script_version: str = ""
    scenes: tuple[str, ...] = ()
    max_screen_seconds: float | None = None
    new_dialogue_allowed: bool = False


@dataclass(frozen=True)
class Term:
    """From when to when; both days count. No `end` only where `open_ended` says so on purpose."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    start: dt.date
    end: dt.date | None = None
    open_ended: bool = False
    survives_death: bool = False


@dataclass(frozen=True)
class Training:
    """Whether a model may learn from the person, which, from what, and until when it is kept."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    allowed: bool = False
    model_scope: ModelScope = ModelScope.NONE
    dataset_ids: tuple[str, ...] = ()
    delete_model_by: dt.date | None = None
    union_notice_ref: str = ""


@dataclass(frozen=True)
class Strike:
    """Whether the grant rests during a strike of the person's union (39.G)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    suspended_during_strike: bool = True


@dataclass(frozen=True)
class Compensation:
    """How use is paid, by reference to the deal."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    basis: Basis
    terms_ref: str = ""
    residuals: bool = False
    benefits_contribution: bool = False


@dataclass(frozen=True)
class Custody:
    """Where scans are kept and who may reach them (39.E, H, I, J); templates of faces go by `delete_biometrics_by`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    storage: str = ""
    access_roles: tuple[str, ...] = ()
    transferable: bool = False
    transfer_approval_ref: str = ""
    biometric_use_limited_to_picture: bool = True
    face_template_allowed: bool = False
    delete_biometrics_by: dt.date | None = None
    business_reason: str = ""


@dataclass(frozen=True)
class Revocability:
    """Whether the grant can be withdrawn, with what notice, and what that does."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    revocable: bool = True
    notice_days: int = 0
    effect: Effect = Effect.STOP_UNRELEASED


@dataclass(frozen=True)
class Disclosure:
    """The credit that is owed, and whether the name may stand in a public manifest."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    credit_required: bool = False
    credit_text: str = ""
    public_name_in_manifest: bool = False


@dataclass(frozen=True)
class Evidence:
    """The signed document, by hash: it lies in the vault, never in a manifest or in the ledger."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    document_sha256: str
    signed_at: dt.date
    separately_signed: bool
    clear_and_conspicuous: bool
    language: str = "en"


@dataclass(frozen=True)
class Consent:
    """One version of one grant. Lists that are empty grant nothing; `media` left empty sets no limit to media."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    consent_id: str
    subject: Subject
    grantor: Grantor
    representation: Representation
    attributes: tuple[Attribute, ...]
    replica_class: ReplicaClass
    uses: tuple[LikenessUse, ...]
    description_of_use: str
    projects: tuple[str, ...]
    territories: tuple[str, ...]
    term: Term
    compensation: Compensation
    evidence: Evidence
    version: int = 1
    description_reviewed_by: str = ""
    scripted_scope: ScriptedScope = field(default_factory=ScriptedScope)
    prohibited: tuple[Content, ...] = ()
    nudity_rider: str = ""
    stages: tuple[Stage, ...] = ()
    media: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("original",)
    training: Training = field(default_factory=Training)
    strike: Strike = field(default_factory=Strike)
    custody: Custody = field(default_factory=Custody)
    approval_required: tuple[ApprovalAsked, ...] = ()
    revocation: Revocability = field(default_factory=Revocability)
    disclosure: Disclosure = field(default_factory=Disclosure)
