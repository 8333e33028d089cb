"""The one family of errors. A message names the object or file, what was found, what was expected, and what to do."""

from __future__ import annotations


class MimicaError(Exception):
    """Anything a user can cause and mend. Everything else is a bug and keeps its own type."""


class MeshError(MimicaError):
    """The mesh cannot be used as a neutral head."""


class LandmarkError(MimicaError):
    """No face was found, several were, or the landmarks do not fit the mesh."""


class LabelError(MimicaError):
    """An expression name that no model knows."""


class ValueRangeError(MimicaError):
    """A setting (frames, intensity, seed ...) outside what is possible."""


class FileError(MimicaError):
    """A file is missing, truncated, of another format, or cannot be written."""


class ModelError(MimicaError):
    """A model file is missing, damaged, or made for another template, label set or format version."""


class BackendError(MimicaError):
    """The chosen backend (Python, torch, device, worker process) is not there or broke down."""


class Cancelled(MimicaError):
    """The user stopped the work; nothing was changed."""
