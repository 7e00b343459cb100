"""A unit stops watching a case that it has passed on. Pure."""

from dataclasses import replace

from services.routing.domain import Actor, Case
from shared.errors import Conflict, Reason

NOT_WATCHING = Reason(
    "not_watching",
    "Your unit does not watch this case.",
    "Unit Anda tidak memantau laporan ini.",
)


def unwatched(case: Case, actor: Actor) -> Case:
    """The case without the officer's unit among its watchers. Raises Conflict."""
    if actor.unit not in case.watchers:
        raise Conflict(NOT_WATCHING)
    return replace(case, watchers=tuple(unit for unit in case.watchers if unit != actor.unit))
