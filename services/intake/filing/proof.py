"""Who is who: what proves that words come from a complaint's reporter. Pure.

A reply token does, which our own messages carry. So does the same sender, as the vault's blind
index says, who refers to the complaint. A report number alone proves nothing: it is public.
"""

from collections.abc import Iterable
from uuid import UUID

from services.intake.channels.submission import Supplement
from services.intake.codes import Codes
from services.intake.filing.knowledge import Knowledge, Sent
from services.intake.filing.senders import senders_of


class Proof:
    """Judges the supplements of one transaction."""

    def __init__(self, codes: Codes, known: Knowledge) -> None:
        self._codes = codes
        self._known = known.complaints()
        self._numbered = {number: each.complaint_id for number, each in known.numbered.items()}
        self._sent: set[Sent] = set(known.sent)

    def note(self, complaint_id: UUID, senders: Iterable[bytes]) -> None:
        """A complaint of this transaction, and who sent it."""
        self._sent.update((complaint_id, sender) for sender in senders)

    def complaint_of(self, supplement: Supplement, message: UUID | None) -> UUID | None:
        """The complaint that the supplement is proven to belong to.

        ``message``: the complaint of the message that it refers to by id.
        """
        return self._named_by_token(supplement) or self._of_same_sender(supplement, message)

    def _named_by_token(self, supplement: Supplement) -> UUID | None:
        named = map(self._codes.complaint_of_token, supplement.reply_tokens)
        return next((each for each in named if each in self._known), None)

    def _of_same_sender(self, supplement: Supplement, message: UUID | None) -> UUID | None:
        if message is not None and supplement.kind == "edit":
            # Platforms let nobody but the author edit a message.
            return message
        number = self._numbered.get(supplement.refers_to_report_number or "")
        otherwise = supplement.otherwise
        senders = senders_of(otherwise, self._codes) if otherwise else ()
        proven = (
            each
            for each in (message, number)
            if each is not None and any((each, sender) in self._sent for sender in senders)
        )
        return next(proven, None)

    def mentions(self, supplement: Supplement, message: UUID | None) -> tuple[str, ...]:
        """Numbers of the reports that a supplement refers to without proof."""
        above = self._known.get(message) if message else None
        numbers = (supplement.refers_to_report_number, above and above.report_number)
        return tuple(each for each in numbers if each)
