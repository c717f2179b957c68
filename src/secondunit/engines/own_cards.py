"""The cards of what comes with Second Unit; all of it runs on this machine alone.

Our own engines have learned nothing. The finder of faces is a network of others' (`engines.faces.finder_card`).
"""

from __future__ import annotations

import secondunit
from secondunit.engines.faces.finder_card import CARD as FACE_FINDER
from secondunit.slate.request import Step
from secondunit.slate.rights_records import ToolCard, TrainingData

PHYSICS, LIGHT, COMP = "physics", "light", "comp"
PICTURES = ("patch", "removal", "vary", "keyframe", "auto")  # engines that come in by the door


def own_card(name: str) -> ToolCard:
    """The card of an engine of ours by name."""
    return ToolCard(
        name,
        secondunit.__version__,
        training_data=TrainingData.NONE,
        trains_on_inputs=False,
        retains_inputs=False,
        enterprise_secured=True,
    )


OWN_CARDS: tuple[ToolCard, ...] = (
    *(own_card(name) for name in (PHYSICS, LIGHT, COMP, *PICTURES)),
    FACE_FINDER,
)


def own_steps(*names: str) -> tuple[Step, ...]:
    """Steps of a request for engines of ours, by name."""
    return tuple(Step(name, secondunit.__version__) for name in names)
