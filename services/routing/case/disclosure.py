"""Which of officers' words may leave this service: those that are addressed to the reporter. Pure.

What was done with a note decides, not what it says. A question may leave once it was asked, the
note of a rejection once the case was rejected, the words of a follow-up once the case was completed
on them. All other notes stay among officers: why a case was passed on or back, plans, reasons for
and against a later date, refusals.
"""

from collections.abc import Collection, Mapping
from typing import Literal

from services.routing.case.commands import AskCitizen, RejectCase, SubmitFollowUp
from shared.events.routing import CaseCompleted, CaseEvent, CaseRejected, CitizenQuestioned

Standing = Literal["ok", "private", "gone"]

ADDRESSED_BY: Mapping[str, type[CaseEvent]] = {
    AskCitizen.verb: CitizenQuestioned,
    RejectCase.verb: CaseRejected,
    SubmitFollowUp.verb: CaseCompleted,
}
"""By the verb of a note: the event after which the reporter may read its words."""


def standing(verb: str, named_by: Collection[str], erased: bool) -> Standing:
    """Whether a note may be handed out. ``named_by``: names of the case's events that refer to it.

    ``gone``: the reporter is erased, and words addressed to them have nobody to go to.
    """
    event = ADDRESSED_BY.get(verb)
    if event is None or event.__name__ not in named_by:
        return "private"
    return "gone" if erased else "ok"
