"""The photos of a case's page as plain values for its template: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.tracking.disclosure import OwnFile, PublicCase
from services.tracking.pictures import Links, Picture, Pictures
from services.tracking.web.words import Words
from shared.events.vocabulary import MediaKind

AT_ONCE: Final = 4
"""Photos of a kind that the page loads before its reader asks for more: twice as many of the small
size weigh about 140 kB."""


@dataclass(frozen=True, slots=True)
class Photo:
    """Addresses of one picture, and what it shows in words."""

    links: Links
    alt: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file that is not shown, and why."""

    title: str
    remark: str


@dataclass(frozen=True, slots=True)
class PhotoSection:
    """before: the reporter's photos. after: those of the accepted work. more: what is behind the
    first of each. lines: the reporter's files that are not shown. remark: photos of the work that
    cannot be had now."""

    before: tuple[Photo, ...] = ()
    after: tuple[Photo, ...] = ()
    more: tuple[Photo, ...] = ()
    lines: tuple[FileLine, ...] = ()
    remark: str | None = None

    @property
    def heading(self) -> str:
        """A key of the texts."""
        if self.before and self.after:
            return "before_after"
        return "after_alone" if self.after or self.remark else "pictures"


def section_of(case: PublicCase, pictures: Pictures, words: Words) -> PhotoSection:
    """What is shown of the files of ``case``."""
    own = [(file, pictures.of(file)) for file in case.files]
    before = _photos([_own_photo(number, each, words) for number, each in enumerate(own, 1)])
    after = _photos([_evidence(*each, words) for each in enumerate(pictures.evidence.values(), 1)])
    lines = [
        _line(number, picture, words)
        for number, (_, picture) in enumerate(own, start=1)
        if picture.links is None
    ]
    away = any(each.state == "unavailable" for each in pictures.evidence.values())
    return PhotoSection(
        before[:AT_ONCE],
        after[:AT_ONCE],
        (*before[AT_ONCE:], *after[AT_ONCE:]),
        tuple(lines),
        words.texts["evidence_away"] if away else None,
    )


def _photos(found: Sequence[Photo | None]) -> tuple[Photo, ...]:
    return tuple(photo for photo in found if photo is not None)


def _own_photo(number: int, shown: tuple[OwnFile, Picture], words: Words) -> Photo | None:
    file, picture = shown
    if picture.links is None:
        return None
    text = words.texts["picture_own"]
    return Photo(picture.links, text.format(number=number, date=words.date(file.at)))


def _evidence(number: int, picture: Picture, words: Words) -> Photo | None:
    if picture.links is None or picture.kind is not MediaKind.PICTURE:
        return None
    return Photo(picture.links, words.texts["picture_evidence"].format(number=number))


def _line(number: int, picture: Picture, words: Words) -> FileLine:
    remark = words.texts[f"file_{picture.state}"]
    if picture.reason is not None:
        remark = f"{remark} {words.refusals[picture.reason]} {words.texts['file_again']}"
    return FileLine(f"{words.texts['file']} {number}", remark)
