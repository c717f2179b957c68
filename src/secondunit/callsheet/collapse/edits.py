"""What a person changed in a building file that the tool wrote, put onto what the tool had been given.

The survey fills a file with what it found. Somebody then edits one line. Only that line may count: the rest are
the tool's own guesses, which it has to make afresh from the same words, or every edit would move the camera.
"""

from __future__ import annotations

from typing import Any

from secondunit.departments.destruction.building_file import BuildingFile, Table

# Sizes and the clicks they are fitted to belong together: who edits one goes on from all of them.
GEOMETRY = ("block", "corner", "line")
LISTS = ("holdout", "obstacle", "background")


def with_edits(given: BuildingFile, wrote: BuildingFile, now: BuildingFile) -> BuildingFile:
    """`given` with every value in which `now` differs from what the tool `wrote`."""
    marks, update = set(given.proposed), {}
    for name in BuildingFile.model_fields:
        if name in ("proposed", *GEOMETRY):
            continue
        old, new = getattr(wrote, name), getattr(now, name)
        if new == old:
            continue
        update[name] = new if name in LISTS else _edited_table(getattr(given, name), old, new)
        marks -= {mark for mark in marks if mark.startswith(f"{name}.")}
    if any(getattr(now, name) != getattr(wrote, name) for name in GEOMETRY):
        update |= {name: getattr(now, name) for name in GEOMETRY}
        marks |= {mark for mark in now.proposed if mark.split(".")[0] in GEOMETRY}
    return given.model_copy(update={**update, "proposed": frozenset(marks)})


def _edited_table(given: Table, old: Table, new: Table) -> Table:
    changed: dict[str, Any] = {
        key: getattr(new, key) for key in type(new).model_fields if getattr(new, key) != getattr(old, key)
    }
    return given.model_copy(update=changed)
