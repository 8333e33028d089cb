"""`python -m core benchmark`: medians in seconds, and the same as ratios to a fixed piece of arithmetic timed in the same run.

Seconds belong to one machine; the ratio is what may be compared between machines and versions.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import trimesh

from .. import api
from ..errors import ValueRangeError
from ..head.files import read_head
from ..head.mesh import HeadMesh
from ..head.template import load_template
from ..runtime.backend import OnnxBackend
from .tables import versions, write_json

DEMO_HEAD = Path(__file__).resolve().parents[2] / "demo" / "head.obj"
USUAL, DENSE = 25_000, 500_000  # vertices


def reference() -> None:
    """The yardstick: one singular value decomposition of a fixed 400 x 400 matrix."""
    np.linalg.svd(np.random.default_rng(0).normal(size=(400, 400)))


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Median wall time of `work`, after one call that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def head_of(count: int) -> HeadMesh:
    """The demo head, every triangle split as often as fits and then just enough of them to reach `count` vertices."""
    mesh = read_head(DEMO_HEAD)
    vertices, triangles = mesh.vertices, mesh.triangles
    while 4 * len(vertices) <= count:
        vertices, triangles = trimesh.remesh.subdivide(vertices, triangles)
    missing = max(count - len(vertices), 0)
    vertices, triangles = trimesh.remesh.subdivide(vertices, triangles, face_index=np.arange(min(missing * 2 // 3, len(triangles))))
    return HeadMesh(np.asarray(vertices), np.asarray(triangles), f"demo head, {count}")


def _adapt() -> Callable[[], object]:
    mesh = head_of(USUAL)
    return lambda: api.adapt(mesh)


def _adapt_dense() -> Callable[[], object]:
    mesh = head_of(DENSE)
    return lambda: api.adapt(mesh)


def _arkit_dense() -> Callable[[], object]:
    mesh = head_of(DENSE)
    adaptation = api.adapt(mesh)
    return lambda: api.arkit_keys(mesh, adaptation=adaptation)


def _landmarks() -> Callable[[], object]:
    mesh = head_of(USUAL)
    return lambda: api.detect_landmarks(mesh)


def _generate() -> Callable[[], object]:
    mesh, backend = head_of(USUAL), OnnxBackend()
    adaptation = api.adapt(mesh)
    return lambda: api.generate(mesh, "surprise", frames=30, adaptation=adaptation, backend=backend)


def _arkit() -> Callable[[], object]:
    mesh = head_of(USUAL)
    adaptation = api.adapt(mesh)
    return lambda: api.arkit_keys(mesh, adaptation=adaptation)


def _motion() -> Callable[[], object]:
    backend = OnnxBackend()
    noise = np.random.default_rng(0).normal(size=(1, 128)).astype(np.float32)
    label = np.eye(len(api.labels()), dtype=np.float32)[:1]
    given = {"noise": noise, "label": label, "intensity": np.ones((1, 1), np.float32)}
    return lambda: backend.run("motion3dgan", given)


def _dense() -> Callable[[], object]:
    backend = OnnxBackend()
    batch = np.random.default_rng(0).normal(size=(30, 68, 3)).astype(np.float32) * 1e-3
    return lambda: backend.run("s2d_dec", {"landmarks": batch, "neutral": load_template().vertices[None]})


# name: (what prepares the work, what is measured, repeats)
BENCHMARKS: dict[str, tuple[Callable[[], Callable[[], object]], str, int]] = {
    "landmarks": (_landmarks, "68 landmarks on a head of 25,000 vertices", 3),
    "adapt": (_adapt, "landmarks, registration and matching, 25,000 vertices", 3),
    "generate": (_generate, "30 frames on an adapted head of 25,000 vertices, keys included", 5),
    "arkit": (_arkit, "52 ARKit keys on an adapted head of 25,000 vertices", 5),
    "adapt_dense": (_adapt_dense, "landmarks, registration and matching, 500,000 vertices", 1),
    "arkit_dense": (_arkit_dense, "52 ARKit keys on an adapted head of 500,000 vertices", 1),
    "motion": (_motion, "Motion3DGAN, one clip", 20),
    "dense": (_dense, "S2D-Dec, 30 frames", 20),
}


def run(name: str | None = None) -> dict:
    """{"metrics": {flat name: number}, "rows": [...], "versions": {...}} of one benchmark or all."""
    if name is not None and name not in BENCHMARKS:
        raise ValueRangeError(f"Unknown benchmark '{name}'. Known: {', '.join(BENCHMARKS)}.")
    yardstick = median_seconds(reference, 5)
    metrics, rows = {"reference_s": yardstick}, []
    for key in [name] if name else BENCHMARKS:
        prepare, what, repeats = BENCHMARKS[key]
        seconds = median_seconds(prepare(), repeats)
        metrics |= {f"{key}_s": seconds, f"{key}_ratio": seconds / yardstick}
        rows.append({"benchmark": key, "what": what, "seconds": seconds, "ratio": seconds / yardstick})
    return {"metrics": metrics, "rows": rows, "versions": versions()}


def main(name: str | None, out: Path | None) -> None:
    """Prints the table; writes it as JSON where `out` is given."""
    result = run(name)
    print(f"{'benchmark':<12}{'seconds':>10}{'x reference':>13}  what")
    for row in result["rows"]:
        print(f"{row['benchmark']:<12}{row['seconds']:>10.4f}{row['ratio']:>13.2f}  {row['what']}")
    if out is not None:
        write_json(out, result)
