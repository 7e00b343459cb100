"""``python -m services.intake.noop``: JAKI's door that stores nothing.

What intake is measured against: the same server, body, key check and validation, and no vault,
database or event behind them.
"""

from fastapi import Request
from fastapi.responses import Response

from services.intake.channels.registry import doors
from services.intake.filing.reception import raw_request
from services.intake.settings import IntakeSettings
from shared.events.vocabulary import Channel
from shared.foundation import Foundation
from shared.http.operation import Router
from shared.runtime import Service
from shared.starting import start

PATH = "/v1/channels/jaki"


def build(settings: IntakeSettings) -> Service:
    """The service without anything behind its door."""
    foundation = Foundation.of(settings)
    door = next(each for each in doors(settings.channel_secrets) if each.path == PATH)
    assert door.adapter.channel is Channel.JAKI  # noqa: S101 (what is compared is the same)
    router = Router()

    @router.post(PATH)
    async def accept(request: Request) -> Response:
        raw = await raw_request(request, foundation.clock())
        door.adapter.authenticate(raw)
        door.adapter.parse(raw)
        return Response(b"{}", 202, media_type="application/json")

    return foundation.service(
        None, [router], title="CRM intake, storing nothing", knows_cases=False
    )


if __name__ == "__main__":
    start(lambda: build(IntakeSettings()))
