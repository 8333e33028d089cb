"""What is registered for recordings, transfer, library and export, in this order."""

from . import exchange
from .operators import export, export_csv, neutralise, play_recording, transfer

CLASSES = (
    exchange.MimicaExchange,
    play_recording.MIMICA_OT_play_recording,
    transfer.MIMICA_OT_transfer_from_head,
    transfer.MIMICA_OT_transfer_sequence,
    neutralise.MIMICA_OT_neutralise,
    export.MIMICA_OT_export,
    export_csv.MIMICA_OT_export_csv,
)
