"""Expression labels: the twelve of CoMA (Ranjan 2018) and the six basic emotions (Ekman)."""

from __future__ import annotations

import difflib

from .errors import LabelError

COMA = (
    "bareteeth", "cheeks_in", "eyebrow", "high_smile", "lips_back", "lips_up",
    "mouth_down", "mouth_extreme", "mouth_middle", "mouth_open", "mouth_side", "mouth_up",
)  # fmt: skip
BASIC = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
LABELS = COMA + BASIC
ALIASES = {"angry": "anger", "disgusted": "disgust", "afraid": "fear", "happy": "happiness", "sad": "sadness", "surprised": "surprise"}


def resolve(name: str) -> str:
    """The label meant by `name`: case, spaces, hyphens and everyday adjectives are forgiven.

    Raises LabelError naming the nearest labels.
    """
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    key = ALIASES.get(key, key)
    if key in LABELS:
        return key
    near = difflib.get_close_matches(key, LABELS, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise LabelError(f"Unknown expression '{name}'.{hint} Known: {', '.join(LABELS)}.")
