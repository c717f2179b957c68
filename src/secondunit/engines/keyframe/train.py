"""A training from the artist's keys to a model file: looked at while it runs, stopped by itself, resumed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np
import numpy.typing as npt

import secondunit
from secondunit.engines.contract import Context, EngineJob
from secondunit.engines.keyframe.course import EVERY, Course, last_step, rate
from secondunit.engines.keyframe.device import pick_device
from secondunit.engines.keyframe.exam_sheet import decibels, draw_preview, over_plate
from secondunit.engines.keyframe.lesson import Exam, lesson_of
from secondunit.engines.keyframe.model_file import MODEL, ModelCard, write_model
from secondunit.engines.keyframe.network import Shape
from secondunit.engines.keyframe.settings import KeyframeSettings
from secondunit.engines.keyframe.speak import speak
from secondunit.engines.keyframe.training import Training
from secondunit.errors import BadInput, EngineFailed
from secondunit.store.atomic import write_bytes

F32 = npt.NDArray[np.float32]
CHECKPOINT = "checkpoint.pt"
PREVIEW = "preview.png"
_DIGEST = 64  # letters


@dataclass
class _Run:
    """Where a training stands: seconds worked, figures of its exams in dB, the step it began to cool at."""

    seconds: float = 0.0
    held: list[float] = field(default_factory=list)
    cooled_from: int | None = None


def train(job: EngineJob, context: Context, clock: Callable[[], float]) -> ModelCard:
    """Train on the job's keys and write the model into the context's folder; a killed training goes on where it was.

    Raises `BadInput` for keys that cannot be learned from and `NotCleared` as soon as the clearance is gone.
    """
    settings = job.settings
    assert isinstance(settings, KeyframeSettings)
    context.still_cleared()
    plates, edits = _keys(job, context)
    lesson = lesson_of(job.keys, plates, edits, seed=job.seed, leave_out=settings.leave_out)
    shape = Shape(n_said=3 if lesson.is_whole else 4)
    digests = hashlib.sha256(plates.tobytes()).hexdigest(), hashlib.sha256(edits.tobytes()).hexdigest()
    sure = hashlib.sha256(repr((settings, job.seed, secondunit.__version__, digests)).encode()).hexdigest()
    training = Training(lesson, shape, job.seed, pick_device(settings.device))
    try:
        session = _Session(training, lesson.exam, settings, context, sure)
        run = session.resumed()
        session.learn(run, clock)
    finally:
        training.close()
    card = ModelCard(
        keys=lesson.frames,
        width=job.width,
        height=job.height,
        plates_sha256=digests[0],
        edits_sha256=digests[1],
        exam_frame=lesson.exam.frame,
        exam_db=round(run.held[-1], 3),
        seed=job.seed,
        steps=training.step,
        minutes=round(run.seconds / 60, 2),
        engine_version=secondunit.__version__,
    )
    return write_model(context.folder / MODEL, training.average, card)


def _keys(job: EngineJob, context: Context) -> tuple[F32, F32]:
    plates, edits = [], []
    for frame in job.keys:
        plate, edit = context.plate(frame), context.key(frame)
        if edit.shape != plate.shape:
            size, wanted = (f"{p.shape[1]}×{p.shape[0]}" for p in (edit, plate))
            raise BadInput(
                f"the edit of frame {frame} is {size}, the plate {wanted}", hint="paint on the plate's own size"
            )
        for what, picture in (("plate", plate), ("edit", edit)):
            if not np.isfinite(picture).all():
                raise BadInput(
                    f"the {what} of frame {frame} holds values that are no numbers", hint="save it again"
                )
        plates.append(plate)
        edits.append(edit)
    return np.stack(plates).astype(np.float32), np.stack(edits).astype(np.float32)


@dataclass(frozen=True)
class _Session:
    """A training on the bench: `sure` is the hash of everything it depends on."""

    training: Training
    exam: Exam
    settings: KeyframeSettings
    context: Context
    sure: str

    def resumed(self) -> _Run:
        """Take up the checkpoint where it is whole and of this very training; else begin."""
        path = self.context.workbench / CHECKPOINT
        if path.is_file():
            content = path.read_bytes()
            state = content[2 * _DIGEST :]
            if content[: 2 * _DIGEST] == self._stamp(state):
                return _Run(**self.training.restore(state))
        return _Run()

    def learn(self, run: _Run, clock: Callable[[], float]) -> None:
        """Train to the end, and keep the state now and then."""
        training, steps, is_left_out = self.training, self.settings.steps, self.settings.leave_out is not None
        course = Course(self.settings.minutes, steps)
        started = clock() - run.seconds
        while True:
            if run.cooled_from is None and course.cools_from(training.step, clock() - started, run.held):
                self._look(run)
                run.cooled_from = training.step
            if run.cooled_from is not None and training.step >= last_step(run.cooled_from, steps):
                break
            pace = rate(training.step, run.cooled_from, steps)
            training.advance(pace, with_held=run.cooled_from is not None)
            if training.step % EVERY == 0:
                self.context.still_cleared()
                if run.cooled_from is None or is_left_out:
                    self._look(run)
                run.seconds = clock() - started
                self._keep(run)
        run.seconds = clock() - started
        if is_left_out:
            self._look(run)

    def _keep(self, run: _Run) -> None:
        state = self.training.saved(asdict(run))
        write_bytes(self.context.workbench / CHECKPOINT, self._stamp(state) + state)

    def _stamp(self, state: bytes) -> bytes:
        return (self.sure + hashlib.sha256(state).hexdigest()).encode()

    def _look(self, run: _Run) -> None:
        """Measure the exam, draw it, and tell."""
        training, exam = self.training, self.exam
        if not training.is_sound():
            raise EngineFailed(
                f"the training lost its way at step {training.step}", hint="try another seed, and report the shot"
            )
        answer = over_plate(exam.plate, *speak(training.average, exam.plate, training.device))
        run.held.append(decibels(answer, exam.edit, exam.area))
        preview = self.context.workbench / PREVIEW
        draw_preview(preview, exam, answer)
        self.context.tell(
            f"step {training.step}: {run.held[-1]:.1f} dB on what it has not seen of frame {exam.frame} "
            f"(best {max(run.held):.1f}), preview {preview}"
        )
