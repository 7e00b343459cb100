"""Two administrators at the command line: one proposes and tries, the other activates."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.local.ports import LOOPBACK
from deploy.running import Answered, RunningStack
from services.routing.rule_versions.document import Document
from services.routing.rule_versions.files import read_folder, write_folder
from tests.e2e.city import BIRO
from tests.e2e.cli import Ended, crm
from tests.rules_figures.versions import MADE

ONE, OTHER = "admin-1", "admin-2"
TRIED = 600
"""Complaints of a trial: three pages."""
WATCHED_EVERY = 0.02
PATIENCE_SECONDS = 60.0
BROKEN_TERM = "banjir @tidak-ada"


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


@dataclass
class Administrators:
    """``replicas``: routing's processes by name with their ports. ``since``: when each version was
    activated. ``documents``: what each says."""

    home: Path
    folder: Path
    running: RunningStack
    replicas: dict[str, int]
    since: dict[int, datetime] = field(
        default_factory=lambda: {1: datetime.min.replace(tzinfo=UTC)}
    )
    documents: dict[int, Document] = field(default_factory=dict)

    async def begin(self) -> None:
        """The version that is shipped, as files."""
        await self._done("list")
        await self._done("export", str(self.folder / "1"))
        self.documents[1] = read_folder(self.folder / "1")

    async def end(self) -> None:
        """The history of what they did."""
        await self._done("list")

    async def bring(self, number: int) -> None:
        """Proposes the version, tries it, and activates it."""
        self.documents[number] = MADE[number](self.documents[1])
        files = self.folder / str(number)
        write_folder(files, self.documents[number])
        proposed = await self._done("import", str(files), "--reason", "Tugas baru", *_by(ONE))
        assert f"version {number} is proposed" in proposed.out, proposed
        await self._done("diff", str(number))
        tried = await self._done("test", str(number), "--cases", str(TRIED))
        assert f"version {number} against {number - 1}: " in tried.out, tried
        own = await self._crm("activate", str(number), "--reason", "Setuju", *_by(ONE))
        assert (own.code, "two persons" in own.err) == (1, True), own
        await self._activate(number)

    async def _activate(self, number: int) -> None:
        watching = asyncio.gather(
            *(self._reached(number, name, port) for name, port in self.replicas.items())
        )
        await self._done("activate", str(number), "--reason", "Setuju", *_by(OTHER))
        told = (await self._ask("GET", f"/{number}")).body["activations"][0]["valid_from"]
        self.since[number] = datetime.fromisoformat(told)
        reached = dict(await watching)
        begun = self.since[number].timestamp()
        seconds = ", ".join(f"{name} {at - begun:.2f} s" for name, at in reached.items())
        say(f"version {number} reached {seconds} after its activation")

    async def _reached(self, number: int, name: str, port: int) -> tuple[str, float]:
        """When the replica went by the version."""
        address = f"http://{LOOPBACK}:{port}/metrics"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                page = (await self.running.client.request("GET", address)).body.decode()
                if f"crm_rules_version {number}.0" in page:
                    return name, time.time()
                await asyncio.sleep(WATCHED_EVERY)

    async def is_refused(self) -> None:
        """A version with a term that names no list: by the command before it is sent, with file
        and line, and by routing itself."""
        files, broken = self.folder / "broken", dict(self.documents[1])
        write_folder(files, broken)
        terms = files / "terms.json"
        lines = terms.read_text(encoding="utf-8").splitlines()
        at = next(number for number, line in enumerate(lines) if line == '  "banjir": {') + 2
        lines[at] = f'    "{BROKEN_TERM}",\n{lines[at]}'
        terms.write_text("\n".join(lines), encoding="utf-8")
        refused = await self._crm("import", str(files), "--reason", "Salah", *_by(ONE))
        assert refused.code == 1, refused
        assert f"terms.json:{at + 1}: " in refused.err, refused
        body = {"note": "Salah", "document": read_folder(files)}
        answer = await self._ask("POST", "", body)
        assert answer.status == 422, answer
        assert answer.body["field"].startswith("document/terms/"), answer
        say(f"a broken version is refused: {refused.err.strip()}")

    async def _ask(self, method: str, path: str, body: Any = None) -> Answered:
        token = self.running.token("admin", BIRO, ONE)
        address = f"/v1/rule-versions{path}"
        if method == "GET":
            return await self.running.get("routing", address, token)
        return await self.running.post("routing", address, body, token)

    async def _done(self, *arguments: str) -> Ended:
        ended = await self._crm(*arguments)
        assert ended.code == 0, ended
        return ended

    async def _crm(self, *arguments: str) -> Ended:
        began = time.monotonic()
        ended = await crm(self.home, "rules", *arguments)
        say(f"$ crm rules {' '.join(arguments)}    ({time.monotonic() - began:.1f} s)")
        for line in (ended.out + ended.err).splitlines():
            say(f"    {line}")
        return ended


def _by(officer: str) -> tuple[str, str]:
    return "--officer", officer
