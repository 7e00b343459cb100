"""What the receivers of our webhooks answer: JAKI, Qlue, LAPOR! and the desks' printers.

Their part of the contract stands in docs/integrators.md. It follows Standard Webhooks; beyond it a
receiver ends a single message with 422 and ``{"code": "recipient_unknown"}``. JAKI may pass on what
Firebase Cloud Messaging said of a device (v1 API, ``ErrorCode``).
"""

from collections.abc import Sequence
from typing import Any

from services.notify.providers.answers import ONE_ADDRESS, Answers, Known, Verdict, at, found

_CODES: Known = {
    (410, None): Verdict.GONE,
    (422, "recipient_unknown"): Verdict.RECIPIENT,
    (502, None): Verdict.LATER,
    (504, None): Verdict.LATER,
}
_OF_DEVICES: Known = {
    (None, "UNREGISTERED"): Verdict.RECIPIENT,
    (None, "SENDER_ID_MISMATCH"): Verdict.US,
    (None, "THIRD_PARTY_AUTH_ERROR"): Verdict.US,
    (None, "QUOTA_EXCEEDED"): Verdict.US,
    (None, "UNAVAILABLE"): Verdict.LATER,
    (None, "INTERNAL"): Verdict.LATER,
}


def _codes(body: Any) -> Sequence[str]:
    details = body.get("error") if isinstance(body, dict) else None
    listed = details.get("details") if isinstance(details, dict) else None
    of_devices = [at(each, "errorCode") for each in listed] if isinstance(listed, list) else []
    return found(at(body, "code"), *of_devices)


PARTNER = Answers({**ONE_ADDRESS, **_CODES, **_OF_DEVICES}, _codes)
TICKETS = Answers({(403, None): Verdict.US, **_CODES}, _codes)
"""For LAPOR!, where the address names the ticket: a 404 may mean the ticket or our setting."""
