"""Whom an answer to a mail goes to, the preferred address first.

``Reply-To`` comes first where it is one mailbox of a person and not ours. Its domain need not be
that of ``From``: people answer from the office to their private address, and web forms send in
their own name. It shows nobody more than the writer chose to show: who writes ``Reply-To`` writes
``From`` as well. Then the envelope's sender, as RFC 3834 asks, where it is a person's address and
no label of a mailing machine, then ``From``. The next one is used only when one is refused.
"""

import re
from email.utils import getaddresses

from services.intake.channels.reporter import is_mailbox
from services.intake.words.cleaning import clean
from services.intake.words.mail_bytes import header_text
from services.intake.words.mail_parts import Headers

_ROBOT = re.compile(
    r"(?:mailer-daemon|postmaster|no[-_.]?reply|do[-_.]?not[-_.]?reply|bounces?"
    r"|(?:jangan|tidak)[-_.]?(?:di)?balas)(?![a-z])",
    re.I,
)
_BATV = re.compile(r"(?:prvs=[^=@]{1,40}=|btv1==[^=@]{1,80}==)(.+)", re.I)
_SRS = re.compile(r"SRS0[=+-][^=@]{1,40}=[^=@]{1,40}=([^=@]+)=([^@]+)@.+", re.I)
_MACHINES_LABEL = re.compile(
    r".*=|srs[01][=+-]|msprvs|(?:.*[-+._])?(?:bounces?|return|verp|owner)(?:$|[-+._\d])", re.I
)
_DOMAIN = re.compile(r"[^@.\s]+(?:\.[^@.\s]+)+|\[[^@\s]+\]")


def mailbox_of(headers: Headers, name: str) -> tuple[str, str]:
    """Display name and address of a header with one mailbox; both empty where it has none."""
    try:
        found = [each for each in getaddresses([headers.raw(name)]) if each[1]]
    except (RecursionError, ValueError, IndexError):
        return "", ""
    if not found or (name != "from" and len(found) > 1):
        return "", ""
    shown, address = found[0]
    readable = clean(header_text(address), name)
    return header_text(shown), readable if is_mailbox(readable) else ""


def addresses_for_answers(
    headers: Headers, envelope_sender: str, sender: str, ours: str
) -> tuple[str, ...]:
    """envelope_sender: as it was given, may be empty. sender: the mailbox of From, may be empty.
    ours: our own mailbox, which is never answered."""
    _, asked = mailbox_of(headers, "reply-to")
    # A sender that reads no answers can still name somebody who does.
    known = [asked] if _is_robot(sender) else [asked, person_behind(envelope_sender), sender]
    by_address = {each.lower(): each for each in reversed(known) if _may_be_answered(each, ours)}
    return tuple(
        by_address[key] for key in dict.fromkeys(map(str.lower, known)) if key in by_address
    )


def person_behind(envelope_sender: str) -> str:
    """The address that a signed or rewritten envelope stands for; empty for a machine's label.

    BATV signs the sender's own address and SRS is a forwarding server's form of it. VERP names the
    recipient in a label of the sending machine, which nobody reads.
    """
    if signed := _BATV.fullmatch(envelope_sender):
        envelope_sender = signed[1]
    elif rewritten := _SRS.fullmatch(envelope_sender):
        envelope_sender = f"{rewritten[2]}@{rewritten[1]}"
    local = envelope_sender.rpartition("@")[0]
    return "" if _MACHINES_LABEL.match(local) else envelope_sender


def is_same_mailbox(address: str, ours: str) -> bool:
    """Whether it is our mailbox, also with a tag (``dki+7K3M@...``), whatever the case."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" == ours.lower()


def _may_be_answered(address: str, ours: str) -> bool:
    local, _, domain = address.rpartition("@")
    return (
        is_mailbox(address)
        and len(local) <= 64
        and _DOMAIN.fullmatch(domain) is not None
        and not _is_robot(address)
        and not is_same_mailbox(address, ours)
    )


def _is_robot(address: str) -> bool:
    return _ROBOT.match(address) is not None
