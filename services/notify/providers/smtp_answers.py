"""What a mail relay's answers and silences mean for a message. Pure.

Three kinds of failure are told apart. The reporter's mailbox refuses: the next way is taken. The
relay says *not now*: the message is tried again, for as long as tries last. The relay refuses
**us** (our certificate authority, our password, our network, our name among senders): then nothing
is wrong with the mailbox, so the message waits until an operator has mended it. What cannot be told
counts as ours.

RFC 5321 gives the codes, RFC 3463 the enhanced ones. Which command a refusal answers does not tell
who is meant: Postfix refuses a client or a sender in its answer to RCPT, others judge us after
DATA. So the words are read too; they never leave this module, because they may quote an address.
"""

import re
import ssl

import aiosmtplib

from services.notify.sending.outcomes import Outcome, Refused, TryLater

_REFUSING_US = (
    ("tls_required", re.compile(r"must issue a starttls|encryption required", re.I)),
    (
        "sender_refused",
        re.compile(
            r"sender (address )?(rejected|denied|blocked)|send as|\bSPF\b|\bDKIM\b|\bDMARC\b", re.I
        ),
    ),
    ("auth_required", re.compile(r"authenticat|\bauth\b.{0,20}\brequired", re.I)),
    ("relay_denied", re.compile(r"\brelay|rcpthosts", re.I)),
    (
        "client_refused",
        re.compile(
            r"client host (rejected|\[)|helo command rejected|blocked using|block ?list|black ?list"
            r"|reputation|spamhaus|too many (connections|messages)|rate limit|\bPTR\b|reverse dns",
            re.I,
        ),
    ),
)
_ABOUT_A_MAILBOX = re.compile(r"\d\.(1\.(?![78]\b)|2\.)\d+\b")
"""``User unknown in relay recipient table`` has 5.1.1: it is about the mailbox, not about us. X.1.7
and X.1.8 are about the sender's address, which is ours."""

_NO_MAILBOX = re.compile(
    r"(no such|unknown|invalid|bad) (user|recipient|address)|(user|recipient) (unknown|not found)"
    r"|recipient address rejected|mailbox|does not exist|over ?quota"
    r"|account .{0,20}(disabled|inactive)",
    re.I,
)
_OF_MAILBOXES = frozenset({551, 552, 553, 556})
"""User not local, storage exceeded, mailbox name not allowed, domain takes no mail."""

_GREYLISTED = re.compile(r"gr[ea]y-?list", re.I)
_OF_CERTIFICATE = {10: "tls_expired", 62: "tls_wrong_name", 64: "tls_wrong_name"}
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH."""


class NotOffered(Exception):
    """The relay does not offer what the settings require. ``reason``: a machine word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def outcome_of(error: Exception) -> Outcome:
    """What a failed try means."""
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=refused):
            worst = max(refused, key=lambda refusal: refusal.code)
            return _of_mail(worst.code, worst.message)
        case aiosmtplib.SMTPDataError(code=code, message=message):
            return _of_mail(code, message)
        case aiosmtplib.SMTPNotSupported():
            return Refused("smtp_not_supported")
        case aiosmtplib.SMTPResponseException(code=code, message=message):
            return _of_session(error, code, message)
        case NotOffered(reason=reason):
            return _refusing_us(reason)
    return _of_silence(error)


def _of_mail(code: int, message: str) -> Outcome:
    """An answer to the recipient or to the text."""
    about_a_mailbox = _ABOUT_A_MAILBOX.match(message)
    ours = None if about_a_mailbox else _why_us(message)
    if ours is not None:
        return TryLater(reason=ours, ours=True)
    if code < 500:
        return TryLater(reason="greylisted" if _GREYLISTED.search(message) else f"smtp_{code}")
    if about_a_mailbox or code in _OF_MAILBOXES or _NO_MAILBOX.search(message):
        return Refused(f"smtp_{code}")
    return TryLater(reason=f"smtp_{code}", ours=True)


def _of_session(error: Exception, code: int, message: str) -> Outcome:
    """An answer to anything before the recipient: it is never about this message."""
    if code < 500:
        return TryLater(away=True, reason=f"smtp_{code}")
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return _refusing_us("auth_refused")
    of_command = (
        "sender_refused" if isinstance(error, aiosmtplib.SMTPSenderRefused) else "client_refused"
    )
    return _refusing_us(_why_us(message) or of_command)


def _why_us(message: str) -> str | None:
    return next((reason for reason, words in _REFUSING_US if words.search(message)), None)


def _refusing_us(reason: str) -> TryLater:
    """No message can go to that relay now: the others need not try."""
    return TryLater(away=True, reason=reason, ours=True)


def _of_silence(error: BaseException) -> Outcome:
    """No answer, or none that could be read."""
    tls = _tls_error(error)
    if tls is not None:
        return _refusing_us(_of_handshake(tls))
    if isinstance(error, TimeoutError):
        return TryLater(away=True, reason="timeout")
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return TryLater(reason="hung_up")
    return TryLater(away=True, reason="unreachable")


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The handshake's error, which aiosmtplib wraps where TLS comes first."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__
    return None


def _of_handshake(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _OF_CERTIFICATE.get(error.verify_code, "tls_untrusted")
    return "tls_failed"
