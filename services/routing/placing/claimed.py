"""What the console asks routing: the categories of the version of the rules that decides there."""

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from shared.auth import ServiceTokens
from shared.http.operation import Router

if TYPE_CHECKING:
    # The console reads the shapes below and has no use for all that decides.
    from services.routing.placing.atlas import Atlas

CATEGORIES_PATH: Final = "/internal/v1/categories/claim"
MOST = 2**31 - 1

Version = Annotated[int, Field(strict=True, ge=1, le=MOST)]


class CategoriesClaim(BaseModel):
    """``known``: the version whose categories the caller has."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    known: Version


class ClaimedCategories(BaseModel):
    """``version``: the one that decides now. ``rows``: its categories, as in
    ``data/categories.json``; null where the caller has them."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    version: Version
    rows: Annotated[
        list[dict[str, Any]] | None,
        Field(examples=[[{"slug": "sampah", "name": "Sampah", "unit": "kelurahan"}]]),
    ]


def create_router(atlas: "Atlas", callers: ServiceTokens) -> Router:
    router = Router(tags=["internal"])
    console = Depends(callers.require("console"))

    @router.post(CATEGORIES_PATH, summary="The categories that decide now")
    async def claim_categories(claim: CategoriesClaim, _: str = console) -> ClaimedCategories:
        """For pages that name categories and must not ask for them one by one."""
        history = atlas.categories
        known = claim.known == history.version
        rows = None if known else [dict(row) for row in history.rows]
        return ClaimedCategories(version=history.version, rows=rows)

    return router
