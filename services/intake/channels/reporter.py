"""The person behind a message, and the ways back to them. Everything here is C2."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from services.intake.words.cleaning import clean_line
from services.intake.words.masking import masked
from services.intake.words.phones import is_e164
from shared.errors import Malformed
from shared.privacy import C2, Open
from shared.reply_kinds import ReplyKind

MAX_EXTERNAL_ID = 512
"""Characters of a platform's id of a message."""
_MAILBOX = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_NIK = re.compile(r"[0-9]{16}")


class Value(BaseModel):
    """Base of what an adapter returns: frozen; its errors show no value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Reporter(Value):
    """Who reported, as far as the channel knows. Everything optional, everything C2.

    phone: E.164. platform_user_id: the platform's own stable id, never a screen name.
    """

    name: Annotated[str | None, C2, Field(repr=False)] = None
    phone: Annotated[str | None, C2, Field(repr=False)] = None
    email: Annotated[str | None, C2, Field(repr=False)] = None
    handle: Annotated[str | None, C2, Field(repr=False)] = None
    platform_user_id: Annotated[str | None, C2, Field(repr=False)] = None
    nik: Annotated[str | None, C2, Field(repr=False)] = None

    @field_validator("name", "handle", "platform_user_id")
    @classmethod
    def _one_line(cls, value: str | None, info: ValidationInfo) -> str | None:
        return clean_line(value, f"reporter.{info.field_name}")

    @field_validator("name")
    @classmethod
    def _without_codes(cls, value: str | None) -> str | None:
        return value and masked(value)

    @field_validator("phone")
    @classmethod
    def _phone(cls, value: str | None) -> str | None:
        if value is not None and not is_e164(value):
            raise Malformed("Give a phone number with country code.", field="reporter.phone")
        return value

    @field_validator("email")
    @classmethod
    def _email(cls, value: str | None) -> str | None:
        address = clean_line(value, "reporter.email")
        if address is not None and not _MAILBOX.fullmatch(address):
            raise Malformed("Give an address like name@example.org.", field="reporter.email")
        return address

    @field_validator("nik")
    @classmethod
    def _nik(cls, value: str | None) -> str | None:
        if value is not None and not _NIK.fullmatch(value):
            raise Malformed("A NIK has 16 digits.", field="reporter.nik")
        return value


class ReplyPath(Value):
    """One way back to the reporter.

    ============  ====================  ==============================
    kind          address               thread
    ============  ====================  ==============================
    email         mailbox               Message-ID that is answered
    phone         E.164                 none
    x_post        numeric user id       id of the post that is answered
    x_dm          numeric user id       id of the message
    meta_comment  comment or post id    id of the post
    meta_message  page-scoped user id   id of the message
    push          JAKI's report id      none
    lapor_ticket  LAPOR! ticket number  none
    qlue_post     Qlue post id          none
    printer       unit of the desk      none
    ============  ====================  ==============================
    """

    kind: Open[ReplyKind]
    address: Annotated[str, C2, Field(repr=False)]
    thread: Annotated[str | None, C2, Field(repr=False)] = None

    @field_validator("address")
    @classmethod
    def _address(cls, value: str) -> str:
        line = clean_line(value, "reply.address", MAX_EXTERNAL_ID)
        if line is None:
            raise Malformed("A reply path needs an address.", field="reply.address")
        return line

    @field_validator("thread")
    @classmethod
    def _thread(cls, value: str | None) -> str | None:
        return clean_line(value, "reply.thread", MAX_EXTERNAL_ID)


def is_mailbox(text: str) -> bool:
    """Whether the text is one address and nothing else."""
    return len(text) <= 320 and _MAILBOX.fullmatch(text) is not None
