"""Mimica, a Blender extension. Only Blender calls what is here."""


def register():
    from . import addon

    addon.register()


def unregister():
    from . import addon

    addon.unregister()
