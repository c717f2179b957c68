"""What a use of a likeness amounts to."""

from __future__ import annotations

from secondunit.slate.consent import LikenessUse
from secondunit.slate.request import Likeness

REPLICA, ALTERATION, CUSTOMARY = "replica", "alteration", "customary"

# De-ageing and ageing change a recorded performance; they count as a replica, the stricter of the two, unless they
# stay as scripted (rights research 1.5 and 2.1).
_CLASS = {
    LikenessUse.VISUAL_ADR: ALTERATION,
    LikenessUse.LIPSYNC_DUB: ALTERATION,
    LikenessUse.COSMETIC: CUSTOMARY,
}


def use_class(use: LikenessUse) -> str:
    """A replica, an alteration, or customary work after the shoot."""
    return _CLASS.get(use, REPLICA)


def keeps_performance(likeness: Likeness) -> bool:
    """Whether tone, delivery, intent and words stay; what nobody said does not."""
    return likeness.alters_performance is False and likeness.new_dialogue is False
