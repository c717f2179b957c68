"""Does a consent make sense? What contradicts itself or the law's form is a fault; what weakens it is a caution.

A fault keeps a file off the record. A caution is told and goes on record with it: the gate weighs it again for each
use. Sources: RIGHTS rules 1–10; California Lab. Code 927 and Civ. Code 3344.1; SAG-AFTRA 2026 section 39; the licence
limits of the NO FAKES bill of 2026, which is no law. This is not legal advice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

from secondunit.errors import BadName
from secondunit.rights.consents.consent_rules import MIN_CHARACTERS, MIN_WORDS
from secondunit.rights.consents.person_sense import age_on, person_faults
from secondunit.rights.licences import is_named
from secondunit.rights.written.marked_text import Fault, KeyPath, key_text
from secondunit.rights.written.names import id_faults, is_sha256, name_faults
from secondunit.slate.consent import Capacity, Consent, Content, LikenessUse, ModelScope
from secondunit.slate.naming import check_show_code

ADULT = 18
ESTATE = frozenset({Capacity.ESTATE_EXECUTOR, Capacity.HEIR, Capacity.POSTMORTEM_RIGHTS_OWNER})
WORLD = "WORLD"
_TERRITORY = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?\Z")  # ISO 3166-1 and -2
_LANGUAGE = re.compile(r"original\Z|[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")  # BCP 47
_EVERYTHING = frozenset({"ALL", "ANY", "EVERY", "WORLD"})

Sense = Callable[[Consent, dt.date], Iterator[Fault]]


def consent_faults(consent: Consent, today: dt.date) -> Iterator[Fault]:
    """Everything that keeps a consent off the record, each at its key."""
    yield from person_faults(consent.subject, today, at=("subject",))
    for ask in FAULTS:
        yield from ask(consent, today)


def _ids(consent: Consent, _today: dt.date) -> Iterator[Fault]:
    ids = {("consent_id",): consent.consent_id, ("grantor", "party_id"): consent.grantor.party_id}
    for where, text in ids.items():
        yield from (Fault(where, f"`{key_text(where)}` {fault}") for fault in id_faults(text))
    if consent.description_reviewed_by:
        for fault in name_faults(consent.description_reviewed_by):
            yield Fault(("description_reviewed_by",), f"`description_reviewed_by` {fault}")
    if consent.version < 1:
        yield _fault("version", "counts from 1")
    if not is_sha256(consent.evidence.document_sha256):
        yield _fault("evidence.document_sha256", "is no SHA-256: pass `--document` with the signed paper")


def _description(consent: Consent, _today: dt.date) -> Iterator[Fault]:
    text = " ".join(consent.description_of_use.split())
    n_words = len({word for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) > 1})
    if len(text) < MIN_CHARACTERS or n_words < MIN_WORDS:
        yield _fault(
            "description_of_use",
            f"is not reasonably specific: it has {len(text)} characters and {n_words} different words, "
            f"and needs {MIN_CHARACTERS} and {MIN_WORDS}",
        )


def _lists(consent: Consent, _today: dt.date) -> Iterator[Fault]:
    for name in ("attributes", "uses", "projects", "territories", "languages"):
        if not getattr(consent, name):
            yield _fault(name, "is empty, so the consent grants nothing")
    for place, project in enumerate(consent.projects):
        if fault := _project_fault(project):
            yield Fault(("projects", place), f"`projects[{place + 1}]` {fault}")
    for place, territory in enumerate(consent.territories):
        if territory != WORLD and not _TERRITORY.match(territory):
            yield Fault(("territories", place), f"`{territory}` is no territory: write `WORLD`, `US` or `US-CA`")
    for place, language in enumerate(consent.languages):
        if not _LANGUAGE.match(language):
            yield Fault(("languages", place), f"`{language}` is no language: write `original`, `de` or `pt-BR`")


def _project_fault(project: str) -> str:
    if project.upper() in _EVERYTHING or set(project) & set("*?%"):
        return "stands for every project: a consent names each project by its code"
    try:
        check_show_code(project)
    except BadName as error:
        return f"names no show: {error}"
    return ""


def _term(consent: Consent, _today: dt.date) -> Iterator[Fault]:
    term = consent.term
    if term.end is None and not term.open_ended:
        yield _fault("term.end", "is missing: write the last day, or `open_ended = true` on purpose")
    if term.end is not None and term.open_ended:
        yield _fault("term.open_ended", "contradicts `term.end`: keep one of them", "term.end")
    if term.end is not None and term.end < term.start:
        yield _fault("term.end", f"lies before the start, {term.start}", "term.start")


def _signing(consent: Consent, today: dt.date) -> Iterator[Fault]:
    signed, subject, capacity = consent.evidence.signed_at, consent.subject, consent.grantor.capacity
    rests_on = ("subject.died", "subject.born", "grantor.capacity")
    if signed > today:
        yield _fault("evidence.signed_at", f"lies in the future: today is {today}")
    if capacity is Capacity.SELF and subject.died is not None and signed > subject.died:
        yield _fault("evidence.signed_at", f"lies after the person's death on {subject.died}", *rests_on)
    if subject.born is not None and signed < subject.born:
        yield _fault("evidence.signed_at", f"lies before the person's birth on {subject.born}", *rests_on)
    if capacity in ESTATE and subject.died is not None and signed < subject.died:
        yield _fault(
            "evidence.signed_at", "lies before the death: an estate cannot sign for the living", *rests_on
        )


def _capacity(consent: Consent, _today: dt.date) -> Iterator[Fault]:
    subject, grantor = consent.subject, consent.grantor
    capacity, at = grantor.capacity, ("subject.living", "subject.born", "evidence.signed_at")
    age = age_on(subject, consent.evidence.signed_at)
    if capacity in ESTATE | {Capacity.UNION_ON_BEHALF} and subject.living is True:
        yield _fault("grantor.capacity", f": `{capacity}` cannot grant for a person who lives", *at)
    if capacity is Capacity.SELF and age is not None and age < ADULT:
        yield _fault(
            "grantor.capacity",
            f": the person was {age} when it was signed, so a parent, guardian or court grants",
            *at,
        )
    if capacity is Capacity.PARENT_OR_GUARDIAN and age is not None and age >= ADULT:
        yield _fault("grantor.capacity", f": the person was {age} and of age, no parent grants for them", *at)
    own = grantor.party_id == subject.person_id
    if capacity is Capacity.SELF and not own:
        yield _fault("grantor.party_id", "is not the person, though the capacity is `self`", "subject.person_id")
    if capacity is not Capacity.SELF and own:
        yield _fault(
            "grantor.party_id", f"is the person, though the capacity is `{capacity}`", "subject.person_id"
        )
    if capacity is not Capacity.SELF and not is_named(grantor.authority_evidence):
        yield _fault("grantor.authority_evidence", f"is missing: it shows that `{capacity}` may sign", "grantor")


def _content(consent: Consent, _today: dt.date) -> Iterator[Fault]:
    rider, age = consent.nudity_rider.strip(), age_on(consent.subject, consent.evidence.signed_at)
    at = ("prohibited", "subject.born", "evidence.signed_at")
    if rider and {Content.NUDITY, Content.SIMULATED_SEX} <= set(consent.prohibited):
        yield _fault("nudity_rider", "contradicts `prohibited`, which rules out nudity and simulated sex", *at)
    if rider and age is not None and age < ADULT:
        yield _fault("nudity_rider", "cannot be given for a minor, whoever signs (39.F)", *at)


def _training(consent: Consent, _today: dt.date) -> Iterator[Fault]:
    training = consent.training
    if training.allowed and training.model_scope is ModelScope.NONE:
        yield _fault("training.model_scope", "says `none` though training is allowed", "training.allowed")
    if not training.allowed and (training.model_scope is not ModelScope.NONE or training.dataset_ids):
        yield _fault("training.allowed", "is not true, yet models or data sets are named", "training")
    if training.delete_model_by is not None and training.delete_model_by < consent.term.start:
        yield _fault("training.delete_model_by", "lies before the term starts", "term.start")


def _amounts(consent: Consent, _today: dt.date) -> Iterator[Fault]:
    seconds = consent.scripted_scope.max_screen_seconds
    if seconds is not None and seconds <= 0:
        yield _fault("scripted_scope.max_screen_seconds", "must be more than 0; leave it out for no limit")
    if consent.revocation.notice_days < 0:
        yield _fault("revocation.notice_days", "must not be less than 0")
    if re.search(r"[$€£¥]\s*\d|\d\s*(?:USD|EUR|GBP)\b", consent.compensation.terms_ref):
        yield _fault("compensation.terms_ref", "holds an amount: refer to the deal, amounts stay off the record")


def _custody(consent: Consent, _today: dt.date) -> Iterator[Fault]:
    custody, credit = consent.custody, consent.disclosure
    if custody.face_template_allowed and custody.delete_biometrics_by is None:
        yield _fault("custody.delete_biometrics_by", "is missing: face templates are kept to a day", "custody")
    if credit.credit_required and not credit.credit_text.strip():
        yield _fault("disclosure.credit_text", "is missing though a credit is owed", "disclosure")
    after_death = LikenessUse.POSTHUMOUS_PERFORMANCE in consent.uses
    if after_death and consent.grantor.capacity is Capacity.SELF and not consent.term.survives_death:
        yield _fault(
            "term.survives_death", "is not true, yet a posthumous performance is granted", "uses", "grantor"
        )


FAULTS: tuple[Sense, ...] = (
    _ids,
    _description,
    _lists,
    _term,
    _signing,
    _capacity,
    _content,
    _training,
    _amounts,
    _custody,
)


def _fault(key: str, clause: str, *also: str) -> Fault:
    """A fault at a dotted key; a clause that names its own subject keeps it."""
    return Fault(_path(key), f"`{key}`{'' if clause.startswith(':') else ' '}{clause}", tuple(map(_path, also)))


def _path(key: str) -> KeyPath:
    return tuple(key.split("."))
