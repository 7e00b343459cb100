"""The OpenAPI description of intake and its vault, and what may stand in their settings."""

import re
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from deploy.local.credentials import Credentials, generate
from services.intake.app import build
from services.intake.channels.registry import desk_doors, doors
from services.intake.settings import IntakeSettings
from services.intake.vault.app import build as build_vault
from services.intake.vault.settings import VaultSettings

CREDENTIALS: Credentials = generate()


def settings(**changes: Any) -> IntakeSettings:
    values: dict[str, Any] = {
        "database_url": "postgresql://x:x@127.0.0.1:1/x",
        "kafka_bootstrap_servers": "127.0.0.1:1",
        "vault_public_key": CREDENTIALS.vault.public,
        "media_public_key": CREDENTIALS.media.public,
        "tracking_code_key": CREDENTIALS.tracking_code_key,
        "tracking_lookup_key": CREDENTIALS.tracking_lookup_key,
        "channel_secrets": CREDENTIALS.channel_secrets,
    }
    return IntakeSettings(**{**values, **changes})


def vault_settings() -> VaultSettings:
    return VaultSettings(
        database_url=SecretStr("postgresql://x:x@127.0.0.1:1/x"),
        kafka_bootstrap_servers="127.0.0.1:1",
        private_key=SecretStr(CREDENTIALS.vault.private),
        tracking_code_key=SecretStr(CREDENTIALS.tracking_code_key),
        intake_url="http://127.0.0.1:9",
    )


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return build(settings()).app.openapi()


def test_each_door_is_described(document: dict[str, Any]) -> None:
    every = {(door.path, door.method) for door in doors(settings().channel_secrets)}
    every |= {(desk.path, "POST") for desk in desk_doors()}
    described = {
        (path, method.upper()) for path, item in document["paths"].items() for method in item
    }
    assert every <= described


def test_the_body_of_a_partner_is_described_field_by_field(document: dict[str, Any]) -> None:
    post = document["paths"]["/v1/channels/jaki"]["post"]
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    assert {"description", "location", "reporter"} <= set(schema["properties"])
    assert "Idempotency-Key" in [parameter.get("name") for parameter in post["parameters"]]


def test_the_vault_describes_its_doors_for_notify_and_for_two_administrators() -> None:
    paths = build_vault(vault_settings()).app.openapi()["paths"]
    own = [path for path in paths if not re.search("/(parked|discards|set-aside|traces?)\\b", path)]
    assert own == [
        "/internal/v1/contacts/claim",
        "/internal/v1/originals",
        "/internal/v1/originals/{reveal_id}/confirm",
        "/internal/v1/originals/{reveal_id}/read",
    ]


def test_settings_show_no_secret() -> None:
    shown = repr(settings()) + repr(vault_settings())
    secrets = [CREDENTIALS.tracking_code_key, CREDENTIALS.vault.private]
    secrets += [
        s for of in CREDENTIALS.channel_secrets.values() for s in of.values() if len(s) > 20
    ]
    assert [secret for secret in secrets if secret in shown] == []


def test_a_key_of_the_wrong_length_is_refused_without_being_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        settings(tracking_code_key="beef")
    assert "beef" not in str(refused.value)
