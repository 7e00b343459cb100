"""The local stack's secrets: made once, kept from others, each process told only its own."""

from __future__ import annotations

import base64
import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.local.credentials import (
    OPERATOR_AUDIENCE,
    OPERATOR_ISSUER,
    Addresses,
    Credentials,
    environment,
    outside_environment,
)
from deploy.local.process import ProcessFailed
from deploy.local.tokens import mint_operator_token
from deploy.services import NAMES, WITH_DATABASE

AT = Addresses(
    databases={name: f"postgresql://crm_{name}@127.0.0.1:1/crm" for name in WITH_DATABASE},
    bootstrap="127.0.0.1:2",
    idempotence=False,
    ports={name: number for number, name in enumerate(NAMES, 10)},
    smtp_port=3,
    outside_port=4,
    outside_smtp_port=5,
)


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return Credentials.load(tmp_path)


def test_they_are_made_once_and_only_their_owner_reads_them(
    credentials: Credentials, tmp_path: Path
) -> None:
    assert Credentials.load(tmp_path) == credentials
    assert stat.S_IMODE((tmp_path / "credentials.json").stat().st_mode) == 0o600
    assert Credentials.load(tmp_path / "other") != credentials


def test_no_process_is_told_anothers_secret(credentials: Credentials) -> None:
    told = {name: json.dumps(environment(name, credentials, AT)) for name in NAMES}
    told["outside"] = json.dumps(outside_environment(credentials, AT, Path("x")))
    owners = {
        credentials.postgres_admin_password: set(),
        credentials.operator.private: {"outside"},
        credentials.console_session_key: {"console"},
        credentials.vault.private: {"vault"},
        credentials.media.private: {"media"},
        credentials.media_link_key: {"media"},
        credentials.tracking_code_key: {"intake", "vault"},
        credentials.tracking_lookup_key: {"intake", "tracking"},
        credentials.channel_secrets["facebook"]["app_secret"]: {"intake"},
        credentials.gateway_secrets["sms"]: {"notify", "outside"},
        **{pair.private: {name} for name, pair in credentials.service_keys.items()},
        **{url: {name} for name, url in AT.databases.items()},
    }
    for secret, owned_by in owners.items():
        assert {name for name, text in told.items() if secret in text} == owned_by


def test_key_pairs_belong_together(credentials: Credentials) -> None:
    for pair in credentials.service_keys.values():
        (key_id, private), (same, public) = pair.private.split(":"), pair.public.split(":")
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private))
        assert base64.b64encode(key.public_key().public_bytes_raw()).decode() == public
        assert key_id == same
        assert key_id.startswith("dev-")


def test_an_officers_token_is_verified_by_the_published_key(credentials: Credentials) -> None:
    token = mint_operator_token(credentials, "unit_officer", "31.71.01.1001")
    key = jwt.PyJWKSet.from_dict(credentials.jwks())[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(
        token, key, algorithms=["EdDSA"], audience=OPERATOR_AUDIENCE, issuer=OPERATOR_ISSUER
    )
    assert (claims["role"], claims["unit"]) == ("unit_officer", "31.71.01.1001")
    assert claims["sub"]
    assert claims["exp"] > claims["iat"]


def test_two_first_starts_at_once_agree_on_one_set_of_secrets(tmp_path: Path) -> None:
    for attempt in range(20):
        home = tmp_path / str(attempt)
        together = threading.Barrier(4)

        def load(home: Path = home, together: threading.Barrier = together) -> Credentials:
            together.wait()
            return Credentials.load(home)

        with ThreadPoolExecutor(4) as starters:
            loaded = [future.result() for future in [starters.submit(load) for _ in range(4)]]
        assert all(each == Credentials.load(home) for each in loaded)
        assert [each.name for each in home.iterdir()] == ["credentials.json"]


def test_media_gets_its_keys_where_the_file_is_older_and_keeps_them(
    credentials: Credentials, tmp_path: Path
) -> None:
    file = tmp_path / "credentials.json"
    older = json.loads(file.read_text())
    del older["media"], older["media_link_key"]
    file.write_text(json.dumps(older))
    found = Credentials.load(tmp_path)
    assert len(bytes.fromhex(found.media_link_key)) == 32
    assert found.media_link_key != credentials.media_link_key
    assert len(base64.b64decode(found.media.private.partition(":")[2])) == 32
    assert Credentials.load(tmp_path) == found


def test_a_service_younger_than_the_file_gets_secrets_and_the_others_keep_theirs(
    credentials: Credentials, tmp_path: Path
) -> None:
    file = tmp_path / "credentials.json"
    older = json.loads(file.read_text())
    del older["databases"]["sla"], older["service_keys"]["sla"]
    file.write_text(json.dumps(older))
    found = Credentials.load(tmp_path)
    assert found.databases["sla"] not in ("", credentials.databases["sla"])
    assert found.databases == credentials.databases | {"sla": found.databases["sla"]}
    assert found.service_keys == credentials.service_keys | {"sla": found.service_keys["sla"]}
    assert found.tracking_code_key == credentials.tracking_code_key
    assert Credentials.load(tmp_path) == found, "what was added is kept"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_secrets_of_another_version_are_named_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text('{"postgres_admin_password": "canary-6b1f"}')
    with pytest.raises(ProcessFailed, match=r"credentials\.json") as failed:
        Credentials.load(tmp_path)
    assert "canary-6b1f" not in str(failed.value)
