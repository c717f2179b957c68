"""When each chunk of a standing building lets go: a front that runs from the click, and lost support."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from secondunit.engines.physics.breakup import Breakup, Part
from secondunit.errors import BadInput

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
B1 = npt.NDArray[np.bool_]

GRAVITY = 9.81
CLICK_RADIUS = 0.5  # metres: the first failure lies this near to the click

# Bearing stress a bond carries beyond what it carried at rest, Pa; and its scatter.
STRENGTH = {
    Part.WALL: 1.2e5,
    Part.WINDOW: 4e4,
    Part.SLAB: 2.5e5,
    Part.PARTITION: 6e4,
    Part.BEAM: 4e5,
    Part.FURNITURE: 1e5,
    Part.ROOF: 1.2e5,
}
# The velocity jump that breaks a falling chunk, m/s: from, to; and how long it may fall in one piece, s.
BREAK_SPEED = {
    Part.WALL: (0.8, 2.4),
    Part.WINDOW: (0.3, 0.9),
    Part.SLAB: (2.5, 6.0),
    Part.PARTITION: (0.6, 1.6),
    Part.BEAM: (4.0, 9.0),
    Part.FURNITURE: (2.0, 5.0),
    Part.ROOF: (1.0, 3.0),
}
WHOLE_FOR = {
    Part.WALL: (0.5, 1.6),
    Part.WINDOW: (0.1, 0.6),
    Part.SLAB: (3.0, 9.0),
    Part.PARTITION: (0.4, 1.4),
    Part.BEAM: (5.0, 9.0),
    Part.FURNITURE: (5.0, 9.0),
    Part.ROOF: (0.5, 1.8),
}
BOW = 0.5  # m/s, the fastest a released wall leans out
LAG = 0.16  # s an upper storey may hang on after the front has passed under it, for each storey up
_HANG = 4.0  # what a metre of hanging from above costs a load path, against a metre of standing on
_SIDE = 2.0  # the same for a metre sideways


@dataclass(frozen=True)
class FailurePlan:
    """When and how each of c chunks is let go.

    `release` (c,) seconds after the first frame of the shot; `by_front` (c,) True where the front itself reached
    it, False where it lost its support; `distance` (c,) metres the front had run when it reached the chunk's
    plan position; `lean` (c, 3) m/s given at release; `break_speed` (c,) m/s, the velocity jump that breaks it;
    `whole_for` (c,) seconds it may fall before it breaks by itself. `click` in world metres, `start` and `end`
    in seconds, `speed` m/s, `first` the chunk that fails first.
    """

    release: F64
    by_front: B1
    distance: F64
    lean: F64
    break_speed: F64
    whole_for: F64
    click: tuple[float, float, float]
    start: float
    end: float
    speed: float
    first: int

    def save(self, path: Path) -> None:
        """Write everything to one `.npz`."""
        values: dict[str, Any] = {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}
        np.savez(path, **values)

    @classmethod
    def load(cls, path: Path) -> FailurePlan:
        """Read what `save` wrote."""
        with np.load(path) as data:
            values = {f.name: data[f.name] for f in fields(cls)}
        for name in ("start", "end", "speed"):
            values[name] = float(values[name])
        values["first"] = int(values["first"])
        values["click"] = tuple(float(v) for v in values["click"])
        return cls(**values)


def plan_failure(
    breakup: Breakup,
    *,
    click: tuple[float, float, float],
    start_frame: int,
    front_speed: float,
    rate: float,
    seed: int,
    storey_lag: float = LAG,
    lean: float = BOW,
) -> FailurePlan:
    """Decide when each chunk lets go; gravity does the rest.

    The front starts at `click` (world metres) at `start_frame` (counted from the first frame of the shot) and
    runs at `front_speed` m/s of horizontal distance through the storey of the click and those below it; each
    storey below adds its depth under the click to the distance. A chunk above lets go when no path of standing
    bonds leads from it to the ground, when its bonds bear more than their strength, or `storey_lag` seconds a
    storey after the front has passed below, whichever is first. *The end* of the front is the moment it reaches
    the farthest chunk it reaches at all; every chunk is released by the end + 1 frame.

    `rate` frames a second; `lean` m/s the most a wall leans out when let go. Raises `BadInput` for a speed or
    frame that cannot be, or a click more than 0.5 m off the building.
    """
    _check(breakup, start_frame, front_speed, rate)
    rng = np.random.default_rng(seed)
    start = start_frame / rate
    first, reach = _nearest_chunk(breakup, click)
    if reach > CLICK_RADIUS:
        raise BadInput(
            f"the click lies {reach:.1f} m off the building",
            hint="click on a wall, window or roof of the building",
        )
    distance, led = _front(breakup, click, first)
    end = start + float(distance[led].max()) / front_speed
    passed = start + distance / front_speed
    storey = np.asarray(breakup.chunk_storey, np.int64)
    above = np.maximum(storey - storey[first], 0)
    latest = np.where(led, passed, passed + storey_lag * above * rng.uniform(0.6, 1.3, len(storey)))
    latest = np.minimum(latest, end + 0.5 / rate)
    release, by_front = _let_go(breakup, led, passed, latest, rate, end, rng)
    return FailurePlan(
        release=release,
        by_front=by_front,
        distance=distance,
        lean=_lean(breakup, lean, rng),
        break_speed=_draw(breakup, BREAK_SPEED, rng) * np.where(storey > storey.min(), 1.7, 1.0),
        whole_for=_draw(breakup, WHOLE_FOR, rng) * np.where(_crumbles_at_once(breakup), 0.12, 1.0),
        click=click,
        start=start,
        end=end,
        speed=front_speed,
        first=first,
    )


def _check(breakup: Breakup, start_frame: int, front_speed: float, rate: float) -> None:
    if breakup.n_chunks == 0:
        raise BadInput("the building has no chunks to let go", hint="break the building first")
    if not 0.1 <= front_speed <= 1000:
        raise BadInput(f"a front speed of {front_speed:g} m/s", hint="use 0.1 to 1000 m/s; 5 to 20 look right")
    if start_frame < 0 or not rate > 0:
        raise BadInput(
            f"the failure starts at frame {start_frame} at {rate:g} frames/s", hint="start at 0 or later"
        )


def _nearest_chunk(breakup: Breakup, click: tuple[float, float, float]) -> tuple[int, float]:
    """(chunk, distance in metres from the click to its box)."""
    start = np.asarray(breakup.chunk_hull_start[:-1], np.int64)
    points = np.asarray(breakup.chunk_hull_points, np.float64)
    low, high = np.minimum.reduceat(points, start), np.maximum.reduceat(points, start)
    away = np.maximum(np.maximum(low - np.asarray(click), np.asarray(click) - high), 0.0)
    gap = np.linalg.norm(away, axis=1)
    # several boxes may hold the click: the one with the nearest centre is meant
    score = gap + 1e-3 * np.linalg.norm(np.asarray(breakup.chunk_centre, np.float64) - np.asarray(click), axis=1)
    best = int(np.argmin(score))
    return best, float(gap[best])


def _front(breakup: Breakup, click: tuple[float, float, float], first: int) -> tuple[F64, B1]:
    """(distance of the front at each chunk in metres, whether the front leads there or support does)."""
    centre = np.asarray(breakup.chunk_centre, np.float64)
    storey = np.asarray(breakup.chunk_storey, np.int64)
    distance: F64 = np.hypot(centre[:, 0] - click[0], centre[:, 1] - click[1])
    led: B1 = storey <= storey[first]
    below = storey < storey[first]
    depth = np.where(below, np.maximum(click[2] - centre[:, 2], 0.0), 0.0)
    distance = distance + depth
    distance[first] = 0.0
    return distance, led


def _let_go(
    breakup: Breakup, led: B1, passed: F64, latest: F64, rate: float, end: float, rng: np.random.Generator
) -> tuple[F64, B1]:
    """Frame by frame: (release time of each chunk, whether by the front)."""
    release = np.where(led, passed, np.inf)
    by_front = led.copy()
    graph = _Bonds(breakup, rng)
    frame = int(np.floor(passed.min() * rate))
    last = int(np.ceil(end * rate)) + 1
    for k in range(frame, last + 1):
        now = k / rate
        overload = True
        while True:
            standing = release > now
            if not standing.any():
                return release, by_front
            gone = graph.fails(standing, (passed <= now) & overload) | (standing & (latest <= now))
            if not gone.any():
                break
            overload = False  # loads find their new ways by the next frame; lost support shows at once
            release[gone] = np.maximum(now - rng.uniform(0.0, 0.9, int(gone.sum())) / rate, passed.min())
            by_front[gone] = False
    by_front[release > last / rate] = False
    return np.minimum(release, last / rate), by_front


class _Bonds:
    """The graph of chunks that lean on each other, and what each bond can bear."""

    def __init__(self, breakup: Breakup, rng: np.random.Generator) -> None:
        self.n = breakup.n_chunks
        centre = np.asarray(breakup.chunk_centre, np.float64)
        bonds = np.asarray(breakup.bonds, np.int64).reshape(-1, 2)
        self.a, self.b = bonds[:, 0], bonds[:, 1]
        self.area = np.asarray(breakup.bond_area, np.float64)
        self.grounded = np.asarray(breakup.grounded, bool)
        rise = centre[self.b, 2] - centre[self.a, 2]
        side = np.linalg.norm((centre[self.b] - centre[self.a])[:, :2], axis=1)
        # cost of carrying b's load to a, and a's to b: standing on is cheap, hanging is dear
        self.b_to_a = _SIDE * side + np.where(rise > 0, rise, -_HANG * rise) + 1e-3
        self.a_to_b = _SIDE * side + np.where(rise < 0, -rise, _HANG * rise) + 1e-3
        mass = np.bincount(
            breakup.chunk,
            np.asarray(breakup.volume, float) * np.asarray(breakup.density, float),
            minlength=self.n,
        )
        self.weight = GRAVITY * mass
        strength = np.array([STRENGTH[Part(p)] for p in breakup.chunk_part])
        stress, _ = self.stress(np.ones(self.n, bool))
        self.bears = np.maximum(1.5 * stress, strength * rng.uniform(0.6, 1.4, self.n))

    def stress(self, standing: B1) -> tuple[F64, B1]:
        """(bearing stress of each chunk's supports in Pa, whether it has a path to the ground)."""
        keep = standing[self.a] & standing[self.b]
        a, b, area = self.a[keep], self.b[keep], self.area[keep]
        cost = self._cost(a, b, keep, standing)
        up = np.concatenate([a, b])
        down = np.concatenate([b, a])
        both = np.concatenate([area, area])
        helps = cost[down] < cost[up]  # `down` is nearer to the ground: it bears `up`
        up, down, both = up[helps], down[helps], both[helps]
        borne = np.bincount(up, both, minlength=self.n)
        borne = np.where(self.grounded, np.maximum(borne, 0.1), borne)
        load = np.where(standing, self.weight, 0.0)
        order = np.argsort(-cost[up], kind="stable")
        share = both / np.maximum(borne[up], 1e-9)
        _pass_down(up[order], down[order], share[order], self.grounded, load)
        return load / np.maximum(borne, 1e-4), np.isfinite(cost)

    def _cost(self, a: npt.NDArray[np.int64], b: npt.NDArray[np.int64], keep: B1, standing: B1) -> F64:
        """Cheapest way for the load of each chunk to the ground; inf where there is none."""
        ground = self.n
        feet = np.flatnonzero(self.grounded & standing)
        # dijkstra runs from the ground outwards: an edge i → j carries j's load to i
        rows = np.concatenate([a, b, np.full(len(feet), ground)])
        cols = np.concatenate([b, a, feet])
        data = np.concatenate([self.b_to_a[keep], self.a_to_b[keep], np.full(len(feet), 1e-3)])
        graph = coo_matrix((data, (rows, cols)), shape=(self.n + 1, self.n + 1)).tocsr()
        cost: F64 = np.asarray(dijkstra(graph, indices=np.array([ground])), np.float64)[0, : self.n]
        cost[~standing] = np.inf
        return cost

    def fails(self, standing: B1, passed: B1) -> B1:
        """Standing chunks without a path to the ground, or behind the front and overloaded."""
        stress, held = self.stress(standing)
        gone: B1 = standing & (~held | (passed & (stress > self.bears)))
        return gone


def _pass_down(
    up: npt.NDArray[np.int64], down: npt.NDArray[np.int64], share: F64, grounded: B1, load: F64
) -> None:
    """Hand each chunk's load to what bears it, the dearest first, so that each is complete when handed on."""
    for u, d, s in zip(up.tolist(), down.tolist(), share.tolist(), strict=True):
        if not grounded[u]:
            load[d] += s * load[u]


def _lean(breakup: Breakup, most: float, rng: np.random.Generator) -> F64:
    """Outward velocity of wall chunks, from the middle of the storeys outwards; 0 for all others."""
    centre = np.asarray(breakup.chunk_centre, np.float64)
    out = centre[:, :2] - 0.5 * (centre[:, :2].max(0) + centre[:, :2].min(0))
    half = np.maximum(np.abs(out).max(0), 1e-6)
    unit = out / half
    # only along the axis on which the chunk lies outermost, so that faces bow and corners follow both
    away = np.where(np.abs(unit) > 0.9, np.sign(unit), 0.0)
    skin = np.isin(breakup.chunk_part, [Part.WALL, Part.WINDOW])
    v = np.zeros((len(centre), 3))
    v[:, :2] = away * (most * rng.uniform(0.1, 0.9, (len(centre), 1))) * skin[:, None]
    size = np.linalg.norm(v, axis=1, keepdims=True)
    leaning: F64 = v * np.minimum(1.0, most / np.maximum(size, 1e-9))
    return leaning


def _crumbles_at_once(breakup: Breakup) -> B1:
    """Walls of the lowest storey: the load above grinds them as they go."""
    lowest = breakup.chunk_storey == breakup.chunk_storey.min()
    soft: B1 = lowest & np.isin(breakup.chunk_part, [Part.WALL, Part.WINDOW, Part.PARTITION])
    return soft


def _draw(breakup: Breakup, table: dict[Part, tuple[float, float]], rng: np.random.Generator) -> F64:
    low = np.array([table[Part(p)][0] for p in breakup.chunk_part])
    high = np.array([table[Part(p)][1] for p in breakup.chunk_part])
    drawn: F64 = rng.uniform(low, high)
    return drawn
