"""The cards of our own engines: none of them has learned anything, and all of them run on this machine alone."""

from __future__ import annotations

import secondunit
from secondunit.slate.request import Step
from secondunit.slate.rights_records import ToolCard, TrainingData

PHYSICS, LIGHT, COMP = "physics", "light", "comp"


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


OWN_CARDS: tuple[ToolCard, ...] = tuple(own_card(name) for name in (PHYSICS, LIGHT, COMP))


def own_steps(*names: str) -> tuple[Step, ...]:
    """Steps of a request for engines of ours, by name."""
    return tuple(Step(name, secondunit.__version__) for name in names)
