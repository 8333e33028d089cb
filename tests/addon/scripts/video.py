"""Capture from Video: every frame of a movie or of a folder comes in order, its capture plays on the head, and bad files change nothing."""

import sys
import time
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts

seen = []


def main(head: str, folder: str, thorough: str = "") -> dict:
    parts.empty_scene()
    obj, folder = parts.import_head(head), Path(folder)
    scene = bpy.context.scene
    scene.render.fps = 24
    kept = (len(bpy.data.scenes), len(bpy.data.images), scene.render.resolution_x, scene.render.filepath, scene.frame_current)
    made = on_head(obj, folder) if thorough else decoded(folder)
    after = (len(bpy.data.scenes), len(bpy.data.images), scene.render.resolution_x, scene.render.filepath, scene.frame_current)
    return {**made, "seen": seen, "scene_kept": kept == after}


def decoded(folder):
    """The frames alone, without a head."""
    movies = parts.module("addon.scene.movies")
    for name in ("coded.mp4", "frames", "turned.mp4"):
        frames = []
        with movies.Movie(folder / name, 24.0) as movie:
            while not movie.done:
                frames += movie.poll()
                time.sleep(0.01)
        read_codes(frames, movie.fps, name=name, smoothing=False)
    return {}


def on_head(obj, folder):
    api = parts.module("core.api")
    real, api.capture = getattr(api, "capture", None), read_codes
    try:
        made = {**refused(folder), **played(obj, folder)}
    finally:
        api.capture = real
    if real is not None and (folder / "portrait").is_dir():
        made |= smiling(obj, folder)
    return made


def smiling(obj, folder):
    """core's own capture of a portrait that smiles and stands still."""
    bpy.ops.mimica.capture_video(filepath=str(folder / "portrait"))
    bpy.context.scene.frame_set(bpy.context.scene.frame_start + 4)
    blocks = obj.data.shape_keys.key_blocks
    smile = [blocks[f"mouthSmile{side}"].value for side in ("Left", "Right")]
    bpy.context.scene.frame_set(1)
    return {"smile": smile, "last": parts.tracks(obj)[-1][0]}


def read_codes(frames, fps, *, name, smoothing, rest=None):
    """Stands for core's capture: a frame's number is written in it as bars; the jaw opens by a hundredth of it."""
    numbers = []
    for frame in frames:
        height, width = frame.shape[:2]
        bars = frame[height // 16, width // 16 :: width // 8, 0][:8] > 125
        numbers.append(int((bars * (1 << np.arange(8))).sum()))
    seen.append({"name": name, "fps": fps, "smoothing": smoothing, "rest": rest, "numbers": numbers, "shape": list(frame.shape)})
    seen[-1]["corner"] = frame[-1, 0].tolist()
    seen[-1]["right"] = [int(frame[3, -3, 2]), int(frame[-3, -3, 2])]
    live = parts.module("core.motion.live_link_face")
    names = parts.module("addon.scene.arkit").names()
    weights = np.zeros((len(numbers), 52))
    weights[:, names.index("jawOpen")] = np.array(numbers) / 100
    recording = live.Recording(np.arange(len(numbers)) / fps, names, weights, np.zeros((len(numbers), 9)), "00:00:00:00.000")
    return types.SimpleNamespace(recording=recording, found=np.arange(len(numbers)) > 15, jitter=0.0)


def refused(folder):
    (folder / "text.mp4").write_text("no movie, some text\n" * 5)
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "cut.mp4").write_bytes((folder / "coded.mp4").read_bytes()[:2000])
    (folder / "none").mkdir()
    before = parts.snapshot()
    said = {
        name: parts.error_of(bpy.ops.mimica.capture_video, filepath=str(folder / name))
        for name in ("text.mp4", "empty.mp4", "cut.mp4", "none", "absent.mp4")
    }
    return {"refused": said, "refused_unchanged": parts.snapshot() == before}


def played(obj, folder):
    bpy.ops.mimica.capture_video(filepath=str(folder / "coded.mp4"), csv=str(folder / "out.csv"), rotation="NONE", smoothing=False, rest=10)
    scene, block = bpy.context.scene, obj.data.shape_keys.key_blocks["jawOpen"]
    shown = []
    for frame in range(0, 40, 6):
        scene.frame_set(scene.frame_start + frame)
        shown.append(block.value)
    scene.frame_set(1)
    written = parts.module("core.api").read_recording(folder / "out.csv")
    bpy.ops.mimica.capture_video(filepath=str(folder / "frames"), rotation="NONE")
    bpy.ops.mimica.capture_video(filepath=str(folder / "turned.mp4"), rotation="NONE")
    return {
        "shown": shown,
        "written": [len(written.times), float(written.weights.max())],
        "clips": sorted(track[0] for track in parts.tracks(obj)),
    }
