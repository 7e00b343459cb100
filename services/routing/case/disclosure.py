"""Which of officers' words may leave this service: those that are addressed to the reporter. Pure.

A note leaves by what was done with it, not by what it says: the question by being asked, the note
of a rejection by the rejection, the words of a follow-up only once the case was completed on them.
Whatever is not named here (why a case was passed on or back, plans, reasons for and against a
date, refusals) stays among officers.
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
"""By the note's verb, the event that hands its words to the reporter."""


def standing(verb: str, named_by: Collection[str], erased: bool) -> Standing:
    """Whether a note may be handed out. ``named_by``: names of the case's events that refer to it.

    ``gone``: the reporter is erased, and words addressed to them have nobody to go to.
    """
    event = ADDRESSED_BY.get(verb)
    if event is None or event.__name__ not in named_by:
        return "private"
    return "gone" if erased else "ok"
