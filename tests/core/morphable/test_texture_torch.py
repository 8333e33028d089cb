"""The torch twin gives the same priors, and their gradient."""

import numpy as np
import pytest

from core.morphable.camera import FRONT, Pose, turned
from core.morphable.model import load_model
from core.morphable.texture import Texture, drawn_triangles, kept_triangles

torch = pytest.importorskip("torch")
from core.morphable.texture_torch import draw  # noqa: E402  torch first

SIZE = (96, 96)


def seen(yaw: float) -> Pose:
    return Pose(turned(np.radians([0.0, yaw, 0.0])) @ FRONT, 430.0, np.array([48.0, 41.0]))


@pytest.mark.parametrize("interval", [0, 1])
def test_equal_to_numpy(interval):
    model = load_model()
    vertices = model.mean.astype(np.float64)
    triangles = kept_triangles(drawn_triangles(model), len(vertices), interval)
    photo = np.random.default_rng(0).integers(0, 256, (*SIZE, 3)).astype(np.uint8)
    source = seen(0.0).project(vertices)[0].astype(np.float32)
    views = [tuple(v.astype(np.float32) for v in seen(yaw).project(vertices)) for yaw in (0.0, 40.0, -65.0)]
    pixels, depth = (torch.from_numpy(np.stack(part)) for part in zip(*views, strict=True))
    photos = torch.from_numpy(photo).permute(2, 0, 1).float().expand(3, -1, -1, -1)
    images, masks = draw(photos, torch.from_numpy(source).expand(3, -1, -1), pixels, depth, torch.from_numpy(triangles).long(), SIZE)
    for k, (place, far) in enumerate(views):
        expected = Texture(photo, source, triangles).draw(place, far, SIZE)
        np.testing.assert_array_equal(masks[k, 0].numpy() > 0, expected.mask)
        off = np.abs(images[k].permute(1, 2, 0).numpy() - expected.image).max(axis=2)
        assert (off < 0.5).mean() > 0.999 and np.percentile(off, 99) < 0.1


def test_gradient_is_that_of_finite_differences():
    generator = torch.Generator().manual_seed(1)
    y, x = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
    photo = torch.stack([x, y, x + 2 * y])[None].double()  # linear, so that sampling has no kinks
    triangles = torch.tensor([[0, 2, 1]])
    pixels = torch.tensor([[[2.2, 3.1], [20.3, 4.7], [6.4, 21.2]]]).double().requires_grad_()
    source = (torch.rand(1, 3, 2, generator=generator).double() * 16 + 3).requires_grad_()
    depth = torch.zeros(1, 3).double()
    assert torch.autograd.gradcheck(lambda p, s: draw(photo, s, p, depth, triangles, (24, 24))[0], (pixels, source), eps=1e-7, atol=1e-5)
