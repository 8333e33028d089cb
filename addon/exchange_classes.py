"""What is registered for recordings, transfer, library and export, in this order."""

from . import exchange
from .operators import export, play_recording

CLASSES = (
    exchange.MimicaExchange,
    play_recording.MIMICA_OT_play_recording,
    export.MIMICA_OT_export,
)
