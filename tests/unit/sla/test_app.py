"""Composition: the doors that there are, and settings that could not call routing."""

import pytest
from pydantic import SecretStr, ValidationError

from services.sla.app import build
from services.sla.settings import SlaSettings


def settings_with(service_key: str) -> SlaSettings:
    return SlaSettings(
        database_url=SecretStr("postgresql://nobody@localhost:1/none"),
        kafka_bootstrap_servers="localhost:1",
        routing_url="http://127.0.0.1:9",
        intake_url="http://127.0.0.1:9",
        service_key=SecretStr(service_key),
    )


def test_the_service_is_wired_without_opening_anything() -> None:
    service = build(settings_with("q" * 43 + "="))
    paths = set(service.app.openapi()["paths"])
    assert {"/v1/deadlines/{complaint_id}", "/v1/overdue"} < paths
    assert "/v1/evaluations/{complaint_id}/waive" in paths
    assert "ticker" in [periodic.name for periodic in service.periodics]


def test_without_a_key_to_sign_its_calls_with_sla_does_not_start() -> None:
    with pytest.raises(ValidationError, match="service_key"):
        settings_with("")
