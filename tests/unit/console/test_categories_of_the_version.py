"""The console names categories as the version of the rules that decides in routing does."""

from copy import deepcopy
from typing import Any

import httpx
import pytest

from deploy.local.credentials import generate
from services.routing.console.lookup_tables import Tables
from services.routing.placing.atlas import Atlas
from services.routing.placing.categories import load_categories
from services.routing.placing.claimed import create_router
from services.routing.placing.places import load_locator
from services.routing.rule_versions.rules import load_rules, rules_of
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.errors import Transient
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from tests.builders import T0
from tests.unit.routing.rule_versions.documents import few_terms, row_of

KEYS = generate().service_keys


class Routing:
    """Routing's own door, as the console's client for it knows it; ``asked``: the answers."""

    def __init__(self, atlas: Atlas) -> None:
        public = {name: pair.public for name, pair in KEYS.items()}
        callers = ServiceTokens("routing", "", public, system_clock)
        router = create_router(atlas, callers)
        app = create_app("routing", "CRM routing", [router], Health(), Metrics())
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://routing.test"
        )
        self._console = ServiceTokens("console", KEYS["console"].private, {}, system_clock)
        self.asked: list[Any] = []

    async def post(self, path: str, body: Any) -> Any:
        headers = {"authorization": f"Bearer {self._console.sign('routing')}"}
        answer = await self._client.post(path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        self.asked.append(answer.json())
        return self.asked[-1]


class Broken:
    """Answers what no release of routing can have said."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def post(self, path: str, body: Any) -> Any:
        return self._answer


def a_version_with_horses() -> dict[str, Any]:
    document = few_terms()
    row = {**deepcopy(row_of(document, "sampah")), "slug": "kuda-liar", "name": "Kuda Liar"}
    row_of(document, "pohon")["name"] = "Pohon dan Semak"
    document["categories"].append({**row, "aliases": [], "subs": []})
    return document


async def test_a_category_that_a_version_adds_has_its_name_on_the_pages() -> None:
    atlas, tables = Atlas(load_rules(), load_locator(None)), Tables(load_categories())
    routing = Routing(atlas)
    await tables.follow(routing)
    assert "kuda-liar" not in tables.categories(T0)
    atlas.rules = rules_of(2, a_version_with_horses())
    await tables.follow(routing)
    named = {slug: each.name for slug, each in tables.categories(T0).items()}
    assert (named["kuda-liar"], named["pohon"]) == ("Kuda Liar", "Pohon dan Semak")
    await tables.follow(routing)
    assert [each["rows"] is None for each in routing.asked] == [True, False, True]
    atlas.rules = load_rules()
    await tables.follow(routing)
    assert tables.categories(T0)["pohon"].name == "Pohon"


@pytest.mark.parametrize(
    "answer",
    [None, {}, {"version": 2, "rows": [{"slug": "sampah"}]}, {"version": 2, "rows": "semua"}],
    ids=["nothing", "no version", "half a row", "no rows"],
)
async def test_categories_that_cannot_be_read_leave_the_pages_as_they_are(answer: Any) -> None:
    tables = Tables(load_categories())
    before = tables.categories(T0)
    with pytest.raises(Transient):
        await tables.follow(Broken(answer))
    assert tables.categories(T0) == before
