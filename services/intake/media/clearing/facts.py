"""What a reviewer may want to know of an original before it is gone. Pure; never raises."""

import re
from dataclasses import replace
from types import MappingProxyType

from services.intake.media.clearing import exif
from services.intake.media.clearing.metadata import Metadata
from services.intake.media.clearing.outcome import Facts

LONGEST_WORDS = 80
_SOURCE = re.compile(rb"digitalsourcetype/([A-Za-z]{3,60})")
_CREATOR = re.compile(rb"CreatorTool(?:>|=[\"'])([^<\"']{1,200})")
_GENERATED_FIRST = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia")

GENERATORS = (
    *("Midjourney", "Stable Diffusion", "ComfyUI", "AUTOMATIC1111", "InvokeAI", "NovelAI"),
    *("DALL-E", "DALL·E", "ChatGPT", "GPT-4o", "OpenAI", "Adobe Firefly", "Bing Image Creator"),
    *("Made with Google AI", "Google Generative AI", "Imagen", "Gemini", "Ideogram", "Leonardo.Ai"),
    *("Black Forest Labs", "Dream Studio", "Stability AI", "Meta AI", "Grok", "Seedream"),
)
"""Names by which programs that make pictures out of words sign them, as they are written there."""

_GENERATORS_KEYWORDS = MappingProxyType({
    b"parameters": "parameters", b"prompt": "prompt", b"workflow": "workflow", b"Dream": "Dream",
})  # fmt: skip
"""Texts of a PNG under which such programs keep what they were told to draw."""

_PROGRAM_IN_IPTC = b"\x1c\x02\x41"


def read_facts(data: bytes, found: Metadata, shown: Facts) -> Facts:
    """``shown``, with what stands in the file. What is unreadable is absent."""
    read = exif.read_exif(found.exif)
    taken, has_offset = exif.taken_at(read)
    return replace(
        place_alone(found, shown),
        taken_at=taken,
        has_offset=has_offset,
        camera=exif.has_make_or_model(read),
        software=_software(read, found),
        source_type=source_type(data, found),
        generator=generator(data, found),
        manifest=has_manifest(data),
    )


def place_alone(found: Metadata, shown: Facts) -> Facts:
    """``shown``, with the place where it was taken and nothing more."""
    read = exif.read_exif(found.exif)
    place = exif.position(read)
    if place is None:
        return shown
    error = exif.error_metres(read)
    return replace(shown, latitude=place[0], longitude=place[1], error_metres=error)


def _texts(found: Metadata) -> bytes:
    return b"\n".join((found.xmp, found.iptc, *(text for _, text in found.texts)))


def _software(read: exif.Exif, found: Metadata) -> str | None:
    creator = _CREATOR.search(found.xmp)
    keyed = dict(found.texts).get(b"Software", b"")
    named = (
        exif.text_of(read.first, exif.SOFTWARE),
        exif.printable(creator.group(1)) if creator else "",
        exif.printable(keyed),
        _program(found.iptc),
    )
    return next((each[:LONGEST_WORDS] for each in named if each), None)


def _program(iptc: bytes) -> str:
    """The originating program (IPTC-IIM 2:65)."""
    at = iptc.find(_PROGRAM_IN_IPTC)
    if at < 0:
        return ""
    length = int.from_bytes(iptc[at + 3 : at + 5], "big")
    return exif.printable(iptc[at + 5 : at + 5 + min(length, 200)])


def source_type(data: bytes, found: Metadata) -> str | None:
    """IPTC's digital source type, of XMP or of a C2PA manifest; what says that a machine drew it
    goes before all else."""
    named = [each.group(1).decode() for each in _SOURCE.finditer(data)]
    named += [each.group(1).decode() for each in _SOURCE.finditer(_texts(found))]
    generated = (each for each in _GENERATED_FIRST if each in named)
    return next(generated, named[0] if named else None)


def generator(data: bytes, found: Metadata) -> str | None:
    """The program that drew the picture out of words, if one has signed it."""
    keyed = (_GENERATORS_KEYWORDS.get(keyword) for keyword, _ in found.texts)
    texts = _texts(found) + b"\n" + found.exif[:_MOST_SCANNED] + _manifest(data)
    signed = (name for name in GENERATORS if name.encode() in texts)
    return next(signed, next((each for each in keyed if each), None))


_MOST_SCANNED = 65_536
_MOST_OF_MANIFEST = 1 << 20


def has_manifest(data: bytes) -> bool:
    """Whether a C2PA manifest is in it (JUMBF boxes, ISO 19566-5); nobody has checked it."""
    return bool(_manifest(data))


def _manifest(data: bytes) -> bytes:
    at = data.find(b"jumb")
    box = data[at : at + _MOST_OF_MANIFEST] if at >= 0 else b""
    return box if b"c2pa" in box[:256] else b""
