"""Small scenes of a street, drawn: what the demonstration's reporters and officers photograph.

Each name has a scene of its own, with all that a phone writes beside it: camera, time and place.
None of that may ever be seen behind the doors of the city.
"""

from __future__ import annotations

import io
import random
from functools import lru_cache

from PIL import Image, ImageDraw

SIZE = (1280, 960)
"""Pixels, of every scene."""
_KERB, _LANE = 610, 680
_CAMERA = {0x010F: "Kamera Contoh", 0x0110: "K-1", 0x0131: "K-1 1.0"}
_TAKEN_TAGS, _GPS_TAGS, _DESCRIPTION_TAG = 0x8769, 0x8825, 0x010E


@lru_cache(maxsize=128)
def street(name: str, *, mended: bool = False) -> bytes:
    """A street as JPEG, the same bytes for the same name. mended: the hole in it is filled."""
    chance = random.Random(name)  # noqa: S311 (a drawing)
    picture = Image.new("RGB", SIZE, _shade(chance, (176, 205, 226)))
    draw = ImageDraw.Draw(picture)
    _houses(draw, chance)
    _road(draw, chance)
    _hole(draw, chance, mended=mended)
    # A second visit is another photograph: the light has changed and the passers-by have gone on.
    _passers_by(draw, random.Random(f"{name} {mended}"))  # noqa: S311 (a drawing)
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=85, exif=_exif(name, chance), comment=name)
    return kept.getvalue()


def _shade(chance: random.Random, colour: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = (each + chance.randrange(-24, 25) for each in colour)
    return red, green, blue


def _houses(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    left = 0
    while left < SIZE[0]:
        right, roof = left + chance.randrange(130, 260), chance.randrange(150, 380)
        draw.rectangle((left, roof, right, _KERB), fill=_shade(chance, (196, 170, 140)))
        eaves = [(left - 12, roof), (right + 12, roof), ((left + right) // 2, roof - 90)]
        draw.polygon(eaves, fill=_shade(chance, (150, 78, 60)))
        for floor in range(roof + 40, _KERB - 90, 110):
            for window in range(left + 24, right - 50, 70):
                pane = (window, floor, window + 38, floor + 56)
                draw.rectangle(pane, fill=_shade(chance, (70, 92, 110)), outline=(240, 240, 235))
        left = right + chance.randrange(0, 24)


def _road(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    draw.rectangle((0, _KERB, SIZE[0], _LANE), fill=_shade(chance, (168, 162, 152)))
    draw.rectangle((0, _LANE, *SIZE), fill=_shade(chance, (92, 92, 94)))
    for left in range(chance.randrange(0, 120), SIZE[0], 210):
        draw.rectangle((left, 812, left + 110, 824), fill=(226, 222, 206))


def _hole(draw: ImageDraw.ImageDraw, chance: random.Random, *, mended: bool) -> None:
    left, top = chance.randrange(180, 820), chance.randrange(715, 770)
    box = (left, top, left + chance.randrange(200, 300), top + chance.randrange(70, 110))
    rim, inside = ((64, 64, 66), (58, 58, 60)) if mended else ((120, 104, 86), (52, 44, 38))
    draw.ellipse(box, fill=inside, outline=rim, width=3 if mended else 14)


def _passers_by(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for _ in range(chance.randrange(2, 5)):
        left, tall = chance.randrange(40, SIZE[0] - 80), chance.randrange(110, 150)
        coat = _shade(chance, (90, 110, 150))
        draw.rectangle((left, _LANE - tall + 34, left + 38, _LANE), fill=coat)
        draw.ellipse((left + 4, _LANE - tall, left + 34, _LANE - tall + 32), fill=(146, 104, 76))


def _exif(name: str, chance: random.Random) -> Image.Exif:
    """As a phone writes it: its name, camera, time, and a point in Jakarta."""
    exif = Image.Exif()
    exif.update(_CAMERA)
    exif[_DESCRIPTION_TAG] = name
    taken = f"2026:11:25 {chance.randrange(6, 18):02}:{chance.randrange(60):02}:00"
    exif.get_ifd(_TAKEN_TAGS).update({0x9003: taken, 0x9011: "+07:00"})
    south, east = (6.0, 10 + chance.random(), 0.0), (106.0, 49 + chance.random(), 0.0)
    exif.get_ifd(_GPS_TAGS).update({1: "S", 2: south, 3: "E", 4: east})
    return exif
