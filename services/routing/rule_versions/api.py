"""Administrators propose versions of the rules, compare and try them, and activate each other's."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictInt, TypeAdapter

from services.routing.case.commands import Text
from services.routing.rule_versions.document import Document, digest_of
from services.routing.rule_versions.store import Activated, Proposed
from services.routing.rule_versions.trial import Pair
from services.routing.rule_versions.trying import Trials
from services.routing.rule_versions.versions import Listed, RuleVersions
from services.routing.work.acts import actor_of
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import Conflict
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors, WriteNext, page_of
from shared.http.refusals import refuses
from shared.instant import Instant
from shared.units import UnitTree
from shared.visibility import sight_of

Officers: TypeAlias = Callable[..., Awaitable[Operator]]
LISTING, TRIAL = "routing.rule-versions", "routing.rule-trial"
NUMBER: TypeAdapter[int] = TypeAdapter(int)
COMPLAINT: TypeAdapter[UUID] = TypeAdapter(UUID)
CHANGES_AT_MOST = 2_000
MOST = 2**31 - 1

Number = Annotated[int, Path(ge=1, le=MOST)]
Cursor = Annotated[str | None, Query(max_length=CURSOR_AT_MOST)]
Subject = Annotated[str, Field(examples=["admin-7"])]
Digest = Annotated[
    str, Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
]
Name = Annotated[str | None, Field(examples=["saluran-air"])]
Whole = Annotated[
    dict[str, Any],
    Field(
        description="`units`, `categories`, `terms`, `signs`, `spellings`, as `crm rules export`"
        " writes them.",
        examples=[{"units": [], "categories": [], "terms": {}, "signs": {}, "spellings": {}}],
    ),
]


class RuleVersionIn(BaseModel):
    """A whole version, and why it is proposed."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    note: Text
    document: Whole


class RuleActivationIn(BaseModel):
    """``instead_of``: the version that decides now, as you know it. ``valid_from``: from when on
    this one decides; none is now."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    instead_of: Annotated[StrictInt, Field(ge=1, le=MOST)]
    note: Text
    valid_from: Instant | None = None


class RuleActivation(BaseModel):
    """``activated_by``: the opaque subject of the second officer."""

    valid_from: datetime
    activated_by: Subject
    activated_by_unit: Annotated[str, Field(examples=["31.74.01"])]
    activated_at: datetime
    note: str


class RuleVersionView(BaseModel):
    """``digest``: SHA-256 of the document in canonical JSON. ``based_on``: the version that decided
    when it was proposed. What tells of a proposal is null for the shipped version, which is 1."""

    number: int
    in_force: bool
    digest: Digest
    based_on: int | None
    proposed_by: Subject | None
    proposed_by_unit: Annotated[str | None, Field(examples=["31.74.01"])]
    proposed_at: datetime | None
    note: str | None
    activations: list[RuleActivation]
    """The first one first."""


class WholeRuleVersion(RuleVersionView):
    document: Whole


class RuleVersionsOut(BaseModel):
    """``in_force``: the version that decides now; 1 is the shipped one, which is in no list.
    ``next_cursor``: pass it as ``cursor`` for the next page; null on the last one."""

    in_force: int
    versions: list[RuleVersionView]
    next_cursor: str | None


class RuleChange(BaseModel):
    """``path``: the kind, then names down to what is changed. A word of a list is the end of its
    path, and true where it is there."""

    path: Annotated[list[str], Field(examples=[["categories", "sampah 2021-07-01", "unit"]])]
    change: Literal["added", "removed", "changed"]
    before: Annotated[str | bool | None, Field(examples=["kelurahan"])]
    after: Annotated[str | bool | None, Field(examples=["dinas-lingkungan-hidup"])]


class RuleChanges(BaseModel):
    """``more``: changes that are not shown."""

    against: int
    changes: list[RuleChange]
    more: int


class Moved(BaseModel):
    """``before``, ``after``: slugs of categories (null: none was found) or ids of units."""

    before: Name
    after: Name
    cases: int


class RuleTrial(BaseModel):
    """``unread``: complaints whose words are gone. ``failed``: those at which a rule of this
    version failed. ``next_cursor``: pass it as ``cursor`` for the complaints before these."""

    against: int
    cases: int
    unread: int
    changed: int
    failed: int
    by_category: list[Moved]
    by_unit: list[Moved]
    next_cursor: str | None


def create_router(
    versions: RuleVersions,
    trials: Trials,
    units: UnitTree,
    operators: OperatorTokens,
    places: Cursors[int],
    complaints: Cursors[UUID],
) -> Router:
    router = Router(prefix="/v1", tags=["rules"])
    admin = operators.require(Role.ADMIN)
    reader = operators.require(Role.ADMIN, Role.AUDITOR)
    _add_reading(router, versions, places, reader)
    _add_acts(router, versions, admin)
    _add_trial(router, trials, units, complaints, admin)
    return router


def _add_reading(
    router: Router, versions: RuleVersions, places: Cursors[int], reader: Officers
) -> None:
    @router.get("/rule-versions", dependencies=[Depends(reader)])
    async def list_rule_versions(
        write_next: WriteNext,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> RuleVersionsOut:
        """All that was ever proposed, the newest first, with when each was activated by whom."""
        found = await versions.listed(places.read(cursor), limit + 1)
        shown, last = page_of(found.versions, limit)
        following = places.write(last.number) if last else None
        write_next(following)
        return RuleVersionsOut(
            in_force=found.in_force,
            versions=[_view(each, found) for each in shown],
            next_cursor=following,
        )

    @router.get("/rule-versions/{number}", dependencies=[Depends(reader)])
    async def read_rule_version(number: Number) -> WholeRuleVersion:
        """A version with all that it says; 1 is the one that was shipped."""
        listed, document = await versions.one(number)
        return _whole(number, listed, document)

    @router.get("/rule-versions/{number}/changes", dependencies=[Depends(reader)])
    async def compare_rule_versions(
        number: Number, against: Annotated[int, Query(ge=1, le=MOST)]
    ) -> RuleChanges:
        """What a version says otherwise than another one."""
        found = await versions.compare(number, against)
        shown = found[:CHANGES_AT_MOST]
        return RuleChanges(
            against=against,
            changes=[
                RuleChange(path=[*e.path], change=e.change, before=e.before, after=e.after)
                for e in shown
            ],
            more=len(found) - len(shown),
        )


def _add_acts(router: Router, versions: RuleVersions, admin: Officers) -> None:
    @router.post("/rule-versions")
    @refuses(Conflict)
    async def propose_rule_version(
        wanted: RuleVersionIn, operator: Annotated[Operator, Depends(admin)]
    ) -> RuleVersionView:
        """Proposes a version. It decides nothing until another administrator activates it. What is
        broken is refused, and `field` says where."""
        proposed = await versions.propose(wanted.document, wanted.note, operator)
        return _view(proposed, await versions.row(proposed.number))

    @router.post("/rule-versions/{number}/activate")
    @refuses(Conflict)
    async def activate_rule_version(
        number: Number, wanted: RuleActivationIn, operator: Annotated[Operator, Depends(admin)]
    ) -> RuleVersionView:
        """A second administrator lets a version decide: every process goes by it within a second.
        An earlier version is activated again in the same way."""
        await versions.activate(number, wanted.instead_of, wanted.valid_from, wanted.note, operator)
        listed = await versions.row(number)
        return _view(listed.versions[0], listed)


def _add_trial(
    router: Router,
    trials: Trials,
    units: UnitTree,
    complaints: Cursors[UUID],
    admin: Officers,
) -> None:
    @router.get("/rule-versions/{number}/trial")
    async def try_rule_version(
        number: Number,
        operator: Annotated[Operator, Depends(admin)],
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> RuleTrial:
        """What the version would decide otherwise than the one that decides now, counted over the
        last complaints that you see, those about officials left out. Nothing of them is kept."""
        sight = sight_of(actor_of(operator), units)
        found = await trials.page(number, sight, complaints.read(cursor), limit)
        outcome = found.outcome
        return RuleTrial(
            against=found.against,
            cases=outcome.cases,
            unread=outcome.unread,
            changed=outcome.changed,
            failed=outcome.failed,
            by_category=_moved(outcome.by_category.most_common()),
            by_unit=_moved(outcome.by_unit.most_common()),
            next_cursor=complaints.write(found.last) if found.last else None,
        )


def _moved(counted: Sequence[tuple[Pair, int]]) -> list[Moved]:
    return [Moved(before=old, after=new, cases=cases) for (old, new), cases in counted]


def _whole(number: int, listed: Listed, document: Document) -> WholeRuleVersion:
    if listed.versions:
        shown = _view(listed.versions[0], listed)
    else:
        shown = RuleVersionView(
            number=number, in_force=listed.in_force == number, digest=digest_of(document),
            based_on=None, proposed_by=None, proposed_by_unit=None, proposed_at=None, note=None,
            activations=[],
        )  # fmt: skip
    return WholeRuleVersion(**shown.model_dump(), document=dict(document))


def _view(proposed: Proposed, listed: Listed) -> RuleVersionView:
    return RuleVersionView(
        number=proposed.number,
        in_force=listed.in_force == proposed.number,
        digest=proposed.digest,
        based_on=proposed.based_on,
        proposed_by=proposed.proposed_by,
        proposed_by_unit=proposed.proposed_by_unit,
        proposed_at=proposed.proposed_at,
        note=proposed.note,
        activations=[_activation(each) for each in listed.activations[proposed.number]],
    )


def _activation(activated: Activated) -> RuleActivation:
    return RuleActivation(
        valid_from=activated.valid_from,
        activated_by=activated.activated_by,
        activated_by_unit=activated.activated_by_unit,
        activated_at=activated.activated_at,
        note=activated.note,
    )
