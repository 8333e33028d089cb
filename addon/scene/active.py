"""Which object Mimica works on, and why it cannot."""

from . import empties

NOT_OBJECT_MODE = "Leave the current mode for Object Mode first"


def head(context):
    """The object that Mimica works on: the active one, or the head whose landmark is active. None where nothing is active."""
    obj = context.object
    return obj.parent if obj is not None and empties.is_landmark(obj) else obj


def why_not(context):
    """Why Mimica cannot work on the active object, in words for a greyed button; "" where it can."""
    obj = head(context)
    return "Select the mesh of a head first" if obj is None else why_not_on(obj)


def selected_heads(context):
    """The names of the selected meshes, the active one first, without those that go with another of them."""
    from . import companions

    active = head(context)
    meshes = [obj for obj in context.selected_objects if obj.type == "MESH" and obj != active]
    meshes = [active, *sorted(meshes, key=lambda obj: obj.name)]
    beside = {other for obj in meshes if obj.mimica_companions != "SELECTED" for other in companions.of(obj)}
    return [obj.name for obj in meshes if obj == active or obj not in beside]


def why_not_on(obj):
    """Why Mimica cannot work on an object; "" where it can."""
    if obj.type != "MESH":
        return f"'{obj.name}' is no mesh; select the mesh of a head"
    if obj.library or obj.data.library:
        return f"'{obj.name}' is linked from another file; make it local first (Object > Relations > Make Local)"
    if obj.override_library or obj.data.override_library:
        return f"'{obj.name}' is a library override, which can get no shape keys; make it local (Object > Relations > Make Local)"
    if obj.mode != "OBJECT":
        return NOT_OBJECT_MODE
    if obj.data.shape_keys and not obj.data.shape_keys.use_relative:
        return f"The shape keys of '{obj.name}' are absolute; tick Relative in Properties > Data > Shape Keys"
    return ""
