"""The public addresses of the doors, where a proxy in front has another one than this process."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.errors import StopTheLine


@dataclass(frozen=True, slots=True)
class PublicAddresses:
    """base: address under which all doors are reached, empty where callers come straight here.

    of_doors: the whole address of one door by its path here, where it differs from ``base`` and
    the path. None has a query.
    """

    base: str = ""
    of_doors: Mapping[str, str] = field(default_factory=dict)

    def of(self, path: str) -> str | None:
        """The address that callers of ``path`` were told; None when none is set."""
        if path in self.of_doors:
            return self.of_doors[path]
        return f"{self.base.rstrip('/')}{path}" if self.base else None

    def require_known(self, paths: Iterable[str]) -> None:
        """Raises StopTheLine for the address of a door that is none of ``paths``.

        With a wrong path every call of that door would be refused for its signature.
        """
        unknown = sorted(self.of_doors.keys() - set(paths))
        if unknown:
            raise StopTheLine(f"PUBLIC_URLS names paths that are no doors: {', '.join(unknown)}")


NO_ADDRESSES = PublicAddresses()
"""Callers come straight to this process."""
