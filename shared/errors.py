"""The error tree.

    CrmError
    ├── Reject                     will never work: park it
    ├── Transient                  the world hiccuped: try again
    ├── InUse                      somebody works with what must rest: they must stop first
    ├── StopTheLine                too much is wrong: end the process, loudly
    └── DomainError                belongs to HTTP: RFC 9457 problem+json
        ├── BadRequest       400   no HTTP that can be read
        ├── Malformed        422   a field of the input is wrong
        ├── Unauthenticated  401
        ├── Forbidden        403
        ├── NotFound         404   also "exists but not yours"
        ├── OtherMethod      405
        ├── TooSlow          408   the request took too long to come
        ├── Conflict         409   a refused transition, a request still in flight
        ├── Gone             410   erased
        ├── StaleVersion     412   If-Match does not hold
        ├── TooLarge         413
        ├── UnsupportedMedia 415   a media type that is not read here
        │   └── UnsupportedCoding  a compressed body
        ├── OutOfRange       416   a range of bytes behind the end
        ├── VersionRequired  428   If-Match is missing
        ├── HeadTooLarge     431
        ├── Bug              500   what nobody raises on purpose, as its caller is told
        └── Unavailable      503   try later

All else is a bug. Messages tell the caller what to do and never hold personal data: they end
in answers, logs and the table of parked events.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar


class CrmError(Exception):
    """Root of every error that this project raises on purpose."""


class Reject(CrmError):
    """Will never work, however often it is tried."""

    def __init__(self, cause: str, detail: str = "") -> None:
        """``cause`` is a short machine word (``bad_body``); ``detail`` a sentence for people."""
        self.cause = cause
        self.detail = detail
        super().__init__(f"{cause}: {detail}" if detail else cause)


class UnreadableState(Reject):
    """What is stored of this very complaint cannot be read; the row is set aside."""

    def __init__(self) -> None:
        super().__init__("unreadable_state", "what is stored of this complaint cannot be read")


class Transient(CrmError):
    """May work when tried again: database away, deadlock, timeout."""


class InUse(CrmError):
    """Somebody still works with what must rest; the message says who, and what to do."""


class ArchiveSpoiled(CrmError):
    """A file of archived events is missing, or is not what was archived. Says which and what to
    do."""


class NotYetArchivable(CrmError):
    """An event of a month is not on the bus, or not applied by who hears it. Says whose and what to
    do."""


class StopTheLine(CrmError):
    """The process must end; going on would do harm (too many failures in a row)."""


def sentence(error: BaseException | None) -> str | None:
    """What an error of ours says, for logs and health; None of a library's: it may quote data."""
    return str(error) if isinstance(error, CrmError) else None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused. ``code``: a stable word for programs. ``en``, ``id``: a sentence
    for people, in English and in Indonesian."""

    code: str
    en: str
    id: str


class DomainError(CrmError):
    """An answer to an HTTP caller. ``field`` names the part of the input that is wrong."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "Bad request"
    headers: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Of the answer, besides its media type."""

    def __init__(self, detail: str | Reason, *, field: str | None = None) -> None:
        """``detail``: what the caller must do; a `Reason` where programs tell refusals apart."""
        self.reason = detail if isinstance(detail, Reason) else None
        self.detail = detail.en if isinstance(detail, Reason) else detail
        self.field = field
        super().__init__(self.detail)


class BadRequest(DomainError):
    """As its base says."""


class Malformed(DomainError):
    status, slug, title = 422, "malformed", "Malformed input"


class Unauthenticated(DomainError):
    status, slug, title = 401, "unauthenticated", "Authentication required"
    headers = MappingProxyType({"www-authenticate": "Bearer"})


class Forbidden(DomainError):
    status, slug, title = 403, "forbidden", "Not allowed"


class NotFound(DomainError):
    status, slug, title = 404, "not-found", "Not found"


class OtherMethod(DomainError):
    status, slug, title = 405, "method-not-allowed", "Method not allowed"


class TooSlow(DomainError):
    status, slug, title = 408, "timeout", "Request timeout"


class Conflict(DomainError):
    status, slug, title = 409, "conflict", "Conflict with the present state"


class Underway(Conflict):
    """The same request is being served already. Whoever sends it again in a moment, as Retry-After
    says, has the answer of the first."""

    headers = MappingProxyType({"retry-after": "1"})


class NotReady(Conflict):
    """What the request rests on is still being made. In a moment, as Retry-After says, the same
    request is served."""

    headers = MappingProxyType({"retry-after": "1"})


class Gone(DomainError):
    status, slug, title = 410, "gone", "Erased"


class StaleVersion(DomainError):
    status, slug, title = 412, "stale-version", "The resource has changed"


class TooLarge(DomainError):
    status, slug, title = 413, "too-large", "Body too large"


class UnsupportedMedia(DomainError):
    status, slug, title = 415, "unsupported-media", "Unsupported media type"


class UnsupportedCoding(UnsupportedMedia):
    """Tells which coding is accepted, by Accept-Encoding (RFC 9110, 15.5.16)."""

    slug, title = "unsupported-coding", "Unsupported content coding"
    headers = MappingProxyType({"accept-encoding": "identity"})


class OutOfRange(DomainError):
    status, slug, title = 416, "out-of-range", "Range not satisfiable"


class VersionRequired(DomainError):
    status, slug, title = 428, "version-required", "If-Match required"


class HeadTooLarge(DomainError):
    status, slug, title = 431, "head-too-large", "Header fields too large"


class Bug(DomainError):
    status, slug, title = 500, "internal", "Internal error"


class Unavailable(DomainError):
    status, slug, title = 503, "unavailable", "Try again later"
    headers = MappingProxyType({"retry-after": "2"})
