"""FaceAnime's evaluation on pictures whose scores are known, without the networks that are fetched."""

from pathlib import Path

import numpy as np
import pytest

from core import api
from core.data.face_pairs import FacePairs
from core.evaluation import faceanime, faceanime_sheets, faceanime_variants, reenactment
from core.evaluation.faceanime import EYES_SHOWN, SHOWN, Frechet, blinking, lrms
from core.image.files import read_png
from core.morphable.photo import face_in
from core.npz import write_npz
from core.video.point_mesh import LOWER_LIDS, UPPER_LIDS

FACE = Path(__file__).parents[1] / "image" / "face.png"


class Judge:
    """In place of the edge detector: coarse colours."""

    def features(self, image):
        return [image[::16, ::16].astype(float)]

    @staticmethod
    def pooled(features):
        return features[-1].mean(axis=(0, 1))

    def __call__(self, first, second):
        return float(np.abs(first.astype(float) - second).mean())


class Same:
    def vector(self, image, points):
        return np.ones(128) / np.sqrt(128)


@pytest.fixture(autouse=True)
def judged(monkeypatch):
    for module in (faceanime, reenactment, faceanime_variants):
        monkeypatch.setattr(module, "judges", lambda: (Judge(), Same()))


@pytest.fixture(scope="module")
def pairs():
    """Two people who are one, whose second picture is a little darker; the second one's eyes shut."""
    image = read_png(FACE)
    points = face_in(image, "face").points
    shut = points.copy()
    for upper, lower in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        shut[upper, :2] = shut[lower, :2]
    target = np.stack([[image, (0.9 * image).astype(np.uint8)]] * 2)
    side = len(image)
    empty = np.zeros((2, 2, side, side), np.uint8)
    own = api.fit(image).coefficients.astype(np.float32)
    return FacePairs(
        source=np.stack([image] * 2), source_mask=empty[:, 0], source_points=np.stack([points] * 2).astype(np.float32),
        source_coefficients=np.stack([own] * 2), target=target, warp=target, confidence=empty, dense=target, mask=empty,
        points=np.stack([[points, points], [points, shut]]).astype(np.float32), coefficients=np.stack([[own] * 2] * 2),
    )  # fmt: skip


def test_lrms_of_points_that_are_off_by_so_much():
    points = np.random.default_rng(0).uniform(0, 100, (478, 3))
    size = np.sqrt(np.prod(np.ptp(points[:, :2], axis=0)))
    assert lrms(points + [3.0, 4.0, 9.0], points) == pytest.approx(100 * 5.0 / size)


def test_the_places_of_eyes_are_the_same_open_and_shut(pairs):
    opened, shut = (faceanime.lids(points, (256, 256)) for points in pairs.points[1])
    np.testing.assert_array_equal(opened, shut)
    middle = pairs.points[1, 0][[33, 133], :2].mean(axis=0)
    assert opened[int(middle[1]), int(middle[0])] and 100 < opened.sum() < 3000


def test_the_frechet_distance_grows_with_what_is_changed():
    rng = np.random.default_rng(0)
    truths = rng.normal(size=(200, 16)) * np.linspace(1.0, 3.0, 16)
    judge = Frechet(truths)
    assert judge(truths) < 1e-6 < judge(truths + 0.3) < judge(truths + 1.0)


def test_people_whose_eyes_shut_are_found(pairs):
    assert blinking(pairs) == [(1, 1)]


def test_methods_are_judged_on_all_people(pairs, monkeypatch, tmp_path):
    monkeypatch.setattr(faceanime, "held_out", lambda count, progress: pairs)
    methods = {name: reenactment.METHODS[name] for name in ("copy of the photo", "dense warp")}
    tables = faceanime.faceanime(2, methods, tmp_path, lambda fraction, what: None)
    main, eyes, variants = tables
    assert main.columns == ("method", *SHOWN) and [row[0] for row in main.rows] == list(methods)
    for row in main.rows:
        assert 15 < row[1] < 60 and 0.9 < row[2] <= 1.0 and row[1 + SHOWN.index("LRMS %")] < 8.0
    assert eyes.columns == ("method", *EYES_SHOWN) and "1 pictures" in eyes.title and len(eyes.rows) == 2
    assert not variants.rows and "table3-VARIANT" in variants.notes[0]
    assert main.metrics["faceanime/held_out/dense warp/SSIM"] == main.rows[1][2]


def test_variants_are_judged_at_their_own_size(pairs, monkeypatch, tmp_path):
    torch = pytest.importorskip("torch")
    from core.video import pgfg_network

    class Network(torch.nn.Module):
        config = pgfg_network.Config(side=128, over="source")

        def forward(self, source, *others):
            return source, None

    monkeypatch.setattr(pgfg_network, "load", lambda path: Network())
    for name in ("dense", "sparse1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pgfg.safetensors").touch()
    table, eyes = faceanime_variants.variants_tables(pairs, tmp_path, lambda fraction, what: None)
    assert [row[0] for row in table.rows] == ["the photo itself", "the warp itself", "sparse1", "dense"]
    photo, _, first, second = table.rows
    assert photo[1:10] == pytest.approx(first[1:10]) and first[-4:] == faceanime.PAPER["sparse1"] and photo[-4:] == (None,) * 4
    assert [row[0] for row in eyes.rows] == [row[0] for row in table.rows]


def test_people_are_read_from_where_they_are_and_made_where_they_are_not(pairs, monkeypatch, tmp_path):
    arrays = {key: value[0] for key, value in vars(pairs).items()}
    made = []

    def build(folder, people, seed, first):
        made.append(first)
        folder.mkdir(parents=True, exist_ok=True)
        write_npz(folder / f"{seed}_{first:05d}.npz", arrays)

    monkeypatch.setattr(faceanime, "default_cache", lambda: tmp_path)
    monkeypatch.setattr(faceanime.face_pairs, "build", build)
    (tmp_path / "face_pairs").mkdir()
    write_npz(tmp_path / "face_pairs" / "0_00007.npz", arrays)
    for _ in range(2):
        found = faceanime.held_out(2, lambda fraction, what: None)
        assert made == [15] and found.held.shape == (2,)
        np.testing.assert_array_equal(found.source, pairs.source)


def test_sheets_show_photo_truth_and_methods(pairs, tmp_path):
    methods = {name: reenactment.METHODS[name] for name in ("copy of the photo", "dense warp")}
    faceanime_sheets.write(tmp_path, pairs, methods)
    side = faceanime_sheets.squared(pairs.source[0]).shape[0]
    assert read_png(tmp_path / "held_out.png").shape == (2 * side, 3 * side, 3)
    assert read_png(tmp_path / "eyes.png").shape == (side, 3 * side, 3)
