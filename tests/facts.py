"""What intake tells of complaints of which the stream is silent, in memory."""

from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request, Response

from shared.errors import Transient
from shared.events.facts import Facts
from shared.events.intake import ComplaintReceived
from shared.facts_claim import CLAIM_PATH
from tests.builders import a_silent_complaint


class ToldFacts:
    """Tells the facts that it was given, and of other complaints that nothing was withheld.

    unknown: complaints that it does not know. items: said of a complaint instead of what the
    contract says. claims: the complaints that were asked for, call by call. away: it gives no
    answer.
    """

    def __init__(self) -> None:
        self.known: dict[UUID, Facts] = {}
        self.unknown: set[UUID] = set()
        self.items: dict[UUID, Any] = {}
        self.claims: list[list[UUID]] = []
        self.away = False

    def silent(self, **fields: Any) -> ComplaintReceived:
        """A complaint of which the stream is silent; its facts are told from now on."""
        complaint, facts = a_silent_complaint(**fields)
        self.known[complaint.complaint_id] = facts
        return complaint

    async def post(self, path: str, body: Any) -> Any:
        assert path == CLAIM_PATH
        if self.away:
            raise Transient("intake is away")
        asked = [UUID(each) for each in body["complaint_ids"]]
        self.claims.append(asked)
        return {"facts": [self._item(each) for each in asked]}

    def _item(self, complaint_id: UUID) -> Any:
        if complaint_id in self.items:
            return self.items[complaint_id]
        if complaint_id in self.unknown:
            return {"complaint_id": str(complaint_id), "status": "unknown"}
        facts = self.known.get(complaint_id, Facts())
        return {"complaint_id": str(complaint_id), "status": "ok", **facts.model_dump()}

    def serve(self, app: FastAPI, tokens: Any, caller: str) -> None:
        """Behind a real HTTP server, for ``caller`` alone."""

        @app.post(CLAIM_PATH)
        async def claim(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            assert tokens.verify(token) == caller
            if self.away:
                return Response("{}", 503)
            return await self.post(CLAIM_PATH, await request.json())
