"""What all records together say of one person: alive, born, died, whose union. Where they differ, the worse counts.

A consent is never edited, so an old one still says that somebody lives who has died since, or names no union. One
record of a death is a death; of two days of birth the later one counts, because it makes the person younger.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from secondunit.rights.records import Records


@dataclass(frozen=True)
class Life:
    """One person. `died_first` and `died_last` differ only where records do; None: no day is on record."""

    lives: bool | None
    born: dt.date | None
    died_first: dt.date | None
    died_last: dt.date | None
    unions: frozenset[str]
    known: bool

    @property
    def dead(self) -> bool:
        """Some record says so."""
        return self.lives is False


def life_of(person: str, records: Records) -> Life:
    """Everything on record about a person's life, from their consents and from the figures of history."""
    subjects = [consent.subject for consent in records.consents_of(person)]
    figure = records.figure(person)
    deaths = [s.died for s in subjects if s.died] + ([figure.died] if figure is not None and figure.died else [])
    born = [s.born for s in subjects]
    lives: bool | None = bool(subjects) or None
    if any(s.living is None for s in subjects):
        lives = None
    if deaths or any(s.living is False for s in subjects):
        lives = False
    return Life(
        lives=lives,
        born=None if None in born else max((day for day in born if day), default=None),
        died_first=min(deaths, default=None),
        died_last=max(deaths, default=None),
        unions=frozenset(union for s in subjects for union in s.union),
        known=bool(subjects),
    )
