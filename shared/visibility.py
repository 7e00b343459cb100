"""Who sees a case: one rule for all services, as a predicate and as a condition of a query. Pure.

A case is seen by the unit that holds it, by units that have passed it on (they watch), by the unit
that may judge it now, by the desk that entered it, and by roles that are cleared to read. The
triage desk is a holder like any other: it sees what it holds, and nothing after it has assigned it.
To the officers of the unit that is complained of, and of every unit within it, whatever their role,
there is no such case. A unit above it is not complained of; it sees the case when another ground
lets it.

Cleared are `biro`, `auditor` and `admin`: they read all that is not restricted (a complaint about
officials). Restricted cases are read by auditors of the overseeing unit alone. An administrator
takes care of the reporter's data of every complaint (`care_of`), and reads no more for that.

The rule must stand inside the query. A list that is filtered afterwards names hidden cases by its
cursor and by pages that are too short.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Any, Final, Protocol

from shared.units import Duty, Units

_SETTINGS: Final = "crm"
"""Class of the settings in which a transaction has its sight."""


class Officer(Protocol):
    """Who asks: a role (a value of `shared.auth.Role`) and the unit of the verified token."""

    @property
    def role(self) -> str: ...
    @property
    def unit(self) -> str: ...


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the rule asks of a case; a column of the same name holds each (``holder``: unit_id).

    ``reviewer``: the unit that may judge it now (`shared.reviewing.open_reviewer`). ``watchers``:
    units that have passed it on. ``entered_by_unit``: whose desk entered it for the reporter; known
    where desk officers ask (tracking).
    """

    holder: str | None
    reviewer: str | None = None
    watchers: tuple[str, ...] = ()
    about_unit: str | None = None
    restricted: bool = False
    entered_by_unit: str | None = None


class Clearance(StrEnum):
    """What a role may read besides what its unit has to do with."""

    NOTHING = auto()
    UNRESTRICTED = auto()
    ALL = auto()
    SYSTEM = auto()
    """Of no officer: the service itself at work, whomever a case is about."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one officer may see, as the values that predicate and query compare with.

    ``lineage``: the officer's unit and all above it; a complaint about any of them is about the
    officer's own. ``works_for``: the unit whose cases are the officer's work. ``judges_for``: the
    unit in whose name the officer judges. ``enters_for``: the unit at whose desk the officer sits.
    """

    lineage: tuple[str, ...]
    works_for: str | None = None
    judges_for: str | None = None
    enters_for: str | None = None
    clearance: Clearance = Clearance.NOTHING


SYSTEM = Sight(lineage=(), clearance=Clearance.SYSTEM)
"""The service itself at work: what it hears, what falls due, what it sends, what another service or
the bearer of a tracking code asks."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a row of a table of cases, and the parameters that it names."""

    sql: str
    parameters: Mapping[str, Any]


def sight_of(officer: Officer, units: Units) -> Sight:
    """What an officer may see."""
    works = officer.role in ("unit_officer", "triage_officer", "biro")
    return Sight(
        lineage=units.lineage(officer.unit),
        works_for=officer.unit if works else None,
        judges_for=judges_for(officer, units),
        enters_for=officer.unit if officer.role == "desk_officer" else None,
        clearance=_clearance(officer, units),
    )


def care_of(officer: Officer, units: Units) -> Sight:
    """The complaints of whose reporters' data an officer takes care: messages and erasure.

    For an administrator these are restricted ones too, because their reporters have the same right
    to be forgotten; for all others what they see.
    """
    sight = sight_of(officer, units)
    return replace(sight, clearance=Clearance.ALL) if officer.role == "admin" else sight


def judges_for(officer: Officer, units: Units) -> str | None:
    """The unit in whose name an officer judges; None for an officer who judges nothing."""
    oversight = units.of_duty(Duty.OVERSIGHT).id
    inspects = officer.role == "unit_officer" and officer.unit == oversight
    return officer.unit if inspects or officer.role == "biro" else None


def _clearance(officer: Officer, units: Units) -> Clearance:
    if officer.role == "auditor" and officer.unit == units.of_duty(Duty.OVERSIGHT).id:
        return Clearance.ALL
    reads = officer.role in ("biro", "auditor", "admin")
    return Clearance.UNRESTRICTED if reads else Clearance.NOTHING


@dataclass(frozen=True, slots=True)
class _Ground:
    """One reason to see a case, in both languages.

    ``value``: what of a sight is compared; None: a sight without this ground. ``sql`` names it
    ``:{name}`` where it needs it.
    """

    name: str
    value: Callable[[Sight], Any]
    holds: Callable[[Any, CaseFacts], bool]
    sql: str

    @property
    def columns(self) -> frozenset[str]:
        """Of the table of cases, that ``sql`` asks for."""
        return frozenset(re.findall(r"{c}(\w+)", self.sql))


def _when(clearance: Clearance) -> Callable[[Sight], Any]:
    return lambda sight: sight.clearance is clearance or None


_GROUNDS = (
    _Ground("sight_system", _when(Clearance.SYSTEM), lambda _, case: True, "true"),
    _Ground("sight_all", _when(Clearance.ALL), lambda _, case: True, "true"),
    _Ground(
        "sight_unrestricted",
        _when(Clearance.UNRESTRICTED),
        lambda _, case: not case.restricted,
        "NOT {c}restricted",
    ),
    _Ground(
        "sight_holder",
        lambda sight: sight.works_for,
        lambda unit, case: case.holder == unit,
        "{c}unit_id = CAST(:sight_holder AS text)",
    ),
    _Ground(
        "sight_watcher",
        lambda sight: sight.works_for,
        lambda unit, case: unit in case.watchers,
        "{c}watchers @> to_jsonb(CAST(:sight_watcher AS text))",
    ),
    _Ground(
        "sight_reviewer",
        lambda sight: sight.judges_for,
        lambda unit, case: case.reviewer == unit,
        "{c}reviewer = CAST(:sight_reviewer AS text)",
    ),
    _Ground(
        "sight_desk",
        lambda sight: sight.enters_for,
        lambda unit, case: case.entered_by_unit == unit,
        "{c}entered_by_unit = CAST(:sight_desk AS text)",
    ),
)
"""Those that compare no text come first: a row of the service's own work costs least."""

_NOT_CONCERNED = _Ground(
    "sight_lineage",
    lambda sight: sight.lineage,
    lambda lineage, case: case.about_unit not in lineage,
    "({c}about_unit IS NULL OR {c}about_unit <> ALL(CAST(:sight_lineage AS text[])))",
)


def sees(sight: Sight, case: CaseFacts) -> bool:
    """Whether there is such a case for the officer of this sight."""
    if not _NOT_CONCERNED.holds(_NOT_CONCERNED.value(sight), case):
        return False
    return any(ground.holds(ground.value(sight), case) for ground in _grounds(sight))


def condition(sight: Sight, alias: str = "") -> Condition:
    """The same for a query: true for the rows that `sees` says yes to, else false or null.

    ``alias``: of the table with the columns unit_id, reviewer, watchers (jsonb array of text),
    about_unit and restricted. Only the columns of grounds that the sight has are named.
    """
    grounds = _grounds(sight)
    reasons = " OR ".join(ground.sql for ground in grounds) or "false"
    sql = f"({_NOT_CONCERNED.sql} AND ({reasons}))".format(c=f"{alias}." if alias else "")
    named = (each for each in (_NOT_CONCERNED, *grounds) if f":{each.name}" in each.sql)
    return Condition(sql, {each.name: _plain(each.value(sight)) for each in named})


def settings_of(sight: Sight) -> dict[str, str]:
    """The values that `policy` compares with, as texts by setting of the database; empty where the
    sight has no such ground."""
    values = {each.name: each.value(sight) for each in (_NOT_CONCERNED, *_GROUNDS)}
    return {f"{_SETTINGS}.{name}": _setting(value) for name, value in values.items()}


def policy(columns: Collection[str]) -> str:
    """The same for all who ask, as a condition on a row of a table of cases: the values stand in
    the settings of the transaction (`settings_of`). Where they are not set it is not true.

    ``columns``: those of the table; a ground that asks for another one is none there.
    """
    system, *grounds = (each for each in _GROUNDS if each.columns <= set(columns))
    reasons = " OR ".join(f"({_of_settings(each)})" for each in grounds)
    return f"({_of_settings(system)} OR ({_of_settings(_NOT_CONCERNED)} AND ({reasons})))"


def policy_of(table: str, cases: str) -> str:
    """The same for a row of ``table`` that hangs on a case of the table ``cases``: it is seen by
    whom the case is seen. The service itself sees it without asking for the case."""
    case = f"SELECT 1 FROM {cases} AS of_case WHERE of_case.complaint_id = {table}.complaint_id"  # noqa: S608 (names of our own)
    return f"({_of_settings(_GROUNDS[0])} OR EXISTS ({case}))"


def _of_settings(ground: _Ground) -> str:
    """Its condition with the setting in the place of the value. A sub-query without a table is
    asked once for a statement, and not for each row."""
    setting = f"(SELECT nullif(current_setting('{_SETTINGS}.{ground.name}', true), ''))"
    sql = ground.sql.format(c="")
    named = sql.replace(f":{ground.name}", setting)
    return named if named != sql else f"{setting} IS NOT NULL AND {sql}"


def _setting(value: Any) -> str:
    """An array in the notation of PostgreSQL; ids of units have no quotes (`shared.units`)."""
    if isinstance(value, tuple):
        return "{" + ",".join(f'"{each}"' for each in value) + "}"
    return "true" if value is True else value or ""


def _grounds(sight: Sight) -> tuple[_Ground, ...]:
    return tuple(ground for ground in _GROUNDS if ground.value(sight) is not None)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
