"""`python -m core benchmark`: medians in seconds, and the same as ratios to a fixed piece of arithmetic timed in the same run.

Seconds belong to one machine; the ratio is what may be compared between machines and versions.
"""

from __future__ import annotations

import functools
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import trimesh

from .. import api
from ..errors import ValueRangeError
from ..head.adaptation import Adaptation
from ..head.files import read_head
from ..head.mesh import HeadMesh
from ..head.template import load_template
from ..motion.sequence import Cue, Sequence
from ..runtime.backend import OnnxBackend
from .benchmark_photos import PHOTOS, Benchmark
from .tables import versions, write_json

DEMO_HEAD = Path(__file__).resolve().parents[2] / "demo" / "head.obj"
SMALL, USUAL, DENSE = 5_000, 25_000, 500_000  # vertices


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
    """The demo head, every triangle split as often as fits and then just enough of them to reach `count` vertices; of fewer the template."""
    mesh = read_head(DEMO_HEAD)
    if count < len(mesh.vertices):
        template = load_template()
        return HeadMesh(template.vertices.astype(np.float64), template.triangles, f"template, {len(template.vertices)}")
    vertices, triangles = mesh.vertices, mesh.triangles
    while 4 * len(vertices) <= count:
        vertices, triangles = trimesh.remesh.subdivide(vertices, triangles)
    missing = max(count - len(vertices), 0)
    vertices, triangles = trimesh.remesh.subdivide(vertices, triangles, face_index=np.arange(min(missing * 2 // 3, len(triangles))))
    return HeadMesh(np.asarray(vertices), np.asarray(triangles), f"demo head, {count}")


@functools.cache
def fitted(count: int) -> tuple[HeadMesh, Adaptation]:
    """A head of `count` vertices and its adaptation, made once for all that start from it."""
    mesh = head_of(count)
    return mesh, api.adapt(mesh)


def _landmarks() -> Callable[[], object]:
    mesh = head_of(USUAL)
    return lambda: api.detect_landmarks(mesh)


def _adapt(count: int) -> Callable[[], object]:
    mesh = head_of(count)
    return lambda: api.adapt(mesh)


def _generate(count: int) -> Callable[[], object]:
    (mesh, adaptation), backend = fitted(count), OnnxBackend()
    return lambda: api.generate(mesh, "surprise", frames=30, adaptation=adaptation, backend=backend)


def _arkit(count: int) -> Callable[[], object]:
    mesh, adaptation = fitted(count)
    return lambda: api.arkit_keys(mesh, adaptation=adaptation)


def _direct(on_arkit: bool) -> Callable[[], object]:
    (mesh, adaptation), backend = fitted(USUAL), OnnxBackend()
    onto = api.arkit_keys(mesh, adaptation=adaptation).keys if on_arkit else None
    labels = ("happiness", "surprise", "sadness", "anger")
    cues = tuple(Cue(label, start=2.25 * k, attack=0.75, hold=1.0, release=1.0) for k, label in enumerate(labels))
    sequence = Sequence(cues, length=10.0, blinks=15.0, idle=0.3)
    return lambda: api.direct(mesh, sequence, fps=24.0, adaptation=adaptation, onto=onto, backend=backend)


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


BENCHMARKS: dict[str, Benchmark] = {
    "landmarks": (_landmarks, "68 landmarks on a head of 25,000 vertices", 3),
    "adapt": (lambda: _adapt(USUAL), "landmarks, registration and matching, 25,000 vertices", 3),
    "generate": (lambda: _generate(USUAL), "30 frames on an adapted head of 25,000 vertices, keys included", 5),
    "generate_small": (lambda: _generate(SMALL), "the same on 5,000 vertices", 5),
    "direct": (lambda: _direct(False), "10 s of four expressions with blinks, keys of its own, 25,000 vertices", 3),
    "direct_arkit": (lambda: _direct(True), "the same as weights on the 52 ARKit keys", 3),
    "arkit": (lambda: _arkit(USUAL), "52 ARKit keys on an adapted head of 25,000 vertices", 5),
    "adapt_dense": (lambda: _adapt(DENSE), "landmarks, registration and matching, 500,000 vertices", 1),
    "arkit_dense": (lambda: _arkit(DENSE), "52 ARKit keys on an adapted head of 500,000 vertices", 1),
    "motion": (_motion, "Motion3DGAN, one clip", 20),
    "dense": (_dense, "S2D-Dec, 30 frames", 20),
    **PHOTOS,
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
    print(f"{'benchmark':<16}{'seconds':>10}{'x reference':>13}  what")
    for row in result["rows"]:
        print(f"{row['benchmark']:<16}{row['seconds']:>10.4f}{row['ratio']:>13.2f}  {row['what']}")
    if out is not None:
        write_json(out, result)
