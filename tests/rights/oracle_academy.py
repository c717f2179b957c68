"""The Academy's rules (2.2) in plain Python: acting is "demonstrably performed by humans with their consent"."""

from __future__ import annotations

from collections.abc import Iterator

from oracle_views import View

from secondunit.slate.rights_records import Role

ASKS = {"A-ROLE": {Role.PRODUCTION_LEGAL}, "A-CONSENT": {Role.PRODUCTION_LEGAL}}
TELLS = {"A-HUMAN": {Role.VFX_SUPERVISOR}}
OUT = {"final", "marketing"}  # the Academy sees what the audience sees


def of_request(r: View) -> Iterator[str]:
    if r["stage"] not in OUT:
        return
    if r["synthetic_performer"] == "yes":
        yield "A-ROLE"
    if r["generated"] == "yes" and r["human_contribution"] == "no":
        yield "A-HUMAN"


def of_person(p: View, r: View) -> Iterator[str]:
    """Not as they performed it, or without their consent; cosmetics that change a performance are no cosmetics."""
    changed = "yes" in (p["alters_performance"], p["new_dialogue"])
    made = p["use_class"] != "customary" and p["as_scripted"] == "no"
    if r["stage"] in OUT and (changed or made or p["covered"] == "no"):
        yield "A-CONSENT"
