"""The front door on real heads with the shipped weights: deterministic, neutral at zero, equivariant, and clear when refusing."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core import api
from core.errors import Cancelled, LabelError, MeshError, ModelError, ValueRangeError
from core.head import parts
from core.head.mesh import HeadMesh
from core.head.template import load_template
from core.keys import Keys


def test_a_performance_is_keys_that_rebuild_it(head, adaptation):
    made = api.generate(head, "surprise", frames=24, fps=24, seed=3, adaptation=adaptation)
    assert made.label == "surprise" and made.fps == 24 and made.clip.displacement.shape == (24, 68, 3)
    assert 0 < len(made.keys.names) <= 24
    assert made.keys.deltas.shape == (len(made.keys.names), len(head.vertices), 3)
    assert 0 <= made.residual_mm < 1.0
    reach_mm = 10 * np.linalg.norm(made.keys.deltas, axis=2).max(axis=1) * made.weight_tolerance
    assert reach_mm.max() < 0.06 and (made.weight_tolerance > 0).all(), "thinning a curve by its tolerance cannot be seen"
    moved = made.keys.vertices(head.vertices)
    np.testing.assert_array_equal(moved[0], head.vertices)
    apex_mm = 10 * np.linalg.norm(moved[-1] - head.vertices, axis=1).max()
    assert 5 < apex_mm < 60, "centimetres to millimetres: an expression one can see and a face can make"


def test_same_seed_same_result_other_seed_another(head, adaptation):
    first, again, other = (api.generate(head, "happy", seed=s, adaptation=adaptation) for s in (5, 5, 6))
    np.testing.assert_array_equal(first.keys.deltas, again.keys.deltas)
    np.testing.assert_array_equal(first.keys.weights, again.keys.weights)
    assert not np.array_equal(first.clip.displacement, other.clip.displacement)


def test_intensity_zero_is_exactly_neutral(head, adaptation):
    made = api.generate(head, "anger", intensity=0, adaptation=adaptation)
    np.testing.assert_array_equal(made.keys.vertices(head.vertices)[-1], head.vertices)


def test_more_intensity_moves_the_face_farther(head, adaptation):
    made = [api.generate(head, "mouth_open", intensity=i, adaptation=adaptation) for i in (0.25, 0.5, 1.0, 1.5)]
    sizes = [np.abs(one.keys.vertices(head.vertices)[-1] - head.vertices).max() for one in made]
    assert np.all(np.diff(sizes) > 0.1 * sizes[2])


@pytest.mark.parametrize("label", api.labels())
def test_every_label_moves_the_head_within_reason(head, adaptation, label):
    made = api.generate(head, label, seed=1, adaptation=adaptation)
    moved = made.keys.vertices(head.vertices)[-1] - head.vertices
    reach_mm = 10 * np.linalg.norm(moved, axis=1).max()
    assert 2 < reach_mm < 60
    crown = head.vertices[:, 1] > head.vertices[:, 1].max() - 2.5
    assert np.linalg.norm(moved[crown], axis=1).max() * 10 < 0.5, "the top of the skull does not follow an expression"


def test_mouth_open_parts_the_lips(head, adaptation):
    made = api.generate(head, "mouth_open", adaptation=adaptation)
    moved = made.keys.vertices(head.vertices)
    lips = adaptation.landmarks.points(moved, head.triangles)[:, [62, 66], 1]
    assert 10 * (lips[-1, 0] - lips[-1, 1]) > 8, "mm"


def test_the_whole_chain_follows_a_similarity(head, adaptation):
    turn = Rotation.from_euler("xyz", [20, -35, 60], degrees=True).as_matrix()
    other = HeadMesh(3.7 * head.vertices @ turn.T + [10.0, -4.0, 2.0], head.triangles, "turned")
    kept = api.adapt(other, adaptation.landmarks)
    same = api.adapt(head, adaptation.landmarks)
    here = api.generate(head, "happiness", adaptation=same)
    there = api.generate(other, "happiness", adaptation=kept)
    motion = here.keys.vertices(head.vertices)[-1] - head.vertices
    turned = there.keys.vertices(other.vertices)[-1] - other.vertices
    np.testing.assert_allclose(turned, 3.7 * motion @ turn.T, atol=3.7 * 1e-4 * np.ptp(head.vertices, axis=0).max())


def test_arkit_keys_are_52_named_and_unanimated(head, adaptation):
    keys = api.arkit_keys(head, adaptation=adaptation).keys
    assert keys.names == load_template().arkit_names and keys.weights.shape == (0, 52)
    size = np.abs(keys.deltas).max(axis=(1, 2))
    assert (size > 0.05).all(), "every key moves something, tongueOut included"


def test_a_clip_as_weights_on_the_arkit_keys(head, adaptation):
    """Only channels that move, 0 to 1, and the same performance but for a residual that is the largest error there is."""
    rig = api.arkit_keys(head, adaptation=adaptation)
    own = api.generate(head, "happiness", frames=12, seed=3, adaptation=adaptation)
    onto = api.generate(head, "happiness", frames=12, seed=3, adaptation=adaptation, onto=rig.keys)
    assert set(onto.keys.names) < set(rig.keys.names) and {"mouthSmileLeft", "mouthSmileRight"} <= set(onto.keys.names)
    assert onto.keys.weights.shape == (12, len(onto.keys.names)) and onto.weight_tolerance.shape == (len(onto.keys.names),)
    assert onto.keys.weights.min() >= 0 and onto.keys.weights.max() <= 1 and (onto.keys.weights[0] == 0).all()
    off = np.linalg.norm(onto.keys.vertices(head.vertices) - own.keys.vertices(head.vertices), axis=2).max() * 10
    assert off <= onto.residual_mm + own.residual_mm + 0.01
    assert onto.residual_mm < 12, "mm; the smile is there, what the 52 cannot say is not"
    signed = api.generate(head, "happiness", frames=12, seed=3, adaptation=adaptation, onto=rig.keys, signed=True)
    assert signed.keys.weights.min() < 0


def test_keys_of_another_mesh_are_refused_before_any_work(head):
    keys = Keys(("a",), np.zeros((1, 5, 3), np.float32), np.zeros((0, 1), np.float32))
    with pytest.raises(MeshError, match=r"an array of \(1, 5, 3\); expected \(1, .*, 3\)"):
        api.generate(head, "fear", onto=keys)


def test_landmarks_moved_mirrored_and_named_by_facing(head, adaptation):
    points = adaptation.landmarks.points(head.vertices, head.triangles)
    moved = points.copy()
    moved[19] += [0.0, 0.3, 0.0]
    edited = api.landmarks_at(head, moved)
    at = edited.points(head.vertices, head.triangles)
    assert 0.15 < (at - points)[19, 1] < 0.45, "cm"
    both = api.mirror_landmarks(head, edited, "right").points(head.vertices, head.triangles)
    assert (both - points)[24, 1] > 0.1
    assert api.facing_of(head, edited) == "+Z/+Y"


def test_parts_of_the_head_with_a_correction(head, adaptation):
    found = api.find_parts(head, adaptation.landmarks)
    assert (found.kind == adaptation.kind).mean() > 0.999
    corrected = replace(head, part=np.where(found.kind == parts.TONGUE, parts.OTHER, parts.FIND).astype(np.uint8))
    again = api.find_parts(corrected, adaptation.landmarks)
    assert (again.kind[found.kind == parts.TONGUE] == parts.OTHER).all()
    assert (again.kind == found.kind)[found.kind != parts.TONGUE].all()


def test_refusals(head, adaptation):
    with pytest.raises(LabelError, match="Did you mean"):
        api.generate(head, "supprise", adaptation=adaptation)
    for wrong in ({"frames": 1}, {"fps": 0}, {"intensity": -1}, {"intensity": float("nan")}, {"seed": -1}, {"frames": 10**6}):
        with pytest.raises(ValueRangeError, match=next(iter(wrong))):
            api.generate(head, "fear", adaptation=adaptation, **wrong)
    with pytest.raises(MeshError):
        api.adapt(HeadMesh(head.vertices * np.nan, head.triangles))


def test_an_adaptation_of_another_mesh_is_refused(head, adaptation):
    other = HeadMesh(head.vertices[:-1], head.triangles[(head.triangles < len(head.vertices) - 1).all(axis=1)], "other")
    with pytest.raises(MeshError, match="made for a mesh of .* vertices"):
        api.generate(other, "fear", adaptation=adaptation)


def test_an_adaptation_of_another_template_names_both(head, adaptation):
    with pytest.raises(ModelError, match="made for the template other-head-9; this Mimica has makehuman-head-1"):
        api.generate(head, "fear", adaptation=replace(adaptation, template="other-head-9"))


def test_progress_runs_up_and_can_cancel(head):
    seen = []

    def watch(fraction, what):
        seen.append(fraction)
        assert what
        if fraction > 0.3:
            raise Cancelled("stopped by the test")

    with pytest.raises(Cancelled):
        api.generate(head, "fear", progress=watch)
    assert seen == sorted(seen) and 0.3 < seen[-1] < 0.9
