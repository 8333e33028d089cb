"""Photos as arrays, and fitted faces as heads with texture, camera and background, in a collection of their own."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from ...core.errors import FileError
from ...core.head.template import PARTS, load_template
from . import heads, landmarks, mesh

KEY = "Photo"  # the shape key that holds the photo's expression
COEFFICIENTS, CONFIDENCE = "mimica_coefficients", "mimica_confidence"
SENSOR = 36.0  # mm
MATERIALS = (("Skin", ("skin", "eye_socket")), ("Mouth", ("mouth_bag", "tongue")), ("Eyes", ("eye_right", "eye_left")),
             ("Teeth", ("teeth_upper", "teeth_lower")))  # fmt: skip
ROUGHNESS = {"Skin": 0.5, "Mouth": 0.3, "Eyes": 0.1, "Teeth": 0.2}
LIT = "Lit"  # the node that lets the scene's own light in


@dataclass(frozen=True)
class Made:
    """What `build` put into the scene."""

    head: bpy.types.Object
    camera: bpy.types.Object


def read(path):
    """The photo (H, W, 3) uint8 sRGB, upright, of any file that Blender reads. FileError where it is none; Blender's data stay as they were."""
    from ...core.image import decoded

    decoded.check_file(path)
    try:
        image = bpy.data.images.load(str(path))
    except RuntimeError as error:
        raise decoded.refuse(path) from error
    try:
        width, height = image.size
        if image.source != "FILE" or not width * height:
            raise decoded.refuse(path)
        decoded.check_size(path, width, height)
        pixels = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(pixels)
        return decoded.photo_of(path, pixels.reshape(height, width, image.channels), image.is_float)
    finally:
        bpy.data.images.remove(image)


def build(context, path, photo, fitted, texture, *, background, set_up):
    """A head with its camera from a photo (H, W, 3) and its file, its PhotoFit and its FaceTexture, as Made; nothing is left where that fails."""
    name = name_of(path)
    made = []
    try:
        collection = _keep(made, bpy.data.collections, bpy.data.collections.new(f"Face {name}"))
        head = _head(made, name, fitted, texture)
        _keep_landmarks(head, fitted)
        camera = _camera(made, name, fitted.camera)
        if background:
            _background(made, name, camera, path, photo)
        for obj in (head, camera):
            collection.objects.link(obj)
    except BaseException:
        for data, block in reversed(made):
            with contextlib.suppress(ReferenceError):
                data.remove(block)
        raise
    context.scene.collection.children.link(collection)
    if set_up:
        _set_up(context.scene, camera, fitted.camera)
    for obj in context.selected_objects:
        obj.select_set(False)
    head.select_set(True)
    context.view_layer.objects.active = head
    context.view_layer.update()
    return Made(head, camera)


def _keep(made, data, block):
    made.append((data, block))
    return block


def _head(made, name, fitted, texture):
    """The mesh object: neutral as its Basis, the photo's expression as a key on top; parts as groups and materials."""
    template = load_template()
    data = _keep(made, bpy.data.meshes, bpy.data.meshes.new(name))
    data.from_pydata(fitted.neutral.tolist(), [], template.quads.tolist())
    data.polygons.foreach_set("use_smooth", np.ones(len(template.quads), bool))
    data.uv_layers.new(name="Photo").data.foreach_set("uv", texture.quad_uv.astype(np.float32).ravel())
    image = _keep(made, bpy.data.images, image_of(f"{name} Texture", texture.image))
    part = template.part[template.quads].max(axis=1)
    slots = np.zeros(len(part), np.int32)
    for slot, (what, names) in enumerate(MATERIALS):
        data.materials.append(_keep(made, bpy.data.materials, _material(f"{name} {what}", image, ROUGHNESS[what])))
        slots[np.isin(part, [PARTS.index(one) for one in names])] = slot
    data.polygons.foreach_set("material_index", slots)
    data.validate()
    obj = _keep(made, bpy.data.objects, bpy.data.objects.new(name, data))
    for index, one in enumerate(PARTS):
        if one != "eye_socket":  # Mimica tells the sockets from the skin around them itself
            obj.vertex_groups.new(name=f"{mesh.GROUP}{one}").add(np.flatnonzero(template.part == index).tolist(), 1.0, "REPLACE")
    obj.shape_key_add(name="Basis", from_mix=False)
    block = obj.shape_key_add(name=KEY, from_mix=False)
    block.data.foreach_set("co", fitted.vertices.astype(np.float32).ravel())
    block.value = 1.0
    obj[COEFFICIENTS] = fitted.coefficients.tolist()
    obj[CONFIDENCE] = fitted.confidence
    return obj


def _keep_landmarks(obj, fitted):
    """The template's own landmarks: none need be looked for on this head."""
    from ...core import api

    head = heads.collect(obj, ())
    landmarks.keep(head, api.landmarks_at(head.own_mesh(), load_template().landmark_points(fitted.neutral)))


def image_of(name, pixels, shown=None):
    """A packed image of pixels (H, W, 3) uint8 sRGB, top row first; shown (H, W) bool: the pixels that are not transparent, by default all."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=shown is not None)
    values = np.ones((height, width, 4), np.float32)
    values[..., :3] = pixels[::-1] / np.float32(255)
    if shown is not None:
        values[..., 3] = shown[::-1]
    image.pixels.foreach_set(values.ravel())
    image.pack()
    return image


def _material(name, image, roughness):
    """Shows the texture as it is, since the photo's light is in it; the value Lit lets the scene's own light in."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    texture, plain, lit, mix, share, out = (
        nodes.new(kind)
        for kind in ("ShaderNodeTexImage", "ShaderNodeEmission", "ShaderNodeBsdfPrincipled", "ShaderNodeMixShader", "ShaderNodeValue",
                     "ShaderNodeOutputMaterial")
    )  # fmt: skip
    for node, place in zip(
        (texture, plain, lit, mix, share, out), ((-600, 0), (-250, 150), (-250, 0), (100, 100), (-250, 300), (300, 100)), strict=True
    ):
        node.location = place
    texture.image, texture.interpolation = image, "Linear"
    lit.inputs["Roughness"].default_value = roughness
    share.name = share.label = LIT
    share.outputs[0].default_value = 0.0
    for shader, socket in ((plain, "Color"), (lit, "Base Color")):
        links.new(texture.outputs["Color"], shader.inputs[socket])
    links.new(share.outputs[0], mix.inputs[0])
    links.new(plain.outputs[0], mix.inputs[1])
    links.new(lit.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], out.inputs["Surface"])
    nodes.active = texture  # what the viewport's Solid mode shows under Color: Texture
    return material


def _camera(made, name, seen):
    """A camera that sees the head as a Perspective of core does."""
    data = _keep(made, bpy.data.cameras, bpy.data.cameras.new(f"{name} Camera"))
    data.sensor_fit, data.sensor_width = "HORIZONTAL", SENSOR
    data.lens = seen.focal * SENSOR / seen.width
    right, down, forward = seen.rotation
    position = seen.position()
    away = float(np.linalg.norm(position))
    data.clip_start, data.clip_end = away / 100, away * 100
    camera = _keep(made, bpy.data.objects, bpy.data.objects.new(f"{name} Camera", data))
    matrix = np.eye(4)
    matrix[:3] = np.column_stack([right, -down, -forward, position])
    camera.matrix_world = Matrix(matrix.tolist())
    return camera


def _background(made, name, camera, path, photo):
    """The photo behind the head: the file itself, or where Blender would not show it upright, a packed copy."""
    from ...core.image.orientation import UPRIGHT, orientation_of

    if orientation_of(path) == UPRIGHT:
        image = _keep(made, bpy.data.images, bpy.data.images.load(str(path)))
        image.name = f"{name} Photo"
    else:
        image = _keep(made, bpy.data.images, image_of(f"{name} Photo", photo))
    camera.data.show_background_images = True
    shown = camera.data.background_images.new()
    shown.image, shown.alpha, shown.display_depth, shown.frame_method = image, 1.0, "BACK", "STRETCH"


def _set_up(scene, camera, seen):
    """Lets a render of the scene lie exactly over the photo, in the photo's own colours."""
    scene.camera = camera
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = seen.width, seen.height, 100
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    render.film_transparent = True
    scene.view_settings.view_transform = "Standard"


def name_of(path):
    """What a face from a file is called."""
    stem = Path(path).stem.strip()
    if not stem:
        raise FileError("No photo is chosen. Choose a picture file with a face in it.")
    return stem[:40]
