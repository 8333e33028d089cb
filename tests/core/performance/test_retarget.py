"""The motion of another head on this one: known answers, frame rates, a head that turns, a mask with no eyes and teeth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core import api
from core.errors import MeshError, ValueRangeError
from core.head.landmarks import Landmarks
from core.head.mesh import HeadMesh
from core.head.template import load_template
from core.motion.clip import Clip
from core.performance.performance import HeadMotion

MM = 1000.0
FRAMES, FPS = 25, 60.0
TURN = Rotation.from_euler("x", -90, degrees=True).as_matrix()


def _own(points: np.ndarray) -> np.ndarray:
    """Canonical points in the other head's space: centimetres, another axis up."""
    return 100.0 * points @ TURN.T


@pytest.fixture(scope="module")
def field() -> np.ndarray:
    """The template opening its mouth, smiling on one side and shutting its eyes (FRAMES, V, 3) m."""
    template = load_template()
    pose = 0.6 * template.arkit_field("jawOpen") + 0.7 * template.arkit_field("mouthSmileLeft")
    pose = pose + template.arkit_field("eyeBlinkLeft") + template.arkit_field("eyeBlinkRight")
    return np.sin(np.linspace(0, np.pi / 2, FRAMES))[:, None, None] * pose.astype(np.float64)


@pytest.fixture(scope="module")
def this() -> tuple[HeadMesh, api.Adaptation]:
    template = load_template()
    mesh = HeadMesh(template.vertices.astype(np.float64), template.triangles, "this head")
    return mesh, api.adapt(mesh, template.landmarks)


@pytest.fixture(scope="module")
def other() -> tuple[HeadMesh, api.Adaptation]:
    template = load_template()
    mesh = HeadMesh(_own(template.vertices.astype(np.float64)), template.triangles, "other head")
    return mesh, api.adapt(mesh, template.landmarks)


def _source(other, field: np.ndarray, fps: float = FPS) -> HeadMotion:
    return HeadMotion(other[0], (other[0].vertices + _own(field)).astype(np.float32), fps, "take 7")


def _transfer(this, other, source, **options):
    return api.transfer(this[0], source, adaptation=this[1], source_adaptation=other[1], dense=True, **options)


def _errors(made: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return MM * np.linalg.norm(made - truth, axis=2)


def test_the_same_face_in_other_units_does_the_same(this, other, field):
    made = _transfer(this, other, _source(other, field))
    template = load_template()
    off = _errors(made.motion, field)
    skin = template.is_part("skin")
    lids = np.linalg.norm(template.vertices[:, None] - template.eye_centres, axis=2).min(axis=1) < 0.03  # they close their own way
    assert off[:, skin].mean() < 0.1 and np.percentile(off[:, skin & ~lids], 99) < 0.6
    assert off[:, template.is_part("teeth_lower", "teeth_upper", "eye_left")].max() < 1.0
    assert made.label == "take 7" and made.fps == FPS and made.clip.displacement.shape == (FRAMES, 68, 3)
    assert made.keys.weights.shape == (FRAMES, len(made.keys.names)) and (made.motion[0] == 0).all()


def test_another_frame_rate_keeps_the_timing(this, other, field):
    made = _transfer(this, other, _source(other, field), fps=30.0)
    assert made.motion.shape[0] == (FRAMES + 1) // 2 and made.fps == 30.0
    skin = load_template().is_part("skin")
    assert _errors(made.motion, field[::2])[2:-2, skin].mean() < 0.12


def test_a_head_that_turns_as_a_whole_gives_its_face_only(this, other, field):
    source = _source(other, field)
    turn = Rotation.from_euler("yz", np.linspace(0, [30, 10], FRAMES), degrees=True).as_matrix()
    turned = np.einsum("fvi,fji->fvj", source.vertices, turn) + np.linspace(0, [1, 2, 3], FRAMES)[:, None]
    made = _transfer(this, other, HeadMotion(source.mesh, turned.astype(np.float32), FPS, "turning"))
    assert _errors(made.motion, field)[:, load_template().is_part("skin")].mean() < 0.15


def test_a_mask_with_neither_eyes_nor_teeth_still_opens_the_jaw_and_leaves_the_neck(this, field):
    template = load_template()
    front = template.is_part("skin") & (template.vertices[:, 1] < 0.04) & (template.vertices[:, 2] > -0.12)
    kept = front[template.triangles].all(axis=1)
    used, triangles = np.unique(template.triangles[kept], return_inverse=True)
    place = np.cumsum(kept) - 1
    marks = Landmarks(place[template.landmarks.triangles], template.landmarks.barycentric, np.ones(68))
    assert kept[template.landmarks.triangles].all()
    mesh = HeadMesh(template.vertices[used].astype(np.float64), triangles.reshape(-1, 3).astype(np.int32), "mask")
    source = HeadMotion(mesh, (mesh.vertices + field[::6][:, used]).astype(np.float32), 10.0, "mask")
    made = api.transfer(this[0], source, adaptation=this[1], source_landmarks=marks, dense=True)
    off, size = _errors(made.motion, field[::6]), MM * np.linalg.norm(field[-1], axis=1)
    inner = template.landmark_points()[17:]
    face = template.is_part("skin") & (np.linalg.norm(template.vertices[:, None] - inner, axis=2).min(axis=1) < 0.02)
    assert off[-1, face].mean() < 0.2 * size[face].mean()
    teeth = template.is_part("teeth_lower")
    assert off[-1, teeth].mean() < 0.35 * size[teeth].mean()
    away = template.is_part("skin") & (size < 0.01)
    assert MM * np.linalg.norm(made.motion[-1, away], axis=1).mean() < 1.0, "the template is drawn to a mask's edge"


def test_a_clips_landmarks_drive_the_head_at_any_rate(this):
    template = load_template()
    smile = template.landmarks.points(template.arkit_field("mouthSmileLeft").astype(np.float64), template.triangles)
    clip = Clip(np.linspace(0, 1, 31), np.linspace(0, 1, 31)[:, None, None] * smile, "smile", 0, "test")
    made = api.transfer(this[0], clip, adaptation=this[1], fps=12.0, dense=True)
    assert made.motion.shape[0] == 13 and made.fps == 12.0 and made.label == "smile"
    got = template.landmarks.points(made.motion[-1], template.triangles)
    assert MM * np.linalg.norm(got - smile, axis=1).mean() < 0.5
    assert api.transfer(this[0], clip, adaptation=this[1]).keys.weights.shape[0] == 31


def test_onto_keys_that_the_head_has(this, other, field):
    template = load_template()
    names = ("jawOpen", "mouthSmileLeft", "eyeBlinkLeft", "eyeBlinkRight", "browInnerUp")
    keys = api.Keys(names, np.stack([template.arkit_field(name) for name in names]), np.zeros((0, 5), np.float32))
    made = _transfer(this, other, _source(other, field), onto=keys)
    weight = dict(zip(made.keys.names, made.keys.weights[-1], strict=True))
    assert weight.get("browInnerUp", 0.0) < 0.2
    assert weight["jawOpen"] == pytest.approx(0.6, abs=0.05) and weight["mouthSmileLeft"] == pytest.approx(0.7, abs=0.05)


def test_a_motion_of_ones_own_becomes_keys(this, field):
    made = api.keys_for(this[0], field.astype(np.float32), fps=24.0, label="cache", adaptation=this[1])
    assert made.residual_mm < 0.5 and made.fps == 24.0 and made.label == "cache" and made.motion is None
    rebuilt = made.keys.vertices(this[0].vertices) - this[0].vertices
    assert _errors(rebuilt, field).max() < 0.6


def test_what_is_no_motion_is_refused(this, other, field):
    source = _source(other, field)
    cases = {
        "expected .F, 4": HeadMotion(source.mesh, source.vertices[:, 1:], FPS, "short"),
        "no finite numbers": HeadMotion(source.mesh, np.full_like(source.vertices, np.nan), FPS, "nan"),
    }
    for said, bad in cases.items():
        with pytest.raises(MeshError, match=said):
            _transfer(this, other, bad)
    for said, options in {"fps is 0": {"fps": 0.0}, "fps is nan": {"fps": np.nan}, "single frame": {"fps": 1.0}}.items():
        with pytest.raises(ValueRangeError, match=said):
            _transfer(this, other, source, **options)
    with pytest.raises(ValueRangeError, match="single frame"):
        _transfer(this, other, HeadMotion(source.mesh, source.vertices[:1], FPS, "still"))
    with pytest.raises(MeshError, match="expected"):
        api.keys_for(this[0], field[:, 1:], fps=24.0, label="x", adaptation=this[1])
