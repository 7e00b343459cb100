"""Which hosts are asked for a source's pictures. Pure.

A name is exact, or a suffix that begins with a dot and matches every name beneath it. No name is an
address of the internet, so that no way of writing one can match.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.intake.channels.attachments import Source

HTTPS = 443


@dataclass(frozen=True, slots=True)
class Hosts:
    """asked: where a picture is asked for, with our credentials if the source wants any. led_to:
    where an answer may send us on to besides, without them."""

    asked: tuple[str, ...]
    led_to: tuple[str, ...] = ()

    def may_ask(self, host: str) -> bool:
        """``host`` in lower case, as it is resolved."""
        return _is_of(host, self.asked)

    def may_follow(self, host: str) -> bool:
        return self.may_ask(host) or _is_of(host, self.led_to)


def hosts_of(table: Mapping[str, Any], instead: Mapping[Source, Sequence[str]]) -> dict[str, Hosts]:
    """The table by source; ``instead``: names that a source is asked at in place of its own."""
    own = {
        source: Hosts(tuple(row["asked"]), tuple(row["led_to"])) for source, row in table.items()
    }
    return own | {str(source): Hosts(tuple(names)) for source, names in instead.items()}


def _is_of(host: str, names: tuple[str, ...]) -> bool:
    return any(host.endswith(name) if name.startswith(".") else host == name for name in names)
