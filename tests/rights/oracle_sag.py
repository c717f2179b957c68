"""The guild's terms (2.1) in plain Python, from their text: section 39 of 2026 and what still stands of 2023.

A union speaks for whoever is in one by any record; whose union nobody knows may be in any. The clauses that ask after a
consent's terms are asked where work rests on one; where none covers the work, that is what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from oracle_views import View
from oracle_words import NEVER_PERFORMED

from secondunit.slate.rights_records import Role

GUILD, LEGAL, CLEARANCES = Role.GUILD_LIAISON, Role.PRODUCTION_LEGAL, Role.RIGHTS_CLEARANCE_MANAGER
ASKS = {
    "S-39A": {GUILD, LEGAL},
    "S-39H": {Role.INFOSEC, CLEARANCES},
    "S-39I": {GUILD, LEGAL},
    "S-39Kg": {GUILD, LEGAL},
    "S-23-ICDR": {GUILD},
    "S-IMA": {GUILD, Role.PERFORMER_OR_REP},
    "S-COM": {GUILD, Role.PERFORMER_OR_REP},
}
TELLS: dict[str, set[Role]] = {}
ALLOWS = {"S-23-EXC"}

SEXUAL = {"nudity", "simulated_sex", "sexual_content"}
DUBBING = {"lipsync_dub", "visual_adr", "voice_convert", "voice_synth"}


def of_request(r: View) -> Iterator[str]:
    if r["synthetic_performer"] == "yes":  # 39.K: notice first, then bargaining
        yield "S-39Kg" if r["synthetic_notice"] == "yes" else "S-39K"
    if r["trains_model"] == "yes" and r["trains_public_model"] == "yes" and r["union_training_notice"] == "no":
        yield "S-39L"


def of_person(p: View, r: View) -> Iterator[str]:
    content = r["content"]
    assert isinstance(content, frozenset)
    if content & SEXUAL and "yes" in (p["minor"], p["depicted_minor"]):
        yield "S-39F"  # whoever speaks for them: a hard rule
    if p["union_member"] == "yes":
        yield from of_use(p, r, content)
        if p["under_consent"] == "yes":
            yield from of_terms(p)


def of_use(p: View, r: View, content: frozenset[str]) -> Iterator[str]:
    """What is done, and whether a consent covers it."""
    replica, scan, dubs = p["use_class"] == "replica", p["use"] == "scan_capture", p["use"] in DUBBING
    without = p["consent_needed"] == "yes" and p["covered"] == "no"
    if without:
        yield "S-39B"
    if without and p["living"] == "no":
        yield "S-23-DEATH"
    # 39.D: a translation is not "as scripted", whoever claims so: a consent has to name the language.
    if p["language"] != "original" and p["under_consent"] == "no" and p["recognizable"] == "yes" and dubs:
        yield "S-39D"
    if replica and p["strike"] == "yes" and p["strike_suspends"] == "yes":
        yield "S-39G"
    if scan and p["business_reason"] == "no":
        yield "S-39J"
    if scan and r["scan_notice"] == "no":
        yield "S-23-NOTICE"
    if "interactive_realtime" in content:
        yield "S-IMA"
    if replica and content & {"advertising", "endorsement"}:
        yield "S-COM"
    kept = "yes" not in (p["alters_performance"], p["new_dialogue"])
    scripted = p["as_scripted"] == "yes" and p["use"] not in NEVER_PERFORMED
    if kept and (scripted or p["use_class"] == "customary"):
        yield "S-23-EXC"


def of_terms(p: View) -> Iterator[str]:
    """What the consent says that a replica rests on."""
    kind = p["replica_class"]
    if p["separately_signed"] == "no":
        yield "S-23-FORM"
    if p["description_specific"] == "no":
        yield "S-39B"
    if kind == "ICDR":
        yield "S-23-ICDR"
    if kind == "ICDR" and p["pay_complete"] == "no":
        yield "S-39C"
    # Days paid as if worked: what is owed on work is owed on them.
    if kind in ("EBDR", "BADR") and p["pay_complete"] == "no":
        yield "S-23-PAY"
    if p["use_class"] != "replica":
        return
    if kind not in ("EBDR", "BADR"):  # a background actor's comes of employment as well
        yield "S-39A"
    if p["biometrics_limited"] == "no":
        yield "S-39E"
    if p["custody_secured"] == "no":
        yield "S-39H"
    if p["transfer_cleared"] == "no":
        yield "S-39I"


def of_tool(t: View, _: View) -> Iterator[str]:
    if t["other_project"] == "yes" and t["learned_from_person"] == "yes":
        yield "S-23-OTHER"
