"""A Postfix of its own: its configuration, queue and log in a folder, its doors on loopback.

It needs no mail system on the machine and touches none that is there. Postfix drops root's rights
and must reach its queue all the same, so the folder is not below pytest's, which is root's alone.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

from deploy.local.ports import free_ports
from tests.gateways.installed import need, sbin

SECONDS = 20.0
"""Everything that a test waits for here takes a second or two on an idle machine."""

_MAIN: Mapping[str, str] = MappingProxyType(
    {
        "compatibility_level": "3.6",
        "myhostname": "mx.jakarta.test",
        "mydestination": "",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.0/8",
        "alias_maps": "",
        "alias_database": "",
        "smtpd_peername_lookup": "no",
        # What no test takes stays in the queue: nothing leaves the machine.
        "smtp_dns_support_level": "disabled",
        "default_transport": "retry:outside of this machine",
        "relay_transport": "retry:outside of this machine",
        "biff": "no",
        # A mail that must wait is tried again within the second, so that tests need not.
        "queue_run_delay": "1s",
        "minimal_backoff_time": "1s",
        "maximal_backoff_time": "1s",
        "transport_retry_time": "1s",
    }
)
_SERVICES = (
    "pickup unix n - n 60 1 pickup",
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "flush unix n - n 1000? 0 flush",
    "proxymap unix - - n - - proxymap",
    "smtp unix - - n - - smtp",
    "lmtp unix - - n - - lmtp",
    "relay unix - - n - - smtp",
    "showq unix n - n - - showq",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "discard unix - - n - - discard",
    "virtual unix - n n - - virtual",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
)


class Postfix:
    """A running Postfix. ``port``: where it takes mail by SMTP."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port

    @property
    def log(self) -> str:
        return (self.home / "mail.log").read_text(errors="replace")

    async def start(self, settings: str, doors: Sequence[str] = ()) -> None:
        """``settings``: lines of main.cf; they may repeat a name, the last one counts. ``doors``:
        more lines of master.cf."""
        self._write(settings, doors)
        await run(sbin("postfix"), "-c", str(self._config), "start")

    async def stop(self) -> None:
        await run(sbin("postfix"), "-c", str(self._config), "stop")

    async def try_now(self) -> None:
        """All mails that wait are tried at once."""
        await run(sbin("postqueue"), "-c", str(self._config), "-f")

    async def empty(self) -> None:
        """Returns when no mail is in the queue; raises TimeoutError, with the log's end."""
        try:
            async with asyncio.timeout(SECONDS):
                while self.waiting():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise TimeoutError(self.log[-3000:]) from None

    def waiting(self) -> int:
        """Mails in the queue, whether they are tried just now or later."""
        folders = ("maildrop", "incoming", "active", "deferred")
        paths = (path for name in folders for path in (self.home / "queue" / name).rglob("*"))
        return sum(path.is_file() for path in paths)

    @property
    def _config(self) -> Path:
        return self.home / "etc"

    def _write(self, settings: str, doors: Sequence[str]) -> None:
        folders = {name: self.home / name for name in ("etc", "queue", "data")}
        for folder in folders.values():
            folder.mkdir()
        shutil.chown(folders["data"], "postfix", "postfix")
        places = {
            "queue_directory": str(folders["queue"]),
            "data_directory": str(folders["data"]),
            "maillog_file": str(self.home / "mail.log"),
            "maillog_file_prefixes": str(self.home),
        }
        lines = "".join(f"{name} = {value}\n" for name, value in {**_MAIN, **places}.items())
        (self._config / "main.cf").write_text(lines + settings)
        smtpd = f"127.0.0.1:{self.port} inet n - n - - smtpd"
        (self._config / "master.cf").write_text("\n".join((smtpd, *doors, *_SERVICES)) + "\n")


@asynccontextmanager
async def postfix(settings: str, *doors: str) -> AsyncIterator[Postfix]:
    """A Postfix with these settings, stopped and taken away at the end."""
    need("postfix")
    home = _open_folder()
    (port,) = free_ports(1)
    server = Postfix(home, port)
    try:
        await server.start(settings, doors)
        yield server
    finally:
        await server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _open_folder() -> Path:
    """A new folder in which Postfix can still read after it has dropped root's rights."""
    folder = Path(tempfile.mkdtemp(prefix="crm-postfix-"))
    folder.chmod(0o755)
    return folder


async def run(*command: str) -> None:
    """Raises RuntimeError, with what the program said, unless it ends well."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C"},
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{command[0]}: {said.decode(errors='replace')}")
