"""A ClamAV of its own: Debian's clamd with one signature of ours, in a folder of the test.

It reads no signature of anybody else and fetches none; what listens, listens on a Unix socket or on
loopback.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.ports import free_ports
from tests.gateways.installed import need, sbin

SECONDS = 30.0
MARK = b"crm-own-signature-7f3a"
"""What the one signature finds, wherever it stands."""
_CONFIG = """\
{listens}
DatabaseDirectory {home}/signatures
Foreground yes
LogFile {home}/log
StreamMaxLength {stream}
MaxFileSize {file}
MaxScanSize 100M
AlertExceedsMax {alert}
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """Lines of clamd.conf; by default as they must be."""

    stream: str = "25M"
    file: str = "25M"
    alert: str = "yes"


@asynccontextmanager
async def clamd(limits: Limits = Limits(), *, by_port: bool = False) -> AsyncIterator[str]:
    """The address of a running clamd: of its Unix socket, or ``host:port``."""
    need("clamd")
    # The path of a Unix socket has room for about a hundred characters.
    with TemporaryDirectory(prefix="crm-clamd-") as folder:
        home = Path(folder)
        (home / "signatures").mkdir()
        line = f"Crm.Own.Test:0:*:{MARK.hex()}\n"
        (home / "signatures" / "own.ndb").write_text(line)
        listens, address = f"LocalSocket {home}/socket", f"{home}/socket"
        if by_port:
            [port] = free_ports(1)
            listens, address = f"TCPSocket {port}\nTCPAddr 127.0.0.1", f"127.0.0.1:{port}"
        (home / "clamd.conf").write_text(
            _CONFIG.format(
                listens=listens, home=home, stream=limits.stream, file=limits.file,
                alert=limits.alert,
            )
        )  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sbin("clamd"), "-c", str(home / "clamd.conf"),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await _listening(process, address)
            yield address
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _listening(process: asyncio.subprocess.Process, address: str) -> None:
    async with asyncio.timeout(SECONDS):
        while True:
            assert process.returncode is None, "clamd has ended: read its log"
            try:
                if address.startswith("/"):
                    _, writer = await asyncio.open_unix_connection(address)
                else:
                    host, port = address.split(":")
                    _, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
