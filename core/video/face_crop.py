"""The square around a face that networks see of a picture, upright and of one size; and the way back into the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..image.detector import ROI_SCALE, bilinear, crop_of, region_of

AROUND = 1.25  # of the face's longer side


@dataclass(frozen=True)
class FaceCrop:
    """A square of `size` px of a picture about centre (2,) px, turned by `angle` rad, seen as side x side pixels."""

    centre: np.ndarray
    size: float
    angle: float
    side: int

    @staticmethod
    def about(points: np.ndarray, side: int) -> FaceCrop:
        """The crop of the face with points (478, 3) px."""
        centre, size, angle = region_of(points)
        return FaceCrop(centre, size * AROUND / ROI_SCALE, angle, side)

    @property
    def scale(self) -> float:
        """Pixels of the crop in a pixel of the picture."""
        return self.side / self.size

    def of(self, image: np.ndarray) -> np.ndarray:
        """(side, side, C) float32 of a picture (H, W, C); its border goes on beyond it. Where the picture is finer, means of its pixels."""
        coarse = max(1, int(1.0 / self.scale))
        if coarse == 1:
            return crop_of(image, self._index(self.centre, 1), self.size, self.angle, self.side, replicate=True)
        part, corner = self._reduced(image, coarse)
        return crop_of(
            part, self._index((self.centre - corner) / coarse, coarse), self.size / coarse, self.angle, self.side, replicate=True
        )

    def _index(self, place: np.ndarray, coarse: int) -> np.ndarray:
        """The pixel index that crop_of counts from, of a place whose pixels' centres lie at halves: crop_of's first sample lies on the crop's edge,
        ours half a crop's pixel within."""
        half = 0.5 / self.scale / coarse
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return place - 0.5 + half * np.array([cos - sin, sin + cos])

    def _reduced(self, image: np.ndarray, coarse: int) -> tuple[np.ndarray, np.ndarray]:
        """The part of a picture about the crop, `coarse` pixels a side taken together, and its corner (2,) px."""
        reach = 0.75 * self.size
        limit = np.array(image.shape[1::-1])
        low = np.clip(np.floor(self.centre - reach), 0, limit - coarse).astype(int)
        high = np.clip(np.ceil(self.centre + reach), low + coarse, limit).astype(int)
        wide, tall = (high - low) // coarse
        part = image[low[1] : low[1] + tall * coarse, low[0] : low[0] + wide * coarse]
        return part.reshape(tall, coarse, wide, coarse, -1).mean(axis=(1, 3), dtype=np.float32), low.astype(float)

    def points(self, places: np.ndarray) -> np.ndarray:
        """Places (N, 2 or 3) px of the picture, in the crop's px; depth is scaled with them."""
        out = np.array(places, float)
        out[:, :2] = (out[:, :2] - self.centre) @ _turn(self.angle) * self.scale + self.side / 2
        out[:, 2:] *= self.scale
        return out

    def pixels(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x and y in the crop's px of the picture's pixels at rows and columns, of any shapes that go together."""
        x, y = columns + 0.5 - self.centre[0], rows + 0.5 - self.centre[1]
        cos, sin = np.cos(self.angle) * self.scale, np.sin(self.angle) * self.scale
        return cos * x + sin * y + self.side / 2, cos * y - sin * x + self.side / 2

    def back(self, crop: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
        """What a crop (side, side, C) float32 shows at the pixels of some rows and columns of the picture, smoothly; (rows, columns, C). Beyond the
        crop its border goes on."""
        at = self.pixels(np.arange(rows.start, rows.stop)[:, None], np.arange(columns.start, columns.stop))
        across, down = (np.clip(each - 0.5, 0, self.side - 1).astype(np.float32) for each in at)
        return bilinear(np.ascontiguousarray(crop), across, down)

    def box(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Rows and columns of a picture of some shape that the crop may cover."""
        reach = self.size * (abs(np.cos(self.angle)) + abs(np.sin(self.angle))) / 2
        low = np.clip(np.floor(self.centre - reach), 0, np.array(shape[1::-1]) - 1).astype(int)
        high = np.clip(np.ceil(self.centre + reach), low + 1, shape[1::-1]).astype(int)
        return slice(low[1], high[1]), slice(low[0], high[0])


def _turn(angle: float) -> np.ndarray:
    """Rotation (2, 2); row vectors times it turn back by `angle`."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
