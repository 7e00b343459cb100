"""The categories, asked of routing now and then and remembered: every page names them."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

from services.routing.console.calls import Answer, Api
from services.routing.console.cases import Category
from services.routing.console.session import Officer

FRESH_SECONDS: Final = 300.0


class Tables:
    """One copy for all officers: the table is the same for each of them."""

    def __init__(self, api: Api, ticks: Callable[[], float] = monotonic) -> None:
        """``ticks``: seconds of a clock that is never set back."""
        self._api = api
        self._ticks = ticks
        self._read_at = float("-inf")
        self._categories: Mapping[str, Category] = {}

    async def categories(self, officer: Officer) -> Mapping[str, Category]:
        """By slug, in the order of their names; the last known while routing is away."""
        if self._ticks() - self._read_at > FRESH_SECONDS:
            answer = await self._api.get("routing", "/categories", officer)
            if isinstance(answer, Answer) and answer.ok:
                self._categories = _by_slug(answer)
                self._read_at = self._ticks()
        return self._categories


def _by_slug(answer: Answer) -> Mapping[str, Category]:
    found = [
        Category(each["slug"], each["name"], each["plan_required"], each["allows_extension"])
        for each in answer.body
    ]
    return {each.slug: each for each in sorted(found, key=lambda each: each.name)}
