"""What the guild's terms, the statutes and the Academy's rules look at, brought about often enough to be noticed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gate_values import DAY, OTHER
from people import ANN, TODAY, changed
from policy_cases import policies

from secondunit.rights.policies.policy import Policy
from secondunit.slate.consent import (
    Attribute,
    Basis,
    Content,
    LikenessUse,
    ReplicaClass,
    Representation,
    Stage,
)
from secondunit.slate.rights_records import HistoricalFigure, TrainingData

if TYPE_CHECKING:
    from gate_draft import Draft

EU_AND_OSCARS = ("eu_ai_act_50", "academy_2026", "california")
LAWS = ("california", "new_york", "tennessee", "denmark")
# A few picks and not any: a policy's index is made once for each.
PICKS: tuple[tuple[Policy, ...], ...] = (
    policies(),
    policies("house", *LAWS),
    policies("house", "netflix_2025", *LAWS),
    policies("house", "sag_aftra_2026", *LAWS),
    policies("house", "netflix_2025", "sag_aftra_2026", "eu_ai_act_50"),
    policies("house", *EU_AND_OSCARS),
    policies("house", "academy_2026", "denmark"),
    policies("house", "new_york"),
    policies("house", "tennessee", "eu_ai_act_50"),
    policies("sag_aftra_2026"),
    policies("eu_ai_act_50", *LAWS),
    policies("academy_2026"),
)
TERM_CONSENT_VALUES: dict[str, tuple[Any, ...]] = {
    "compensation.basis": (Basis.NONE, Basis.NEGOTIATED),
    "compensation.terms_ref": ("", " ", "tbd"),
    "compensation.residuals": (False,),
    "compensation.benefits_contribution": (False,),
    "custody.storage": ("", " ", "unknown"),
    "custody.access_roles": ((), ("",), ("tbd",)),
    "custody.transferable": (True,),
    "custody.transfer_approval_ref": ("", " ", "union#9"),
    "custody.biometric_use_limited_to_picture": (False,),
    "custody.business_reason": ("", " ", "?"),
}


def synthetic(draft: Draft) -> None:
    draft.words["synthetic_performer"] = draft.rng.choice(("yes", "unknown"))
    draft.words["synthetic_notice"] = draft.rng.choice(("yes", "yes", "no"))
    draft.words["disclosed"] = draft.rng.choice(("yes", "yes", "no"))
    if draft.rng.random() < 0.5:
        draft.request["content"] = (draft.rng.choice((Content.ADVERTISING, Content.ENDORSEMENT)),)
    if draft.rng.random() < 0.5:
        draft.likenesses = []


def advert(draft: Draft) -> None:
    tags = (Content.ADVERTISING, Content.ENDORSEMENT, Content.INTERACTIVE_REALTIME)
    draft.request["content"] = (draft.rng.choice(tags),)
    draft.change_consent("prohibited", ())


def let_out(draft: Draft) -> None:
    rng = draft.rng
    draft.request["stage"] = rng.choice((Stage.FINAL, Stage.FINAL, Stage.MARKETING))
    draft.change_consent("stages", tuple(Stage))
    for fact in ("marked", "watermarked", "disclosed", "satire_or_art", "could_pass_as_real"):
        draft.words[fact] = rng.choice(("yes", "yes", "no", "unknown"))
    draft.tools[0] = changed(draft.tools[0], "training_data", rng.choice((TrainingData.NONE, TrainingData.OWNED)))
    if rng.random() < 0.5:
        draft.likenesses = []


def seen_there(draft: Draft) -> None:
    places = ("US-CA", "US-NY", "US-TN", "US-TX", "US", "DK", "FR", "GB", "EU", "EEA", "Moonbase", "us")
    draft.request["territories"] = tuple(draft.rng.sample(places, draft.rng.choice((1, 1, 2))))


def scanned(draft: Draft) -> None:
    rng = draft.rng
    draft.change_likeness("use", LikenessUse.SCAN_CAPTURE)
    draft.request["seconds"] = 0.0
    draft.words["scan_notice"] = rng.choice(("yes", "no", "unknown"))
    draft.change_consent("custody.business_reason", rng.choice(("", "a stunt", "a stunt")))


def on_terms(draft: Draft) -> None:
    """A consent of some class, and one term of it the other way."""
    rng = draft.rng
    draft.change_consent("replica_class", rng.choice(tuple(ReplicaClass)))
    path = rng.choice(tuple(TERM_CONSENT_VALUES))
    draft.change_consent(path, rng.choice(TERM_CONSENT_VALUES[path]))
    if rng.random() < 0.3:
        draft.change_consent("custody.transferable", True)
    draft.changes.append(path)


def dubbed(draft: Draft) -> None:
    rng = draft.rng
    use = rng.choice((LikenessUse.LIPSYNC_DUB, LikenessUse.VOICE_CONVERT, LikenessUse.VISUAL_ADR))
    draft.change_likeness("use", use)
    draft.change_likeness("language", rng.choice(("de", "original")))
    draft.change_likeness("attributes", rng.choice(((Attribute.FACE,), (Attribute.VOICE,))))
    draft.request["languages"] = rng.choice(((), ("de",), ("original",)))
    draft.change_consent("uses", (use,))
    draft.change_consent("attributes", tuple(Attribute))
    draft.change_consent("languages", rng.choice((("original", "de"), ("original",))))
    if rng.random() < 0.4:
        draft.change_likeness("as_scripted", True)
        draft.change_likeness("exception_by", "Cora Claim")


def died(draft: Draft) -> None:
    rng = draft.rng
    years = rng.choice((10, 40, 50, 70))
    day = TODAY.replace(year=TODAY.year - years) + rng.choice((-1, 0, 1, 400)) * DAY
    draft.change_consent("subject.living", False)
    draft.change_consent("subject.died", rng.choice((day, day, None)))
    if rng.random() < 0.5:
        draft.change_consent("subject.born", dt.date(1900, 1, 1))


def for_sale(draft: Draft) -> None:
    draft.words["trains_public_model"] = draft.rng.choice(("yes", "unknown"))
    draft.words["union_training_notice"] = draft.rng.choice(("yes", "no", "unknown"))


def borrowed(draft: Draft) -> None:
    """The model of another show."""
    for i, card in enumerate(draft.tools):
        if card.learned_from:
            draft.tools[i] = changed(card, "project", draft.rng.choice(("AGN", "AGM")))
            draft.tools[i] = changed(
                draft.tools[i], "dataset_ids", draft.rng.choice((card.dataset_ids, (OTHER,)))
            )


def alone(draft: Draft) -> None:
    draft.change_consent("representation", Representation.NONE)


def nobody_there(draft: Draft) -> None:
    draft.change_consent("subject.union", ())


def retouched(draft: Draft) -> None:
    """Cosmetics, which may change the performance."""
    rng = draft.rng
    draft.policies = rng.choice((policies(), policies("academy_2026"), policies("house", *EU_AND_OSCARS)))
    draft.request["stage"] = rng.choice((Stage.FINAL, Stage.FINAL, Stage.TEMP))
    draft.change_likeness("use", LikenessUse.COSMETIC)
    draft.change_likeness("alters_performance", rng.choice((True, None, False)))
    draft.change_likeness("new_dialogue", rng.choice((False, False, None)))
    draft.change_consent("uses", rng.choice(((LikenessUse.COSMETIC,), (LikenessUse.DEAGE,))))
    draft.change_consent("scripted_scope.new_dialogue_allowed", True)
    draft.words["disclosed"] = rng.choice(("yes", "no"))
    draft.tools[0] = changed(draft.tools[0], "training_data", TrainingData.OWNED)


def kept_as_scripted(draft: Draft) -> None:
    """Claimed to be as scripted, and what that claim does not reach."""
    rng = draft.rng
    draft.policies = rng.choice((policies(), policies("academy_2026"), policies("house", *EU_AND_OSCARS)))
    draft.change_likeness("as_scripted", True)
    draft.change_likeness("exception_by", "Cora Claim")
    draft.change_likeness("alters_performance", rng.choice((False, True, None)))
    draft.change_likeness("new_dialogue", rng.choice((False, True)))
    draft.change_consent("scripted_scope.new_dialogue_allowed", True)


def of_old(draft: Draft) -> None:
    """Somebody of whom one law's term is over and another's is not; or of whose home records differ."""
    rng = draft.rng
    draft.policies = rng.choice((policies("house", "new_york"), policies("house", "tennessee", "eu_ai_act_50")))
    day = TODAY.replace(year=TODAY.year - rng.choice((11, 39, 41, 71)))
    home = rng.choice(("US-NY", "US-TN", "FR"))
    for path, value in (("died", day), ("living", False), ("born", dt.date(1900, 1, 1)), ("domicile", home)):
        draft.change_consent(f"subject.{path}", value)
    if rng.random() < 0.5:
        first = draft.consents[0]
        draft.consents.append(changed(changed(first, "consent_id", "CNS-004"), "subject.domicile", "US-CA"))
        draft.request["territories"] = ("FR",)
    else:
        draft.figures.append(
            HistoricalFigure(ANN, "Ann Ley", day, heirs_known=False, editorial_approver="Ed Itor")
        )


TERM_CASES: tuple[Callable[[Draft], None], ...] = (
    synthetic, advert, let_out, let_out, seen_there, scanned, on_terms, on_terms, dubbed, died, for_sale, borrowed,
    alone, nobody_there, retouched, kept_as_scripted, of_old, of_old,
)  # fmt: skip
