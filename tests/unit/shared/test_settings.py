"""Where a process finds its settings: variables, and files in the folder of secrets."""

import os
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr, ValidationError

from deploy.local.modules import python_environment
from deploy.local.settings import launcher_settings, overrides
from shared.clock import system_clock
from shared.errors import StopTheLine
from shared.kafka_security import security_of
from shared.settings import SECRETS_DIR, KafkaSettings, ProcessSettings
from shared.starting import WRONG_SETTINGS
from tests.gateways.certificates import snakeoil


class OfTram(ProcessSettings):
    service: ClassVar[str] = "tram"

    needed: SecretStr
    lines: tuple[int, ...] = ()


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a process whose environment says nothing of its settings."""
    for name in [each for each in os.environ if each.startswith("CRM_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setenv(SECRETS_DIR, str(folder))
    return folder


def told() -> str:
    return OfTram().needed.get_secret_value()


def test_a_setting_may_be_a_file_of_its_full_name(secrets: Path) -> None:
    (secrets / "CRM_NEEDED").write_text("of all\n")
    (secrets / "CRM_LINES").write_text("[1, 2]\n")
    assert (told(), OfTram().lines) == ("of all", (1, 2))
    (secrets / "CRM_TRAM_NEEDED").write_text("its own")
    assert told() == "its own"


def test_what_is_ones_own_goes_before_what_all_share_whichever_of_them_is_a_file(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_NEEDED", "of all")
    (secrets / "CRM_TRAM_NEEDED").write_text("its own")
    assert told() == "its own"
    (secrets / "CRM_TRAM_NEEDED").unlink()
    monkeypatch.setenv("CRM_TRAM_NEEDED", "its own again")
    monkeypatch.delenv("CRM_NEEDED")
    (secrets / "CRM_NEEDED").write_text("of all")
    assert told() == "its own again"


@pytest.mark.parametrize("name", ["CRM_NEEDED", "CRM_TRAM_NEEDED"])
def test_a_setting_that_is_given_twice_under_one_name_is_refused(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "7K3M")
    (secrets / name).write_text("7K3N")
    with pytest.raises(StopTheLine, match=rf"^{name} is given as a variable and as a file") as said:
        told()
    assert "7K3" not in str(said.value)


def test_a_file_of_nothing_else_is_left_alone_and_a_missing_folder_is_none(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secrets / "CRM_OTHER").write_text("x")
    (secrets / "kubernetes.io").mkdir()
    with pytest.raises(ValidationError, match="needed"):
        told()
    monkeypatch.setenv(SECRETS_DIR, str(secrets / "nowhere"))
    monkeypatch.setenv("CRM_NEEDED", "x")
    assert told() == "x"


def test_a_file_that_cannot_be_read_is_named_and_its_content_is_not(secrets: Path) -> None:
    (secrets / "CRM_NEEDED").write_bytes(b"\xff7K3M")
    with pytest.raises(StopTheLine, match="CRM_NEEDED is a setting and must be text") as said:
        told()
    assert "7K3M" not in str(said.value)
    (secrets / "CRM_NEEDED").unlink()
    (secrets / "CRM_NEEDED").symlink_to("CRM_NEEDED")
    with pytest.raises(StopTheLine, match="CRM_NEEDED is a setting and cannot be read"):
        told()


def test_what_is_wrong_in_a_file_is_not_quoted(secrets: Path) -> None:
    (secrets / "CRM_NEEDED").write_text("x")
    (secrets / "CRM_HTTP_PORT").write_text("7K3M")
    with pytest.raises(ValidationError) as said:
        told()
    assert "http_port" in str(said.value)
    assert "7K3M" not in str(said.value)


# --- crm ---------------------------------------------------------------------------------------


def test_crm_too_is_told_secrets_by_files(secrets: Path) -> None:
    (secrets / "CRM_DATABASE_URL").write_text("postgresql://admin:7K3M@db/postgres\n")
    assert launcher_settings().database_url == "postgresql://admin:7K3M@db/postgres"


def test_what_crm_is_told_wrongly_ends_it_with_a_sentence(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("CRM_DATABASE_URL", "CRM_KAFKA_USERNAME"):
        monkeypatch.setenv(name, "7K3M")
    (secrets / "CRM_DATABASE_URL").write_text("7K3M")
    for said in ("CRM_DATABASE_URL is given as a variable and as", "CRM_KAFKA_USERNAME is given"):
        with pytest.raises(SystemExit) as ended:
            launcher_settings()
        assert ended.value.code == WRONG_SETTINGS
        told = capsys.readouterr().err
        assert said in told
        assert "7K3M" not in told
        (secrets / "CRM_DATABASE_URL").unlink(missing_ok=True)


def test_a_service_of_a_local_stack_is_told_its_own_and_not_what_is_for_crm(
    secrets: Path, tmp_path: Path
) -> None:
    for name in ("CRM_DATABASE_URL", "CRM_NOTIFY_MAX_ATTEMPTS", "CRM_SLA_TICK_BATCH"):
        (secrets / name).write_text("7\n")
    assert overrides("notify", tmp_path) == {"CRM_NOTIFY_MAX_ATTEMPTS": "7"}
    assert not Path(python_environment()[SECRETS_DIR]).is_dir()


# --- Kafka -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kafka_security_protocol": "SASL_SSL", "kafka_username": "crm"}, "CRM_KAFKA_PASSWORD"),
        ({"kafka_security_protocol": "SASL_SSL", "kafka_password": "7K3M"}, "CRM_KAFKA_USERNAME"),
        (
            {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "OAUTHBEARER",
             "kafka_username": "crm", "kafka_password": "7K3M"}, "CRM_KAFKA_TOKEN_ENDPOINT"
        ),
        ({"kafka_client_certificate_file": Path("own.pem")}, "are given together"),
        ({"kafka_username": "crm", "kafka_password": "7K3M"}, "makes no use of it"),
        ({"kafka_ca_file": Path("ca.pem")}, "CRM_KAFKA_CA_FILE is given"),
        ({"kafka_security_protocol": "SSL", "kafka_password": "7K3M"}, "CRM_KAFKA_PASSWORD is"),
    ],
)  # fmt: skip
def test_what_kafka_is_told_is_of_one_piece(
    secrets: Path, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said) as error:
        KafkaSettings(**given)
    assert "7K3M" not in str(error.value)


def test_a_process_that_is_told_by_variables_is_told_all_of_it(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secrets / "CRM_KAFKA_PASSWORD").write_text("7K3M\n")
    monkeypatch.setenv("CRM_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("CRM_KAFKA_USERNAME", "crm")
    monkeypatch.setenv("CRM_KAFKA_CA_FILE", "/etc/crm/ca.pem")
    monkeypatch.setenv("CRM_KAFKA_REPLICATION_FACTOR", "3")
    told = KafkaSettings().kafka_variables()
    assert told == {
        "CRM_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "CRM_KAFKA_CA_FILE": "/etc/crm/ca.pem",
        "CRM_KAFKA_REPLICATION_FACTOR": "3",
        "CRM_KAFKA_USERNAME": "crm",
        "CRM_KAFKA_PASSWORD": "7K3M",
    }
    (secrets / "CRM_KAFKA_PASSWORD").unlink()
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert KafkaSettings().kafka_variables() == told


@pytest.mark.parametrize(
    ("setting", "content"),
    [("kafka_ca_file", None), ("kafka_ca_file", "no certificate"),
     ("kafka_client_key_file", None), ("kafka_client_key_file", "no key")],
)  # fmt: skip
def test_a_file_for_kafka_that_is_not_what_it_must_be_is_named(
    secrets: Path, tmp_path: Path, setting: str, content: str | None
) -> None:
    own = snakeoil(tmp_path, "crm")
    wrong = tmp_path / "wrong.pem"
    if content is not None:
        wrong.write_text(content)
    files: dict[str, Any] = {
        "kafka_ca_file": own.certificate,
        "kafka_client_certificate_file": own.certificate,
        "kafka_client_key_file": own.key,
    }
    settings = KafkaSettings(kafka_security_protocol="SSL", **{**files, setting: wrong})
    with pytest.raises(StopTheLine, match=rf"^CRM_{setting.upper()} names a file that .*wrong.pem"):
        security_of(settings, system_clock)
