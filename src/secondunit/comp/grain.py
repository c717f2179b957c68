"""The plate's grain: measured in its flat parts, made anew on rendered pixels.

Grain is described in perceptual codes (`clean_plate_codes`): its strength at each level and channel, how the
channels go together, and its spectrum, which carries whatever a lens, a resize or a JPEG did to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from secondunit.comp.clean_plate_codes import decode, encode

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BLOCK = 24
LEVELS = 12
LOWER_PART = 0.35
TEXTURE = 2.2
REACH = 7
LEAST_BLOCKS = 12


@dataclass(frozen=True)
class Grain:
    """`level` (n,) codes; `strength` (n, 3) standard deviation in codes at those levels; `mix` (3, 3) turns three
    independent channels into the plate's; `kernel` (k, k) shapes white noise, its squares sum to 1."""

    level: F64
    strength: F64
    mix: F64
    kernel: F32

    def strength_at(self, codes: F32) -> F32:
        """Standard deviation (…, 3) at codes (…, 3)."""
        parts = [np.interp(codes[..., c], self.level, self.strength[:, c]) for c in range(3)]
        return np.stack(parts, -1).astype(np.float32)


def measure_grain(plate: F32, avoid: Mask | None = None) -> Grain:
    """Measure the grain of `plate` (h, w, 3 scene-linear) outside `avoid` (h, w).

    The picture is cut into blocks and a smooth surface is taken out of each. Texture is not grain: only blocks
    up to `TEXTURE` times as rough as the smoothest level of the plate count, of those the lower part, and levels
    that show none take the strength of the nearest that does. Clipped blocks are left out. What taking the lower
    part loses is found on synthetic grain of the same spectrum and put back. Where few blocks are flat, as when the
    building fills the picture, blocks that overlap by half are looked at too.
    """
    codes = encode(plate)
    blocks, means = _blocks(codes, avoid)
    if len(blocks) < LEAST_BLOCKS or len(_flat_of(blocks, means)) < LEAST_BLOCKS:
        blocks, means = _blocks(codes, avoid, overlap=True)
    nothing = Grain(np.array([0.0, 255.0]), np.zeros((2, 3)), np.eye(3), np.ones((1, 1), np.float32))
    if len(blocks) < LEAST_BLOCKS:
        return nothing
    rough, flat = np.sqrt((blocks**2).mean((1, 2, 3))), _flat_of(blocks, means)
    if len(flat) < LEAST_BLOCKS or float(rough[flat].max()) < 1e-3:
        return nothing
    level, strength = _strengths(blocks[flat], means[flat])
    lowest = flat[rough[flat] <= np.quantile(rough[flat], 0.6)]
    grain = Grain(level, strength, _mix(blocks[lowest]), _kernel(blocks[lowest]))
    return Grain(level, strength / _lost(grain), grain.mix, grain.kernel)


def new_grain(picture: F32, grain: Grain, amount: F32, *, seed: int, frame: int) -> F32:
    """Grain to add to `picture` (h, w, 3 scene-linear), `amount` (h, w) 0..1 of the plate's; new every frame."""
    if not float(amount.max(initial=0)) > 0 or not float(grain.strength.max()) > 0:
        return np.zeros_like(picture)
    noise = grain_field(grain, picture.shape[:2], seed=seed, frame=frame)
    codes = encode(picture)
    rough = decode(codes + noise * grain.strength_at(codes) * amount[..., None])
    return np.where(amount[..., None] > 0, rough - picture, 0).astype(np.float32)


def grain_field(grain: Grain, size: tuple[int, ...], *, seed: int, frame: int) -> F32:
    """Noise (h, w, 3) of unit variance with the grain's spectrum and channel mix."""
    rng = np.random.default_rng([seed, frame, 0x6772])
    pad = grain.kernel.shape[0] // 2
    white = rng.standard_normal((size[0] + 2 * pad, size[1] + 2 * pad, 3), np.float32)
    mixed = (white @ grain.mix.T.astype(np.float32)).astype(np.float32)
    shaped = cv2.filter2D(mixed, -1, grain.kernel, borderType=cv2.BORDER_REFLECT)
    return np.ascontiguousarray(shaped[pad : pad + size[0], pad : pad + size[1]])


def grain_ratio(picture: F32, grain: Grain, where: Mask) -> float | None:
    """Grain of `picture` (h, w, 3) in the flat blocks that lie in `where` over the plate's at the same level
    (check 12), read as `measure_grain` reads it; None where there are no flat blocks."""
    blocks, means = _blocks(encode(picture), ~where)
    wanted = np.sqrt((grain.strength_at(means.astype(np.float32)) ** 2).mean(1))
    ok = wanted > 1e-3
    if ok.sum() < LEAST_BLOCKS:
        return None
    ratio = np.sqrt((blocks[ok] ** 2).mean((1, 2, 3))) / wanted[ok]
    ratio = ratio[ratio < TEXTURE]
    if len(ratio) < LEAST_BLOCKS:
        return None
    return float(np.quantile(ratio, LOWER_PART) / _lost(grain))


def _lost(grain: Grain) -> float:
    """What the lower part of the blocks reads on grain of strength 1."""
    field = grain_field(grain, (BLOCK * 16, BLOCK * 16), seed=0, frame=0)
    trial, _ = _surfaceless(_cut(field.astype(np.float64)))
    return float(np.quantile(np.sqrt((trial**2).mean((1, 2, 3))), LOWER_PART))


def _cut(codes: F64) -> F64:
    """Whole blocks (n, b, b, 3) of a picture (h, w, 3)."""
    h, w = codes.shape[0] // BLOCK * BLOCK, codes.shape[1] // BLOCK * BLOCK
    cut = codes[:h, :w].reshape(h // BLOCK, BLOCK, w // BLOCK, BLOCK, 3).swapaxes(1, 2)
    return cut.reshape(-1, BLOCK, BLOCK, 3)


def _surfaceless(cut: F64) -> tuple[F64, F64]:
    """Blocks with a quadratic surface taken out, and their means (n, 3)."""
    t = (np.arange(BLOCK) - (BLOCK - 1) / 2) / BLOCK
    y, x = np.meshgrid(t, t, indexing="ij")
    basis = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1).reshape(-1, 6)
    flat = cut.reshape(len(cut), BLOCK * BLOCK, 3)
    fitted = basis @ (np.linalg.pinv(basis) @ flat)
    return (flat - fitted).reshape(cut.shape), cut.mean((1, 2))


def _blocks(codes: F32, avoid: Mask | None, *, overlap: bool = False) -> tuple[F64, F64]:
    """Blocks without their surface, and their means; clipped ones and those that meet `avoid` dropped."""
    if overlap:
        half = BLOCK // 2
        parts = [
            _blocks(codes[y:, x:], None if avoid is None else avoid[y:, x:]) for y in (0, half) for x in (0, half)
        ]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    cut = _cut(codes.astype(np.float64))
    ok = (cut.min((1, 2, 3)) > 1.5) & (cut.max((1, 2, 3)) < 253.5)
    if avoid is not None:
        held = _cut(np.repeat(avoid[..., None], 3, 2).astype(np.float64))
        ok &= held.max((1, 2, 3)) == 0
    return _surfaceless(cut[ok])


def _flat_of(blocks: F64, means: F64) -> npt.NDArray[np.int64]:
    return _flat(np.sqrt((blocks**2).mean((1, 2, 3))), means.mean(1))


def _flat(rough: F64, level: F64) -> npt.NDArray[np.int64]:
    """Indices of the blocks at most `TEXTURE` times as rough as the smoothest band of levels."""
    order = np.argsort(level, kind="stable")
    bands = np.array_split(order, max(1, min(LEVELS, len(order) // LEAST_BLOCKS)))
    smoothest = min(float(np.quantile(rough[band], LOWER_PART)) for band in bands)
    return np.flatnonzero(rough <= max(TEXTURE * smoothest, 1e-6))


def _strengths(blocks: F64, means: F64) -> tuple[F64, F64]:
    """Levels and the lower part of the standard deviations at each, smoothed over neighbours."""
    level = means.mean(1)
    order = np.argsort(level, kind="stable")
    parts = np.array_split(order, max(1, min(LEVELS, len(order) // LEAST_BLOCKS)))
    sigma = np.sqrt((blocks**2).mean((1, 2)))
    levels = np.array([level[p].mean() for p in parts])
    strength = np.array([np.quantile(sigma[p], LOWER_PART, axis=0) for p in parts])
    if len(levels) > 2:
        padded = np.vstack([strength[:1], strength, strength[-1:]])
        strength = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return levels, strength


def _mix(blocks: F64) -> F64:
    flat = blocks.reshape(-1, 3)
    size = np.sqrt((flat**2).mean(0)) + 1e-9
    correlation = (flat / size).T @ (flat / size) / len(flat)
    root: F64 = np.linalg.cholesky(correlation + 1e-6 * np.eye(3)) / np.sqrt(1 + 1e-6)
    return root


def _kernel(blocks: F64) -> F32:
    """The zero-phase kernel whose power spectrum is the blocks' mean one."""
    grey = blocks.mean(3)
    grey = grey / (grey.std((1, 2), keepdims=True) + 1e-9)
    window = np.hanning(BLOCK + 2)[1:-1]
    power = (np.abs(np.fft.fft2(grey * np.outer(window, window))) ** 2).mean(0)
    power[0, 0] = 0
    full = np.fft.fftshift(np.fft.ifft2(np.sqrt(power)).real)
    middle = BLOCK // 2
    kernel = full[middle - REACH : middle + REACH + 1, middle - REACH : middle + REACH + 1]
    taper = np.hanning(2 * REACH + 3)[1:-1]
    kernel = kernel * np.outer(taper, taper)
    shaped: F32 = (kernel / np.sqrt((kernel**2).sum())).astype(np.float32)
    return shaped
