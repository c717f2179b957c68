"""`secondunit people` and `secondunit models`: who and what is on record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cyclopts import App

from secondunit.cli.options import Json, ShowDir
from secondunit.cli.speak import show

people = App(name="people", help="The people on record.")
models = App(name="models", help="The tools and models on record.")


@people.command(name="list")
def list_people(*, show_dir: ShowDir = None, json: Json = False) -> int:
    """List the people on record and their consents.

    Example: `secondunit people list`
    """
    from secondunit.callsheet.rights_lists import list_people as read

    answer = read(_show(show_dir))
    lines = [
        "  ".join(filter(None, (p["person_id"], p["name"], p["kind"], _life(p), ", ".join(p["consents"]))))
        for p in answer["people"]
    ]
    show(answer, lines or ["nobody is on record"], as_json=json)
    return 0


@models.command(name="list")
def list_models(*, show_dir: ShowDir = None, json: Json = False) -> int:
    """List the tools and models on record, whom they learned from, and which were taken out of use.

    Example: `secondunit models list`
    """
    from secondunit.callsheet.rights_lists import list_models as read

    answer = read(_show(show_dir))
    lines = [
        "  ".join(
            filter(
                None,
                (
                    f"{m['tool_id']} {m['version']}",
                    m["weights_sha256"][:12],
                    _lessons(m),
                    "quarantined" if m["quarantined"] else "",
                ),
            )
        )
        for m in answer["models"]
    ]
    show(answer, lines, as_json=json)
    return 0


def _lessons(model: dict[str, Any]) -> str:
    """What a model learned from, in a few words."""
    from_whom = ", ".join(model["learned_from"] or model["dataset_ids"])
    if model["learned_from"] or not from_whom:
        return f"learned from {from_whom}" if from_whom else str(model["training_data"])
    return f"learned from {from_whom} ({model['training_data']})"


@people.command
def approver(
    person: str,
    *,
    roles: str,
    by: str,
    key: str | None = None,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Put on record who may approve, in which offices, and with which key.

    Example: `secondunit people approver "Vera Sup" --roles vfx_supervisor,director --by "Paul Post"`

    Parameters
    ----------
    person
        Who may approve.
    roles
        The offices: vfx_supervisor, production_legal, studio_contact, performer_or_rep, …
    by
        Who puts it on record.
    key
        Their public key, where it lies on another machine; without it, theirs on this one, made if missing.
    """
    from secondunit.callsheet.approve import admit_approver
    from secondunit.callsheet.rights_desk import opened

    offices = [word.strip() for word in roles.split(",") if word.strip()]
    with opened(_show(show_dir)) as store:
        answer = admit_approver(store, person, offices, by=by, key=key)
    show(answer, [f"{person} may approve as {', '.join(answer['roles'])}"], as_json=json)
    return 0


def _life(person: dict[str, Any]) -> str:
    if person["died"]:
        return f"died {person['died']}"
    return {True: "", False: "dead", None: "not known to live"}[person["living"]]


def _show(given: Path | None) -> Path:
    from secondunit.callsheet.open_show import find_show

    return find_show(given)
