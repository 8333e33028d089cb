"""The 52 ARKit keys of a head, and what holds for all of them together."""

import numpy as np
import pytest

from core.head.arkit import arkit_deltas
from core.head.template import load_template
from core.head.transfer import Transfer, transfer


@pytest.fixture(scope="module")
def ict_keys(ict_head, ict_adaptation):
    template = load_template()
    made = arkit_deltas(ict_adaptation, ict_head.mesh, template, lambda _done: None)
    return dict(zip(template.arkit_names, made.astype(np.float64), strict=True))


def height(adaptation):
    """The template's, in the head's own units."""
    return float(np.ptp(load_template().vertices[:, 2])) / adaptation.frame.scale


def test_a_unit_arrives_as_transfer_carries_it(y_up_head, y_up_adaptation):
    template, progress = load_template(), []
    made = arkit_deltas(y_up_adaptation, y_up_head.mesh, template, progress.append)
    assert made.shape == (52, *y_up_head.mesh.vertices.shape) and made.dtype == np.float32
    field = template.arkit_field("browInnerUp")[None].astype(float)
    plain = transfer(y_up_adaptation, y_up_head.mesh, field, template)[0]
    np.testing.assert_allclose(made[template.arkit_names.index("browInnerUp")], plain, atol=1e-5 * np.abs(plain).max())
    assert progress == sorted(progress) and progress[-1] == 1.0


def test_the_funnel_draws_the_corners_in(ict_head, ict_keys, ict_adaptation):
    """More than MakeHuman's own unit, which leaves the corners where they are."""
    template = load_template()
    plain = transfer(ict_adaptation, ict_head.mesh, template.arkit_field("mouthFunnel")[None].astype(float), template)[0]
    rest = ict_head.mesh.vertices

    def width(delta):
        points = ict_head.landmarks.points(rest + delta, ict_head.mesh.triangles)
        return float(np.linalg.norm(points[54] - points[48]))

    assert width(ict_keys["mouthFunnel"]) < 0.95 * width(plain) < width(0.0)


def test_with_the_jaw_open_mouth_close_brings_the_lips_together(ict_head, ict_keys, ict_adaptation):
    rest = ict_head.mesh.vertices

    def gap(delta):
        points = ict_head.landmarks.points(rest + delta, ict_head.mesh.triangles)
        return (points[[61, 62, 63]] - points[[67, 66, 65]])[:, 1]

    opened, both = gap(ict_keys["jawOpen"]), gap(ict_keys["jawOpen"] + ict_keys["mouthClose"])
    assert opened.min() > 0.08 * height(ict_adaptation)
    np.testing.assert_allclose(both, gap(0.0), atol=2e-3 * height(ict_adaptation))


def test_no_edge_of_the_skin_is_torn(ict_head, ict_keys, ict_adaptation):
    carrier = Transfer(ict_adaptation, ict_head.mesh, load_template())
    for name, delta in ict_keys.items():
        whole = delta + (ict_keys["jawOpen"] if name == "mouthClose" else 0.0)
        torn = carrier.strain.torn(ict_adaptation.frame.displacement_to_canonical(whole))
        assert torn.sum() == 0, name


def test_shut_eyes_are_shut(ict_head, ict_keys, ict_adaptation):
    carrier = Transfer(ict_adaptation, ict_head.mesh, load_template())
    for side, aperture in zip(("Right", "Left"), carrier.apertures, strict=True):
        moved = ict_adaptation.frame.displacement_to_canonical(ict_keys[f"eyeBlink{side}"])[None]
        gap = aperture.moved_gap(carrier.rest, moved)[0][0] / aperture.gap.max()
        wide = aperture.gap > 0.5 * aperture.gap.max()
        assert gap[wide].min() > -0.10 and gap[wide].max() < 0.05
