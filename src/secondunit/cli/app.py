"""The commands. Each one reads words, calls one function of a lower room and prints what it gives back."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.exceptions import CycloptsError

from secondunit import __version__
from secondunit.cli import (
    decisions,
    evidence,
    faces,
    identify,
    keyframe,
    ledger,
    paint,
    people,
    policy,
    report,
    rights,
)
from secondunit.cli.options import Json, ShowDir
from secondunit.cli.signals import Stopped, heard_signals
from secondunit.cli.speak import Counter, check_lines, complain, say, show, warn
from secondunit.errors import BadInput, EngineFailed, SecondUnitError
from secondunit.media.disk import disk_refused

app = App(
    name="secondunit",
    version=__version__,
    help="Second Unit: generative production for film, traceable to consented sources.",
    help_format="markdown",
    result_action="return_value",
    suppress_keyboard_interrupt=False,  # we answer it ourselves
)
app.register_install_completion_command(name="--install-completion")
for part in (
    rights.app,
    people.people,
    people.models,
    faces.app,
    policy.app,
    ledger.app,
    identify.app,
    evidence.app,
    report.app,
    keyframe.app,
):
    app.command(part)
decisions.register(app)
paint.register(app)


@app.command
def new(
    folder: Path,
    *,
    name: str,
    code: str,
    fps: str = "24",
    policies: str = "",
    ledger: str = "",
    json: Json = False,
) -> int:
    """Make a show folder and found its ledger: your key signs its first line, which names the show.

    Example: `secondunit new long_night --name "The Long Night" --code TLN --fps 24000/1001`

    Parameters
    ----------
    folder
        Where the show is made; must not exist yet.
    name
        The show's name.
    code
        Its code, two to eight capitals and digits.
    fps
        Frames per second, exact: 24, 25, 24000/1001.
    policies
        Which rules it is made under besides the house's, `netflix_2025,sag_aftra_2026`; `secondunit policy list`.
    ledger
        A PostgreSQL database for its ledger, `postgresql://user@host/database`; without one, a file in the show.
    """
    from secondunit.callsheet.open_show import make_show

    picked = [word.strip() for word in policies.split(",") if word.strip()]
    made = make_show(folder, name=name, code=code, fps=fps, policies=picked, ledger=ledger)
    show(made, [f"made show `{name}` in {folder}"], as_json=json)
    return 0


@app.command
def ingest(
    source: str,
    *,
    shot: str,
    owner: str,
    licence: str,
    frames: str | None = None,
    colourspace: str | None = None,
    expires: str | None = None,
    derivatives: bool | None = None,
    commercial: bool | None = None,
    width: int | None = None,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Bring a still, a frame sequence or a movie in as the plate of a shot.

    Example: `secondunit ingest A001_C004.####.exr --shot TLN_101_BAR_0010 --owner "Ada Films" --licence owned`

    Parameters
    ----------
    source
        A file, or a sequence: `name.####.exr`, `name.%04d.exr`, `name.1001-1058@@@@.exr`.
    shot
        Show, episode, sequence and shot: TLN_101_BAR_0010.
    owner
        Who owns the footage.
    licence
        An SPDX id (CC0-1.0, CC-BY-4.0), `owned`, or a contract reference.
    frames
        The frame range of the plate, 1001-1072; a still is held for it.
    colourspace
        The source's colour space where it is not the usual one of its kind.
    expires
        The last day of the licence, 2027-12-31.
    derivatives
        Whether a contract allows the footage to be changed, where the licence's name does not say.
    commercial
        Whether it allows the footage in a film that is sold.
    width
        Pull the plate at another width, in proportion.
    """
    from secondunit.callsheet.bring_in import bring_in

    answer = bring_in(
        _show(show_dir),
        source,
        shot=shot,
        owner=owner,
        licence=licence,
        frames=frames,
        colourspace=colourspace,
        expires=expires,
        width=width,
        derivatives=derivatives,
        commercial=commercial,
        progress=Counter("frames"),
        looking=Counter("frames looked through for faces"),
    )
    for note in answer["notes"]:
        warn(note)
    show(answer, [f"plate {answer['plate']}: {answer['frames']}, {answer['size']}"], as_json=json)
    return 0


@app.command
def destroy(
    shot: str,
    *,
    mask: Path | None = None,
    outline: str | None = None,
    building: Path | None = None,
    fail_at: str | None = None,
    start: int | None = None,
    front_speed: float | None = None,
    dust: float | None = None,
    fragments: int | None = None,
    seed: int | None = None,
    preview: Annotated[bool, Parameter(negative="")] = False,
    path_traced: Annotated[bool, Parameter(negative="")] = False,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Bring the building in a plate down and publish a signed version.

    Example: `secondunit destroy TLN_101_BAR_0010 --outline "210,80 640,60 655,430 200,440" --fail-at 400,430`

    Parameters
    ----------
    shot
        The shot whose plate holds the building.
    mask
        A picture of the plate's size, white on the building.
    outline
        The building's corners in plate pixels, "x,y x,y …".
    building
        A building file; without one it is proposed and written for you to edit.
    fail_at
        The first failure, in plate pixels.
    start
        The frame of the first failure.
    front_speed
        How fast failure travels along the building, m/s.
    dust
        0 none, 0.5 natural, 1 swallows the street.
    fragments
        How many pieces, 50 to 200000.
    seed
        Another seed, another break; the same seed, the same pixels.
    preview
        Small and quick, to direct by.
    path_traced
        Light from a path tracer (the extra `pathtracer`): frames cost several times as much.
    """
    from secondunit.callsheet.collapse.destroy import destroy as bring_down
    from secondunit.farm.progress import Lines

    answer = bring_down(
        _show(show_dir),
        shot,
        mask=mask,
        outline=outline,
        building=building,
        fail_at=fail_at,
        start=start,
        front_speed=front_speed,
        dust=dust,
        fragments=fragments,
        seed=seed,
        preview=preview,
        path_traced=path_traced,
        progress=Lines(os.cpu_count() or 1),
        tell=say,
    )
    show(answer, [f"{answer['version']}: {answer['folder']}", *check_lines(answer["checks"])], as_json=json)
    return 0


@app.command
def versions(shot: str | None = None, *, show_dir: ShowDir = None, json: Json = False) -> int:
    """List the versions of a show or of one shot.

    Example: `secondunit versions TLN_101_BAR_0010`

    Parameters
    ----------
    shot
        Only this shot's.
    """
    from secondunit.callsheet.open_show import list_versions

    rows = list_versions(_show(show_dir), shot)
    lines = [f"{r['shot']}  {r['department']}  {r['version']}  {r['status']}  {r['folder']}" for r in rows]
    show({"versions": rows}, lines or ["no versions yet"], as_json=json)
    return 0


@app.command
def verify(path: Path, *, key: str = "", json: Json = False) -> int:
    """Check a version, a file, a delivery, a bundle or a whole show against what was signed. Needs no network.

    Example: `secondunit verify long_night/versions/TLN_101_BAR_0010/destruction/v001`

    Parameters
    ----------
    path
        A show, a version folder, a delivery, an evidence bundle, or one signed file.
    key
        The public key of the show's ledger, as the studio told it, for a bundle from elsewhere.
    """
    from secondunit.callsheet.check import check_path

    answer, lines = check_path(path, key=key)
    show(answer, lines, as_json=json)
    return 0


@app.command
def demo(
    folder: Path = Path("demo_show"),
    *,
    open: Annotated[bool, Parameter(name="--open", negative="")] = False,
    json: Json = False,
) -> int:
    """Make a show, ingest a photograph that ships with a package, bring its building down, sign and verify.

    Example: `secondunit demo demo_show --open`

    Parameters
    ----------
    folder
        Where the demo show is made; started again, it goes on where it was.
    open
        Open the movie when it is done.
    """
    from secondunit.callsheet.collapse.demo import run_demo
    from secondunit.farm.progress import Lines

    answer = run_demo(folder, progress=Lines(os.cpu_count() or 1), tell=say)
    show(answer, [f"look at {answer['movie']}"], as_json=json)
    if open:
        _open(Path(answer["movie"]))
    return 0


def main(words: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code."""
    arguments = list(sys.argv[1:] if words is None else words)
    with heard_signals():
        code = _guarded(lambda: app(arguments, exit_on_error=False, print_error=False), "--json" in arguments)
    sys.exit(code)


def _guarded(run: Callable[[], Any], as_json: bool) -> int:
    try:
        return run() or 0
    except SecondUnitError as error:
        return complain(error, as_json=as_json)
    except CycloptsError as error:
        text = " ".join(str(error).split()).rstrip(".")
        return complain(BadInput(text, hint="see `secondunit --help`"), as_json=as_json)
    except KeyboardInterrupt as stop:
        say("\nstopped; finished work is kept: run the same command again to go on")
        return 128 + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)
    except MemoryError:
        return complain(
            EngineFailed("out of memory", hint="use `--preview`, fewer fragments or a smaller plate"),
            as_json=as_json,
        )
    except BrokenPipeError:
        # Whoever read us has gone; Python would complain once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return complain(_disk_error(error), as_json=as_json)
    except Exception as error:
        return complain(_own_fault(error), as_json=as_json)


def _own_fault(error: Exception) -> SecondUnitError:
    if os.environ.get("SECONDUNIT_TRACEBACK"):
        traceback.print_exception(error)
    reason = " ".join(str(error).split()).rstrip(".")
    return EngineFailed(
        f"a fault in Second Unit itself: {type(error).__name__}" + (f": {reason}" if reason else ""),
        hint="set `SECONDUNIT_TRACEBACK=1`, run the same command again and report what it prints",
    )


def _disk_error(error: OSError) -> SecondUnitError:
    path = Path(str(error.filename)) if error.filename else Path.cwd()
    where = f" `{error.filename}`" if error.filename else ""
    refused = disk_refused(error.errno, path)
    return refused or BadInput(f"{error.strerror or error}{where}".rstrip("."), hint="check the path")


def _show(given: Path | None) -> Path:
    from secondunit.callsheet.open_show import find_show

    return find_show(given)


def _open(path: Path) -> None:
    import shutil
    import subprocess

    opener = next((o for o in ("xdg-open", "open") if shutil.which(o)), None)
    if opener is None:
        warn(f"nothing here opens movies: look at {path}")
        return
    subprocess.Popen([opener, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
