"""The HTTP face of intake: the doors of the channels, the form's pages, the internal calls."""

from datetime import timedelta

from services.intake.channels.balai_warga.platform import PLATFORM as BALAI_WARGA
from services.intake.channels.balai_warga.platform import form_door
from services.intake.channels.registry import desk_doors, doors, secrets_of
from services.intake.codes import Codes
from services.intake.doors import erasures, form, health, http, internal
from services.intake.erasure_list import list_of
from services.intake.filing.answers import Answers
from services.intake.filing.reception import Reception
from services.intake.settings import IntakeSettings
from shared.foundation import Foundation
from shared.http.operation import Router


def create_routers(
    settings: IntakeSettings, foundation: Foundation, reception: Reception, codes: Codes
) -> list[Router]:
    """All routers of ``doors/``, in the order in which their routes are looked at."""
    return [
        http.create_router(
            reception,
            doors(settings.channel_secrets),
            desk_doors(),
            foundation.operators,
            settings.mail_max_bytes,
        ),
        health.create_router(foundation.works, foundation.clock, foundation.operators),
        _form_router(settings, foundation, reception),
        internal.create_router(
            foundation.works,
            foundation.callers,
            Answers(foundation.works, reception, codes),
            codes,
        ),
        erasures.create_router(
            erasures.Erasures(
                foundation.works, timedelta(hours=settings.erasure_hours), list_of(settings)
            ),
            foundation.operators,
        ),
    ]


def _form_router(settings: IntakeSettings, foundation: Foundation, reception: Reception) -> Router:
    secrets = secrets_of(BALAI_WARGA, settings.channel_secrets)
    pages = form.FormPages(
        secrets.csrf_key,
        reception,
        foundation.new_id,
        settings.tracking_page,
        settings.follow_up_days,
    )
    return form.create_router(reception, form_door(secrets), pages)
