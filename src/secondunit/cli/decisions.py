"""`approve`, `decline`, `deliver` and `publish`: what people decide of a version, and how it leaves the house."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cyclopts import App

from secondunit.cli.options import Json, ShowDir
from secondunit.cli.speak import Counter, say, show, warn


def approve(
    what: str, *, role: str, by: str, reason: str = "", show_dir: ShowDir = None, json: Json = False
) -> int:
    """Sign a yes to a version's exact content, or to a request that waits for it.

    Example: `secondunit approve "TLN_101_BAR_0010 v002" --role vfx_supervisor --by "Vera Sup"`

    Parameters
    ----------
    what
        A version (its folder, or shot and number), or the hash that a command said it needs approval for.
    role
        In which office: vfx_supervisor, production_legal, performer_or_rep, …
    by
        Who approves; their key lies on this machine.
    reason
        What to write down beside it.
    """
    return _decide(what, role=role, by=by, approved=True, reason=reason, show_dir=show_dir, json=json)


def decline(what: str, *, role: str, by: str, reason: str, show_dir: ShowDir = None, json: Json = False) -> int:
    """Sign a no, with its reason; the seconds that a version used of any consent are given back.

    Example: `secondunit decline "TLN_101_BAR_0010 v001" --role vfx_supervisor --by "Vera Sup" --reason "too white"`

    Parameters
    ----------
    what
        A version, or the hash of a request.
    role
        In which office.
    by
        Who declines.
    reason
        What is to be done again.
    """
    return _decide(what, role=role, by=by, approved=False, reason=reason, show_dir=show_dir, json=json)


def deliver(
    version: str,
    *,
    to: str,
    by: str,
    name: str | None = None,
    territories: str = "",
    media: str = "",
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Hand an approved version over: the gate is asked as for a final, and what is missing is named.

    Example: `secondunit deliver "TLN_101_BAR_0010 v002" --to "Studio X" --by "Paul Post" --media svod`

    Parameters
    ----------
    version
        Its folder, or shot and number.
    to
        Who gets it.
    by
        Who hands it over.
    name
        The folder it gets under `deliveries/`.
    territories
        Where it will be seen, `DE,FR` or `WORLD`.
    media
        In which media, `svod,theatrical`.
    """
    from secondunit.callsheet.deliver import deliver as hand_over
    from secondunit.callsheet.rights_desk import opened

    with opened(_show(show_dir)) as store:
        answer = hand_over(
            store, version, to=to, by=by, name=name, territories=_list(territories), media=_list(media)
        )
    show(answer, [f"{answer['version']} delivered to {to}: {answer['folder']}"], as_json=json)
    return 0


def publish(
    source: str,
    *,
    request: Path,
    owner: str | None = None,
    description: str = "",
    show_dir: ShowDir = None,
    json: Json = False,
) -> int:
    """Publish a comp that was finished in another program as a signed version.

    Example: `secondunit publish comp.####.exr --request request.toml`

    Parameters
    ----------
    source
        The finished frames or movie.
    request
        What is asked: shot, tools, likenesses; `secondunit rights check` explains the answer beforehand.
    owner
        Who owns the comp; without it, the show.
    description
        What was done, for the lineage.
    """
    from secondunit.callsheet.publish_comp import publish_comp
    from secondunit.callsheet.rights_desk import opened

    with opened(_show(show_dir)) as store:
        answer = publish_comp(
            store, source, request, owner=owner, description=description, tell=say, progress=Counter("frames")
        )
    for owed in answer["owed"]:
        warn(f"owed: {owed}")
    show(answer, [f"{answer['version']}: {answer['folder']}"], as_json=json)
    return 0


def register(app: App) -> None:
    """Give an app these four commands."""
    for command in (approve, decline, deliver, publish):
        app.command(command)


def _decide(
    what: str, *, role: str, by: str, approved: bool, reason: str, show_dir: Path | None, json: bool
) -> int:
    from secondunit.callsheet.approve import decide
    from secondunit.callsheet.rights_desk import opened

    with opened(_show(show_dir)) as store:
        answer: dict[str, Any] = decide(store, what, role=role, by=by, approved=approved, reason=reason)
    word = "approved" if approved else "declined"
    show(answer, [f"{answer['what']} {word} by {by} as {role}"], as_json=json)
    return 0


def _list(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _show(given: Path | None) -> Path:
    from secondunit.callsheet.open_show import find_show

    return find_show(given)
