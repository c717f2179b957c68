"""`secondunit rights`: consents, licences and cards on record, what became of them, how much of them is used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from secondunit.cli.options import Json, ShowDir
from secondunit.cli.speak import show, warn

app = App(
    name="rights", help="Consents, licences and cards: on record, withdrawn, used. None of it is legal advice."
)


@app.command
def add(
    file: Path,
    *,
    document: Path | None = None,
    by: str | None = None,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Put a consent, person, tool card, training asset, licence, figure, strike or approver on record.

    Example: `secondunit rights add ada.toml --document ada_signed.pdf --by "Bea Lawyer"`

    Parameters
    ----------
    file
        A TOML or YAML file; `secondunit rights template consent` prints one to fill in.
    document
        The signed paper: it goes into the vault, by its hash. Without it a consent is a draft.
    by
        Who puts it on record; without it, this account's name.
    """
    from secondunit.callsheet.rights_desk import add_record

    answer = add_record(_show(show_dir), file, document=document, by=by)
    for caution in answer["cautions"]:
        warn(caution)
    standing = f", {answer['standing']}" if answer["standing"] else ""
    show(answer, [f"{answer['kind']} {answer['id']} is on record{standing}"], as_json=json)
    return 0


@app.command(name="show")
def show_(id: str, *, show_dir: ShowDir = None, json: Json = False) -> int:
    """Show all that is on record under one id.

    Example: `secondunit rights show C-2026-001`

    Parameters
    ----------
    id
        Of a consent, a person, a tool, an asset, a source of footage (its hash).
    """
    from secondunit.callsheet.rights_lists import show_record

    answer = show_record(_show(show_dir), id)
    for fault in answer["faults"]:
        warn(fault)
    show(answer, [line for one in answer["records"] for line in _lines(one)], as_json=json)
    return 0


@app.command(name="list")
def list_(
    *, kind: str | None = None, person: str | None = None, show_dir: ShowDir = None, json: Json = False
) -> int:
    """List what is on record.

    Example: `secondunit rights list --kind consent --person p:ada-lovelace`

    Parameters
    ----------
    kind
        Only these: consent, person, tool_card, training_asset, footage_licence, …
    person
        Only what is about this person.
    """
    from secondunit.callsheet.rights_lists import list_records

    answer = list_records(_show(show_dir), kind=kind, person=person)
    for fault in answer["faults"]:
        warn(fault)
    lines = ["  ".join(filter(None, row.values())) for row in answer["records"]]
    show(answer, lines or ["nothing is on record"], as_json=json)
    return 0


@app.command
def suspend(id: str, *, by: str, reason: str, show_dir: ShowDir = None, json: Json = False) -> int:
    """Stop a consent until somebody resumes it.

    Example: `secondunit rights suspend C-2026-001 --by "Bea Lawyer" --reason "the scene was rewritten"`

    Parameters
    ----------
    id
        The consent.
    by
        Who says so.
    reason
        Why.
    """
    from secondunit.callsheet.rights_desk import suspend_consent

    answer = suspend_consent(_show(show_dir), id, by=by, reason=reason)
    show(answer, [f"{id} is suspended"], as_json=json)
    return 0


@app.command
def resume(id: str, *, by: str, reason: str, show_dir: ShowDir = None, json: Json = False) -> int:
    """Let a suspended or disputed consent stand again.

    Example: `secondunit rights resume C-2026-001 --by "Bea Lawyer" --reason "the performer read the new scene"`

    Parameters
    ----------
    id
        The consent.
    by
        Who says so.
    reason
        Why.
    """
    from secondunit.callsheet.rights_desk import resume_consent

    answer = resume_consent(_show(show_dir), id, by=by, reason=reason)
    show(answer, [f"{id} is active again"], as_json=json)
    return 0


@app.command
def revoke(
    id: str,
    *,
    by: str,
    reason: str,
    on: str | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Withdraw a consent, for good.

    Example: `secondunit rights revoke C-2026-001 --by "Ada Lovelace" --reason "my own decision" --dry-run`

    Parameters
    ----------
    id
        The consent.
    by
        Who withdraws it.
    reason
        Why.
    on
        The first day on which it no longer stands; without it, when the notice it asks for is over.
    dry_run
        Only tell what would happen.
    """
    from secondunit.callsheet.withdraw import withdraw_consent

    answer = withdraw_consent(_show(show_dir), id, by=by, reason=reason, on=on, dry_run=dry_run)
    for note in answer["notes"]:
        warn(note)
    word = "would end" if dry_run else "ends"
    lines = [f"{id} {word} on {answer['on']}: {answer['means']}"]
    lines += [f"  version {v['version']}" + (", delivered" if v["released"] else "") for v in answer["versions"]]
    lines += [f"  delivered to {d['to']} on {d['on']}: {d['folder']}" for d in answer["deliveries"]]
    lines += [f"  model {m['tool']} {m['version']}: out of use" for m in answer["models"]]
    lines += [f"  to send: {path}" for path in answer["notices"]]
    show(answer, lines, as_json=json)
    return 0


@app.command
def check(request: Path, *, show_dir: ShowDir = None, json: Json = False) -> int:
    """Say what the gate would answer to a request, with every reason, without running anything.

    Example: `secondunit rights check deage_0010.toml`

    Parameters
    ----------
    request
        What somebody wants to do, as a file; `secondunit rights template request` prints one to fill in.
    """
    from secondunit.callsheet.check_request import check_request
    from secondunit.callsheet.rights_desk import opened

    with opened(_show(show_dir)) as store:
        answer, lines = check_request(store, request)
    show(answer, lines, as_json=json)
    return 0


@app.command
def declare(shot: str, *facts: str, by: str, show_dir: ShowDir = None, json: Json = False) -> int:
    """Say of a shot what no program can see; what nobody says counts as the bad answer.

    Example: `secondunit rights declare TLN_101_BAR_0010 could_pass_as_real=no references_ip=no --by "Cy Editor"`

    Parameters
    ----------
    shot
        The shot, or `show` for every shot that nothing else is said of.
    facts
        As `fact=value`; a wrong one tells which there are.
    by
        Who says so.
    """
    from secondunit.callsheet.rights_desk import declare_facts

    answer = declare_facts(_show(show_dir), shot, facts, by=by)
    show(answer, [f"{shot}: {fact} is {value}" for fact, value in answer["facts"].items()], as_json=json)
    return 0


@app.command
def meter(id: str | None = None, *, show_dir: ShowDir = None, json: Json = False) -> int:
    """Tell how many seconds and which scenes are used of a consent, or of all.

    Example: `secondunit rights meter C-2026-001`

    Parameters
    ----------
    id
        Only this consent's.
    """
    from secondunit.callsheet.rights_lists import read_meters

    answer = read_meters(_show(show_dir), id)
    show(answer, [_meter_line(one) for one in answer["meters"]] or ["no consents are on record"], as_json=json)
    return 0


@app.command
def template(kind: str = "consent", *, json: Json = False) -> int:
    """Print a file to fill in.

    Example: `secondunit rights template consent > ada.toml`

    Parameters
    ----------
    kind
        What for.
    """
    from secondunit.callsheet.rights_desk import template as text_of

    text = text_of(kind)
    show({"kind": kind, "text": text}, [text.rstrip("\n")], as_json=json)
    return 0


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [told["kind"].replace("_", " ") + (f", line {told['line']} of the ledger" if told["line"] else "")]
    lines += [f"  {key}: {_value(value)}" for key, value in told["record"].items() if value not in (None, "", [])]
    for key in ("standing", "versions", "document"):
        if key in told:
            lines.append(f"  {key}: {_value(told[key])}")
    lines += [f"  {e['on']}: {e['standing']} by {e['by']}, {e['reason']}" for e in told.get("events", ())]
    lines += [f"  caution: {caution}" for caution in told.get("cautions", ())]
    return [*lines, f"  used: {_meter_line(told['meter'])}"] if "meter" in told else lines


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(inner)}" for key, inner in value.items() if inner not in (None, "", []))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else " ".join(str(value).split())


def _meter_line(one: dict[str, Any]) -> str:
    limit = "no limit" if one["limit"] is None else f"of {one['limit']:g} s, {one['left']:g} s left"
    scenes = f", scenes {', '.join(one['scenes'])}" if one["scenes"] else ""
    return f"{one['consent_id']}  {one['seconds']:g} s, {limit}{scenes}"


def _show(given: Path | None) -> Path:
    from secondunit.callsheet.open_show import find_show

    return find_show(given)
