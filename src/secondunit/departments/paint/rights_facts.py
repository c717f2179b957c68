"""What paint knows of its own work when it asks for clearance, by the names of `rights.facts`.

Its engines make pixels of the plate, of the artist's frames and of owned references, and of nothing else. What an
artist painted may be anything: whether it refers to somebody's work, or shows what nobody did, is not answered here.
"""

from __future__ import annotations

_ALWAYS: tuple[tuple[str, str], ...] = (
    ("living_artist_style", "no"),
    ("marked", "yes"),
    ("personal_data", "no"),
    ("synthetic_performer", "no"),
    ("trains_public_model", "no"),
    ("watermarked", "yes"),
)


def facts(*, painted: bool) -> tuple[tuple[str, str], ...]:
    """What holds of a job: `painted` where an artist's own frames are what is carried over."""
    if painted:
        return (*_ALWAYS, ("human_contribution", "yes"))
    return (*_ALWAYS, ("fabricated_statement", "no"), ("references_ip", "no"))
