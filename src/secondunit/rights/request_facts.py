"""What policies may know of a whole request: what it shows by itself, and what named people declared of the shot."""

from __future__ import annotations

from secondunit.rights.facts import BY_SCOPE, NO, YES, Facts, Scope
from secondunit.rights.records import Records
from secondunit.rights.tool_rules import cards_of
from secondunit.rights.use_class import CUSTOMARY, keeps_performance, use_class
from secondunit.slate.request import Request
from secondunit.slate.rights_records import TrainingData

_DECLARABLE = frozenset(name for name, fact in BY_SCOPE[Scope.REQUEST].items() if fact.declared)


def request_facts(request: Request, records: Records) -> Facts:
    """The facts of a request. A declaration goes before what the department knows of its own work."""
    facts: Facts = {name: value for name, value in request.facts if name in BY_SCOPE[Scope.REQUEST]}
    facts |= {name: value for name, value in records.declared(str(request.shot)).items() if name in _DECLARABLE}
    cards = (card for _, card in cards_of(request, records))
    trained = [card is None or card.training_data is not TrainingData.NONE for card in cards]
    # Cosmetics that change a performance, or may, are no cosmetics.
    shown = [o for o in request.likenesses if use_class(o.use) != CUSTOMARY or not keeps_performance(o)]
    faces = [records.faces.get(plate.source_sha256) for plate in request.plates]
    return facts | {
        "content": frozenset(str(tag) for tag in request.content),
        "department": request.department,
        "generated": YES,
        "languages": frozenset(request.languages),
        "media": frozenset(request.media),
        "model_takes_part": YES if any(trained) else NO,
        "shows_person": YES if shown else NO,
        "stage": str(request.stage),
        "territories": frozenset(request.territories or ("WORLD",)),
        "trains_model": YES if request.training else NO,
        "unnamed_faces": None if None in faces else float(sum(n for n in faces if n is not None)),
    }
