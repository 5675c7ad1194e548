"""Pack the pictures that `make pictures` made: few colours are enough for a screen."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

for name in ("search", "editor", "chart"):
    for theme in ("", "-dark"):
        path = Path(__file__).with_name(f"{name}{theme}.png")
        picture = Image.open(path).convert("RGB")
        few = picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
