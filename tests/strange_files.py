"""Files that people, programs and enemies hand in, made anew by each run; nothing here was found.

``CANARY`` stands in every place of a file that is not a pixel: whatever is made of it must not
have it.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from types import MappingProxyType

import pillow_heif
from PIL import Image, ImageCms, PngImagePlugin

from shared.events.vocabulary import MediaRefusal
from tests.exif_blocks import Writer, jakarta, text
from tests.streets import street

CANARY = "KENARI7F3A91"
SHOUT = CANARY.encode()

CLEARED = "cleared"
KEPT = "kept"
Expected = str | frozenset[str]

TYPE = frozenset({MediaRefusal.TYPE})
DAMAGED = frozenset({MediaRefusal.DAMAGED})
PIXELS = frozenset({MediaRefusal.TOO_MANY_PIXELS})
LARGE = frozenset({MediaRefusal.TOO_LARGE})
HOSTILE = frozenset({MediaRefusal.HOSTILE})
BROKEN = DAMAGED | HOSTILE
"""A codec says it in its own way, and the version of tomorrow in another."""


@dataclass(frozen=True, slots=True)
class Strange:
    make: Callable[[], bytes]
    expected: Expected


def photo() -> Image.Image:
    return street(21).copy()


def small() -> Image.Image:
    return street(22).reduce(4)


def saved(codec: str, shown: Image.Image | None = None, **options: object) -> bytes:
    pillow_heif.register_heif_opener()
    written = BytesIO()
    (shown if shown is not None else photo()).save(written, codec, **options)
    return written.getvalue()


def archive() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr(f"{CANARY}.txt", CANARY)
    return written.getvalue()


XMP = (
    b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="' + SHOUT + b'" '
    b'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="6,10.5S"/></rdf:RDF></x:xmpmeta>'
)
PAGE = b"<html><script>alert('" + SHOUT + b"')</script></html>"
PDF = b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(" + SHOUT + b")>>>>endobj\n%%EOF\n"


# --- JPEG --------------------------------------------------------------------------------


def segment(mark: int, body: bytes) -> bytes:
    return bytes((0xFF, mark)) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg_with(*segments: bytes) -> bytes:
    plain = saved("JPEG")
    return plain[:2] + b"".join(segments) + plain[2:]


def exif_of(block: bytes) -> bytes:
    return segment(0xE1, b"Exif\0\0" + block)


def captions(words: bytes) -> bytes:
    """Title, keywords, program, author, town and caption of IPTC, as Photoshop keeps them."""
    sets = b"".join(
        b"\x1c\x02" + bytes((kind,)) + len(words).to_bytes(2, "big") + words
        for kind in (5, 25, 65, 80, 90, 120)
    )
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(sets).to_bytes(4, "big") + sets


def iptc() -> bytes:
    return segment(0xED, captions(SHOUT))


def profile() -> bytes:
    """A real one, with the canary in its description."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    return bytes(made) + SHOUT


def profile_segment(raw: bytes) -> bytes:
    return segment(0xE2, b"ICC_PROFILE\0\x01\x01" + raw)


def manifest() -> bytes:
    box = b"\0\0\0\x60jumb\0\0\0\x20jumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71" + SHOUT * 4
    return segment(0xEB, b"JP\0\x01\0\0\0\x01" + box)


IN_A_CIRCLE = struct.pack("<4sIHHHIII", b"II*\0", 8, 1, 0x8769, 4, 1, 8, 8)


def turned(orientation: int) -> bytes:
    return jpeg_with(exif_of(jakarta(canary=CANARY, turned=orientation)))


def several() -> bytes:
    """A picture of a phone with a second one behind it (multi-picture format)."""
    written = BytesIO()
    photo().save(written, "MPO", save_all=True, append_images=[small()])
    return written.getvalue()


def huge_claim() -> bytes:
    """541 bytes that claim 119 million pixels."""
    plain = saved("JPEG", Image.new("L", (8, 8), 90))
    at = plain.index(b"\xff\xc0")
    return plain[: at + 5] + struct.pack(">HH", 10_900, 10_900) + plain[at + 9 :]


def sides_claimed(width: int, height: int) -> bytes:
    plain = saved("JPEG")
    at = plain.index(b"\xff\xc0")
    return plain[: at + 5] + struct.pack(">HH", height, width) + plain[at + 9 :]


def many_scans(times: int, shown: Image.Image) -> bytes:
    """The last scan of a progressive picture again and again: each costs a pass over all of it."""
    plain = saved("JPEG", shown, progressive=True, quality=30)
    last = plain.rindex(b"\xff\xda")
    return plain[:last] + plain[last:-2] * times + b"\xff\xd9"


def smooth() -> Image.Image:
    return Image.linear_gradient("L").resize((4_000, 3_000)).convert("RGB")


def script_in_a_picture() -> bytes:
    """Begins as a picture and is a program to those who guess: the length is a comment's start."""
    plain = saved("JPEG")
    body = (b"*/=1;alert('" + SHOUT + b"');/*").ljust(0x2F2A - 2, b" ")
    return plain[:2] + segment(0xFE, body) + plain[2:]


JPEGS: Mapping[str, Strange] = MappingProxyType({
    "jpeg plain": Strange(lambda: saved("JPEG"), CLEARED),
    "jpeg progressive": Strange(lambda: saved("JPEG", progressive=True), CLEARED),
    "jpeg 444": Strange(lambda: saved("JPEG", subsampling=0), CLEARED),
    "jpeg grey": Strange(lambda: saved("JPEG", photo().convert("L")), CLEARED),
    "jpeg cmyk": Strange(lambda: saved("JPEG", photo().convert("CMYK")), CLEARED),
    "jpeg restarts": Strange(lambda: saved("JPEG", restart_marker_rows=2), CLEARED),
    "jpeg one pixel": Strange(lambda: saved("JPEG", Image.new("RGB", (1, 1))), CLEARED),
    "jpeg one line": Strange(lambda: saved("JPEG", street(4).resize((3_000, 1))), CLEARED),
    "jpeg 12 megapixels": Strange(lambda: saved("JPEG", photo().resize((4_000, 3_000))), CLEARED),
    "jpeg exif": Strange(lambda: jpeg_with(exif_of(jakarta(canary=CANARY))), CLEARED),
    "jpeg exif the other way round": Strange(
        lambda: jpeg_with(exif_of(jakarta(">", canary=CANARY))), CLEARED
    ),
    "jpeg exif with its thumbnail": Strange(
        lambda: jpeg_with(
            exif_of(jakarta(canary=CANARY, thumbnail=saved("JPEG", small(), comment=SHOUT)))
        ), CLEARED,
    ),
    "jpeg exif twice": Strange(
        lambda: jpeg_with(exif_of(jakarta(canary=CANARY)), exif_of(jakarta(canary=CANARY))), CLEARED
    ),
    "jpeg exif torn": Strange(
        lambda: jpeg_with(exif_of(jakarta(canary=CANARY)[:2_100])), CLEARED
    ),
    "jpeg exif in a circle": Strange(
        lambda: jpeg_with(exif_of(IN_A_CIRCLE)),
        CLEARED,
    ),
    "jpeg exif of nonsense": Strange(lambda: jpeg_with(exif_of(SHOUT * 40)), CLEARED),
    "jpeg orientation of nonsense": Strange(lambda: turned(99), CLEARED),
    "jpeg xmp": Strange(
        lambda: jpeg_with(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)), CLEARED
    ),
    "jpeg xmp continued": Strange(
        lambda: jpeg_with(segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + SHOUT * 900)),
        CLEARED,
    ),
    "jpeg iptc": Strange(lambda: jpeg_with(iptc()), CLEARED),
    "jpeg profile": Strange(lambda: jpeg_with(profile_segment(profile())), CLEARED),
    "jpeg profile of nonsense": Strange(lambda: jpeg_with(profile_segment(SHOUT * 20)), CLEARED),
    "jpeg manifest": Strange(lambda: jpeg_with(manifest()), CLEARED),
    "jpeg comment": Strange(lambda: jpeg_with(segment(0xFE, SHOUT)), CLEARED),
    "jpeg thousand comments": Strange(lambda: jpeg_with(*[segment(0xFE, SHOUT)] * 1_000), CLEARED),
    "jpeg comment as long as can be": Strange(
        lambda: jpeg_with(segment(0xFE, (SHOUT * 6_000)[:65_533])), CLEARED
    ),
    "jpeg thumbnail in its head": Strange(
        lambda: jpeg_with(segment(0xE0, b"JFXX\0\x10" + saved("JPEG", small(), comment=SHOUT))),
        CLEARED,
    ),
    "jpeg of several pictures": Strange(several, CLEARED),
    "jpeg and an archive": Strange(lambda: saved("JPEG") + archive(), CLEARED),
    "jpeg and a page": Strange(lambda: saved("JPEG") + PAGE, CLEARED),
    "jpeg and a picture": Strange(lambda: saved("JPEG") + saved("PNG"), CLEARED),
    "jpeg and a page in a comment": Strange(lambda: jpeg_with(segment(0xFE, PAGE)), CLEARED),
    "jpeg and a pdf in a comment": Strange(lambda: jpeg_with(segment(0xFE, PDF)), CLEARED),
    "jpeg and an archive in a comment": Strange(
        lambda: jpeg_with(segment(0xFE, archive())), CLEARED
    ),
    "jpeg and a program": Strange(script_in_a_picture, CLEARED),
    "jpeg of 119 megapixels in 541 bytes": Strange(huge_claim, HOSTILE),
    "jpeg 30,000 x 30,000": Strange(lambda: sides_claimed(30_000, 30_000), PIXELS),
    "jpeg larger than it is": Strange(lambda: sides_claimed(1_600, 1_200), BROKEN | {CLEARED}),
    "jpeg without height": Strange(lambda: sides_claimed(800, 0), BROKEN),
    "jpeg of 60 scans": Strange(lambda: many_scans(60, photo()), CLEARED),
    "jpeg that takes for ever": Strange(
        lambda: many_scans(4_000, smooth()), HOSTILE
    ),
    "jpeg truncated": Strange(lambda: saved("JPEG")[:20_000], BROKEN),
    "jpeg head alone": Strange(lambda: saved("JPEG")[:300], BROKEN),
    "jpeg mark alone": Strange(lambda: b"\xff\xd8\xff", BROKEN),
    "jpeg of nonsense": Strange(lambda: b"\xff\xd8\xff\xe0" + SHOUT * 500, BROKEN),
    "jpeg too large": Strange(lambda: saved("JPEG") + bytes(20_000_000), LARGE),
    **{f"jpeg orientation {each}": Strange(partial(turned, each), CLEARED)
       for each in range(1, 9)},
    **{f"jpeg app{each - 0xE0}": Strange(partial(jpeg_with, segment(each, SHOUT)), CLEARED)
       for each in range(0xE3, 0xF0)},
})  # fmt: skip


# --- PNG ---------------------------------------------------------------------------------


def chunk(name: bytes, body: bytes) -> bytes:
    whole = name + body
    return len(body).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")


def png_of(width: int, height: int, depth: int, colour: int, pixels: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = zlib.compress(pixels, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def png_with(*chunks: bytes) -> bytes:
    plain = saved("PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def texts() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", f"jalan {CANARY}")
    info.add_text("Comment", CANARY, zip=True)
    info.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    info.add_itxt("Author", CANARY)
    return info


def swelling(name: bytes, head: bytes) -> bytes:
    """20 MB of zeros behind 20 kB."""
    return png_with(chunk(name, head + zlib.compress(bytes(20_000_000), 9)))


def wide_rgb() -> bytes:
    """16 bits a channel, which the library does not write."""
    pixels = b"".join(
        b"\0" + b"".join(bytes((each, 7)) for each in row) for row in rows(photo().reduce(4))
    )
    return png_of(200, 150, 16, 2, pixels)


def rows(shown: Image.Image) -> Iterator[bytes]:
    raw, stride = shown.tobytes(), shown.width * 3
    return (raw[at : at + stride] for at in range(0, len(raw), stride))


def wide_grey() -> Image.Image:
    grey = photo().convert("L")
    return Image.frombytes("I;16", grey.size, b"".join(bytes((9, each)) for each in grey.tobytes()))


def clear_at_the_left() -> Image.Image:
    shown = photo().convert("RGBA")
    shown.paste((255, 0, 0, 0), (0, 0, 300, 600))
    return shown


def broken_checksum() -> bytes:
    plain = bytearray(saved("PNG"))
    plain[-20] ^= 0xFF
    return bytes(plain)


PNGS: Mapping[str, Strange] = MappingProxyType({
    "png plain": Strange(lambda: saved("PNG"), CLEARED),
    "png texts": Strange(lambda: saved("PNG", pnginfo=texts()), CLEARED),
    "png exif": Strange(lambda: saved("PNG", exif=jakarta(canary=CANARY)), CLEARED),
    "png exif turned": Strange(lambda: saved("PNG", exif=jakarta(turned=6)), CLEARED),
    "png profile": Strange(lambda: saved("PNG", icc_profile=profile()), CLEARED),
    "png manifest": Strange(lambda: png_with(chunk(b"caBX", b"jumbc2pa" + SHOUT)), CLEARED),
    "png own chunk": Strange(lambda: png_with(chunk(b"crMd", SHOUT)), CLEARED),
    "png time": Strange(lambda: png_with(chunk(b"tIME", b"\x07\xea\3\x18\x08\x0e\5")), CLEARED),
    "png grey of 16 bits": Strange(lambda: saved("PNG", wide_grey()), CLEARED),
    "png colours of 16 bits": Strange(wide_rgb, CLEARED),
    "png of one bit": Strange(lambda: saved("PNG", photo().convert("1")), CLEARED),
    "png palette": Strange(lambda: saved("PNG", photo().convert("P")), CLEARED),
    "png palette with a hole": Strange(
        lambda: saved("PNG", photo().convert("P"), transparency=3), CLEARED
    ),
    "png alpha": Strange(lambda: saved("PNG", clear_at_the_left()), CLEARED),
    "png grey alpha": Strange(lambda: saved("PNG", photo().convert("LA")), CLEARED),
    "png colour that is clear": Strange(lambda: saved("PNG", transparency=(0, 0, 0)), CLEARED),
    "png moving": Strange(
        lambda: saved("PNG", save_all=True, append_images=[small(), photo()]), CLEARED
    ),
    "png and an archive": Strange(lambda: saved("PNG") + archive(), CLEARED),
    "png and a page": Strange(lambda: saved("PNG") + PAGE, CLEARED),
    "png 7,000 x 7,000 of one colour": Strange(
        lambda: png_of(7_000, 7_000, 1, 0, bytes(876 * 7_000)), CLEARED
    ),
    "png 30,000 x 30,000": Strange(
        lambda: png_of(30_000, 30_000, 1, 0, bytes(3_751 * 30_000)), PIXELS
    ),
    "png two thousand million wide": Strange(lambda: png_of(2**31 - 1, 1, 1, 0, b"\0"), PIXELS),
    "png alpha of 36 megapixels": Strange(
        lambda: png_of(6_000, 6_000, 8, 6, bytes(24_001 * 6_000)), PIXELS
    ),
    "png text that swells": Strange(lambda: swelling(b"zTXt", b"x\0\0"), BROKEN),
    "png profile that swells": Strange(lambda: swelling(b"iCCP", b"x\0\0"), BROKEN | {CLEARED}),
    "png international text that swells": Strange(
        lambda: swelling(b"iTXt", b"x\0\1\0\0\0"), BROKEN
    ),
    "png without sides": Strange(lambda: png_of(0, 0, 8, 2, b""), BROKEN),
    "png truncated": Strange(lambda: saved("PNG")[:60_000], BROKEN),
    "png checksum wrong": Strange(broken_checksum, BROKEN | {CLEARED}),
    "png mark alone": Strange(lambda: b"\x89PNG\r\n\x1a\n", BROKEN),
    "png of nonsense": Strange(lambda: b"\x89PNG\r\n\x1a\n" + SHOUT * 90, BROKEN),
    "png chunk of four gigabytes": Strange(
        lambda: saved("PNG")[:33] + b"\xff\xff\xff\xf0tEXt" + SHOUT, BROKEN
    ),
})  # fmt: skip


# --- GIF, WebP, BMP ----------------------------------------------------------------------


def moving(codec: str) -> bytes:
    return saved(codec, small(), save_all=True, append_images=[street(n).reduce(4) for n in (5, 6)])


def gif_claim() -> bytes:
    plain = bytearray(saved("GIF", small()))
    plain[6:10] = b"\xff\xff\xff\xff"
    return bytes(plain)


def webp_claim() -> bytes:
    """A canvas of 16,384 x 16,384 in its head; its decoder would take a gigabyte for it."""
    plain = bytearray(saved("WEBP", small(), exif=jakarta()))
    plain[24:30] = b"\xff\x3f\0\xff\x3f\0"
    return bytes(plain)


def bmp_claim(width: int, height: int) -> bytes:
    plain = bytearray(saved("BMP", small()))
    plain[18:26] = struct.pack("<ii", width, height)
    return bytes(plain)


OTHERS: Mapping[str, Strange] = MappingProxyType({
    "gif plain": Strange(lambda: saved("GIF"), CLEARED),
    "gif moving": Strange(lambda: moving("GIF"), CLEARED),
    "gif comment": Strange(lambda: saved("GIF", comment=SHOUT), CLEARED),
    "gif with a hole": Strange(lambda: saved("GIF", photo().convert("P"), transparency=1), CLEARED),
    "gif and a page": Strange(lambda: saved("GIF") + PAGE, CLEARED),
    "gif and an archive": Strange(lambda: saved("GIF") + archive(), CLEARED),
    "gif 65,535 x 65,535": Strange(gif_claim, PIXELS),
    "gif truncated": Strange(lambda: saved("GIF")[:9_000], BROKEN),
    "gif mark alone": Strange(lambda: b"GIF89a", BROKEN),
    "gif that is a page": Strange(lambda: b"GIF89a=1;" + PAGE, BROKEN | PIXELS),
    "webp plain": Strange(lambda: saved("WEBP"), CLEARED),
    "webp lossless": Strange(lambda: saved("WEBP", small(), lossless=True), CLEARED),
    "webp alpha": Strange(lambda: saved("WEBP", clear_at_the_left()), CLEARED),
    "webp moving": Strange(lambda: moving("WEBP"), CLEARED),
    "webp exif": Strange(lambda: saved("WEBP", exif=jakarta(canary=CANARY)), CLEARED),
    "webp exif turned": Strange(lambda: saved("WEBP", exif=jakarta(turned=6)), CLEARED),
    "webp xmp": Strange(lambda: saved("WEBP", xmp=XMP), CLEARED),
    "webp profile": Strange(lambda: saved("WEBP", icc_profile=profile()), CLEARED),
    "webp and an archive": Strange(lambda: saved("WEBP") + archive(), CLEARED),
    "webp 16,384 x 16,384": Strange(webp_claim, PIXELS),
    "webp truncated": Strange(lambda: saved("WEBP")[:9_000], BROKEN),
    "webp head alone": Strange(lambda: saved("WEBP")[:20], BROKEN),
    "webp of nonsense": Strange(lambda: b"RIFF\xff\0\0\0WEBPVP8X" + SHOUT * 9, BROKEN | PIXELS),
    "bmp plain": Strange(lambda: saved("BMP", small()), CLEARED),
    "bmp palette": Strange(lambda: saved("BMP", small().convert("P")), CLEARED),
    "bmp of one bit": Strange(lambda: saved("BMP", small().convert("1")), CLEARED),
    "bmp alpha": Strange(lambda: saved("BMP", small().convert("RGBA")), CLEARED),
    "bmp and an archive": Strange(lambda: saved("BMP", small()) + archive(), CLEARED),
    "bmp 30,000 x 30,000": Strange(lambda: bmp_claim(30_000, 30_000), PIXELS),
    "bmp upside down": Strange(lambda: bmp_claim(200, -150), CLEARED),
    "bmp of negative width": Strange(lambda: bmp_claim(-200, 150), BROKEN | PIXELS),
    "bmp truncated": Strange(lambda: saved("BMP", small())[:9_000], BROKEN),
    "bmp of nonsense": Strange(lambda: b"BM" + SHOUT * 40, BROKEN),
})  # fmt: skip


# --- HEIC, AVIF, TIFF --------------------------------------------------------------------


QUICKLY = {"preset": "ultrafast"}


def heic(shown: Image.Image | None = None, **options: object) -> bytes:
    return saved(
        "HEIF", shown if shown is not None else small(), quality=40, enc_params=QUICKLY, **options
    )


def avif(shown: Image.Image | None = None, **options: object) -> bytes:
    return saved("AVIF", shown if shown is not None else small(), speed=10, **options)


def sides_of_boxes(plain: bytes, width: int, height: int) -> bytes:
    """With other sides in each box that names them."""
    changed = bytearray(plain)
    at = changed.find(b"ispe")
    while at >= 0:
        changed[at + 8 : at + 16] = struct.pack(">II", width, height)
        at = changed.find(b"ispe", at + 4)
    return bytes(changed)


def boxes_of(plain: bytes, length: int) -> bytes:
    """A box that says it is longer than all there is."""
    at = plain.index(b"meta") - 4
    return plain[:at] + struct.pack(">I", length) + plain[at + 4 :]


def pages() -> bytes:
    return saved("TIFF", save_all=True, append_images=[small(), photo()])


def tiff_tags() -> bytes:
    tags = {270: CANARY, 305: CANARY, 315: CANARY, 33432: CANARY, 700: XMP}
    return saved("TIFF", tiffinfo=tags)


def own_tiff(order: str = "<", **sides: int) -> bytes:
    """64 by 64 greys in one strip, with other numbers where they are given."""
    write = Writer(order)
    given = {
        "width": 64, "height": 64, "bits": 8, "compression": 1, "photometric": 1, "strip": 4_096,
        "samples": 1, "rows": 64, "length": 4_096, **sides,
    }  # fmt: skip
    names = {
        0x0100: "width", 0x0101: "height", 0x0102: "bits", 0x0103: "compression",
        0x0106: "photometric", 0x0111: "strip", 0x0115: "samples", 0x0116: "rows", 0x0117: "length",
    }  # fmt: skip
    first = {tag: write.long(given[name]) for tag, name in names.items()}
    body = write.block({**first, 0x010E: text(CANARY)})[:4_000].ljust(4_096, b"\0")
    return body + bytes(range(256)) * 16


def in_a_circle() -> bytes:
    """A directory whose next one is itself."""
    whole = bytearray(saved("TIFF", small()))
    at = int.from_bytes(whole[4:8], "little")
    count = int.from_bytes(whole[at : at + 2], "little")
    whole[at + 2 + 12 * count : at + 6 + 12 * count] = struct.pack("<I", at)
    return bytes(whole)


BOXED: Mapping[str, Strange] = MappingProxyType({
    "heic plain": Strange(heic, CLEARED),
    "heic large": Strange(lambda: heic(photo().resize((1_600, 1_200))), CLEARED),
    "heic exif": Strange(lambda: heic(exif=jakarta(canary=CANARY)), CLEARED),
    "heic exif turned": Strange(lambda: heic(exif=jakarta(turned=6)), CLEARED),
    "heic xmp": Strange(lambda: heic(xmp=XMP), CLEARED),
    "heic profile": Strange(lambda: heic(icc_profile=profile()), CLEARED),
    "heic alpha": Strange(lambda: heic(small().convert("RGBA")), CLEARED),
    "heic grey": Strange(lambda: heic(small().convert("L")), CLEARED),
    "heic of several pictures": Strange(
        lambda: heic(save_all=True, append_images=[street(9).reduce(4)]), CLEARED
    ),
    "heic and an archive": Strange(lambda: heic() + archive(), CLEARED),
    "heic 30,000 x 30,000": Strange(
        lambda: sides_of_boxes(heic(), 30_000, 30_000), PIXELS | BROKEN
    ),
    "heic other sides": Strange(lambda: sides_of_boxes(heic(), 201, 149), BROKEN | {CLEARED}),
    "heic truncated": Strange(lambda: heic()[:1_500], BROKEN),
    "heic box too long": Strange(lambda: boxes_of(heic(), 0xFFFF_FFF0), BROKEN),
    "heic box of one byte": Strange(lambda: boxes_of(heic(), 1), BROKEN),
    "heic brand alone": Strange(lambda: heic()[:24], BROKEN),
    "heic of nonsense": Strange(lambda: heic()[:32] + SHOUT * 90, BROKEN),
    "avif plain": Strange(avif, CLEARED),
    "avif exif": Strange(lambda: avif(exif=jakarta(canary=CANARY)), CLEARED),
    "avif exif turned": Strange(lambda: avif(exif=jakarta(turned=6)), CLEARED),
    "avif xmp": Strange(lambda: avif(xmp=XMP), CLEARED),
    "avif profile": Strange(lambda: avif(icc_profile=profile()), CLEARED),
    "avif alpha": Strange(lambda: avif(small().convert("RGBA")), CLEARED),
    "avif moving": Strange(
        lambda: avif(save_all=True, append_images=[street(9).reduce(4)]), CLEARED
    ),
    "avif 30,000 x 30,000": Strange(
        lambda: sides_of_boxes(avif(), 30_000, 30_000), PIXELS | BROKEN
    ),
    "avif truncated": Strange(lambda: avif()[:900], BROKEN),
    "avif box too long": Strange(lambda: boxes_of(avif(), 0xFFFF_FFF0), BROKEN),
    "tiff plain": Strange(lambda: saved("TIFF"), CLEARED),
    "tiff lzw": Strange(lambda: saved("TIFF", compression="tiff_lzw"), CLEARED),
    "tiff jpeg": Strange(lambda: saved("TIFF", compression="jpeg"), CLEARED),
    "tiff deflate": Strange(lambda: saved("TIFF", compression="tiff_adobe_deflate"), CLEARED),
    "tiff fax": Strange(lambda: saved("TIFF", photo().convert("1"), compression="group4"), CLEARED),
    "tiff words": Strange(tiff_tags, CLEARED),
    "tiff exif": Strange(lambda: saved("TIFF", exif=jakarta(canary=CANARY, turned=6)), CLEARED),
    "tiff profile": Strange(lambda: saved("TIFF", icc_profile=profile()), CLEARED),
    "tiff of three pages": Strange(pages, CLEARED),
    "tiff grey of 16 bits": Strange(lambda: saved("TIFF", wide_grey()), CLEARED),
    "tiff grey of 32 bits": Strange(lambda: saved("TIFF", photo().convert("I")), CLEARED),
    "tiff fractions": Strange(lambda: saved("TIFF", photo().convert("F")), CLEARED),
    "tiff cmyk": Strange(lambda: saved("TIFF", photo().convert("CMYK")), CLEARED),
    "tiff lab": Strange(lambda: saved("TIFF", photo().convert("LAB")), CLEARED),
    "tiff own": Strange(own_tiff, CLEARED),
    "tiff own the other way round": Strange(lambda: own_tiff(">"), CLEARED),
    "tiff 30,000 x 30,000": Strange(lambda: own_tiff(width=30_000, height=30_000), PIXELS),
    "tiff strip outside": Strange(lambda: own_tiff(strip=1 << 30), BROKEN),
    "tiff strip of four gigabytes": Strange(
        lambda: own_tiff(length=0xFFFF_FFF0, compression=8), BROKEN
    ),
    "tiff of 60,000 channels": Strange(lambda: own_tiff(samples=60_000), BROKEN),
    "tiff no sides": Strange(lambda: own_tiff(width=0, height=0), BROKEN),
    "tiff unknown compression": Strange(lambda: own_tiff(compression=31_337), BROKEN),
    "tiff in a circle": Strange(in_a_circle, CLEARED),
    "tiff truncated": Strange(lambda: saved("TIFF", compression="tiff_lzw")[:9_000], BROKEN),
    "tiff of nonsense": Strange(lambda: b"II*\0\x08\0\0\0" + SHOUT * 40, BROKEN),
    "tiff mark alone": Strange(lambda: b"MM\0*", BROKEN),
})  # fmt: skip


# --- no pictures -------------------------------------------------------------------------

NO_PICTURES: Mapping[str, Strange] = MappingProxyType({
    "nothing": Strange(lambda: b"", frozenset({MediaRefusal.EMPTY})),
    "svg named .jpg": Strange(lambda: b"<svg onload='" + SHOUT + b"'/>", TYPE),
    "page named .jpg": Strange(lambda: PAGE, TYPE),
    "page before a picture": Strange(lambda: PAGE + saved("JPEG"), TYPE),
    "archive named .jpg": Strange(archive, TYPE),
    "archive before a picture": Strange(lambda: archive() + saved("JPEG"), TYPE),
    "postscript": Strange(lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n" + SHOUT, TYPE),
    "photoshop": Strange(lambda: b"8BPS\0\x01" + SHOUT, TYPE),
    "jpeg 2000": Strange(lambda: saved("JPEG2000", small()), TYPE),
    "icon": Strange(lambda: saved("ICO", small()), TYPE),
    "targa": Strange(lambda: saved("TGA", small()), TYPE),
    "netpbm": Strange(lambda: saved("PPM", small()), TYPE),
    "silicon graphics": Strange(lambda: saved("SGI", small()), TYPE),
    "painted by pcx": Strange(lambda: saved("PCX", small()), TYPE),
    "direct draw": Strange(lambda: saved("DDS", small()), TYPE),
    "jxl": Strange(lambda: b"\xff\x0a" + SHOUT, TYPE),
    "fits": Strange(lambda: b"SIMPLE  =                    T" + SHOUT, TYPE),
    "raw of adobe": Strange(
        lambda: Writer().block({0xC612: Writer().long(1), 0x010E: text(CANARY)}), TYPE
    ),
    "raw of canon": Strange(lambda: b"II*\0\x10\0\0\0CR\x02\0" + SHOUT, TYPE),
    "zeros": Strange(lambda: bytes(5_000), TYPE),
    "program": Strange(lambda: b"\x7fELF" + SHOUT, TYPE),
    "words": Strange(lambda: f"Ini foto saya, {CANARY}".encode(), TYPE),
    "pdf": Strange(lambda: PDF, KEPT),
    "pdf saved from a picture": Strange(lambda: saved("PDF", small()), KEPT),
    "pdf and an archive": Strange(lambda: PDF + archive(), KEPT),
    "pdf after a blank line": Strange(lambda: b"\n" + PDF, TYPE),
    "pdf too large": Strange(lambda: PDF + bytes(10_000_000), LARGE),
    "film": Strange(lambda: b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + SHOUT, KEPT),
    "film of a phone": Strange(lambda: b"\0\0\0\x14ftyp3gp5\0\0\0\x003gp5" + SHOUT, KEPT),
    "film of apple": Strange(lambda: b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + SHOUT, KEPT),
    "film too large": Strange(
        lambda: b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(25_000_000), LARGE
    ),
    "sound": Strange(lambda: b"\0\0\0\x18ftypM4A \0\0\0\0M4A isom" + SHOUT, TYPE),
})  # fmt: skip

STRANGE: Mapping[str, Strange] = MappingProxyType(
    {**JPEGS, **PNGS, **OTHERS, **BOXED, **NO_PICTURES}
)
