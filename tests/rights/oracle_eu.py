"""Article 50 of the AI Act and its code of practice (2.2) in plain Python, from their text.

It binds where the picture will be seen in the Union and a trained model took part. A deep fake shows a person or what
could be taken for real.
"""

from __future__ import annotations

from collections.abc import Iterator

from oracle_views import View, in_place

from secondunit.slate.rights_records import Role

LEGAL = Role.PRODUCTION_LEGAL
ASKS: dict[str, set[Role]] = {}
TELLS = {"E-50-5": {LEGAL}, "E-COP-SIGN": {LEGAL}, "E-COP-MARK": {LEGAL}, "E-COP-SAY": {LEGAL}}


def of_request(r: View) -> Iterator[str]:
    if r["model_takes_part"] == "no" or not in_place(r, "EU"):
        return
    if r["marked"] == "no":
        yield "E-COP-SIGN"
    if r["watermarked"] == "no":
        yield "E-COP-MARK"
    if r["stage"] in ("final", "marketing"):
        yield from going_out(r)


def going_out(r: View) -> Iterator[str]:
    if r["marked"] == "no":
        yield "E-50-2"
    if r["disclosed"] == "no":
        yield "E-COP-SAY"
    if "yes" not in (r["could_pass_as_real"], r["shows_person"]):
        return
    if r["disclosed"] == "yes":
        yield "E-50-5"
    else:
        yield "E-50-4a" if r["satire_or_art"] == "yes" else "E-50-4"


def of_person(p: View, _: View) -> Iterator[str]:
    if p["template_kept"] == "yes" and p["template_allowed"] == "no":
        yield "E-GDPR-9"
