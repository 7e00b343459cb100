"""What a mail relay says, in the words of the programs that say it, and what it means."""

import ssl

import aiosmtplib
import pytest

from services.notify.providers.smtp_answers import NotOffered, outcome_of
from services.notify.sending.outcomes import Outcome, Refused, TryLater
from services.notify.settings import SmtpGateway


def to_recipient(code: int, message: str) -> aiosmtplib.SMTPRecipientsRefused:
    refusal = aiosmtplib.SMTPRecipientRefused(code, message, "pelapor@example.org")
    return aiosmtplib.SMTPRecipientsRefused([refusal])


def ours(reason: str) -> Outcome:
    """The relay refuses us, and takes this message once that is mended."""
    return TryLater(reason=reason, ours=True)


def nothing_goes(reason: str) -> Outcome:
    """The relay refuses us whatever the message is."""
    return TryLater(away=True, reason=reason, ours=True)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (454, "4.7.1 <pelapor@example.org>: Relay access denied"),  # Debian's Postfix
        (554, "5.7.1 <pelapor@example.org>: Relay access denied"),  # Postfix
        (550, "5.7.1 <pelapor@example.org>... Relaying denied"),  # Sendmail
        (550, "relay not permitted"),  # Exim
        (550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain"),  # Exchange
        (553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),  # qmail
    ],
)
def test_a_relay_that_does_not_relay_for_us_is_our_fault(code: int, message: str) -> None:
    assert outcome_of(to_recipient(code, message)) == ours("relay_denied")


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [
        (530, "5.7.0 Must issue a STARTTLS command first", "tls_required"),
        (550, "5.7.1 Authentication is required", "auth_required"),
        (550, "SMTP AUTH is required for message submission on port 587", "auth_required"),
        (530, "5.7.57 Client not authenticated to send mail", "auth_required"),
        (554, "5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied", "client_refused"),
        (450, "4.7.1 <crm>: Helo command rejected: Host not found", "client_refused"),
        (553, "5.7.1 <>: Sender address rejected: not owned by user crm", "sender_refused"),
        (553, "5.1.8 <dki@jakarta.go.id>: Sender address rejected: no A", "sender_refused"),
        (550, "5.7.60 Client does not have permissions to send as this sender", "sender_refused"),
        (550, "5.7.23 The message was rejected because of SPF policy", "sender_refused"),
        (550, "5.7.26 Unauthenticated mail is not accepted due to DMARC policy", "sender_refused"),
        (
            554,
            "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
            "client_refused",
        ),
        (
            550,
            "5.7.25 The IP address sending this message does not have a PTR record",
            "client_refused",
        ),
        (421, "4.7.0 Too many connections from your host", "client_refused"),
        (550, "5.7.1 We do not like this at all", "smtp_550"),
        (554, "Transaction failed", "smtp_554"),
    ],
)
def test_a_refusal_of_ours_in_the_answer_to_the_recipient_is_seen(
    code: int, message: str, reason: str
) -> None:
    assert outcome_of(to_recipient(code, message)) == ours(reason)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (550, "5.1.1 <pelapor@example.org>: Recipient address rejected: User unknown"),
        (550, "5.1.1 User unknown in relay recipient table"),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by relay"),
        (552, "5.2.2 The email account is over quota; relay again later"),
        (554, "5.7.1 <pelapor@example.org>: Recipient address rejected: Access denied"),
        (550, "No such user"),
        (550, "Requested action not taken: mailbox unavailable"),
        (551, "User not local"),
        (552, "Storage exceeded"),
        (556, "5.1.10 Domain takes no mail"),
    ],
)
def test_a_mailbox_that_refuses_is_not_tried_again(code: int, message: str) -> None:
    assert outcome_of(to_recipient(code, message)) == Refused(f"smtp_{code}")


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [
        (450, "4.2.0 <pelapor@example.org>: Recipient address rejected: Greylisted", "greylisted"),
        (451, "4.7.1 Greylisting in action, please come back later", "greylisted"),
        (451, "GRAYLIST: come again", "greylisted"),
        (452, "4.2.2 Mailbox full", "smtp_452"),
        (450, "4.1.1 relay recipient table is not there", "smtp_450"),
        (421, "4.3.2 System not accepting messages", "smtp_421"),
    ],
)
def test_a_mailbox_that_may_take_it_later_is_tried_again(
    code: int, message: str, reason: str
) -> None:
    assert outcome_of(to_recipient(code, message)) == TryLater(reason=reason)


def test_of_several_refusals_the_gravest_counts() -> None:
    refusals = [
        aiosmtplib.SMTPRecipientRefused(code, "5.1.1 no", "pelapor@example.org")
        for code in (450, 550)
    ]
    assert outcome_of(aiosmtplib.SMTPRecipientsRefused(refusals)) == Refused("smtp_550")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (aiosmtplib.SMTPDataError(554, "5.7.1 Spam"), ours("smtp_554")),
        (aiosmtplib.SMTPDataError(550, "5.7.26 SPF and DKIM missing"), ours("sender_refused")),
        (aiosmtplib.SMTPDataError(550, "5.1.1 User unknown"), Refused("smtp_550")),
        (aiosmtplib.SMTPDataError(451, "4.3.0 later"), TryLater(reason="smtp_451")),
        (aiosmtplib.SMTPNotSupported("SMTPUTF8"), Refused("smtp_not_supported")),
        (aiosmtplib.SMTPSenderRefused(530, "5.7.0 Must issue a STARTTLS command first", ""),
         nothing_goes("tls_required")),
        (aiosmtplib.SMTPSenderRefused(530, "5.5.1 Authentication Required", ""),
         nothing_goes("auth_required")),
        (aiosmtplib.SMTPSenderRefused(553, "5.1.8 no null sender here", ""),
         nothing_goes("sender_refused")),
        (aiosmtplib.SMTPSenderRefused(452, "4.3.1 no space", ""),
         TryLater(away=True, reason="smtp_452")),
        (aiosmtplib.SMTPAuthenticationError(535, "5.7.8 wrong"), nothing_goes("auth_refused")),
        (aiosmtplib.SMTPAuthenticationError(454, "4.7.0 later"),
         TryLater(away=True, reason="smtp_454")),
        (aiosmtplib.SMTPConnectResponseError(554, "5.7.1 no"), nothing_goes("client_refused")),
        (aiosmtplib.SMTPConnectResponseError(421, "busy"), TryLater(away=True, reason="smtp_421")),
        (aiosmtplib.SMTPHeloError(550, "who are you"), nothing_goes("client_refused")),
        (NotOffered("tls_not_offered"), nothing_goes("tls_not_offered")),
        (aiosmtplib.SMTPServerDisconnected("gone"), TryLater(reason="hung_up")),
        (aiosmtplib.SMTPConnectTimeoutError("slow"), TryLater(away=True, reason="timeout")),
        (aiosmtplib.SMTPReadTimeoutError("slow"), TryLater(away=True, reason="timeout")),
        (aiosmtplib.SMTPConnectError("refused"), TryLater(away=True, reason="unreachable")),
        (OSError("no route"), TryLater(away=True, reason="unreachable")),
        (ssl.SSLError("wrong version"), nothing_goes("tls_failed")),
    ],
)  # fmt: skip
def test_what_the_relay_does_otherwise_has_a_reason(error: Exception, outcome: Outcome) -> None:
    assert outcome_of(error) == outcome


def test_no_reason_repeats_what_the_relay_said() -> None:
    said = to_recipient(554, "5.7.1 <pelapor@example.org>: Relay access denied; kanari")
    assert "pelapor" not in repr(outcome_of(said))
    assert "kanari" not in repr(outcome_of(said))


@pytest.mark.parametrize(
    "wrong",
    [
        {"tls": "opportunistic", "username": "crm", "password": "kanari"},
        {"tls": "none", "username": "crm", "password": "kanari"},
        {"tls": "required", "username": "crm"},
        {"tls": "required", "password": "kanari"},
        {"tls_mode": "required"},
        {"implicit_tls": True},
        {"tls": "starttls"},
    ],
)
def test_a_relay_that_would_be_used_less_safely_than_meant_stops_the_start(
    wrong: dict[str, object],
) -> None:
    place = {"host": "relay.test", "port": 25, "sender": "dki@jakarta.go.id"}
    with pytest.raises(ValueError, match="SmtpGateway") as refusal:
        SmtpGateway.model_validate({**place, **wrong})
    assert "kanari" not in str(refusal.value)


def test_tls_is_used_where_it_is_offered_unless_the_settings_say_otherwise() -> None:
    gateway = SmtpGateway(host="relay.test", port=25, sender="dki@jakarta.go.id")
    assert (gateway.tls, gateway.ca_file) == ("opportunistic", None)
