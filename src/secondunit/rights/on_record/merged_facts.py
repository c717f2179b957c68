"""One person, known from several records: where they clash, and what a consent has to be read with today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from secondunit.rights.written.names import is_look_alike
from secondunit.slate.consent import Consent, Subject


def identity_clash(known: Subject, said: Subject) -> str:
    """What two records of one id contradict each other in, as a clause; empty where they may be one person."""
    if not is_look_alike(known.name, said.name):
        return f"that the name is `{said.name}`, and it is `{known.name}` on record"
    if known.born and said.born and known.born != said.born:
        return f"that the birth was on {said.born}, and it is {known.born} on record"
    if known.died and said.died and known.died != said.died:
        return f"that the death was on {said.died}, and it is {known.died} on record"
    return ""


def with_facts_of(consent: Consent, people: Mapping[str, Subject]) -> Consent:
    """A consent whose person is described as they are known now: a death outweighs what was written while they lived.

    A union joined later binds too (39.G). Of two days of birth the later one counts: it makes the person younger.
    """
    signed, now = consent.subject, people.get(consent.subject.person_id)
    if now is None or now == signed:
        return consent
    died = now.died or signed.died
    living = False if died or False in (now.living, signed.living) else now.living
    subject = replace(
        signed,
        living=living,
        died=died,
        born=max((day for day in (signed.born, now.born) if day), default=None),
        domicile=now.domicile or signed.domicile,
        union=tuple(dict.fromkeys((*signed.union, *now.union))),
    )
    return consent if subject == signed else replace(consent, subject=subject)
