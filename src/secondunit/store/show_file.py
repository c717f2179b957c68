"""`show.toml`: the show's name, code, rate, rules and id, in a file that a person edits."""

from __future__ import annotations

from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from secondunit.errors import BadInput
from secondunit.media.disk import plain_disk_errors
from secondunit.slate.frames import parse_rate
from secondunit.slate.show import DEFAULT_COLOUR_CONFIG, Show
from secondunit.store.atomic import write_text

SHOW_FILE = "show.toml"
_KEYS = {"name", "code", "rate", "colour_config", "policies", "commercial", "find_faces", "ledger", "id"}


def write_show(path: Path, show: Show) -> None:
    """Write `show.toml` in one step. Raises `EngineFailed` on a full disk, `BadInput` on a closed folder."""
    document = tomlkit.document()
    document.add(tomlkit.comment("A show of Second Unit. Edit by hand; the rate may be written 24000/1001."))
    document["name"] = show.name
    document["code"] = show.code
    document["rate"] = str(show.rate)
    document["colour_config"] = show.colour_config
    document["policies"] = list(show.policies)
    document["commercial"] = show.commercial
    document["find_faces"] = show.find_faces
    if show.ledger:
        document["ledger"] = show.ledger
    if show.show_id:
        document.add(
            tomlkit.comment("Ties the ledger to this show: it stands in the ledger's first line. Leave it.")
        )
        document["id"] = show.show_id
    write_text(path, tomlkit.dumps(document))


def read_show(path: Path) -> Show:
    """Read `show.toml`; raises `BadInput` for anything that is missing, unknown or not what it should be."""
    with plain_disk_errors(path.parent):
        try:
            values = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()
        except (TOMLKitError, UnicodeDecodeError) as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise BadInput(f"`{path}` is not a TOML file: {reason}", hint="mend the line it names") from None
        except OSError:
            raise BadInput(f"`{path}` cannot be read", hint="ask for permission to read it") from None
    unknown = sorted(set(values) - _KEYS)
    if unknown:
        raise BadInput(
            f"`{path}` has an unknown key `{unknown[0]}`", hint="its keys are " + ", ".join(sorted(_KEYS))
        )
    for key in ("name", "code", "rate"):
        if not isinstance(values.get(key), str | int | float):
            raise BadInput(f"`{path}` has no `{key}`", hint=f'add a line `{key} = "…"`')
    policies = values.get("policies", [])
    if not isinstance(policies, list) or not all(isinstance(policy, str) for policy in policies):
        raise BadInput(
            f"`policies` in `{path}` is not a list of names", hint='write `policies = ["netflix_2025"]`'
        )
    for key in ("commercial", "find_faces"):
        if not isinstance(values.get(key, True), bool):
            raise BadInput(f"`{key}` in `{path}` is neither true nor false", hint=f"write `{key} = true`")
    if not isinstance(values.get("id", ""), str):
        raise BadInput(f"`id` in `{path}` is no text", hint="put back the one that `secondunit new` wrote")
    if not isinstance(values.get("ledger", ""), str):
        raise BadInput(
            f"`ledger` in `{path}` is no URL", hint="leave the line out, or name a PostgreSQL database"
        )
    try:
        return Show(
            name=str(values["name"]),
            code=str(values["code"]),
            rate=parse_rate(str(values["rate"])),
            colour_config=str(values.get("colour_config", DEFAULT_COLOUR_CONFIG)),
            policies=tuple(policies),
            commercial=values.get("commercial", True),
            ledger=values.get("ledger", ""),
            show_id=values.get("id", ""),
            find_faces=values.get("find_faces", True),
        )
    except BadInput as error:
        raise BadInput(f"`{path}` cannot be used: {error}", hint=error.hint) from None
