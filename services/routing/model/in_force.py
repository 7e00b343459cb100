"""Which models are asked in this process."""

import asyncio
from collections.abc import Mapping
from typing import Any

from services.routing.model import store
from services.routing.model.applying import Model
from services.routing.model.beside import Models
from services.routing.model.document import NoModel, read_document
from services.routing.placing.atlas import Atlas
from shared.telemetry import get_logger
from shared.visibility import SYSTEM
from shared.work import Works

LOOK_SECONDS = 1.0
"""Between two looks. Until its first look a process decides by the rules alone."""


class ModelsInForce:
    """Looks which models are asked, and hands them to the atlas as one value."""

    def __init__(self, works: Works, atlas: Atlas) -> None:
        self._works = works
        self._atlas = atlas
        self._log = get_logger("routing")
        self._ready: dict[int, Model | None] = {}

    async def step(self) -> int:
        """Raises Transient. Nothing is to be done at once after it."""
        async with self._works.read(SYSTEM) as connection:
            asked = await store.asked(connection)
            wanted = {each for each in (asked.deciding, asked.shadow) if each is not None}
            new = {
                number: await store.document_of(connection, number)
                for number in sorted(wanted - self._ready.keys())
            }
        for number, document in new.items():
            if document is not None:
                self._ready[number] = await asyncio.to_thread(self._read, number, document)
        self._ready = {number: each for number, each in self._ready.items() if number in wanted}
        models = Models(self._find(asked.deciding), self._find(asked.shadow))
        if models != self._atlas.models:
            self._atlas.models = models
            self._log.info("models_in_force", count=len(wanted))
        return 0

    def _find(self, number: int | None) -> Model | None:
        return None if number is None else self._ready.get(number)

    def _read(self, number: int, document: Mapping[str, Any]) -> Model | None:
        """None for one that this release cannot read: the rules decide without it."""
        try:
            return Model(number, read_document(document))
        except NoModel as error:
            self._log.error("model_refused", count=number, field=error.field)
            return None
