"""How the 3D views of a window show what Mimica shows, and the views as they were before. In background there is nothing to do."""

import json

BEFORE = "mimica_before_"  # on a screen, before the subject's name: what was changed, by the index of the area
SETTINGS = {  # subject: (part of the view, its setting, the value that shows the subject well)
    "parts": (("shading", "type", "SOLID"), ("shading", "color_type", "VERTEX")),
    "landmarks": (("overlay", "show_relationship_lines", False),),  # 68 of them, all to the head's origin
}


def show(context, subject):
    """Sets every 3D view to show a subject of SETTINGS."""
    for screen in _screens(context):
        if BEFORE + subject in screen:
            continue
        before = {}
        for index, view in _views(screen):
            before[index] = [getattr(getattr(view, part), name) for part, name, _ in SETTINGS[subject]]
            for part, name, value in SETTINGS[subject]:
                setattr(getattr(view, part), name, value)
        screen[BEFORE + subject] = json.dumps(before)


def show_as_before(context, subject):
    """Undoes `show`."""
    for screen in _screens(context):
        before = json.loads(screen.pop(BEFORE + subject, "{}"))
        for index, view in _views(screen):
            for (part, name, _), value in zip(SETTINGS[subject], before.get(str(index), ()), strict=False):
                setattr(getattr(view, part), name, value)


def is_shown(context, subject):
    """Whether a window's views are set to show a subject."""
    return any(BEFORE + subject in screen for screen in _screens(context))


def _screens(context):
    return [window.screen for window in context.window_manager.windows]


def _views(screen):
    return [(index, area.spaces.active) for index, area in enumerate(screen.areas) if area.type == "VIEW_3D"]
