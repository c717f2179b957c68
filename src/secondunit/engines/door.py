"""The door through which engines come in: entry points of the group `secondunit.engines`, ours and a stranger's alike.

A package says `[project.entry-points."secondunit.engines"]` and `name = "its.module:ItsEngine"`. A class that does not
keep the contract is refused with one sentence, and two packages with one name are refused both: a stranger's engine
never stands in silently for ours.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points

from secondunit.engines.contract import Engine, EngineSettings
from secondunit.engines.own_cards import PICTURES
from secondunit.errors import BadInput
from secondunit.slate.rights_records import ToolCard

GROUP = "secondunit.engines"
# Names that only our own package may claim, whether or not it is installed whole.
OURS = frozenset(PICTURES)


def engine_names() -> tuple[str, ...]:
    """Names of all engines that are installed, sorted; nothing is loaded."""
    return tuple(sorted({point.name for point in _points()}))


def engine(name: str) -> type[Engine]:
    """The class of an engine by name.

    Raises `BadInput` when none has the name, when several packages claim it, when it cannot be imported, and when it
    does not keep the contract.
    """
    points = [point for point in _points() if point.name == name]
    if not points:
        raise BadInput(f"there is no engine `{name}`", hint=_near(name))
    if len(points) > 1:
        owners = " and ".join(f"`{owner}`" for owner in sorted({_package(point) for point in points}))
        raise BadInput(
            f"engine `{name}` is offered more than once, by {owners}", hint="uninstall all of them but one"
        )
    if name in OURS and _package(points[0]) != "secondunit":
        raise BadInput(
            f"engine `{name}` comes from {_package(points[0])}, but that name is ours",
            hint="ask its maker to rename it, and install secondunit anew",
        )
    return _loaded(points[0])


def engines() -> dict[str, type[Engine]]:
    """Every engine by name; raises like `engine` for the first that is no good."""
    return {name: engine(name) for name in engine_names()}


def _points() -> Iterable[EntryPoint]:
    """Entry points, those that say word for word the same once: one package can be found on two paths."""
    found = {(point.name, point.value, _package(point)): point for point in entry_points(group=GROUP)}
    return found.values()


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unnamed package"


def _near(name: str) -> str:
    names = engine_names()
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4) or names
    if not near:
        return f"install a package with an entry point of the group `{GROUP}`"
    return "did you mean " + " or ".join(f"`{one}`" for one in near)


def _loaded(point: EntryPoint) -> type[Engine]:
    try:
        found = point.load()
    except Exception as error:
        # Whatever a stranger's module raises while it is imported: the person wants to know which package it was.
        reason = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
        raise BadInput(
            f"engine `{point.name}` of {_package(point)} cannot be loaded ({reason})",
            hint="install that package anew or uninstall it",
        ) from error
    fault = _fault(found, point.name)
    if fault:
        raise BadInput(
            f"engine `{point.name}` of {_package(point)} {fault}",
            hint="see docs/engines.md for what an engine has to bring",
        )
    engine_class: type[Engine] = found
    return engine_class


def _fault(found: object, name: str) -> str:
    """What keeps a class from being an engine of this name, "" for nothing."""
    if not inspect.isclass(found):
        return "is no class"
    for word, kind in (("name", str), ("version", str), ("card", ToolCard)):
        value = getattr(found, word, None)
        if not isinstance(value, kind) or not value:
            return f"has no `{word}`"
    if found.name != name:  # type: ignore[attr-defined]
        return f"calls itself `{found.name}`"  # type: ignore[attr-defined]
    settings = getattr(found, "Settings", None)
    if not (inspect.isclass(settings) and issubclass(settings, EngineSettings)):
        return "has no `Settings` made from EngineSettings"
    if settings.model_config.get("extra") != "forbid" or not settings.model_config.get("frozen"):
        return "has `Settings` that take words they do not know"
    try:
        one = found()
    except TypeError:
        return "cannot be made without arguments"
    for word, n_arguments in (("plan", 1), ("render", 3)):
        if _takes(getattr(one, word, None)) != n_arguments:
            return f"has no `{word}` as the contract wants it"
    return ""


def _takes(method: object) -> int:
    """How many arguments a bound method must be given, −1 when it is none."""
    if not callable(method):
        return -1
    try:
        wanted = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return -1
    places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.default is one.empty and one.kind in places for one in wanted)
