"""Do cards, assets, licences, figures and notices make sense? Faults keep them off the record, cautions are told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from secondunit.rights.licences import is_named, terms_of
from secondunit.rights.written.marked_text import Fault, KeyPath, key_text
from secondunit.rights.written.names import id_faults, is_sha256, name_faults
from secondunit.slate.consent import ModelScope, Subject
from secondunit.slate.footage_licence import FootageLicence
from secondunit.slate.rights_records import (
    Approver,
    HistoricalFigure,
    StrikeNotice,
    ToolCard,
    TrainingAsset,
    TrainingBasis,
    TrainingData,
)


def tool_faults(card: ToolCard, today: dt.date) -> Iterator[Fault]:
    """A tool card."""
    yield from _ids([(("tool_id",), card.tool_id), (("version",), card.version)])
    yield from _ids((("learned_from", n), person) for n, person in enumerate(card.learned_from))
    yield from _ids((("dataset_ids", n), asset) for n, asset in enumerate(card.dataset_ids))
    yield from _hashes({"weights_sha256": card.weights_sha256, "terms_sha256": card.terms_sha256})
    learned = bool(card.learned_from or card.dataset_ids)
    if card.training_data is TrainingData.NONE and (learned or card.weights_sha256):
        yield _fault("training_data", "says `none`, yet weights or what it learned from are named")
    if learned and not card.weights_sha256:
        yield _fault("weights_sha256", "is missing: a model that learned is known by its weights")
    if card.scope is ModelScope.PROJECT_MODEL_ONLY and not card.project:
        yield _fault("project", "is missing: the model is for one project only")
    if card.checked_at is not None and card.checked_at > today:
        yield _fault("checked_at", f"lies in the future: today is {today}")


def tool_cautions(card: ToolCard) -> tuple[str, ...]:
    """What nobody knows of a tool counts as the bad answer."""
    unknown = [
        key for key in ("trains_on_inputs", "retains_inputs", "enterprise_secured") if getattr(card, key) is None
    ]
    said = [f"nobody knows `{key}`, which counts as the bad answer" for key in unknown]
    if card.training_data is TrainingData.UNKNOWN:
        said.append("nobody knows what it learned from, which counts as unlicensed")
    if card.checked_at is None:
        said.append("nobody says when its terms were read last (`checked_at`)")
    return tuple(said)


def asset_faults(asset: TrainingAsset, _today: dt.date) -> Iterator[Fault]:
    """Something a model may learn from."""
    yield from _ids([(("asset_id",), asset.asset_id)])
    yield from _ids((("persons", n), person) for n, person in enumerate(asset.persons))
    yield from _names({"rights_holder": asset.rights_holder})
    yield from _hashes({"sha256": asset.sha256 or "missing"})
    if not is_named(asset.licence):
        yield _fault("licence", "names no licence: write an SPDX id, `owned` or the reference of a contract")


def asset_cautions(asset: TrainingAsset) -> tuple[str, ...]:
    """What keeps a model from learning it."""
    said = []
    if asset.basis is None:
        said.append("nothing says on what basis a model may learn from it (`basis`)")
    if asset.basis is TrainingBasis.OPEN_LICENCE and terms_of(asset.licence).derivatives is None:
        said.append(f"`{asset.licence}` is not known as an open licence")
    if asset.opted_out is None:
        said.append("nobody looked whether its holder opted out (`opted_out`), which counts as a yes")
    return tuple(said)


def footage_faults(licence: FootageLicence, _today: dt.date) -> Iterator[Fault]:
    """The terms of footage."""
    yield from _hashes(
        {"source_sha256": licence.source_sha256 or "missing", "document_sha256": licence.document_sha256}
    )
    yield from _names({"owner": licence.owner})
    yield from _ids((("uses", n), use) for n, use in enumerate(licence.uses or ()))
    if not is_named(licence.licence):
        yield _fault("licence", "names no licence: write an SPDX id, `owned` or the reference of a contract")


def footage_cautions(licence: FootageLicence) -> tuple[str, ...]:
    """What of the terms nobody knows."""
    named = terms_of(licence.licence)
    said = [
        f"nobody knows whether it allows {what} (`{key}`), which counts as a no"
        for key, what in (("derivatives", "changes"), ("commercial", "a film that is sold"))
        if getattr(licence, key) is None and getattr(named, key) is not False
    ]
    if licence.uses == ():
        said.append("no use is named, so it permits none; leave `uses` out where the contract draws no line")
    return tuple(said)


def figure_faults(figure: HistoricalFigure, today: dt.date) -> Iterator[Fault]:
    """A figure of history."""
    yield from _ids([(("person_id",), figure.person_id)])
    yield from _names({"name": figure.name, "editorial_approver": figure.editorial_approver or "nobody yet"})
    if figure.died is not None and figure.died > today:
        yield _fault("died", f"lies in the future: today is {today}")


def figure_cautions(figure: HistoricalFigure) -> tuple[str, ...]:
    """What keeps a figure from being shown."""
    said = []
    if figure.died is None:
        said.append("no day of death is on record, so no term is known to be over")
    if figure.heirs_known is None:
        said.append("nobody looked for heirs (`heirs_known`)")
    if not figure.editorial_approver:
        said.append("no editor answers for the depiction (`editorial_approver`)")
    return tuple(said)


def strike_faults(notice: StrikeNotice, _today: dt.date) -> Iterator[Fault]:
    """A strike."""
    yield from _names({"union": notice.union})
    if notice.end is not None and notice.end < notice.start:
        yield _fault("end", f"lies before the start, {notice.start}")


def approver_faults(approver: Approver, _today: dt.date) -> Iterator[Fault]:
    """Somebody who may approve; without roles nobody any more."""
    yield from _names({"person": approver.person})
    yield from _hashes({"key": approver.key or "missing"}, what="public key")


def person_cautions(person: Subject) -> tuple[str, ...]:
    """What nobody knows of a person."""
    said = []
    if person.born is None:
        said.append("no day of birth is on record, so the person counts as a minor")
    if person.living is None and person.died is None:
        said.append("nobody says whether the person lives (`living`), which counts as a no")
    if person.living is False and person.died is None:
        said.append("no day of death is on record, so no post-mortem term is known to be over")
    return tuple(said)


def _ids(texts: Iterable[tuple[KeyPath, str]]) -> Iterator[Fault]:
    for where, text in texts:
        yield from (Fault(where, f"`{key_text(where)}` {fault}") for fault in id_faults(text))


def _names(names: dict[str, str]) -> Iterator[Fault]:
    for key, name in names.items():
        yield from (_fault(key, fault) for fault in name_faults(name))


def _hashes(hashes: dict[str, str], what: str = "SHA-256") -> Iterator[Fault]:
    for key, text in hashes.items():
        if text and not is_sha256(text):
            yield _fault(key, f"is no {what}: 64 digits and small letters from a to f")


def _fault(key: str, clause: str) -> Fault:
    return Fault((key,), f"`{key}` {clause}")
