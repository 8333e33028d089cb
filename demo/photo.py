"""The picture of docs/photos.md: `make pictures`. A photo and two rendered people; the head laid over each, then turned, from texture alone.

The photo is NASA's portrait of an astronaut (public domain), as scikit-image brings it.
"""

import dataclasses
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import map_coordinates
from skimage import data

from core import api
from core.data.face_appearance import random_appearance
from core.data.face_faults import CLEAN
from core.data.face_renders import Person
from core.data.face_shots import random_shot
from core.head.template import load_template
from core.image.raster import Camera, look_at, rasterise

ROOT = Path(__file__).resolve().parents[1]
SIZE, BACK, OVER = 256, 52, 2
TURNS = (0, 30, 60, 90)  # degrees
PEOPLE = ((5, 0.05, ("jawOpen", "mouthSmileLeft")), (11, -0.5, ("browInnerUp",)))  # seed, turn, expression


def rendered(seed, yaw, units):
    """A rendered person who makes half of some ARKit units."""
    template, rng = load_template(), np.random.default_rng(seed)
    shot = dataclasses.replace(random_shot(rng, 0.1), yaw=yaw, extent=0.36, distance=0.9, twist=0.5 * yaw, faults=CLEAN)
    vertices = template.vertices + 0.5 * sum(template.arkit_field(unit) for unit in units)
    return Person(template, random_appearance(rng)).render(vertices, shot, 512)


def drawn(fitted, texture, vertices, camera, behind):
    """The textured head on what is behind it (H, W, 3)."""
    fine = Camera(camera.rotation, camera.position, camera.focal * OVER, camera.width * OVER, camera.height * OVER)
    raster = rasterise(vertices, fitted.triangles, fine)
    hit = raster.triangle >= 0
    uv = np.einsum("nk,nkc->nc", raster.barycentric[hit], texture.uv[raster.triangle[hit]])
    at = np.stack([(1 - uv[:, 1]), uv[:, 0]]) * len(texture.image) - 0.5
    out = np.repeat(np.repeat(behind, OVER, axis=0), OVER, axis=1).astype(float)
    for channel in range(3):
        out[hit, channel] = map_coordinates(texture.image[..., channel].astype(float), at, order=1, mode="nearest")
    return out.reshape(camera.height, OVER, camera.width, OVER, 3).mean(axis=(1, 3)).astype(np.uint8)


def row(image):
    fitted = api.fit(image)
    texture = api.face_texture(image, fitted, size=1024)
    seen = fitted.camera
    camera = Camera(seen.rotation, seen.position(), seen.focal, seen.width, seen.height)
    laid = drawn(fitted, texture, fitted.vertices, camera, image)
    blank = np.full((SIZE, SIZE, 3), BACK, np.uint8)
    views = []
    for turn in TURNS:
        around = look_at(np.array([0.0, 0.05, -0.02]), size=SIZE, extent=0.30, distance=1.0, yaw=np.radians(turn))
        views.append(drawn(fitted, texture, fitted.neutral, around, blank))
    return np.concatenate([small(image, fitted), small(laid, fitted), *views], axis=1)


def small(image, fitted):
    """What lies about the face, SIZE px wide."""
    middle, reach = fitted.detected.mean(axis=0) - [0.0, 0.15 * fitted.size], 1.15 * fitted.size
    left, top = middle - reach
    return np.asarray(
        Image.fromarray(image).resize(
            (SIZE, SIZE), Image.LANCZOS, (max(left, 0), max(top, 0), *np.minimum(middle + reach, image.shape[1::-1]))
        )
    )


def main():
    photos = [np.ascontiguousarray(data.astronaut()), *(rendered(*person) for person in PEOPLE)]
    path = ROOT / "docs" / "images" / "photo_heads.jpg"
    Image.fromarray(np.concatenate([row(photo) for photo in photos])).save(path, quality=88)
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
