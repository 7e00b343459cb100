"""A new channel is its own folder and one line. Shown on a copy of the product that has one more.

The made-up channel is Merpati, the city's carrier pigeons: a ring on the bird's leg proves whose
it is.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.integration.intake.conftest import House, intake_values

LAST_LINE = '    GUBERNUR = "gubernur"\n'
THE_LINE = '    MERPATI = "merpati"\n'

FOLDER = {
    "__init__.py": '"""Merpati, the carrier pigeons."""\n',
    "adapter.py": '''
from dataclasses import dataclass

from pydantic import SecretStr

from services.intake.channels.adapter import RawRequest
from services.intake.channels.payload import Entry, read_json
from services.intake.channels.signatures import require_one_of
from services.intake.channels.submission import Inbound, Submission
from shared.events.vocabulary import Channel


class Note(Entry):
    note_id: str
    words: str


@dataclass(frozen=True, slots=True)
class MerpatiAdapter:
    ring: SecretStr
    channel: Channel = Channel.MERPATI

    def authenticate(self, request: RawRequest) -> None:
        """The ring on the leg."""
        require_one_of(request.header("x-ring"), [self.ring.get_secret_value()], "x-ring")

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        note = read_json(Note, request.body)
        return (
            Submission(
                channel=self.channel,
                external_id=note.note_id,
                text=note.words,
                id_field="note_id",
            ),
        )
''',
    "platform.py": """
from services.intake.channels.door import Door, SecurityScheme, body_of
from services.intake.channels.merpati.adapter import MerpatiAdapter, Note
from services.intake.channels.platform import ChannelFacts, Platform, Secret, Secrets
from shared.events.vocabulary import Channel

RING = SecurityScheme("merpati_ring", "header", "x-ring", "The ring on the leg.")


class MerpatiSecrets(Secrets):
    ring: Secret


def _doors(secrets: MerpatiSecrets) -> tuple[Door, ...]:
    adapter = MerpatiAdapter(secrets.ring)
    return (Door("/v1/channels/merpati", adapter, "receipt", RING, body_of(Note), keyed=True),)


PLATFORM = Platform(
    ChannelFacts(
        Channel.MERPATI,
        "Merpati Pos",
        "app",
        ("note",),
        "ring",
        geotagged=False,
        confidential_by_default=False,
        answered_by="the same pigeon",
    ),
    MerpatiSecrets,
    _doors,
)
""",
}

PROGRAM = """
import asyncio, json, sys
import httpx
from services.intake.app import build
from services.intake.settings import IntakeSettings

service = build(IntakeSettings(**json.load(sys.stdin)))

async def ask():
    door = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=door, base_url="http://intake.test") as client:
        note = {"note_id": "n-1", "words": "Lampu jalan padam."}
        path = "/v1/channels/merpati"
        told = {
            "document": service.app.openapi(),
            "channels": (await client.get("/v1/channels")).json()["channels"],
        }
        for name, ring in (("filed", "cincin-merpati"), ("stranger", "cincin-gagak")):
            answer = await client.post(path, json=note, headers={"x-ring": ring})
            told[name] = [answer.status_code, answer.json()]
    for closer in reversed(service.closers):
        await closer()
    return told

print(json.dumps(asyncio.run(ask())))
"""


@pytest.fixture
def house_with_pigeons(tmp_path: Path) -> Path:
    """A copy of the product with the new folder and the one line."""
    for part in ("shared", "services"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    vocabulary = tmp_path / "shared" / "events" / "vocabulary.py"
    assert LAST_LINE in vocabulary.read_text()
    vocabulary.write_text(vocabulary.read_text().replace(LAST_LINE, LAST_LINE + THE_LINE))
    folder = tmp_path / "services" / "intake" / "channels" / "merpati"
    folder.mkdir()
    for name, text in FOLDER.items():
        (folder / name).write_text(text)
    return tmp_path


def run(copy: Path, values: Mapping[str, Any]) -> Any:
    """What the copy's own intake answers, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(values),
        capture_output=True,
        text=True,
        cwd=copy,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(copy)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


async def test_a_fifteenth_channel_is_its_own_folder_and_one_line(
    house: House, house_with_pigeons: Path
) -> None:
    values = intake_values(house.credentials, house.urls, house.jwks_url)
    values["channel_secrets"] = {
        **house.credentials.channel_secrets,
        "merpati": {"ring": "cincin-merpati"},
    }
    told = run(house_with_pigeons, values)

    post = told["document"]["paths"]["/v1/channels/merpati"]["post"]
    assert post["summary"] == "Merpati Pos: messages"
    assert post["security"] == [{"merpati_ring": []}]
    assert told["document"]["components"]["securitySchemes"]["merpati_ring"] == {
        "type": "apiKey",
        "in": "header",
        "name": "x-ring",
        "description": "The ring on the leg.",
    }
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    assert sorted(schema["properties"]) == ["note_id", "words"]
    assert "Idempotency-Key" in [parameter.get("name") for parameter in post["parameters"]]

    assert len(told["channels"]) == 15
    assert told["channels"][-1]["id"] == "merpati"
    assert told["channels"][-1]["name"] == "Merpati Pos"

    status, receipt = told["filed"]
    assert status == 202
    [event] = await house.events()
    assert (event["type"], event["channel"]) == ("ComplaintReceived", "merpati")
    assert event["complaint_id"] == receipt["complaint_id"]

    status, problem = told["stranger"]
    assert (status, problem["field"]) == (401, "x-ring")
