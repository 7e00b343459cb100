"""No model of a request reads instants in the library's own way, which takes `2026` for 1970."""

import typing
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pydantic
import pytest
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, BeforeValidator

from deploy.services import NAMES
from services.intake.channels.payload import Entry, Payload
from tests.contract.operations import build

LIBRARYS_OWN = (
    datetime, date, time, timedelta, pydantic.AwareDatetime, pydantic.NaiveDatetime,
    pydantic.PastDatetime, pydantic.FutureDatetime, pydantic.PastDate, pydantic.FutureDate,
)  # fmt: skip


def bare_times(annotation: Any, checked: bool = False) -> Iterator[Any]:
    """Types of time in it that no validator of ours reads first."""
    if annotation in LIBRARYS_OWN and not checked:
        yield annotation
    own = [each for each in getattr(annotation, "__metadata__", ()) if is_ours(each)]
    for inner in typing.get_args(annotation)[: 1 if hasattr(annotation, "__metadata__") else None]:
        yield from bare_times(inner, checked or bool(own))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        hints = typing.get_type_hints(annotation, include_extras=True)
        for name in annotation.model_fields:
            yield from bare_times(hints[name])


def is_ours(metadata: Any) -> bool:
    if not isinstance(metadata, BeforeValidator):
        return False
    read = getattr(metadata.func, "func", metadata.func)
    return read.__module__ == "shared.instant"


def below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for each in model.__subclasses__():
        yield from below(each)


@pytest.mark.parametrize("model", [*below(Payload), *below(Entry)], ids=lambda m: m.__name__)
def test_no_message_of_a_channel_has_a_bare_time(model: type[BaseModel]) -> None:
    assert list(bare_times(model)) == []


@pytest.mark.parametrize("service", NAMES)
def test_no_request_of_a_service_has_a_bare_time(service: str) -> None:
    for context in iter_route_contexts(build(service).routes):
        hints = typing.get_type_hints(context.endpoint, include_extras=True)
        hints.pop("return", None)
        assert [t for hint in hints.values() for t in bare_times(hint)] == [], context.path


def test_the_law_sees_what_it_forbids() -> None:
    class Bad(BaseModel):
        at: datetime | None = None

    assert list(bare_times(Bad)) == [datetime]
    assert list(bare_times(list[Bad] | None)) == [datetime]
    assert list(bare_times(pydantic.AwareDatetime | None)) == [pydantic.AwareDatetime]
