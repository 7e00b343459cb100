"""What routing tells of holders that the stream does not name, in memory."""

from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request, Response

from shared.errors import Transient
from shared.events.holders import CaseStep, Holder
from shared.holders_claim import CLAIM_PATH


class ToldHolders:
    """Tells the holders that it was given, by complaint and version of the case.

    items: said instead of what the contract says. claims: what was asked for, call by call.
    away: it gives no answer.
    """

    def __init__(self) -> None:
        self.known: dict[CaseStep, Holder] = {}
        self.items: dict[CaseStep, Any] = {}
        self.claims: list[list[CaseStep]] = []
        self.away = False

    async def post(self, path: str, body: Any) -> Any:
        assert path == CLAIM_PATH
        if self.away:
            raise Transient("routing is away")
        asked = [(UUID(case["complaint_id"]), int(case["case_version"])) for case in body["cases"]]
        self.claims.append(asked)
        return {"holders": [self._item(step) for step in asked]}

    def _item(self, step: CaseStep) -> Any:
        if step in self.items:
            return self.items[step]
        named = {"complaint_id": str(step[0]), "case_version": step[1]}
        if step not in self.known:
            return {**named, "status": "unknown"}
        return {**named, "status": "ok", **self.known[step].model_dump(mode="json")}

    def serve(self, app: FastAPI, tokens: Any, caller: str) -> None:
        """Behind a real HTTP server, for ``caller`` alone."""

        @app.post(CLAIM_PATH)
        async def claim(request: Request) -> Any:
            _, _, token = request.headers["authorization"].partition(" ")
            assert tokens.verify(token) == caller
            if self.away:
                return Response("{}", 503)
            return await self.post(CLAIM_PATH, await request.json())
