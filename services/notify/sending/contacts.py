"""How reporters can be answered: asked of the vault for one round, kept nowhere."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.notify.providers.adapter import Reply
from services.notify.store import Lease
from shared.errors import Transient

CLAIM_PATH = "/internal/v1/contacts/claim"


class Vault(Protocol):
    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, get JSON; raises Transient or Reject."""


class Contact(BaseModel):
    """The vault's answer about one reporter; no repr shows anything of it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    reporter_ref: UUID
    status: Literal["ok", "gone", "unknown", "unreadable", "none"]
    reply: Annotated[Reply | None, Field(repr=False)] = None
    also: Annotated[tuple[Reply, ...], Field(repr=False)] = ()
    tracking_code: Annotated[str | None, Field(repr=False)] = None


class Contacts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    contacts: tuple[Contact, ...]


async def claim(vault: Vault, wanted: Mapping[UUID, Lease]) -> Mapping[UUID, Contact]:
    """By reporter. Raises Transient or Reject."""
    answer = await vault.post(CLAIM_PATH, claim_of(wanted))
    try:
        contacts = Contacts.model_validate(answer).contacts
    except ValidationError:
        # A version of the vault that is being rolled out: no fault of these messages.
        raise Transient("the vault answered what the contract does not know") from None
    return {contact.reporter_ref: contact for contact in contacts}


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


def ways_back(contact: Contact) -> Sequence[Reply]:
    first = () if contact.reply is None else (contact.reply,)
    return (*first, *contact.also)
