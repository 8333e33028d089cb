"""The data gate: kernel ridge against scikit-learn; linear data do not pass it, bent data do."""

from dataclasses import replace

import numpy as np
import pytest

from core.data.performances import STEP
from core.errors import ValueRangeError
from core.evaluation import gate


def test_kernel_ridge_is_scikit_learns():
    kernels = pytest.importorskip("sklearn.kernel_ridge")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 204)), rng.normal(size=(40, 6)).astype(np.float32)
    kernel, other = gate.Kernel(204.0, 15.0, 0.5), rng.normal(size=(5, 204))
    made = next(gate.kernel_ridge(kernel, gate.Sample(x, y), other, (0.1,)))
    centred = x - x.mean(axis=0)
    gram = kernel(centred, centred)
    scale = np.trace(gram) / 40
    theirs = kernels.KernelRidge(alpha=0.1 * scale, kernel="precomputed").fit(gram, y - y.mean(axis=0))
    expected = theirs.predict(kernel(other - x.mean(axis=0), centred)) + y.mean(axis=0)
    assert np.allclose(made, expected, atol=1e-5)


def bent(performances, strength):
    """The same clips with their landmarks' squared length as motion of the surface beside what is linear in them."""
    rng = np.random.default_rng(3)
    x = performances.frame_landmarks.reshape(*performances.dense.shape[:2], -1) * 1000
    linear = np.einsum("cki,iv->ckv", x, rng.normal(size=(204, performances.dense[0, 0].size)) * 0.02)
    square = (np.square(x).sum(axis=2, keepdims=True) / 100) * np.sign(rng.normal(size=performances.dense[0, 0].size))
    moved = (linear + strength * square) * 1e-3
    return replace(performances, dense=np.round(moved.reshape(performances.dense.shape) / STEP).astype(np.int16))


def test_linear_data_do_not_pass_and_bent_data_do(tiny):
    people = np.arange(3)
    ridge, kernel = gate.per_person(bent(tiny, 0.0), people)
    assert kernel > gate.LIMIT * ridge
    ridge, kernel = gate.per_person(bent(tiny, 0.2), people)
    assert kernel < gate.LIMIT * ridge


def test_the_table_names_its_ratios(tiny):
    (table,) = gate.gate(replace(tiny, name="recorded"), lambda fraction, what: None)
    assert set(table.metrics) == {"gate_person_ratio", "gate_pooled_ratio"} and len(table.rows) == 2
    (noisy,) = gate.gate(replace(tiny, name="recorded", noise=1e-4), lambda fraction, what: None)
    assert noisy.metrics["gate_exact_person_ratio"] == table.metrics["gate_person_ratio"] and len(noisy.rows) == 4
    assert noisy.rows[0][1] > table.rows[0][1]
    assert table.rows[0][3] == table.metrics["gate_person_ratio"] == pytest.approx(table.rows[0][2] / table.rows[0][1])


def test_test_and_training_takes_do_not_mix(tiny):
    known, aside, test = gate.parts(tiny, tiny.person == 2)
    assert set(tiny.take[known]) == {0} and set(tiny.take[aside]) == {1} and set(tiny.take[test]) == {2}
    with pytest.raises(ValueRangeError, match="at least 3 takes"):
        gate.parts(tiny, tiny.take < 2)
