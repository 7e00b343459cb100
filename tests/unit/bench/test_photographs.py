"""A load brings as many different photographs as it has reports."""

from io import BytesIO

import pytest
from PIL import Image

from deploy.rehearsal.bench.photographs import Album

SMALL = Album(wide=64, high=64, scenes=3)
ROW = 16
"""Lines of a row of blocks."""


def shown(number: int) -> Image.Image:
    opened = Image.open(BytesIO(SMALL.photograph(number)))
    opened.load()
    return opened


def test_no_two_photographs_are_the_same_in_bytes_or_in_pixels() -> None:
    numbers = range(len(SMALL))

    assert len(numbers) == 3 * 2 * 3
    assert len({SMALL.photograph(each) for each in numbers}) == len(numbers)
    assert len({shown(each).tobytes() for each in numbers}) == len(numbers)


def test_its_upper_rows_are_of_one_scene_and_its_lower_rows_of_another() -> None:
    # Pairs of scenes come in order: 0 above 1, 0 above 2, 1 above 0; the first cut is below a row.
    first_above_second, first_above_third, second_above_first = map(shown, (0, 1, 2))
    top, bottom = (0, 0, 64, ROW - 1), (0, ROW + 1, 64, 64)

    assert first_above_second.size == (64, 64)
    assert first_above_second.crop(top).tobytes() == first_above_third.crop(top).tobytes()
    assert first_above_second.crop(top).tobytes() != second_above_first.crop(top).tobytes()
    assert first_above_second.crop(bottom).tobytes() != first_above_third.crop(bottom).tobytes()


@pytest.mark.parametrize("number", [-1, 18])
def test_a_load_that_asks_for_more_photographs_than_there_are_is_told(number: int) -> None:
    with pytest.raises(IndexError, match="of 18"):
        SMALL.photograph(number)
