"""Whose likeness a version shows, and the terms they agreed to beside what was done."""

from __future__ import annotations

import datetime as dt
from typing import Any

from secondunit.provenance.report.report_words import use_in_words
from secondunit.rights.likeness import Covered, look_at
from secondunit.rights.on_record.ledgered import Ledgered
from secondunit.rights.on_record.meter import read_meter
from secondunit.rights.on_record.standing import standing_on
from secondunit.rights.records import Records
from secondunit.slate.consent import Consent
from secondunit.slate.request import Request


def person_rows(request: Request, records: Records, known: Ledgered, today: dt.date) -> list[dict[str, Any]]:
    """A row a likeness: what was done, on what it rests, each term agreed and what stands against it here.

    Whether a term is met is the gate's to say, so its reasons are told and nothing is judged a second time.
    """
    return [
        _row(look_at(request, likeness, records, today), request, known, today) for likeness in request.likenesses
    ]


def _row(one: Covered, request: Request, known: Ledgered, today: dt.date) -> dict[str, Any]:
    likeness, consent = one.likeness, one.consent
    row: dict[str, Any] = {
        "attributes": [str(attribute) for attribute in likeness.attributes],
        "basis": [basis.sentence for basis in one.basis],
        "consent": None,
        "covered": not one.reasons,
        "person": likeness.person_id or "nobody named",
        "reasons": [{"rule": r.rule, "sentence": r.sentence, "source": r.source} for r in one.reasons],
        "use": str(likeness.use),
        "use_in_words": use_in_words(likeness.use),
    }
    given = consent or next(
        (c for c in known.consents.values() if c.subject.person_id == likeness.person_id), None
    )
    if given is not None:
        if given.disclosure.public_name_in_manifest:
            row["person"] = given.subject.name
        row["consent"] = _consent(given, one, request, known, today)
    return row


def _consent(consent: Consent, one: Covered, request: Request, known: Ledgered, today: dt.date) -> dict[str, Any]:
    event = standing_on(known.standing.get(consent.consent_id, ()), today)
    scope, term, likeness = consent.scripted_scope, consent.term, one.likeness
    meter = read_meter(known, consent.consent_id)[0]
    limit = "no limit" if meter.limit is None else f"{meter.limit:g} s"
    rows = [
        ("project", _list(consent.projects), request.project),
        ("use", _list(consent.uses), str(likeness.use)),
        ("of the person", _list(consent.attributes), _list(likeness.attributes)),
        ("scenes", _list(scope.scenes) or "all of the project", request.scene),
        ("seconds on screen", limit, f"{request.seconds:.4g} s here, {meter.seconds:.4g} s in all shots"),
        ("new dialogue", _yes(scope.new_dialogue_allowed), _yes(likeness.new_dialogue)),
        ("stages", _list(consent.stages) or "none named", str(request.stage)),
        ("media", _list(consent.media) or "none named", _list(request.media) or "everywhere"),
        ("territories", _list(consent.territories), _list(request.territories) or "everywhere"),
        ("languages", _list(consent.languages), likeness.language),
        ("term", f"{term.start} to {term.end or 'no end'}", f"asked on {today}"),
        ("not to be shown", _list(consent.prohibited) or "nothing named", _list(request.content) or "none of it"),
        (
            "training",
            "agreed" if consent.training.allowed else "not agreed",
            "nothing is trained on it" if not request.training else "a model is trained",
        ),
    ]
    return {
        "id": consent.consent_id,
        "replica_class": str(consent.replica_class),
        "signed_for_by": str(consent.grantor.capacity),
        "representation": str(consent.representation),
        "separately_signed": consent.evidence.separately_signed,
        "document_sha256": consent.evidence.document_sha256,
        "standing": str(event.standing) if event else "not active",
        "since": event.on.isoformat() if event else None,
        "terms": [{"term": name, "agreed": agreed, "here": here} for name, agreed, here in rows],
        "version": consent.version,
    }


def _list(words: tuple[Any, ...]) -> str:
    return ", ".join(str(word) for word in words)


def _yes(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "nobody knows"}[value]
