"""Whether what was measured is within what is allowed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

WITHIN = "ok"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most and the least that figures may be, by their names."""

    at_most: Mapping[str, float] = field(default_factory=dict)
    at_least: Mapping[str, float] = field(default_factory=dict)

    def verdict(self, figures: Mapping[str, float]) -> str:
        """`WITHIN`, or what is over. A figure that was not measured is over as well: whoever was
        refused took no time."""
        over = [
            *(_said(name, figures, ">", most) for name, most in self.at_most.items()
              if figures.get(name, most + 1) > most),
            *(_said(name, figures, "<", least) for name, least in self.at_least.items()
              if figures.get(name, least - 1) < least),
        ]  # fmt: skip
        return f"OVER: {', '.join(over)}" if over else WITHIN


def _said(name: str, figures: Mapping[str, float], sign: str, limit: float) -> str:
    if name not in figures:
        return f"{name} was not measured"
    return f"{name} {figures[name]:g} {sign} {limit:g}"
