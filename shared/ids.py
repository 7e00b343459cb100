"""Identifiers: time-ordered ones for new things, derived ones for things that must not double."""

from collections.abc import Callable
from uuid import UUID, uuid5

from uuid_utils import compat

NewId = Callable[[], UUID]


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): neighbours in time are neighbours in an index."""
    return compat.uuid7()


def derived_id(namespace: UUID, name: str) -> UUID:
    """A UUIDv5: the same inputs give the same id, so that a repetition is recognised."""
    return uuid5(namespace, name)
