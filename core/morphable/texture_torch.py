"""The torch twin of texture.py: batches on any device, differentiable with respect to where vertices lie, in the picture and in the photo.

Which triangle a pixel shows has no gradient; the place on it has, and with it the colour. Equal to texture.py but for rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor

ON_EDGE = 2e-6  # as in texture.py


def nearest(pixels: Tensor, depth: Tensor, triangles: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The covered pixels (P,) of a batch, numbered picture by picture and row by row, and the nearest triangle (P,) facing the viewer at each.

    pixels (B, N, 2), depth (B, N) larger for farther, triangles (T, 3) int64.
    """
    height, width = size
    pixels, depth = pixels.detach(), depth.detach()
    corners = pixels[:, triangles]  # (B, T, 3, 2)
    a, b, c = corners.unbind(2)
    area = _cross(b - a, c - a)
    limits = torch.tensor([width - 1, height - 1], device=pixels.device, dtype=pixels.dtype)
    least = torch.clamp(torch.ceil(corners.amin(2) - 0.5), min=0)
    most = torch.minimum(torch.floor(corners.amax(2) - 0.5), limits)
    span = (most - least).long() + 1
    picture, triangle = torch.nonzero((area < 0) & (span > 0).all(-1), as_tuple=True)
    span, least = span[picture, triangle], least[picture, triangle]
    count = span.prod(1)
    of = torch.repeat_interleave(torch.arange(len(count), device=count.device), count)
    number = torch.arange(len(of), device=of.device) - (count.cumsum(0) - count)[of]
    column, row = number % span[of, 0], number // span[of, 0]
    centre = least[of] + torch.stack([column, row], 1).to(pixels.dtype) + 0.5
    picture, triangle = picture[of], triangle[of]
    weights = _weights(centre, corners[picture, triangle])
    inside = (weights >= -ON_EDGE).all(1)
    picture, triangle, weights, centre = picture[inside], triangle[inside], weights[inside], centre[inside]
    at = (picture * height + centre[:, 1].long()) * width + centre[:, 0].long()
    far = (weights * depth[picture[:, None], triangles[triangle]]).sum(1)
    best = torch.full((len(pixels) * height * width,), torch.inf, device=far.device, dtype=far.dtype).scatter_reduce(0, at, far, "amin")
    first = torch.full_like(best, len(triangles), dtype=torch.long)
    first = first.scatter_reduce(0, at, torch.where(far == best[at], triangle, len(triangles)), "amin")
    covered = torch.nonzero(first < len(triangles))[:, 0]
    return covered, first[covered]


def draw(photo: Tensor, source: Tensor, pixels: Tensor, depth: Tensor, triangles: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Priors (B, 3, H, W) and masks (B, 1, H, W) of a batch: photo (B, 3, H', W'), source (B, N, 2) px in it, pixels (B, N, 2), depth (B, N)."""
    height, width = size
    at, triangle = nearest(pixels, depth, triangles, size)
    picture, place = at // (height * width), at % (height * width)
    centre = torch.stack([place % width, place // width], 1).to(pixels.dtype) + 0.5
    corners = triangles[triangle]
    weights = _weights(centre, pixels[picture[:, None], corners])
    where = (weights[..., None] * source[picture[:, None], corners]).sum(1)
    image = pixels.new_zeros(len(photo) * height * width, 3).index_put((at,), _sampled(photo, picture, where))
    mask = pixels.new_zeros(len(photo) * height * width).index_fill(0, at, 1.0)
    return image.reshape(-1, height, width, 3).permute(0, 3, 1, 2), mask.reshape(-1, 1, height, width)


def _cross(a: Tensor, b: Tensor) -> Tensor:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _weights(point: Tensor, corners: Tensor) -> Tensor:
    """Barycentric weights (P, 3) of points (P, 2) in corners (P, 3, 2)."""
    a, b, c = (corners - point[:, None]).unbind(1)
    area = _cross(b - a, c - a)
    first, second = _cross(b, c) / area, _cross(c, a) / area
    return torch.stack([first, second, 1.0 - first - second], 1)


def _sampled(photo: Tensor, picture: Tensor, where: Tensor) -> Tensor:
    """Bilinear samples (P, 3) at where (P, 2) px of photo number picture (P,)."""
    height, width = photo.shape[-2:]
    x = (where[:, 0] - 0.5).clamp(0.0, width - 1.001)
    y = (where[:, 1] - 0.5).clamp(0.0, height - 1.001)
    left, top = x.detach().long(), y.detach().long()
    x, y = (x - left)[:, None], (y - top)[:, None]
    texels = photo.permute(0, 2, 3, 1)
    upper = texels[picture, top, left] * (1 - x) + texels[picture, top, left + 1] * x
    lower = texels[picture, top + 1, left] * (1 - x) + texels[picture, top + 1, left + 1] * x
    return upper * (1 - y) + lower * y
