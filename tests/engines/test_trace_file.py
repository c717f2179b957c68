from __future__ import annotations

import dataclasses
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traced_frames import SOURCES, pictures, random_trace

from secondunit.engines.trace import CopyPart, PatchPart, Trace, contributors, rebuild
from secondunit.engines.trace_file import load_trace, pack_trace, save_trace, unpack_trace
from secondunit.errors import BadMedia, EngineFailed


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_trace_comes_back_from_its_file(seed: int) -> None:
    trace = random_trace(seed)
    back = unpack_trace(pack_trace(trace))
    assert back.sources == trace.sources
    assert np.array_equal(back.made, trace.made)
    for y, x in np.argwhere(trace.made):
        before, after = contributors(trace, int(x), int(y)), contributors(back, int(x), int(y))
        weights = {(c.source, c.x, c.y): c.weight for c in before}
        again = {(c.source, c.x, c.y): c.weight for c in after}
        for place in weights.keys() | again.keys():
            assert weights.get(place, 0) == pytest.approx(again.get(place, 0), abs=3e-5)
    owned = pictures(seed)
    full, read = rebuild(trace, owned.__getitem__), rebuild(back, owned.__getitem__)
    assert np.abs(full - read).max() <= 1e-3 * max(1, np.abs(full).max())


def test_equal_traces_are_equal_files() -> None:
    assert pack_trace(random_trace(5)) == pack_trace(random_trace(5))


def test_values_beyond_half_float_survive() -> None:
    trace = random_trace(1, kinds="copy")
    bright = np.zeros((*trace.made.shape, 3), np.float32)
    bright[trace.made] = 1e6
    back = unpack_trace(pack_trace(dataclasses.replace(trace, correction=bright)))
    assert back.correction is not None
    np.testing.assert_array_equal(back.correction[trace.made], 1e6)


def test_a_field_of_a_large_frame_stays_under_a_megabyte() -> None:
    """Runs of some 40 pixels, as a search leaves them; four in a hundred patches are on their own."""
    rng = np.random.default_rng(0)
    h, w = 360, 640
    rows, columns = np.indices((h, w))
    shift = np.kron(rng.integers(-9, 9, (2, h // 6, w // 8)), np.ones((1, 6, 8), int))
    lone = rng.random((h, w)) < 0.04
    shift = np.where(lone, rng.integers(-200, 200, (2, h, w)), shift)
    field = np.stack([rng.integers(0, 2, (h, w)), columns + shift[0], rows + shift[1]], -1).astype(np.int32)
    share = np.clip(columns / w + rng.normal(0, 0.001, (h, w)), 0, 1).astype(np.float32)
    parts = (PatchPart(field, 2), PatchPart(np.roll(field, 40, 1), 2))
    trace = Trace(SOURCES[:2], np.ones((h, w), bool), parts, (share, 1 - share))
    assert len(pack_trace(trace)) < 1_000_000


def test_places_on_a_sixty_fourth_of_a_pixel_are_exact_and_small() -> None:
    rng = np.random.default_rng(0)
    h, w = 180, 320
    rows, columns = np.indices((h, w))
    one = np.ones((h, w), np.float32)
    move = np.linspace(0, 12, w) + rng.normal(0, 0.05, (h, w))
    exact = CopyPart(np.zeros((h, w), np.int32), (columns + move).astype(np.float32), rows.astype(np.float32))
    snapped = dataclasses.replace(exact, x=(np.round((columns + move) * 64) / 64).astype(np.float32))
    sizes = []
    for part in (exact, snapped):
        content = pack_trace(Trace(SOURCES[:1], one > 0, (part,), (one,)))
        back = unpack_trace(content).parts[0]
        assert isinstance(back, CopyPart)
        np.testing.assert_array_equal(back.x, part.x)
        sizes.append(len(content))
    assert sizes[1] < sizes[0] / 2


@pytest.mark.parametrize("share", [-1.5, 1.5, np.nan])
def test_weights_that_are_no_shares_are_not_written(share: float) -> None:
    trace = random_trace(2, kinds="copy")
    with pytest.raises(EngineFailed):
        pack_trace(dataclasses.replace(trace, weights=(np.full_like(trace.weights[0], share),)))


def test_what_is_taken_away_comes_back_too() -> None:
    trace = random_trace(2, kinds="copy copy copy")
    ones = np.where(trace.made, np.float32(1), np.float32(0))
    again = unpack_trace(pack_trace(dataclasses.replace(trace, weights=(ones, -ones, ones))))
    assert [float(weight[trace.made].mean()) for weight in again.weights] == [1.0, -1.0, 1.0]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_bad_media_or_a_trace(data: st.DataObject) -> None:
    content = bytearray(pack_trace(random_trace(7)))
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    for _ in range(data.draw(st.integers(0, 4))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        trace = unpack_trace(bytes(content))
    except BadMedia as error:
        assert error.hint and not str(error).endswith(".")
    else:
        assert isinstance(trace, Trace)


def _with(content: bytes, **arrays: np.ndarray) -> bytes:
    """The same file with some arrays put in place of its own."""
    with np.load(io.BytesIO(content)) as old:
        kept = {name: old[name] for name in old.files}
    out = io.BytesIO()
    np.savez_compressed(out, **{**kept, **arrays})
    return out.getvalue()


def test_a_file_that_names_sources_it_does_not_list_is_refused() -> None:
    content = pack_trace(random_trace(7, kinds="copy"))
    with np.load(io.BytesIO(content)) as arrays:
        head = arrays["head"].tobytes()
    fewer = head.replace(
        b'[["plate", 1001], ["key", 1001], ["reference", 0], ["plate", 1001]]', b'[["plate", 1001]]'
    )
    assert fewer != head
    with pytest.raises(BadMedia, match="does not hold a trace"):
        unpack_trace(_with(content, head=np.frombuffer(fewer, np.uint8)))


def test_a_zip_bomb_of_a_size_is_refused() -> None:
    content = pack_trace(random_trace(7, kinds="copy"))
    with np.load(io.BytesIO(content)) as arrays:
        head = arrays["head"].tobytes()
    huge = head.replace(b'"size": [11, 9]', b'"size": [999999, 999999]')
    with pytest.raises(BadMedia):
        unpack_trace(_with(content, head=np.frombuffer(huge, np.uint8)))


def test_nothing_in_a_file_is_executed() -> None:
    """An array of Python objects would be unpickled."""
    evil = io.BytesIO()
    np.savez(evil, allow_pickle=True, head=np.array([{"a": 1}], object))
    with pytest.raises(BadMedia):
        unpack_trace(evil.getvalue())


def test_a_missing_or_foreign_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="cannot be read"):
        load_trace(tmp_path / "none.npz")
    (tmp_path / "picture.npz").write_bytes(b"not a zip at all")
    with pytest.raises(BadMedia):
        load_trace(tmp_path / "picture.npz")
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as file:
        file.writestr("a.txt", "b")
    with pytest.raises(BadMedia):
        load_trace(tmp_path / "other.npz")
    save_trace(tmp_path / "good.npz", random_trace(1))
    assert load_trace(tmp_path / "good.npz").sources == SOURCES
    assert sorted(p.name for p in tmp_path.iterdir()) == ["good.npz", "other.npz", "picture.npz"]
