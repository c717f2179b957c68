"""The words that policies are written in: every fact the gate knows, its values, and what "unknown" counts as.

A policy names facts and never looks anywhere else, so a rule can be read, tested and changed without code. A safety
fact that is unknown counts as its bad value. Facts come in four scopes: one of the whole request, one for each
person, one for each tool, one for each thing a model would learn from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from secondunit.slate.consent import Attribute, Content, LikenessUse, ReplicaClass, Representation, Stage
from secondunit.slate.rights_records import Depiction, TrainingBasis, TrainingData

Value: TypeAlias = "str | float | frozenset[str] | None"
"""A word, a number (None where it is not known) or a set of words."""

Facts: TypeAlias = "dict[str, Value]"

YES, NO, UNKNOWN = "yes", "no", "unknown"


class Scope(StrEnum):
    """What a fact is about."""

    REQUEST = "request"
    PERSON = "person"
    TOOL = "tool"
    TRAINING = "training"


class Kind(StrEnum):
    """How a fact is told."""

    WORD = "word"
    NUMBER = "number"
    SET = "set"


@dataclass(frozen=True)
class Fact:
    """One word of the language. `values` empty: any word. `unknown_as`: what a word counts as when nobody knows it.

    `declared` facts are those a named person may state with `secondunit rights declare`; the others are worked out
    from the request and the records and cannot be talked away.
    """

    name: str
    scope: Scope
    means: str
    kind: Kind = Kind.WORD
    values: tuple[str, ...] = (YES, NO)
    unknown_as: str | None = None
    declared: bool = False


def _tri(name: str, scope: Scope, bad: str, means: str, *, declared: bool = False) -> Fact:
    return Fact(name, scope, means, values=(YES, NO), unknown_as=bad, declared=declared)


def _words(values: type[StrEnum]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


_REQUEST = (
    Fact(
        "stage", Scope.REQUEST, "how far towards the audience it goes", values=_words(Stage), unknown_as="final"
    ),
    Fact("department", Scope.REQUEST, "which department asks", values=()),
    Fact(
        "visibility",
        Scope.REQUEST,
        "how much the story rests on what is made",
        values=("none", "background_incidental", "background_story", "key"),
        unknown_as="key",
        declared=True,
    ),
    _tri("generated", Scope.REQUEST, YES, "pixels or sound are made, by a model or a simulation"),
    _tri("model_takes_part", Scope.REQUEST, YES, "a trained model makes pixels or sound"),
    _tri("trains_model", Scope.REQUEST, YES, "a model learns from what is brought in"),
    _tri("shows_person", Scope.REQUEST, YES, "a person's likeness is made or changed"),
    _tri("could_pass_as_real", Scope.REQUEST, YES, "it could be taken for a real event", declared=True),
    _tri("fabricated_statement", Scope.REQUEST, YES, "a real person seems to say or do it", declared=True),
    _tri("displaces_union_work", Scope.REQUEST, YES, "it does work a union covers", declared=True),
    _tri("references_ip", Scope.REQUEST, YES, "it refers to a work or person not owned", declared=True),
    _tri("ip_permission", Scope.REQUEST, NO, "there is a permission for what it refers to", declared=True),
    _tri(
        "living_artist_style", Scope.REQUEST, YES, "a living artist's or brand's name is the style", declared=True
    ),
    Fact(
        "similarity",
        Scope.REQUEST,
        "the check against works not owned",
        values=("pass", "unsure", "fail"),
        unknown_as="unsure",
        declared=True,
    ),
    _tri("synthetic_performer", Scope.REQUEST, YES, "a person who does not exist plays a part", declared=True),
    _tri("synthetic_notice", Scope.REQUEST, NO, "the union was told of the synthetic performer", declared=True),
    _tri("personal_data", Scope.REQUEST, YES, "personal data of cast or crew goes in", declared=True),
    _tri("personal_data_approved", Scope.REQUEST, NO, "the use of personal data is approved", declared=True),
    _tri("confidential_inputs", Scope.REQUEST, YES, "unreleased or proprietary material goes in", declared=True),
    _tri("human_contribution", Scope.REQUEST, NO, "it is on record what people contributed", declared=True),
    _tri("satire_or_art", Scope.REQUEST, NO, "the work is evidently artistic or satirical", declared=True),
    _tri("disclosed", Scope.REQUEST, NO, "the audience is told, in a credit or otherwise", declared=True),
    _tri("marked", Scope.REQUEST, NO, "the output is signed and carries a machine-readable mark"),
    _tri("watermarked", Scope.REQUEST, NO, "movies of it carry a mark that survives re-encoding"),
    _tri("trains_public_model", Scope.REQUEST, YES, "what learns will be sold to the public", declared=True),
    _tri("union_training_notice", Scope.REQUEST, NO, "the union was told of that in writing", declared=True),
    _tri("scan_notice", Scope.REQUEST, NO, "who is scanned was told 48 hours ahead", declared=True),
    _tri("strike_of_crew", Scope.REQUEST, YES, "a union whose work it touches is on strike", declared=True),
    Fact("content", Scope.REQUEST, "what is to be seen", Kind.SET, values=_words(Content)),
    Fact("territories", Scope.REQUEST, "where it will be seen; WORLD for everywhere", Kind.SET, values=()),
    Fact("languages", Scope.REQUEST, "in which languages", Kind.SET, values=()),
    Fact("media", Scope.REQUEST, "in which media", Kind.SET, values=()),
    Fact("unnamed_faces", Scope.REQUEST, "faces in the plates that nobody has named", Kind.NUMBER, values=()),
)
_PERSON = (
    Fact("use", Scope.PERSON, "what is done with the likeness", values=_words(LikenessUse)),
    Fact(
        "use_class",
        Scope.PERSON,
        "what that amounts to",
        values=("replica", "alteration", "customary"),
        unknown_as="replica",
    ),
    Fact("attributes", Scope.PERSON, "what of the person", Kind.SET, values=_words(Attribute)),
    _tri("covered", Scope.PERSON, NO, "a consent on record covers it"),
    _tri("consent_needed", Scope.PERSON, YES, "a consent of its own is needed for it"),
    _tri("recognizable", Scope.PERSON, YES, "the person could be recognized"),
    _tri("as_scripted", Scope.PERSON, NO, "it stays substantially as scripted, performed or recorded"),
    _tri("alters_performance", Scope.PERSON, YES, "tone, delivery or intent change"),
    _tri("new_dialogue", Scope.PERSON, YES, "the person says what they did not say"),
    _tri("living", Scope.PERSON, NO, "the person lives"),
    _tri("minor", Scope.PERSON, YES, "the person is or was under age when recorded"),
    _tri("depicted_minor", Scope.PERSON, YES, "the person seems under age in the picture"),
    _tri("union_member", Scope.PERSON, YES, "a union speaks for the person"),
    _tri("strike", Scope.PERSON, YES, "the person's union is on strike"),
    _tri("historical", Scope.PERSON, NO, "the person is on record as a figure of history"),
    _tri("under_consent", Scope.PERSON, YES, "it rests on a consent, whose terms the next facts are"),
    _tri("description_specific", Scope.PERSON, NO, "that consent describes the use reasonably specifically"),
    _tri("separately_signed", Scope.PERSON, NO, "it was signed by itself, clear and conspicuous"),
    _tri("pay_complete", Scope.PERSON, NO, "it names the pay, residuals and benefits"),
    _tri("biometrics_limited", Scope.PERSON, NO, "it limits biometrics to this picture"),
    _tri("custody_secured", Scope.PERSON, NO, "it names where scans lie and who may reach them"),
    _tri("transfer_cleared", Scope.PERSON, NO, "the replica stays here, or the union approved who takes it"),
    _tri("business_reason", Scope.PERSON, NO, "it names the reason for the scan"),
    _tri("strike_suspends", Scope.PERSON, YES, "it rests while the person's union is on strike"),
    _tri("nudity_rider", Scope.PERSON, NO, "a rider on nudity and sex was signed"),
    _tri("template_kept", Scope.PERSON, YES, "a template of the face or voice is kept"),
    _tri("template_allowed", Scope.PERSON, NO, "the consent allows that and names the day it is deleted"),
    Fact("domicile", Scope.PERSON, "where the person lives or lived, US-CA", values=(), unknown_as="unknown"),
    Fact("years_dead", Scope.PERSON, "full years since death", Kind.NUMBER, values=()),
    Fact("depicted_age", Scope.PERSON, "apparent age aimed at", Kind.NUMBER, values=()),
    Fact("language", Scope.PERSON, "the language spoken; original for the one recorded", values=()),
    Fact(
        "replica_class", Scope.PERSON, "of the covering consent", values=_words(ReplicaClass), unknown_as="NONE"
    ),
    Fact("representation", Scope.PERSON, "of the consent", values=_words(Representation), unknown_as="none"),
    Fact("depiction", Scope.PERSON, "of a figure of history", values=_words(Depiction), unknown_as="other"),
)
_TOOL = (
    _tri("known", Scope.TOOL, NO, "the tool has a card on record"),
    _tri("trains_on_inputs", Scope.TOOL, YES, "it learns from what it is given"),
    _tri("retains_inputs", Scope.TOOL, YES, "it keeps what it is given"),
    _tri("enterprise_secured", Scope.TOOL, NO, "an enterprise agreement secures it"),
    _tri("quarantined", Scope.TOOL, YES, "it was taken out of use"),
    _tri("other_project", Scope.TOOL, YES, "it learned for another show"),
    _tri("learned_from_person", Scope.TOOL, YES, "it learned from a person who could be known"),
    _tri("learning_agreed", Scope.TOOL, NO, "everybody it learned from agreed to that, and still does"),
    Fact("training_data", Scope.TOOL, "what it learned from", values=_words(TrainingData), unknown_as="unknown"),
    _tri("sensitive_inputs", Scope.TOOL, YES, "likeness, unreleased footage or contracts go in"),
)
_TRAINING = (
    Fact("basis", Scope.TRAINING, "why it may be learned from", values=(*_words(TrainingBasis), UNKNOWN),
         unknown_as=UNKNOWN),
    _tri("cleared", Scope.TRAINING, NO, "its licence holds and everybody in it agreed to training"),
    _tri("opted_out", Scope.TRAINING, YES, "its holder opted out of text and data mining"),
)  # fmt: skip

CATALOGUE: tuple[Fact, ...] = (*_REQUEST, *_PERSON, *_TOOL, *_TRAINING)

BY_SCOPE: dict[Scope, dict[str, Fact]] = {
    scope: {fact.name: fact for fact in CATALOGUE if fact.scope is scope} for scope in Scope
}


def word(value: bool | None) -> str | None:
    """Yes, no, or not known, as policies write it."""
    return None if value is None else (YES if value else NO)


def settled(facts: Facts, scope: Scope) -> Facts:
    """All facts of a scope, with those nobody knows at what they count as; a word with no such value stays None.

    What is not one of a fact's values, `nope` for `no`, is not known either: a slip of the pen never clears anything.
    """
    done: Facts = {}
    for name, fact in BY_SCOPE[scope].items():
        value = facts.get(name)
        if fact.kind is Kind.WORD:
            if not isinstance(value, str) or value == UNKNOWN or (fact.values and value not in fact.values):
                value = fact.unknown_as
        elif fact.kind is Kind.SET:
            value = value if isinstance(value, frozenset) else frozenset()
        elif not isinstance(value, float | int) or isinstance(value, bool) or value != value:
            value = None
        done[name] = value
    return done
