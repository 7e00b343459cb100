"""Administrators take examples, register models trained on them, and let one decide."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter

from services.routing.case.commands import Text
from services.routing.model.document import Figures
from services.routing.model.examples import Example
from services.routing.model.register import Listed, ModelRegister
from services.routing.model.store import Registered, Switched
from services.routing.work.acts import actor_of
from shared.auth import Operator, OperatorTokens, Role
from shared.errors import Conflict
from shared.http.operation import Router
from shared.http.paging import CURSOR_AT_MOST, Cursors, WriteNext, page_of
from shared.http.refusals import refuses
from shared.units import UnitTree
from shared.visibility import sight_of

Officers: TypeAlias = Callable[..., Awaitable[Operator]]
LISTING, EXAMPLES = "routing.classifier-models", "routing.classifier-examples"
NUMBER: TypeAdapter[int] = TypeAdapter(int)
COMPLAINT: TypeAdapter[UUID] = TypeAdapter(UUID)
MOST = 2**31 - 1
MODEL_BYTES = 4 * 1024 * 1024
"""Eight thousand words and eighty categories."""

Number = Annotated[int, Path(ge=1, le=MOST)]
Cursor = Annotated[str | None, Query(max_length=CURSOR_AT_MOST)]
Limit = Annotated[int, Query(ge=1, le=200)]
Subject = Annotated[str, Field(examples=["admin-7"])]
UnitAt = Annotated[str, Field(examples=["31.74.01"])]
Slug = Annotated[str, Field(examples=["jaringan-listrik"])]
Whole = Annotated[
    dict[str, Any],
    Field(
        description="The file that `crm classifier train` writes.",
        examples=[{"format": 1, "rules_version": 1, "classes": [], "terms": []}],
    ),
]


class ClassifierModelIn(BaseModel):
    """A model, and why it is registered."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    note: Text
    document: Whole


class ClassifierSwitchIn(BaseModel):
    """``decides``: true lets the model decide where the rules doubt, false ends it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    decides: StrictBool
    note: Text


class ClassifierSwitch(BaseModel):
    """``switched_by``: the opaque subject of the officer."""

    decides: bool
    switched_by: Subject
    switched_by_unit: UnitAt
    switched_at: datetime
    note: str


class ClassifierModelView(BaseModel):
    """``standing``: ``deciding`` where the rules doubt; ``shadow``: it is asked, its answers are
    kept and decide nothing; ``resting``: it is not asked. ``digest``: SHA-256 of the document in
    canonical JSON."""

    number: int
    standing: Literal["deciding", "shadow", "resting"]
    digest: Annotated[str, Field(examples=["9f86d081884c7d659a2feaa0c55ad015" * 2])]
    registered_by: Subject
    registered_by_unit: UnitAt
    registered_at: datetime
    note: str
    switches: list[ClassifierSwitch]
    """The first one first."""


class ClassifierModels(BaseModel):
    """``next_cursor``: pass it as ``cursor`` for the next page; null on the last one."""

    models: list[ClassifierModelView]
    next_cursor: str | None


class CategoryFigures(BaseModel):
    """Of ``texts`` of a category how many the rules and the model name it of."""

    category: Slug
    texts: int
    rules: int
    model: int


class HeldOutFigures(BaseModel):
    """Of texts that the model was not trained on. ``doubted``: those of which the rules leave the
    category to people; ``answered``: of these those at which the model is sure;
    ``answered_right``: of these."""

    texts: int
    rules: int
    model: int
    doubted: int
    answered: int
    answered_right: int
    by_category: list[CategoryFigures]


class JudgedClassifierModel(ClassifierModelView):
    """``trained_on``, ``corrected``: texts, and those of them at which officers had put the rules
    right. ``finished``: what was said of cases that are finished now, by their category;
    ``put_right``: of those of them that officers had put right. ``barred``: why it may not be let
    decide; null where nothing stands against it."""

    rules_version: int
    threshold: float | None
    trained_on: int
    corrected: int
    held_out: HeldOutFigures
    finished: list[CategoryFigures]
    put_right: list[CategoryFigures]
    barred: Annotated[
        str | None, Field(examples=["It was held against 60 texts. Train it with at least 200."])
    ]


class ClassifierExample(BaseModel):
    """``fold``: 0 to 9; what is in 8 and 9 trains no model. ``category``: as officers decided.
    ``words``: roots and pairs of roots, sorted, without what tells of a person. ``shares``: of
    what speaks for each category by the rules, 0 to 1. ``doubted``: the rules leave the category to
    people. ``corrected``: officers put right what the rules had said."""

    fold: int
    category: Slug
    words: Annotated[list[str], Field(examples=[["lampu", "lampu mati", "mati"]])]
    shares: Annotated[dict[str, float], Field(examples=[{"jaringan-listrik": 0.93}])]
    doubted: bool
    corrected: bool


class ClassifierExamples(BaseModel):
    """``unread``: cases whose words are gone. ``next_cursor``: pass it as ``cursor`` for the cases
    before these."""

    rules_version: int
    examples: list[ClassifierExample]
    unread: int
    next_cursor: str | None


def create_router(
    register: ModelRegister,
    units: UnitTree,
    operators: OperatorTokens,
    places: Cursors[int],
    complaints: Cursors[UUID],
) -> Router:
    router = Router(prefix="/v1", tags=["rules"])
    admin = operators.require(Role.ADMIN)
    reader = operators.require(Role.ADMIN, Role.AUDITOR)
    _add_reading(router, register, places, reader)
    _add_acts(router, register, admin)
    _add_examples(router, register, units, complaints, admin)
    return router


def _add_reading(
    router: Router, register: ModelRegister, places: Cursors[int], reader: Officers
) -> None:
    @router.get("/classifier-models", dependencies=[Depends(reader)])
    async def list_classifier_models(
        write_next: WriteNext, cursor: Cursor = None, limit: Limit = 50
    ) -> ClassifierModels:
        """All models that were registered, the newest first, with who let them decide when."""
        found = await register.listed(places.read(cursor), limit + 1)
        shown, last = page_of(found.models, limit)
        following = places.write(last.number) if last else None
        write_next(following)
        return ClassifierModels(
            models=[_view(each, found) for each in shown], next_cursor=following
        )

    @router.get("/classifier-models/{number}", dependencies=[Depends(reader)])
    async def read_classifier_model(number: Number) -> JudgedClassifierModel:
        """How good a model is beside the rules, category by category: on texts that were held out
        of its training, and on cases that were finished since it is asked."""
        listed = await register.one(number)
        judged = await register.judged(number)
        document = judged.document
        held = document.held_out.model_dump(exclude={"by_category", "only_rules", "only_model"})
        by_category = _figures(document.held_out.by_category)
        return JudgedClassifierModel(
            **_view(listed.models[0], listed).model_dump(),
            rules_version=document.rules_version,
            threshold=document.threshold,
            trained_on=document.learned.texts,
            corrected=document.learned.corrected,
            held_out=HeldOutFigures(**held, by_category=by_category),
            finished=_figures(judged.seen),
            put_right=_figures(judged.corrected),
            barred=judged.barred,
        )


def _add_acts(router: Router, register: ModelRegister, admin: Officers) -> None:
    @router.post("/classifier-models", max_body_size=MODEL_BYTES)
    @refuses(Conflict)
    async def register_classifier_model(
        wanted: ClassifierModelIn, operator: Annotated[Operator, Depends(admin)]
    ) -> ClassifierModelView:
        """Registers a model. It is asked beside the rules from now on and decides nothing."""
        registered = await register.register(wanted.document, wanted.note, operator)
        return _view(registered, await register.one(registered.number))

    @router.post("/classifier-models/{number}/switch")
    @refuses(Conflict)
    async def switch_classifier_model(
        number: Number, wanted: ClassifierSwitchIn, operator: Annotated[Operator, Depends(admin)]
    ) -> ClassifierModelView:
        """A second administrator lets a model decide where the rules leave the category to people;
        refused unless it is better than the rules. Any administrator ends it."""
        await register.switch(number, wanted.decides, wanted.note, operator)
        listed = await register.one(number)
        return _view(listed.models[0], listed)


def _add_examples(
    router: Router,
    register: ModelRegister,
    units: UnitTree,
    complaints: Cursors[UUID],
    admin: Officers,
) -> None:
    @router.get("/classifier-examples")
    async def list_classifier_examples(
        operator: Annotated[Operator, Depends(admin)], cursor: Cursor = None, limit: Limit = 50
    ) -> ClassifierExamples:
        """What a model is trained on: words of finished cases that you see, those about officials
        left out, with the category that officers decided. No case is named."""
        sight = sight_of(actor_of(operator), units)
        found = await register.taught(sight, complaints.read(cursor), limit)
        return ClassifierExamples(
            rules_version=found.rules_version,
            examples=[_example(each) for each in found.examples],
            unread=found.unread,
            next_cursor=complaints.write(found.last) if found.last else None,
        )


def _example(each: Example) -> ClassifierExample:
    return ClassifierExample(
        fold=each.fold,
        category=each.category,
        words=sorted(each.features.words),
        shares=dict(each.features.shares),
        doubted=each.doubted,
        corrected=each.corrected,
    )


def _figures(by_category: Mapping[str, Figures]) -> list[CategoryFigures]:
    return [CategoryFigures(category=slug, **each.model_dump())
            for slug, each in by_category.items()]  # fmt: skip


def _view(registered: Registered, listed: Listed) -> ClassifierModelView:
    number, asked = registered.number, listed.asked
    standing: Literal["deciding", "shadow", "resting"] = "resting"
    if number == asked.deciding:
        standing = "deciding"
    elif number == asked.shadow:
        standing = "shadow"
    return ClassifierModelView(
        number=number,
        standing=standing,
        digest=registered.digest,
        registered_by=registered.registered_by,
        registered_by_unit=registered.registered_by_unit,
        registered_at=registered.registered_at,
        note=registered.note,
        switches=[_switch(each) for each in listed.switches[number]],
    )


def _switch(each: Switched) -> ClassifierSwitch:
    return ClassifierSwitch(
        decides=each.decides, switched_by=each.switched_by, switched_by_unit=each.switched_by_unit,
        switched_at=each.switched_at, note=each.note,
    )  # fmt: skip
