"""Pictures of streets that nobody took: each seed draws another, the same one every time."""

import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BytesIO
from types import MappingProxyType

from PIL import Image, ImageChops, ImageDraw, ImageEnhance

SIZE = (800, 600)


def noise(chance: random.Random, coarse: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """Grey clouds: ``coarse`` of them across."""
    small = (coarse, max(2, coarse * 3 // 4))
    drawn = Image.frombytes("L", small, chance.randbytes(small[0] * small[1]))
    return drawn.resize(size, Image.Resampling.BICUBIC)


def colour(chance: random.Random, low: int = 20, high: int = 235) -> tuple[int, int, int]:
    base = chance.randint(low, high)
    red, green, blue = (max(0, min(255, base + chance.randint(-30, 30))) for _ in "rgb")
    return red, green, blue


@lru_cache(maxsize=64)
def street(seed: int) -> Image.Image:
    """A sky, a road that narrows, houses with windows, things, posts and texture. It is drawn once:
    draw upon a copy."""
    chance = random.Random(seed)
    width, height = SIZE
    drawn = Image.new("RGB", SIZE, colour(chance, 140))
    pen = ImageDraw.Draw(drawn)
    horizon = chance.randint(height // 5, height * 3 // 5)
    vanishing = chance.randint(width // 6, width * 5 // 6)
    pen.rectangle((0, horizon, width, height), fill=colour(chance, 40, 150))
    houses(chance, pen, horizon)
    road(chance, pen, vanishing, horizon)
    things(chance, pen, horizon)
    clouds = Image.merge("RGB", [noise(chance, chance.choice((6, 9, 14)))] * 3)
    rough = Image.merge("RGB", [noise(chance, 120)] * 3)
    return Image.blend(Image.blend(drawn, clouds, 0.25), rough, 0.12)


def houses(chance: random.Random, pen: ImageDraw.ImageDraw, horizon: int) -> None:
    at = -chance.randint(0, 80)
    while at < SIZE[0]:
        wide, tall = chance.randint(60, 260), chance.randint(40, horizon)
        pen.rectangle((at, horizon - tall, at + wide, horizon + 20), fill=colour(chance))
        glass, step = colour(chance, 10, 120), chance.randint(24, 60)
        for x in range(at + 8, at + wide - step // 2, step):
            for y in range(horizon - tall + 8, horizon - 20, step):
                pen.rectangle((x, y, x + step // 2, y + step // 2), fill=glass)
        at += wide + chance.choice((0, 0, 30, 90))


def road(chance: random.Random, pen: ImageDraw.ImageDraw, vanishing: int, horizon: int) -> None:
    width, height = SIZE
    left, right = chance.randint(-300, width // 3), chance.randint(width * 2 // 3, width + 300)
    pen.polygon(
        ((vanishing - 8, horizon), (vanishing + 8, horizon), (right, height), (left, height)),
        fill=colour(chance, 50, 110),
    )
    for part in range(1, chance.randint(3, 9)):
        share = part / 8
        x = vanishing + ((left + right) / 2 - vanishing) * share
        y = horizon + (height - horizon) * share
        pen.rectangle((x - 10 * share, y, x + 10 * share, y + 40 * share), fill=(240, 240, 230))


def things(chance: random.Random, pen: ImageDraw.ImageDraw, horizon: int) -> None:
    width, height = SIZE
    for _ in range(chance.randint(5, 14)):
        x, y = chance.randint(0, width), chance.randint(horizon - 60, height)
        size = chance.randint(20, 170)
        box = (x, y, x + size, y + size * chance.uniform(0.4, 1.8))
        draw = chance.choice((pen.ellipse, pen.rectangle))
        draw(box, fill=colour(chance), outline=colour(chance), width=3)
    for _ in range(chance.randint(1, 5)):
        x = chance.randint(0, width)
        pen.line((x, 0, x + chance.randint(-40, 40), height), fill=colour(chance, 10, 90), width=7)


# --- what is done to a picture that is handed in again -------------------------------------


def as_jpeg(drawn: Image.Image, quality: int = 90) -> bytes:
    written = BytesIO()
    drawn.save(written, "JPEG", quality=quality)
    return written.getvalue()


def encoded_again(drawn: Image.Image) -> Image.Image:
    return Image.open(BytesIO(as_jpeg(drawn, quality=40))).convert("RGB")


def cropped(left: float, top: float, right: float, bottom: float) -> Callable[..., Image.Image]:
    def crop(drawn: Image.Image) -> Image.Image:
        width, height = drawn.size
        box = (left * width, top * height, right * width, bottom * height)
        return drawn.crop((round(box[0]), round(box[1]), round(box[2]), round(box[3])))

    return crop


def captioned(drawn: Image.Image) -> Image.Image:
    shown = drawn.copy()
    width, height = shown.size
    pen = ImageDraw.Draw(shown)
    pen.rectangle((0, height * 0.88, width, height), fill=(0, 0, 0))
    pen.text((20, height * 0.9), "Sudah selesai 24-03-2026 08:14 WIB", "white", font_size=40)
    return shown


def brighter(drawn: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(drawn).enhance(1.3)


CHANGES: Mapping[str, Callable[[Image.Image], Image.Image]] = MappingProxyType({
    "crop 10 % at the left": cropped(0.1, 0, 1, 1),
    "crop 10 % at the right": cropped(0, 0, 0.9, 1),
    "crop 10 % at the top": cropped(0, 0.1, 1, 1),
    "crop 10 % at the bottom": cropped(0, 0, 1, 0.9),
    "crop 5 % all round": cropped(0.05, 0.05, 0.95, 0.95),
    "crop of a corner": cropped(0.1, 0.1, 1, 1),
    "quality 40": encoded_again,
    "half as large": lambda drawn: drawn.reduce(2),
    "mirrored": lambda drawn: drawn.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "brighter": brighter,
    "with a caption": captioned,
    "all at once": lambda d: encoded_again(brighter(cropped(0.1, 0, 1, 1)(d).reduce(2))),
})  # fmt: skip


def shifted(drawn: Image.Image, pixels: int) -> Image.Image:
    return ImageChops.offset(drawn, pixels, 0)
