"""`secondunit policy`: which rules there are, what they say, whether their examples hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from secondunit.cli.options import Json
from secondunit.cli.speak import show

ShowDir = Annotated[Path | None, Parameter(name="--show", help="A show folder: its own policies too.")]

app = App(name="policy", help="The rules a show is made under. None of them is legal advice.")


@app.command(name="list")
def list_(*, show_dir: ShowDir = None, json: Json = False) -> int:
    """List the policies there are; with a show, its own too, and a star at those that apply.

    Example: `secondunit policy list --show long_night`
    """
    from secondunit.callsheet.policy_desk import list_policies

    data, lines = list_policies(_found(show_dir))
    show(data, lines, as_json=json)
    return 0


@app.command(name="show")
def show_(policy: str, *, show_dir: ShowDir = None, json: Json = False) -> int:
    """Print what a policy says, row by row, with its sources and what is not confirmed.

    Example: `secondunit policy show netflix_2025`

    Parameters
    ----------
    policy
        Its id, as `secondunit policy list` prints it.
    """
    from secondunit.callsheet.policy_desk import tell_policy

    data, lines = tell_policy(policy, _found(show_dir))
    show(data, lines, as_json=json)
    return 0


@app.command
def facts(*, json: Json = False) -> int:
    """Print the words a policy may use: each fact, its values, and what it counts as where nobody knows.

    Example: `secondunit policy facts`
    """
    from secondunit.callsheet.policy_desk import tell_facts

    data, lines = tell_facts()
    show(data, lines, as_json=json)
    return 0


@app.command
def test(*files: Path, show_dir: ShowDir = None, json: Json = False) -> int:
    """Run the examples of policy files, or of every policy; also finds conditions that no example pins.

    Example: `secondunit policy test long_night/policies/our_studio.toml`

    Parameters
    ----------
    files
        Policy files, wherever they lie; without one, all policies there are.
    """
    from secondunit.callsheet.policy_desk import try_policies

    data, lines = try_policies(files, _found(show_dir))
    show(data, lines, as_json=json)
    return 0


def _found(given: Path | None) -> Path | None:
    from secondunit.callsheet.open_show import find_show

    return None if given is None else find_show(given)
