"""What is sealed of a reporter; written by intake, read by the vault.

Lenient on purpose: what was sealed years ago must still open when today's rules are stricter.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.privacy import Open, PrivacyClass


class _Sealed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class SealedReporter(_Sealed):
    """Who reported. Every field is C2 and optional."""

    name: Annotated[str | None, PrivacyClass.C2, Field(repr=False)] = None
    phone: Annotated[str | None, PrivacyClass.C2, Field(repr=False)] = None
    email: Annotated[str | None, PrivacyClass.C2, Field(repr=False)] = None
    handle: Annotated[str | None, PrivacyClass.C2, Field(repr=False)] = None
    platform_user_id: Annotated[str | None, PrivacyClass.C2, Field(repr=False)] = None
    nik: Annotated[str | None, PrivacyClass.C2, Field(repr=False)] = None


class SealedReply(_Sealed):
    """One way back; kinds and meanings as in ``channels/reporter.py``."""

    kind: Open[str]
    address: Annotated[str, PrivacyClass.C2, Field(repr=False)]
    thread: Annotated[str | None, PrivacyClass.C2, Field(repr=False)] = None


class Contact(_Sealed):
    """``reply``: the preferred path first. ``auto_reply_allowed``: false where a machine's answer
    could start a loop of mails. ``needs_words``: nothing was written, and the receipt asks for it.
    It stands here and not on the stream, because notify alone has a use for it."""

    reporter: Annotated[SealedReporter, PrivacyClass.C2, Field(repr=False)] = SealedReporter()
    reply: Annotated[tuple[SealedReply, ...], PrivacyClass.C2, Field(repr=False)] = ()
    language: Open[str] = "id"
    auto_reply_allowed: Open[bool] = True
    needs_words: Open[bool] = False

    @property
    def paths(self) -> tuple[SealedReply, ...]:
        """The ways back that may be used by a machine."""
        return self.reply if self.auto_reply_allowed else ()
