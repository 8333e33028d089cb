"""What was worked out for a head, kept on its object and saved with the file: its adaptation and its landmarks.

The adaptation is left unused once the mesh, its corrected parts or its landmarks have changed. The landmarks lie on triangles of the head's own
object, so they go with the surface when it is sculpted, and are left unused once its faces are others.
"""

import base64
import hashlib
import zlib

import numpy as np

from ...core.errors import FileError
from ...core.head import template
from ...core.runtime import calls, wire

ADAPTATION = "mimica_adaptation"
LANDMARKS = "mimica_landmarks"
FACING = "mimica_facing"
COUNTS = "mimica_counts"  # of vertices and faces when the landmarks were kept: what a panel can afford to look at
MARK = 32  # bytes of the fingerprint before the packed data
MARK_TEXT = MARK * 5 // 4  # characters of it; all is kept as text, as Blender's Alembic exporter breaks down over bytes that hold a zero
_latest = {}  # the last adaptation by fingerprint: undo takes the object's own copy back, and redo needs it again


def fingerprint(mesh, landmarks=None):
    """MARK bytes that change with any vertex, triangle or corrected part of a HeadMesh, and with the landmarks given."""
    arrays = [mesh.vertices.astype(np.float32), mesh.triangles.astype(np.int32)]
    arrays += [mesh.part] if mesh.part is not None else []
    arrays += [landmarks.triangles, landmarks.barycentric, landmarks.confidence] if landmarks is not None else []
    return _digest(arrays)


def arguments(head):
    """What a call of core.api is told of a head: its mesh, and the adaptation or else the landmarks that are kept for it."""
    adaptation = load(head)
    if adaptation is not None:
        return {"mesh": head.mesh, "adaptation": adaptation}
    return {"mesh": head.mesh, "landmarks": load_landmarks(head)}


def load(head):
    """The adaptation made for exactly this head and its landmarks, or None."""
    mark = fingerprint(head.mesh, load_landmarks(head))
    if mark in _latest:
        return _latest[mark]
    adaptation = _read(head.object, ADAPTATION, mark)
    if adaptation is None or adaptation.template != template.ID:
        return None
    _remember(mark, adaptation)
    return adaptation


def store(head, adaptation):
    mark = fingerprint(head.mesh, load_landmarks(head))
    _remember(mark, adaptation)
    _write(head.object, ADAPTATION, mark, adaptation)


def load_landmarks(head):
    """The landmarks kept for the head, or None."""
    return _read(head.object, LANDMARKS, _faces(head))


def store_landmarks(head, landmarks, facing):
    """Keeps landmarks in place of the earlier ones, and the way the face looks; the adaptation made without them goes.

    Only triangles of the head's own object may be among them (`heads.Head.own_mesh`).
    """
    forget_landmarks(head.object)
    forget(head.object)
    _write(head.object, LANDMARKS, _faces(head), landmarks)
    head.object[FACING] = facing
    head.object[COUNTS] = _counts(head.object)


def forget_landmarks(obj):
    for name in (LANDMARKS, FACING, COUNTS):
        if name in obj:
            del obj[name]


def forget(obj):
    """Takes the kept adaptation off the object."""
    if ADAPTATION in obj:
        del obj[ADAPTATION]


def landmarks_fit(obj):
    """Whether the object keeps landmarks of as many vertices and faces as it has now."""
    return LANDMARKS in obj and list(obj.get(COUNTS, ())) == _counts(obj)


def _counts(obj):
    return [len(obj.data.vertices), len(obj.data.polygons)]


def _faces(head):
    own = head.own_mesh()
    return _digest([own.triangles.astype(np.int32), np.array([len(own.vertices)])])


def _digest(arrays):
    digest = hashlib.blake2b(digest_size=MARK)
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()


def _read(obj, name, mark):
    """What `_write` kept under that mark, or None."""
    if _stored_mark(obj, name) != mark:
        return None
    try:
        return wire.unpack(zlib.decompress(base64.b85decode(obj[name][MARK_TEXT:])), calls.known_types())
    except (FileError, ValueError, zlib.error):
        return None  # of an older Mimica, or damaged: it is made again


def _write(obj, name, mark, value):
    if _stored_mark(obj, name) == mark:
        return
    obj[name] = (base64.b85encode(mark) + base64.b85encode(zlib.compress(wire.pack(value), 1))).decode()


def _stored_mark(obj, name):
    data = obj.get(name)
    return base64.b85decode(data[:MARK_TEXT]) if isinstance(data, str) and len(data) > MARK_TEXT else b""


def _remember(mark, adaptation):
    _latest.clear()
    _latest[mark] = adaptation
