"""From a tracking code to what its holder may see.

Every text that is typed is treated alike: a keyed hash by each key, the same queries. So neither
the answer nor the time that it takes tells an unknown code from one with a wrong check character.
The code is in no log, URL or exception; only its keyed hashes reach the database.

A code has 75 bits, which is too many to guess. This process does not count tries: the proxy in
front of it must limit them, because it alone knows the caller's address.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.tracking.delays import Delays, unapplied
from services.tracking.disclosure import PublicCase, disclose
from services.tracking.domain import CaseRecord
from services.tracking.pictures import Gallery, Pictures
from services.tracking.spoken import Speech, Spoken
from services.tracking.store import find_by_digest
from shared.codes import normalise_code, tracking_digest
from shared.errors import Transient, UnreadableState
from shared.shared_keys import SharedKeys
from shared.visibility import SYSTEM
from shared.work import Works

CODE_AT_MOST = 64
"""Characters that are looked at: sixteen, with room for dashes and spaces."""

NO_CODE = "*"
"""Hashed in place of what is no code; no code normalises to it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A case as the holder of its code sees it, with what was said in it and its pictures.

    ``delayed_since``: since when news of it are held up; None: what is shown is all there is.
    """

    case: PublicCase
    spoken: Spoken
    pictures: Pictures
    delayed_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A case that exists, and its open question; None when none is open."""

    complaint_id: UUID
    question_ref: UUID | None


class Lookup:
    """Finds cases by their tracking code."""

    def __init__(
        self, works: Works, keys: SharedKeys, speech: Speech, gallery: Gallery, delays: Delays
    ) -> None:
        """``keys``: under which intake hashes codes; of older ones cases may be left."""
        self._works = works
        self._keys = keys
        self._speech = speech
        self._gallery = gallery
        self._delays = delays

    async def find(self, typed: str) -> Found | None:
        """The case of the code ``typed``, None when there is none. Raises Transient."""
        async with self._works.read(SYSTEM) as connection:
            chain = await self._chain(connection, typed)
            since = await self._delays.since(connection, chain)
        case = disclose(chain)
        if case is None:
            return None
        spoken, pictures = await asyncio.gather(self._speech.about(case), self._gallery.about(case))
        return Found(case, spoken, pictures, since)

    async def asked(self, typed: str) -> Asked | None:
        """What the holder of the code is asked, None when there is no case. Raises Transient."""
        async with self._works.read(SYSTEM) as connection:
            chain = await self._chain(connection, typed)
        case = disclose(chain)
        return None if case is None else Asked(chain[0].complaint_id, case.question_ref)

    async def _chain(self, connection: AsyncConnection, typed: str) -> Sequence[CaseRecord]:
        code = normalise_code(typed[:CODE_AT_MOST])
        digests = [tracking_digest(key.raw, code or NO_CODE) for key in self._keys.keys]
        try:
            found = await find_by_digest(connection, digests)
        except UnreadableState as error:
            raise Transient("the case cannot be shown until its row is put right") from error
        chain = found or await unapplied(connection, digests)
        if chain and (key := self._keys.named(chain[0].lookup_key_id)):
            self._keys.used(key)
        return chain
