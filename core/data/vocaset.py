"""VOCASET (Cudeiro et al. 2019) as shipped: unposedcleaneddata/FaceTalk_*/sentenceNN/sentenceNN.NNNNNN.ply; 12 people, 60 fps, metres.

Speech on CoMA's topology, heads aligned by the owners. Sentences are no expressions: the sentence is the label, and each is one clip whose
frames are spread over all of it, as motion to test on.
"""

from __future__ import annotations

import re

from .registered import Layout


def label_of(folder: str) -> str | None:
    """The sentence that a folder holds."""
    return folder.lower() if re.fullmatch(r"sentence\d+", folder.lower()) else None


LAYOUT = Layout("VOCASET", ("unposedcleaneddata",), label_of, speech=True)
