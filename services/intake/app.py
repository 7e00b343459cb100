"""Composition root of intake."""

from fastapi import APIRouter

from services.intake.channels.registry import desk_doors, doors, mail_adapter
from services.intake.codes import Codes
from services.intake.doors import form, http, internal
from services.intake.doors.smtp import MailServer
from services.intake.filing.accept import Acceptance
from services.intake.filing.answers import Answers
from services.intake.filing.filing import Filing
from services.intake.filing.reception import Reception
from services.intake.settings import IntakeSettings
from services.intake.vault.sealing import Sealer
from shared.foundation import Foundation
from shared.runtime import Service

DESCRIPTION = """Fourteen channels in. Each door answers after the commit of the one transaction
that holds the complaint, its sealed reporter and its event. Who reported is sealed for the vault
at once: this process cannot read it back."""


def build(settings: IntakeSettings) -> Service:
    """Intake, wired and not yet started."""
    foundation = Foundation.of(settings)
    codes = Codes(
        bytes.fromhex(settings.tracking_code_key.get_secret_value()),
        bytes.fromhex(settings.tracking_lookup_key.get_secret_value()),
    )
    filing = Filing(codes, Sealer(settings.vault_public_key))
    acceptance = Acceptance(
        foundation.works,
        filing,
        settings.batch_limit,
        settings.queue_limit,
        settings.queue_max_bytes,
    )
    foundation.add_closer(acceptance.drained)
    reception = Reception(acceptance, foundation.clock, foundation.new_id)
    return foundation.service(
        None,
        _routers(settings, foundation, reception, Answers(foundation.works, reception, codes)),
        servers=[_mail_server(settings, reception)],
        title="CRM intake",
        description=DESCRIPTION,
    )


def _routers(
    settings: IntakeSettings, foundation: Foundation, reception: Reception, answers: Answers
) -> list[APIRouter]:
    every = doors(settings.channel_secrets)
    page = next(door for door in every if door.answer == "page")
    csrf_key = settings.channel_secrets.balai_warga.csrf_key
    pages = form.FormPages(csrf_key, reception, foundation.new_id)
    return [
        http.create_router(
            reception, every, desk_doors(), foundation.operators, settings.mail_max_bytes
        ),
        form.create_router(reception, page, pages),
        internal.create_router(
            foundation.works,
            foundation.new_id,
            foundation.operators,
            foundation.callers,
            answers,
        ),
    ]


def _mail_server(settings: IntakeSettings, reception: Reception) -> MailServer:
    return MailServer(
        reception,
        mail_adapter(settings.channel_secrets),
        settings.smtp_host,
        settings.smtp_port,
        settings.mail_max_bytes,
        lmtp=settings.smtp_protocol == "lmtp",
    )
