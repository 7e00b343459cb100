"""Cases in a list, as pages show them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """``place``: as the citizen gave it, else the kelurahan. ``due_at``: the nearest limit."""

    id: str
    number: str
    version: int
    state: str
    category: str | None
    place: str | None
    excerpt: str | None
    channel: str
    unit: str
    received_at: datetime
    due_at: datetime | None
    restricted: bool
    confidential: bool
    unread: bool


def row_of(case: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    """Of a case as routing answers it. ``names``: of categories, by slug."""
    slug = case.get("category")
    return Row(
        id=case["complaint_id"],
        number=case["report_number"],
        version=case["version"],
        state=case["state"],
        category=names.get(slug, slug) if slug else None,
        place=case.get("address") or _told_place(case) or case.get("area_name"),
        excerpt=case.get("excerpt"),
        channel=case["channel"],
        unit=case["unit_name"],
        received_at=moment(case["received_at"]),
        due_at=maybe(case.get("next_due_at") or case.get("due_at")),
        restricted=case["restricted"],
        confidential=case["confidential"],
        unread=bool(case.get("unread")),
    )


def _told_place(case: Mapping[str, Any]) -> str | None:
    """Of a case that is shown whole: the first place that the citizen gave."""
    told = (content.get("address") for content in case.get("contents", ()))
    return next((place for place in told if place), None)


def rows_of(cases: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> tuple[Row, ...]:
    return tuple(row_of(case, names) for case in cases)


def moment(text: str) -> datetime:
    """An instant as the services write it (RFC 3339)."""
    return datetime.fromisoformat(text)


def maybe(text: str | None) -> datetime | None:
    return moment(text) if text else None
