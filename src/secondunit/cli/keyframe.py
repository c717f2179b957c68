"""`keyframe`: a network for one shot, trained, put on record, and used."""

from __future__ import annotations

from cyclopts import App

from secondunit.cli.options import Json, Keys, ShowDir, Words
from secondunit.cli.paint import propagate
from secondunit.cli.speak import show

app = App(name="keyframe", help="A small network for one shot, trained on its own frames and on nothing else.")


@app.command
def train(
    shot: str,
    *,
    key: Keys,
    minutes: float = 2.0,
    likeness: Words = None,
    colourspace: str | None = None,
    seed: int = 1,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Train on the edited frames, put the model on record and keep it in the show. Killed, it goes on from there.

    Example: `secondunit keyframe train TLN_101_BAR_0010 --key 1001=edit.1001.exr --key 1040=edit.1040.exr`

    Parameters
    ----------
    shot
        The shot whose plate was edited; a record must say that it may be learned from.
    key
        A frame and its edit; once for each edited frame.
    minutes
        The longest it trains; it stops by itself when a frame it has not seen no longer gets better.
    likeness
        What is done to whom where the edit is of a person, `P-ada=cosmetic`.
    colourspace
        The colour space of the edits, where their files do not say.
    seed
        The same seed and as many steps, the same model.
    """
    from secondunit.callsheet.open_show import find_show
    from secondunit.callsheet.paint.propagate import train as learn
    from secondunit.farm.progress import Lines

    answer = learn(
        find_show(show_dir),
        shot,
        keys=key,
        likenesses=likeness or [],
        colourspace=colourspace,
        settings=[f"minutes={minutes:g}"],
        seed=seed,
        progress=Lines(1),
    )
    show(answer, [f"{answer['model']}: {answer['exam_db']:.1f} dB on frame {answer['exam_frame']}"], as_json=json)
    return 0


@app.command
def apply(
    shot: str,
    *,
    key: Keys,
    minutes: float = 2.0,
    mask: str | None = None,
    likeness: Words = None,
    colourspace: str | None = None,
    seed: int = 1,
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Let the network that the same words trained speak over the shot, and publish a signed version.

    Example: `secondunit keyframe apply TLN_101_BAR_0010 --key 1001=edit.1001.exr --key 1040=edit.1040.exr`

    Parameters
    ----------
    shot
        The shot whose plate was edited.
    key
        As for `train`.
    minutes
        As for `train`.
    mask
        Where the edit may go: a picture, or one a frame.
    likeness
        As for `train`.
    colourspace
        As for `train`.
    seed
        As for `train`.
    """
    return propagate(
        shot,
        key=key,
        mask=mask,
        likeness=likeness,
        colourspace=colourspace,
        engine="keyframe",
        set_=[f"minutes={minutes:g}"],
        seed=seed,
        show_dir=show_dir,
        json=json,
    )
