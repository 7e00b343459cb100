"""What a process refuses to start with when production is said."""

from typing import Any

import pytest
from pydantic import SecretStr

from deploy.local.credentials import Addresses, environment, generate
from deploy.services import NAMES
from services.intake.settings import IntakeSettings
from services.sla.settings import SlaSettings
from shared.bus import Topic
from shared.errors import StopTheLine
from shared.foundation import Foundation
from shared.health import Health
from shared.production import findings, refuse_unfit
from shared.settings import ProcessSettings
from shared.telemetry import Metrics
from shared.topic_watch import TopicWatch

FIT: dict[str, Any] = {
    "environment": "production",
    "database_url": SecretStr("postgresql://u:7K3M@db-1,db-2/crm?sslmode=verify-full"),
    "kafka_bootstrap_servers": "k:9093",
    "kafka_security_protocol": "SASL_SSL",
    "kafka_username": "crm",
    "kafka_password": SecretStr("7K3M"),
    "kafka_replication_factor": 3,
    "kafka_min_insync_replicas": 2,
    "service_key": SecretStr("7K3M"),
    "operator_issuer": "https://sso.jakarta.go.id",
    "routing_url": "http://routing:8000",
    "intake_url": "http://intake:8000",
}
NO_SASL: dict[str, Any] = {"kafka_username": "", "kafka_password": SecretStr("")}


def settings(**others: Any) -> SlaSettings:
    return SlaSettings(**(FIT | others))


def _set_as_for_trying_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a process of a local stack."""
    at = Addresses(
        dict.fromkeys(NAMES, "postgresql://u@db/crm"), "k:1", True, dict.fromkeys(NAMES, 1), 1, 1, 1
    )
    for variable, value in environment(name, generate(), at).items():
        monkeypatch.setenv(variable, value)


def on(url: str) -> dict[str, Any]:
    return {"database_url": SecretStr(url)}


@pytest.mark.parametrize(
    ("others", "named"),
    [
        ({}, []),
        ({"fault": "after_commit"}, ["CRM_FAULT"]),
        ({"operator_issuer": "crm-local"}, ["CRM_OPERATOR_ISSUER"]),
        (on("postgresql://u:7K3M@db/crm"), ["CRM_DATABASE_URL"]),
        (on("postgresql://u:7K3M@db/crm?sslmode=require"), ["CRM_DATABASE_URL"]),
        (on("postgresql://u:7K3M@db/crm?sslmode=verify-full&sslmode=prefer"), ["CRM_DATABASE_URL"]),
        (on("postgresql://u:7K3M@db/crm?host=/run/postgresql"), ["CRM_DATABASE_URL"]),
        (on("postgresql://u:7K3M@/crm?host=/run/postgresql"), []),
        (on("postgresql://u:7K3M@%2Frun%2Fpostgresql/crm"), []),
        (NO_SASL | {"kafka_security_protocol": "PLAINTEXT"}, ["CRM_KAFKA_SECURITY_PROTOCOL"]),
        ({"kafka_security_protocol": "SASL_PLAINTEXT"}, ["CRM_KAFKA_SECURITY_PROTOCOL"]),
        (NO_SASL | {"kafka_security_protocol": "SSL"}, ["CRM_KAFKA_CLIENT_CERTIFICATE_FILE"]),
        (
            NO_SASL | {"kafka_security_protocol": "SSL", "kafka_client_key_file": "own.key",
                       "kafka_client_certificate_file": "own.pem"}, []
        ),
        ({"service_key": SecretStr("20261127-a1:7K3M dev-20261127-a2:7K3M")}, ["CRM_SERVICE_KEY"]),
        ({"service_public_keys": {"sla": "dev-20261127-a2:7K3M"}}, ["CRM_SERVICE_PUBLIC_KEYS"]),
        ({"kafka_idempotence": False}, ["CRM_KAFKA_IDEMPOTENCE"]),
        ({"kafka_replication_factor": 2, "kafka_min_insync_replicas": 1},
            ["CRM_KAFKA_REPLICATION_FACTOR", "CRM_KAFKA_MIN_INSYNC_REPLICAS"]),
        ({"kafka_min_insync_replicas": 1}, ["CRM_KAFKA_MIN_INSYNC_REPLICAS"]),
        ({"kafka_min_insync_replicas": 3}, ["CRM_KAFKA_MIN_INSYNC_REPLICAS"]),
    ],
)  # fmt: skip
def test_what_is_for_trying_out_is_refused_by_its_name(
    others: dict[str, Any], named: list[str]
) -> None:
    unfit = settings(**others)
    assert _named(unfit) == named
    assert "7K3M" not in "".join(findings(unfit))


def test_who_was_erased_must_be_listed_outside_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _set_as_for_trying_out("intake", monkeypatch)
    named = [_named(IntakeSettings(erasure_list=each)) for each in ("", "s3://crm-erasures")]
    assert ["CRM_INTAKE_ERASURE_LIST" in each for each in named] == [True, False]


def _named(settings: ProcessSettings) -> list[str]:
    return [each.partition(" ")[0] for each in findings(settings)]


def test_all_of_it_is_told_at_once_before_anything_is_opened() -> None:
    wrong = settings(fault="after_commit", operator_issuer="crm-local", kafka_idempotence=False)
    with pytest.raises(StopTheLine) as refused:
        Foundation.of(wrong)
    lines = [line.partition(" ")[0] for line in str(refused.value).splitlines()]
    assert lines == ["CRM_FAULT", "CRM_OPERATOR_ISSUER", "CRM_KAFKA_IDEMPOTENCE"]


def test_whoever_does_not_say_production_is_told_nothing() -> None:
    refuse_unfit(settings(environment="development", fault="after_commit"))


@pytest.mark.parametrize("name", NAMES)
def test_no_process_of_a_stack_for_trying_out_starts_in_production(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deploy.contracts.settings import settings_class
    from deploy.services import service_of

    _set_as_for_trying_out(name, monkeypatch)
    monkeypatch.setenv("CRM_ENVIRONMENT", "production")
    with pytest.raises(StopTheLine, match="CRM_OPERATOR_ISSUER"):
        refuse_unfit(settings_class(service_of(name))())


@pytest.mark.parametrize("production", [True, False])
async def test_in_production_no_service_begins_on_a_topic_with_too_few_copies_and_none_ends_for_it(
    production: bool,
) -> None:
    few = {"partitions": "12", "replicas": "1", "min.insync.replicas": "2"}
    answers = [few, few | {"replicas": "3"}, few]

    async def look(_: str) -> dict[str, str]:
        return answers.pop()

    topic = Topic("crm.complaints.v1", 12, 3, 1000, 2)
    watch = TopicWatch(topic, look, Health(), Metrics(), production=production)
    if production:
        with pytest.raises(StopTheLine, match="replicas is 1, must be 3 or more"):
            await watch.step()
    else:
        await watch.step()
    assert [await watch.step() for _ in range(2)] == [0, 0]
