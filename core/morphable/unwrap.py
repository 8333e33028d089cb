"""A photo as the texture of its fitted head: what the photo shows, completed by the face's other side, then by what lies around.

A texel counts as seen where the head's surface is the nearest at its pixel, faces the camera, and is not close to an outline, where a pixel off
in the fit would bring background. What the other side shows is matched to the light of this side by their ratio where both are seen. What neither
shows is the smoothest continuation over the surface.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.linalg import spsolve
from scipy.spatial import cKDTree

from ..errors import ValueRangeError
from ..head.landmarks import BROWS
from ..head.surface import adjacency
from ..head.template import Template, load_template
from .eyes import paint_eyes
from .layout import Layout, load_layout
from .photo_fit import PhotoFit
from .seen import View, view_of

SMALLEST, LARGEST = 64, 4096  # px
BAG, TONGUE, TEETH = (0.33, 0.10, 0.10), (0.62, 0.30, 0.29), (0.87, 0.82, 0.75)  # what a photo seldom shows, sRGB
PALE, LEAST_TEETH = 0.35, 50  # most saturation of a tooth; texels that tell the teeth's colour
SOCKET = 0.7  # of the skin beside it
BLUR = 0.012  # of the face's size: what a vertex's colour is averaged over
SURE = 0.35  # weight from which both sides tell how their light differs
LOOSE = 1e-3  # pull of a vertex towards its neighbours, beside 1 towards what the photo shows there
CORE, FADE = 0.075, 0.015  # m from the tip of the nose: all within is face; beyond, only what looks like it
LIKE_SKIN = 4.5  # median deviations of the face's own hue that are no skin
LEAST_SPREAD = 0.02
BRIGHTNESS = 0.9  # difference of the logarithms of brightness that is no skin
SCALP_ABOVE, SCALP_BEHIND, NAPE = 0.065, 0.075, -0.03  # m up and back of the eyes where hair grows
EARS = np.array(
    [[[0.071, 0.04, -0.05], [0.1, 0.12, 0.045]], [[0.056, 0.056, -0.025], [0.1, 0.084, 0.012]]]
)  # m: boxes about the left ear and its canal
HAIRY = 0.15  # of the scalp that is seen does not look like skin where there is hair
USUALLY = 0.1  # pull towards the usual colour of hair and of skin
USUAL = 0.5  # brightness of skin in a well lit photo; in darker ones the mouth is darker, too
DARK, DEPTH = 0.3, 0.035  # what is left of the light inside the mouth, and m behind the teeth where that is so
MARGIN = 0.02  # least brightness in ratios

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class FaceTexture:
    """image (S, S, 3) uint8 sRGB, top row first; uv (T, 3, 2) float32 of the corners of the fit's triangles, 0..1, v upwards; quad_uv (Q, 4, 2), the
    same of the template's quads; seen (S, S) float32 0..1: how surely a texel comes from the photo itself."""

    image: np.ndarray
    uv: np.ndarray
    quad_uv: np.ndarray
    seen: np.ndarray


def unwrap(image: np.ndarray, fitted: PhotoFit, size: int, progress: Progress) -> FaceTexture:
    """The texture (size, size) of a fitted head from its photo (H, W, 3) uint8 RGB."""
    template, layout = load_template(), load_layout()
    _check(image, fitted, template, size)
    progress(0.0, "Looking at what the photo shows")
    view = view_of(image, fitted.vertices, fitted.triangles, fitted.camera, layout.part, fitted.size, size * _density(fitted, layout))
    surface = _Surface(template, fitted, view)
    progress(0.3, "Completing what it does not show")
    fill, ratio = surface.completed()
    texels = layout.texels(size)
    shown = texels.triangle >= 0
    triangle, weights = texels.triangle[shown], texels.barycentric[shown]

    def at_texels(values: np.ndarray) -> np.ndarray:
        return np.einsum("nk,nk...->n...", weights, values.astype(np.float32)[fitted.triangles[triangle]])

    progress(0.5, "Drawing the texture")
    skin = layout.is_part("skin")[triangle]
    posed = at_texels(fitted.vertices)
    colour, weight = view.sample(posed, at_texels(view.facing), _skin_shares(at_texels(surface.scalp)))
    weight *= surface.tone.like(colour, at_texels(surface.tone.aside)) * at_texels(surface.like) * skin
    own, seen = np.zeros((size, size, 3), np.float32), np.zeros((size, size), np.float32)
    own[shown], seen[shown] = colour, weight
    mirrored, other = own[:, ::-1][shown], seen[:, ::-1][shown]
    made = at_texels(fill)
    _tint_teeth(made, layout.is_part("teeth_upper", "teeth_lower")[triangle], posed, at_texels(view.facing), view)
    made += other[:, None] * skin[:, None] * (mirrored * np.exp(at_texels(ratio)) - made)
    made += weight[:, None] * (colour - made)
    progress(0.8, "Painting the eyes")
    rest = at_texels(fitted.neutral)
    paint_eyes(made, weight, triangle, rest, posed, fitted.irises, layout, view, fitted.vertices, fitted.neutral)
    result = np.zeros((size, size, 3), np.float32)
    result[shown], seen[shown] = made, weight
    _, nearest = ndimage.distance_transform_edt(~shown, return_indices=True)
    result = result[tuple(nearest)]
    progress(1.0, "Done")
    return FaceTexture((np.clip(result, 0.0, 1.0) * 255 + 0.5).astype(np.uint8), layout.uv, layout.quad_uv, seen)


def _tint_teeth(made: np.ndarray, teeth: np.ndarray, posed: np.ndarray, facing: np.ndarray, view: View) -> None:
    """Gives the texels of teeth (N,) the tint that the photo's teeth have, if it shows some; made (N, 3), places posed (N, 3) m in the photo."""
    colour, weight = view.sample(posed[teeth], np.maximum(facing[teeth], 0.6), {"teeth": 1.0})
    pale = (weight > SURE) & (np.ptp(colour, axis=1) < PALE * colour.max(axis=1))  # no lip, no gum
    if pale.sum() > LEAST_TEETH:
        brightest = colour[pale][np.argsort(colour[pale].sum(axis=1))[pale.sum() // 2 :]]
        made[teeth] *= np.median(brightest, axis=0) / np.array(TEETH, np.float32)


def _check(image: np.ndarray, fitted: PhotoFit, template: Template, size: int) -> None:
    if not SMALLEST <= size <= LARGEST:
        raise ValueRangeError(f"A texture of {size} pixels was asked for; {SMALLEST} to {LARGEST} are possible.")
    if fitted.triangles.shape != template.triangles.shape or (fitted.triangles != template.triangles).any():
        raise ValueRangeError(
            f"The face was fitted with a model of your own ({len(fitted.vertices)} vertices), which has no texture layout. Fit it with Mimica's."
        )
    if image.shape != (fitted.camera.height, fitted.camera.width, 3) or image.dtype != np.uint8:
        raise ValueRangeError(
            f"The photo is {image.shape} of {image.dtype}; the fit is of a photo ({fitted.camera.height}, {fitted.camera.width}, 3) of uint8. "
            "Give the photo that was fitted."
        )


def _density(fitted: PhotoFit, layout: Layout) -> float:
    """Texels of a texture of size 1 per pixel of the photo, at the middle of the face."""
    front = (fitted.camera.project(fitted.neutral)[0])[fitted.triangles]
    drawn, texels = _areas(front), _areas(layout.uv)
    chosen = layout.is_part("skin") & (drawn > np.quantile(drawn, 0.5))
    return float(np.median(np.sqrt(texels[chosen] / drawn[chosen])))


def _areas(corners: np.ndarray) -> np.ndarray:
    """Areas (T,) of flat triangles (T, 3, 2)."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return 0.5 * np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])


class _Tone:
    """The skin's tone in a photo, from colours (V, 3) and how surely (V,) each is its vertex'.

    aside (V,): 0 on the face, 1 on neck, ears and temples, where only what looks like skin is taken from the photo, and no collar, hair or
    background; hair above the brows may stay. light: 0..1, how well the photo is lit."""

    def __init__(self, template: Template, colour: np.ndarray, weight: np.ndarray):
        points, vertices = template.landmark_points(), template.vertices
        aside = np.clip((np.linalg.norm(vertices - points[30], axis=1) - CORE) / FADE, 0.0, 1.0)
        self.aside = aside * np.clip((points[BROWS, 2].max() + FADE - vertices[:, 2]) / FADE, 0.0, 1.0)
        face = (weight > 0.5) & (self.aside == 0)
        self.known, self.light = bool(face.any()), 1.0
        if self.known:
            hue, brightness = _tone(colour[face])
            self.brightness, self.hue = np.median(brightness), np.median(hue, axis=0)
            self.light = float(np.clip(np.exp(self.brightness) / USUAL, 0.3, 1.0))
            self.spread = np.median(np.abs(hue - self.hue), axis=0) + LEAST_SPREAD

    def like(self, colour: np.ndarray, aside: np.ndarray) -> np.ndarray:
        """0..1 (N,): how much of colours (N, 3) at places aside (N,) may be skin."""
        if not self.known:
            return np.ones(len(colour), np.float32)
        hue, brightness = _tone(colour)
        off = np.linalg.norm((hue - self.hue) / self.spread, axis=1) / LIKE_SKIN
        darker = np.abs(brightness - self.brightness) / BRIGHTNESS
        return (1.0 - aside * np.clip(3.0 * np.maximum(off, darker) - 1.5, 0.0, 1.0)).astype(np.float32)


def _under_hair(template: Template) -> np.ndarray:
    """How far (V,) m each vertex lies beyond where hair begins on a head; negative for what is no scalp."""
    vertices = template.vertices
    behind = np.minimum(vertices[:, 1] - SCALP_BEHIND, vertices[:, 2] - NAPE)
    return np.where(template.is_part("skin"), np.maximum(vertices[:, 2] - SCALP_ABOVE, behind), -1.0)


def _skin_shares(scalp: np.ndarray) -> dict[str, np.ndarray | float]:
    return {"skin": 1.0 - scalp, "scalp": scalp}


def _tone(colour: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hue (N, 3) and brightness (N,) of colours (N, 3), logarithms."""
    tone = np.log(colour + MARGIN)
    brightness = tone.mean(axis=1)
    return tone - brightness[:, None], brightness


class _Surface:
    """Colours at the vertices: what the photo shows there, coarsely, and how it goes on over the head."""

    def __init__(self, template: Template, fitted: PhotoFit, view: View):
        self.template, self.vertices = template, fitted.vertices
        self.skin = template.is_part("skin")
        self.under_hair = _under_hair(template)
        self.scalp = np.clip(self.under_hair / FADE + 0.5, 0.0, 1.0).astype(np.float32)
        self.colour, self.weight = view.sample(fitted.vertices, view.facing, _skin_shares(self.scalp), blur=BLUR * view.face)
        self.weight *= self.skin
        self.tone = _Tone(template, self.colour, self.weight)
        self.like = self.tone.like(self.colour, self.tone.aside)
        self.weight *= self.like
        self.mirror = cKDTree(template.vertices).query(template.vertices * np.array([-1.0, 1.0, 1.0]))[1]
        body = template.is_part("skin", "mouth_bag", "eye_socket")
        self.body = np.flatnonzero(body)
        links = adjacency(template.triangles, len(body))[self.body][:, self.body]
        self.laplacian = sparse.diags(np.asarray(links.sum(axis=1)).ravel()) - links

    def completed(self) -> tuple[np.ndarray, np.ndarray]:
        """Colours (V, 3) of every vertex, and the logarithm (V, 3) of this side's colour over the other's."""
        other, across = self.colour[self.mirror], self.weight[self.mirror]
        both = np.minimum(self.weight, across)
        both = np.where(both > SURE, both, 0.0)
        own = np.log((self.colour + MARGIN) / (other + MARGIN))
        ratio = np.zeros_like(self.colour)
        if both.any():
            ratio[self.body] = self._spread(own, both, 0.05)
        share = (1.0 - self.weight) * across
        known = self.weight[:, None] * self.colour + share[:, None] * other * np.exp(ratio)
        weight = self.weight + share
        colour = known / np.maximum(weight, 1e-6)[:, None]
        self._usual(colour, weight)
        made = np.zeros_like(colour)
        if (weight > SURE).any():
            made[self.body] = self._spread(colour, weight**2, LOOSE)
        return self._hidden(made), ratio

    def _usual(self, colour: np.ndarray, weight: np.ndarray) -> None:
        """Lets hair go on over the whole scalp, rather than fade into skin, and ears be skin: writes their usual colours into colour (V, 3) where
        weight (V,) is small."""
        beside = np.where([True, False, False], np.abs(self.template.vertices), self.template.vertices)
        ears = self.skin & np.any([((beside > low) & (beside < high)).all(axis=1) for low, high in EARS], axis=0)
        shown, scalp = weight > SURE, self.scalp > 0.5
        face, hair = shown & self.skin & (self.tone.aside == 0) & (self.scalp == 0), shown & scalp
        unlike = hair & (self.tone.like(self.colour, np.ones(len(hair))) < 0.5) & (self.weight > SURE)
        if unlike.sum() > HAIRY * hair.sum():  # the rest is forehead
            hair = unlike
        for place, source in ((ears, face), (scalp & ~ears, hair)):
            if source.any():
                bare = place & (weight < USUALLY)
                colour[bare], weight[bare] = np.median(colour[source], axis=0), USUALLY

    def _spread(self, values: np.ndarray, weight: np.ndarray, loose: float) -> np.ndarray:
        """The smoothest values (B, 3) of the skin's mesh that keep to values (V, 3) as weight (V,) says: least squares of both."""
        weight = weight[self.body].astype(float) + 1e-7
        matrix = (sparse.diags(weight) + loose * self.laplacian).tocsc()
        return spsolve(matrix, weight[:, None] * values[self.body])

    def _hidden(self, made: np.ndarray) -> np.ndarray:
        """Colours (V, 3) with what a photo seldom shows: sockets, mouth, teeth, tongue."""
        template = self.template
        made[template.is_part("eye_socket")] *= SOCKET
        for names, colour in ((("mouth_bag",), BAG), (("tongue",), TONGUE), (("teeth_upper", "teeth_lower"), TEETH)):
            made[template.is_part(*names)] = colour
        inside = template.is_part("mouth_bag", "tongue", "teeth_upper", "teeth_lower")
        behind = template.vertices[inside, 1] - template.vertices[template.is_part("teeth_upper"), 1].min()
        made[inside] *= np.clip(1.0 - (1.0 - DARK) * behind / DEPTH, DARK, 1.0)[:, None] * self.tone.light
        return made
