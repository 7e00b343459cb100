"""Files that a platform keeps for us: which addresses a message's become."""

import pytest

from services.intake.channels.attachments import Locator
from services.intake.channels.lenient import kept_at, placed
from services.intake.channels.submission import Submission, Supplement
from shared.events.vocabulary import Channel

ONE = "https://pbs.twimg.com/media/1.jpg"


def addresses(*given: object) -> list[str]:
    return [each.address for each in kept_at("x", given)]


def test_the_same_address_twice_in_a_message_is_one_file() -> None:
    assert addresses(ONE, "https://pbs.twimg.com/media/2.jpg", ONE) == [
        ONE,
        "https://pbs.twimg.com/media/2.jpg",
    ]


def test_a_message_has_no_more_than_five_files_and_they_are_the_first() -> None:
    given = [f"https://pbs.twimg.com/media/{number}.jpg" for number in range(9)]
    assert addresses(*given) == given[:5]


@pytest.mark.parametrize(
    "value",
    [None, "", 7, True, [], {}, {"url": ONE}, f"{ONE} ", f"{ONE}\n", "https://x.example/a b",
     "https://x.example/\x00", "https://x.example/ä.jpg", "https://x.example/\ud83d", "h" * 2001],
)  # fmt: skip
def test_what_is_no_address_is_left_out_and_costs_the_others_nothing(value: object) -> None:
    assert addresses(value, ONE) == [ONE]


def test_a_picture_that_comes_with_words_for_an_earlier_report_goes_along_with_them() -> None:
    files = kept_at("x", [ONE])
    message = placed(
        Submission(channel=Channel.TWITTER, external_id="2", text="ini fotonya", files=files), "1"
    )
    assert isinstance(message, Supplement)
    assert message.files == files
    assert message.otherwise is not None
    assert message.otherwise.files == files


def test_nothing_shows_an_address() -> None:
    locator = Locator(source="x", address=ONE)
    message = Submission(channel=Channel.TWITTER, external_id="2", text="x", files=(locator,))
    assert ONE not in repr(locator) + repr(message) + str(message)
