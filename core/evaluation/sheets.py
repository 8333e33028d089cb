"""Sheets to look at: every label at its apex on people that no model saw, and several seeds of one label as film strips; needs Pillow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ..data.performances import Performances
from ..head.surface import vertex_normals
from ..head.template import Template, load_template
from ..image.files import write_png
from ..image.raster import look_at, rasterise, shade
from ..labels import LABELS
from ..motion.generate import generate_clip
from ..runtime.backend import Backend, OnnxBackend
from .figures import make_folder, pillow

Progress = Callable[[float, str], None]

PX, EXTENT, CENTRE = 190, 0.22, np.array([0.0, 0.0, -0.03])  # px and m of a picture, and what it looks at
FRONT, TURNED = 0.0, 0.6  # rad
COLUMNS = 6
FILMED, SEEDS, FRAMES = "surprise", 3, 8
SKIN, TEETH, MOUTH, WHITE, IRIS = (0.86, 0.80, 0.76), (1.0, 1.0, 0.93), (0.6, 0.25, 0.25), (0.93, 0.93, 1.0), (0.2, 0.25, 0.35)
IRIS_REACH = 0.9  # of the eyeball's radius, in front of its centre


def colours(template: Template) -> np.ndarray:
    """(V, 3) of the template's parts, 0 to 1."""
    colour = np.tile(np.array(SKIN), (len(template.vertices), 1))
    colour[template.is_part("teeth_upper", "teeth_lower")] = TEETH
    colour[template.is_part("mouth_bag", "tongue")] = MOUTH
    for centre, part in zip(template.eye_centres, ("eye_right", "eye_left"), strict=True):
        ball = template.is_part(part)
        colour[ball] = WHITE
        colour[ball & (template.vertices[:, 1] < centre[1] - IRIS_REACH * template.eye_radius)] = IRIS
    return colour


def picture(vertices: np.ndarray, template: Template, colour: np.ndarray, turn: float) -> np.ndarray:
    """A head (V, 3) m seen from `turn` rad, as an image (PX, PX, 3)."""
    camera = look_at(CENTRE, size=PX, extent=EXTENT, distance=1.0, yaw=turn)
    normals = vertex_normals(vertices, template.triangles)
    return shade(rasterise(vertices, template.triangles, camera), template.triangles, normals, camera, colours=colour)


def generated(neutral: np.ndarray, label: str, seed: int, frames: int, backend: Backend) -> np.ndarray:
    """Vertices (frames, V, 3) m of a generated clip on a neutral head (V, 3) m of the template's topology."""
    clip = generate_clip(label, frames=frames, fps=30.0, intensity=1.0, seed=seed, backend=backend)
    given = {"landmarks": clip.displacement.astype(np.float32), "neutral": neutral[None].astype(np.float32)}
    return neutral + backend.run("s2d_dec", given)["displacement"]


def titled(rows: Sequence[np.ndarray], titles: Sequence[str]) -> np.ndarray:
    pil, drawing, fonts = pillow()
    image = pil.fromarray(np.vstack(rows))
    draw, font = drawing.Draw(image), fonts.load_default(15)
    high = len(rows[0])
    for k, title in enumerate(titles):
        draw.text((6 + (k % COLUMNS) * (image.width // COLUMNS), (k // COLUMNS) * high + 4), title, fill=(255, 220, 60), font=font)
    return np.asarray(image)


def label_sheet(people: np.ndarray, backend: Backend, progress: Progress) -> np.ndarray:
    """Every label at its apex on each of four neutral heads (4, V, 3) m, two from the front and two turned; an image (H, W, 3)."""
    template, blocks = load_template(), []
    colour = colours(template)
    for k, label in enumerate(LABELS):
        progress(k / len(LABELS), f"Drawing {label}")
        apex = [generated(head, label, seed, 2, backend)[-1] for seed, head in enumerate(people)]
        views = [picture(head, template, colour, turn) for head, turn in zip(apex, (FRONT, TURNED) * 2, strict=True)]
        blocks.append(np.vstack([np.hstack(views[:2]), np.hstack(views[2:])]))
    rows = [np.hstack(blocks[k : k + COLUMNS]) for k in range(0, len(blocks), COLUMNS)]
    return titled(rows, LABELS)


def film_strips(head: np.ndarray, backend: Backend) -> np.ndarray:
    """One label with several seeds on a neutral head (V, 3) m, a row each from neutral to apex; an image (H, W, 3)."""
    template = load_template()
    colour = colours(template)
    clips = [generated(head, FILMED, seed, FRAMES, backend) for seed in range(SEEDS)]
    return np.vstack([np.hstack([picture(frame, template, colour, TURNED) for frame in clip]) for clip in clips])


def write(folder: Path, performances: Performances, progress: Progress) -> list[Path]:
    """labels.png and motion_seeds.png in `folder`, by the shipped weights on people of identity fold 0, whom they have not seen."""
    unseen = np.unique(performances.person[performances.fold("identity", 0)])
    people = performances.neutral[unseen[:: max(1, len(unseen) // 4)][:4]]
    backend = OnnxBackend()
    make_folder(folder)
    made = {"labels.png": label_sheet(people, backend, progress), "motion_seeds.png": film_strips(people[0], backend)}
    for name, image in made.items():
        write_png(folder / name, image)
    return [folder / name for name in made]
