"""`propagate`, `cleanplate`, `vary`, `trace`: what a compositor asks for, and where each pixel came from."""

from __future__ import annotations

import os
from typing import Annotated, Any

from cyclopts import App, Parameter

from secondunit.cli.options import Json, Keys, Settings, ShowDir, Words
from secondunit.cli.speak import check_lines, say, show, warn


def propagate(
    shot: str,
    *,
    key: Keys,
    mask: str | None = None,
    guide: Words = None,
    likeness: Words = None,
    colourspace: str | None = None,
    engine: str = "patch",
    set_: Settings = None,
    seed: int = 1,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Carry an edit of one or more frames over the whole shot and publish a signed version.

    Example: `secondunit propagate TLN_101_BAR_0010 --key 1001=edit.1001.exr --key 1040=edit.1040.exr`

    Parameters
    ----------
    shot
        The shot whose plate was edited.
    key
        A frame and its edit, `1001=edit.1001.exr`; once for each edited frame.
    mask
        Where the edit may go: a picture, or one a frame (`mask.####.png`); white is inside.
    guide
        Your own guide, `name=depth.####.exr`: what looks alike in it belongs together.
    likeness
        What is done to whom where the edit is of a person, `P-ada=cosmetic`.
    colourspace
        The colour space of the edits, where their files do not say.
    engine
        `patch`, `keyframe`, `auto` to let it choose by region, or an engine of yours.
    set_
        A setting of the engine, `name=value`; `secondunit engines` lists them.
    seed
        The same seed, the same pixels.
    """
    from secondunit.callsheet.open_show import find_show
    from secondunit.callsheet.paint.propagate import propagate as carry
    from secondunit.farm.progress import Lines

    answer = carry(
        find_show(show_dir),
        shot,
        keys=key,
        mask=mask,
        guides=_pairs(guide or []),
        likenesses=likeness or [],
        colourspace=colourspace,
        engine_name=engine,
        settings=set_ or [],
        seed=seed,
        progress=Lines(os.cpu_count() or 1),
        tell=say,
    )
    return _told(answer, json)


def cleanplate(
    shot: str,
    *,
    mask: str,
    reference: Words = None,
    engine: str = "removal",
    set_: Settings = None,
    seed: int = 1,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Take something out of a shot: a wire, a rig, a bottle, a passer-by. What was filled from where is kept.

    Example: `secondunit cleanplate TLN_101_BAR_0010 --mask roto.####.png --reference TLN_101_BAR_9010`

    Parameters
    ----------
    shot
        The shot to clean.
    mask
        A picture, or one a frame (`roto.####.png`); white is what goes.
    reference
        Another shot of the show whose plate may be used where this one shows nothing.
    engine
        `removal`, or an engine of yours.
    set_
        A setting of the engine, `name=value`; `secondunit engines` lists them.
    seed
        The same seed, the same pixels.
    """
    from secondunit.callsheet.open_show import find_show
    from secondunit.callsheet.paint.cleanplate import cleanplate as clean
    from secondunit.farm.progress import Lines

    answer = clean(
        find_show(show_dir),
        shot,
        mask=mask,
        references=reference or [],
        engine_name=engine,
        settings=set_ or [],
        seed=seed,
        progress=Lines(os.cpu_count() or 1),
        tell=say,
    )
    return _told(answer, json)


def vary(
    source: str,
    *,
    size: str | None = None,
    n: Annotated[int, Parameter(name=["-n", "--number"])] = 8,
    clip: Annotated[bool, Parameter(negative="")] = False,
    set_: Settings = None,
    seed: int = 1,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Make new arrangements of an owned texture, sky, foliage or facade; of a short clip with `--clip`.

    Example: `secondunit vary TLN_101_SKY_0010 --size 2048x858 -n 8`

    Parameters
    ----------
    source
        The shot whose plate is varied.
    size
        Width and height, `2048x858`; the plate's own without.
    n
        How many; they are the frames of one version, or one version each with `--clip`.
    clip
        Vary the plate's frames as moving footage.
    set_
        A setting of the engine, `name=value`; `secondunit engines` lists them.
    seed
        The same seed, the same pixels.
    """
    from secondunit.callsheet.open_show import find_show
    from secondunit.callsheet.paint.vary import vary as arrange
    from secondunit.farm.progress import Lines

    answer = arrange(
        find_show(show_dir),
        source,
        size=size,
        n=n,
        clip=clip,
        settings=set_ or [],
        seed=seed,
        progress=Lines(os.cpu_count() or 1),
        tell=say,
    )
    return _told(answer, json)


def trace(version: str, *, frame: int, at: str, show_dir: ShowDir = None, json: Json = False) -> int:
    """Say where a pixel came from: source files, frames, places and weights.

    Example: `secondunit trace "TLN_101_BAR_0010 cleanplate v001" --frame 1012 --at 640,360`

    Parameters
    ----------
    version
        A version: its folder, or shot, department and number.
    frame
        The frame's number.
    at
        Column and row, counted from 0 at the top left.
    """
    from secondunit.callsheet.open_show import find_show
    from secondunit.callsheet.paint.trace_desk import trace_pixel

    answer = trace_pixel(find_show(show_dir), version, frame=frame, at=at)
    show(answer, _trace_lines(answer), as_json=json)
    return 0


def engines(*, json: Json = False) -> int:
    """List the engines that are installed, what they learned from and their settings.

    Example: `secondunit engines`
    """
    from secondunit.callsheet.paint.engine_list import engine_list

    rows = engine_list()
    lines = [f"{row['name']} {row['version']}: {row['says']}" for row in rows]
    for row in rows:
        lines += [f"  {row['name']} {name}={told}" for name, told in row["settings"].items()]
    show({"engines": rows}, lines, as_json=json)
    return 0


def register(app: App) -> None:
    """Put these commands on the main line."""
    for command in (propagate, cleanplate, vary, trace, engines):
        app.command(command)


def _pairs(words: list[str]) -> dict[str, str]:
    return {name.strip(): path for name, _, path in (word.partition("=") for word in words)}


def _told(answer: dict[str, Any], json: bool) -> int:
    for note in answer["notes"]:
        warn(note)
    lines = [f"{answer['version']}: {answer['folder']}"]
    lines += [f"  {share:6.1%} from {name}" for name, share in answer["sources"].items()]
    lines += check_lines(answer["checks"])
    show(answer, lines, as_json=json)
    return 0


def _trace_lines(answer: dict[str, Any]) -> list[str]:
    head = f"{answer['version']} frame {answer['frame']} at {answer['x']},{answer['y']}: {answer['kind']}"
    lines = [head]
    for row in answer.get("sources", []):
        what = row.get("layer") or f"{row['role']} {row.get('file', row['frame'])}"
        place = f" at {row['x']:g},{row['y']:g}" if row.get("x", -1) >= 0 else ""
        made = f" · {row['from']}" if "from" in row else ""
        lines.append(f"  {row['weight']:7.2%}  {what}{place}{made}")
    lines += [f"  {piece['name']} covers {piece['coverage']:.1%}" for piece in answer.get("pieces", [])]
    return lines
