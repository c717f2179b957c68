"""A network for one shot: trained under a clearance to learn, put on record with its own card, then used like any tool.

Two questions are asked at the gate: may this plate be learned from (each lesson by its record, everybody seen in it by
their consent), and later, may this model take part. A withdrawn consent quarantines it by its weights.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from secondunit.callsheet.order import Order
from secondunit.callsheet.paint.engine_take import Setting
from secondunit.callsheet.paint.order_paint import paint_order
from secondunit.callsheet.paint.shoot import shoot
from secondunit.callsheet.records_now import records_now
from secondunit.callsheet.who import account
from secondunit.engines.door import engine
from secondunit.farm.progress import Progress
from secondunit.rights.on_record.record_kinds import draft_of
from secondunit.slate.consent import ModelScope
from secondunit.slate.plate import Plate
from secondunit.slate.request import Likeness, Step
from secondunit.slate.rights_records import ToolCard, TrainingData
from secondunit.store.show_folder import Store

MODELS = "models"
LESSON = "model.safetensors"


@dataclass(frozen=True)
class Trained:
    """A model on record: its file in the show, its step for requests, and how it did on the frame of its exam."""

    file: Path
    step: Step
    exam_frame: int
    exam_db: float

    @property
    def name(self) -> str:
        """How a lineage names it."""
        return f"{self.step.tool_id} {self.step.version} sha256:{self.step.weights_sha256}"


def train_models(
    store: Store,
    plate: Plate,
    setting: Setting,
    *,
    department: str,
    likenesses: Iterable[Likeness] = (),
    progress: Progress | None = None,
) -> tuple[Trained, ...]:
    """Train every model that a job needs and put them on record; what was trained before is found, not made again.

    Raises `NotCleared` where the plate may not be learned from, `BadInput`, `EngineFailed`.
    """
    run = engine(setting.engine)()
    order: Order = paint_order(
        store, [plate], plate.frames, run, department=department, painted=True, likenesses=likenesses,
        training=(plate.source_sha256,),
    )  # fmt: skip
    done = shoot(store, order, setting, progress=progress, only=lambda chunk: chunk.learns)
    found = (store.takes.place(key) / LESSON for key in done.keys)
    return tuple(_on_record(store, plate, path) for path in found if path.is_file())


def _on_record(store: Store, plate: Plate, made: Path) -> Trained:
    from secondunit.engines.keyframe.model_file import name_consents, read_card

    told = read_card(made)
    records = records_now(store)
    asset = records.asset(plate.source_sha256)
    persons = asset.persons if asset is not None else ()
    consents = tuple(sorted({one.consent_id for person in persons for one in records.consents_of(person)}))
    base = engine("keyframe").card
    card = ToolCard(
        base.tool_id,
        base.version,
        told.weights_sha256,
        training_data=TrainingData.OWNED,
        trains_on_inputs=False,
        retains_inputs=False,
        enterprise_secured=True,
        learned_from=persons,
        dataset_ids=(asset.asset_id,) if asset is not None else (),
        project=store.show.code,
        scope=ModelScope.PROJECT_MODEL_ONLY,
    )
    known = records.tool(card.tool_id, card.version, card.weights_sha256)
    if known is None or replace(known, quarantined=False) != card:
        store.write_lines([draft_of(card)], author=account())
    file = store.root / MODELS / f"{plate.shot}_{base.tool_id}_{told.weights_sha256[:12]}.safetensors"
    if not file.is_file():
        file.parent.mkdir(exist_ok=True)
        beside = file.with_name(f".{file.name}.partial")
        shutil.copyfile(made, beside)
        name_consents(beside, consents, persons)
        beside.replace(file)
    return Trained(file, Step(card.tool_id, card.version, card.weights_sha256), told.exam_frame, told.exam_db)
