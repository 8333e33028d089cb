import pytest

from core.errors import LabelError
from core.labels import BASIC, COMA, LABELS, resolve


def test_eighteen_labels():
    assert len(COMA) == 12 and len(BASIC) == 6 and len(set(LABELS)) == 18


@pytest.mark.parametrize(
    ("said", "meant"), [("happy", "happiness"), ("Mouth Open", "mouth_open"), ("high-smile", "high_smile"), (" Sad ", "sadness")]
)
def test_everyday_names(said, meant):
    assert resolve(said) == meant


def test_a_typo_names_the_nearest():
    with pytest.raises(LabelError, match="Unknown expression 'suprise'. Did you mean surprise"):
        resolve("suprise")


def test_nonsense_lists_all():
    with pytest.raises(LabelError, match="Known: bareteeth.*surprise"):
        resolve("zzzz")
