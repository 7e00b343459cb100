"""Who sent a message, as far as its channel vouches for it. Pure.

Two messages are of the same sender when they have one of these in common. A name or a handle proves
nothing: anybody may take it. Nor does a way back: a mail's ``Reply-To`` may name somebody else.
"""

from collections.abc import Iterator

from services.intake.channels.submission import Submission
from services.intake.codes import Codes


def senders_of(submission: Submission, codes: Codes) -> tuple[bytes, ...]:
    """The digests of its sender's phone number, mailbox and account; empty for nobody known."""
    return tuple(codes.sender_digest(kind, value) for kind, value in _identities(submission))


def _identities(submission: Submission) -> Iterator[tuple[str, str]]:
    reporter = submission.reporter
    if reporter.phone is not None:
        yield "phone", reporter.phone
    if reporter.email is not None:
        # Local parts may be lower-cased on the way; no provider tells two people apart by case.
        yield "email", reporter.email.lower()
    if reporter.platform_user_id is not None:
        yield f"account:{_platform(submission)}", reporter.platform_user_id


def _platform(submission: Submission) -> str:
    """Where the account's id is valid: one channel may listen to two platforms."""
    families = [path.kind.partition("_")[0] for path in submission.reply]
    return f"{submission.channel.value}:{families[0] if families else ''}"
