"""Colour attributes shown in the 3D views of a window, and the views as they were before. In background there is nothing to do."""

import json

BEFORE = "mimica_shading"  # on a screen: what `show_colours` changed, by the index of the area
SETTINGS = ("type", "color_type")


def show_colours(context):
    """Solid view in attribute colours, in every 3D view."""
    for screen in _screens(context):
        if BEFORE in screen:
            continue
        views = _views(screen)
        screen[BEFORE] = json.dumps({index: [getattr(shading, name) for name in SETTINGS] for index, shading in views})
        for _, shading in views:
            shading.type, shading.color_type = "SOLID", "VERTEX"


def show_as_before(context):
    """Undoes `show_colours`."""
    for screen in _screens(context):
        before = json.loads(screen.pop(BEFORE, "{}"))
        for index, shading in _views(screen):
            for name, value in zip(SETTINGS, before.get(str(index), ()), strict=False):
                setattr(shading, name, value)


def switched(context):
    """Whether a window shows attribute colours because of Mimica."""
    return any(BEFORE in screen for screen in _screens(context))


def _screens(context):
    return [window.screen for window in context.window_manager.windows]


def _views(screen):
    return [(index, area.spaces.active.shading) for index, area in enumerate(screen.areas) if area.type == "VIEW_3D"]
