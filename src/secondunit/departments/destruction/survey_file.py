"""Reading and writing `building.toml` so that a person's words, comments and numbers survive the tool."""

from __future__ import annotations

import difflib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import BaseModel, ValidationError
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Item
from tomlkit.items import Table as TomlTable

from secondunit.departments.destruction.building_file import BuildingFile
from secondunit.errors import BadInput

LISTS = ("block", "corner", "line", "holdout", "obstacle")
HEADER = (
    "What the tool knows about the building in this plate. Metres, degrees, pixels.",
    "`# proposed` marks what the tool put here: edit it and it is yours, remove it and it is proposed again.",
)


def read_building_file(path: Path) -> BuildingFile:
    """Read `building.toml`; raises `BadInput` naming the key and, for an unknown one, the nearest known."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"there is no file `{path.name}`", hint="check the path of `--building`") from None
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"`{path.name}` cannot be read as text", hint="save it as UTF-8 text") from None
    return parse_building_file(text, name=path.name)


def parse_building_file(text: str, *, name: str = "building.toml") -> BuildingFile:
    """The same from text."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise BadInput(f"`{name}` is not valid TOML: {_one_line(error)}", hint="mend that line") from None
    values = dict(document.unwrap())
    if "proposed" in values:
        raise BadInput(f"`{name}` has an unknown key `proposed`", hint="remove it")
    try:
        file = BuildingFile.model_validate(values)
    except ValidationError as error:
        raise _plain(error, name) from None
    marked = frozenset(path for path, item in _leaves(document) if _is_marked(item))
    return file.model_copy(update={"proposed": marked})


def write_building_file(file: BuildingFile, path: Path) -> None:
    """Write the file; where one lies already its comments and order are kept."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    text = building_file_text(file, keep=old)
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def building_file_text(file: BuildingFile, *, keep: str = "") -> str:
    """The file as text. `keep` is an earlier text whose comments and order stay where its values still hold."""
    document = tomlkit.parse(keep) if keep.strip() else tomlkit.document()
    if not keep.strip():
        for line in HEADER:
            document.add(tomlkit.comment(line))
    for name in BuildingFile.model_fields:
        if name == "proposed":
            continue
        value = getattr(file, name)
        if name in LISTS:
            _put_list(document, name, value, file.proposed)
        elif name == "background":
            _put_raw(document, name, value)
        else:
            _put_table(document, name, value, file.proposed)
    return tomlkit.dumps(document)


def _put_raw(document: tomlkit.TOMLDocument, name: str, value: Mapping[str, Any]) -> None:
    if name in document and document[name].unwrap() == value:
        return
    if value or name in document:
        document[name] = tomlkit.item(dict(value))


def _put_list(
    document: tomlkit.TOMLDocument, name: str, models: tuple[BaseModel, ...], proposed: frozenset[str]
) -> None:
    old = document.get(name)
    if not models:
        if old is not None:
            del document[name]
        return
    if not isinstance(old, AoT) or len(old) != len(models):
        fresh = tomlkit.aot()
        for i, model in enumerate(models):
            table = old[i] if isinstance(old, AoT) and i < len(old) else tomlkit.table()
            _fill(table, model, f"{name}.{i}", proposed)
            fresh.append(table)
        document[name] = fresh
        return
    for i, model in enumerate(models):
        _fill(old[i], model, f"{name}.{i}", proposed)


def _put_table(document: tomlkit.TOMLDocument, name: str, model: BaseModel, proposed: frozenset[str]) -> None:
    if name not in document:
        if not _plain_values(model):
            return
        table = tomlkit.table()
        doc = (type(model).__doc__ or "").splitlines()[0]
        table.comment(doc)
        document.add(name, table)
    _fill(document[name], model, name, proposed)


def _plain_values(model: BaseModel) -> dict[str, Any]:
    """What must be written: values that differ from their default, as plain TOML types."""
    return dict(model.model_dump(mode="json", exclude_defaults=True))


def _fill(table: Any, model: BaseModel, path: str, proposed: frozenset[str]) -> None:
    values = _plain_values(model)
    full = model.model_dump(mode="json")
    for key in [key for key in table if full.get(key) is None]:
        del table[key]
    for key, value in values.items():
        is_proposed = f"{path}.{key}" in proposed
        if _holds(table.get(key), full[key]) and is_proposed == _is_marked(table[key]):
            continue
        table[key] = _item(value)
        if f"{path}.{key}" in proposed:
            _comment(table, key, f"proposed {_check(table[key])}")
        elif description := type(model).model_fields[key].description:
            _comment(table, key, description)


def _comment(table: Any, key: str, words: str) -> None:
    """A comment behind a value; tomlkit hands booleans out without the item that holds their comment."""
    container = getattr(table, "value", table)
    container.item(key).comment(words)


def _item(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        array = tomlkit.aot()
        for entry in value:
            table = tomlkit.table()
            for key, inner in entry.items():
                table[key] = _item(inner)
            array.append(table)
        return array
    if isinstance(value, float):
        return tomlkit.item(round(value, 6))
    return tomlkit.item(_rounded(value))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    return value


def _holds(item: Any, value: Any) -> bool:
    """Whether what the file says, defaults left out, is the value."""
    plain = item.unwrap() if hasattr(item, "unwrap") else item
    if isinstance(plain, dict) and isinstance(value, dict):
        return all(key in value and _holds(plain[key], value[key]) for key in plain)
    if isinstance(plain, list) and isinstance(value, list):
        return len(plain) == len(value) and all(map(_holds, plain, value))
    return bool(plain is not None and _rounded(plain) == _rounded(value))


def _leaves(document: Mapping[str, Any]) -> Iterator[tuple[str, Item]]:
    """Every value of the known tables with its dotted path."""
    for name, table in document.items():
        if isinstance(table, AoT):
            for i, entry in enumerate(table):
                yield from ((f"{name}.{i}.{key}", entry[key]) for key in entry)
        elif isinstance(table, TomlTable) and name != "background":
            yield from ((f"{name}.{key}", table[key]) for key in table)


def _check(item: Item) -> str:
    """Eight hex digits over a value's text: a value that was edited after it was proposed no longer matches."""
    return f"{zlib.crc32(item.as_string().strip().encode()):08x}"


def _is_marked(item: Any) -> bool:
    comment = item.trivia.comment if isinstance(item, Item) else ""
    words = comment.lstrip("# ").split()
    return len(words) == 2 and words[0] == "proposed" and words[1] == _check(item)


def _one_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")


def _plain(error: ValidationError, name: str) -> BadInput:
    """The first thing wrong as one sentence."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        key = str(first["loc"][-1])
        near = difflib.get_close_matches(key, _known_keys(first["loc"][:-1]), n=1, cutoff=0.0)
        return BadInput(
            f"`{name}` has an unknown key `{where}`", hint=f"did you mean `{near[0]}`?" if near else ""
        )
    if first["type"] == "missing":
        return BadInput(f"`{name}` lacks `{where}`", hint="add that line")
    message = str(first["msg"])
    return BadInput(
        f"`{name}` has `{where}` = {_short(first['input'])}, which cannot be used",
        hint=message[0].lower() + message[1:],
    )


def _short(value: Any) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= 40 else text[:37] + "…"


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    """The keys a table may have, found by walking the models along a location."""
    model: Any = BuildingFile
    for part in loc:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        if field is None:
            return []
        inner = [a for a in _flatten(field.annotation) if isinstance(a, type) and issubclass(a, BaseModel)]
        if not inner:
            return []
        model = inner[0]
    return [key for key in model.model_fields if key != "proposed"]


def _flatten(annotation: Any) -> list[Any]:
    inner = getattr(annotation, "__args__", ())
    return [annotation] if not inner else [leaf for a in inner for leaf in _flatten(a)]
