"""Pictures of captures: watched channels as curves over the truth, faces beside the head that they move, and a film of real motion on a head."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from .. import api
from ..head.surface import vertex_normals
from ..head.template import load_template
from ..image.files import write_png
from ..image.raster import look_at, rasterise, shade
from ..motion.rotations import matrices
from ..video.capture import Captured
from ..video.files import open_video
from ..video.writing import write_video
from . import head_sheets, sheets
from .assets import HARD, fetched
from .captures import FPS, WATCHED, Clip
from .figures import make_folder, pillow
from .head_cases import ict
from .head_subjects import ICT, Subject

Progress = Callable[[float, str], None]
PLOT, LEFT, LABELS = (1100, 110), 130, 14  # px of one channel's plot and the margin for its name
GIVEN, MADE = (150, 150, 150), (205, 25, 40)
SHOWN, COLUMNS = 12, 4  # pictures of a sheet
FILM_PX, FILMED = 400, (7.0, 17.0)  # px; the seconds of the clip that are filmed: talk, laughter and turns
ROOT_DROP = 0.45  # of the head's height: the neck's root, about which it turns, lies so far below the eyes


def curves(clip: Clip, found: Captured, names: tuple[str, ...]) -> np.ndarray:
    """The watched channels one below the other: the true weight grey, the captured one red; an image (H, W, 3)."""
    pil, drawing, fonts = pillow()
    width, height = PLOT
    image = pil.new("RGB", (width, height * len(WATCHED)), "white")
    draw, font = drawing.Draw(image), fonts.load_default(LABELS)
    x = LEFT + (width - LEFT - 10) * np.arange(len(clip.weights)) / max(1, len(clip.weights) - 1)
    for row, name in enumerate(WATCHED):
        bottom = height * (row + 1) - 12
        draw.text((8, bottom - height / 2), name, fill="black", font=font)
        draw.line([(LEFT, bottom), (width - 10, bottom)], fill=(225, 225, 225))
        for weights, colour, thick in ((clip.weights, GIVEN, 4), (found.recording.weights, MADE, 2)):
            y = bottom - (height - 24) * weights[:, names.index(name)]
            draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=colour, width=thick)
    return np.asarray(image)


def faces(clip: Clip, found: Captured) -> np.ndarray:
    """Frames of a clip, each beside the template head with the weights captured from it; an image (H, W, 3)."""
    pil, _, _ = pillow()
    template = load_template()
    fields, colour = template.arkit_fields(), sheets.colours(template)
    pairs = []
    for k in np.linspace(0, len(clip.pictures) - 1, SHOWN + 2).astype(int)[1:-1]:
        vertices = template.vertices + np.tensordot(found.recording.weights[k], fields, axes=1)
        made = sheets.picture(vertices, template, colour, sheets.FRONT)
        given = np.asarray(pil.fromarray(clip.pictures[k]).resize(made.shape[1::-1]))
        pairs.append(np.hstack([given, made]))
    return np.vstack([np.hstack(pairs[k : k + COLUMNS]) for k in range(0, SHOWN, COLUMNS)])


def film(path: Path, subject: Subject, found: Captured, progress: Progress) -> None:
    """A captured recording played on a head of another topology: keys, eyes and the head's own turning; an H.264 film."""
    recording, mesh = found.recording, subject.mesh
    rig = api.arkit_keys(mesh, landmarks=subject.landmarks)
    made = api.play_onto(mesh, recording, rig.keys, label="film", fps=FPS, landmarks=subject.landmarks, adaptation=rig.adaptation)
    played = api.play(recording, fps=FPS)
    turns = matrices(played.rotations[:, :3])
    shown = range(*(min(len(turns), round(FPS * second)) for second in FILMED))
    turns = turns @ Rotation.from_matrix(turns).mean().as_matrix().T  # about how the head is mostly held
    centre, triangles = head_sheets.looked_at(subject)
    pivot = centre - subject.height * np.array([0.0, -0.1, ROOT_DROP])
    colour = head_sheets.colours(subject)

    def frames():
        for k in shown:
            progress((k - shown.start) / len(shown), "Filming the captured motion")
            moved = mesh.vertices + np.tensordot(made.keys.weights[k].astype(float), made.keys.deltas.astype(float), axes=1)
            vertices = (moved - pivot) @ turns[k].T + pivot
            camera = look_at(centre, size=FILM_PX, extent=1.05 * subject.height, distance=4 * subject.height, yaw=0.0)
            normals = vertex_normals(vertices, triangles)
            yield shade(rasterise(vertices, triangles, camera), triangles, normals, camera, colours=colour)

    write_video(path, frames(), FPS)


def write(folder: Path, clip: Clip, found: Captured, progress: Progress) -> None:
    """capture_curves.png and capture_faces.png of a clip, and, where its model is at hand, capture.mp4: a real clip's motion on the ICT head."""
    make_folder(folder)
    write_png(folder / "capture_curves.png", curves(clip, found, load_template().arkit_names))
    write_png(folder / "capture_faces.png", faces(clip, found))
    if not ICT.is_file():
        return
    with open_video(fetched(HARD)) as video:
        real = api.capture(video.frames, video.fps, name="real clip")
    film(folder / "capture.mp4", ict().subject, real, progress)
