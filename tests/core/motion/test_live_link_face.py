"""Live Link Face recordings: what is read, what is refused, what is rest."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import FileError, ValueRangeError
from core.head.template import load_template
from core.motion.live_link_face import ROTATIONS, Recording, read_recording, write_recording

NAMES = load_template().arkit_names
REAL = Path(__file__).parents[3] / "../shared/data/arkit_capture"
HEADER = ",".join(["Timecode", "BlendShapeCount", *(n[0].upper() + n[1:] for n in NAMES), *ROTATIONS])


def _line(timecode: str, weights: np.ndarray) -> str:
    return ",".join([timecode, "61", *(f"{w:.6f}" for w in weights), *(f"{0.01 * k:.4f}" for k in range(9))])


def _file(path: Path, lines: list[str], header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def _lines(count: int = 4) -> list[str]:
    return [_line(f"10:00:00:{2 * k:02d}.500", np.full(52, 0.01 * k)) for k in range(count)] + [_line("10:00:01:59.000", np.zeros(52))]


def test_weights_times_and_rotations_are_read(tmp_path):
    plain = read_recording(_file(tmp_path / "a.csv", _lines()))
    assert plain.names == NAMES and plain.weights.shape == (5, 52) and np.allclose(plain.weights[3], 0.03)
    assert np.allclose(plain.times, [0, 2 / 60, 4 / 60, 6 / 60, 1 + 58.5 / 60]) and np.isclose(plain.fps, 30.0)
    assert np.allclose(plain.rotations[0], 0.01 * np.arange(9))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    assert np.array_equal(read_recording(tmp_path / "b.csv.gz").weights, plain.weights)


def test_columns_are_found_by_name_in_any_order(tmp_path):
    cells = [line.split(",")[::-1] for line in (HEADER, *_lines())]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(row) for row in cells))
    assert np.array_equal(read_recording(path).weights, read_recording(_file(tmp_path / "b.csv", _lines())).weights)


def test_timecodes_count_in_30ths_too_and_pass_midnight(tmp_path):
    lines = [_line(code, np.zeros(52)) for code in ("23:59:59:28.0", "23:59:59:29.0", "00:00:00:00.0", "00:00:00:01.0")]
    assert np.allclose(read_recording(_file(tmp_path / "a.csv", lines)).times, np.arange(4) / 30)


def test_bad_files_are_refused_by_name_and_line(tmp_path):
    good = _lines()
    cases = {
        "lacks 1 columns.*jawOpen": (good, HEADER.replace("JawOpen", "Jaw")),
        "line 3: a value that is no finite number": ([good[0], good[1].replace("0.010000", "nan", 1), *good[2:]], HEADER),
        "line 2: could not convert": ([good[0].replace("0.000000", "much", 1), *good[1:]], HEADER),
        "line 4: 3 values under 63 columns": ([*good[:2], "10:00:00:04,61,0"], HEADER),
        "line 2: timecode 'noon'": ([good[0].replace("10:00:00:00.500", "noon"), *good[1:]], HEADER),
        "line 3: the timecode does not go on": ([good[1], good[0], *good[2:]], HEADER),
        "counts 99 frames": ([good[0], good[1].replace("10:00:00:02.500", "10:00:00:99")], HEADER),
        "holds 1 frames": (good[:1], HEADER),
        "holds 0 frames": ([], ""),
    }
    for said, (lines, header) in cases.items():
        with pytest.raises(FileError, match=said):
            read_recording(_file(tmp_path / "bad.csv", lines, header))
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00\x01" * 40)
    with pytest.raises(FileError, match="cannot be read as CSV"):
        read_recording(tmp_path / "bad.csv")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(HEADER.encode())[:-9])
    with pytest.raises(FileError, match="cut.csv.gz cannot be read"):
        read_recording(tmp_path / "cut.csv.gz")
    with pytest.raises(FileError, match="none.csv cannot be read"):
        read_recording(tmp_path / "none.csv")


def _made() -> tuple[Recording, np.ndarray]:
    """Rest, a big smile held still, rest; gaze wanders all the time."""
    rng = np.random.default_rng(0)
    rest = rng.uniform(0.0, 0.2, 52)
    weights = np.tile(rest, (600, 1)) + 0.002 * rng.normal(size=(600, 52))
    smile = [NAMES.index("mouthSmileLeft"), NAMES.index("mouthSmileRight")]
    weights[200:400, smile] += 0.7 * np.minimum(1.0, np.minimum(np.arange(200), np.arange(200)[::-1]) / 20)[:, None]
    weights[:, NAMES.index("eyeLookInLeft")] = rng.uniform(size=600)
    return Recording(np.arange(600) / 30, NAMES, weights, np.zeros((600, 9))), rest


def test_rest_is_the_recordings_own_and_no_grimace_held_still():
    recording, rest = _made()
    seen = [not n.startswith("eyeLook") for n in NAMES]
    assert not recording.quiet()[225:375].any()
    assert np.abs(recording.neutral() - rest)[seen].max() < 0.002
    weights = recording.from_neutral(NAMES)
    assert weights.min() >= 0.0 and weights.max() <= 1.0 and weights[:, np.logical_not(seen)].max() == 0.0
    assert weights[300, NAMES.index("mouthSmileLeft")] == pytest.approx(0.7, abs=0.01) and weights[100].max() < 0.01
    start, peak = recording.largest_rise()
    assert start < 205 and 215 < peak < 385
    order = NAMES[::-1]
    assert np.array_equal(recording.from_neutral(order), weights[:, ::-1])


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the recordings in ../shared/data/arkit_capture")
@pytest.mark.parametrize(("name", "frames"), [("alex_rom_3", 4030), ("alex_rom_4", 3809)])
def test_real_recordings(name, frames):
    recording = read_recording(REAL / f"{name}.csv.gz")
    assert len(recording.times) == frames and recording.fps == pytest.approx(30.0, abs=0.01)
    assert recording.times[-1] == pytest.approx(frames / 30, rel=0.01)
    neutral = recording.neutral()
    assert neutral[NAMES.index("jawOpen")] < 0.06 and 0.1 < neutral[NAMES.index("mouthFrownLeft")] < 0.3
    beyond = recording.from_neutral(NAMES)
    assert np.median(beyond[recording.quiet()]) < 0.005 and beyond.max() > 0.9


@pytest.mark.parametrize("first", ["10:00:00:00.500", "23:59:59;58.250", "10:00:59;29.000", "10:09:59;58.000"])
def test_what_is_read_and_written_and_read_is_the_same(tmp_path, first):
    sign, random = first[8], np.random.default_rng(0)
    codes = {";": ["10:00:59;59.000", "10:01:00;04.000", "10:01:00;05.000"]}.get(sign, ["10:00:00:02.499", "10:00:01:59.000"])
    codes = (
        [first, *codes]
        if first < codes[0]
        else [first, *("00:00:00;00.250 00:00:00;01.250".split() if first > "2" else ["10:10:00;00.000"])]
    )
    lines = [",".join([code, "61", *(f"{w:.10f}" for w in random.normal(0.3, 0.2, 61))]) for code in codes]
    once = read_recording(_file(tmp_path / "a.csv", lines))
    for name in ("b.csv", "c.csv.gz"):
        write_recording(tmp_path / name, once)
        again = read_recording(tmp_path / name)
        assert again.names == once.names and again.timecode == once.timecode == first and again.rate == once.rate
        assert all(np.array_equal(getattr(again, key), getattr(once, key)) for key in ("weights", "rotations"))
        assert np.allclose(again.times, once.times, rtol=0, atol=1e-9)
    assert [line.split(",")[0] for line in (tmp_path / "b.csv").read_text().splitlines()[1:]] == codes
    assert not list(tmp_path.glob("*.part"))


def test_a_short_recording_counts_as_the_app_does(tmp_path):
    lines = [_line(f"10:00:00:{k:02d}.000", np.zeros(52)) for k in (5, 7, 9)]
    assert np.allclose(read_recording(_file(tmp_path / "a.csv", lines)).times, np.arange(3) / 30)


def test_dropped_frame_numbers_are_no_gap(tmp_path):
    lines = [_line(code, np.zeros(52)) for code in ("10:00:59;58.000", "10:00:59;59.000", "10:01:00;04.000", "10:01:00;05.000")]
    assert np.allclose(np.diff(read_recording(_file(tmp_path / "a.csv", lines)).times), 1.001 / 60)
    lines = [_line(code, np.zeros(52)) for code in ("10:09:59;59.000", "10:10:00;00.000")]
    assert np.allclose(np.diff(read_recording(_file(tmp_path / "a.csv", lines)).times), 1.001 / 60)


def test_a_recording_that_does_not_fit_is_not_written(tmp_path):
    good, _ = _made()
    bad = {
        "51 names": replace(good, names=NAMES[1:]),
        r"rotations \(600, 6\)": replace(good, rotations=good.rotations[:, :6]),
        "do not increase": replace(good, times=good.times[::-1]),
        "no finite numbers": replace(good, weights=np.full_like(good.weights, np.nan)),
    }
    for said, recording in bad.items():
        with pytest.raises(ValueRangeError, match=said):
            write_recording(tmp_path / "a.csv", recording)
    with pytest.raises(FileError, match="cannot be written"):
        write_recording(tmp_path / "none" / "a.csv", good)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the recordings in ../shared/data/arkit_capture")
def test_a_real_recording_is_written_as_the_app_wrote_it(tmp_path):
    path = REAL / "alex_rom_3.csv.gz"
    write_recording(tmp_path / "a.csv.gz", read_recording(path))
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == gzip.decompress(path.read_bytes())
