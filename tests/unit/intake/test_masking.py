"""Codes of ours do not come back in: any spelling is masked, all other text stays."""

import string
import time
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.intake.channels.reporter import Reporter
from services.intake.channels.submission import Submission, Supplement
from services.intake.words.masking import CODE_MARK, TOKEN_MARK, masked
from shared.codes import CROCKFORD, normalise_code, reply_token, tracking_code
from shared.events.vocabulary import Channel

KEY = b"k" * 32
CODE = tracking_code(KEY, UUID(int=5))
GROUPS = CODE.split("-")
TOKEN = reply_token(KEY, UUID(int=5))
codes = st.uuids().map(lambda each: tracking_code(KEY, each))
LOOK_ALIKES = str.maketrans("01", "OL")
FULL_WIDTH = str.maketrans(
    string.digits + string.ascii_uppercase,
    "".join(chr(ord(each) + 0xFEE0) for each in string.digits + string.ascii_uppercase),
)


def shown(code: str) -> str:
    """A code that is not masked, as a reader would put it together again."""
    return "".join(each for each in code if each.isalnum())


BETWEEN_GROUPS = st.sampled_from(
    [
        "-", "", " ", "  ", "\u2013", "\u2212", " - ", "_", ".", "\u00a0", "&nbsp;", "&#45;", "-\n",
        "-\n> ", "\n>> ", "-\r\n> > ", "</b><b>", "<br>", '<wbr class="x">', "-<span>", "\u200b-",
        "\u00ad", "=\n", "-=\n", " | ", "<BR>", "</TD><TD NOWRAP>", ", ",
    ]
)  # fmt: skip
WITHIN = st.sampled_from(["", "", "", "\u200b", "\u00ad", "\u2060", "\ufeff"])
CASES = st.sampled_from([str.upper, str.lower, str.title, str.swapcase])
LETTERS = st.sampled_from([{}, LOOK_ALIKES, FULL_WIDTH])


@st.composite
def spelt(draw: st.DrawFn) -> str:
    """A code as people type it and as mail programs, web pages and telephones show it."""
    groups = draw(codes).translate(draw(LETTERS)).split("-")
    written = draw(CASES)
    parts = [draw(WITHIN).join(written(group)) for group in groups]
    return "".join(
        part + (draw(BETWEEN_GROUPS) if place < 3 else "") for place, part in enumerate(parts)
    )


AROUND = st.sampled_from(
    ["", " ", "Kode: ", "kode pelacakan=", "(", "<b>", "> ", "JK2611260107, ", "\n", "Halo. ", '"']
)


@given(AROUND, spelt(), st.sampled_from(["", ".", "</b>", ")", "\n> lagi", ", terima kasih", "!"]))
def test_a_code_in_any_spelling_is_masked(before: str, code: str, after: str) -> None:
    kept = masked(f"{before}{code}{after}")
    assert CODE_MARK in kept
    # A word beside it may go along where it fits by chance; nothing of the code stays.
    assert shown(kept.replace(CODE_MARK, "")) in shown(f"{before}{after}")
    assert masked(kept) == kept


@given(codes, st.integers(1, 18), st.sampled_from(["\n", "\n> ", "\n>> ", "=\n", "\r\n| "]))
def test_a_code_that_a_line_break_falls_into_is_masked(code: str, place: int, line: str) -> None:
    for written in (code, code.replace("-", "")):
        at = min(place, len(written) - 1)
        kept = masked(f"Kode: {written[:at]}{line}{written[at:]} ya")
        assert CODE_MARK in kept
        assert shown(kept.replace(CODE_MARK, "")) in "Kodeya"


@pytest.mark.parametrize(
    "text",
    [
        f"Kode lacak{CODE}Lacak di sini", f"x{CODE}", f"{CODE}{CODE}", f"kode-{CODE}-lagi",
        f"https://contoh.id/?c={CODE}&d=1", " ".join(CODE), " - ".join(shown(CODE)),
        f"[{CODE}]", f"<{CODE}>", f"JK2611260107 {CODE}",
        f"<{CODE.replace('-', ' ')}>", f"<{shown(CODE)}>", f"*{CODE}*",
        f"`{CODE}`", f"{CODE[:9]} dan seterusnya {CODE}",
        '<td style="padding:0">' + '</td><td style="padding:0 4px">'.join(GROUPS) + "</td>",
    ],
)  # fmt: skip
def test_a_code_that_sticks_to_something_is_masked(text: str) -> None:
    kept = masked(text)
    assert CODE_MARK in kept
    assert shown(CODE) not in shown(kept)


@pytest.mark.parametrize(
    "text",
    [
        "Meteran 1234567890123456 mati, NIK 3174010000000001.",
        "layangan-layangan keterlambatannya mempertanggungjawabkan",
        "Jl. Kebon Sirih No. 12A RT 05 RW 02, dekat pos 7 dan masjid.",
        "https://contoh.id/laporan/0192f000-0000-7000-8000-000000000001?x=1&region=jkt",
        "JK2611260107 dan JK2411030001, hubungi 0811-1000-1234-5678",
        "anak-anak yang lalu main-main, anak-anak kami sama-sama baik",
        "yang kami akan baik kami lihat dari pada naik saya lama",
        "<p>Lampu &amp; jalan</p> rusak -- sudah 3 minggu!!! 12:30-14:45",
        "\u200b\u00ad\u200b", "", "a" * 16, "1" * 43,
    ],
)  # fmt: skip
def test_what_is_no_code_stays_as_it_is(text: str) -> None:
    assert masked(text) == text


@given(st.text(st.sampled_from(CROCKFORD), min_size=16, max_size=16), st.sampled_from("- "))
def test_what_has_another_check_character_stays(letters: str, between: str) -> None:
    assume(normalise_code(letters) is None)
    text = between.join(letters[start : start + 4] for start in range(0, 16, 4))
    assert masked(text) == text


WORDS = [
    "jalan", "rusak", "lampu", "padam", "banjir", "di", "depan", "rumah", "dekat", "masjid", "ini",
    "anak-anak", "sekolah", "lewat", "sini", "setiap", "hari", "bahaya", "sekali", "pak", "lurah",
    "kami", "warga", "RT", "05", "RW", "02", "got", "mampet", "sampah", "bau", "yang", "saya", "12",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_ordinary_sentences_stay(words: list[str]) -> None:
    text = " ".join(words)
    assert masked(text) == text


@given(st.text(max_size=200))
def test_masking_again_changes_nothing(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@given(st.uuids(), st.booleans())
def test_a_reply_token_is_masked_in_any_case(complaint: UUID, shouted: bool) -> None:
    token = reply_token(KEY, complaint)
    written = token.upper() if shouted else token
    assert masked(f"Kepada: dki+{written}@jakarta.go.id") == (
        f"Kepada: dki+{TOKEN_MARK}@jakarta.go.id"
    )
    broken = f"<{written[:20]}\n> {written[20:]}.0192@jakarta.go.id>"
    assert written[20:] not in masked(broken)


@pytest.mark.parametrize(
    "unit",
    ["a ", "<", "1-", "&#1;", "\u00ad", "abcd-", "<a>", ">", "\n", "a\n", "<aaa ", "é ", "7k3m"],
)
def test_hostile_text_takes_time_in_proportion_to_its_length(unit: str) -> None:
    text = (unit * 40_000)[:40_000]
    began = time.process_time()
    masked(text)
    assert time.process_time() - began < 2


def test_codes_are_masked_in_all_that_is_stored_of_a_message() -> None:
    submission = Submission(
        channel=Channel.JAKI,
        external_id=CODE,
        text=f"Tanya {CODE} ke dki+{TOKEN}@jakarta.go.id",
        address=f"Rumah {CODE.lower()}",
        reporter=Reporter(name=f"Pelapor {CODE.replace('-', ' ')}"),
    )
    assert submission.text == f"Tanya {CODE_MARK} ke dki+{TOKEN_MARK}@jakarta.go.id"
    assert submission.address == f"Rumah {CODE_MARK}"
    assert submission.reporter.name == f"Pelapor {CODE_MARK}"
    # The id is compared and never shown: two ids must not become one.
    assert submission.external_id == CODE
    answer = Supplement(
        channel=Channel.JAKI,
        external_id="answer:1",
        text=f"Kode saya {CODE}",
        kind="answer",
        reply_tokens=(TOKEN,),
    )
    assert answer.text == f"Kode saya {CODE_MARK}"
    assert answer.reply_tokens == (TOKEN,)


def test_only_the_code_goes() -> None:
    before, after = "Selamat pagi, kode saya (", ") belum berlaku. Terima kasih."
    for code in (CODE, CODE.lower(), shown(CODE), " ".join(GROUPS), "\n> ".join(GROUPS)):
        assert masked(f"{before}{code}{after}") == f"{before}{CODE_MARK}{after}"
