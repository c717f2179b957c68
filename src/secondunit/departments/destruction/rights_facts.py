"""What destruction knows of its own work when it asks for clearance, by the names of `rights.facts`.

Everything it makes comes from the plate and from physics: it takes no prompt, no reference, no name and no model, and
puts no words into anybody's mouth. What only people can know (whether the collapse could pass for news, whose work it
does) it does not answer for them.
"""

from __future__ import annotations


def facts(*, preview: bool) -> tuple[tuple[str, str], ...]:
    """What holds of a collapse; only a preview's movies carry no mark, for nobody hands them on."""
    return (*_FACTS, ("watermarked", "no" if preview else "yes"))


_FACTS: tuple[tuple[str, str], ...] = (
    ("fabricated_statement", "no"),
    ("living_artist_style", "no"),
    ("marked", "yes"),
    ("personal_data", "no"),
    ("references_ip", "no"),
    ("synthetic_performer", "no"),
    ("trains_public_model", "no"),
)
