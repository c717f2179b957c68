"""`secondunit faces`: who is seen in the plates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from secondunit.cli.options import Json, ShowDir
from secondunit.cli.speak import Counter, show
from secondunit.errors import BadInput

app = App(name="faces", help="Who is seen in the plates: found by the machine, named by people.")


@app.command
def look(shot: str | None = None, *, show_dir: ShowDir = None, json: Json = False) -> int:
    """Look for faces in plates that nobody has looked through.

    Plates that come in are looked through by themselves; this is for those that came in before.

    Example: `secondunit faces look TLN_101_BAR_0010`

    Parameters
    ----------
    shot
        Only this shot's plates.
    """
    from secondunit.callsheet.faces import look_for_faces

    answer = look_for_faces(_show(show_dir), shot, progress=Counter("frames looked through"))
    lines = [f"{p['plate']}: {_n_faces(p['faces'])}, {p['unnamed']} without a name" for p in answer["plates"]]
    show(answer, lines or ["there are no plates"], as_json=json)
    return 0


@app.command(name="list")
def list_(shot: str | None = None, *, show_dir: ShowDir = None, json: Json = False) -> int:
    """List the faces found in the plates and what was said of them.

    Example: `secondunit faces list TLN_101_BAR_0010`

    Parameters
    ----------
    shot
        Only this shot's plates.
    """
    from secondunit.callsheet.faces import list_faces

    answer = list_faces(_show(show_dir), shot)
    lines = [line for plate in answer["plates"] for line in _plate_lines(plate)]
    show(answer, lines or ["there are no plates"], as_json=json)
    return 0


@app.command
def name(
    shot: str,
    number: int,
    *,
    person: str,
    by: str,
    plate: str | None = None,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Say whose a face is.

    Example: `secondunit faces name TLN_101_BAR_0010 1 --person p:ada-lovelace --by "Bea Lawyer"`

    Parameters
    ----------
    shot
        The shot in whose plate the face is.
    number
        The face's number, as `secondunit faces list` shows it.
    person
        The id of the person, who must be on record.
    by
        Who says so.
    plate
        The plate, when it is not the shot's latest: PL01_v001.
    """
    from secondunit.callsheet.name_face import name_face

    answer = name_face(_show(show_dir), shot, number, person, by=by, plate=plate)
    show(answer, [f"face {number} of {shot} is {person}", _left(answer)], as_json=json)
    return 0


@app.command
def dismiss(
    shot: str,
    number: int,
    *,
    by: str,
    not_a_face: Annotated[bool, Parameter(negative="")] = False,
    not_identifiable: Annotated[bool, Parameter(negative="")] = False,
    plate: str | None = None,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Say that what was found is no face, or that nobody could be known by it.

    Example: `secondunit faces dismiss TLN_101_BAR_0010 2 --not-a-face --by "Bea Lawyer"`

    Parameters
    ----------
    shot
        The shot in whose plate it was found.
    number
        Its number, as `secondunit faces list` shows it.
    by
        Who says so.
    not_a_face
        It is a lamp, a statue, a pattern.
    not_identifiable
        It is a face, but too small, turned away or blurred to know anybody by.
    plate
        The plate, when it is not the shot's latest: PL01_v001.
    """
    from secondunit.callsheet.name_face import dismiss_face
    from secondunit.slate.rights_records import Identifiable

    if not_a_face == not_identifiable:
        raise BadInput("say why it needs no name", hint="pass one of `--not-a-face` and `--not-identifiable`")
    why = Identifiable.NOT_A_FACE if not_a_face else Identifiable.NOT_IDENTIFIABLE
    answer = dismiss_face(_show(show_dir), shot, number, why, by=by, plate=plate)
    said = "is no face" if not_a_face else "is nobody who could be known by it"
    show(answer, [f"face {number} of {shot} {said}", _left(answer)], as_json=json)
    return 0


def _plate_lines(plate: dict[str, Any]) -> list[str]:
    if not plate["looked"]:
        shot = plate["plate"].split()[0]
        return [f"{plate['plate']}: nobody has looked for faces; run `secondunit faces look {shot}`"]
    head = f"{plate['plate']}: {_n_faces(len(plate['faces']))}"
    return [head, *(f"  {_face_line(face)}" for face in plate["faces"])]


def _face_line(face: dict[str, Any]) -> str:
    left, top, right, bottom = face["box"]
    where = f"{right - left}×{bottom - top} at {left},{top}"
    said = {"not_identifiable": "not identifiable", "not_a_face": "no face", None: "no name yet"}
    who = face["person"] or said[face["answer"]]
    by = f", says {face['by']}" if face["by"] else ""
    crop = f"  {face['crop']}" if face["crop"] else ""
    return f"{face['number']:2d}  frames {face['frames']}  {where}  {who}{by}{crop}"


def _n_faces(count: int) -> str:
    return {0: "no face", 1: "1 face"}.get(count, f"{count} faces")


def _left(answer: dict[str, Any]) -> str:
    left = answer["unnamed"]
    if left is None:
        return "another plate of this footage has not been looked through: run `secondunit faces look`"
    return "every face of this footage is spoken of" if left == 0 else f"{_n_faces(left)} to go"


def _show(given: Path | None) -> Path:
    from secondunit.callsheet.open_show import find_show

    return find_show(given)
