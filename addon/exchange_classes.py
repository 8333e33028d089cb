"""What is registered for photos, recordings, transfer, library and export, in this order."""

from . import exchange, photo_settings
from .operators import (
    all_selected,
    capture_video,
    export,
    export_csv,
    face_from_photo,
    library,
    neutralise,
    photo_express,
    photo_future,
    photo_prior,
    photo_reenact,
    photo_retarget,
    play_recording,
    recipes,
    transfer,
)
from .panels import library as library_panel
from .panels import photo as photo_panel
from .panels import photo_express as photo_express_panel
from .panels import photo_output as photo_output_panel
from .panels import photo_reenact as photo_reenact_panel
from .panels import photo_video as photo_video_panel
from .panels import recordings as recordings_panel

CLASSES = (
    exchange.MimicaExchange,
    photo_settings.MimicaPhotoVideo,
    face_from_photo.MIMICA_OT_face_from_photo,
    photo_retarget.MIMICA_OT_photo_retarget,
    photo_future.MIMICA_OT_photo_predict,
    photo_future.MIMICA_OT_photo_towards,
    photo_prior.MIMICA_OT_photo_prior,
    photo_express.MIMICA_OT_photo_express,
    photo_express.MIMICA_OT_photo_expressions,
    photo_reenact.MIMICA_OT_photo_reenact,
    play_recording.MIMICA_OT_play_recording,
    capture_video.MIMICA_OT_capture_video,
    transfer.MIMICA_OT_transfer_from_head,
    transfer.MIMICA_OT_transfer_sequence,
    neutralise.MIMICA_OT_neutralise,
    all_selected.MIMICA_OT_generate_all,
    recipes.MIMICA_OT_save_recipe,
    recipes.MIMICA_OT_load_recipe,
    recipes.MIMICA_OT_load_pose,
    recipes.MIMICA_OT_save_pose,
    library.MIMICA_OT_save_assets,
    library.MIMICA_OT_apply_asset,
    export.MIMICA_OT_export,
    export_csv.MIMICA_OT_export_csv,
    photo_panel.VIEW3D_PT_mimica_photo,
    photo_video_panel.VIEW3D_PT_mimica_photo_video,
    photo_express_panel.VIEW3D_PT_mimica_photo_express,
    photo_reenact_panel.VIEW3D_PT_mimica_photo_reenact,
    photo_output_panel.VIEW3D_PT_mimica_photo_output,
    recordings_panel.VIEW3D_PT_mimica_recordings,
    library_panel.VIEW3D_PT_mimica_library,
)
