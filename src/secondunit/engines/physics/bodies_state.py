"""Everything about a run that changes: write it down after any frame, and the run goes on bit for bit."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from secondunit.engines.physics.bodies_setup import ABSENT, STANDING, BodyModel
from secondunit.errors import BadInput

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ContactCache:
    """Last step's p pairs: sorted `key` (p,), and what the next step takes over (see `kernels.solver_rest`)."""

    key: I64
    hint: I32
    count: I32
    ra: F32
    warm: F32
    drag: F32
    spin: F32
    allow: F32

    @classmethod
    def empty(cls, p: int = 0) -> ContactCache:
        """p pairs that never touched."""
        return cls(
            np.zeros(p, np.int64),
            np.zeros(p, np.int32),
            np.zeros(p, np.int32),
            np.zeros((p, 4, 3), np.float32),
            np.zeros((p, 4), np.float32),
            np.zeros((p, 3), np.float32),
            np.zeros(p, np.float32),
            np.zeros(p, np.float32),
        )


@dataclass
class Snapshot:
    """The state of a run after frame `frame`; N bodies as in `BodyModel`.

    `step` counts steps; `pos` (N, 3), `quat` (N, 4), `vel` (N, 3), `spin` (N, 3); `mode` (N,) ABSENT to ASLEEP;
    `still` (N,) seconds slow; `released` (N,) second at which a body came free; `crushed` (N,) chunks that
    break at the next step; `contacts` of the last step.
    """

    frame: int
    step: int
    pos: F64
    quat: F64
    vel: F64
    spin: F64
    mode: U8
    still: F64
    released: F64
    crushed: U8
    contacts: ContactCache

    @classmethod
    def at_rest(cls, model: BodyModel) -> Snapshot:
        """The building as it stands."""
        n = model.n_bodies
        mode = np.full(n, STANDING, np.uint8)
        mode[model.n_chunks : model.n_chunks + model.n_fragments] = ABSENT
        return cls(
            0,
            0,
            model.centre.copy(),
            model.quat.copy(),
            np.zeros((n, 3)),
            np.zeros((n, 3)),
            mode,
            np.zeros(n),
            np.full(n, np.inf),
            np.zeros(n, np.uint8),
            ContactCache.empty(),
        )

    def copy(self) -> Snapshot:
        """A snapshot that shares no array with this one."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "contacts"}
        own = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in own.items()}
        cache = {f.name: getattr(self.contacts, f.name).copy() for f in fields(ContactCache)}
        return Snapshot(**own, contacts=ContactCache(**cache))

    def save(self, path: Path) -> None:
        """Write everything to one `.npz`."""
        own: dict[str, Any] = {
            f.name: np.asarray(getattr(self, f.name)) for f in fields(self) if f.name != "contacts"
        }
        cache: dict[str, Any] = {
            f"contacts_{f.name}": getattr(self.contacts, f.name) for f in fields(ContactCache)
        }
        np.savez(path, **own, **cache)

    @classmethod
    def load(cls, path: Path) -> Snapshot:
        """Read what `save` wrote; raises `BadInput` when it is not a snapshot."""
        try:
            with np.load(path) as data:
                own = {f.name: data[f.name] for f in fields(cls) if f.name != "contacts"}
                cache = {f.name: data[f"contacts_{f.name}"] for f in fields(ContactCache)}
        except (OSError, KeyError, ValueError, EOFError) as error:
            raise BadInput(
                f"`{path}` is not a snapshot of rigid bodies", hint="delete it; the run starts over"
            ) from error
        own["frame"], own["step"] = int(own["frame"]), int(own["step"])
        return cls(**own, contacts=ContactCache(**cache))

    def checked(self, model: BodyModel) -> Snapshot:
        """A copy to go on from; raises `BadInput` when it belongs to another building."""
        if len(self.pos) != model.n_bodies:
            raise BadInput(
                f"the snapshot holds {len(self.pos)} bodies and the building {model.n_bodies}",
                hint="delete it; the run starts over",
            )
        return self.copy()
