"""The real core.api in a real worker: the embedded backend and torch give one result, whichever process they run in."""

import sys

import numpy as np
import pytest

from core import api
from core.errors import LabelError, MeshError
from core.head.mesh import HeadMesh
from core.runtime.client import WorkerClient


@pytest.fixture(scope="module")
def embedded(head, adaptation):
    return head, api.generate(head, "surprise", seed=3, adaptation=adaptation)


@pytest.fixture(scope="module")
def worker():
    with WorkerClient(sys.executable, backend="torch", device="cpu") as client:
        yield client


def test_torch_in_a_worker_equals_embedded(worker, embedded):
    mesh, here = embedded
    heard = []
    there = worker.call(
        "generate", {"mesh": mesh, "expression": "surprise", "seed": 3, "adaptation": here.adaptation}, lambda *report: heard.append(report)
    )
    assert (worker.backend, worker.device) == ("torch", "cpu")
    size = np.ptp(mesh.vertices)
    difference = there.keys.vertices(mesh.vertices) - here.keys.vertices(mesh.vertices)
    assert np.abs(difference).max() < 1e-4 * size
    np.testing.assert_allclose(there.clip.displacement, here.clip.displacement, atol=1e-4)
    assert heard and all(0 <= fraction <= 1 for fraction, _ in heard)


def test_the_adaptation_comes_back_bit_for_bit(worker, embedded):
    mesh, here = embedded
    there = worker.call("generate", {"mesh": mesh, "expression": "anger", "frames": 2, "adaptation": here.adaptation}).adaptation
    for name, value in vars(here.adaptation).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(there, name), value)


def test_labels(worker):
    assert worker.call("labels", {}) == api.labels()


def test_errors_are_those_of_the_api(worker, embedded):
    mesh, _ = embedded
    with pytest.raises(LabelError, match="Did you mean surprise"):
        worker.call("generate", {"mesh": mesh, "expression": "suprise"})
    broken = HeadMesh(np.full((3, 3), np.nan), np.array([[0, 1, 2]], np.int32), "Broken")
    with pytest.raises(MeshError, match="Broken"):
        worker.call("generate", {"mesh": broken, "expression": "surprise"})
