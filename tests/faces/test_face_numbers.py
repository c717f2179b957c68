from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from secondunit.slate.found_faces import FoundFace, carry_numbers

BOXES = st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(61, 120)] * 2)
FACES = st.builds(
    FoundFace, st.just(0), st.just(1001), st.just(1072), st.integers(1001, 1004), BOXES, st.just(0.9)
)


def numbered(faces: list[FoundFace]) -> tuple[FoundFace, ...]:
    return tuple(replace(face, number=n) for n, face in enumerate(faces, 1))


@given(st.lists(FACES, max_size=6), st.lists(FACES, max_size=6), st.integers(0, 20))
def test_no_number_is_ever_given_to_another_face(
    found: list[FoundFace], before: list[FoundFace], taken: int
) -> None:
    old = {face.number: face for face in numbered(before)}
    new = carry_numbers(numbered(found), numbered(before), taken)
    numbers = [face.number for face in new]
    assert len(set(numbers)) == len(numbers) == len(found)
    for face in new:
        if face.number in old:
            assert face.frame == old[face.number].frame
        else:
            assert face.number > taken
    assert sorted(replace(face, number=0).box for face in new) == sorted(face.box for face in found)


@given(st.lists(FACES, max_size=5, unique_by=lambda face: (face.frame, face.box)))
def test_the_same_look_keeps_its_numbers(faces: list[FoundFace]) -> None:
    before = numbered(faces)
    assert carry_numbers(before, before, len(before)) == before
