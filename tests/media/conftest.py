from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from secondunit.media.images import write_picture


@pytest.fixture
def photograph() -> np.ndarray:
    """A picture (96, 128, 3) of 8-bit codes in 0..1 with smooth colour, black, white and a hard edge."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:96, 0:128]
    smooth = np.stack([x / 127, y / 95, 0.5 + 0.5 * np.sin(x / 9)], axis=2)
    smooth[20:40, 30:60] = [0.9, 0.1, 0.05]
    smooth[60:70] = 0.0
    smooth[70:80] = 1.0
    noisy = np.clip(smooth + rng.normal(0, 0.01, smooth.shape), 0, 1)
    return (np.round(noisy * 255) / 255).astype(np.float32)


@pytest.fixture
def png(tmp_path: Path, photograph: np.ndarray) -> Path:
    path = tmp_path / "photo.png"
    write_picture(path, photograph)
    return path
