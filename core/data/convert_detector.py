"""MediaPipe's face detector and face mesh, tflite to ONNX: `python -m core.data.convert_detector WHEEL_OR_DIR`.

Build-time only; needs tf2onnx, tensorflow-cpu and onnx, and the wheel of mediapipe 0.10.21 (or a folder it was unpacked into).
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from ..atomic import replacing
from ..errors import FileError
from . import tflite_custom_ops as custom

MODELS = Path(__file__).resolve().parents[2] / "models"
OPSET = 16  # the first with GridSample
DETECTOR = "mediapipe/modules/face_detection/face_detection_short_range.tflite"
LANDMARK = "mediapipe/modules/face_landmark/face_landmark_with_attention.tflite"
LICENCE = "mediapipe-0.10.21.dist-info/LICENSE"
FEATURES = 48  # side of the feature map that the attention heads sample
MESH, IRIS = 468, 5
CHANNELS = 128
EXPOSED = {  # tensors that end as features, and how many places each has: face, lips, eye left and right in the image, their irises
    "p_re_lu_12": 36, "p_re_lu_25": 16, "p_re_lu_39": 16, "p_re_lu_59": 16, "p_re_lu_46": 16, "p_re_lu_66": 16,
}  # fmt: skip

CARD = """# {title}

{what}

- Made from: `{source}` of the package mediapipe 0.10.21, sha256 `{sha}`
- Made by: `python -m core.data.convert_detector WHEEL_OR_DIR`; weights unchanged (half floats widened to floats)
- Input: {inputs}
- Output: {outputs}
- Licence: Apache-2.0, copyright The MediaPipe Authors; the licence text is in LICENSE.txt beside this file
- Changes to the original: converted from TensorFlow Lite to ONNX; {changes}
- Limits: {limits}
"""


def read_source(source: Path, name: str) -> bytes:
    """One file of the wheel, or of the folder it was unpacked into."""
    try:
        if source.is_dir():
            return (source / name).read_bytes()
        with zipfile.ZipFile(source) as archive:
            return archive.read(name)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise FileError(
            f"{source} has no readable {name} ({error}). Give the wheel of mediapipe 0.10.21, or its unpacked folder."
        ) from error


def to_onnx(tflite: bytes) -> onnx.ModelProto:
    """A tflite file as ONNX; operations that tf2onnx does not know stay in it under the names TFL_*."""
    from tf2onnx.convert import from_tflite

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(tflite)
        model, _ = from_tflite(str(path), opset=OPSET)
    return model


def rewrite_custom(model: onnx.ModelProto) -> list[np.ndarray]:
    """Replace the TFL_* operations in place; the landmark subsets of the attention heads, in the order of the graph."""
    nodes, subsets = [], {}
    for node in model.graph.node:
        if not node.op_type.startswith("TFL_"):
            nodes.append(node)
            continue
        g = custom.Subgraph(f"{node.name}_as")
        if node.op_type == "TFL_Landmarks2TransformMatrix":
            custom.landmarks_to_matrix(g, node)
            subset = np.array(custom.attributes(node)["subset_idxs"])
            subsets[int(subset[0])] = subset
        elif node.op_type == "TFL_TransformTensorBilinear":
            custom.sample_features(g, node, FEATURES)
        else:
            custom.carry_landmarks(g, node)
        nodes.extend(g.nodes)
        model.graph.initializer.extend(g.constants)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return [subsets[first] for first in (61, 33, 263)]  # lips, then the eye left and right in the image


def join_heads(model: onnx.ModelProto, subsets: list[np.ndarray]) -> None:
    """One output landmarks (1, 478, 3): the mesh, with x and y of lips, eyes and irises from the heads that look closer.

    As MediaPipe's refinement: an iris takes the mean depth of the 16 points around its eye.
    """
    lips, left, right = subsets
    g = custom.Subgraph("join")
    heads = ["output_lips", "output_left_eye", "output_right_eye", "output_left_iris", "output_right_iris"]
    mesh = g.add("Reshape", ["output_mesh_identity", g.constant([MESH, 3], np.int64)])
    flat = [g.add("Reshape", [head, g.constant([-1, 2], np.int64)]) for head in heads]
    every = g.add("Concat", [g.slice(mesh, [0], [2], [1]), *flat], axis=0)
    order = np.arange(MESH + 2 * IRIS)
    places = np.concatenate([lips, left, right, np.arange(MESH, MESH + 2 * IRIS)])
    order[places] = MESH + np.arange(len(places))
    xy = g.add("Gather", [every, g.constant(order, np.int64)], axis=0)
    depth = g.slice(mesh, [2], [3], [1])
    average = np.zeros((2 * IRIS, MESH), np.float32)
    average[:IRIS, left[:16]] = average[IRIS:, right[:16]] = 1.0 / 16.0
    z = g.add("Concat", [depth, g.add("MatMul", [g.constant(average), depth])], axis=0)
    g.add("Unsqueeze", [g.add("Concat", [xy, z], axis=1), g.constant([0], np.int64)], "landmarks")
    flag = g.add("Reshape", ["conv_faceflag", g.constant([1, 1], np.int64)])
    g.add("Sigmoid", [flag], "presence")
    model.graph.node.extend(g.nodes)
    model.graph.initializer.extend(g.constants)
    set_outputs(model, {"landmarks": [1, MESH + 2 * IRIS, 3], "presence": [1, 1]})


def expose_features(model: onnx.ModelProto) -> None:
    """A third output features (1, CHANNELS, 116): what the network knows of the face, lips, eyes and irises before it says where the points are."""
    g = custom.Subgraph("expose")
    flat = [g.add("Reshape", [name, g.constant([1, CHANNELS, places], np.int64)]) for name, places in EXPOSED.items()]
    g.add("Concat", flat, "features", axis=2)
    model.graph.node.extend(g.nodes)
    model.graph.initializer.extend(g.constants)
    model.graph.output.append(helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, CHANNELS, sum(EXPOSED.values())]))


def set_outputs(model: onnx.ModelProto, outputs: dict[str, list[int]]) -> None:
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items())


def rename(model: onnx.ModelProto, names: dict[str, str]) -> None:
    """Rename inputs, outputs and tensors."""
    for value in (*model.graph.input, *model.graph.output):
        value.name = names.get(value.name, value.name)
    for node in model.graph.node:
        for k, name in enumerate(node.input):
            node.input[k] = names.get(name, name)
        for k, name in enumerate(node.output):
            node.output[k] = names.get(name, name)


def save(model: onnx.ModelProto, name: str, licence: bytes, card: str) -> None:
    """Write models/<name>/, each file beside its place first."""
    del model.metadata_props[:]
    for key, value in {"format_version": "1", "template": "-", "licence": "Apache-2.0", "source": "mediapipe 0.10.21"}.items():
        model.metadata_props.add(key=key, value=value)
    model.graph.name, model.doc_string = name, ""
    onnx.checker.check_model(model)
    folder = MODELS / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in {f"{name}.onnx": model.SerializeToString(), "LICENSE.txt": licence, "card.md": card.encode()}.items():
        with replacing(folder / file) as beside:
            beside.write_bytes(data)


def convert(source: Path) -> None:
    """Both models, with card and licence, into models/face_detector and models/face_landmark."""
    licence = read_source(source, LICENCE)
    tflite = read_source(source, DETECTOR)
    model = to_onnx(tflite)
    rename(model, {"input": "image", "regressors": "boxes", "classificators": "scores"})
    card = CARD.format(
        title="face_detector", what="BlazeFace, short range: boxes and six key points of faces.", source=DETECTOR,
        sha=hashlib.sha256(tflite).hexdigest(), inputs="image (1, 128, 128, 3) float32 RGB in -1..1, letterboxed",
        outputs="boxes (1, 896, 16) offsets from the anchors in input pixels; scores (1, 896, 1) logits", changes="tensors renamed",
        limits="faces smaller than about a sixth of the picture, or turned more than about 45 degrees in the plane, are missed",
    )  # fmt: skip
    save(model, "face_detector", licence, card)

    tflite = read_source(source, LANDMARK)
    model = to_onnx(tflite)
    join_heads(model, rewrite_custom(model))
    expose_features(model)
    rename(model, {"input_1": "image"})
    custom.spell_out_prelu(model)
    card = CARD.format(
        title="face_landmark", what="Face mesh with attention: 478 points of one face, lips, eyes and irises refined."
        " Beside it, mesh.npz: the package's 852 triangles between the points, and each point's mirror image "
        "(`python -m core.data.point_topology WHEEL_OR_DIR`).", source=LANDMARK,
        sha=hashlib.sha256(tflite).hexdigest(), inputs="image (1, 192, 192, 3) float32 RGB in 0..1, one upright face",
        outputs="landmarks (1, 478, 3) input pixels, z relative; presence (1, 1) probability that this is a face; "
        "features (1, 128, 116) what the network knows of face, lips, eyes and irises",
        changes="three TensorFlow Lite operations rewritten with standard ONNX ones, MediaPipe's refinement step joined to the graph, "
        "inner features given out, PRelu spelled out",
        limits="profile views and covered mouths are guessed, not seen",
    )  # fmt: skip
    save(model, "face_landmark", licence, card)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="wheel of mediapipe 0.10.21, or the folder it was unpacked into")
    convert(parser.parse_args().source)


if __name__ == "__main__":
    main()
