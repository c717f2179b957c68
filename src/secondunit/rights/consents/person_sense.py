"""Do the facts about a person make sense together?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from secondunit.rights.written.marked_text import Fault, KeyPath, key_text
from secondunit.rights.written.names import id_faults, name_faults
from secondunit.slate.consent import Subject

OLDEST = 130  # years; nobody is known to have lived longer than 122


def age_on(person: Subject, day: dt.date) -> int | None:
    """Full years on a day, None where the birth is not known.

    >>> age_on(Subject("p:a", "Ada", born=dt.date(2008, 2, 29)), dt.date(2026, 2, 28))
    17
    """
    if person.born is None:
        return None
    return day.year - person.born.year - ((day.month, day.day) < (person.born.month, person.born.day))


def person_faults(person: Subject, today: dt.date, *, at: KeyPath = ()) -> Iterator[Fault]:
    """What cannot be true of a person, each at its key below `at`."""

    def fault(key: str, clause: str, *also: str) -> Fault:
        where = (*at, key)
        return Fault(where, f"`{key_text(where)}` {clause}", tuple((*at, one) for one in also))

    yield from (fault("person_id", found) for found in id_faults(person.person_id))
    yield from (fault("name", found) for found in name_faults(person.name))
    for place, union in enumerate(person.union):
        yield from (Fault((*at, "union", place), f"`{union}` {found}") for found in name_faults(union))
    for key, day in (("born", person.born), ("died", person.died)):
        if day is not None and day > today:
            yield fault(key, f"lies in the future: today is {today}")
    if person.born and person.died and person.died < person.born:
        yield fault("died", f"lies before the birth on {person.born}", "born")
    if person.living is True and person.died is not None:
        yield fault("living", f"is true, yet a day of death stands here, {person.died}", "died")
    age = age_on(person, today)
    if person.living is True and age is not None and age > OLDEST:
        yield fault("living", f"is true of somebody born in {person.born:%Y}", "born")
