"""The labelled texts of ``places_work`` and ``places_unseen``."""

import json
from pathlib import Path

from services.routing.reading.place_report import PlaceText, place_text

HERE = Path(__file__).parent


def load_places(half: str) -> list[PlaceText]:
    """``half``: work or unseen."""
    lines = (HERE / f"places_{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return [place_text(json.loads(line)) for line in lines]
