"""A Kannel of its own: bearerbox, smsbox, and the fake SMSC that its packages bring along.

Its configuration, store and logs are in a folder of the test; what listens, listens on loopback.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from deploy.local.ports import free_ports
from tests.gateways.installed import need, sbin

SECONDS = 20.0
FAKE_SMSC = "/usr/lib/kannel/test/fakesmsc"
PASSWORD = "test"

# Each part comes from a process of its own, which takes a second to start on a busy machine: a
# gateway that waits no longer would hand over halves.
_CONFIG = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {password}
status-password = {password}
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
log-level = 4
store-type = file
store-location = "{home}/store"
sms-combine-concatenated-mo-timeout = 4

group = smsc
smsc = fake
smsc-id = fake
port = {smsc}
connect-allow-ip = 127.0.0.1

"""


@dataclass(frozen=True, slots=True)
class Places:
    """The ports of one Kannel."""

    admin: int
    boxes: int
    smsc: int


class Kannel:
    """A running Kannel. ``receive`` is a telephone that sends it a message."""

    def __init__(self, home: Path, places: Places) -> None:
        self._home = home
        self._places = places
        self._boxes: list[asyncio.subprocess.Process] = []

    async def start(self, service: str) -> None:
        """``service``: the groups smsbox and sms-service."""
        at = self._places
        config = self._home / "kannel.conf"
        config.write_text(
            _CONFIG.format(
                home=self._home, password=PASSWORD, admin=at.admin, boxes=at.boxes, smsc=at.smsc
            )
            + service
        )
        # smsbox ends when it finds no bearerbox, and bearerbox ends when somebody knocks at the
        # door of the boxes before all of it stands: so its status page says when.
        await self._start("bearerbox", config)
        await self._until("Status: running")
        await self._start("smsbox", config)
        await self._until("smsbox:(none)")

    async def stop(self) -> None:
        """smsbox first: bearerbox waits for it."""
        for box in reversed(self._boxes):
            box.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(box.wait(), 5)
            except TimeoutError:
                box.kill()
                await box.wait()

    async def receive(self, sender: str, kind: str, *data: str) -> None:
        """One message as the fake SMSC takes it: ``text``, ``data``, ``ucs2`` or ``udh-...``."""
        message = " ".join((sender, "08111272206", kind, *data))
        command = (FAKE_SMSC, "-H", "127.0.0.1", "-r", str(self._places.smsc), "-m", "1", message)
        process = await asyncio.create_subprocess_exec(
            *command, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
        )
        assert process.stderr is not None
        async with asyncio.timeout(SECONDS):
            while line := await process.stderr.readline():
                if b"sent message 1" in line:
                    break
        process.terminate()
        await process.wait()

    async def received(self, count: int) -> None:
        """Returns when bearerbox has taken so many messages from the SMSC, parts included."""
        await self._until(f"SMS: received {count} ")

    async def _start(self, box: str, config: Path) -> None:
        self._boxes.append(
            await asyncio.create_subprocess_exec(
                sbin(box), str(config),
                stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            )
        )  # fmt: skip

    async def _until(self, said: str) -> None:
        """Asks for the status page until it says that; raises TimeoutError, with the page."""
        page = ""
        try:
            async with asyncio.timeout(SECONDS):
                while said not in page:
                    page = await asyncio.to_thread(self._status) or page
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise TimeoutError(page) from None

    def _status(self) -> str:
        url = f"http://127.0.0.1:{self._places.admin}/status.txt?password={PASSWORD}"
        try:
            with urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""


@asynccontextmanager
async def kannel(home: Path, service: str) -> AsyncIterator[Kannel]:
    """A Kannel with those groups smsbox and sms-service, stopped at the end."""
    need("kannel")
    running = Kannel(home, Places(*free_ports(3)))
    try:
        await running.start(service)
        yield running
    finally:
        await running.stop()
