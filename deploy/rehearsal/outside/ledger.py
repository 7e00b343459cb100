"""What has arrived, each message once; in memory and in a file that survives a restart."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """One message that left the system.

    kind: the channel it belongs to; via: the door it came by; key: idempotency key (for mail
    the Message-ID); body: what a person reads; payload: everything that was sent; repeats: how
    often the same key came again; answer: what the provider said, said again to a repeat.
    """

    model_config = ConfigDict(frozen=True)
    id: int
    kind: str
    via: str
    to: str
    key: str | None
    body: str
    payload: dict[str, Any]
    received_at: datetime
    answer: dict[str, Any]
    repeats: int = 0

    def matches(self, kind: str | None, to: str | None, contains: str | None) -> bool:
        """Whether it is of that kind, to that recipient, with that text anywhere in it."""
        if (kind and kind != self.kind) or (to and to != self.to):
            return False
        return not contains or contains in self.body or contains in self._everything()

    def _everything(self) -> str:
        return json.dumps(self.payload, ensure_ascii=False)


class Ledger:
    """Append-only: a line per message, a line per repeat; the file is read again at a start."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._messages: list[Message] = []
        self._by_key: dict[tuple[str, str], int] = {}
        kept = self._read(path) if path.exists() else 0
        # Without a buffer: the operating system has a message before its sender is answered, so a
        # kill loses none. Tracking codes are in the file, so only its owner may read it.
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        self._file.truncate(kept)
        self._file.seek(kept)

    def close(self) -> None:
        """Closes the file; nothing is pending."""
        self._file.close()

    def _read(self, path: Path) -> int:
        """Loads all whole lines; returns where they end (a kill may have cut the last one)."""
        data = path.read_bytes()
        end = data.rfind(b"\n") + 1
        for line in data[:end].splitlines():
            entry = json.loads(line)
            if "repeat_of" in entry:
                self._count_repeat(entry["repeat_of"])
            else:
                self._remember(Message.model_validate(entry))
        return end

    def _remember(self, message: Message) -> None:
        self._messages.append(message)
        if message.key is not None:
            self._by_key[(message.kind, message.key)] = message.id

    def _count_repeat(self, number: int) -> Message:
        message = self._messages[number - 1]
        counted = message.model_copy(update={"repeats": message.repeats + 1})
        self._messages[number - 1] = counted
        return counted

    def _append(self, line: str) -> None:
        self._file.write(line.encode() + b"\n")

    def next_id(self) -> int:
        """The number the next new message gets."""
        return len(self._messages) + 1

    def repeat(self, kind: str, key: str | None) -> Message | None:
        """The message that came under this key before, counted once more; None when new."""
        number = self._by_key.get((kind, key)) if key is not None else None
        if number is None:
            return None
        self._append(json.dumps({"repeat_of": number, "at": datetime.now(UTC).isoformat()}))
        return self._count_repeat(number)

    def keep(self, message: Message) -> None:
        """Stores a new message; its id is `next_id()`."""
        self._append(message.model_dump_json())
        self._remember(message)

    def newest_first(
        self, kind: str | None = None, to: str | None = None, contains: str | None = None
    ) -> Iterator[Message]:
        """The messages that match, the newest first."""
        return (each for each in reversed(self._messages) if each.matches(kind, to, contains))

    def kinds(self) -> dict[str, int]:
        """How many messages there are of each kind."""
        counts: dict[str, int] = {}
        for message in self._messages:
            counts[message.kind] = counts.get(message.kind, 0) + 1
        return dict(sorted(counts.items()))
