"""What a synthetic set must keep to: skin that does not fold through itself, lids outside the eyeballs, lips that do not cross, blinks that close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ValueRangeError
from ..head.contact import seam_gap
from .synthetic_rig import FaceRig, Units, rotate

INVERTED, FOLDED = (
    1e-3,
    3e-2,
)  # share of a frame's skin triangles that may be inverted: mean of the set; of any one frame, as skin folds in a blink
SUNK = 5e-5  # m; a vertex deeper than this in an eyeball is inside it
CROSSED = 1e-4  # m; lips may overlap by so much
OPEN = 0.10  # share of the neutral lid opening that a full blink may leave
MIDDLE = (0.15, 0.85)  # part of the eye's width over which lids are measured: at the corners they always meet


@dataclass(frozen=True)
class Findings:
    """Of one person's C clips of K dense frames: inverted (C, K), share of skin triangles; sunk (C, K), count of vertices inside an eyeball;
    crossed (C, K) m, how far the lips overlap. blink: share of the lids' opening that a full blink leaves; still: m that no weight moves."""

    inverted: np.ndarray
    sunk: np.ndarray
    crossed: np.ndarray
    blink: float
    still: float


class Inspector:
    """Measures one person, neutral (V, 3) m on the template's topology."""

    def __init__(self, units: Units, neutral: np.ndarray):
        template = units.template
        self.units, self.neutral = units, np.asarray(neutral, np.float64)
        skin = template.is_part("skin")
        self.triangles = template.triangles[skin[template.triangles].all(axis=1)]
        self.share = units.jaw_share[self.triangles].mean(axis=1)
        self.normals = self._normals(self.neutral)
        self.lids = np.flatnonzero(template.is_part("skin", "eye_socket"))
        balls = [self.neutral[template.is_part(name)] for name in ("eye_right", "eye_left")]
        self.eyes = [(b.mean(axis=0), float(np.linalg.norm(b - b.mean(axis=0), axis=1).mean())) for b in balls]

    def _normals(self, vertices: np.ndarray) -> np.ndarray:
        a, b, c = (vertices[..., self.triangles[:, k], :] for k in range(3))
        return np.cross(b - a, c - a)

    def inverted(self, moved: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Share (F,) of skin triangles whose normal turned by more than 90 degrees, the jaw's own rotation taken back (as much of it as
        each triangle takes part in); moved (F, V, 3) m, weights (F, 52)."""
        angle = np.maximum(weights[:, self.units.jaw], 0.0)[:, None] * self.units.template.jaw_open_angle * self.share
        turned = rotate(self._normals(self.neutral + moved), self.units.template.jaw_axis, -angle)
        return ((turned * self.normals).sum(axis=2) < 0.0).mean(axis=1)

    def sunk(self, moved: np.ndarray) -> np.ndarray:
        """Count (F,) of vertices of lids and sockets inside an eyeball that were not at rest; moved (F, V, 3) m."""
        count = np.zeros(len(moved), int)
        for centre, radius in self.eyes:
            rest = self.neutral[self.lids] - centre
            near = np.flatnonzero((np.linalg.norm(rest, axis=1) < 2.5 * radius) & (rest[:, 1] < 0.3 * radius))
            least = np.minimum(np.linalg.norm(rest[near], axis=1), radius) - SUNK
            count += (np.linalg.norm(rest[near] + moved[:, self.lids[near]], axis=2) < least).sum(axis=1)
        return count

    def crossed(self, moved: np.ndarray) -> np.ndarray:
        """How far (F,) m the lips pass through each other, beyond what they do at rest; moved (F, V, 3) m."""
        seams = self.units.template.lip_seams["upper"], self.units.template.lip_seams["lower"]
        rest = np.minimum(seam_gap(self.neutral, *seams), 0.0)
        return np.array([np.maximum(rest - seam_gap(self.neutral + frame, *seams), 0.0).max() for frame in moved])

    def blink(self, rig: FaceRig) -> float:
        """Largest share of the neutral lid opening, over the middle of either eye, that full blinks leave."""
        template, names = self.units.template, self.units.names
        shut = np.zeros((1, len(names)))
        shut[0, [names.index("eyeBlinkLeft"), names.index("eyeBlinkRight")]] = 1.0
        closed = self.neutral + rig.displacement(shut)[0]
        left = []
        for side in ("right", "left"):
            upper, lower = template.lid_rims[side + "_upper"], template.lid_rims[side + "_lower"]
            place = (self.neutral[lower, 0] - self.neutral[lower, 0].min()) / np.ptp(self.neutral[lower, 0])
            middle = (place > MIDDLE[0]) & (place < MIDDLE[1])
            left.append(seam_gap(closed, upper, lower)[middle].max() / seam_gap(self.neutral, upper, lower).max())
        return float(max(left))

    def clip(self, moved: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Inverted, sunk and crossed (K,) of a clip's frames, moved (K, V, 3) m by weights (K, 52)."""
        return self.inverted(moved, weights), self.sunk(moved), self.crossed(moved)

    def findings(self, rig: FaceRig, clips: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Findings:
        """Everything about the person: what `clip` said of each clip, and the rig's blink and rest."""
        inverted, sunk, crossed = (np.array(each) for each in zip(*clips, strict=True))
        still = rig.displacement(np.zeros((1, len(self.units.names))))
        return Findings(inverted, sunk, crossed, self.blink(rig), float(np.abs(still).max()))


def table(found: Sequence[Findings], label: np.ndarray, labels: Sequence[str]) -> str:
    """Findings of all people as text, a row for each label; label (C,) of one person's clips, the same for everyone."""
    rows = [f"{'label':<16}{'inverted %':>12}{'worst %':>10}{'frames beyond':>15}{'in eyeball':>12}{'lips mm':>10}"]
    inverted, sunk, crossed = (np.array([getattr(f, name) for f in found]) for name in ("inverted", "sunk", "crossed"))
    for name, of in [*((n, label == k) for k, n in enumerate(labels)), ("all", label >= 0)]:
        mean, worst = 100 * inverted[:, of].mean(), 100 * inverted[:, of].max()
        beyond = 100 * (inverted[:, of] > INVERTED).mean()
        rows.append(f"{name:<16}{mean:>12.4f}{worst:>10.3f}{beyond:>13.2f} %{sunk[:, of].sum():>12d}{1000 * crossed[:, of].max():>10.3f}")
    rows.append(f"lids left open by a blink: at most {100 * max(f.blink for f in found):.1f} % of the opening")
    rows.append(f"moved by no weight: at most {1000 * max(f.still for f in found):.6f} mm")
    return "\n".join(rows)


def check(found: Sequence[Findings], label: np.ndarray, labels: Sequence[str]) -> None:
    """ValueRangeError that names the worst person and label where a set does not keep to the limits above."""
    inverted, sunk, crossed = (np.array([getattr(f, name) for f in found]) for name in ("inverted", "sunk", "crossed"))
    complaints = []
    if inverted.mean() > INVERTED:
        complaints.append(f"{100 * inverted.mean():.3f} % of skin triangles are inverted, at most {100 * INVERTED} % may be")
    for values, limit, unit, what in (
        (100 * inverted, 100 * FOLDED, "%", "of skin triangles inverted in one frame"),
        (sunk, 0, "vertices", "inside an eyeball"),
        (1000 * crossed, 1000 * CROSSED, "mm", "of overlap between the lips"),
    ):
        worst = np.unravel_index(values.argmax(), values.shape)
        if values[worst] > limit:
            who = f"person {worst[0]} at {labels[label[worst[1]]]}"
            complaints.append(f"{who} has {values[worst]:.3g} {unit} {what}, at most {limit:.3g} may be")
    for of_each, limit, what in (
        ([f.blink for f in found], OPEN, "of the eye's opening left by a blink"),
        ([f.still for f in found], 0.0, "m moved at weight 0"),
    ):
        if max(of_each) > limit:
            complaints.append(f"person {int(np.argmax(of_each))} has {max(of_each):.3g} {what}, at most {limit:.3g} may be")
    if complaints:
        raise ValueRangeError("The synthetic set is not fit for use: " + "; ".join(complaints) + ". Change recipes, rig or seed.")
