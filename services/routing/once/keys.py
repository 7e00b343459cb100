"""One act per key: the key is claimed, the act is done and its answer is kept in one transaction.

What was refused was not done: it leaves no key behind, and an officer who corrects a form may send
it under the same key.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi.responses import Response
from pydantic import BaseModel

from services.routing.once import store
from services.routing.once.store import KeptAnswer
from shared.auth import Operator
from shared.errors import Gone, Malformed
from shared.http.conditional import etag
from shared.http.idempotency import FIELD
from shared.visibility import SYSTEM, Sight
from shared.work import Work, Works

LIFETIME = timedelta(hours=24)
"""So long at least an answer is kept."""

SWEEP_SECONDS = 300.0
PATIENCE_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller is answered with. ``version``: of the case; None where the answer has none.
    ``body``: JSON."""

    version: int | None
    body: str

    @classmethod
    def of(cls, shown: BaseModel, version: int | None = None) -> "Answer":
        return cls(version, shown.model_dump_json())

    def response(self) -> Response:
        """Byte for byte the same for a request and its repeats."""
        headers = {} if self.version is None else {"etag": etag(self.version)}
        return Response(self.body, headers=headers, media_type="application/json")


@dataclass(frozen=True, slots=True)
class Request:
    """What an officer wants under a key. ``name``: stands for officer and key. ``fingerprint``: of
    all that the request says. Two requests with one name must have one fingerprint."""

    name: bytes
    fingerprint: bytes
    complaint_id: UUID | None


def request_of(
    officer: Operator, key: str | None, said: Any, complaint_id: UUID | None = None
) -> Request | None:
    """``said``: whatever tells one request from another, as JSON values. None without a key."""
    if key is None:
        return None
    return Request(_digest(_who(officer, key)), _digest(said), complaint_id)


def request_among(
    officer: Operator, key: str | None, said: Any, complaint_id: UUID
) -> Request | None:
    """One of the requests that one key covers in bulk; ``said`` is about that complaint."""
    if key is None:
        return None
    name = _digest([*_who(officer, key), str(complaint_id)])
    return Request(name, _digest(said), complaint_id)


def _who(officer: Operator, key: str) -> list[str]:
    return [officer.subject, officer.role, officer.unit, key]


def _digest(said: Any) -> bytes:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()


def answer_again(kept: KeptAnswer, request: Request) -> Answer:
    """The first answer. Raises Malformed where other things were said under the key, Gone for an
    answer whose contents were erased. Pure."""
    if kept.fingerprint != request.fingerprint:
        raise Malformed(
            "Another request was served under this key. Take a new key for a new request.",
            field=FIELD,
        )
    if kept.body is None:
        raise Gone("This was done already; what was answered is erased.")
    return Answer(kept.version, kept.body)


class Once:
    """Does acts once per key."""

    def __init__(self, works: Works) -> None:
        self._works = works

    async def kept(self, request: Request | None) -> Answer | None:
        """The first answer to a request that was served. Raises as `answer_again`."""
        if request is None:
            return None
        async with self._works.read(SYSTEM) as connection:
            found = await store.kept(connection, request.name)
        return None if found is None else answer_again(found, request)

    async def do(
        self, request: Request | None, sight: Sight, act: Callable[[Work], Awaitable[Answer]]
    ) -> Answer:
        """``act`` in a transaction within ``sight``, and its answer; or what was answered first.
        None: a request without a key. Raises what ``act`` raises, and as `answer_again`."""
        async with self._works.open(sight) as work:
            if request is None:
                return await act(work)
            found = await store.claim(
                work.connection, request.name, request.fingerprint, request.complaint_id, work.now
            )
            if found is not None:
                return answer_again(found, request)
            answer = await act(work)
            await store.keep(work.connection, request.name, answer.version, answer.body)
        return answer

    async def sweep(self) -> int:
        """Deletes what is kept no longer; the step of a side task."""
        async with self._works.open(SYSTEM) as work:
            return await store.sweep(work.connection, work.now, LIFETIME)
