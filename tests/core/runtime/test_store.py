import json
import shutil
import struct

import numpy as np
import onnx
import pytest

from core.errors import BackendError, ModelError
from core.runtime import store
from core.runtime.backend import OnnxBackend
from core.runtime.choice import choose
from core.runtime.torch_backend import TorchBackend

BACKENDS = {".onnx": OnnxBackend, ".safetensors": lambda folder: TorchBackend("cpu", folder)}
INPUTS = {"landmarks": np.zeros((1, 68, 3), np.float32), "neutral": np.zeros((1, 4816, 3), np.float32)}
each_format = pytest.mark.parametrize("suffix", BACKENDS)


@pytest.fixture
def folder(tmp_path):
    """A copy of S2D-Dec and the template that a test may damage."""
    for name in ("s2d_dec", "template"):
        shutil.copytree(store.MODELS / name, tmp_path / name)
    return tmp_path


def restate(path, **stated):
    """Writes other metadata into a model file."""
    if path.suffix == ".onnx":
        model = onnx.load(path)
        for entry in model.metadata_props:
            entry.value = stated.get(entry.key, entry.value)
        onnx.save(model, path)
        return
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"].update(stated)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])


@each_format
def test_the_copy_runs(folder, suffix):
    made = BACKENDS[suffix](folder).run("s2d_dec", INPUTS)
    assert made["displacement"].shape[::2] == (1, 3)


@each_format
def test_missing(folder, suffix):
    (folder / "s2d_dec" / f"s2d_dec{suffix}").unlink()
    with pytest.raises(ModelError, match=rf"s2d_dec\{suffix} is missing. Install Mimica again"):
        BACKENDS[suffix](folder).run("s2d_dec", INPUTS)


@pytest.mark.parametrize("harm", ["missing", "empty", "short", "other"])
def test_an_onnx_without_the_safetensors_that_it_reads(folder, harm):
    path = folder / "s2d_dec" / "s2d_dec.safetensors"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.unlink() if harm == "missing" else path.write_bytes({"empty": b"", "short": data[:-1000], "other": data}[harm])
    said = {"missing": "safetensors is missing", "empty": "safetensors is empty", "short": "is damaged", "other": "is damaged or replaced"}
    with pytest.raises(ModelError, match=said[harm]):
        OnnxBackend(folder).run("s2d_dec", INPUTS)


@each_format
def test_empty(folder, suffix):
    (folder / "s2d_dec" / f"s2d_dec{suffix}").write_bytes(b"")
    with pytest.raises(ModelError, match="is empty"):
        BACKENDS[suffix](folder).run("s2d_dec", INPUTS)


@each_format
@pytest.mark.parametrize("kept", [3, 100, 0.01, 0.5, 0.999])
def test_truncated(folder, suffix, kept):
    path = folder / "s2d_dec" / f"s2d_dec{suffix}"
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data)) if kept < 1 else kept])
    with pytest.raises(ModelError, match=r"is damaged: \d+ bytes"):
        BACKENDS[suffix](folder).run("s2d_dec", INPUTS)


@each_format
def test_noise(folder, suffix):
    (folder / "s2d_dec" / f"s2d_dec{suffix}").write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(ModelError, match="is damaged"):
        BACKENDS[suffix](folder).run("s2d_dec", INPUTS)


@each_format
def test_another_template_names_both(folder, suffix):
    restate(folder / "s2d_dec" / f"s2d_dec{suffix}", template="flame-2020")
    with pytest.raises(ModelError, match=r"made for template 'flame-2020'; this Mimica has 'makehuman-head-1'"):
        BACKENDS[suffix](folder).run("s2d_dec", INPUTS)


@each_format
def test_another_format_names_both(folder, suffix):
    restate(folder / "s2d_dec" / f"s2d_dec{suffix}", format_version="99")
    with pytest.raises(ModelError, match=r"made for format_version '99'; this Mimica has '1'"):
        BACKENDS[suffix](folder).run("s2d_dec", INPUTS)


def test_other_labels_name_both(folder):
    shutil.copytree(store.MODELS / "motion3dgan", folder / "motion3dgan")
    restate(folder / "motion3dgan" / "motion3dgan.onnx", labels="smile,frown")
    with pytest.raises(ModelError, match=r"made for labels 'smile,frown'; this Mimica has 'bareteeth,"):
        OnnxBackend(folder).run("motion3dgan", {})


def test_a_damaged_template_is_told(folder):
    (folder / "template" / "template.npz").write_bytes(b"PK not a zip")
    with pytest.raises(ModelError, match=r"Template head .* cannot be read"):
        OnnxBackend(folder).run("s2d_dec", INPUTS)


def test_unknown_model():
    with pytest.raises(ModelError, match=r"no model 'gpt'. Known: motion3dgan, s2d_dec"):
        OnnxBackend().run("gpt", {})


@pytest.mark.parametrize("make", BACKENDS.values())
def test_inputs_that_do_not_fit(make):
    backend = make(None)
    with pytest.raises(BackendError, match="takes landmarks, neutral; it was given points"):
        backend.run("s2d_dec", {"points": INPUTS["landmarks"], "neutral": INPUTS["neutral"]})
    with pytest.raises(BackendError, match=r"did not run on .*\(1, 5, 3\)"):
        backend.run("s2d_dec", INPUTS | {"landmarks": np.zeros((1, 5, 3), np.float32)})


def test_choose():
    assert (choose().name, choose("onnx").device) == ("onnx", "cpu")
    assert (choose("torch", "cpu").name, choose("torch", "cpu").device) == ("torch", "cpu")
    with pytest.raises(BackendError, match="no backend 'tensorflow'"):
        choose("tensorflow")
    with pytest.raises(BackendError, match="runs on the CPU here, not on 'cuda'"):
        choose("onnx", "cuda")
    with pytest.raises(BackendError, match="no device 'tpu'"):
        choose("torch", "tpu")


def test_a_device_that_is_not_there():
    with pytest.raises(BackendError, match=r"has no device 'mps', only .*cpu"):
        choose("torch", "mps")
