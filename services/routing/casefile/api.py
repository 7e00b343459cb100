"""A case's signed file, and the keys by which anybody can verify it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from services.routing.casefile.file import SignedCaseFile, file_of
from services.routing.casefile.steps import Recorded
from services.routing.casefile.store import read_steps
from services.routing.contents import Contents
from services.routing.openings.record import Openings
from services.routing.openings.store import Opened
from services.routing.placing.atlas import Atlas
from services.routing.store import CaseStore
from services.routing.team import store as team
from services.routing.work.acts import actor_of, there
from services.routing.work.lists import READERS
from shared.auth import Operator, OperatorTokens
from shared.beside import beside
from shared.case_file import CaseFileKey, Jwk
from shared.clock import Clock
from shared.errors import Unavailable
from shared.fences import set_sight
from shared.http.conditional import WriteEtag
from shared.http.operation import Router
from shared.http.refusals import refuses
from shared.visibility import SYSTEM, sight_of
from shared.work import Works


class PublicKey(BaseModel):
    """A JSON Web Key of Ed25519 (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    alg: Literal["EdDSA"]
    use: Literal["sig"]
    kid: str
    x: str


class KeySet(BaseModel):
    """A JSON Web Key Set (RFC 7517): today's key first, then those of earlier times."""

    keys: list[PublicKey]


def create_router(
    works: Works,
    store: CaseStore,
    contents: Contents,
    atlas: Atlas,
    operators: OperatorTokens,
    key: CaseFileKey,
    former: Sequence[Jwk],
    clock: Clock,
) -> Router:
    router = Router(prefix="/v1", tags=["case files"])
    _add_file(router, works, store, contents, atlas, operators.require(*READERS), key, clock)

    @router.get("/case-file-keys")
    async def list_case_file_keys() -> KeySet:
        """The public keys under which case files are signed. Anybody may have them."""
        return KeySet(keys=[PublicKey.model_validate(each) for each in (key.jwk, *former)])

    return router


def _add_file(
    router: Router,
    works: Works,
    store: CaseStore,
    contents: Contents,
    atlas: Atlas,
    reader: Callable[..., Awaitable[Operator]],
    key: CaseFileKey,
    clock: Clock,
) -> None:
    record = Openings(works, atlas.units)

    @router.get("/cases/{complaint_id}/file")
    @refuses(Unavailable)
    async def read_case_file(
        complaint_id: UUID, operator: Annotated[Operator, Depends(reader)], write_etag: WriteEtag
    ) -> SignedCaseFile:
        """The whole record of a case, signed, for those who see the case. Each step's hash rests on
        the one before, so that a step that was changed, left out or moved shows. The file tells
        neither the reporter nor officers of other units. ``crm case verify`` verifies it. That a
        restricted case is opened is recorded before. Steps of an earlier release get their hashes
        within minutes of an update; until then the answer is 503."""
        actor = actor_of(operator)
        sight = sight_of(actor, atlas.units)
        async with AsyncExitStack() as under_way:
            async with works.read(sight) as connection:
                found, merged = await store.find_with_merged(connection, complaint_id, sight)
                case = there(found)
                # Intake is asked while the steps are read: a page of paper waits for both.
                claiming = await under_way.enter_async_context(beside(contents.of_case(case)))
                names = await team.names_in_history(connection, complaint_id, actor.unit)
                steps = await _chained_steps(connection, complaint_id)
                after = there(await store.find(connection, complaint_id, sight))
                if after.version != case.version:
                    raise Unavailable("The case was changed while it was read. Try again.")
            await record.note(case, actor, Opened.FILE)
            claimed = await claiming
        file = file_of(case, steps, claimed, merged, names, actor, clock(), atlas.units)
        write_etag(case.version)
        return SignedCaseFile(file=file, signature=key.sign(file.model_dump(mode="json")))


async def _chained_steps(connection: AsyncConnection, complaint_id: UUID) -> list[Recorded]:
    """Raises Unavailable while a side task has not chained them. Nothing is written: whoever reads
    must not stand in an act's way."""
    # Words of a merged case hang on the case it follows, which the officer may not see.
    await set_sight(connection, SYSTEM)
    steps = await read_steps(connection, complaint_id)
    if any(step.hash is None for step in steps):
        raise Unavailable("The record of this case is being chained. Try again in a minute.")
    return steps
