import numpy as np
import pytest

from secondunit.departments.destruction.outline import check_outline
from secondunit.errors import BadInput


def test_a_corner_on_the_edge_of_a_plate_that_was_pulled_stays_on_its_edge():
    corners = np.array([[10, 10], [900, 12], [910, 1281], [5, 1281]], float)
    assert check_outline(corners, 1920, 1280)[:, 1].max() == 1280
    with pytest.raises(BadInput, match="outside the plate"):
        check_outline(corners + np.array([0.0, 2.0]), 1920, 1280)
