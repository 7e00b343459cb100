"""What an adapter is, and the way back to a reporter that it is handed."""

from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from services.notify.sending.outcomes import Outcome
from services.notify.wording.message import Message
from shared.reply_kinds import ReplyKind

GatewayName: TypeAlias = Literal[
    "email", "facebook", "gubernur_meta", "gubernur_x", "jaki", "lapor_1708", "printer", "qlue",
    "sms", "twitter",
]  # fmt: skip
"""What our adapters are called, in figures, in logs and among operators."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One way back to a reporter; it lives in memory while the message is sent, nowhere else.

    What ``address`` and ``thread`` are depends on ``kind``: for ``email`` the mailbox and the
    Message-ID that is answered, for ``x_post`` the user's id and the post's id. token: by it intake
    knows which complaint an answer is about; None where the vault does not tell one.
    """

    kind: ReplyKind
    address: str = field(repr=False)
    thread: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


class Adapter(Protocol):
    """Sends to one provider.

    A message may be sent to the provider more than once, always under the same key. It reaches
    the person once where the provider honours the key.
    """

    @property
    def name(self) -> str:
        """The provider's name: the sender counts calls by it, and skips by it who is away."""
        ...

    async def send(self, message: Message, reply: Reply) -> Outcome:
        """Raises nothing that a provider or an address can cause."""
        ...
