"""The demo's building is the example that people learn from, and stands at any size."""

from pathlib import Path

from secondunit.callsheet.collapse.demo import building_file
from secondunit.comp.layers import background_from_dict
from secondunit.departments.destruction.survey_file import read_building_file

EXAMPLE = Path(__file__).parents[2] / "examples" / "plates" / "pagoda" / "building.toml"


def test_the_example_and_the_demo_are_one_file() -> None:
    assert building_file().read_bytes() == EXAMPLE.read_bytes()


def test_its_background_needs_no_proposal() -> None:
    background = background_from_dict(read_building_file(building_file()).background, None)
    assert [str(layer.kind) for layer in background.layers] == ["sky", "band", "plain", "ground"]
