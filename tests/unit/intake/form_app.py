"""The form over a reception that reads every post and files none."""

from datetime import datetime
from uuid import UUID

from fastapi import FastAPI, Request

from services.intake.channels.adapter import Adapter, RawRequest
from services.intake.channels.balai_warga.platform import PLATFORM as BALAI_WARGA
from services.intake.channels.balai_warga.platform import form_door
from services.intake.channels.door import Door
from services.intake.channels.registry import ChannelSecrets, secrets_of
from services.intake.doors.form import FormPages, create_router
from services.intake.filing.filing import Receipt, Receipts
from services.intake.filing.reception import raw_request
from shared.events.vocabulary import Channel
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from shared.testing import sequential_ids
from tests.builders import T0
from tests.unit.intake.channels import wire

RECEIPT = Receipt(UUID(int=7), "JK2411030001", "7K3M-Q9TX-2BZD-0W4R", T0)


class OnPaper:
    """Reads a post as the adapter does and answers with a receipt, or with an error."""

    def __init__(self, receipt: Receipt = RECEIPT, error: Exception | None = None) -> None:
        self.receipt = receipt
        self.error = error

    @property
    def now(self) -> datetime:
        return wire.NOW

    async def read(self, request: Request, door: Door) -> RawRequest:
        return await raw_request(request, self.now)

    def upload_ids(self, raw: RawRequest, channel: Channel) -> tuple[str, ...]:
        return ()

    async def receive(self, raw: RawRequest, adapter: Adapter) -> Receipts:
        adapter.authenticate(raw)
        adapter.parse(raw)
        if self.error is not None:
            raise self.error
        return (self.receipt,)


def build(reception: OnPaper, tracking_page: str = "") -> FastAPI:
    secrets = secrets_of(BALAI_WARGA, ChannelSecrets.model_validate(wire.SECRETS))
    pages = FormPages(secrets.csrf_key, reception, sequential_ids(), tracking_page)
    router = create_router(reception, form_door(secrets), pages)
    return create_app("intake", "Intake", [router], Health(), Metrics())
