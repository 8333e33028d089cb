"""Runs the examples of a page that are meant for Blender, on an imported head, as a reader would type them in."""

import re
from pathlib import Path

import bpy


def main(page: str, head: str) -> list:
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    bpy.ops.wm.obj_import(filepath=head)
    names: dict = {}
    texts = [text for text in re.findall(r"```python\n(.*?)```", Path(page).read_text("utf-8"), re.S) if "import bpy" in text]
    for text in texts:
        exec(compile(text, page, "exec"), names)  # noqa: S102 - a page of our own
    return [len(texts), [key.name for key in bpy.context.object.data.shape_keys.key_blocks]]
