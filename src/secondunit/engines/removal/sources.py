"""The pictures a removal may take pixels from, by one number each, a few of them held in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from secondunit.engines.removal.flow_copy import NOWHERE, read_places, usable_pixels
from secondunit.engines.trace import Source
from secondunit.kernels.flow import perceptual

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

HELD = 800e6  # bytes of pictures in memory


def codes(linear: F32) -> F32:
    """Scene-linear values as perceptual codes, 255 at 1.0."""
    return 255 * perceptual(linear)


def origin_of(reference: int) -> int:
    """The number of a reference; a plate's is its frame, −1 is no source."""
    return -2 - reference


def source_of(origin: int) -> Source:
    """What a trace calls it."""
    return Source("plate", origin) if origin >= 0 else Source("reference", -2 - origin)


@dataclass
class Sources:
    """Pictures (h, w, 3) by number, and which of their pixels may be copied. `open_picture`, `open_gone` read anew."""

    open_picture: Callable[[int], F32]
    open_gone: Callable[[int], Mask]
    _held: OrderedDict[int, tuple[F32, Mask]] = field(default_factory=OrderedDict)

    def picture(self, origin: int) -> F32:
        """The picture of a source."""
        return self._get(origin)[0]

    def usable(self, origin: int) -> Mask:
        """Its pixels that may be read bilinearly without touching what is to go."""
        return self._get(origin)[1]

    def _get(self, origin: int) -> tuple[F32, Mask]:
        if origin in self._held:
            self._held.move_to_end(origin)
            return self._held[origin]
        picture = np.ascontiguousarray(self.open_picture(origin), np.float32)
        self._held[origin] = (picture, usable_pixels(self.open_gone(origin)))
        while len(self._held) > 2 and sum(p.nbytes + m.nbytes for p, m in self._held.values()) > HELD:
            self._held.popitem(last=False)
        return self._held[origin]

    def read(self, origin: I32, place: F32) -> tuple[F32, Mask]:
        """Linear values (n, 3) at places (n, 2) of the sources (n,), and where all of it may be used (n,)."""
        out, ok = np.zeros((len(origin), 3), np.float32), np.zeros(len(origin), bool)
        for one in np.unique(origin[origin != NOWHERE]):
            here = np.flatnonzero(origin == one)
            picture, usable = self._get(int(one))
            h, w = usable.shape
            spot = place[here]
            inside = (spot >= 0).all(1) & (spot[:, 0] <= w - 1) & (spot[:, 1] <= h - 1)
            here, spot = here[inside], spot[inside]
            out[here] = read_places(picture, spot)
            near = np.rint(spot).astype(np.int64)
            ok[here] = usable[near[:, 1], near[:, 0]]
        return out, ok
