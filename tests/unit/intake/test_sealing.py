"""What is sealed opens with the vault's key, in its own row and column, and nowhere else."""

import base64
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.intake.vault.contact import Contact, SealedReply
from services.intake.vault.sealing import ORIGINAL, REPORTER, Opener, Sealer
from shared.errors import Reject

REF, COMPLAINT = UUID(int=1), UUID(int=2)
VALUE = b"Pelapor Contoh"
UNREADABLE = "^unreadable: a sealed value does not open with this key$"


def keys() -> tuple[Sealer, Opener]:
    key = X25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    private = base64.b64encode(key.private_bytes_raw()).decode()
    return Sealer(public), Opener(private)


SEALER, OPENER = keys()


@given(st.binary(max_size=5000))
def test_what_is_sealed_opens(value: bytes) -> None:
    sealed = SEALER.batch().seal(REPORTER, REF, COMPLAINT, value)
    assert OPENER.open(REPORTER, REF, COMPLAINT, sealed) == value


def test_nothing_can_be_read_of_what_is_sealed() -> None:
    assert VALUE not in SEALER.batch().seal(REPORTER, REF, COMPLAINT, VALUE)


def test_the_same_value_twice_looks_different() -> None:
    batch = SEALER.batch()
    first, second = (batch.seal(REPORTER, REF, COMPLAINT, VALUE) for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("part", "ref", "complaint_id"),
    [
        (ORIGINAL, REF, COMPLAINT),
        (REPORTER, UUID(int=9), COMPLAINT),
        (REPORTER, REF, UUID(int=9)),
        (REPORTER, COMPLAINT, REF),
    ],
)
def test_a_value_that_was_moved_does_not_open(part: bytes, ref: UUID, complaint_id: UUID) -> None:
    sealed = SEALER.batch().seal(REPORTER, REF, COMPLAINT, VALUE)
    with pytest.raises(Reject, match=UNREADABLE):
        OPENER.open(part, ref, complaint_id, sealed)


def test_what_several_transactions_sealed_opens_in_one_batch() -> None:
    first, second = SEALER.batch(), SEALER.batch()
    values = [(first, UUID(int=1)), (second, UUID(int=2)), (first, UUID(int=3))]
    sealed = [(ref, batch.seal(REPORTER, ref, COMPLAINT, ref.bytes)) for batch, ref in values]
    opening = OPENER.batch()
    for ref, each in sealed:
        assert opening.open(REPORTER, ref, COMPLAINT, each) == ref.bytes
    with pytest.raises(Reject, match=UNREADABLE):
        opening.open(ORIGINAL, UUID(int=1), COMPLAINT, sealed[0][1])


def test_another_key_does_not_open_it() -> None:
    _, another = keys()
    sealed = SEALER.batch().seal(REPORTER, REF, COMPLAINT, VALUE)
    with pytest.raises(Reject, match=UNREADABLE):
        another.open(REPORTER, REF, COMPLAINT, sealed)


@given(st.data())
def test_a_value_that_was_tampered_with_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(SEALER.batch().seal(REPORTER, REF, COMPLAINT, VALUE))
    place = data.draw(st.integers(min_value=1, max_value=len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(min_value=1, max_value=255))
    with pytest.raises(Reject, match=UNREADABLE):
        OPENER.open(REPORTER, REF, COMPLAINT, bytes(sealed))


@given(st.integers(min_value=0, max_value=1 + 80 + 12 + len(VALUE) + 16 - 1))
def test_a_torn_value_does_not_open(length: int) -> None:
    sealed = SEALER.batch().seal(REPORTER, REF, COMPLAINT, VALUE)
    assert len(sealed) == 1 + 80 + 12 + len(VALUE) + 16
    with pytest.raises(Reject, match=UNREADABLE):
        OPENER.open(REPORTER, REF, COMPLAINT, sealed[:length])


OLD_KEY = base64.b64encode(bytes(range(32))).decode()
SEALED_BEFORE = {
    REPORTER: "Aax9SldS4JHkmgcbJU8HkLZQ9wg/aqWynCp0EQfKXrxWnnBKDq8oYfZRTsrLFryxs9XjYgYxrVIR1QHF"
    "gSEFl8F1PlHXUXyYuO417RKmh60ou9f/N5vVkOUBN2YFkFAt7KF1sRJSwyPHrYAXjnhhUGusPwLkxUgF0f7x",
    ORIGINAL: "Aax9SldS4JHkmgcbJU8HkLZQ9wg/aqWynCp0EQfKXrxWnnBKDq8oYfZRTsrLFryxs9XjYgYxrVIR1QHF"
    "gSEFl8F1PlHXUXyYuO417RKmh60o7qB0YAg3MHrc6C6ivjdUlPg4pzEc4f7Nb5O2FTV0yBW2VaXQPXpcjg==",
}
"""A reporter and an original as the first release sealed them, for the key 00 01 02 ... 1f."""


@pytest.mark.parametrize(
    ("part", "value"), [(REPORTER, b"Pelapor Contoh"), (ORIGINAL, b"Lampu padam.")]
)
def test_what_the_first_release_sealed_still_opens(part: bytes, value: bytes) -> None:
    """A changed label or layout would make every stored reporter unreadable."""
    sealed = base64.b64decode(SEALED_BEFORE[part])
    assert Opener(OLD_KEY).open(part, REF, COMPLAINT, sealed) == value


def test_a_row_says_by_sixteen_bytes_which_key_opens_it() -> None:
    public = "j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8="
    expected = bytes.fromhex("eedd883da0a9451593dc0a38e583fb77")
    assert Sealer(public).batch().key_id == expected
    assert Opener(OLD_KEY).key_id == expected


def test_a_value_opens_with_the_key_of_its_own_batch_alone() -> None:
    one, two = (SEALER.batch().seal(REPORTER, REF, COMPLAINT, VALUE) for _ in range(2))
    with pytest.raises(Reject, match=UNREADABLE):
        OPENER.open(REPORTER, REF, COMPLAINT, two[: 1 + 80] + one[1 + 80 :])


def test_the_values_of_a_batch_share_one_wrapped_key() -> None:
    """Wrapping is the costly half: once for each value it would slow every commit."""
    batch = SEALER.batch()
    one, two = (
        batch.seal(REPORTER, REF, COMPLAINT, VALUE),
        batch.seal(ORIGINAL, REF, COMPLAINT, b""),
    )
    assert one[: 1 + 80] == two[: 1 + 80]


def test_a_contact_of_a_later_or_earlier_shape_still_opens() -> None:
    assert Contact.model_validate_json(b"{}").paths == ()
    later = b'{"reply": [{"kind": "pigeon", "address": "7", "ring": 1}], "mood": "calm"}'
    assert Contact.model_validate_json(later).paths == (SealedReply(kind="pigeon", address="7"),)


def test_a_machine_has_no_way_back_where_it_could_start_a_loop() -> None:
    contact = Contact(
        reply=(SealedReply(kind="email", address="a@example.org"),), auto_reply_allowed=False
    )
    assert contact.paths == ()


def test_a_contact_shows_nothing_of_a_person() -> None:
    contact = Contact(reply=(SealedReply(kind="email", address="a@example.org"),))
    assert "example.org" not in repr(contact)
