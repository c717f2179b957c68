"""Rigid bodies of a collapse: CPU seconds, memory and quality for n and 2 n fragments, and PyBullet on the same input.

usage: python benchmarks/bodies.py [--fragments 5000] [--frames 72] [--bullet]

Prints one JSON object. Each size runs in a process of its own (peak memory is the process's), after a run on a small
house that compiles everything. PyBullet is no dependency: install it in another environment that can import this
package and pass `--bullet` there (it has no wheels beyond Python 3.11).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time

import numpy as np

from secondunit.engines.physics import rubble, rubble_heap
from secondunit.engines.physics.bodies import BodySimulation
from secondunit.engines.physics.breakup import Breakup
from secondunit.engines.physics.failure import FailurePlan, plan_failure
from secondunit.engines.physics.fracture import break_building
from secondunit.slate.building import Block, Building, Window
from secondunit.slate.camera import Ground

RATE = 24.0
CLICK = (1.5, 0.0, 1.0)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def _house(n: int) -> tuple[Breakup, FailurePlan]:
    """A two-storey brick house of 12 × 8 m with windows, broken into n fragments."""
    windows = tuple(
        Window(face, x, x + 1.1, 3 * storey + 0.9, 3 * storey + 2.2)
        for face, width in ((0, 12.0), (1, 8.0), (2, 12.0), (3, 8.0))
        for storey in range(2)
        for x in np.arange(0.9, width - 1.9, 2.4).tolist()
    )
    block = Block("house", ((0, 0), (12, 0), (12, 8), (0, 8)), 0.0, 6.0, 2, windows=windows)
    breakup = break_building(Building((block,)), n_fragments=n, seed=1, click=CLICK)
    plan = plan_failure(breakup, click=CLICK, start_frame=4, front_speed=9.0, rate=RATE, seed=1)
    return breakup, plan


def _ours(n: int, n_frames: int) -> dict[str, object]:
    small, plan = _house(200)
    run = BodySimulation(small, plan, Ground(), rate=RATE)
    for _ in range(30):
        run.advance()
    breakup, plan = _house(n)
    before, cpu, wall = _memory(), _cpu(), time.perf_counter()
    run = BodySimulation(breakup, plan, Ground(), rate=RATE)
    frames = [run.first_frame()] + [run.advance() for _ in range(n_frames - 1)]
    cpu, wall, memory = _cpu() - cpu, time.perf_counter() - wall, _memory()
    deep = rubble_heap.penetration(breakup, frames[-1], Ground())
    return {
        "fragments": breakup.n_fragments,
        "chunks": breakup.n_chunks,
        "frames": n_frames,
        "cpu_s": round(cpu, 2),
        "wall_s": round(wall, 2),
        "peak_mb": round(memory),
        "added_mb": round(memory - before),
        "rebound_share": rubble.rebound_share(frames),
        "peak_fall_g": round(rubble.peak_fall_acceleration(breakup, frames, RATE), 3),
        "restless_share": rubble.restless_share(frames[-1]),
        "penetration_p99_m": round(deep.p99, 4),
        "bulking": round(rubble_heap.bulking(breakup, frames[-1], Ground()), 2),
    }


def _bullet(n: int, n_frames: int, steps: int = 5) -> dict[str, object]:
    """The same pieces let go by the same plan in PyBullet: chunks fall whole and break as ours would."""
    import pybullet as p

    breakup, plan = _house(n)
    kids = [np.flatnonzero(breakup.chunk == c) for c in range(breakup.n_chunks)]
    cpu = _cpu()
    p.connect(p.DIRECT)
    p.setGravity(0, 0, -9.81)
    p.setPhysicsEngineParameter(fixedTimeStep=1 / RATE / steps, numSolverIterations=8, numSubSteps=0)
    floor = p.createCollisionShape(p.GEOM_BOX, halfExtents=[80, 80, 1])
    p.changeDynamics(p.createMultiBody(0, floor, -1, [6, 4, -1]), -1, lateralFriction=0.7)

    def body(points, centre, mass, at, turn):  # type: ignore[no-untyped-def]
        shape = p.createCollisionShape(p.GEOM_MESH, vertices=((points - centre) * 0.97).tolist())
        made = p.createMultiBody(mass, shape, -1, at, turn)
        p.changeDynamics(made, -1, lateralFriction=0.5, restitution=0.0, collisionMargin=0.004)
        if mass > 0:
            p.changeDynamics(made, -1, activationState=p.ACTIVATION_STATE_ENABLE_SLEEPING)
        return made

    def hull(points, start, i):  # type: ignore[no-untyped-def]
        return points[start[i] : start[i + 1]].astype(float)

    mass = breakup.volume.astype(float) * breakup.density
    centre = breakup.chunk_centre.astype(float)
    whole = [hull(breakup.chunk_hull_points, breakup.chunk_hull_start, c) for c in range(breakup.n_chunks)]
    stands = [body(whole[c], centre[c], 0, centre[c].tolist(), [0, 0, 0, 1]) for c in range(breakup.n_chunks)]
    falls: dict[int, int] = {}
    pieces: list[int] = []
    last = np.zeros((breakup.n_chunks, 3))
    due = np.argsort(plan.release, kind="stable").tolist()
    for step in range((n_frames - 1) * steps):
        now = step / RATE / steps
        while due and plan.release[due[0]] <= now:
            c = due.pop(0)
            p.removeBody(stands[c])
            falls[c] = body(whole[c], centre[c], mass[kids[c]].sum(), centre[c].tolist(), [0, 0, 0, 1])
            p.resetBaseVelocity(falls[c], plan.lean[c].tolist(), [0, 0, 0])
            last[c] = plan.lean[c]
        p.stepSimulation()
        for c, made in list(falls.items()):
            v, w = (np.array(x) for x in p.getBaseVelocity(made))
            jump = np.linalg.norm(v - last[c] + [0, 0, 9.81 / RATE / steps])
            last[c] = v
            if jump < plan.break_speed[c] and now - plan.release[c] < plan.whole_for[c]:
                continue
            at, turn = p.getBasePositionAndOrientation(made)
            rot = np.array(p.getMatrixFromQuaternion(turn)).reshape(3, 3)
            p.removeBody(made)
            del falls[c]
            for i in kids[c]:
                arm = rot @ (breakup.centre[i] - centre[c])
                points = hull(breakup.hull_points, breakup.hull_start, i)
                piece = body(points, breakup.centre[i], max(mass[i], 0.02), (np.array(at) + arm).tolist(), turn)
                p.resetBaseVelocity(piece, (v + np.cross(w, arm)).tolist(), w.tolist())
                pieces.append(piece)
    speed = [float(np.linalg.norm(p.getBaseVelocity(i)[0])) for i in pieces + list(falls.values())]
    return {
        "fragments": breakup.n_fragments,
        "frames": n_frames,
        "steps_per_frame": steps,
        "cpu_s": round(_cpu() - cpu, 2),
        "peak_mb": round(_memory()),
        "restless_share": float(np.mean(np.array(speed) > 0.3)),
    }


def _apart(kind: str, n: int, frames: int) -> dict[str, object]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, __file__, "--only", kind, "--fragments", str(n), "--frames", str(frames)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ.copy())
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fragments", type=int, default=5000)
    parser.add_argument("--frames", type=int, default=72)
    parser.add_argument("--bullet", action="store_true", help="also run PyBullet")
    parser.add_argument("--only", choices=["ours", "bullet"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        print(json.dumps((_ours if given.only == "ours" else _bullet)(given.fragments, given.frames)))
        return
    result: dict[str, object] = {"threads": os.environ.get("NUMBA_NUM_THREADS", "default")}
    one = _apart("ours", given.fragments, given.frames)
    two = _apart("ours", 2 * given.fragments, given.frames)
    result |= {"n": one, "2n": two, "cpu_ratio_2n": round(float(str(two["cpu_s"])) / float(str(one["cpu_s"])), 2)}
    if given.bullet and importlib.util.find_spec("pybullet"):
        peer = _apart("bullet", given.fragments, given.frames)
        result |= {"pybullet": peer, "pybullet_over_ours": float(str(peer["cpu_s"])) / float(str(one["cpu_s"]))}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
