"""The vector kernels and their plain twins say the same, to the last integer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llvmlite import binding, ir
from numba import njit

from secondunit.errors import BadInput
from secondunit.kernels.patch import coding, reference
from secondunit.kernels.patch.distance import FORCE, SLACK, RowSums, middle, own_lanes, patch_shape, rest, whole
from secondunit.kernels.patch.search import BIN, count_crowd, measure, sweep
from secondunit.kernels.patch.volume_search import measure_volume, sweep_volume
from secondunit.kernels.patch.vote import vote


@njit
def three_sums(shape, a, at, row, frame, b):
    """All of a patch, its middle row, and the rest."""
    return (
        whole(shape, a, at, row, frame, b, 0, row, frame),
        middle(shape, a, at, row, frame, b, 0, row, frame),
        rest(shape, a, at, row, frame, b, 0, row, frame),
    )


@pytest.mark.parametrize("lanes", own_lanes())
@pytest.mark.parametrize(("frames", "side", "channels"), [(1, 3, 1), (1, 5, 9), (1, 7, 3), (1, 5, 13), (3, 5, 3)])
def test_the_distance_is_the_plain_sum(lanes: str, frames: int, side: int, channels: int) -> None:
    size = (frames + 1, side + 2, side + 3, channels)
    a, b = np.random.default_rng(1).integers(0, 256, (2, *size), dtype=np.uint8)
    a[0, 0], b[0, 0] = 255, 0  # as far apart as can be
    flat = [np.concatenate([one.ravel(), np.full(SLACK, 77 * k, np.uint8)]) for k, one in enumerate((a, b))]
    row, frame = size[2] * channels, size[1] * size[2] * channels
    shape = patch_shape(side, channels, frames=frames, lanes=lanes)
    for top, left in ((0, 0), (2, 3)):
        at = top * row + left * channels
        ours = a[:frames, top : top + side, left : left + side]
        theirs = b[:frames, :side, :side]
        f, m = frames // 2, side // 2
        every = reference.patch_distance(ours, theirs)
        line = reference.patch_distance(ours[f, m], theirs[f, m])
        assert three_sums(shape, flat[0], at, row, frame, flat[1]) == (every, line, every - line)


def test_lanes_this_machine_lacks_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FORCE, "neon9")
    with pytest.raises(BadInput, match="cannot compare patches with `neon9`"):
        patch_shape(5, 3)


def test_the_portable_path_compiles_for_arm() -> None:
    """Its code names nothing of x86, and LLVM turns it into AArch64's widening multiply."""
    number, place = ir.IntType(32), ir.IntType(8).as_pointer()
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(number, [place, place]), "distance")
    builder = ir.IRBuilder(function.append_basic_block())
    zero = ir.Constant(ir.IntType(64), 0)
    builder.ret(RowSums(builder, "portable", 45).over(function.args, [(zero, zero)]))
    assert "x86" not in str(module)
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    machine = binding.Target.from_triple("aarch64-unknown-linux-gnu").create_target_machine(cpu="cortex-a72")
    module.triple, module.data_layout = "aarch64-unknown-linux-gnu", str(machine.target_data)
    assert "smull" in machine.emit_assembly(binding.parse_assembly(str(module)))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**31 - 1), st.booleans(), st.sampled_from([0, 3000]), st.sampled_from([0, 200_000]))
def test_a_sweep_is_the_plain_sweep(seed: int, backward: bool, toll: int, quiet: int) -> None:
    rng = np.random.default_rng(seed)
    (h, w), (source_h, source_w), r, channels = (9, 11), (14, 12), 1, 5
    source = rng.integers(0, 256, (source_h, source_w, channels), dtype=np.uint8)
    target = rng.integers(0, 256, (h, w, channels), dtype=np.uint8)
    target[2:7, 3:9] = source[5:10, 1:7]  # something to find
    field = np.stack([rng.integers(r, source_w - r, (h, w)), rng.integers(r, source_h - r, (h, w))], -1)
    field = field.astype(np.int32)
    table = np.tile(np.arange(256, dtype=np.uint8), (channels, 1))
    empty = np.zeros((h, w, 0), np.uint8)
    features = coding.lay_features(target, empty, table, r)
    laid = coding.lay_features(source, np.zeros((source_h, source_w, 0), np.uint8), table, 0)
    shape, row, source_row = patch_shape(2 * r + 1, channels), (w + 2 * r) * channels, source_w * channels
    radii, usable = np.array([1, 2, 4, 8]), np.ones((source_h, source_w), bool)
    active, moved, cost = np.ones((h, w), np.uint8), np.zeros((h, w), np.uint8), np.zeros((h, w), np.int32)
    crowd = np.zeros(((source_w >> BIN) + 1) * ((source_h >> BIN) + 1), np.int32)
    even = 5
    count_crowd(field, (source_w >> BIN) + 1, even, crowd)
    measure(shape, features, row, laid, source_row, field, active, cost, 0, h)
    found = field.copy()
    sweep(
        shape, features, row, laid, source_row, usable, False, found, cost, active, moved, crowd, toll, radii, quiet,
        found[0].copy(), found[0].copy(), 0, h, backward, seed,
    )  # fmt: skip
    plain = coding.as_picture(features, h + 2 * r, w + 2 * r, channels)
    expected = reference.sweep(plain, source, r, field, even, toll, radii, quiet, backward, seed)
    assert np.array_equal(found, expected)
    assert np.array_equal(moved > 0, (found != field).any(-1))
    x, y = found[4, 5]
    assert cost[4, 5] == reference.patch_distance(plain[4:7, 5:8], source[y - 1 : y + 2, x - 1 : x + 2])


def test_a_vote_is_the_plain_mean() -> None:
    rng = np.random.default_rng(2)
    source = (rng.normal(size=(20, 22, 3)) * 100).astype(np.float32)
    field = np.stack([rng.integers(2, 20, (12, 15)), rng.integers(2, 18, (12, 15))], -1).astype(np.int32)
    y, x = np.mgrid[0:6, 0:15]
    field[:6] = np.stack([x + 3, y + 4], -1)
    field[8:, 10:] = -1
    found, expected = vote(source, field, 2), reference.vote(source, field, 2)
    assert np.allclose(found, expected, rtol=1e-6, atol=1e-5)
    assert np.array_equal(found[:4], source[4:8, 3:18])  # all agree: a copy, to the bit


@pytest.mark.parametrize(("frames", "side"), [(1, 5), (3, 3)])
def test_the_search_through_films_finds_the_nearest_and_says_its_true_distance(frames: int, side: int) -> None:
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 40, (2, 5, 13, 14, 3), dtype=np.uint8)
    a[1:4, 3:10, 2:9] = b[2:5, 4:11, 6:13]
    size, f, r = (5, 13, 14), frames // 2, side // 2
    shape = patch_shape(side, 3, frames=frames)
    flat = [np.concatenate([one.ravel(), np.zeros(SLACK, np.uint8)]) for one in (a, b)]
    usable = np.zeros(size, bool)
    usable[f : 5 - f, r : 13 - r, r : 14 - r] = True
    places = np.argwhere(usable)
    field = np.full((*size, 3), -1, np.int32)
    field[usable] = places[rng.integers(0, len(places), len(places))]
    cost, gain = np.zeros(size, np.int32), np.ones(size, np.int64)
    measure_volume(shape, flat[0], size, flat[1], size, field, cost, 0, 65)
    radii = np.array([1, 2, 4, 8, 14])
    for turn in range(40):
        sweep_volume(
            shape, flat[0], size, flat[1], size, usable, gain, field, field.copy(), cost, radii, 0, 0, 65,
            turn % 2 == 1, 7 + turn,
        )  # fmt: skip
    least = reference.nearest_volume(a, b, frames, side)
    found = cost[usable].reshape(least.shape)
    assert (found >= least).all()
    assert (least == 0).any()
    assert (found[least == 0] == 0).all()  # what is there as it is
    assert found.mean() < 1.1 * least.mean()  # of pure noise a few tries in a row find not quite the best
    t, y, x = places[5]
    st_, sy, sx = field[t, y, x]
    ours = a[t - f : t + f + 1, y - r : y + r + 1, x - r : x + r + 1]
    theirs = b[st_ - f : st_ + f + 1, sy - r : sy + r + 1, sx - r : sx + r + 1]
    assert cost[t, y, x] == reference.patch_distance(ours, theirs)
