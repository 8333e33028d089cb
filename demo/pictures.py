"""The window's pictures in the documentation, from those that `make test-gui` left in out/gui: `make pictures`."""

from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]

# name in out/gui: name in docs/images
PICTURES = {"panel": "panel", "directed": "sequence", "photo": "photo_panel", "capture": "capture_panel"}
COLOURS = 128


def main():
    for seen, shown in PICTURES.items():
        image = Image.open(ROOT / "out" / "gui" / f"{seen}.png").convert("RGB")
        image.quantize(COLOURS, dither=0).save(ROOT / "docs" / "images" / f"{shown}.png", optimize=True)
        print(f"docs/images/{shown}.png")


if __name__ == "__main__":
    main()
