"""What another service of ours answers, read item by item.

During a rolling upgrade the other service may already say what this one does not know yet: a new
status, a new kind. Such an item costs itself alone. If the whole answer were refused because of
it, a hundred citizens would wait for the one.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from shared.errors import Transient

Item = TypeVar("Item", bound=BaseModel)


def items_of(answer: Any, name: str, service: str) -> list[Any]:
    """The list that an answer holds under ``name``; raises Transient when it holds none.

    ``service`` is who answered: it is named in the error, and nothing of the answer is.
    """
    items = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(items, list):
        raise Transient(f"{service} answered without a list of {name}")
    return items


def read_items(model: type[Item], items: Sequence[Any]) -> tuple[list[Item], int]:
    """The items that are a ``model``, in their order, and how many are none."""
    read: list[Item] = []
    for item in items:
        try:
            read.append(model.model_validate(item))
        except ValidationError:
            continue
    return read, len(items) - len(read)
