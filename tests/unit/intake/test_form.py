"""Balai Warga's pages: the house's head and headers, errors beside the field, nothing unescaped."""

import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from deploy.rehearsal import callers
from services.intake.filing.filing import Receipt
from shared.errors import Conflict, Transient
from tests.builders import T0
from tests.unit.intake import form_app
from tests.unit.intake.channels import wire

TEXT = "Lampu jalan padam sejak kemarin."
HOSTILE = "\"'><script>alert(1)</script>{{ 7 * 6 }}"
ESCAPED = "&#34;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 6 }}"
FIELDS = ("isi", "kategori", "lokasi", "kelurahan", "nama", "email", "telepon")
TRACKING = "https://lacak.example/laporan"
TYPED = tuple(name for name in FIELDS if name != "kategori")


def a_client(reception: form_app.OnPaper | None = None, tracking_page: str = "") -> TestClient:
    return TestClient(form_app.build(reception or form_app.OnPaper(), tracking_page))


def open_form(tracking_page: str = "") -> httpx2.Response:
    return a_client(tracking_page=tracking_page).get(wire.FORM)


def send(
    error: Exception | None = None, /, tracking_page: str = "", **fields: str
) -> httpx2.Response:
    token = callers.csrf_token(wire.SECRETS, draft_id="d-1", now=wire.NOW)
    form = {"draft_id": "d-1", "csrf_token": token, "isi": TEXT, **fields}
    client = a_client(form_app.OnPaper(error=error), tracking_page)
    return client.post(wire.FORM, data=form)


ANSWERS: dict[str, tuple[int, Callable[[], httpx2.Response]]] = {
    "empty": (200, open_form),
    "a mistake": (422, lambda: send(telepon="12")),
    "expired": (401, lambda: send(csrf_token="1000.AAAA")),
    "busy": (409, lambda: send(Conflict("x"))),
    "away": (503, lambda: send(Transient("x"))),
    "receipt": (200, send),
}
each_answer = pytest.mark.parametrize("which", ANSWERS)


@each_answer
def test_every_page_forbids_scripts_inline_styles_caching_and_referrers(which: str) -> None:
    status, ask = ANSWERS[which]
    page = ask()
    assert page.status_code == status
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["content-language"] == "id"
    assert page.headers.get("retry-after") == ("10" if status == 503 else None)
    for forbidden in ("<script", "<style", " style=", " onclick", "http://", "https://"):
        assert forbidden not in page.text


@each_answer
def test_every_page_has_the_head_of_the_house_and_its_style_sheet(which: str) -> None:
    _, ask = ANSWERS[which]
    page = ask()
    assert '<html lang="id">' in page.text
    assert "Pemerintah Provinsi DKI Jakarta" in page.text
    assert page.text.count("<h1>") == 1
    [address] = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page.text)
    sheet = a_client().get(page.url.join(address))
    assert sheet.status_code == 200
    assert sheet.headers["content-type"].startswith("text/css")
    assert address.startswith("static/house.css?v=")


@each_answer
def test_no_link_leads_away_from_what_was_typed_or_from_the_receipt(which: str) -> None:
    _, ask = ANSWERS[which]
    links = re.findall(r'<a [^>]*href="([^"]*)"', ask().text)
    assert links[0] == "#main"
    assert set(links[1:]) <= {f"#{name}" for name in FIELDS}


def test_where_a_report_can_be_followed_is_named_on_each_page_and_opened_beside_it() -> None:
    for page in (open_form(TRACKING), send(tracking_page=TRACKING)):
        [link] = re.findall(r'<a [^>]*href="https[^>]*>', page.text)
        assert f'href="{TRACKING}/" target="_blank" rel="noopener"' in link


def test_the_receipt_leads_on_by_a_post_so_that_no_address_has_the_code() -> None:
    page = send(tracking_page=TRACKING)
    assert f'<form method="post" action="{TRACKING}/lacak?lang=id">' in page.text
    assert '<input type="hidden" name="code" value="7K3M-Q9TX-2BZD-0W4R">' in page.text
    assert "form-action 'self' https://lacak.example;" in page.headers["content-security-policy"]
    assert TRACKING in re.sub(r"<[^>]+>", "", page.text), "who prints the page reads the address"


def test_the_receipt_says_by_when_the_report_is_followed_up() -> None:
    assert "paling lambat <strong>Minggu, 10 November 2024</strong>" in send().text


def test_the_form_names_every_field_and_labels_it() -> None:
    page = open_form().text
    for name in FIELDS:
        assert f'<label for="{name}">' in page
        assert f' id="{name}" name="{name}"' in page
    for name in ("csrf_token", "draft_id", "anonim", "rahasia"):
        assert f'name="{name}"' in page
    assert "aria-invalid" not in page
    assert 'role="alert"' not in page


@pytest.mark.parametrize(("field", "typed", "advice"), [
    ("telepon", "12", "Nomor yang dapat dihubungi, atau kosongkan."),
    ("email", "siti", "Alamat seperti nama@contoh.id, atau kosongkan."),
    ("kelurahan", "Tebet", "Pilih dari daftar, misalnya Tebet Timur, atau biarkan kosong."),
    ("isi", " ", "Tuliskan masalahnya, paling banyak 10.000 huruf."),
])  # fmt: skip
def test_a_mistake_is_told_beside_its_field(field: str, typed: str, advice: str) -> None:
    page = send(None, **{field: typed}).text
    [marked] = re.findall(r"<(?:input|textarea|select)[^>]*aria-invalid=[^>]*>", page)
    assert f'name="{field}"' in marked
    assert f'aria-describedby="salah-{field}"' in marked
    [told] = re.findall(rf'<p class="wrong" id="salah-{field}">([^<]*)</p>', page)
    assert told == advice
    assert page.index(told) < page.index(marked)
    assert page.count('role="alert"') == 1
    assert re.findall(r'<li><a href="#([a-z]+)">', page) == [field]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_page() -> None:
    page = send(
        None, isi=" ", kelurahan="Atlantis", email="siti", telepon="12", nama="x" * 400,
        lokasi="y" * 1001,
    ).text  # fmt: skip
    marked = re.findall(r'<(?:input|textarea|select)[^>]*name="([a-z]+)"[^>]*aria-invalid', page)
    assert marked == ["isi", "lokasi", "kelurahan", "nama", "email", "telepon"]
    assert re.findall(r'<li><a href="#([a-z]+)">', page) == marked


def test_the_form_asks_for_no_code_and_no_degrees_and_offers_each_kelurahan_by_name() -> None:
    page = open_form().text
    offered = re.findall(r'<option value="([A-Z][^"]*, [^"]*)">', page)
    assert len(offered) == 267
    assert "Tebet Timur, Tebet, Jakarta Selatan" in offered
    assert re.findall("[0-9]{2}[.][0-9]{2}[.][0-9]{2}|[Ll]intang|[Bb]ujur", page) == []


def test_the_form_says_what_is_done_with_the_data_and_what_anonymous_means() -> None:
    page = open_form().text
    assert "Apa yang terjadi dengan data Anda" in page
    assert "Anonim: nama Anda tidak disimpan." in page


@pytest.mark.parametrize("field", TYPED)
def test_what_was_typed_comes_back_and_cannot_become_markup(field: str) -> None:
    page = send(Transient("x"), **{field: HOSTILE}, csrf_token="1000.AAAA").text
    assert page.count(ESCAPED) == 1
    assert "<script" not in page


def test_what_was_chosen_comes_back_chosen() -> None:
    page = send(Transient("x"), kategori="banjir", rahasia="true").text
    assert re.findall(r'<option value="([^"]*)" selected>', page) == ["banjir"]
    assert re.findall(r'name="([^"]*)" value="true" checked', page) == ["rahasia"]


def test_the_words_begin_as_they_were_typed_with_an_empty_line_too() -> None:
    """A browser drops the first line break inside a textarea."""
    page = send(Transient("x"), isi="\nLampu").text
    assert re.findall(r"<textarea[^>]*>(\n\nLampu)</textarea>", page)


def test_a_sent_draft_stays_and_one_that_is_taken_becomes_new() -> None:
    def drafts(page: httpx2.Response) -> list[Any]:
        return re.findall(r'name="draft_id" value="([^"]*)"', page.text)

    assert drafts(send(Conflict("x"))) == ["d-1"]
    [new] = drafts(send(Conflict("x", field="draft_id")))
    assert new not in ("", "d-1")


def test_the_receipt_shows_number_and_code_escaped() -> None:
    page = send().text
    assert '<p class="code" id="nomor">JK2411030001</p>' in page
    assert '<p class="code" id="kode">7K3M-Q9TX-2BZD-0W4R</p>' in page
    receipt = Receipt(form_app.RECEIPT.complaint_id, HOSTILE, HOSTILE, T0)
    client = a_client(form_app.OnPaper(receipt))
    token = callers.csrf_token(wire.SECRETS, draft_id="d-1", now=wire.NOW)
    form = {"draft_id": "d-1", "csrf_token": token, "isi": TEXT}
    assert client.post(wire.FORM, data=form).text.count(ESCAPED) == 2
