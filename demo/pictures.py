"""The window's pictures in the documentation, from those that `make test-gui` left in out/gui: `make pictures`."""

from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]

# name in out/gui: name in docs/images; photos need more than a few colours
PICTURES = {"panel": "panel.png", "directed": "sequence.png", "photo": "photo_panel.jpg", "capture": "capture_panel.png",
            "photo_video_shown": "photo_video_panel.jpg", "photo_pose": "photo_pose_panel.jpg"}  # fmt: skip
COLOURS = 128


def main():
    for seen, shown in PICTURES.items():
        image = Image.open(ROOT / "out" / "gui" / f"{seen}.png").convert("RGB")
        path = ROOT / "docs" / "images" / shown
        if path.suffix == ".png":
            image.quantize(COLOURS, dither=0).save(path, optimize=True)
        else:
            image.save(path, quality=85)
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
