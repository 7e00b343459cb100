"""What all contracts share: where they lie, and how they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "docs" / "contracts"
EXAMPLES = ROOT / "tests" / "examples"
README = ROOT / "README.md"

BASE = "https://crm.jakarta.go.id/contracts"

Json = dict[str, Any]


def pretty(document: Json) -> str:
    """JSON that stays the same as long as its content does."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
