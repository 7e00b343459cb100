"""Instants of the services' answers. Pure."""

from datetime import datetime


def moment(text: str) -> datetime:
    """An instant as the services write it (RFC 3339)."""
    return datetime.fromisoformat(text)


def maybe(text: str | None) -> datetime | None:
    return moment(text) if text else None
