"""The shipped morphable model, a user's own, and files that are neither."""

import numpy as np
import pytest

from core.errors import ModelError
from core.head.template import ID, load_template
from core.morphable.fit import fit_landmarks
from core.morphable.model import PATH, load_model, read_model


def arrays() -> dict[str, np.ndarray]:
    with np.load(PATH, allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def saved(folder, data):
    path = folder / "own.npz"
    np.savez(path, **data)
    return path


def test_the_shipped_model_is_whole_and_small():
    model, template = load_model(), load_template()
    assert model.template == ID and model.triangles.shape == template.triangles.shape
    assert model.shape.shape == (40, len(template.vertices), 3) and model.expression.shape == (10, len(template.vertices), 3)
    assert model.arkit_names == template.arkit_names
    np.testing.assert_allclose(model.arkit, template.arkit_fields(), atol=2e-5)
    assert PATH.stat().st_size < 5e6


def test_a_coefficient_of_one_is_one_standard_deviation_and_the_largest_come_first():
    model = load_model()
    size = np.linalg.norm(model.shape[:, model.face], axis=(1, 2))
    assert (np.diff(model.shape_deviation) <= 0).all() and (np.diff(model.expression_deviation) <= 0).all()
    assert size[0] > 3 * size[-1]
    assert np.abs(model.vertices(np.eye(50)[0]) - model.mean).max() == pytest.approx(np.abs(model.shape[0]).max(), rel=1e-4)
    np.testing.assert_array_equal(model.vertices(np.zeros(62)), model.mean)
    assert model.vertices(np.zeros((3, 62))).shape == (3, *model.mean.shape)


def test_components_are_symmetric_or_antisymmetric():
    model = load_model()
    points = model.landmarks.points(model.shape.astype(float), model.triangles)
    brows = points[:, [17, 26]] * 1000
    straight, mirrored = brows[:, 0], brows[:, 1] * [-1.0, 1.0, 1.0]
    even = np.linalg.norm(straight - mirrored, axis=1) < 0.05 + 0.02 * np.linalg.norm(straight, axis=1)
    odd = np.linalg.norm(straight + mirrored, axis=1) < 0.05 + 0.02 * np.linalg.norm(straight, axis=1)
    assert (even | odd).all() and even.sum() > odd.sum() > 0


def test_a_users_own_model_in_another_unit_axes_and_order(tmp_path):
    """Centimetres, Y up, vertices reversed, more components than are used, nothing but what a file must have."""
    data, own = load_model(), arrays()
    turn = 100.0 * np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
    count = len(data.mean)
    path = saved(
        tmp_path,
        {
            "mean": (own["mean"] @ turn.T + [3.0, 160.0, 5.0])[::-1],
            "triangles": count - 1 - own["triangles"],
            "shape_basis": np.concatenate([own["shape_basis"], own["shape_basis"][:5]])[:, ::-1].astype(float) @ turn.T,
            "shape_deviation": np.concatenate([own["shape_deviation"], own["shape_deviation"][:5]]),
            "expression_basis": own["expression_basis"][:, ::-1].astype(float) @ turn.T,
            "expression_deviation": own["expression_deviation"],
            "landmark_triangles": own["landmark_triangles"],
            "landmark_barycentric": own["landmark_barycentric"],
        },
    )
    found = read_model(path)
    assert found.template == "" and found.arkit_names == () and found.face.all()
    alpha = np.random.default_rng(0).normal(size=50)
    made, expected = found.vertices(alpha)[::-1], data.vertices(alpha)
    scale = np.ptp(made[:, 2]) / np.ptp(expected[:, 2])
    np.testing.assert_allclose(made - made.mean(axis=0), scale * (expected - expected.mean(axis=0)), atol=2e-4)
    assert 0.97 < scale < 1.03
    fit = fit_landmarks(2000 * data.landmarks.points(expected, data.triangles)[:, [0, 2]] * [1, -1], found)
    assert fit.residual < 0.01


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda d: d.pop("shape_basis"), "shape_basis"),
        (lambda d: d.update(format_version=np.array(9)), "format 9"),
        (lambda d: d.update(template=np.array("other-head")), "other-head"),
        (lambda d: d["mean"].__setitem__((5, 1), np.nan), "not finite"),
        (lambda d: d.update(shape_basis=d["shape_basis"][:12], shape_deviation=d["shape_deviation"][:12]), "12 shape components"),
        (lambda d: d.update(expression_basis=d["expression_basis"][:, :9]), "expression_basis"),
        (lambda d: d.update(expression_deviation=d["expression_deviation"][:3]), "expression_deviation"),
        (lambda d: d.update(shape_deviation=-d["shape_deviation"]), "not above 0"),
        (lambda d: d.update(triangles=d["triangles"] + 1), "triangles"),
        (lambda d: d.update(landmark_triangles=d["landmark_triangles"].astype(float)), "landmark_triangles"),
        (lambda d: d.update(arkit_names=d["arkit_names"][:4]), "4 names"),
        (lambda d: d.update(contour_barycentric=d["contour_barycentric"][:, :3]), "contour_triangles and contour_barycentric"),
        (lambda d: d.update(detail=d["detail"][:, :7]), "detail"),
        (lambda d: d.update(detail_seen=np.array(900)), "detail_seen"),
        (lambda d: d.update(detail_seen=np.array("many")), "detail_seen"),
        (lambda d: d.update(detail_seen=np.array([3, 4])), "detail_seen"),
        (lambda d: d.update(arkit_names=np.array("jawOpen")), "1 names"),
        (lambda d: d.update(shape_deviation=d["shape_deviation"] * 1e6), "reaches"),
        (lambda d: d.update(mean=np.array(["x"] * 9).reshape(3, 3)), "mean"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, change, said):
    data = arrays()
    change(data)
    with pytest.raises(ModelError, match=said):
        read_model(saved(tmp_path, data))


def test_files_that_are_no_models(tmp_path):
    path = tmp_path / "model.npz"
    with pytest.raises(ModelError, match="missing"):
        read_model(path)
    whole = PATH.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"not a zip at all"):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="cannot be read"):
            read_model(path)
    np.savez(path, mean=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ModelError, match="pickle"):
        read_model(path)


def test_flipped_bytes_are_an_error_or_do_no_harm(tmp_path, flipped):
    path, refused = tmp_path / "model.npz", 0
    for damaged in flipped(PATH.read_bytes(), 40, 8):
        path.write_bytes(damaged)
        try:
            read_model(path)
        except ModelError:
            refused += 1
    assert refused > 30
