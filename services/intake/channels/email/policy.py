"""How mail is parsed: by the standard library, kept from its worst cases.

The library's reader of structured headers takes time that grows with the square of their length,
and it recurses at each bracket. A stranger could stop the mailbox with one long header, so headers
are cut; what a header says stands at its beginning.
"""

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import EmailPolicy
from email.utils import parseaddr
from typing import Any, cast

from shared.errors import Malformed

MAX_HEADER = 2_000
"""Characters of a header, RFC 2047 words still encoded."""


class _Bounded(EmailPolicy):
    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MAX_HEADER]

    def header_fetch_parse(self, name: str, value: str) -> Any:
        try:
            return super().header_fetch_parse(name, value)
        except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
            return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


_POLICY = _Bounded()


def parsed(raw: bytes) -> EmailMessage:
    """The message. Raises Malformed for mails within mails without end."""
    try:
        return cast(EmailMessage, BytesParser(policy=_POLICY).parsebytes(raw))
    except RecursionError:
        raise Malformed("Nest fewer mails in each other.", field="body") from None


def name_and_mailbox(line: str) -> tuple[str, str]:
    """Of a From line; both empty where it is no address."""
    try:
        return parseaddr(line)
    except RecursionError:
        return "", ""
