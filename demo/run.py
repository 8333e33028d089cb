"""The main job from one command: a head that is not Mimica's template comes in, expressions go on it, and a .blend comes out.

Leaves out/demo.blend (surprise on the timeline), out/contact_sheet.png and out/demo.mp4. Runs in Blender as a Python module, with the add-on
registered from this checkout.
"""

import importlib.util
import math
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "out"
EXPRESSIONS = ("happiness", "surprise", "mouth_open", "mouth_side")
FINAL = "surprise"
SEED = 3
FRAMES = 24
SIZE = (300, 380)  # pixels of a picture
VIEWS = {"front": 0.0, "three-quarter": 40.0}  # degrees about the vertical
# name of the OBJ's material: colour, roughness
MATERIALS = {
    "skin": ((0.72, 0.48, 0.38), 0.5),
    "eye": ((0.85, 0.84, 0.82), 0.15),
    "iris": ((0.10, 0.22, 0.30), 0.15),
    "pupil": ((0.005, 0.005, 0.005), 0.1),
    "teeth": ((0.82, 0.78, 0.68), 0.2),
    "tongue": ((0.55, 0.16, 0.16), 0.35),
}


def register_addon():
    """The add-on, imported from this checkout under the name it has as a module."""
    spec = importlib.util.spec_from_file_location("mimica", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    module = importlib.util.module_from_spec(spec)
    sys.modules["mimica"] = module
    spec.loader.exec_module(module)
    module.register()
    return module


def import_head():
    """The demo head alone in the file, with simple materials; axes and centimetres as they are in the OBJ."""
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    bpy.ops.wm.obj_import(filepath=str(ROOT / "demo" / "head.obj"))
    head = bpy.context.object
    head.name = "Head"
    head.data.shade_smooth()
    for slot in head.material_slots:
        colour, roughness = MATERIALS[slot.material.name.split(".")[0]]
        slot.material.use_nodes = True
        shader = slot.material.node_tree.nodes["Principled BSDF"]
        shader.inputs["Base Color"].default_value = (*colour, 1)
        shader.inputs["Roughness"].default_value = roughness
        slot.material.diffuse_color = (*colour, 1)
        slot.material.roughness = roughness
    return head


def set_stage(head):
    """A camera on a turntable in front of the face, three soft lights, and Cycles at few samples. The turntable is returned."""
    corners = np.array([head.matrix_world @ Vector(corner) for corner in head.bound_box])
    low, high = corners.min(axis=0), corners.max(axis=0)
    height = high[2] - low[2]
    table = bpy.data.objects.new("Turntable", None)
    table.location = (low + high) / 2
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.lens, camera.data.clip_end = 85, 100 * height
    camera.parent = table
    camera.location = (0, -2.85 * height, 0)
    camera.rotation_euler = (math.pi / 2, 0, 0)
    for obj in (table, camera):
        bpy.context.collection.objects.link(obj)
    for name, strength, turn, lift in (("Key", 2.6, -35, 40), ("Fill", 0.9, 50, 15), ("Rim", 2.0, 160, 35)):
        light = bpy.data.objects.new(name, bpy.data.lights.new(name, "SUN"))
        light.data.energy, light.data.angle = strength, math.radians(15)
        light.rotation_euler = (math.radians(90 - lift), 0, math.radians(turn))
        bpy.context.collection.objects.link(light)
    scene = bpy.context.scene
    scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.32, 0.34, 0.38, 1)
    scene.camera = camera
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y = SIZE
    render.use_persistent_data = True
    render.fps = 24
    scene.cycles.device, scene.cycles.samples, scene.cycles.max_bounces = "CPU", 24, 3
    scene.cycles.use_denoising = False  # costs more than the samples it saves at this size
    scene.view_settings.view_transform = "Standard"
    return table


@contextmanager
def quiet():
    """Keeps what Blender says of each picture off the terminal."""
    sys.stdout.flush()
    kept = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)


def render(table, view, path):
    table.rotation_euler = (0, 0, math.radians(VIEWS[view]))
    bpy.context.scene.render.filepath = str(path)
    with quiet():
        bpy.ops.render.render(write_still=True)
    return Image.open(path).convert("RGB")


def pictures(table, folder, name):
    return [render(table, view, folder / f"{name}_{index}.png") for index, view in enumerate(VIEWS)]


def write_sheet(columns, path):
    """The contact sheet from pictures by column title, one row a view."""
    width, height = SIZE
    band = 34
    sheet = Image.new("RGB", (width * len(columns), band + height * len(VIEWS)), (24, 24, 26))
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=18)
    for column, (title, images) in enumerate(columns.items()):
        draw.text((column * width + width / 2, band / 2), title.replace("_", " "), fill=(235, 235, 235), font=font, anchor="mm")
        for row, image in enumerate(images):
            sheet.paste(image, (column * width, band + row * height))
    beside = path.with_suffix(".part.png")
    sheet.save(beside)
    os.replace(beside, path)


def write_film(images, path):
    """Images (H, W, 3) of one expression as a film: neutral to apex, held, and back."""
    hold = [images[-1]] * 12
    frames = [images[0]] * 6 + images + hold + images[::-1]
    encode(frames, 24, path)


def encode(frames, fps, path):
    """Frames (H, W, 3) as an H.264 MP4, whole or not at all."""
    from mimica.core.video.writing import write_video  # the name that register_addon gives

    write_video(path, frames, fps)


def render_film(table, folder):
    """Every frame of the action on the timeline, at a few samples."""
    scene = bpy.context.scene
    scene.cycles.samples = 8
    images = []
    for frame in range(1, FRAMES + 1):
        scene.frame_set(frame)
        images.append(np.asarray(render(table, "three-quarter", folder / f"film_{frame:03}.png")))
    return images


def prepare_window(head, table):
    """What the .blend opens with: the head selected, seen through the camera, the sidebar open, the timeline over the clip."""
    scene = bpy.context.scene
    table.rotation_euler = (0, 0, math.radians(20))
    scene.cycles.samples = 64
    scene.frame_start, scene.frame_end = 1, FRAMES + 12
    scene.frame_set(1)
    bpy.context.view_layer.objects.active = head
    head.select_set(True)
    for screen in bpy.data.screens:
        for space in (area.spaces.active for area in screen.areas if area.type == "VIEW_3D"):
            space.show_region_ui = True
            space.shading.color_type = "MATERIAL"
            space.region_3d.view_perspective = "CAMERA"
            space.clip_end = 10_000


def in_blender(work):
    """Ends the process after `work` in a Blender of factory settings with the add-on, and of nobody's own preferences."""
    with tempfile.TemporaryDirectory() as user:
        os.environ["BLENDER_USER_RESOURCES"] = user
        bpy.ops.wm.read_factory_settings(use_empty=False)
        addon = register_addon()
        try:
            work()
        finally:
            addon.unregister()
    sys.stdout.flush()
    os._exit(0)  # Blender as a module speaks of unfreed memory when it is taken down


def make(folder):
    head = import_head()
    table = set_stage(head)
    columns = {"neutral": pictures(table, folder, "neutral")}
    for expression in (*(name for name in EXPRESSIONS if name != FINAL), FINAL):
        began = time.perf_counter()
        bpy.ops.mimica.generate(expression=expression, frames=FRAMES, seed=SEED)
        print(f"{expression}: generated and keyed in {time.perf_counter() - began:.1f} s", flush=True)
        bpy.context.scene.frame_set(FRAMES)
        columns[expression] = pictures(table, folder, expression)
    write_sheet({title: columns[title] for title in ("neutral", *EXPRESSIONS)}, OUT / "contact_sheet.png")
    write_film(render_film(table, folder), OUT / "demo.mp4")
    prepare_window(head, table)
    bpy.ops.wm.save_as_mainfile(filepath=str(OUT / "demo.blend"), check_existing=False)


def main():
    began = time.perf_counter()
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
    print(f"\nDone in {time.perf_counter() - began:.0f} s:")
    print("  out/demo.blend         open it in Blender 4.5 or later and press space; the sidebar (N) has the tab Mimica")
    print("  out/contact_sheet.png  the expressions at their apex")
    print("  out/demo.mp4           the surprise as a film")


if __name__ == "__main__":
    in_blender(main)
