"""Values for the worlds of the gate: for every field good ones, bad ones, edges and nothing at all."""

from __future__ import annotations

import datetime as dt
from typing import Any

from people import ANN, SHOT, SOURCE, TODAY

from secondunit.slate.consent import (
    ApprovalAsked,
    Attribute,
    Capacity,
    Content,
    Effect,
    LikenessUse,
    ModelScope,
    ReplicaClass,
    Representation,
    Stage,
)
from secondunit.slate.request import PlateUse
from secondunit.slate.rights_records import (
    Depiction,
    TrainingBasis,
    TrainingData,
)

DAY = dt.timedelta(days=1)
LEAP = dt.date(2028, 2, 29)
MODEL, ASSET, OTHER, MADE = "11" * 32, "22" * 32, "33" * 32, "44" * 32
UNION = "SAG-AFTRA"
GOOD_WORDS = {
    "could_pass_as_real": "no", "fabricated_statement": "no", "displaces_union_work": "no", "references_ip": "no",
    "ip_permission": "yes", "living_artist_style": "no", "similarity": "pass", "synthetic_performer": "no",
    "personal_data": "no", "confidential_inputs": "no", "human_contribution": "yes", "strike_of_crew": "no",
    "visibility": "background_incidental", "marked": "yes", "watermarked": "yes", "disclosed": "yes",
    "satire_or_art": "no", "synthetic_notice": "yes", "trains_public_model": "no", "union_training_notice": "yes",
    "scan_notice": "yes",
}  # fmt: skip
BAD_WORDS = {
    "visibility": ("none", "background_story", "key", "unknown", "nowhere"),
    "similarity": ("unsure", "fail", "unknown", "passed"),
}  # fmt: skip


def near(day: dt.date) -> tuple[dt.date, ...]:
    return (day - DAY, day, day + DAY)


CONSENT_VALUES: dict[str, tuple[Any, ...]] = {
    "subject.person_id": ("P-bob", "Р-ann"),  # the second with a Cyrillic letter
    "subject.living": (None, False, True),
    "subject.born": (None, *near(TODAY.replace(year=2008)), *near(dt.date(2008, 1, 1)), dt.date(2008, 2, 29)),
    "subject.died": (
        None,
        *near(dt.date(2026, 1, 1)),
        dt.date(1956, 11, 25),
        dt.date(1956, 11, 24),
        TODAY,
        TODAY + DAY,
    ),
    "subject.domicile": ("", " ", "unknown", "US-NY", "US-TN", "DK", "FR"),
    "subject.union": ((), ("ACTRA",), (UNION, "ACTRA")),
    "grantor.capacity": tuple(Capacity),
    "grantor.party_id": ("P-mum", ""),
    "grantor.authority_evidence": ("", " ", "tbd"),
    "representation": tuple(Representation),
    "attributes": ((), (Attribute.VOICE,), (Attribute.FACE, Attribute.VOICE)),
    "replica_class": tuple(ReplicaClass),
    "uses": ((), (LikenessUse.AGE_UP,), tuple(LikenessUse)),
    "description_of_use": (
        "",
        "De-age Ann as wanted",
        "x " * 7,
        "a b c d e f g h",
        "a b c d e f g h" + " " * 40,
        "wordwordword " * 8,
        " " * 60,
    ),
    "projects": ((), ("AGN",), ("*",), ("agm",), ("AGN", "AGM")),
    "territories": ((), ("US",), ("US", "DE"), ("world",), ("WORLD", "US")),
    "term.start": (*near(TODAY), dt.date(2026, 1, 1)),
    "term.end": (None, *near(TODAY), LEAP),
    "term.open_ended": (True, False),
    "term.survives_death": (True, False),
    "evidence.signed_at": (*near(dt.date(2026, 1, 1)), dt.date(2025, 1, 1), dt.date(2027, 1, 1)),
    "revocation.effect": tuple(Effect),
    "evidence.document_sha256": ("", "cd"),
    "evidence.separately_signed": (False,),
    "evidence.clear_and_conspicuous": (False,),
    "description_reviewed_by": ("Rita",),
    "scripted_scope.scenes": ((), ("14",), ("TCC",), ("tcc",)),
    "scripted_scope.max_screen_seconds": (None, 0.0, 1.999, 2.0, 5.0),
    "scripted_scope.new_dialogue_allowed": (True, False),
    "prohibited": ((), tuple(Content), (Content.VIOLENCE_GORE,)),
    "nudity_rider": ("rider#1", "", "none"),
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
    "exception_by": ("Cora Claim", " ", "unknown"),
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
    "output_sha256": (MADE,),
    "training": ((ASSET,), (OTHER,)),
    "shot": (type(SHOT).parse("AGN_104_TCC_0010"), type(SHOT).parse("AGM_104_TCC_0020")),
}
PLATE_VALUES: dict[str, tuple[Any, ...]] = {
    "owner": ("", "unknown", " "),
    "licence.identifier": (
        "",
        "unknown",
        "CC-BY-NC-4.0",
        "CC-BY-ND-4.0",
        "CC-BY-4.0",
        "CC-BY-NC-ND-4.0",
        "deal#3",
    ),
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
    "basis": (None, None, *TrainingBasis),
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
