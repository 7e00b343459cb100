"""The policy of proof, read from the data beside it."""

import csv
import json
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from services.intake.media.proof.flags import Policy


def load_policy() -> Policy:
    """Names and limits, as the files of ``data`` have them.

    Raises KeyError or ValueError for a file that is not whole: media does not start then.
    """
    data = files("services.intake.media.proof") / "data"
    limits: dict[str, Any] = json.loads((data / "limits.json").read_text(encoding="utf-8"))
    return Policy(
        near_metres=float(limits["near_metres"]),
        error_metres_at_most=float(limits["error_metres_at_most"]),
        clock=timedelta(minutes=limits["clock_minutes"]),
        zoneless=timedelta(hours=limits["zoneless_hours"]),
        same=float(limits["same"]),
        editors=tuple(row["word"].casefold() for row in _rows(data / "editors.csv")),
        source_types=frozenset(limits["source_types"]),
        screens=frozenset(
            (int(row["shorter"]), int(row["longer"])) for row in _rows(data / "screens.csv")
        ),
        screenshot_formats=frozenset(limits["screenshot_formats"]),
    )


def _rows(file: Traversable) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
