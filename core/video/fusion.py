"""FusionNet of One-shot Face Reenactment (section 3.3): a generated face whose skin is the photo's own, warped. It has no weights to learn."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .parsing import EYES, FACE, GAZE, LOWER, NOSE, TEETH, UPPER

INNER = (EYES, GAZE, NOSE, UPPER, LOWER, TEETH)  # what is not skin
SKIN_SHARE = 0.9  # of the warp, in skin
EDGE, OF = 7, 256  # px by which the mask is eroded and blurred, in a picture of so many px
TRUST = 0.85  # of the warp, outside of skin, where it can be trusted wholly; the thesis has none


def skin_of(parsing: np.ndarray) -> np.ndarray:
    """Where (S, S) 0..1 a parsing map (9, S, S) shows skin: the face less eyes, nose, lips and teeth."""
    return parsing[FACE] * (1.0 - parsing[list(INNER)].max(axis=0))


def mask_of(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The mask of Eq. 3.16 (S, S) 0..1: where both the generated and the warped face, of parsing maps (9, S, S), have skin; eroded and blurred."""
    size = max(3, round(EDGE * first.shape[-1] / OF) // 2 * 2 + 1)
    return np.clip(ndimage.uniform_filter(ndimage.minimum_filter(skin_of(first) * skin_of(second), size), size), 0.0, 1.0)


def fuse(
    generated: np.ndarray,
    warped: np.ndarray,
    parsing: np.ndarray,
    *,
    confidence: np.ndarray | None = None,
    of_warp: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Both faces (S, S, 3) 0..255 as one, and how far (S, S) 0..1 it is the generated one.

    parsing (9, S, S) of the generated face, of_warp of the warped one where it is another. confidence (S, S) 0..1 of the warp: where it is high the
    warp stays outside of skin, too, by TRUST; without it the fusion is the thesis's. The generated face takes the warped one's colour first.
    """
    mask = mask_of(parsing, parsing if of_warp is None else of_warp)
    share = SKIN_SHARE * mask
    if confidence is not None:
        share = np.maximum(share, TRUST * confidence)
    made = matched(generated, warped, mask if confidence is None else mask * confidence)
    own = (1.0 - share)[..., None].astype(np.float32)
    return warped + own * (made - warped), own[..., 0]


def matched(generated: np.ndarray, warped: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The generated picture (S, S, 3) with the mean colour that the warped one has in the mask (S, S)."""
    weight = float(where.sum())
    if weight < 1.0:
        return generated
    shift = np.tensordot(where, warped - generated, axes=2) / weight
    return generated + shift.astype(np.float32)
