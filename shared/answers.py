"""What another service of ours answers, read item by item.

During a rolling upgrade the other service may already say what this one does not know yet: a new
status, a new kind. Such an item costs itself alone. If the whole answer were refused because of
it, a hundred citizens would wait for the one.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from shared.errors import Transient

Item = TypeVar("Item", bound=BaseModel)

AT_ONCE = 500
"""Of so many a service answers a claim."""


class Asked(Protocol):
    """A client that is signed for a service (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON. Raises Transient, or Refused for this very request."""


async def claimed(
    asked: Asked,
    by: str,
    path: str,
    questions: str,
    keys: Sequence[Any],
    answers: str,
    model: type[Item],
) -> list[Item]:
    """What the service ``by`` says of ``keys``, which are JSON; what it does not know is missing.
    They are asked for under ``questions``, and answered under ``answers``. Raises Transient."""
    found: list[Item] = []
    for start in range(0, len(keys), AT_ONCE):
        answer = await asked.post(path, {questions: list(keys[start : start + AT_ONCE])})
        items, _ = read_items(model, items_of(answer, answers, by))
        found += items
    return found


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
