"""The recipe of docs/recipes.md can be read, and the page names every field."""

import re
from dataclasses import fields

from core.motion.expressions_json import UNIT_POSES
from core.motion.recipes import from_json
from core.motion.sequence import Cue, Sequence


def test_the_page_is_true(root):
    page = (root / "docs" / "recipes.md").read_text("utf-8")
    sequence = from_json(re.search(r"```json\n(.*?)```", page, re.S).group(1), "docs/recipes.md")
    assert (
        [cue.expression for cue in sequence.cues] == ["surprise", "happiness"]
        and sequence.blinks == 15
        and sequence.cues[1].intensity == 0.9
    )
    for field in (*fields(Sequence), *fields(Cue)):
        assert re.search(rf"^\| (?:`\w+`, )*`{field.name}`", page, re.M), f"{field.name} is not in the tables"
    assert not set(UNIT_POSES) & {"ChinDown", "JawDropStretched"}
