"""A stand-in for core.api whose calls are slow, loud or wrong on purpose; everything else in the worker is the real thing."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.runtime.client import WorkerClient

ROOT = Path(__file__).resolve().parents[3]
API = """
import os, sys, time
from dataclasses import dataclass
import numpy as np
from .errors import MeshError


@dataclass(frozen=True)
class Shape:
    points: np.ndarray
    name: str


__all__ = ["quiet", "double", "where", "patient", "deaf", "loud", "bad_mesh", "bug", "loop_of_itself"]


def quiet(fraction, what):
    pass


def double(shape: Shape, *, factor=2.0, progress=quiet) -> Shape:
    progress(0.5, "doubling")
    return Shape(factor * shape.points, shape.name)


def where(*, backend=None):
    return (backend.name, backend.device, os.getpid())


def patient(*, progress=quiet):
    for step in range(2000):
        progress(step / 2000, f"step {step}")
        time.sleep(0.01)


def deaf():
    time.sleep(60)


def loud():
    print("x" * 100_000)
    sys.stdout.flush()
    os.write(1, b"y" * 300_000)
    os.system("echo from a child")
    return "quiet again"


def bad_mesh():
    raise MeshError("the mesh 'Cube' has no face")


def bug():
    return 1 // 0


def loop_of_itself():
    return object()


def _hidden():
    return "never"
"""


@dataclass(frozen=True)
class Shape:
    points: np.ndarray
    name: str


@pytest.fixture(scope="session")
def fake_worker(tmp_path_factory) -> Path:
    core = tmp_path_factory.mktemp("with spaces") / "core"
    shutil.copytree(ROOT / "core" / "runtime", core / "runtime")
    for name in ("__init__.py", "atomic.py", "errors.py", "labels.py", "npz.py"):
        shutil.copy(ROOT / "core" / name, core / name)
    (core / "api.py").write_text(API, "utf-8")
    return core / "runtime" / "worker.py"


@pytest.fixture
def client(fake_worker):
    with WorkerClient(sys.executable, worker=fake_worker, known={"Shape": Shape}) as made:
        yield made


@pytest.fixture
def shape() -> Shape:
    return Shape(np.arange(6, dtype=np.float64).reshape(2, 3), "head")
