"""Keyset cursors: where a page ended, as text that callers hand back unread."""

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.tracking.store import Place
from shared.errors import Malformed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAYOUT = struct.Struct(">q16s")
"""Microseconds since 1970, then the complaint id."""


def encode_cursor(place: Place) -> str:
    micros = (place.received_at - _EPOCH) // timedelta(microseconds=1)
    packed = _LAYOUT.pack(micros, place.complaint_id.bytes)
    return base64.urlsafe_b64encode(packed).decode()


def decode_cursor(cursor: str) -> Place:
    """Raises Malformed when ``cursor`` is none of ours."""
    try:
        micros, key = _LAYOUT.unpack(base64.b64decode(cursor, altchars=b"-_", validate=True))
        return Place(_EPOCH + timedelta(microseconds=micros), UUID(bytes=key))
    except (binascii.Error, struct.error, OverflowError, ValueError):
        raise Malformed("Send next_cursor of the page before, unchanged.", field="cursor") from None
