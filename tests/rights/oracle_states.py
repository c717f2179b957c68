"""The statutes on likeness (2.2) in plain Python, from their text: California, New York, Tennessee, Denmark.

Where a law is of a place, it is asked where the picture will be seen there, of the dead also where they lived there.
Lab. Code 927 and its like in New York are about a contract: they are asked wherever the picture goes. Exceptions known
from memory only spare nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from oracle_views import View, in_place

from secondunit.slate.rights_records import Role

ASKS = {"C-927-3": {Role.PRODUCTION_LEGAL}}
TELLS = {"C-SB942": {Role.PRODUCTION_LEGAL}}
OUT = {"final", "marketing"}


def without(p: View) -> bool:
    """A consent is needed, and none covers it."""
    return p["consent_needed"] == "yes" and p["covered"] == "no"


def dead_within(p: View, years: float) -> bool:
    """Not known to live, and not known to be dead for so long."""
    since = p["years_dead"]
    return p["living"] == "no" and (not isinstance(since, float) or since < years)


def unenforceable(p: View) -> bool:
    """A replica on a provision that says nothing specific, signed alone."""
    bare = p["description_specific"] == "no" and p["representation"] == "none"
    return p["use_class"] == "replica" and p["under_consent"] == "yes" and bare


def california(r: View) -> Iterator[str]:
    if r["model_takes_part"] == "yes" and r["stage"] in OUT and r["marked"] == "no" and in_place(r, "US-CA"):
        yield "C-SB942"


def california_person(p: View, r: View) -> Iterator[str]:
    replica = p["use_class"] == "replica"
    if unenforceable(p):
        yield "C-927"
    if replica and p["under_consent"] == "yes" and p["representation"] == "none":
        yield "C-927-3"
    if replica and without(p) and dead_within(p, 70) and in_place(r, "US-CA", p["domicile"]):
        yield "C-3344-1"


def new_york(r: View) -> Iterator[str]:
    content = r["content"]
    assert isinstance(content, frozenset)
    advert = bool(content & {"advertising", "endorsement"}) or r["stage"] == "marketing"
    if advert and r["synthetic_performer"] == "yes" and r["disclosed"] == "no" and in_place(r, "US-NY"):
        yield "NY-396B"


def new_york_person(p: View, r: View) -> Iterator[str]:
    if unenforceable(p):
        yield "NY-5-302"
    if p["use_class"] == "replica" and without(p) and dead_within(p, 40) and in_place(r, "US-NY", p["domicile"]):
        yield "NY-50F"


def tennessee_person(p: View, r: View) -> Iterator[str]:
    """Ten years after death, and on as long as it is used: no number of years lets it go."""
    if not without(p):
        return
    if p["living"] == "yes" and in_place(r, "US-TN"):
        yield "TN-VOICE"
    if p["minor"] == "yes" and in_place(r, "US-TN"):
        yield "TN-MINOR"
    if p["living"] == "no" and in_place(r, "US-TN", p["domicile"]):
        yield "TN-DEAD"


def tennessee_tool(t: View, r: View) -> Iterator[str]:
    if t["learned_from_person"] == "yes" and t["learning_agreed"] == "no" and in_place(r, "US-TN"):
        yield "TN-TOOL"


def denmark_person(p: View, r: View) -> Iterator[str]:
    """Asked before it is made, not only before it is let out. Not adopted for certain, so no exception is either."""
    attributes = p["attributes"]
    assert isinstance(attributes, frozenset)
    if not without(p) or not in_place(r, "DK"):
        return
    if attributes & {"performance_motion", "voice"}:
        yield "DK-65A"
    if p["use_class"] == "replica" and p["living"] == "yes" and p["recognizable"] == "yes":
        yield "DK-73A"
    if p["use_class"] == "replica" and dead_within(p, 50):
        yield "DK-DEAD"
