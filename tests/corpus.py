"""The examples of ``tests/examples/channels``, and what each of them must become.

Beside the examples of a channel lies ``expected.json``, written by hand: a row for each file.

door: which of the channel's doors, where it has several. status: of both answers, 200 unless said.
field: that a refusal names. filed: each message that is filed: words that its text holds, and,
where it matters, words that it must be ``without``, its point, its ways back, whether its receipt
asks for words, its files (source and address of each), and other fields.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHANNELS = Path(__file__).parent / "examples" / "channels"
DOORS = {
    "kannel": "/v1/channels/sms/kannel",
    "twilio": "/v1/channels/sms/twilio",
    "infobip": "/v1/channels/sms/infobip",
    "whatsapp": "/v1/channels/sms/whatsapp",
    "form": "/v1/channels/balai_warga/form",
    "governor_x": "/v1/channels/gubernur/x/webhook",
    "governor_meta": "/v1/channels/gubernur/meta/webhook",
}
LAST = {"twitter": "/webhook", "facebook": "/webhook", "email": "/raw"}
DESKS = {
    "kelurahan": "31.74.01.1001",
    "kecamatan": "31.74.01",
    "walikota": "31.74",
    "pendopo": "31.71",
    "inspektorat": "inspektorat",
}
"""The unit whose officer enters the examples of a desk."""


@dataclass(frozen=True, slots=True)
class Example:
    """One file: what is sent, and what is expected of it. path: of its door."""

    channel: str
    name: str
    path: str
    body: bytes = field(repr=False)
    status: int
    refused: str | None
    filed: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        return f"{self.channel}/{self.name}"


def _path(channel: str, door: str | None) -> str:
    if door is not None:
        return DOORS[door]
    if channel in DESKS:
        return f"/v1/desks/{channel}/complaints"
    return f"/v1/channels/{channel}{LAST.get(channel, '')}"


def _examples(table: Path) -> list[Example]:
    channel = table.parent.name
    return [
        Example(
            channel=channel,
            name=name,
            path=_path(channel, row.get("door")),
            body=(table.parent / name).read_bytes(),
            status=row.get("status", 200),
            refused=row.get("field"),
            filed=tuple(row["filed"]),
        )
        for name, row in json.loads(table.read_text()).items()
    ]


EXAMPLES = [each for table in sorted(CHANNELS.glob("*/expected.json")) for each in _examples(table)]
"""Of all channels."""
