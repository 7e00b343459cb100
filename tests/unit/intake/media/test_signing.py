"""A link is what was signed, whole, and for five minutes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.intake.media.serving.signing import LINK_LIFE, Link, LinkSigner, LinkSize, expiry

KEY = bytes(range(32))
REF = UUID("0192f000-0000-7000-8000-000000000001")
NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
LINK = Link(REF, LinkSize.SMALL, int(NOW.timestamp()) + 300, "viewer-1")
SIGNER = LinkSigner(KEY, "https://media.example.org/")
# printf 'crm media link v1\n0192f000-0000-7000-8000-000000000001\nsmall\n1795658700\nviewer-1' |
#   openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f -binary | base64, url-safe
SIGNED = "xnRbjFcZD5XtGq8pdNOwmQeZLy1oJFrhlhNoXVw1x58"


def test_a_link_is_signed_as_another_program_signs_it() -> None:
    assert LINK.until == 1795658700
    assert SIGNER.signature(LINK) == SIGNED
    assert SIGNER.address(LINK) == (
        f"https://media.example.org/v1/media/{REF}/small"
        f"?until=1795658700&viewer=viewer-1&signature={SIGNED}"
    )


def test_a_link_holds_until_its_last_second_and_not_in_it() -> None:
    end = NOW + timedelta(seconds=300)
    assert SIGNER.holds(LINK, SIGNED, end - timedelta(milliseconds=1))
    assert not SIGNER.holds(LINK, SIGNED, end)
    assert expiry(NOW + timedelta(milliseconds=900)) == NOW + LINK_LIFE
    assert timedelta(minutes=5) == LINK_LIFE


@pytest.mark.parametrize(
    "other",
    [
        Link(UUID(int=1), LINK.size, LINK.until, LINK.viewer),
        Link(REF, LinkSize.LARGE, LINK.until, LINK.viewer),
        Link(REF, LINK.size, LINK.until + 1, LINK.viewer),
        Link(REF, LINK.size, LINK.until, "viewer-2"),
    ],
)
def test_a_signature_holds_for_nothing_else(other: Link) -> None:
    assert not SIGNER.holds(other, SIGNED, NOW)


@pytest.mark.parametrize("wrong", ["", SIGNED[:-1], SIGNED + "=", SIGNED.lower(), "é" * 43])
def test_what_is_no_signature_holds_for_nothing(wrong: str) -> None:
    assert not SIGNER.holds(LINK, wrong, NOW)
    assert not LinkSigner(bytes(32), "https://media.example.org").holds(LINK, SIGNED, NOW)
