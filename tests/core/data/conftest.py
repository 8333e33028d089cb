"""Small recorded data sets, written to disk in the form in which their owners ship them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.head.template import load_template
from core.npz import write_npz

FROM_COMA = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # +Y up and face towards +Z, to canonical axes
FIELDS = {"bareteeth": "mouthStretchLeft", "mouth_open": "jawOpen", "high_smile": "mouthSmileLeft"}
FRAMES = 40


def write_ply(path: Path, vertices: np.ndarray, triangles: np.ndarray, form: str) -> None:
    """form: "ascii", "binary" or "normals" (binary, with normals)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    normals = "".join(f"property float n{axis}\n" for axis in "xyz") if form == "normals" else ""
    kind = "ascii" if form == "ascii" else "binary_little_endian"
    head = (
        f"ply\nformat {kind} 1.0\nelement vertex {len(vertices)}\nproperty float x\nproperty float y\nproperty float z\n{normals}"
        f"element face {len(triangles)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    if form == "ascii":
        points = "\n".join("{:.9g} {:.9g} {:.9g}".format(*vertex) for vertex in vertices)
        path.write_text(head + points + "\n" + "\n".join("3 {} {} {}".format(*triangle) for triangle in triangles) + "\n")
        return
    columns = np.hstack([vertices, np.zeros_like(vertices)]) if form == "normals" else vertices
    faces = np.empty(len(triangles), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, triangles
    path.write_bytes(head.encode() + columns.astype("<f4").tobytes() + faces.tobytes())


def bump(apexes: tuple[int, ...], frames: int = FRAMES, width: float = 9.0) -> np.ndarray:
    """Weight (F,) that is quiet, rises to 1 at each apex and falls back."""
    frame = np.arange(frames)
    return sum(np.where(abs(frame - a) < width, 0.5 + 0.5 * np.cos(np.pi * (frame - a) / width), 0.0) for a in apexes)


@dataclass
class Recorder:
    """Writes sequences of the template, shaped a little differently for each person, in CoMA's axes."""

    root: Path
    bump = staticmethod(bump)

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True)
        template = load_template()
        skin = template.is_part("skin", "eye_right", "eye_left")
        self.kept = np.flatnonzero(skin)
        self.triangles = np.searchsorted(self.kept, template.triangles[skin[template.triangles].all(axis=1)]).astype(np.int32)
        self.vertices = template.vertices[self.kept].astype(np.float64)
        self.fields = {label: template.arkit_field(name)[self.kept].astype(np.float64) for label, name in FIELDS.items()}
        row = {tuple(corners): k for k, corners in enumerate(self.triangles)}
        self.landmark_file = self.root.parent / "landmarks.npz"
        embedding = template.landmarks
        triangles = [row[tuple(np.searchsorted(self.kept, template.triangles[t]))] for t in embedding.triangles]
        write_npz(
            self.landmark_file,
            {
                "triangles": np.array(triangles),
                "barycentric": embedding.barycentric,
                "confidence": np.ones(68),
                "head_size": np.array([len(self.vertices), len(self.triangles)]),
            },
        )

    def neutral(self, person: int) -> np.ndarray:
        """A person's head (V, 3) m in canonical axes, 4 % larger from one person to the next."""
        return self.vertices * (1.0 + 0.04 * (person - 1))

    def sequence(self, name: str, neutral: np.ndarray, motion: np.ndarray, form: str = "binary", first: int = 1, turn=None) -> None:
        """motion (F, V, 3) m canonical; name: <person>/<label>/<clip and the separator before the number>; turn: vertices to vertices."""
        for number, moved in enumerate(motion, first):
            vertices = (neutral + moved) @ FROM_COMA
            write_ply(self.root / f"{name}{number:06d}.ply", turn(vertices, number) if turn else vertices, self.triangles, form)

    def coma(self, people: int = 3, apexes: tuple[int, ...] = (12, 30), labels: tuple[str, ...] = tuple(FIELDS)) -> None:
        for person in range(people):
            for number, label in enumerate(labels):
                motion = bump(apexes)[:, None, None] * self.fields[label]
                form = "ascii" if (person, number) == (1, 0) else "normals" if number == 1 else "binary"
                self.sequence(f"FaceTalk_{person}/{label}/{label}.", self.neutral(person), motion, form)


@pytest.fixture
def recorder(tmp_path):
    return Recorder(tmp_path / "given" / "data")
