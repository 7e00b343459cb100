"""Keyset paging: where a page ended, as a signed text that callers hand back unread.

A list is asked for one row more than a page shows: the row that is too much says that another
page follows, so that the last page names none. The signature keeps a caller from asking for a
place that no page of theirs has named; it covers the list's name as well, so that the cursor of
one list is refused by another.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeAlias, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from pydantic import TypeAdapter, ValidationError

from shared.errors import Malformed

K = TypeVar("K")
"""The columns that a list is ordered by, as a tuple of JSON-able values."""
T = TypeVar("T")

_SIGNATURE_BYTES = 16
CURSOR_AT_MOST = 400
"""Characters. A longer text is none of our cursors."""


class Cursors(Generic[K]):
    """Writes and reads the cursors of one list."""

    def __init__(self, key: bytes, listing: str, keyset: TypeAdapter[K]) -> None:
        """``key``: secret, the same in all replicas. ``listing``: the list's name."""
        self._key = hmac.digest(key, f"cursor\x00{listing}".encode(), hashlib.sha256)
        self._keyset = keyset

    def write(self, position: K) -> str:
        """The cursor behind the row that stands at ``position``."""
        body = self._keyset.dump_json(position)
        return base64.urlsafe_b64encode(self._signature(body) + body).decode()

    def read(self, cursor: str | None) -> K | None:
        """The position; None for the first page. Raises Malformed for what we never wrote."""
        if cursor is None:
            return None
        signature, body = _parts(cursor[: CURSOR_AT_MOST + 1])
        if not hmac.compare_digest(signature, self._signature(body)):
            raise _refused()
        try:
            return self._keyset.validate_json(body)
        except ValidationError:
            # A release that orders the list by other columns meets a cursor of the one before.
            raise _refused() from None

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, hashlib.sha256)[:_SIGNATURE_BYTES]


def _parts(cursor: str) -> tuple[bytes, bytes]:
    try:
        packed = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None
    if base64.urlsafe_b64encode(packed).decode() != cursor:
        # The last character has bits that say nothing: another one would be read as the same.
        raise _refused()
    return packed[:_SIGNATURE_BYTES], packed[_SIGNATURE_BYTES:]


def _refused() -> Malformed:
    return Malformed("Pass next_cursor of the page before, unchanged.", field="cursor")


def page_of(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """``(shown, last)``: the page's rows, and the last of them where another page follows.

    ``found``: what the list has, up to ``limit + 1`` rows.
    """
    shown = found[:limit]
    return shown, shown[-1] if len(found) > limit else None


async def next_writer(request: Request, response: Response) -> Callable[[str | None], None]:
    """Says where the next page is (RFC 8288, ``rel="next"``): an operation that asks for this
    answers with ``Link`` unless the page is the last one."""

    def write(cursor: str | None) -> None:
        if cursor is not None:
            asked = [each for each in request.query_params.multi_items() if each[0] != "cursor"]
            query = urlencode([*asked, ("cursor", cursor)])
            response.headers["link"] = f'<{request.url.path}?{query}>; rel="next"'

    return write


WriteNext: TypeAlias = Annotated[Callable[[str | None], None], Depends(next_writer)]
