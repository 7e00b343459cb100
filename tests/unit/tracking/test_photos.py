"""Photos on the tracking page: before and after, what is not shown and why, and their weight."""

import re
from typing import Any, Literal
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from services.tracking.domain import CaseRecord, SentFile, SettledFile
from services.tracking.pictures import Links, Picture, Pictures
from services.tracking.web.indonesian import INDONESIAN
from services.tracking.web.languages import WORDS
from shared.events.vocabulary import CaseState, MediaKind, MediaRefusal
from shared.web.languages import Language
from tests.builders import at
from tests.unit.tracking import page_app
from tests.unit.tracking.test_pages import CODE, a_case

State = Literal["checking", "locked", "removed", "unavailable"]

SMALL_BYTES = 17_000
"""What the small size of a picture of 12 megapixels weighs (docs/decisions/0061)."""


def a_picture(name: str) -> Picture:
    sizes = {size: f"{page_app.MEDIA}/v1/media/{name}/{size}" for size in Links.model_fields}
    return Picture("shown", MediaKind.PICTURE, None, Links(**sizes), at(days=1))


def with_files(*outcomes: SettledFile | None, **fields: Any) -> CaseRecord:
    """One file for each; None: it is still being checked."""
    refs = [UUID(int=number) for number in range(1, len(outcomes) + 1)]
    return a_case(
        files=tuple(SentFile(ref, at(), number) for number, ref in enumerate(refs, 1)),
        settled_files=tuple(each for each in outcomes if each is not None),
        **fields,
    )


def shown(count: int) -> tuple[CaseRecord, dict[UUID, Picture]]:
    refs = [UUID(int=number) for number in range(1, count + 1)]
    settled = [SettledFile(ref, "shown", MediaKind.PICTURE) for ref in refs]
    state = {"state": CaseState.COMPLETED, "evidence_refs": (UUID(int=91),)}
    return with_files(*settled, **state), {ref: a_picture(f"own-{ref.int}") for ref in refs}


def page(view: CaseRecord, pictures: Pictures, lang: Language = "id") -> str:
    app = page_app.build({CODE: view}, at(days=1), pictures=pictures)
    answer = TestClient(app).post(f"/lacak?lang={lang}", data={"code": CODE})
    assert answer.status_code == 200
    return answer.text


def images(text: str) -> list[str]:
    """Addresses of the pictures that a narrow page loads, in their order."""
    at_once, _, _ = text.partition("<details>")
    return re.findall(r'<img src="([^"]+)"', at_once)


@pytest.mark.parametrize(("lang", "before", "after"), [
    ("id", "Sebelum", "Sesudah"), ("en", "Before", "After"),
])  # fmt: skip
def test_the_reporters_photo_and_the_work_stand_side_by_side(
    lang: Language, before: str, after: str
) -> None:
    view, own = shown(1)
    text = page(view, Pictures(own, {UUID(int=91): a_picture("done")}), lang)
    one, other = text.index(f"<h3>{before}</h3>"), text.index(f"<h3>{after}</h3>")
    assert one < text.index("/own-1/small") < other < text.index("/done/small")
    assert text.count('<h2 id="photos">' + WORDS[lang].texts["before_after"]) == 1


def test_each_picture_has_words_is_loaded_late_and_opens_large() -> None:
    view, own = shown(1)
    text = page(view, Pictures(own, {UUID(int=91): a_picture("done")}))
    tags = re.findall(r"<img [^>]+>", text)
    assert len(tags) == 2
    assert all('loading="lazy"' in tag and 'width="256"' in tag for tag in tags)
    assert re.findall(r'alt="([^"]+)"', text) == [
        "Foto 1 yang Anda kirim, Minggu, 3 November 2024", "Foto 1 hasil pekerjaan petugas",
    ]  # fmt: skip
    large = re.findall(r'<a class="photo" href="([^"]+)" target="_blank" rel="([^"]+)"', text)
    assert large == [
        (f"{page_app.MEDIA}/v1/media/{name}/large", "noopener noreferrer")
        for name in ("own-1", "done")
    ]


@pytest.mark.parametrize("count", [1, 4, 5, 50])
def test_a_phone_loads_at_most_150_kilobytes_of_pictures(count: int) -> None:
    view, own = shown(count)
    work = {UUID(int=100 + number): a_picture(f"work-{number}") for number in range(count)}
    text = page(view, Pictures(own, work))
    at_once = images(text)
    assert len(at_once) * SMALL_BYTES <= 150_000
    assert all(address.endswith("/small") for address in at_once)
    assert len(re.findall(r"<img ", text)) == 2 * count
    assert (f"Foto lainnya ({2 * count - 8})" in text) == (count > 4)


@pytest.mark.parametrize("lang", list(WORDS))
@pytest.mark.parametrize("reason", list(MediaRefusal))
def test_a_file_that_was_refused_is_told_with_the_reason_and_what_to_do(
    reason: MediaRefusal, lang: Language
) -> None:
    view = with_files(SettledFile(UUID(int=1), "refused", None, reason))
    words, text = WORDS[lang], page(view, Pictures(), lang)
    told = f"{words.texts['file_refused']} {words.refusals[reason]} {words.texts['file_again']}"
    assert f"<p>{told}</p>" in text
    assert "<img " not in text


@pytest.mark.parametrize(("outcome", "state"), [
    (None, "checking"),
    (SettledFile(UUID(int=1), "locked", MediaKind.DOCUMENT), "locked"),
    (SettledFile(UUID(int=1), "removed"), "removed"),
    (SettledFile(UUID(int=1), "shown", MediaKind.PICTURE), "unavailable"),
])  # fmt: skip
def test_a_file_that_is_not_shown_says_why(outcome: SettledFile | None, state: State) -> None:
    told = Pictures({UUID(int=1): Picture(state)} if state == "unavailable" else {})
    text = page(with_files(outcome), told)
    assert "<h3>Berkas 1</h3>" in text
    assert f"<p>{INDONESIAN.texts[f'file_{state}']}</p>" in text


def test_the_photos_of_a_complaint_about_officials_are_not_shown_and_a_refusal_is_told() -> None:
    refused = SettledFile(UUID(int=2), "refused", None, MediaRefusal.DAMAGED)
    view = with_files(SettledFile(UUID(int=1), "shown", MediaKind.PICTURE), refused)
    own = {UUID(int=1): a_picture("own-1")}
    text = page(view._replace(restricted=True), Pictures(own))
    assert "<img " not in text
    assert f"<p>{INDONESIAN.texts['file_shown']}</p>" in text
    assert INDONESIAN.refusals[MediaRefusal.DAMAGED] in text


def test_without_media_the_page_says_that_the_work_cannot_be_shown_now() -> None:
    view, _ = shown(0)
    unavailable = Pictures({}, {UUID(int=91): Picture("unavailable")})
    assert INDONESIAN.texts["evidence_away"] in page(view, unavailable)
    gone = page(view, Pictures({}, {UUID(int=91): Picture("removed")}))
    assert INDONESIAN.texts["evidence_away"] not in gone
    assert 'id="photos"' not in gone


def test_work_without_a_picture_of_the_reporters_has_no_before() -> None:
    view, _ = shown(0)
    text = page(view, Pictures({}, {UUID(int=91): a_picture("done")}))
    assert "Foto hasil pekerjaan" in text
    assert "<h3>Sebelum</h3>" not in text


def test_a_document_among_the_evidence_is_no_picture() -> None:
    view, _ = shown(0)
    document = Picture("locked", MediaKind.DOCUMENT)
    assert 'id="photos"' not in page(view, Pictures({}, {UUID(int=91): document}))
