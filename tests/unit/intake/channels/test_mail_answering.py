"""Whom an answer to a mail goes to: preferred first, the next one when an address is refused."""

import pytest

from services.intake.channels.submission import Supplement
from shared.codes import reply_token
from tests.builders import a_complaint_id
from tests.unit.intake.channels.test_mail import MAILBOX, SENDER, a_mail, read, submitted

OTHER = "pribadi.contoh@example.net"
TOKEN = reply_token(bytes(32), a_complaint_id())


def addresses(envelope: str | None = SENDER, **headers: str) -> list[str]:
    mail = submitted(a_mail(**headers), envelope)
    assert mail.auto_reply_allowed == bool(mail.reply)
    return [path.address for path in mail.reply]


def test_the_address_that_the_writer_asks_for_comes_first_and_the_others_wait() -> None:
    assert addresses(Reply_To=f"Rumah <{OTHER}>") == [OTHER, SENDER]
    assert addresses("kantor@example.com", Reply_To=OTHER) == [OTHER, "kantor@example.com", SENDER]


def test_one_address_in_three_places_is_one_way_back() -> None:
    assert addresses(SENDER.upper(), Reply_To=SENDER) == [SENDER]


@pytest.mark.parametrize(
    "asked",
    [
        f"{OTHER}, lain@example.net",
        "dki@jakarta.go.id",
        "DKI+7k3m@Jakarta.go.id",
        "noreply@example.net",
        "no.reply@example.net",
        "do-not-reply@example.net",
        "jangan-balas@example.net",
        "mailer-daemon@example.net",
        "bukan alamat",
        "satu@localhost",
        "<>",
        f"Warga: {OTHER}, x@example.net;",
        "a" * 65 + "@example.net",
    ],
)
def test_a_reply_to_that_is_not_safe_is_passed_over(asked: str) -> None:
    assert addresses(Reply_To=asked) == [SENDER]


def test_who_reads_no_answers_may_still_name_somebody_who_does() -> None:
    assert addresses("formulir@example.com", From="noreply@example.com", Reply_To=OTHER) == [OTHER]
    assert addresses("formulir@example.com", From="noreply@example.com") == []


@pytest.mark.parametrize(
    "envelope",
    [
        f"prvs=0123abcdef={SENDER}",
        f"PRVS=0123abcdef={SENDER}",
        f"btv1==0123abc=={SENDER}",
        "SRS0=HHH=TT=example.org=pelapor.contoh@penerus.example.net",
        "SRS0+HHH=TT=example.org=pelapor.contoh@penerus.example.net",
    ],
)
def test_a_signed_or_rewritten_envelope_stands_for_the_person_behind_it(envelope: str) -> None:
    assert addresses(envelope) == [SENDER]
    assert addresses(envelope, From=OTHER) == [SENDER, OTHER]


@pytest.mark.parametrize(
    "envelope",
    [
        "bounces+user=example.org@list.example.net",
        "bounce-123-456@surat.example.net",
        "warga-bounces@list.example.net",
        "bounces@surat.example.net",
        "msprvs1=18abc=bounces-1@surat.example.net",
        "return-abc=x=y@surat.example.net",
        "owner-warga@list.example.net",
        "SRS1=HHH=x.example==HHH=TT=example.org=a@penerus.example.net",
    ],
)
def test_a_label_of_a_mailing_machine_is_neither_a_bounce_nor_an_address(envelope: str) -> None:
    assert addresses(envelope) == [SENDER]


@pytest.mark.parametrize("envelope", ["bouncy.castle@example.net", "returner@example.net"])
def test_a_name_that_only_looks_like_a_label_is_a_person(envelope: str) -> None:
    assert addresses(envelope) == [envelope, SENDER]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Auto-Response-Suppress": "All"},
        {"X-Autoreply": "yes"},
        {"X-Autorespond": "Saya cuti"},
        {"Precedence": "auto_reply"},
        {"Precedence": "junk"},
        {"Auto-Submitted": "auto-generated"},
    ],
)
def test_a_machines_mail_is_filed_as_automatic_and_not_answered(headers: dict[str, str]) -> None:
    mail = submitted(a_mail(**headers))
    assert (mail.automatic, mail.reply, mail.auto_reply_allowed) == (True, (), False)


def test_a_persons_mail_is_not_automatic() -> None:
    assert not submitted(a_mail(X_Auto_Response_Suppress="None", Auto_Submitted="no")).automatic


@pytest.mark.parametrize(
    "headers",
    [
        {"In_Reply_To": f"<{TOKEN}.0190b8a2@jakarta.go.id>"},
        {"References": f"<1@x.test> <{TOKEN.upper()}.0190b8a2@jakarta.go.id>"},
        {"References": "<a@x.test> " * 400 + f"<{TOKEN}.0190b8a2@jakarta.go.id>"},
        {"To": f"CRM <dki+{TOKEN}@jakarta.go.id>"},
        {"Cc": f"lain@example.org, dki+{TOKEN}@jakarta.go.id"},
        {"Delivered_To": f"dki+{TOKEN}@jakarta.go.id"},
    ],
)
def test_a_token_in_an_id_or_an_address_of_ours_is_handed_on(headers: dict[str, str]) -> None:
    reply = read(a_mail(**headers))
    assert isinstance(reply, Supplement)
    assert (reply.reply_tokens, reply.kind) == ((TOKEN,), "note")
    assert reply.otherwise is not None


def test_a_token_is_read_where_the_mail_server_was_told_the_address() -> None:
    (reply,) = MAILBOX.parse_message(a_mail(), SENDER, [f"dki+{TOKEN}@jakarta.go.id"])
    assert isinstance(reply, Supplement)
    assert reply.reply_tokens == (TOKEN,)


def test_a_token_in_the_words_names_nothing() -> None:
    assert submitted(a_mail(f"Token {TOKEN}"))


QUOTED = "Pada Kam, 8 Jul 2021 dki@jakarta.go.id menulis:\n> Pukul berapa?\n> Kemarin?"


@pytest.mark.parametrize(
    ("body", "only_quotes"),
    [
        (QUOTED, True),
        (f"{QUOTED}\n\nDikirim dari iPhone saya", True),
        ("\u200b\n" + QUOTED, True),
        (f"Kemarin.\n\n{QUOTED}", False),
        (f"{QUOTED}\n\nKemarin.", False),
        (f"{QUOTED}\nKemarin.\n> Lagi?", False),
        ("Ya", False),
    ],
)
def test_a_reply_that_only_quotes_says_so(body: str, only_quotes: bool) -> None:
    reply = read(a_mail(body, In_Reply_To=f"<{TOKEN}.1@jakarta.go.id>"))
    assert isinstance(reply, Supplement)
    assert reply.only_quotes is only_quotes
