"""Whatever is handed in, what comes out is bare pixels or a reason, and the process lives."""

import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageOps

from services.intake.media.clearing.clearing import ChildUse, Clearing
from services.intake.media.clearing.confinement import MOST_CPU_SECONDS, MOST_MEMORY
from services.intake.media.clearing.outcome import Cleared, Kept, Outcome, Refused, Unfinished
from services.intake.media.clearing.picture import thumbnail_differs
from services.intake.media.domain import MOST_UNFINISHED
from shared.events.vocabulary import MediaRefusal
from tests import metadata_reader
from tests.exif_blocks import jakarta
from tests.integration.intake.media.processes import the_zygote
from tests.metadata_reader import foreign, tags_of
from tests.strange_files import (
    CANARY,
    CLEARED,
    DAMAGED,
    HOSTILE,
    KEPT,
    PIXELS,
    STRANGE,
    TYPE,
    archive,
    avif,
    exif_of,
    heic,
    jpeg_with,
    photo,
    profile_segment,
    saved,
    small,
)
from tests.streets import as_jpeg, street

all_of_them = pytest.mark.timeout(600)
"""When such a test runs alone it opens every file itself."""
LARGEST = [2048, 1024, 256]
HIDDEN = tuple(CANARY.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le"))


@dataclass
class Corpus:
    """Opens each file once for all tests, by one zygote."""

    clearing: Clearing
    used: list[ChildUse]
    known: dict[str, Outcome] = field(default_factory=dict)
    planted: dict[str, bool] = field(default_factory=dict)

    async def of(self, name: str) -> Outcome:
        if name not in self.known:
            data = STRANGE[name].make()
            self.planted[name] = CANARY.encode() in data
            self.known[name] = await self.open(data)
        return self.known[name]

    async def open(self, data: bytes, *, evidence: bool = True) -> Outcome:
        """As the process does it, without its pauses: where others keep the processor a child has
        no 4 s of CPU in its 10 s, and is tried again until the file is given up."""
        for _ in range(MOST_UNFINISHED):
            with contextlib.suppress(Unfinished):
                return await self.clearing.clear(data, evidence=evidence)
        return Refused(MediaRefusal.HOSTILE)

    async def shown(self, data: bytes) -> Image.Image:
        """The large picture that is made of a file."""
        cleared = await self.open(data)
        assert isinstance(cleared, Cleared)
        return Image.open(BytesIO(cleared.derivatives[0].data))


@pytest.fixture(scope="module")
async def corpus() -> AsyncIterator[Corpus]:
    used: list[ChildUse] = []
    clearing = Clearing(used.append)
    await clearing.start()
    yield Corpus(clearing, used)
    await clearing.stop()


def fate(outcome: Outcome) -> str:
    match outcome:
        case Cleared():
            return CLEARED
        case Kept():
            return KEPT
        case Refused():
            return outcome.reason


def test_there_are_more_than_a_hundred() -> None:
    assert len(STRANGE) > 200


@pytest.mark.parametrize("name", STRANGE)
async def test_a_strange_file_meets_its_fate(corpus: Corpus, name: str) -> None:
    zygote = the_zygote().pid
    outcome = await corpus.of(name)
    expected = STRANGE[name].expected
    assert fate(outcome) in ({expected} if isinstance(expected, str) else expected)
    assert the_zygote().pid == zygote
    if isinstance(outcome, Cleared):
        assert_harmless(outcome)


def assert_harmless(cleared: Cleared) -> None:
    for derivative, largest in zip(cleared.derivatives, LARGEST, strict=True):
        opened = Image.open(BytesIO(derivative.data))
        opened.load()
        assert (opened.format, opened.mode) == ("JPEG", "RGB")
        assert opened.size == (derivative.width, derivative.height)
        assert max(opened.size) <= largest
        assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
        assert not [each for each in HIDDEN if each in derivative.data]


@all_of_them
async def test_no_child_had_more_than_it_may(corpus: Corpus) -> None:
    for name in STRANGE:
        await corpus.of(name)
    assert len(corpus.used) > 150
    assert max(each.peak_bytes for each in corpus.used) <= MOST_MEMORY
    assert max(each.cpu_seconds for each in corpus.used) <= MOST_CPU_SECONDS + 1


@all_of_them
async def test_an_independent_reader_finds_no_metadata(corpus: Corpus, tmp_path: Path) -> None:
    metadata_reader.need()
    written = 0
    for number, name in enumerate(STRANGE):
        outcome = await corpus.of(name)
        for derivative in outcome.derivatives if isinstance(outcome, Cleared) else ():
            (tmp_path / f"{number}-{derivative.size}.jpg").write_bytes(derivative.data)
            written += 1
    read = tags_of(tmp_path)
    assert len(read) == written > 300
    assert {name: found for name in read if (found := foreign(read[name]))} == {}
    assert CANARY not in str(read)


def test_the_independent_reader_sees_what_is_there(tmp_path: Path) -> None:
    """Otherwise the test above could not fail."""
    metadata_reader.need()
    told = {
        "exif": STRANGE["jpeg exif"].make(),
        "comment": STRANGE["jpeg comment"].make(),
        "behind": saved("JPEG") + archive(),
        "iptc": STRANGE["jpeg iptc"].make(),
        "profile": STRANGE["jpeg profile"].make(),
    }
    for name, data in told.items():
        (tmp_path / f"{name}.jpg").write_bytes(data)
    read = tags_of(tmp_path)
    assert {name for name in told if foreign(read[f"{name}.jpg"])} >= set(told) - {"behind"}


@all_of_them
async def test_every_canary_was_there_before(corpus: Corpus) -> None:
    """A scan for what was never planted finds nothing."""
    outcomes = {name: await corpus.of(name) for name in STRANGE}
    planted = {name for name, there in corpus.planted.items() if there}
    assert len(planted) > 70
    assert len([name for name in planted if isinstance(outcomes[name], Cleared)]) > 50


SPOILED = {
    "jpeg": lambda: STRANGE["jpeg exif"].make(),
    "progressive": lambda: saved("JPEG", small(), progressive=True),
    "png": lambda: STRANGE["png texts"].make()[:60_000],
    "gif": lambda: saved("GIF", small()),
    "webp": lambda: STRANGE["webp exif"].make(),
    "bmp": lambda: saved("BMP", small()),
    "tiff": lambda: saved("TIFF", small(), exif=jakarta()),
    "tiff lzw": lambda: saved("TIFF", small(), compression="tiff_lzw"),
    "heic": lambda: heic(exif=jakarta()),
    "avif": lambda: avif(exif=jakarta()),
}
SPOILINGS = 12


@pytest.mark.parametrize("name", SPOILED)
async def test_spoiled_bytes_end_as_pixels_or_with_a_reason(corpus: Corpus, name: str) -> None:
    """Wherever bytes are changed; most of them in its head, which leads to all else."""
    whole = SPOILED[name]()
    zygote = the_zygote().pid
    for seed in range(SPOILINGS):
        chance, spoiled = random.Random(f"{name} {seed}"), bytearray(whole)
        for _ in range(chance.choice((1, 4, 30))):
            reach = chance.choice((64, 700, len(whole)))
            spoiled[12 + chance.randrange(reach - 12)] = chance.randrange(256)
        outcome = await corpus.open(bytes(spoiled))
        if isinstance(outcome, Cleared):
            assert_harmless(outcome)
        assert fate(outcome) in {CLEARED, *TYPE, *DAMAGED, *HOSTILE, *PIXELS}
    assert the_zygote().pid == zygote


# --- what the pictures show --------------------------------------------------------------


def differs(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of the greys of two pictures of one shape, of 255."""
    assert one.size == other.size
    pairs = zip(one.convert("L").tobytes(), other.convert("L").tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / (one.width * one.height)


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_photo_that_was_held_otherwise_stands_upright(
    corpus: Corpus, orientation: int
) -> None:
    data = jpeg_with(exif_of(jakarta(turned=orientation)))
    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    assert differs(await corpus.shown(data), upright) < 4


@pytest.mark.parametrize("codec", ["PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
async def test_each_format_is_turned_once(corpus: Corpus, codec: str) -> None:
    """What a codec has turned by itself would lie on its side again."""
    flat = street(22).reduce(4)
    data = saved(codec, flat, exif=jakarta(turned=6))
    upright = flat.transpose(Image.Transpose.ROTATE_270)
    assert differs(await corpus.shown(data), upright) < 6


SAME_PICTURE = (
    "png grey of 16 bits", "tiff grey of 16 bits", "jpeg cmyk", "tiff cmyk", "tiff lab",
    "tiff grey of 32 bits", "tiff fractions", "png palette", "gif plain", "jpeg progressive",
    "jpeg grey", "jpeg of several pictures", "png moving", "tiff jpeg",
)  # fmt: skip


@pytest.mark.parametrize("name", SAME_PICTURE)
async def test_other_ways_of_writing_colours_show_the_same(corpus: Corpus, name: str) -> None:
    assert differs(await corpus.shown(STRANGE[name].make()), photo()) < 12


async def test_colours_of_16_bits_show_the_same(corpus: Corpus) -> None:
    shown = await corpus.shown(STRANGE["png colours of 16 bits"].make())
    assert differs(shown, photo().reduce(4)) < 5


@pytest.mark.parametrize("name", ["png alpha", "webp alpha"])
async def test_what_is_clear_becomes_white(corpus: Corpus, name: str) -> None:
    shown = await corpus.shown(STRANGE[name].make())
    assert min(shown.crop((90, 290, 110, 310)).tobytes()) > 250
    assert differs(shown.crop((400, 0, 800, 600)), photo().crop((400, 0, 800, 600))) < 5


async def test_colours_are_those_of_the_profile(corpus: Corpus) -> None:
    """In this profile red and blue have changed their places."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = plain.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    red = saved("JPEG", Image.new("RGB", (64, 64), (230, 20, 20)))
    shown = await corpus.shown(red[:2] + profile_segment(swapped) + red[2:])
    seen = shown.getpixel((32, 32))
    assert isinstance(seen, tuple)
    assert seen[2] > 200 > 60 > seen[0]


async def test_a_large_photo_is_at_most_2048_pixels_long(corpus: Corpus) -> None:
    cleared = await corpus.of("jpeg 12 megapixels")
    assert isinstance(cleared, Cleared)
    shapes = [(each.width, each.height) for each in cleared.derivatives]
    assert shapes == [(2048, 1536), (1024, 768), (256, 192)]
    assert (cleared.facts.width, cleared.facts.height) == (4_000, 3_000)


async def test_the_same_picture_in_another_format_is_the_same(corpus: Corpus) -> None:
    one, other = await corpus.of("png plain"), await corpus.of("bmp plain")
    again = await corpus.open(saved("TIFF"))
    assert isinstance(one, Cleared)
    assert isinstance(other, Cleared)
    assert isinstance(again, Cleared)
    assert one.fingerprint is not None
    assert again.fingerprint is not None
    assert other.fingerprint is not None
    assert one.fingerprint.digest == again.fingerprint.digest != other.fingerprint.digest


# --- what is read of the original --------------------------------------------------------

SPEAKING = ("jpeg exif", "png exif", "webp exif", "heic exif", "avif exif", "tiff exif")


@pytest.mark.parametrize("name", SPEAKING)
async def test_where_and_when_is_read_of_each_format(corpus: Corpus, name: str) -> None:
    cleared = await corpus.of(name)
    assert isinstance(cleared, Cleared)
    facts = cleared.facts
    assert (facts.camera, facts.has_offset) == (True, True)
    assert facts.taken_at is not None
    assert facts.taken_at.isoformat() == "2026-03-24T08:14:05+07:00"
    assert facts.latitude == pytest.approx(-6.175417, abs=1e-4)
    assert facts.longitude == pytest.approx(106.827, abs=1e-4)


async def test_of_a_reporters_picture_the_place_alone_is_read(corpus: Corpus) -> None:
    cleared = await corpus.open(STRANGE["jpeg exif"].make(), evidence=False)
    assert isinstance(cleared, Cleared)
    facts = cleared.facts
    assert facts.latitude is not None
    assert (facts.taken_at, facts.software, facts.camera) == (None, None, False)
    assert cleared.fingerprint is not None


THUMBNAILS = {
    "of itself": (as_jpeg(photo().reduce(5)), False),
    "of itself in black bars": (as_jpeg(ImageOps.pad(photo().reduce(5), (160, 160))), False),
    "of another street": (as_jpeg(street(3).reduce(5)), True),
    "of nothing": (as_jpeg(Image.new("RGB", (160, 120))), None),
    "torn": (as_jpeg(photo().reduce(5))[:500], None),
    "of no picture": (b"canary", None),
}


@pytest.mark.parametrize("name", THUMBNAILS)
async def test_a_thumbnail_of_another_picture_is_seen(corpus: Corpus, name: str) -> None:
    thumbnail, expected = THUMBNAILS[name]
    cleared = await corpus.open(jpeg_with(exif_of(jakarta(thumbnail=thumbnail))))
    assert isinstance(cleared, Cleared)
    assert cleared.facts.thumbnail_differs is expected


def test_a_thumbnail_is_turned_as_its_picture() -> None:
    turn = Image.Transpose.ROTATE_270
    assert thumbnail_differs(as_jpeg(photo().reduce(5)), photo().transpose(turn), turn) is False
