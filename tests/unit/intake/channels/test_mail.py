"""Mail: whose it is, what it says, and what a machine must not answer."""

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.email.secrets import EmailSecrets
from services.intake.channels.submission import Ignored, Inbound, Submission, Supplement
from services.intake.words.markup import html_to_text
from tests.unit.intake.channels import wire

MAILBOX = MailAdapter(EmailSecrets(recipient="dki@jakarta.go.id"))
SENDER = "pelapor.contoh@example.org"


def a_mail(body: str = "Jalan rusak.", **headers: str) -> bytes:
    message = EmailMessage()
    known = {"From": f"Pelapor Contoh <{SENDER}>", "Subject": "Laporan", "Message-ID": "<1@x.test>"}
    for name, value in (known | {key.replace("_", "-"): headers[key] for key in headers}).items():
        if value:
            message[name] = value
    message.set_content(body)
    return message.as_bytes()


def read(raw: bytes, envelope_sender: str | None = SENDER) -> Inbound:
    (inbound,) = MAILBOX.parse_message(raw, envelope_sender)
    return inbound


def submitted(raw: bytes, envelope_sender: str | None = SENDER) -> Submission:
    inbound = read(raw, envelope_sender)
    assert isinstance(inbound, Submission)
    return inbound


def test_a_mail_is_confidential_and_answered_in_its_thread() -> None:
    mail = submitted(wire.example("email/plain.eml"))
    assert mail.text == (
        "Pelanggaran pembatasan\n\nKantor di gedung sebelah tetap buka penuh."
        "\n\n-- \nPelapor Contoh"
    )
    assert (mail.reporter.name, mail.reporter.email) == ("Pelapor Contoh", SENDER)
    assert mail.confidential
    assert mail.auto_reply_allowed
    (path,) = mail.reply
    assert (path.kind, path.address, path.thread) == ("email", SENDER, "<contoh-1@example.org>")


def test_a_mail_in_html_only_is_read_as_a_person_would() -> None:
    mail = submitted(wire.example("email/html_only.eml"))
    assert mail.text == (
        "Jalan rusak\n\nJalan rusak di depan pasar, sudah dua bulan.\n\nTerima kasih & salam\n\n"
        "> kutipan lama\n\n(foto)"
    )


def test_an_answer_that_quotes_the_number_goes_on_that_report() -> None:
    reply = read(wire.example("email/reply_to_confirmation.eml"))
    assert isinstance(reply, Supplement)
    assert reply.refers_to_report_number == "JK2107080001"
    assert reply.text.endswith(
        "Tambahan: pintu samping juga rusak.\n\n"
        "Pada Kam, 8 Jul 2021 pukul 19.40 dki@jakarta.go.id menulis:\n> Laporan Anda kami terima."
    )
    assert reply.otherwise is not None


def test_a_new_mail_that_only_quotes_a_number_is_a_new_report() -> None:
    assert submitted(a_mail(Subject="Melanjutkan JK2305290094"))


@pytest.mark.parametrize(
    ("name", "reason"), [("bounce.eml", "bounce"), ("vacation.eml", "automatic_mail")]
)
def test_what_machines_wrote_is_no_complaint(name: str, reason: str) -> None:
    ignored = read(wire.example(f"email/{name}"), None)
    assert isinstance(ignored, Ignored)
    assert ignored.reason == reason


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"From": "dki@jakarta.go.id"}, "own_message"),
        ({"From": "DKI@Jakarta.go.id"}, "own_message"),
        ({"From": "postmaster@example.org"}, "bounce"),
        ({"Auto_Submitted": "Auto-Replied; owner-email=x@example.org"}, "automatic_mail"),
    ],
)
def test_our_own_mail_and_robots_answers_are_passed_over(
    headers: dict[str, str], reason: str
) -> None:
    ignored = read(a_mail(**headers))
    assert isinstance(ignored, Ignored)
    assert ignored.reason == reason


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"Precedence": "List"},
        {"List_Id": "<warga.example.org>"},
        {"List_Unsubscribe": "<mailto:x@example.org>"},
        {"From": "noreply@example.org"},
        {"From": "Do-Not-Reply@example.org"},
    ],
)
def test_a_complaint_that_a_machine_must_not_answer_is_still_filed(
    headers: dict[str, str],
) -> None:
    mail = submitted(a_mail(**headers))
    assert (mail.auto_reply_allowed, mail.reply) == (False, ())


def test_a_mail_from_the_null_sender_is_filed_and_not_answered() -> None:
    mail = submitted(a_mail(), "")
    assert (mail.auto_reply_allowed, mail.reply) == (False, ())


def test_auto_submitted_no_is_a_persons_mail() -> None:
    assert submitted(a_mail(Auto_Submitted="no")).auto_reply_allowed


def test_the_answer_goes_to_the_envelopes_sender() -> None:
    first, second = submitted(a_mail(), "jalan-balik@example.org").reply
    assert (first.address, second.address) == ("jalan-balik@example.org", SENDER)


def test_without_message_id_the_same_mail_has_the_same_key() -> None:
    first = submitted(a_mail(Message_ID="")).external_id
    assert first == submitted(a_mail(Message_ID="")).external_id
    assert first.startswith("sha256:")
    assert first != submitted(a_mail("Jalan lain rusak.", Message_ID="")).external_id


@pytest.mark.parametrize(
    ("charset", "word"),
    [("utf-8", "caf\u00e9"), ("iso-8859-1", "caf\u00e9"), ("no-such-charset", "caf\u00e9")],
)
def test_every_charset_gives_words(charset: str, word: str) -> None:
    encoding = "utf-8" if charset.startswith("no") else charset
    head = f"From: {SENDER}\r\nSubject: Lokasi\r\nContent-Type: text/plain; charset={charset}\r\n"
    assert word in submitted(head.encode() + b"\r\n" + word.encode(encoding)).text


def test_a_subject_in_undeclared_eight_bit_is_read() -> None:
    raw = f"From: {SENDER}\r\nSubject: Jalan caf\u00e9\r\n\r\n".encode()
    assert submitted(raw).text == "Jalan caf\u00e9"


def test_a_mail_without_words_is_no_complaint() -> None:
    assert read(a_mail("", Subject="")) == Ignored(reason="no_text")


def test_a_very_long_mail_keeps_its_beginning() -> None:
    text = submitted(a_mail("Jalan rusak. " * 2_000)).text
    assert len(text) == 10_000
    assert text.startswith("Laporan\n\nJalan rusak.")


@given(st.text(alphabet="<>/abpr &;=\"' \n!-", max_size=200))
def test_any_markup_becomes_plain_lines(markup: str) -> None:
    assert "\n\n\n" not in html_to_text(markup)


def test_scripts_are_not_read_as_words() -> None:
    assert html_to_text("<script>alert(1)</script><p>Jalan</p>") == "Jalan"


@given(st.binary(max_size=400))
def test_any_bytes_are_filed_or_passed_over(raw: bytes) -> None:
    assert MAILBOX.parse_message(raw, None)


_HEADERS = (
    "From", "To", "Subject", "Message-ID", "Date", "Content-Type", "Auto-Submitted", "Reply-To",
    "Content-Transfer-Encoding", "Content-Disposition", "References",
)  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.sampled_from(_HEADERS),
            st.text(alphabet=st.characters(max_codepoint=0x17F), max_size=40),
        ),
        max_size=6,
    )
)
def test_malformed_headers_never_lose_a_mail(headers: list[tuple[str, str]]) -> None:
    lines = [f"{name}: {value}" for name, value in headers]
    raw = ("\r\n".join(lines) + "\r\n\r\nJalan rusak.").encode()
    assert MAILBOX.parse_message(raw, None)
