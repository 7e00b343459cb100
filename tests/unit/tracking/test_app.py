"""Composition: the doors that there are, and settings that refuse a key that is none."""

import pytest
from pydantic import SecretStr, ValidationError

from services.tracking.app import build
from services.tracking.settings import TrackingSettings


def settings_with(key: str, service_key: str = "q" * 43 + "=") -> TrackingSettings:
    return TrackingSettings(
        database_url=SecretStr("postgresql://nobody@localhost:1/none"),
        kafka_bootstrap_servers="localhost:1",
        lookup_key=SecretStr(key),
        routing_url="http://127.0.0.1:9",
        intake_url="http://127.0.0.1:9",
        media_url="http://127.0.0.1:9",
        media_public_url="https://media.example.org",
        service_key=SecretStr(service_key),
    )


def test_the_service_is_wired_without_opening_anything() -> None:
    service = build(settings_with("ab" * 32))
    paths = service.app.openapi()["paths"]
    assert {"/v1/track", "/v1/track/answer", "/v1/cases", "/v1/statistics"} <= set(paths)
    assert not any("{code}" in path for path in paths)
    assert service.consumer is not None


@pytest.mark.parametrize("key", ["", "ab" * 31, "zz" * 32])
def test_a_lookup_key_that_is_no_32_bytes_of_hex_is_refused_and_not_echoed(key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings_with(key)
    assert "lookup_key" in str(caught.value)
    assert not key or key not in str(caught.value)


def test_without_a_key_to_sign_its_calls_with_tracking_does_not_start() -> None:
    with pytest.raises(ValidationError, match="service_key"):
        settings_with("ab" * 32, service_key="")
