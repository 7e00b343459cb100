"""Composition root of media."""

import secrets

from services.intake.media.handler import ErasureHandler
from services.intake.media.objects.bucket import Bucket
from services.intake.media.objects.sweeping import Burial, Sweep
from services.intake.media.settings import MediaSettings
from shared.foundation import Foundation
from shared.runtime import Periodic, Service

DESCRIPTION = """Files that came with complaints, and officers' evidence. This process alone holds
the key that opens them, makes them harmless and hands their pictures out by links that end."""

NAME_BYTES = 16
BURIAL_SECONDS, SWEEP_SECONDS = 5.0, 600.0


def build(settings: MediaSettings) -> Service:
    """Media, wired and not yet started."""
    foundation = Foundation.of(settings)
    options = {name: value.get_secret_value() for name, value in settings.store_options.items()}
    bucket = Bucket(settings.store_url, options, settings.store_seconds)
    burial = Periodic("burial", Burial(foundation.works, bucket).step, BURIAL_SECONDS)
    sweep = Sweep(foundation.works, bucket, foundation.metrics)
    return foundation.service(
        ErasureHandler(burial.wake),
        [],
        [burial, Periodic("sweep", sweep.step, SWEEP_SECONDS, patience=2 * SWEEP_SECONDS)],
        title="CRM media",
        description=DESCRIPTION,
        knows_cases=False,
    )


def new_name() -> str:
    """Of an object: 128 random bits in hex, which say nothing of what it holds."""
    return secrets.token_hex(NAME_BYTES)
