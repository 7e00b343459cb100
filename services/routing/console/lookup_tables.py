"""The table of categories: every page names them, and no page asks a service for them.

Asked for each page it was the third call of many, and one more wait before all others wherever
routing was silent. A version of the rules may add categories and name them anew, so the console
asks every few seconds which ones decide. Until routing has answered they are those of the release.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from services.routing.domain import Category
from services.routing.placing.categories import CategoryHistory
from services.routing.placing.claimed import CATEGORIES_PATH, ClaimedCategories
from services.routing.rule_versions.failures import FAILURES
from shared.clock import JAKARTA
from shared.errors import Transient

LOOK_SECONDS = 5.0
"""Between two questions which categories decide."""


class Routing(Protocol):
    """A client that is signed for routing (`shared.outbound.ServiceClient`)."""

    async def post(self, path: str, body: Any) -> Any: ...


class Tables:
    """What is valid on a day, in the order in which an officer looks for it."""

    def __init__(self, history: CategoryHistory) -> None:
        self._history = history

    def categories(self, now: datetime) -> Mapping[str, Category]:
        """Those that are valid on Jakarta's day, by slug, in the order of their names."""
        valid = self._history.at(now.astimezone(JAKARTA).date()).categories.values()
        return {each.slug: each for each in sorted(valid, key=lambda each: each.name)}

    async def follow(self, routing: Routing) -> int:
        """Goes by the categories that decide in routing. What cannot be read changes nothing.

        Raises Transient. Nothing is to be done at once after it.
        """
        answer = await routing.post(CATEGORIES_PATH, {"known": self._history.version})
        try:
            told = ClaimedCategories.model_validate(answer)
            if told.rows is not None:
                history = CategoryHistory(told.version, told.rows)
                history.periods()
                self._history = history
        except FAILURES:
            raise Transient("routing's categories cannot be read") from None
        return 0
