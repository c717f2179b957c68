"""A stranger's package comes in by the door, or is told in one sentence why not."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_jobs import Stage, job_for

from secondunit.engines.door import GROUP, OURS, engine, engine_names, engines
from secondunit.errors import BadInput

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "mirror_engine"
GOOD = (EXAMPLE / "mirror_engine.py").read_text()

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Lay a package of one module on the path, with the metadata that pip would write."""

    def lay(package: str, code: str, point: str = "stranger = {module}:MirrorEngine") -> None:
        folder = tmp_path / package
        folder.mkdir()
        module = package.replace("-", "_")
        (folder / f"{module}.py").write_text(code)
        metadata = folder / f"{module}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[{GROUP}]\n{point.format(module=module)}\n")
        monkeypatch.syspath_prepend(folder)
        monkeypatch.delitem(sys.modules, module, raising=False)

    return lay


def _as(name: str, code: str = GOOD) -> str:
    return code.replace('name = "mirror"', f'name = "{name}"')


def test_the_example_comes_in_by_its_own_entry_point(install: Install, tmp_path: Path) -> None:
    line = re.search(r"^mirror = .*$", (EXAMPLE / "pyproject.toml").read_text(), re.MULTILINE)
    assert line is not None
    install("mirror-engine", GOOD, line[0].replace('"', "").replace("mirror_engine:", "{module}:"))
    made = engine("mirror")
    assert made.name == "mirror"
    assert engines()["mirror"] is made
    assert len(Stage(tmp_path).run(made(), job_for(made))) == 3


def test_the_page_shows_the_example_as_it_is() -> None:
    page = (ROOT / "docs" / "engines.md").read_text()
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", page, re.DOTALL))
    assert blocks["python"] == GOOD
    assert blocks["toml"] == (EXAMPLE / "pyproject.toml").read_text()
    assert len([line for line in GOOD.splitlines() if line.strip()]) <= 60


def test_an_unknown_name_is_told_what_is_near(install: Install) -> None:
    install("one", _as("stranger"))
    with pytest.raises(BadInput, match="there is no engine `strange`") as told:
        engine("strange")
    assert "`stranger`" in told.value.hint


def test_two_packages_of_one_name_are_both_refused(install: Install) -> None:
    install("first", _as("stranger"))
    install("second", _as("stranger"))
    with pytest.raises(BadInput, match="offered more than once, by `first` and `second`"):
        engine("stranger")


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_stranger_never_stands_in_for_ours(install: Install, name: str) -> None:
    install("stranger", _as(name), f"{name} = {{module}}:MirrorEngine")
    with pytest.raises(BadInput, match=r"that name is ours|offered more than once"):
        engine(name)


FAULTS = {
    "no name": ('    name = "stranger"\n', "", "has no `name`"),
    "an empty version": ('version = "1.0.0"', 'version = ""', "has no `version`"),
    "a card of words": ("card = ToolCard(", "card = str(", "cannot be loaded|has no `card`"),
    "another name": ('name = "stranger"', 'name = "other"', "calls itself `other`"),
    "settings of its own": ("MirrorSettings(EngineSettings)", "MirrorSettings", "has no `Settings`"),
    "settings that take anything": (
        "    reach: int",
        '    model_config = {"extra": "allow"}\n    reach: int',
        "take words they do not know",
    ),
    "no plan": ("def plan(self", "def plans(self", "has no `plan`"),
    "a plan of nothing": ("def plan(self, job: EngineJob)", "def plan(self)", "has no `plan`"),
    "a render of less": ("chunk: EngineChunk, context: Context", "context: Context", "has no `render`"),
    "no render": ("def render(self", "def draw(self", "has no `render`"),
    "a constructor": ("    Settings =", "    def __init__(self, x): ...\n\n    Settings =", "without arguments"),
    "a module that fails": (
        "import numpy as np",
        "raise RuntimeError('no licence.')",
        "RuntimeError: no licence\\)",
    ),
    "a module that is missing": ("import numpy as np", "import numpy_of_nobody as np", "cannot be loaded"),
    "no class": ("class MirrorEngine:", "def MirrorEngine(): ...\n\nclass Else:", "is no class"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_engine_is_refused_in_one_sentence(install: Install, fault: str) -> None:
    old, new, said = FAULTS[fault]
    code = _as("stranger")
    assert old in code
    install("broken", code.replace(old, new))
    with pytest.raises(BadInput, match=said) as told:
        engine("stranger")
    assert "`stranger` of broken" in str(told.value)
    assert told.value.hint and "\n" not in str(told.value) and not str(told.value).endswith(".")


def test_names_are_read_without_running_anybodys_code(install: Install, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    install("eager", textwrap.dedent(f"open({str(mark)!r}, 'w').close()\n") + _as("stranger"))
    assert "stranger" in engine_names()
    assert not mark.exists()
