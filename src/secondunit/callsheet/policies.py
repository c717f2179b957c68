"""The policies of a show: those that ship with Second Unit by name, and the studio's own files in `policies/`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from secondunit.errors import BadInput
from secondunit.rights.policies.policy import Policy
from secondunit.rights.policies.policy_file import read_policy

HOUSE = "house"
FOLDER = "policies"  # in the show: a studio's own


@cache
def shipped_policies() -> dict[str, Policy]:
    """Every policy that ships with Second Unit, by id."""
    found = (read_policy(f.name, f.read_text(encoding="utf-8")) for f in _shipped())
    return {policy.id: policy for policy in found}


def own_policies(show: Path) -> dict[str, Policy]:
    """The studio's own policies in a show's folder, by id. Raises `BadInput` with the file and line of every fault."""
    found: dict[str, Policy] = {}
    folder = show / FOLDER
    if folder.is_symlink():
        raise BadInput(f"`{folder}` is a link out of the show", hint="put the policies themselves there")
    for path in sorted(folder.glob("*.toml")):
        if path.is_symlink() or not path.is_file():
            raise BadInput(f"`{path}` is not a file", hint="put the policy itself there, not a link to it")
        policy = read_policy(str(path), _text(path))
        if policy.id in found or policy.id in shipped_policies():
            raise BadInput(f"`{path}` has the id `{policy.id}` of another policy", hint="give it its own")
        found[policy.id] = policy
    return found


def picked_policies(names: Sequence[str], show: Path | None = None) -> tuple[Policy, ...]:
    """The house rules, the policies named and every one of the studio's own. Raises `BadInput` for an unknown name."""
    own = own_policies(show) if show else {}
    known = shipped_policies() | own
    for name in names:
        if name not in known:
            raise BadInput(f"there is no policy `{name}`", hint="there are " + ", ".join(sorted(known)))
    wanted = dict.fromkeys((HOUSE, *names, *own))
    return tuple(known[name] for name in wanted)


def _shipped() -> Iterator[Path]:
    folder = Path(str(files("secondunit.rights"))) / FOLDER
    yield from sorted(folder.glob("*.toml"))


def _text(path: Path) -> bytes:
    # A file of a hundred megabytes is refused by its size, before it is read.
    size = path.stat().st_size
    if size > 1 << 20:
        raise BadInput(f"`{path}` has {size} bytes, which no policy has", hint="a policy has at most 256 KiB")
    return path.read_bytes()
