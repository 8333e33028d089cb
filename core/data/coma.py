"""CoMA (Ranjan et al. 2018) as shipped: FaceTalk_*/<expression>/<expression>.NNNNNN.ply; 12 people, 12 expressions, 60 fps, metres.

Heads are aligned by the owners. Frames that the owners could not register are not in it, so frame numbers have holes.
"""

from __future__ import annotations

from ..labels import COMA
from .registered import Layout


def label_of(folder: str) -> str | None:
    """The expression a folder holds, upper and lower case alike."""
    return folder.lower() if folder.lower() in COMA else None


LAYOUT = Layout("CoMA", ("COMA_data",), label_of, COMA)
