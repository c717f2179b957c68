"""The demo: a photograph that ships inside a package, its building brought down, signed and verified."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from secondunit.callsheet.bring_in import bring_in
from secondunit.callsheet.check import check_path
from secondunit.callsheet.collapse.destroy import destroy
from secondunit.callsheet.faces import look_for_faces
from secondunit.callsheet.open_show import list_versions, make_show
from secondunit.callsheet.records_now import records_now
from secondunit.callsheet.rights_desk import declare_facts, opened
from secondunit.errors import BadInput
from secondunit.farm.progress import Progress
from secondunit.rights.on_record.record_kinds import WHOLE_SHOW
from secondunit.slate.naming import ShotName

SHOT = "DMO_101_PAG_0010"
WIDTH = 1280
FRAMES = "1001-1072"
# What a person on this show would say of it before anything runs: nobody's work is replaced by a pagoda that falls in
# a demo, and nobody takes it for news.
SUPERVISOR = "Demo Supervisor"
DECLARED = ("displaces_union_work=no", "strike_of_crew=no", "could_pass_as_real=no")


def run_demo(
    folder: Path, *, progress: Progress | None = None, tell: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Make, shoot, sign and verify the demo show; returns what `--json` prints.

    Stopped at any moment and called again, it goes on where it was. Raises `BadInput` when the photograph's
    package is not installed or the folder holds something else.
    """
    if not folder.exists():
        make_show(folder, name="Second Unit demo", code="DMO", fps="24")
    if not _has_plate(folder):
        tell("the plate: `china.jpg` of scikit-learn, by danielbuechele, CC BY 2.0")
        bring_in(
            folder,
            str(photograph()),
            shot=SHOT,
            owner="danielbuechele",
            licence="CC-BY-2.0",
            width=WIDTH,
            frames=FRAMES,
        )
    _say_what_people_know(folder)
    look_for_faces(folder)  # nothing where the plate was looked through before
    finals = [v for v in list_versions(folder, SHOT) if not v["preview"]]
    if finals:
        tell(f"the demo's {finals[-1]['version']} was made before; it is only verified again")
        answer = {k: finals[-1][k] for k in ("version", "folder")}
        answer["movie"] = str(Path(answer["folder"]) / "review.mov")
    else:
        answer = destroy(folder, SHOT, building=building_file(), progress=progress, tell=tell)
    verdict, lines = check_path(folder)
    for line in lines:
        tell(line)
    return answer | {"show": str(folder.resolve()), "verified": verdict["ok"]}


def photograph() -> Path:
    """The demo's plate. Raises `BadInput` when its package is missing."""
    try:
        found = resources.files("sklearn.datasets.images") / "china.jpg"
    except ModuleNotFoundError:
        raise BadInput(
            "the demo's photograph is not installed", hint="run `pip install 'secondunit[demo]'`"
        ) from None
    return Path(str(found))


def building_file() -> Path:
    """The surveyed building of the demo."""
    return Path(str(resources.files("secondunit.callsheet.collapse") / "demo_building.toml"))


def _say_what_people_know(folder: Path) -> None:
    """Once, even where a run was stopped before it came to it."""
    with opened(folder) as store:
        said = records_now(store).declared(SHOT)
    missing = [word for word in DECLARED if word.partition("=")[0] not in said]
    if missing:
        declare_facts(folder, WHOLE_SHOW, missing, by=SUPERVISOR)


def _has_plate(folder: Path) -> bool:
    with opened(folder) as store:
        return any(plate.shot == ShotName.parse(SHOT) for plate in store.plates())
