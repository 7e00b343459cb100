"""The chain over a case's steps, its formula written out by hand."""

from datetime import datetime, timedelta, timezone
from hashlib import sha256

from shared.case_chain import actor_reference, content_digest, link, moment, words_digest

STEP = {
    "complaint_id": "0192f000-0000-7000-8000-000000000001", "version": 2, "event": "CaseAccepted",
    "at": "2024-11-03T02:00:00.000000Z", "state": "received", "unit_id": "31.74.01.1001",
    "actor_unit": "31.74.01.1001", "note_id": None, "facts": {}, "withheld": None,
    "label": "Diterima unit", "hash": "not of the content",
}  # fmt: skip
WRITTEN = (
    '{"actor_unit":"31.74.01.1001","at":"2024-11-03T02:00:00.000000Z",'
    '"complaint_id":"0192f000-0000-7000-8000-000000000001","event":"CaseAccepted","facts":{},'
    '"note_id":null,"state":"received","unit_id":"31.74.01.1001","version":2,"withheld":null}'
)


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_the_content_is_what_the_history_says_of_the_step_and_nothing_else() -> None:
    assert content_digest(STEP) == hashed(WRITTEN)


def test_a_hash_rests_on_the_step_before_on_who_acted_and_on_the_words() -> None:
    first = link(None, "c1", None, None)
    assert first == hashed('{"actor":null,"content":"c1","previous":null,"words":null}')
    assert link(first, "c2", "a", "w") == hashed(
        f'{{"actor":"a","content":"c2","previous":"{first}","words":"w"}}'
    )


def test_words_and_officers_enter_by_salted_digests() -> None:
    assert actor_reference(b"salt", "petugas-17") == hashed("saltpetugas-17")
    assert words_digest(b"salt", "Sudah.", []) == hashed('salt{"evidence":[],"words":"Sudah."}')


def test_an_instant_is_written_in_utc_with_microseconds_wherever_it_was_said() -> None:
    jakarta = timezone(timedelta(hours=7))
    assert moment(datetime(2024, 11, 3, 9, 0, tzinfo=jakarta)) == "2024-11-03T02:00:00.000000Z"
