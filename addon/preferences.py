"""Preferences: where the networks run."""

import bpy

PACKAGE = __package__.rpartition(".")[0]


class MimicaPreferences(bpy.types.AddonPreferences):
    bl_idname = PACKAGE

    backend: bpy.props.EnumProperty(
        name="Backend",
        description="Where the networks run",
        items=(
            ("AUTO", "Auto", "PyTorch where a Python is named below, otherwise the CPU"),
            ("CPU", "CPU (embedded)", "ONNX Runtime inside the extension; nothing to install"),
            ("TORCH", "PyTorch", "The Python named below, on a GPU or the CPU"),
        ),
        default="AUTO",
    )
    python: bpy.props.StringProperty(
        name="Python with PyTorch", description="The python program of an environment that has torch", subtype="FILE_PATH"
    )
    device: bpy.props.EnumProperty(
        name="Device",
        description="What PyTorch runs on",
        items=(
            ("auto", "Auto", "CUDA, then Apple MPS, then the CPU"),
            ("cuda", "CUDA", "An NVIDIA GPU"),
            ("mps", "Apple MPS", "An Apple GPU"),
            ("cpu", "CPU", "No GPU"),
        ),
        default="auto",
    )

    def draw(self, _context):
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "backend")
        torch = layout.column()
        torch.active = self.backend != "CPU"
        torch.prop(self, "python")
        torch.prop(self, "device")
        torch.operator("mimica.check_torch", icon="CHECKMARK")


def get(context):
    """Mimica's preferences; None where it runs without being enabled as an add-on."""
    addon = context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon is not None else None


def backend_choice(context):
    """(backend "onnx" or "torch", device, path of the Python that has torch or "")."""
    chosen = get(context)
    if chosen is None or chosen.backend == "CPU" or (chosen.backend == "AUTO" and not chosen.python):
        return "onnx", "cpu", ""
    return "torch", chosen.device, bpy.path.abspath(chosen.python)
