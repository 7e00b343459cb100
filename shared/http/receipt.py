"""Receiving a request: how long it may take and how large its head may be.

uvicorn bounds neither. A client that sends one byte a minute would hold its connection for ever,
and a head of a gigabyte would be kept whole in memory, before any route is asked.
"""

import asyncio
from typing import TYPE_CHECKING, ClassVar, cast

import httptools
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from shared.http.date import Fields
from shared.http.event_stream import ABORT
from shared.http.problem import plain_problem
from shared.http.replies import NO_STORE

if TYPE_CHECKING:
    from shared.http.app import App


class BoundedReceipt(HttpToolsProtocol):
    """uvicorn's protocol of one connection, with limits.

    What breaks one is answered with problem+json where no answer has begun yet: 408 (RFC 9110,
    15.5.9), 431 (RFC 6585, 5), 400 for what is no HTTP. Then the connection is closed.
    """

    seconds: ClassVar[float] = 20.0
    """From the first byte of a request (from the connection, for the first) to its last."""

    head_at_most: ClassVar[int] = 64 * 1024
    """Bytes of request line and header fields. Kannel hands a message over in the request line: a
    long one with an emoji, in UTF-16 and percent-encoded, has up to six bytes a character."""

    linger_seconds: ClassVar[float] = 1.0
    """A refused client may go on sending for so long, unread. If the connection were closed at
    once, the bytes on their way would make the network throw our answer away."""

    _deadline: asyncio.TimerHandle | None = None
    _head_is_complete = False
    _head_bytes = 0
    _refusal = 400
    _is_over = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_the_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        self._unset_keepalive_if_required()
        self._expect_the_rest()
        self._head_bytes += len(data)
        self._read(data)
        if not self._head_is_complete and self._head_bytes > self.head_at_most:
            self._refuse(431)

    def _read(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._read_without_upgrade(data[offer.args[0] :])
        except httptools.HttpParserError:
            self._refuse(self._refusal)

    def _read_without_upgrade(self, rest: bytes) -> None:
        """Reads a request again whose client offers another protocol, as Java's does by default.

        An offer that is not taken changes nothing (RFC 9110, 7.8), but the parser skips the body.
        """
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        if method == b"CONNECT":
            self._refuse(400)
            return
        fields = [(name, value) for name, value in self.headers if name != b"upgrade"]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
        self.parser = httptools.HttpRequestParser(self)
        self._read(b"%b %b HTTP/%b\r\n%b\r\n" % (method, self.url, version, lines) + rest)

    def on_message_begin(self) -> None:
        self._expect_the_rest()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # What comes behind the body may not change the header fields that were acted upon.
        if not self._head_is_complete:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            return  # It is read again, without the offer.
        fields = sum(len(name) + len(value) for name, value in self.headers)
        if len(self.url) + fields > self.head_at_most:
            self._refusal = 431
            raise ValueError("the head is too large")  # It ends the parser.
        hosts = [name for name, _ in self.headers].count(b"host")
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise ValueError("RFC 9112, 3.2: one Host field")
        super().on_headers_complete()
        cast(dict[str, object], self.scope)[ABORT] = self.transport.abort
        self._head_is_complete = True
        self.cycle.transport = cast(asyncio.Transport, _AnswersTransport(self, self.cycle))

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self._expect_no_more()
        self._head_is_complete = False
        self._head_bytes = 0
        super().on_message_complete()
        if self.cycle.response_complete:
            # uvicorn has stopped waiting for another request when the rest of this one came.
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _expect_the_rest(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self._cut)

    def _expect_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self._deadline = None
        if self._is_serving_an_earlier_request():
            self._expect_the_rest()  # It is we who do not read on.
        elif self._head_bytes == 0 and not self._head_is_complete:
            self.transport.close()  # Nothing was asked, so nothing is answered.
        else:
            self._refuse(408)

    def _is_serving_an_earlier_request(self) -> bool:
        cycle = self.cycle
        waits = cycle is not None and not cycle.more_body and not cycle.response_complete
        return waits or bool(self.pipeline)

    def _refuse(self, status: int) -> None:
        """Ends the connection: after the answer that is under way, else with a refusal."""
        if self._is_over or self.transport.is_closing():
            return
        if self._is_serving_an_earlier_request():
            self._is_over = True
            self.pipeline.clear()
            return
        if not self._head_is_complete or not self.cycle.response_started:
            date = cast("App", self.config.app).date()
            self.transport.write(_as_bytes(status, plain_problem(status), date))
        self.leave()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_over and not self.transport.is_closing():
            self.leave()

    def leave(self) -> None:
        """Close the connection of a client who is still sending."""
        self._is_over = True
        self._expect_no_more()
        if self._head_is_complete:
            # The application learns that the rest will not come, as if the client had hung up.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write_eof()
        self.loop.call_later(self.linger_seconds, self.transport.close)


class _AnswersTransport:
    """The connection as an answer writes to it, and closes it if its client asked for that."""

    def __init__(self, receipt: BoundedReceipt, cycle: RequestResponseCycle) -> None:
        self._receipt = receipt
        self._cycle = cycle
        self.write = receipt.transport.write
        self.is_closing = receipt.transport.is_closing

    def close(self) -> None:
        if self._cycle.more_body and not self.is_closing():
            self._receipt.leave()
        else:
            self._receipt.transport.close()


def _as_bytes(status: int, answer: Response, date: Fields) -> bytes:
    headers = [*date, *answer.raw_headers, NO_STORE, (b"connection", b"close")]
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return STATUS_LINE[status] + lines + b"\r\n" + bytes(answer.body)
