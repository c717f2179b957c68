import box_house
import numpy as np

from secondunit.engines.light.surface_rebar import add_rebar
from secondunit.engines.physics.breakup import Part, Surface


def test_bars_belong_to_slabs_and_stay_near_their_break():
    house = box_house.house()
    barred = add_rebar(house, 1)
    new = slice(len(house.corners), None)
    assert len(barred.corners) > len(house.corners) + 100
    assert (barred.tri_surface[new] == Surface.METAL).all()
    piece = barred.tri_fragment[new]
    assert (house.part[piece] == Part.SLAB).all()
    away = np.linalg.norm(barred.corners[new].mean(1) - house.centre[piece], axis=1)
    assert away.max() < 1.5 + 0.8  # half a slab's diagonal and the longest bar
    np.testing.assert_allclose(np.linalg.norm(barred.tri_normal[new], axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(add_rebar(house, 1).corners, barred.corners)


def test_a_house_without_concrete_has_no_bars():
    boxes = [(0.0, 0.0, 0.0, 1.0, 1.0, 1.0, Part.WALL)]
    house = box_house.from_boxes(boxes, (1, 1, 1))
    assert add_rebar(house, 0) is house
