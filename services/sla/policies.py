"""The limits, as versioned data: which policy holds for a clock, a kind of unit, a category.

A change of a limit is a new version with the instant from which it holds; clocks that run
keep the version they were set by.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from services.sla.clocks import Policy, WorkingCalendar
from shared.events.vocabulary import Clock, UnitKind
from shared.starting import read_file, refuse_file

_POLICIES: TypeAdapter[tuple[Policy, ...]] = TypeAdapter(tuple[Policy, ...])

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

DEFAULT_POLICIES = (
    Policy("first-action", 1, Clock.FIRST_ACTION, 6 * HOUR, (4.5 * HOUR,)),
    Policy(
        "first-action-kelurahan", 1, Clock.FIRST_ACTION, 24 * HOUR, (18 * HOUR,),
        unit_kind=UnitKind.KELURAHAN,
    ),
    Policy("follow-up", 1, Clock.FOLLOW_UP, 7 * DAY, (5 * DAY, 6 * DAY)),
    Policy("plan-check", 1, Clock.PLAN_CHECK, 24 * HOUR, escalate_to="biro-pemerintahan"),
    Policy("validation", 1, Clock.VALIDATION, 3 * DAY, escalate_to="biro-pemerintahan"),
    Policy("evaluation", 1, Clock.EVALUATION, 30 * DAY),
    Policy("answer", 1, Clock.ANSWER, 10 * DAY),
)  # fmt: skip
"""Section D of the domain's description; a finer table per category is not published. The
citizen's ten days to answer are those of SP4N-LAPOR!."""


class PolicyTable:
    """Finds the policy that holds; the rows that name more go first."""

    def __init__(
        self, policies: Iterable[Policy], calendars: Mapping[str, WorkingCalendar]
    ) -> None:
        """Raises ValueError when a clock has no policy for any unit, category and time."""
        self._calendars = calendars
        self._by_clock: dict[Clock, list[Policy]] = {clock: [] for clock in Clock}
        for policy in sorted(policies, key=_rank, reverse=True):
            self._by_clock[policy.clock].append(policy)
        for clock, rows in self._by_clock.items():
            if not any(_is_general(policy) for policy in rows):
                raise ValueError(f"clock {clock} needs a policy without conditions")

    def find(
        self, clock: Clock, unit_kind: UnitKind | None, category: str | None, at: datetime
    ) -> Policy:
        """The most specific policy valid at ``at``; category weighs more than unit kind."""
        return next(
            policy
            for policy in self._by_clock[clock]
            if policy.unit_kind in (None, unit_kind)
            and policy.category in (None, category)
            and (policy.valid_from is None or policy.valid_from <= at)
        )

    def calendar(self, name: str) -> WorkingCalendar:
        return self._calendars[name]


def load_policies(path: Path | None) -> tuple[Policy, ...]:
    """The table in a JSON file (spans as ISO 8601, ``P7D``); the default one without a file.

    Raises StopTheLine when the file is not such a table.
    """
    if path is None:
        return DEFAULT_POLICIES
    text = read_file("CRM_SLA_POLICIES", path)
    try:
        return _POLICIES.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        why = f"{place}: {first['msg']}" if place else first["msg"]
        raise refuse_file("CRM_SLA_POLICIES", path, why) from error


def _is_general(policy: Policy) -> bool:
    return policy.unit_kind is None and policy.category is None and policy.valid_from is None


def _rank(policy: Policy) -> tuple[bool, bool, bool, float, int]:
    since = policy.valid_from
    return (
        policy.category is not None,
        policy.unit_kind is not None,
        since is not None,
        since.timestamp() if since else 0.0,
        policy.version,
    )
