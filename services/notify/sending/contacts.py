"""How reporters can be answered: asked of the vault for one round, kept nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.notify.domain import Lease
from services.notify.providers.adapter import Reply
from shared.answers import items_of, read_items
from shared.reply_kinds import ReplyKind

CLAIM_PATH = "/internal/v1/contacts/claim"

ContactStatus: TypeAlias = Literal["ok", "gone", "unknown", "unreadable", "none"]


class Vault(Protocol):
    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON; raises Transient or Reject."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What the vault knows about one reporter; no repr shows anything of it.

    ways: how the reporter can be answered, the preferred way first. ways_not_understood: how many
    more there are of which this release cannot read the kind or the address. needs_words: the
    report came without words, and its receipt asks for them.
    """

    reporter_ref: UUID
    status: ContactStatus
    ways: tuple[Reply, ...] = field(default=(), repr=False)
    ways_not_understood: int = 0
    tracking_code: str | None = field(default=None, repr=False)
    needs_words: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedContacts:
    """Contacts by reporter; ``not_understood`` counts the items and ways that cannot be read."""

    by_reporter: Mapping[UUID, Contact] = field(default_factory=dict)
    not_understood: int = 0


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Way(_Answer):
    kind: ReplyKind
    address: Annotated[str, Field(repr=False)]
    thread: Annotated[str | None, Field(repr=False)] = None


class _Contact(_Answer):
    reporter_ref: UUID
    status: ContactStatus
    reply: Annotated[Any, Field(repr=False)] = None
    also: Annotated[list[Any], Field(repr=False)] = []
    tracking_code: Annotated[str | None, Field(repr=False)] = None
    reply_token: Annotated[str | None, Field(repr=False)] = None
    needs_words: bool = False


async def claim(vault: Vault, wanted: Mapping[UUID, Lease]) -> ClaimedContacts:
    """The contacts of ``wanted``; an item that cannot be read is missing. Raises Transient or
    Reject."""
    answer = await vault.post(CLAIM_PATH, claim_of(wanted))
    items, unreadable = read_items(_Contact, items_of(answer, "contacts", "the vault"))
    contacts = [_contact(item) for item in items]
    return ClaimedContacts(
        {contact.reporter_ref: contact for contact in contacts},
        unreadable + sum(contact.ways_not_understood for contact in contacts),
    )


def _contact(item: _Contact) -> Contact:
    first = [] if item.reply is None else [item.reply]
    ways, not_understood = read_items(_Way, [*first, *item.also])
    return Contact(
        reporter_ref=item.reporter_ref,
        status=item.status,
        ways=tuple(Reply(way.kind, way.address, way.thread, item.reply_token) for way in ways),
        ways_not_understood=not_understood,
        tracking_code=item.tracking_code,
        needs_words=item.needs_words,
    )


def claim_of(wanted: Mapping[UUID, Lease]) -> dict[str, Any]:
    return {
        "purpose": "notification",
        "items": [
            {
                "reporter_ref": str(reference),
                "complaint_id": str(lease.case.complaint_id),
                "report_number": lease.case.report_number,
            }
            for reference, lease in wanted.items()
        ],
    }
