"""The adaptation of a head, kept on its object: saved with the file, and left unused once the mesh has changed."""

import hashlib
import zlib

import numpy as np

from ...core.errors import FileError
from ...core.head import template
from ...core.runtime import calls, wire

PROPERTY = "mimica_adaptation"
MARK = 32  # bytes of the fingerprint before the packed data
_latest = {}  # the last adaptation by fingerprint: undo takes the object's own copy back, and redo needs it again


def fingerprint(mesh):
    """MARK bytes that change with any vertex or triangle of a HeadMesh."""
    digest = hashlib.blake2b(digest_size=MARK)
    for array in (mesh.vertices.astype(np.float32), mesh.triangles.astype(np.int32)):
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()


def load(obj, mesh):
    """The adaptation made for exactly this mesh, or None."""
    mark = fingerprint(mesh)
    if mark in _latest:
        return _latest[mark]
    if _stored_mark(obj) != mark:
        return None
    try:
        adaptation = wire.unpack(zlib.decompress(obj[PROPERTY][MARK:]), calls.known_types())
    except (FileError, zlib.error):
        return None  # of an older Mimica, or damaged: it is made again
    if adaptation.template != template.ID:
        return None
    _remember(mark, adaptation)
    return adaptation


def store(obj, mesh, adaptation):
    mark = fingerprint(mesh)
    _remember(mark, adaptation)
    if _stored_mark(obj) == mark:
        return
    forget(obj)  # Blender cuts bytes off at the first zero where it overwrites a property, not where it makes one
    obj[PROPERTY] = mark + zlib.compress(wire.pack(adaptation), 1)


def forget(obj):
    """Takes the kept adaptation off the object."""
    if PROPERTY in obj:
        del obj[PROPERTY]


def _stored_mark(obj):
    data = obj.get(PROPERTY)
    return data[:MARK] if isinstance(data, bytes) else b""


def _remember(mark, adaptation):
    _latest.clear()
    _latest[mark] = adaptation
