"""The table of categories: every page names them, and no page asks a service for them.

It is data of the release, as the unit tree is; ``GET /v1/categories`` tells other applications the
same. Asked over the network it was the third call of many a page, and one more wait before all
others wherever routing was silent.
"""

from collections.abc import Mapping
from datetime import datetime

from services.routing.domain import Category
from services.routing.placing.categories import CategoryHistory
from shared.clock import JAKARTA


class Tables:
    """What is valid on a day, in the order in which an officer looks for it."""

    def __init__(self, history: CategoryHistory) -> None:
        self._history = history

    def categories(self, now: datetime) -> Mapping[str, Category]:
        """Those that are valid on Jakarta's day, by slug, in the order of their names."""
        valid = self._history.at(now.astimezone(JAKARTA).date()).categories.values()
        return {each.slug: each for each in sorted(valid, key=lambda each: each.name)}
