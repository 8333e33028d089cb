"""Photo Takes a Pose: the pose and expression of a picture, a movie, a recording, or the active head as it is posed, on a photo."""

from pathlib import Path

import bpy

from .. import exchange, photo_settings
from ..scene import active
from .photo_video import RECORDINGS, PhotoVideo, read


class MIMICA_OT_photo_reenact(PhotoVideo, bpy.types.Operator):
    bl_idname = "mimica.photo_reenact"
    bl_label = "Photo Takes a Pose"
    bl_description = (
        "The face of the photo as another face is turned and looks: in a picture, in every frame of a movie or a recording, or the active head as "
        "it is posed now. One frame becomes a PNG picture, more become a movie or PNG frames"
    )
    role = "guide"

    filter_image: exchange.listed()
    guide_from: photo_settings.guide_from()
    guide: photo_settings.guide()
    face_only: photo_settings.face_only()
    guide_shape: photo_settings.guide_shape()
    network: photo_settings.network()
    others: bpy.props.CollectionProperty(
        type=bpy.types.OperatorFileListElement,
        name="Other Photos",
        description="More photos of the same person; the one whose head is turned most like the guide's is taken",
    )

    @property
    def added(self):
        return "posed" if self._still() else "follows"

    def suffix(self):
        from ...core.video.writing import PICTURE

        return PICTURE if self._still() else super().suffix()

    def output(self):
        """A picture for a guide of one frame, unless the name is a movie's, and wherever a picture is named."""
        from ...core.video.writing import PICTURE, SUFFIXES

        path = Path(bpy.path.abspath(self.filepath))
        suffix = path.suffix.lower()
        named = suffix == PICTURE and self.format == "MOVIE"
        if not self.filepath or not (named or self._still()) or (suffix in SUFFIXES and self.format == "MOVIE"):
            return super().output()
        return path.with_suffix(PICTURE) if suffix in (*SUFFIXES, PICTURE) else Path(f"{path}{PICTURE}")

    def work(self, context, _head):
        path, guide = self.output(), self._guide()
        given = {**self._photos(), "pose": not self.face_only, "own_shape": not self.guide_shape}
        given["network"] = None if self.network else False
        if guide is None:
            given |= {"guide": (yield from self._posed(context)), "guide_name": active.head(context).name}
        elif self._still():
            given |= {"guide": read(self.guide, "guide"), "guide_name": guide.name}
        else:
            yield from self.after(context, path, "reenact", given, guide)
            return
        yield from self.made(context, path, ("reenact", given))

    def _photos(self):
        """What core is told of the photo, or of several."""
        given = self.given()
        first = given.pop("image")
        if not self.others:
            return {**given, "photos": first}
        return {**given, "photos": [first, *(self.picture(one.name) for one in self.others)], "name": "photo"}

    def _guide(self):
        """The file that is the guide, None for the active head."""
        from ...core.errors import FileError

        if self.guide_from == "HEAD":
            return None
        if not self.guide:
            raise FileError("No guide is chosen. Choose a picture or a movie of a face, a recording of Live Link Face, or the active head.")
        return Path(bpy.path.abspath(self.guide))

    def _still(self):
        """Whether the guide is known to be one frame."""
        path = Path(bpy.path.abspath(self.guide))
        moves = path.is_dir() or path.suffix.lower() in (*RECORDINGS, *bpy.path.extensions_movie)
        return self.guide_from == "HEAD" or bool(self.guide) and not moves

    def _posed(self, context):
        """Work that reads how the active head is posed and seen when it begins; the coefficients (62,)."""
        from ...core import api
        from ...core.errors import MeshError
        from ..scene import heads, landmarks, posing

        if active.why_not(context):
            raise MeshError(f"{active.why_not(context)}: the photo is to take its pose.")
        head = heads.collect(active.head(context))
        shown, viewer = posing.vertices(head), posing.viewer(context)
        found = landmarks.known(head) or (yield "detect_landmarks", {"mesh": head.mesh})
        return api.pose_of_head(*posing.seen(head, shown, found, viewer))
