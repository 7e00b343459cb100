"""The one shape: coordinates, words, ids and people."""

import math
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.categories import CATEGORY_SLUGS, category_slug
from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.submission import Submission, Supplement, checked_point
from services.intake.words.cleaning import MAX_TEXT, clean, clean_line, clean_text, shortened
from shared.errors import Malformed
from shared.events.vocabulary import Channel
from shared.privacy import class_of_field


def a_submission(**changes: Any) -> Submission:
    values: dict[str, Any] = {"channel": Channel.JAKI, "external_id": "1", "text": "Jalan rusak"}
    return Submission(**(values | changes))


def refused_field(**changes: Any) -> str | None:
    with pytest.raises(Malformed) as caught:
        a_submission(**changes)
    return caught.value.field


@given(
    st.floats(-90, 90, allow_nan=False),
    st.floats(-180, 180, allow_nan=False),
)
def test_every_point_on_earth_is_kept_except_zero_zero(latitude: float, longitude: float) -> None:
    point = checked_point(latitude, longitude)
    assert point == ((None, None) if latitude == longitude == 0 else (latitude, longitude))


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_absurd_degrees_are_refused_by_name(degrees: float) -> None:
    if not (math.isfinite(degrees) and abs(degrees) <= 90):
        assert refused_field(latitude=degrees, longitude=106.8) == "latitude"
    if not (math.isfinite(degrees) and abs(degrees) <= 180):
        assert refused_field(latitude=-6.2, longitude=degrees) == "longitude"


def test_half_a_point_is_refused_by_the_name_of_the_missing_half() -> None:
    assert refused_field(latitude=-6.2) == "longitude"
    assert refused_field(longitude=106.8) == "latitude"


@pytest.mark.parametrize(
    ("latitude", "longitude", "near"),
    [(-6.2, 106.8, True), (-5.7, 106.6, True), (-6.9, 107.6, False), (6.2, 106.8, False)],
)
def test_a_point_far_away_is_kept_but_known_as_such(
    latitude: float, longitude: float, near: bool
) -> None:
    submission = a_submission(latitude=latitude, longitude=longitude)
    assert submission.geotagged
    assert submission.near_jakarta is near


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Jalan & trotoar rusak \n", "Jalan & trotoar rusak"),
        (
            "Jalan &amp; https://x.example/?a=1&region=2",
            "Jalan &amp; https://x.example/?a=1&region=2",
        ),
        ("a\u0301", "\u00e1"),
        ("\u200b\ufeffSampah\u00a0", "Sampah"),
        ("baris satu\nbaris dua", "baris satu\nbaris dua"),
    ],
)
def test_words_are_composed_and_trimmed_and_otherwise_as_they_came(sent: str, kept: str) -> None:
    assert a_submission(text=sent).text == kept


@pytest.mark.parametrize(
    "text", ["", "   ", "\u200b", "\x1f\x07", "a\x00b", "a\ud800b", "x" * (MAX_TEXT + 1)]
)
def test_words_that_cannot_be_kept_are_refused_as_text(text: str) -> None:
    assert refused_field(text=text) == "text"


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_cleaned_words_are_normal_trimmed_and_storable(text: str) -> None:
    cleaned = clean(text, "text")
    assert cleaned == unicodedata.normalize("NFC", cleaned).strip()
    assert cleaned.encode().decode() == cleaned


@given(st.integers(0, 30_000))
def test_a_platforms_long_words_are_cut_to_what_can_be_kept(length: int) -> None:
    assert len(clean_text(shortened("x" * (length + 1)))) == min(length + 1, MAX_TEXT)


def test_a_line_cannot_break_into_another_header() -> None:
    assert clean_line("Pelapor\r\nBcc: x", "name") == "Pelapor Bcc: x"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"external_id": "  "}, "external_id"),
        ({"external_id": "a\x00"}, "external_id"),
        ({"external_id": "x" * 513}, "external_id"),
        ({"category": "Jalan"}, "category"),
        ({"category": "rumah bapak saya"}, "category"),
        ({"kelurahan_code": "31.74.1"}, "kelurahan_code"),
        ({"about_unit": "Pak Lurah"}, "about_unit"),
        ({"entered_by_unit": "a" * 65}, "entered_by_unit"),
        ({"reported_at": datetime(2021, 7, 8, 12, 0)}, "reported_at"),  # noqa: DTZ001
        ({"address": "a\x00"}, "address"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    assert refused_field(**changes) == field


@pytest.mark.parametrize(
    ("person", "field"),
    [
        ({"phone": "0811"}, "reporter.phone"),
        ({"phone": "08110000001"}, "reporter.phone"),
        ({"email": "bukan alamat"}, "reporter.email"),
        ({"nik": "123"}, "reporter.nik"),
        ({"name": "a\x00"}, "reporter.name"),
        ({"handle": "a\ud800"}, "reporter.handle"),
    ],
)
def test_a_wrong_field_of_a_person_is_named(person: dict[str, str], field: str) -> None:
    with pytest.raises(Malformed) as caught:
        Reporter(**person)
    assert caught.value.field == field
    assert person[field.removeprefix("reporter.")] not in str(caught.value)


def test_a_reported_time_is_kept_in_utc() -> None:
    wib = timezone(timedelta(hours=7))
    submission = a_submission(reported_at=datetime(2021, 7, 8, 19, 0, tzinfo=wib))
    assert submission.reported_at == datetime(2021, 7, 8, 12, 0, tzinfo=UTC)


def test_nothing_personal_is_shown_when_a_submission_is_printed() -> None:
    submission = a_submission(
        external_id="KENARI-1",
        text="KENARI-2",
        address="KENARI-3",
        latitude=-6.123456,
        longitude=106.654321,
        reporter=Reporter(name="KENARI-4", email="kenari-5@example.org"),
        reply=(ReplyPath(kind="email", address="kenari-6@example.org", thread="KENARI-7"),),
    )
    shown = f"{submission!r} {submission} {submission.reporter!r} {submission.reply!r}".upper()
    assert "KENARI" not in shown
    assert "123456" not in shown


@pytest.mark.parametrize("model", [Submission, Supplement, Reporter, ReplyPath])
def test_every_field_says_how_private_it_is(model: type[Submission]) -> None:
    assert [name for name in model.model_fields if class_of_field(model, name) is None] == []


def test_a_supplement_must_say_what_it_belongs_to() -> None:
    with pytest.raises(Malformed) as caught:
        Supplement(channel=Channel.EMAIL, external_id="1", text="Tambahan", kind="note")
    assert caught.value.field == "refers_to"


def test_a_supplement_of_a_stranger_says_what_to_file_when_nothing_proves_it() -> None:
    with pytest.raises(Malformed) as caught:
        Supplement(
            channel=Channel.EMAIL,
            external_id="1",
            text="Tambahan",
            kind="note",
            refers_to_report_number="JK2411020007",
        )
    assert caught.value.field == "otherwise"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Parkir Liar", "parkir-liar"),
        (" JALAN ", "jalan"),
        ("JPO / Halte", "jpo-halte"),
        ("Tutup Saluran", None),
        ("", None),
        (None, None),
    ],
)
def test_only_categories_of_the_table_become_slugs(name: str | None, slug: str | None) -> None:
    assert category_slug(name) == slug


def test_every_slug_is_its_own_name() -> None:
    assert {category_slug(slug.replace("-", " ")) for slug in CATEGORY_SLUGS} == CATEGORY_SLUGS
