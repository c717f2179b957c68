"""One training: its state, its step, its state on disk and back.

Adam is too slow here: Muon (K. Jordan et al., 2024), which gives every direction of a weight matrix the same speed, is
6 dB ahead after a minute. A batch is cut in two halves, each worked by one thread from beginning to end, and their
gradients are added in a fixed order: the same weights on any number of cores, and five times less work than when the
threads share every layer (the backward pass of oneDNN loses that much).
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from secondunit.engines.keyframe.device import autocast, one_thread
from secondunit.engines.keyframe.lesson import Lesson, visits_of
from secondunit.engines.keyframe.log_code import pack, shown, to_code
from secondunit.engines.keyframe.network import Shape, ShotNetwork, meant, seen

HALVES, CROPS = 2, 3  # crops in each half of a batch
CROP = 128  # pixels a side
_MUON, _ADAM = 0.015, 1.2e-3  # learning rates of matrices and of the rest
_CLIP = 0.5  # largest length of the gradient of the rest
_MEMORY = 0.998  # of the averaged weights
_MATTE = 0.5  # the weight of an error of the matte


class Training:
    """Weights that learn (`network`) and their running average (`average`), which is what is used."""

    def __init__(self, lesson: Lesson, shape: Shape, seed: int, device: str) -> None:
        self.seed, self.device, self.step = seed, device, 0
        self.network = ShotNetwork(shape, seed).to(device)
        self.average = deepcopy(self.network).requires_grad_(False)
        self.muon = torch.optim.Muon(self.network.matrices(), lr=_MUON, weight_decay=0.0)
        self.adam = torch.optim.Adam(self.network.others(), lr=_ADAM, fused=True)
        self._side = crop_side(lesson, shape)
        self._visits = visits_of(lesson.mattes)
        self._codes, self._changes, self._weights = _material(lesson, shape, device)
        self._held = torch.from_numpy(lesson.held).to(device)
        self._workers = ThreadPoolExecutor(HALVES, initializer=one_thread)

    def advance(self, rate: float, *, with_held: bool) -> float:
        """One step at `rate` 0..1 of the full speed; returns the mean error of its crops, in code.

        `with_held` says that what was kept back is learned too.
        """
        random = np.random.default_rng([self.seed, 2, self.step])
        halves = [self._visits.draw(self._side, CROPS, random) for _ in range(HALVES)]
        done = list(self._workers.map(lambda crops: self._gradients(crops, with_held), halves))
        learned = list(self.network.parameters())
        for parameter, *parts in zip(learned, *(gradients for _, gradients in done), strict=True):
            parameter.grad = torch.stack(parts).mean(0)
        nn.utils.clip_grad_norm_(self.network.others(), _CLIP)
        for optimiser, full in ((self.muon, _MUON), (self.adam, _ADAM)):
            for group in optimiser.param_groups:
                group["lr"] = full * rate
            optimiser.step()
        self.step += 1
        young = 1 - min(_MEMORY, self.step / (self.step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), learned, young)
        return float(np.mean([error for error, _ in done]))

    def _gradients(
        self, crops: Iterable[tuple[int, int, int]], with_held: bool
    ) -> tuple[float, tuple[Tensor, ...]]:
        side, shape = self._side, self.network.shape
        cuts = [(k, slice(top, top + side), slice(left, left + side)) for k, top, left in crops]
        codes, changes, weights = (
            torch.stack([whole[cut] for cut in cuts]) for whole in (self._codes, self._changes, self._weights)
        )
        if not with_held:
            weights = weights * ~torch.stack([self._held[cut] for cut in cuts])[..., None]
        with autocast(self.device):
            said = self.network(seen(codes, shape.side))
        wrong = (said.float() - meant(changes, shape.side)).abs() * pack(weights, shape.side)
        error = wrong.mean()
        return float(error.detach()), torch.autograd.grad(error, list(self.network.parameters()))

    def is_sound(self) -> bool:
        """Whether all weights are numbers."""
        return all(bool(torch.isfinite(one).all()) for one in self.network.parameters())

    def saved(self, course: dict[str, Any]) -> bytes:
        """Everything that the next step depends on, and `course`, as a file."""
        state = {
            "step": self.step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "muon": self.muon.state_dict(),
            "adam": self.adam.state_dict(),
            "course": course,
        }
        content = io.BytesIO()
        torch.save(state, content)
        return content.getvalue()

    def restore(self, content: bytes) -> dict[str, Any]:
        """Take up a state as `saved` gave it; returns its `course`."""
        state = torch.load(io.BytesIO(content), map_location=self.device, weights_only=True)
        self.step = state["step"]
        for name in ("network", "average", "muon", "adam"):
            getattr(self, name).load_state_dict(state[name])
        course: dict[str, Any] = state["course"]
        return course

    def close(self) -> None:
        """End its threads."""
        self._workers.shutdown()


def crop_side(lesson: Lesson, shape: Shape) -> int:
    """Pixels of a crop: as many as fit."""
    least: int = min(lesson.mattes.shape[1:])
    return min(CROP, least // shape.aligned * shape.aligned)


def _material(lesson: Lesson, shape: Shape, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Codes of the plates, what the network should say, and how much each of it counts, (n, h, w, …)."""
    plates, edits = (torch.from_numpy(pictures).to(device) for pictures in (lesson.plates, lesson.edits))
    mattes = torch.from_numpy(lesson.mattes).to(device)[..., None]
    codes = to_code(plates)
    changes, weights = (to_code(edits) - codes) * (mattes > 0), shown(edits)
    if shape.n_said == 4:
        changes = torch.cat([changes, mattes], -1)
        weights = torch.cat([weights, torch.full_like(mattes, _MATTE)], -1)
    return codes, changes, weights
