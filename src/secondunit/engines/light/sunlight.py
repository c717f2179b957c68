"""Where the plate's light comes from: a guess from shading, with its reasons and how sure it is.

One picture seldom tells the sun: shading gives the side it stands on, contrast how hard it is, the rest is habit.
So each proposal carries a confidence and a sentence, and a supervisor's azimuth and elevation always win.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondunit.slate.camera import Sun

F32 = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]
LUMA = np.array([0.2722, 0.6741, 0.0537])  # ACEScg to luminance (AP1, SMPTE ST 2065)
OVERCAST, HAZY, CLEAR = 0.2, 1.5, 4.5
SUN_RADIUS_DEG, OVERCAST_RADIUS_DEG = 0.27, 15.0


@dataclass(frozen=True)
class Face:
    """A visible face: `normal` (3,) unit, pointing out; `luminance` its mean scene-linear luminance."""

    normal: tuple[float, float, float]
    luminance: float


@dataclass(frozen=True)
class SunGuess:
    """One proposal: the light, how sure (0..1), and why in one sentence."""

    sun: Sun
    confidence: float
    why: str


@dataclass(frozen=True)
class SkyLook:
    """What the sky and the contrast say. `blue` is blue over red of the sky, `contrast` lit over shadow."""

    luminance: float
    blue: float
    contrast: float

    @property
    def sun_to_sky(self) -> float:
        """Irradiance of the sun facing it over that of the sky on flat ground (see `slate.camera.Sun`)."""
        if self.contrast < 1.6:
            return OVERCAST
        # lit = sun · cos + sky, shadow = about 0.6 of the sky behind walls: contrast ≈ (s · 0.7 + 1) / 0.6
        estimate = (self.contrast * 0.6 - 1) / 0.7
        low, high = (HAZY * 0.5, CLEAR + 1.5) if self.blue > 1.15 else (OVERCAST, HAZY * 2)
        return float(np.clip(estimate, low, high))


def look_at_sky(plate: F32, sky: npt.NDArray[np.bool_], lit_area: npt.NDArray[np.bool_]) -> SkyLook:
    """Read sky colour and lit-to-shadow contrast. `plate` (h, w, 3) scene-linear; masks (h, w)."""
    rgb = plate[sky][:, :3].astype(float) if sky.any() else plate[: max(1, plate.shape[0] // 6)].reshape(-1, 3)
    mean = np.maximum(np.median(rgb, axis=0), 1e-4)
    luma = plate[..., :3] @ LUMA.astype(np.float32)
    values = luma[lit_area] if lit_area.sum() > 100 else luma[luma.shape[0] // 2 :].ravel()
    return SkyLook(float(mean @ LUMA), float(mean[2] / mean[0]), _two_level_contrast(values.astype(float)))


def _two_level_contrast(values: FloatArray) -> float:
    """Bright over dark level of two groups split where they differ most (Otsu 1979), on logarithms.

    Albedo spreads the values too, so the split must separate more than a broad single hump would (2.2 × its own
    spread) to count as light and shadow.
    """
    logs = np.log(np.clip(values, 1e-3, None))
    logs = logs[(logs >= np.quantile(logs, 0.02)) & (logs <= np.quantile(logs, 0.98))]
    if len(logs) < 50 or float(np.ptp(logs)) < 1e-3:
        return 1.0
    counts, edges = np.histogram(logs, 64)
    centres = (edges[1:] + edges[:-1]) / 2
    w = np.cumsum(counts) / counts.sum()
    m = np.cumsum(counts * centres) / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.nan_to_num((m[-1] * w - m) ** 2 / (w * (1 - w)))
    split = edges[int(between.argmax()) + 1]
    low, high = logs[logs <= split], logs[logs > split]
    if min(len(low), len(high)) < 0.04 * len(logs):
        return 1.0
    inner = np.sqrt((low.var() * len(low) + high.var() * len(high)) / len(logs))
    step = float(high.mean() - low.mean())
    return float(np.exp(step)) if step > 2.2 * inner else float(np.exp(0.5 * step))


def propose_sun(faces: tuple[Face, ...], sky: SkyLook, ground_luminance: float) -> tuple[SunGuess, ...]:
    """Ranked guesses, the best first: `faces` are the building's visible ones."""
    ratio = sky.sun_to_sky
    if ratio <= 0.35:
        sun = Sun.from_angles(180.0, 60.0, sun_to_sky=ratio, softness_deg=OVERCAST_RADIUS_DEG, source="proposed")
        return (
            SunGuess(sun, 0.7, "low contrast and no blue in the sky: overcast, the sun's place hardly matters"),
        )
    guesses = [_from_faces(faces, sky, ratio, ground_luminance)] if faces else []
    for azimuth, confidence in ((150.0, 0.2), (210.0, 0.2)):
        sun = Sun.from_angles(azimuth, 45.0, sun_to_sky=ratio, softness_deg=SUN_RADIUS_DEG, source="assumed")
        guesses.append(SunGuess(sun, confidence, "a usual sun behind the camera's shoulder, no evidence"))
    return tuple(sorted(guesses, key=lambda g: -g.confidence))


def _from_faces(faces: tuple[Face, ...], sky: SkyLook, ratio: float, ground: float) -> SunGuess:
    """The direction whose shading of the faces and the ground fits their luminances best.

    Model: luminance = albedo · (sun_to_sky · max(n · l, 0) + sky view (1 + n_z) / 2), one albedo for all faces;
    the ground's own albedo is taken as the same within a factor of about two.
    """
    normals = np.array([face.normal for face in faces])
    seen = np.log(np.maximum([face.luminance for face in faces], 1e-4))
    best: tuple[float, float, float] = (np.inf, 180.0, 45.0)
    scores = []
    for azimuth in range(-180, 180, 10):
        for elevation in (15, 25, 35, 45, 55, 65):
            light = np.array(Sun.from_angles(float(azimuth), float(elevation)).direction)
            model = np.log(ratio * np.maximum(normals @ light, 0) + (1 + normals[:, 2]) / 2)
            flat = np.log(ratio * light[2] + 1.0)
            albedo = float(np.mean(seen - model))
            cost = float(((seen - model - albedo) ** 2).sum() / 0.15**2)
            cost += (np.log(max(ground, 1e-4)) - flat - albedo) ** 2 / 0.6**2
            # Habit: 42° high, and photographers keep the sun off the lens.
            cost += ((elevation - 42) / 15) ** 2 + (0.5 * (1 + np.cos(np.radians(azimuth)))) * 0.8
            scores.append(cost)
            if cost < best[0]:
                best = cost, float(azimuth), float(elevation)
    weight = np.exp(-0.5 * (np.array(scores) - best[0]))
    sharp = float(1 / weight.sum()) ** 0.5
    sun = Sun.from_angles(best[1], best[2], sun_to_sky=ratio, softness_deg=SUN_RADIUS_DEG, source="proposed")
    brightest = int(np.argmax(seen))
    side = (
        "right" if faces[brightest].normal[0] > 0.3 else "left" if faces[brightest].normal[0] < -0.3 else "front"
    )
    sides = len({(round(float(n[0]), 1), round(float(n[1]), 1)) for n in normals})
    confidence = float(np.clip(0.15 + 0.3 * sharp + 0.15 * (min(sides, 3) - 1), 0, 0.6))
    return SunGuess(sun, confidence, f"from shading: the face towards the {side} is the brightest")
