"""A small picture of a head in a pose, and a pose as a recording."""

import numpy as np
import pytest

from core import api
from core.errors import ValueRangeError
from core.head.template import load_template


def test_a_portrait_shows_the_pose_on_nothing(head, adaptation):
    still = np.zeros_like(head.vertices)
    raised = still.copy()
    raised[adaptation.kind == 0, 1] = 2.0  # of the demo head's centimetres; up, in its own axes
    rest, posed = (api.portrait(head, field, size=64, adaptation=adaptation) for field in (still, raised))
    assert rest.shape == (64, 64, 4) and rest.dtype == np.uint8
    assert (rest[:2, :2, 3] == 0).all() and (rest[24:40, 24:40, 3] == 255).all()
    assert np.abs(rest.astype(int) - posed.astype(int)).max() > 50
    for wrong in ({"displacement": still[1:]}, {"displacement": still, "size": 3}):
        with pytest.raises(ValueRangeError, match="picture"):
            api.portrait(head, adaptation=adaptation, **wrong)


def test_a_pose_is_reached_softly_and_stays_the_pose():
    names = load_template().arkit_names
    pose = api.Pose("wink", np.linspace(0.0, 1.0, len(names)))
    made = api.recording_of_pose(pose, frames=13, fps=24.0)
    assert made.names == names and made.weights[0].max() == 0.0
    np.testing.assert_allclose(made.weights[-1], pose.weights)
    np.testing.assert_allclose(made.weights[6], 0.5 * pose.weights)
    assert (np.diff(made.weights, axis=0) >= 0.0).all() and not made.rotations.any()
    with pytest.raises(ValueRangeError, match="frames"):
        api.recording_of_pose(pose, frames=1, fps=24.0)
