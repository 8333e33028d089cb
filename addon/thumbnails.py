"""Pictures of variants for the panel: of the expression that was asked for last. They live as long as Blender runs."""

import bpy.utils.previews
import numpy as np

_pictures = None
_shown = ("", ())  # whose: key of the expression; its seeds


def show(key, seeds, images):
    """Keeps images (N, S, S, 4) uint8, top row first, of an expression's seeds in place of those of before."""
    global _pictures, _shown
    clear()
    _pictures = bpy.utils.previews.new()
    for seed, image in zip(seeds, images, strict=True):
        picture = _pictures.new(str(seed))
        picture.image_size = image.shape[:2][::-1]
        picture.image_pixels_float[:] = (np.asarray(image[::-1], np.float32) / 255.0).ravel()
    _shown = (key, tuple(int(seed) for seed in seeds))


def of(key):
    """(seed, icon) of the pictures of an expression; none where others are shown."""
    return [(seed, _pictures[str(seed)].icon_id) for seed in _shown[1]] if _pictures is not None and _shown[0] == key else []


def clear():
    global _pictures, _shown
    if _pictures is not None:
        bpy.utils.previews.remove(_pictures)
    _pictures, _shown = None, ("", ())
