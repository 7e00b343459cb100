"""A case's signed file, and the keys by which anybody can verify it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel

from services.routing.casefile.file import SignedCaseFile, file_of
from services.routing.casefile.steps import Recorded
from services.routing.casefile.store import chain_up, read_steps
from services.routing.contents import Contents
from services.routing.openings.record import Openings
from services.routing.openings.store import Opened
from services.routing.placing.atlas import Atlas
from services.routing.store import CaseStore
from services.routing.team import store as team
from services.routing.work.acts import actor_of, case_under_lock
from services.routing.work.lists import READERS
from shared.auth import Operator, OperatorTokens
from shared.case_file import CaseFileKey, Jwk
from shared.http.conditional import WriteEtag
from shared.http.operation import Router
from shared.visibility import sight_of
from shared.work import Work, Works


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
) -> Router:
    router = Router(prefix="/v1", tags=["case files"])
    _add_file(router, works, store, contents, atlas, operators.require(*READERS), key)

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
) -> None:
    record = Openings(works, atlas.units)

    @router.get("/cases/{complaint_id}/file")
    async def read_case_file(
        complaint_id: UUID, operator: Annotated[Operator, Depends(reader)], write_etag: WriteEtag
    ) -> SignedCaseFile:
        """The whole record of a case, signed, for those who see the case. Each step's hash rests on
        the one before, so that a step that was changed, left out or moved shows. The file tells
        neither the reporter nor officers of other units. ``crm case verify`` verifies it. That a
        restricted case is opened is recorded before."""
        actor = actor_of(operator)
        sight = sight_of(actor, atlas.units)
        async with works.open(sight) as work:
            case = await case_under_lock(work, store, complaint_id, actor, atlas.units)
            steps = await _chained_steps(work, complaint_id)
            merged = await store.merged_into(work.connection, complaint_id, sight)
            names = await team.names_in_history(work.connection, complaint_id, actor.unit)
        await record.note(case, actor, Opened.FILE)
        claimed = {} if case.erased else await contents.claim(case.content_refs)
        file = file_of(case, steps, claimed, merged, names, actor, work.now, atlas.units)
        write_etag(case.version)
        return SignedCaseFile(file=file, signature=key.sign(file.model_dump(mode="json")))


async def _chained_steps(work: Work, complaint_id: UUID) -> list[Recorded]:
    """All steps of a case that is locked; those that a release without a chain wrote get theirs."""
    steps = await read_steps(work.connection, complaint_id)
    if all(step.hash is not None for step in steps):
        return steps
    await chain_up(work.connection, [complaint_id])
    return await read_steps(work.connection, complaint_id)
