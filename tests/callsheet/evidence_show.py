"""A show with everything that evidence can hold: two performers made younger by a trained model, approvals, a delivery.

Ann agreed to nobody's hearing her name; Bo did. All of it is invented, all of it goes through the real doors.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "rights"))
sys.path.insert(0, str(Path(__file__).parents[1] / "provenance"))
import people
from small_version import fill_version

from secondunit.callsheet.approve import admit_approver, decide, key_of
from secondunit.callsheet.bring_in import bring_in
from secondunit.callsheet.clock import today
from secondunit.callsheet.deliver import final_request
from secondunit.callsheet.open_show import make_show
from secondunit.callsheet.records_now import records_now
from secondunit.callsheet.rights_desk import change_records
from secondunit.callsheet.version_lines import lines_of_version, reserve_mark
from secondunit.engines.own_cards import own_steps
from secondunit.media.images import write_picture
from secondunit.provenance import plate_ingredients, sign_version, signing_identity
from secondunit.provenance.lineage import software_versions, write_lineage
from secondunit.rights.gate import gate
from secondunit.slate.clearance import Clearance, NeedsApproval
from secondunit.slate.consent import Disclosure, LikenessUse, Stage
from secondunit.slate.frames import FrameRange
from secondunit.slate.lineage import Lineage, SourceType, TakeRecord
from secondunit.slate.naming import ShotName
from secondunit.slate.plate import Plate
from secondunit.slate.request import Likeness, PlateUse, Request, Step
from secondunit.slate.rights_records import (
    Declaration,
    Role,
    StandingEvent,
    ToolCard,
    TrainingAsset,
    TrainingBasis,
    TrainingData,
)
from secondunit.slate.version_line import VersionLine
from secondunit.store.show_folder import Store, open_show

SHOT = ShotName.parse("AGM_104_TCC_0010")
VERSION = f"{SHOT} deage v001"
FRAMES = FrameRange(1001, 1006)
WEIGHTS = "5e" * 32
PRIVATE, PUBLIC = "Ann Ley", "Bo Grün"
NOTE = "her doctor advised against it"
STAFF = {
    "Vera Soup": Role.VFX_SUPERVISOR, "Lou Legal": Role.PRODUCTION_LEGAL, "Rita Clear": Role.RIGHTS_CLEARANCE_MANAGER,
    "Stu Contact": Role.STUDIO_CONTACT, "Gil Liaison": Role.GUILD_LIAISON, "Ina Sec": Role.INFOSEC,
    "Dee Rector": Role.DIRECTOR,
}  # fmt: skip
PERFORMERS = {PRIVATE: "P-ann", PUBLIC: "P-bo"}
SAID = {
    "visibility": "background_story", "could_pass_as_real": "no", "fabricated_statement": "no",
    "displaces_union_work": "no", "references_ip": "no", "living_artist_style": "no", "similarity": "pass",
    "synthetic_performer": "no", "personal_data": "no", "confidential_inputs": "yes", "human_contribution": "yes",
    "disclosed": "yes", "scan_notice": "yes", "strike_of_crew": "no", "trains_public_model": "no",
}  # fmt: skip


def make_evidence_show(folder: Path, *, policies: tuple[str, ...] = ("netflix_2025", "eu_ai_act_50")) -> Path:
    """A show with one version, made but neither approved nor delivered."""
    make_show(folder, name="The Long Night", code="AGM", fps="24", policies=policies)
    picture = np.linspace(0.1, 0.6, 90 * 160 * 3, dtype=np.float32).reshape(90, 160, 3)
    source = folder.parent / f"{folder.name}_house.png"
    write_picture(source, picture)
    bring_in(folder, str(source), shot=str(SHOT), owner="Ada Films", licence="CC-BY-4.0", frames=str(FRAMES))
    store = open_show(folder)
    try:
        for name, role in STAFF.items():
            key_of(name)
            admit_approver(store, name, [str(role)], by="Rita Clear")
        for name in PERFORMERS:
            key_of(name)
            admit_approver(store, name, [str(Role.PERFORMER_OR_REP)], by="Rita Clear")
        change_records(store, lambda _known: _records(), author="Rita Clear")
        _make_version(store)
    finally:
        store.close()
    return folder


def approve_all(store: Store) -> None:
    """Everybody whose yes is wanted says yes to the version."""
    (version,) = store.lines("version")
    answer = gate(final_request(VersionLine.from_dict(version.body)), records_now(store), today())
    assert isinstance(answer, NeedsApproval), answer
    _say_yes(store, answer, f"{SHOT} v001")


def with_store(show: Path, do: Callable[[Store], Any]) -> Any:
    """What is done with a show that is opened for it."""
    store = open_show(show)
    try:
        return do(store)
    finally:
        store.close()


def _records() -> list[object]:
    ann = dataclasses.replace(
        people.CONSENT, term=dataclasses.replace(people.CONSENT.term, end=dt.date(2035, 12, 31)),
        stages=tuple(Stage), media=("theatrical", "streaming"),
        disclosure=Disclosure(credit_required=True, credit_text="Ann Ley as young Mary"),
    )  # fmt: skip
    bo = dataclasses.replace(
        ann, consent_id="CNS-002", subject=dataclasses.replace(ann.subject, person_id="P-bo", name=PUBLIC),
        grantor=dataclasses.replace(ann.grantor, party_id="P-bo"), approval_required=(),
        disclosure=Disclosure(credit_required=True, credit_text="Bo Grün as young Tom", public_name_in_manifest=True),
    )  # fmt: skip
    card = ToolCard(
        "face-net", "2", WEIGHTS, TrainingData.OWNED, trains_on_inputs=False, retains_inputs=False,
        enterprise_secured=True, learned_from=("P-ann",), dataset_ids=("ds-ann-1",), project="AGM",
        scope=people.CONSENT.training.model_scope, checked_at=dt.date(2026, 11, 1),
    )  # fmt: skip
    asset = TrainingAsset(
        "ds-ann-1", "a1" * 32, "Ada Films", "contract#12", TrainingBasis.CONTRACT, ("P-ann",), opted_out=False
    )
    return [
        ann.subject, bo.subject, ann, bo,
        StandingEvent("CNS-001", people.ACTIVE.standing, people.ACTIVE.on, "Rita Clear"),
        StandingEvent("CNS-002", people.ACTIVE.standing, people.ACTIVE.on, "Rita Clear", NOTE),
        asset, card, *(Declaration(str(SHOT), fact, value, "Vera Soup") for fact, value in SAID.items()),
    ]  # fmt: skip


def _request(plate: Plate) -> Request:
    def younger(person: str) -> Likeness:
        return Likeness(
            person, LikenessUse.DEAGE, recognizable=True, as_scripted=False, alters_performance=False,
            new_dialogue=False, depicted_age=30,
        )  # fmt: skip

    return Request(
        SHOT, "deage", "deage 0.1.0", "vfx", (PlateUse(plate.label, plate.source_sha256),), FRAMES, scene="TCC",
        seconds=0.25, likenesses=(younger("P-ann"), younger("P-bo")),
        steps=(*own_steps("comp"), Step("face-net", "2", WEIGHTS)), territories=("DE", "US"), media=("streaming",),
        languages=("original",), facts=(("marked", "yes"), ("watermarked", "yes")),
    )  # fmt: skip


def _make_version(store: Store) -> None:
    plate = store.plate(SHOT)
    request = _request(plate)
    clearance = gate(request, records_now(store), today())
    if isinstance(clearance, NeedsApproval):
        _say_yes(store, clearance, request.sha256)
        clearance = gate(request, records_now(store), today())
    assert isinstance(clearance, Clearance), clearance
    with store.next_version(SHOT, "deage") as made:
        fill_version(made.folder)
        (made.folder / "checks.json").write_text(json.dumps([{"number": 1, "name": "edges", "passed": True}]))
        (made.folder / "building.toml").write_text("[camera]\nfocal = 35 # proposed ab\nyaw = 3.5\n")
        mark = reserve_mark(store, request, made.label, author="Vera Soup")
        lineage = _lineage(store, plate, clearance, made.number)
        write_lineage(lineage, made.folder)
        sign_version(made.folder, lineage, signing_identity(dt.datetime.now(dt.UTC)), show=store.root)
        lines = lines_of_version(made.folder, request, clearance, version=made.label, mark=mark)
        checks = [{"number": 1, "name": "edges", "passed": True, "value": 1.0, "limit": 2.0, "note": ""}]
        details = {"preview": False, "checks": checks}
        store.publish_version(
            made, shot=SHOT, department="deage", details=details, author="Vera Soup", lines=lines
        )


def _lineage(store: Store, plate: Plate, clearance: Clearance, number: int) -> Lineage:
    younger = TakeRecord(
        "younger faces", "face-net", "2", {"strength": 0.8, "age": 30}, 7,
        source_type=SourceType.TRAINED_ALGORITHMIC_MEDIA, models=("face-net 2",),
    )  # fmt: skip
    comp = TakeRecord("comp", "comp", "0.1.0", {"grain": True}, None)
    return Lineage(
        shot=SHOT, department="deage", version=number, frames=FRAMES, rate=plate.rate,
        created=dt.datetime.now(dt.UTC).replace(microsecond=0), ingredients=plate_ingredients(store.root, plate),
        takes=(younger, comp), clearance=clearance, software=software_versions(),
        brief={"age": 30, "keep": ["scar", "smile lines"]}, description="two performers look thirty years younger",
    )  # fmt: skip


def _say_yes(store: Store, answer: NeedsApproval, what: str) -> None:
    who = {str(role): name for name, role in STAFF.items()}
    for role in answer.roles:
        for name in PERFORMERS if role == Role.PERFORMER_OR_REP else (who[role],):
            decide(store, what, role=role, by=name, approved=True)
