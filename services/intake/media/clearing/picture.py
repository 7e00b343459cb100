"""A picture decoded and made anew, three times. Run in the child alone.

It is decoded to pixels, and these are laid into a new picture before they are encoded: what
a codec hangs on a picture (comments, profiles, positions) is carried along by each of its other
ways of saving.

Errors of codecs are not caught here: a child that dies of one has said that the file is damaged.
"""

from dataclasses import replace
from io import BytesIO
from math import ceil
from types import MappingProxyType

import pillow_heif
from PIL import Image, ImageCms, ImageFile

from services.intake.media.clearing import exif
from services.intake.media.clearing.facts import place_alone, read_facts
from services.intake.media.clearing.fingerprint import (
    correlation,
    deviation,
    fingerprint,
    trimmed,
)
from services.intake.media.clearing.media_type import (
    MOST_PIXELS,
    MediaType,
    claimed_canvas,
    media_type,
    most_pixels,
)
from services.intake.media.clearing.metadata import Metadata, read_metadata
from services.intake.media.clearing.outcome import Cleared, Derivative, Facts, Refused, Size
from shared.events.vocabulary import MediaRefusal

CODECS = MappingProxyType({
    MediaType.JPEG: "JPEG", MediaType.PNG: "PNG", MediaType.WEBP: "WEBP", MediaType.GIF: "GIF",
    MediaType.HEIF: "HEIF", MediaType.AVIF: "AVIF", MediaType.TIFF: "TIFF", MediaType.BMP: "BMP",
})  # fmt: skip

LONGEST_SIDE = 2048
SHARES = MappingProxyType({Size.LARGE: 1, Size.MEDIUM: 2, Size.SMALL: 8})
QUALITY = 80
FEWEST_BYTES_PER_PIXEL = 0.002
"""A JPEG of fewer was never taken: an empty wall in one colour has three times as many."""

_LARGEST_PROFILE = 1 << 20
_THUMBNAIL_PIXELS = 1_000_000
_THUMBNAIL_SIDE = 24
_THUMBNAIL_ALIKE = 0.75
_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
_TURNS = MappingProxyType({
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
})  # fmt: skip


def load_codecs() -> None:
    """Every codec is imported once, before the first child is made."""
    pillow_heif.register_heif_opener()
    Image.init()
    # Above it Pillow only warns, and it raises at twice as many; each type has its own cap here.
    Image.MAX_IMAGE_PIXELS = max(MOST_PIXELS.values())
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    _rehearse()


def _rehearse() -> None:
    """One picture of our own with everything in it, so that whatever is imported only when it is
    first needed is there: a child can open no file, and would call each picture damaged."""
    own = Image.linear_gradient("L").convert("RGB")
    small, whole = BytesIO(), BytesIO()
    own.save(small, "JPEG")
    tags = Image.Exif()
    tags[exif.ORIENTATION], tags[exif.MAKE] = 6, "own"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    own.save(whole, "JPEG", exif=tags, icc_profile=profile)
    if not isinstance(clear_picture(whole.getvalue(), evidence=True), Cleared):
        raise RuntimeError("a picture of our own is not cleared")
    thumbnail_differs(small.getvalue(), own, None)


def clear_picture(data: bytes, *, evidence: bool) -> Cleared | Refused:
    """The picture in three sizes. Of a reporter's picture the place alone is read."""
    of = media_type(data)
    if of is None or of not in CODECS:
        return Refused(MediaRefusal.TYPE)
    canvas = claimed_canvas(data) if of is MediaType.WEBP else None
    if canvas and canvas.width * canvas.height > most_pixels(of, alpha=False):
        return Refused(MediaRefusal.TOO_MANY_PIXELS)
    try:
        opened = Image.open(BytesIO(data), formats=[CODECS[of]])
    except Image.DecompressionBombError:
        return Refused(MediaRefusal.TOO_MANY_PIXELS)
    reason = _refusal(opened, of, len(data))
    return Refused(reason) if reason else _cleared(data, of, opened, evidence=evidence)


def _refusal(opened: Image.Image, of: MediaType, length: int) -> MediaRefusal | None:
    width, height = opened.size
    alpha = opened.mode in _WITH_ALPHA
    if width * height > most_pixels(of, alpha=alpha):
        return MediaRefusal.TOO_MANY_PIXELS
    if of is MediaType.JPEG and length < FEWEST_BYTES_PER_PIXEL * width * height:
        return MediaRefusal.HOSTILE
    return None


def _cleared(data: bytes, of: MediaType, opened: Image.Image, *, evidence: bool) -> Cleared:
    width, height = opened.size
    profile = opened.info.get("icc_profile")
    found = _metadata(data, of, opened)
    opened.draft("RGB", _drafted(width, height))
    opened.load()
    turn = _TURNS.get(_orientation(opened))
    if turn is not None and turn.value in _ON_SIDE:
        width, height = height, width
    shown = _in_srgb(_on_white(_shrunk(opened)), profile)
    large = _bare(shown.transpose(turn) if turn is not None else shown)
    facts = Facts(width=width, height=height, format=str(of))
    if evidence:
        differs = thumbnail_differs(exif.read_exif(found.exif).thumbnail, large, turn)
        facts = read_facts(data, found, replace(facts, thumbnail_differs=differs))
    else:
        facts = place_alone(found, facts)
    sizes = {size: large.reduce(share) if share > 1 else large for size, share in SHARES.items()}
    derivatives = tuple(_encoded(size, shown) for size, shown in sizes.items())
    return Cleared(derivatives, facts, fingerprint(sizes[Size.MEDIUM]))


_ON_SIDE = frozenset(
    each.value
    for each in (
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    )
)


def _metadata(data: bytes, of: MediaType, opened: Image.Image) -> Metadata:
    """As the file has it; of HEIF and AVIF as the codec found it."""
    found = read_metadata(data, of)
    if of in (MediaType.HEIF, MediaType.AVIF):
        return replace(found, exif=_bytes(opened, "exif"), xmp=_bytes(opened, "xmp"))
    return found


def _bytes(opened: Image.Image, name: str) -> bytes:
    value = opened.info.get(name)
    return value if isinstance(value, bytes) else b""


# --- to pixels ---------------------------------------------------------------------------


def _drafted(width: int, height: int) -> tuple[int, int]:
    """The size below which a JPEG need not be decoded: the largest power of two that divides it."""
    share = 1
    while share < 8 and max(width, height) >= 2 * share * LONGEST_SIDE:
        share *= 2
    return ceil(width / share), ceil(height / share)


def _orientation(loaded: Image.Image) -> int:
    """What is still to be turned. Asked after loading: some codecs have turned it by then."""
    try:
        value = loaded.getexif().get(exif.ORIENTATION)
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, ArithmeticError, LookupError):
        return 1
    return value if isinstance(value, int) else 1


def _shrunk(loaded: Image.Image) -> Image.Image:
    """At most 2048 pixels on its longest side, in 8 bits a channel."""
    shown = _in_eight_bits(loaded)
    width, height = shown.size
    share = LONGEST_SIDE / max(width, height)
    if share >= 1:
        return shown
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return shown.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.1)


def _in_eight_bits(loaded: Image.Image) -> Image.Image:
    """Palettes as colours. Of 16 bits the upper eight: a plain conversion makes them all white."""
    mode = loaded.mode
    if mode in ("I;16", "I;16L", "I;16B"):
        upper = 0 if mode == "I;16B" else 1
        return Image.frombytes("L", loaded.size, loaded.tobytes()[upper::2])
    if mode in ("I", "F"):
        return _stretched(loaded)
    if mode in ("1", "P", "PA"):
        clear = "transparency" in loaded.info or mode == "PA"
        return loaded.convert("RGBA" if clear else "RGB")
    if mode in ("L", "RGB") and "transparency" in loaded.info:
        return loaded.convert("RGBA")
    return loaded


def _stretched(wide: Image.Image) -> Image.Image:
    """Numbers without a known range: the lowest becomes black and the highest white."""
    lowest, highest = wide.getextrema()
    if not (isinstance(lowest, int | float) and isinstance(highest, int | float)):
        raise ValueError("numbers of more than one channel")
    spread = (highest - lowest) or 1
    return wide.point(lambda value: value * (255 / spread) - lowest * 255 / spread).convert("L")


def _on_white(shown: Image.Image) -> Image.Image:
    """Without transparency; what lay under it may never have been meant to be seen."""
    if shown.mode not in _WITH_ALPHA:
        return shown
    layer = shown.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def _in_srgb(shown: Image.Image, profile: object) -> Image.Image:
    """In the colours that every screen assumes of a picture without a profile."""
    if isinstance(profile, bytes) and 0 < len(profile) <= _LARGEST_PROFILE:
        try:
            named = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(shown, named, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            turned = None  # A profile of other channels or none at all: the colours stay.
        if turned is not None:
            return turned
    return shown if shown.mode == "RGB" else shown.convert("RGB")


def _bare(shown: Image.Image) -> Image.Image:
    """The pixels alone, in a picture that never was another."""
    bare = Image.new("RGB", shown.size)
    bare.paste(shown)
    return bare


def _encoded(size: Size, shown: Image.Image) -> Derivative:
    written = BytesIO()
    shown.save(written, "JPEG", quality=QUALITY)
    return Derivative(size, shown.width, shown.height, written.getvalue())


# --- the small picture inside ------------------------------------------------------------


def thumbnail_differs(
    thumbnail: bytes, large: Image.Image, turn: Image.Transpose | None
) -> bool | None:
    """Whether the small picture that a camera wrote shows something else: an editor has forgotten
    it. None when there is none, when it cannot be read, and when one of them is flat."""
    if not thumbnail.startswith(b"\xff\xd8\xff"):
        return None
    try:
        small = Image.open(BytesIO(thumbnail), formats=["JPEG"])
        if small.width * small.height > _THUMBNAIL_PIXELS:
            return None
        small.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    upright = small.transpose(turn) if turn is not None else small
    greys = [_small_grey(each) for each in (upright, large)]
    if min(map(deviation, greys)) < _THUMBNAIL_FLAT:
        return None
    return correlation(*greys) < _THUMBNAIL_ALIKE


_THUMBNAIL_FLAT = 6.0


def _small_grey(shown: Image.Image) -> bytes:
    """Without the black bars that cameras lay around another shape."""
    grey = trimmed(shown.convert("L"))
    side = (_THUMBNAIL_SIDE, _THUMBNAIL_SIDE)
    return grey.resize(side, Image.Resampling.BOX).tobytes()
