"""Days and times in Jakarta, in both languages."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.web.dates import day, time_of_day, weekday_and_day
from shared.web.languages import Language

EVENING = datetime(2024, 11, 30, 20, 5, tzinfo=UTC)
"""In Jakarta it is 03.05 on Sunday, 1 December."""


@pytest.mark.parametrize(("language", "date", "time"), [
    ("id", "Minggu, 1 Desember 2024", "03.05 WIB"),
    ("en", "Sunday, 1 December 2024", "03:05 WIB"),
])  # fmt: skip
def test_an_instant_is_told_as_jakartas_clocks_show_it(
    language: Language, date: str, time: str
) -> None:
    assert weekday_and_day(EVENING, language) == date
    assert time_of_day(EVENING, language) == time


def test_the_zone_in_which_an_instant_is_given_does_not_matter() -> None:
    new_york = EVENING.astimezone(timezone(timedelta(hours=-5)))
    assert day(new_york, "id") == "1 Desember 2024"
    assert time_of_day(new_york, "id") == "03.05 WIB"


@pytest.mark.parametrize(("language", "months"), [
    ("id", "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November "
           "Desember"),
    ("en", "January February March April May June July August September October November "
           "December"),
])  # fmt: skip
def test_the_months_have_their_names(language: Language, months: str) -> None:
    firsts = [datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 13)]
    assert [day(at, language) for at in firsts] == [f"1 {name} 2024" for name in months.split()]


@pytest.mark.parametrize(("language", "weekdays"), [
    ("id", "Senin Selasa Rabu Kamis Jumat Sabtu Minggu"),
    ("en", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
])  # fmt: skip
def test_the_week_begins_on_monday_4_november_2024(language: Language, weekdays: str) -> None:
    week = [datetime(2024, 11, 4 + number, tzinfo=UTC) for number in range(7)]
    told = [weekday_and_day(at, language).split(",")[0] for at in week]
    assert told == weekdays.split()
