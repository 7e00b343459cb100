"""What a provider's answer over HTTP means for a message. Pure.

Only a refusal of *this recipient* ends a delivery. A refusal of us (our key, our address, our
permission, our pace) is mended by an operator, so the message waits. Platforms use the same 400 and
403 for both, and tell them apart in the body by codes of their own. Each provider has a table of
the codes that it documents; what no table knows counts as ours.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any, TypeAlias

from services.notify.sending.outcomes import Outcome, Refused, Sent, TryLater
from shared.retry import retry_after

_READ_BYTES = 64 * 1024


class Verdict(StrEnum):
    """Who is meant by a refusal.

    RECIPIENT: this one takes no messages from us, or is nobody. US: no message goes before an
    operator has mended something, or before we have slowed down. GONE: the receiver wants no calls
    at this address any more. LATER: nobody; the same call may pass. UNCLEAR: it counts as ours, but
    the messages to others are still tried.
    """

    SENT = auto()
    RECIPIENT = auto()
    US = auto()
    GONE = auto()
    LATER = auto()
    UNCLEAR = auto()


Known: TypeAlias = Mapping[tuple[int | None, str | None], Verdict]
"""(status, code); None: any status, or whatever the body says."""

COMMON: Known = {
    (401, None): Verdict.US,
    (402, None): Verdict.US,
    (405, None): Verdict.US,
    (407, None): Verdict.US,
    (408, None): Verdict.LATER,
    (409, None): Verdict.LATER,
    (425, None): Verdict.LATER,
    (429, None): Verdict.US,
}
"""What RFC 9110 and RFC 6585 say themselves. 409: a call with the same key is being served."""

ONE_ADDRESS: Known = {(403, None): Verdict.US, (404, None): Verdict.US}
"""For a provider that has one address for all recipients."""

_REASONS = {401: "auth_refused", 410: "gone", 429: "throttled"}


def _no_codes(_: Any) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Answers:
    """How one provider's answers are read.

    known: what its codes and statuses mean. codes: reads the codes out of a body of any shape, the
    most telling one first; it raises nothing.
    """

    known: Known
    codes: Callable[[Any], Sequence[str]] = _no_codes

    def outcome(
        self, status: int, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Outcome:
        """``headers`` by their names in lower case.

        Codes that no table knows get into no reason: a body may quote anything.
        """
        verdict, code = self._verdict(status, self.codes(_json(body)))
        reason = _REASONS.get(status, f"http_{status}") + (f"_{code}" if code else "")
        after = retry_after(headers.get("retry-after"), now)
        match verdict:
            case Verdict.SENT:
                return Sent()
            case Verdict.RECIPIENT:
                return Refused(reason)
            case Verdict.LATER:
                return TryLater(after=after, reason=reason)
            case Verdict.GONE:
                return TryLater(away=True, ours=True, until_resumed=True, reason=reason)
        return TryLater(after=after, away=verdict is Verdict.US, ours=True, reason=reason)

    def _verdict(self, status: int, codes: Sequence[str]) -> tuple[Verdict, str | None]:
        for code in codes:
            for key in ((status, code), (None, code)):
                if key in self.known:
                    return self.known[key], code
        return self._of_status(status), None

    def _of_status(self, status: int) -> Verdict:
        if 200 <= status < 300:
            return Verdict.SENT
        found = self.known.get((status, None)) or COMMON.get((status, None))
        if found is not None:
            return found
        return Verdict.LATER if status >= 500 or status < 400 else Verdict.UNCLEAR


def _json(body: bytes) -> Any:
    """The body as JSON; None for one that is none, or longer than any refusal."""
    if len(body) > _READ_BYTES:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def at(body: Any, *path: str | int) -> str | None:
    """The word or number at ``path`` of a body of any shape; None where there is none."""
    for step in path:
        if isinstance(body, dict) and isinstance(step, str):
            body = body.get(step)
        elif isinstance(body, list) and isinstance(step, int) and step < len(body):
            body = body[step]
        else:
            return None
    return str(body) if isinstance(body, str | int) and not isinstance(body, bool) else None


def found(*codes: str | None) -> list[str]:
    """The codes that are there."""
    return [code for code in codes if code is not None]
