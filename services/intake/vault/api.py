"""The vault's only call: it gives contacts to one named caller, for one named purpose."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.intake.vault import store
from services.intake.vault.contact import Contact, SealedReply
from services.intake.vault.sealing import REPORTER, Opener, OpeningBatch
from shared.auth import ServiceTokens
from shared.codes import reply_token, tracking_code
from shared.errors import Reject, Unavailable
from shared.http.operation import Router
from shared.shared_keys import SharedKeys
from shared.telemetry import get_logger
from shared.visibility import SYSTEM
from shared.work import Work, Works

MAX_ITEMS = 500

Status: TypeAlias = Literal["ok", "none", "gone", "unknown", "unreadable"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ContactRequest(_Model):
    reporter_ref: UUID
    complaint_id: UUID
    report_number: Annotated[str, Field(max_length=40)] = ""
    """For the caller's own use; the vault does not need it."""


class ContactsClaim(_Model):
    """``purpose`` is logged with each row that is opened."""

    purpose: Literal["notification"]
    items: Annotated[list[ContactRequest], Field(max_length=MAX_ITEMS)]


class ReplyAddress(_Model):
    """One way back: ``kind`` says what ``address`` and ``thread`` are."""

    kind: str
    address: str
    thread: str | None = None


class ClaimedContact(_Model):
    """``status``: ok; none (nobody left a way back that a machine may use); gone (erased);
    unknown (no such row, or it belongs to another complaint); unreadable (the row is spoilt, or
    was sealed for another key than the vault's)."""

    reporter_ref: UUID
    status: Status
    reply: ReplyAddress | None = None
    also: list[ReplyAddress] = []
    tracking_code: str | None = None
    reply_token: str | None = None
    """Names the complaint in the addresses and ids of what is sent to the reporter."""
    language: str | None = None
    needs_words: bool = False


class ClaimedContacts(_Model):
    contacts: list[ClaimedContact]


class ContactDesk:
    """Opens sealed rows and logs each opening, in one transaction."""

    def __init__(self, works: Works, opener: Opener, codes: SharedKeys) -> None:
        """``codes``: the keys that tracking codes and reply tokens are made by."""
        self._works = works
        self._opener = opener
        self._codes = codes
        self._log = get_logger("vault")

    async def claim(self, caller: str, claim: ContactsClaim) -> list[ClaimedContact]:
        """One contact per item, in order."""
        async with self._works.open(SYSTEM) as work:
            rows = await store.load_sealed(
                work.connection, [item.reporter_ref for item in claim.items]
            )
            erased = await store.erased_among(
                work.connection, [item.complaint_id for item in claim.items]
            )
            opening = self._opener.batch()
            contacts = [self._contact(opening, item, rows, erased) for item in claim.items]
            await self._refuse_wrong_key(work, rows, contacts)
            await store.log_accesses(
                work.connection, work.now, caller, claim.purpose, _accesses(claim, contacts)
            )
        return contacts

    def _contact(
        self,
        opening: OpeningBatch,
        item: ContactRequest,
        rows: dict[UUID, store.SealedRow],
        erased: set[UUID],
    ) -> ClaimedContact:
        row = rows.get(item.reporter_ref)
        if item.complaint_id in erased:
            return ClaimedContact(reporter_ref=item.reporter_ref, status="gone")
        if row is None or row.complaint_id != item.complaint_id:
            return ClaimedContact(reporter_ref=item.reporter_ref, status="unknown")
        contact = self._open(opening, row)
        if contact is None:
            return ClaimedContact(reporter_ref=item.reporter_ref, status="unreadable")
        paths = [_address(path) for path in contact.paths]
        # The row of a supplement names no key: nobody is told a code by it.
        key = self._codes.of(row.code_key_id) if paths or row.code_key_id else self._codes.first
        self._codes.used(key)
        return ClaimedContact(
            reporter_ref=row.ref,
            status="ok" if paths else "none",
            reply=paths[0] if paths else None,
            also=paths[1:],
            tracking_code=tracking_code(key.raw, row.complaint_id),
            reply_token=reply_token(key.raw, row.complaint_id),
            language=contact.language,
            needs_words=contact.needs_words,
        )

    def _open(self, opening: OpeningBatch, row: store.SealedRow) -> Contact | None:
        """The contact. None when the row does not open; the log then names the row."""
        try:
            opened = opening.open(REPORTER, row.ref, row.complaint_id, row.sealed, row.key_id)
            return Contact.model_validate_json(opened)
        except Reject as error:
            ours = row.key_id in self._opener.key_ids
            cause = error.cause if ours else "sealed_for_another_key"
        except ValidationError:
            cause = "no_contact_in_it"
        self._log.error("sealed_row_unreadable", complaint_id=str(row.complaint_id), cause=cause)
        return None

    async def _refuse_wrong_key(
        self,
        work: Work,
        rows: dict[UUID, store.SealedRow],
        contacts: Sequence[ClaimedContact],
    ) -> None:
        """Raises when the vault's own key is wrong: a caller must not give reporters up for that.

        The key is wrong when rows name another key pair, and no row here or in the whole table
        names the vault's own. A row that names it and does not open is damaged; that is no sign.
        """
        own = self._opener.key_ids
        unopened = [rows[each.reporter_ref] for each in contacts if each.status == "unreadable"]
        others = [row for row in unopened if row.key_id not in own]
        if not others or any(contact.status in ("ok", "none") for contact in contacts):
            return
        if not await store.has_rows_for(work.connection, own):
            self._log.error("vault_key_wrong", count=len(others))
            raise Unavailable("The vault cannot open what is sealed. Try again later.")


def _address(path: SealedReply) -> ReplyAddress:
    return ReplyAddress(kind=path.kind, address=path.address, thread=path.thread)


def _accesses(claim: ContactsClaim, contacts: Sequence[ClaimedContact]) -> list[store.Access]:
    return [
        store.Access(item.reporter_ref, item.complaint_id, contact.status)
        for item, contact in zip(claim.items, contacts, strict=True)
    ]


def create_router(desk: ContactDesk, callers: ServiceTokens) -> Router:
    """``POST /internal/v1/contacts/claim``, for notify."""
    router = Router(prefix="/internal/v1/contacts", tags=["internal"])
    notify = Depends(callers.require("notify"))

    @router.post("/claim", summary="How reporters can be answered")
    async def claim_contacts(claim: ContactsClaim, caller: str = notify) -> ClaimedContacts:
        """Each row that is opened is logged: who asked, what for, which row, when."""
        if not claim.items:
            return ClaimedContacts(contacts=[])
        return ClaimedContacts(contacts=await desk.claim(caller, claim))

    return router
