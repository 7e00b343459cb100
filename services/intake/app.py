"""Composition root of intake."""

from functools import partial

from services.intake.api import create_routers
from services.intake.channels.addresses import PublicAddresses
from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.email.platform import PLATFORM as EMAIL
from services.intake.channels.registry import doors, secrets_of
from services.intake.codes import Codes
from services.intake.doors.smtp import MailServer
from services.intake.filing.accept import Acceptance
from services.intake.filing.filing import Filing
from services.intake.filing.large_mails import LargeMails
from services.intake.filing.probe import PATIENCE_SECONDS, PROBE_SECONDS, FilingProbe
from services.intake.filing.reception import Reception
from services.intake.gauges import MEASURES, tell_queue
from services.intake.media.sealing import FileSealer
from services.intake.settings import IntakeSettings
from services.intake.spooling.spool import Spool
from services.intake.spooling.taking import FileTaking
from services.intake.spooling.upload_ids import UploadIds
from services.intake.vault.sealing import Sealer
from shared.foundation import Foundation
from shared.runtime import Periodic, Service
from shared.shared_keys import CODES, LOOKUP, SharedKeys

DESCRIPTION = """Fourteen channels in. Each door answers after the commit of the one transaction
that holds the complaint, its sealed reporter and its event. Who reported is sealed for the vault
at once: this process cannot read it back."""


def build(settings: IntakeSettings) -> Service:
    """Intake, wired and not yet started."""
    foundation = Foundation.of(settings)
    used = foundation.keys.used
    code_keys = SharedKeys(CODES, settings.tracking_code_key, used)
    lookup_keys = SharedKeys(LOOKUP, settings.tracking_lookup_key, used)
    foundation.hold_keys(lambda told: code_keys.replace(told.tracking_code_key))
    foundation.hold_keys(lambda told: lookup_keys.replace(told.tracking_lookup_key))
    codes = Codes(code_keys, lookup_keys, settings.digest_key_bytes)
    file_sealer = FileSealer(settings.media_public_key, used)
    sealer = Sealer(settings.vault_public_key, used)
    foundation.hold_keys(lambda told: file_sealer.replace(told.media_public_key))
    foundation.hold_keys(lambda told: sealer.replace(told.vault_public_key))
    filing = Filing(codes, sealer, file_sealer)
    acceptance = Acceptance(
        foundation.works,
        filing,
        settings.batch_limit,
        settings.queue_limit,
        settings.queue_max_bytes,
    )
    foundation.add_closer(acceptance.drained)
    addresses = PublicAddresses(settings.public_url, settings.public_urls)
    addresses.require_known(door.path for door in doors(settings.channel_secrets))
    probe = FilingProbe(foundation.works, acceptance)
    files = FileTaking(
        Spool(foundation.works, file_sealer, foundation.new_id),
        UploadIds(codes.upload_key()),
        foundation.faults,
    )
    reception = Reception(
        acceptance,
        foundation.clock,
        foundation.new_id,
        files,
        LargeMails(settings.mail_room_bytes, settings.mail_wait_seconds),
        foundation.metrics,
        addresses,
        foundation.spans,
    )
    return foundation.service(
        None,
        create_routers(settings, foundation, reception, codes),
        [Periodic("filing", probe.step, PROBE_SECONDS, PATIENCE_SECONDS, needed=True)],
        servers=[_mail_server(settings, reception)],
        title="CRM intake",
        description=DESCRIPTION,
        knows_cases=False,
        measures=MEASURES,
        memory=[partial(tell_queue, foundation.metrics, acceptance)],
    )


def _mail_server(settings: IntakeSettings, reception: Reception) -> MailServer:
    return MailServer(
        reception,
        MailAdapter(secrets_of(EMAIL, settings.channel_secrets)),
        settings.smtp_host,
        settings.smtp_port,
        settings.mail_max_bytes,
        lmtp=settings.smtp_protocol == "lmtp",
    )
