"""Face from Photo: the head, its overlay, texture, camera; other features on it; bad files; undo."""

import struct
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import numpy as np
import parts
from bpy_extras.object_utils import world_to_camera_view


def main(photo: str, folder: str, thorough: str = "") -> dict:
    parts.empty_scene()
    folder = Path(folder)
    made = {**refused(folder, photo), **head(photo)}
    if thorough:
        made |= {**expression(), **undone(photo)}
    return {**made, **turned(photo, folder)}


def blocks():
    """How many of each kind of data there are: what a failure must leave as it was."""
    kinds = ("objects", "meshes", "images", "materials", "cameras", "collections", "shape_keys", "actions", "scenes")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def refused(folder, photo):
    """Files that are no photos, photos without a face: message, and whether all is as it was."""
    (folder / "text.png").write_text("no picture, some text\n" * 5)
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(200))
    plain = bpy.data.images.new("plain", 320, 200)
    plain.filepath_raw, plain.file_format = str(folder / "plain.png"), "PNG"
    plain.save()
    bpy.data.images.remove(plain)
    wrong = {name: {"filepath": str(folder / name)} for name in ("text.png", "empty.jpg", "cut.jpg", "plain.png", "absent.png")}
    wrong |= {"second": {"filepath": photo, "face": 1}, "nothing": {"filepath": ""}}
    before, camera, size = blocks(), bpy.context.scene.camera, bpy.context.scene.render.resolution_x
    said = {name: parts.error_of(bpy.ops.mimica.face_from_photo, **given) for name, given in wrong.items()}
    same = blocks() == before and bpy.context.scene.camera == camera and bpy.context.scene.render.resolution_x == size
    return {"refused": said, "refused_unchanged": same}


def head(photo):
    """The head that is made, looked at through its camera."""
    before = bpy.context.scene.render.resolution_x
    status = bpy.ops.mimica.face_from_photo(filepath=photo, size="512")
    obj, scene = bpy.context.object, bpy.context.scene
    api = parts.module("core.api")
    fitted = api.fit(parts.module("addon.scene.photos").read(Path(photo)))
    template = parts.module("core.head.template").load_template()
    detected = parts.module("core.morphable.model").load_model().as_detected
    shown = parts.evaluated(obj, None).astype(float)
    points = detected.landmarks.points(shown, template.triangles)[17:]
    wanted, _ = fitted.camera.project(detected.landmarks.points(fitted.vertices.astype(float), template.triangles)[17:])
    size = np.array([scene.render.resolution_x, scene.render.resolution_y])
    seen = np.array([world_to_camera_view(scene, scene.camera, obj.matrix_world @ parts.vector(point)) for point in points])
    pixels = np.column_stack([seen[:, 0], 1.0 - seen[:, 1]]) * size
    textures = [node.image for slot in obj.material_slots for node in slot.material.node_tree.nodes if node.type == "TEX_IMAGE"]
    groups = parts.head_of(obj).mesh.part
    return {
        "status": sorted(status),
        "name": obj.name,
        "before": before,
        "size": size.tolist(),
        "overlay_px": float(np.linalg.norm(pixels - wanted, axis=1).max()),
        "landmarks_px": float(np.median(np.linalg.norm(pixels - fitted.detected[17:], axis=1))),
        "vertices_off": float(np.abs(shown - fitted.vertices).max()),
        "collection": sorted(one.name for one in obj.users_collection[0].objects),
        "slots": [slot.name for slot in obj.material_slots],
        "textures": sorted({(image.name, image.packed_file is not None, *image.size) for image in textures}),
        "keys": [(block.name, block.value) for block in obj.data.shape_keys.key_blocks],
        "parts": np.unique(groups).tolist(),
        "corrupt": obj.data.validate(),
        "backgrounds": [(one.image.name, one.image.size[0]) for one in scene.camera.data.background_images],
        "texture_off": texture_off(obj, fitted, photo),
    }


def texture_off(obj, fitted, photo):
    """How far the texture at the cheeks and forehead is from the photo at the same place (0..255)."""
    photos = parts.module("addon.scene.photos")
    image = photos.read(Path(photo)).astype(float)
    texture = obj.material_slots[0].material.node_tree.nodes.active.image
    pixels = np.empty(4 * texture.size[0] * texture.size[1], np.float32)
    texture.pixels.foreach_get(pixels)
    pixels = pixels.reshape(texture.size[1], texture.size[0], 4)[..., :3] * 255
    uv = np.empty(2 * len(obj.data.loops), np.float32)
    obj.data.uv_layers[0].data.foreach_get("uv", uv)
    corner = np.empty(len(obj.data.loops), np.int32)
    obj.data.loops.foreach_get("vertex_index", corner)
    uv_of = np.zeros((len(obj.data.vertices), 2))
    uv_of[corner] = uv.reshape(-1, 2)
    template = parts.module("core.head.template").load_template()
    near = np.linalg.norm(template.vertices - template.landmark_points()[30], axis=1) < 0.03
    chosen = np.flatnonzero(near & template.is_part("skin"))
    place = np.round(fitted.camera.project(fitted.vertices[chosen])[0] - 0.5).astype(int)
    at = np.clip((uv_of[chosen] * texture.size[0]).astype(int), 0, texture.size[0] - 1)
    return float(np.median(np.abs(pixels[at[:, 1], at[:, 0]] - image[place[:, 1], place[:, 0]])))


def expression():
    """Generate finds the landmarks that were kept, and moves the mouth."""
    obj = bpy.context.object
    obj.data.shape_keys.key_blocks["Photo"].value = 0.0
    bpy.ops.mimica.generate(expression="surprise", frames=12)
    template = parts.module("core.head.template").load_template()
    rest, apex = (template.landmark_points(parts.evaluated(obj, frame)) for frame in (1, 12))
    opened = np.linalg.norm((apex - rest)[57])
    bpy.ops.mimica.clear()
    bpy.ops.mimica.arkit_keys()
    keys = len(obj.data.shape_keys.key_blocks)
    blink = obj.data.shape_keys.key_blocks["eyeBlinkLeft"]
    basis = parts.module("addon.scene.mesh").points(obj.data.shape_keys.key_blocks["Basis"].data, len(obj.data.vertices))
    moved = np.linalg.norm(parts.module("addon.scene.mesh").points(blink.data, len(basis)) - basis, axis=1)
    obj.data.shape_keys.key_blocks["Photo"].value = 1.0
    return {"opened_mm": 1000 * float(opened), "keys_with_arkit": keys, "blink_mm": 1000 * float(moved.max())}


def turned(photo, folder):
    """The same photo lying on its side with an Exif tag that says so, as JPEG: read upright."""
    photos = parts.module("addon.scene.photos")
    upright = photos.read(Path(photo))
    side = photos.image_of("side", np.ascontiguousarray(np.rot90(upright)))
    path = folder / "side.jpg"
    side.filepath_raw, side.file_format = str(path), "JPEG"
    side.save()
    bpy.data.images.remove(side)
    data = path.read_bytes()
    tag = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 0)
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(tag) + 2) + tag + data[2:])
    read = photos.read(path)
    off = np.abs(read.astype(float) - upright).mean() if read.shape == upright.shape else 255.0
    deep = bpy.data.images.new("deep", 64, 64, float_buffer=True)
    deep.generated_color = (0.2, 0.4, 0.6, 1.0)
    deep.filepath_raw, deep.file_format = str(folder / "deep.exr"), "OPEN_EXR"
    deep.save()
    bpy.data.images.remove(deep)
    rows = b"".join(b"\0" + struct.pack(">3H", 0x3333, 0x6666, 0x9999) * 64 for _ in range(64))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 16, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    packed = [struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks]
    (folder / "deep.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))
    sixteen = photos.read(folder / "deep.png")[0, 0].tolist()
    parts.empty_scene()
    bpy.ops.mimica.face_from_photo(filepath=str(path), size="512", shading=False)
    behind = bpy.context.scene.camera.data.background_images[0].image
    shown = [*behind.size, behind.packed_file is not None]
    return {"sixteen": sixteen, "behind": shown, "turned_off": float(off), "exr": photos.read(folder / "deep.exr")[0, 0].tolist()}


def undone(photo):
    """Without background and set-up, nothing but the collection is new; one step back takes it all."""
    parts.empty_scene()
    scene, before = bpy.context.scene, blocks()
    bpy.ops.ed.undo_push(message="before")
    kept = (scene.render.resolution_x, scene.camera, scene.view_settings.view_transform)
    bpy.ops.mimica.face_from_photo(filepath=photo, size="512", background=False, set_up=False, shading=False)
    after = blocks()
    same = kept == (scene.render.resolution_x, scene.camera, scene.view_settings.view_transform)
    bpy.ops.ed.undo_push(message="made")
    bpy.ops.ed.undo()
    return {"new": {kind: after[kind] - before[kind] for kind in after}, "scene_kept": same, "undone": blocks() == before}
