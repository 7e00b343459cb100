"""A cluster that is not ours."""

from __future__ import annotations

import asyncio
import re

from deploy.local.broker.own import Kind
from deploy.local.ports import is_listening
from deploy.local.process import ProcessFailed

_SERVER = re.compile(r"[^\s:/]+:\d+|\[[0-9a-fA-F:]+\]:\d+")


class GivenBroker:
    """A cluster that exists, named by its bootstrap servers; it is never stopped or killed."""

    kind: Kind = "url"
    idempotence = True
    loses_log = False
    pid: int | None = None
    alive = True

    def __init__(self, bootstrap: str) -> None:
        """ProcessFailed when these are not servers, as for a kind that was mistyped."""
        if not all(_SERVER.fullmatch(server.strip()) for server in bootstrap.split(",")):
            raise ProcessFailed(
                f"--broker must be embedded, apache or host:port[,host:port], not {bootstrap!r}"
            )
        self.bootstrap = bootstrap

    async def start(self) -> None:
        """Checks that one of the named servers can be reached."""
        for server in self.bootstrap.split(","):
            host, _, port = server.strip().rpartition(":")
            if await asyncio.to_thread(is_listening, int(port), host.strip("[]")):
                return
        raise ProcessFailed(f"no Kafka server answers at {self.bootstrap}; check --broker")

    async def stop(self) -> None:
        """Leaves it alone."""

    async def kill(self) -> None:
        """Refused."""
        raise ProcessFailed("this Kafka cluster is not ours to kill")

    async def restart(self) -> None:
        """Refused."""
        raise ProcessFailed("this Kafka cluster is not ours to restart")
