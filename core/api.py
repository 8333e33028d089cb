"""The front door: operators, the command line, the worker process and tests all come through here.

The calls live in core/front, by what they start from; the types beside them are what they take and give.
"""

from __future__ import annotations

from .front.captures import capture
from .front.express import express, expression_sheet
from .front.expressions import direct, draft, generate, interpolate, labels, variants
from .front.heads import (
    arkit_keys,
    detect_landmarks,
    facing_of,
    find_parts,
    landmarks_at,
    landmarks_from_nine,
    mirror_landmarks,
    neutralise,
    portrait,
)
from .front.photos import face_texture, fit, prior, read_photo, reduced
from .front.reenact import pose_of_head, reenact
from .front.shared import MAX_FRAMES, TOLERANCE_MM, Progress, adapt, quiet
from .front.sources import (
    keys_for,
    play,
    play_onto,
    read_expression,
    read_mesh_sequence,
    read_recording,
    recording_of,
    recording_of_pose,
    transfer,
    write_expression,
    write_recording,
)
from .front.videos import Moving, predict, retarget, towards
from .head.adaptation import Adaptation
from .head.landmarks import Landmarks
from .head.mesh import HeadMesh
from .head.parts import Parts
from .keys import Keys
from .morphable.photo_fit import PhotoFit
from .morphable.unwrap import FaceTexture
from .motion.clip import Clip
from .motion.expressions_json import Pose
from .motion.live_link_face import Recording
from .motion.playback import Played
from .motion.sequence import Cue, Sequence
from .performance.mesh_sequence import MeshSequence
from .performance.performance import HeadMotion, Performance, Rig
from .performance.variants import Variants
from .video.capture import Captured

__all__ = [
    "Adaptation",
    "Captured",
    "Clip",
    "Cue",
    "FaceTexture",
    "HeadMesh",
    "HeadMotion",
    "Keys",
    "Landmarks",
    "MeshSequence",
    "Moving",
    "Parts",
    "Performance",
    "PhotoFit",
    "Played",
    "Pose",
    "Recording",
    "Rig",
    "Sequence",
    "Variants",
    "MAX_FRAMES",
    "Progress",
    "TOLERANCE_MM",
    "adapt",
    "arkit_keys",
    "capture",
    "detect_landmarks",
    "direct",
    "draft",
    "face_texture",
    "express",
    "expression_sheet",
    "facing_of",
    "find_parts",
    "fit",
    "generate",
    "interpolate",
    "keys_for",
    "labels",
    "landmarks_at",
    "landmarks_from_nine",
    "mirror_landmarks",
    "neutralise",
    "play",
    "play_onto",
    "portrait",
    "pose_of_head",
    "predict",
    "prior",
    "quiet",
    "read_expression",
    "read_mesh_sequence",
    "read_photo",
    "read_recording",
    "recording_of",
    "reenact",
    "recording_of_pose",
    "reduced",
    "retarget",
    "towards",
    "transfer",
    "variants",
    "write_expression",
    "write_recording",
]
