"""The browser of the trials sends what a browser would send of the same page."""

from tests.plain_browser import Page, PlainForm

HEADERS = {"content-type": "text/html", "content-security-policy": "default-src 'none'"}
FORMS = """<!doctype html><html lang="id"><body>
<form method="post" action="../cari"><input name="kata" value=""></form>
<form method="post" action="./hasil?dari=x"><input type="hidden" name="kunci" value="a&amp;b">
<textarea name="text">Sudah &lt;beres&gt;.</textarea>
<select name="kategori"><option value="">-</option>
<option value="parkir" selected>P</option></select>
<select name="bahasa"><option value="id">I</option><option value="en">E</option></select>
<input type="radio" name="alasan" value="satu">
<input type="radio" name="alasan" value="dua" checked>
<input type="checkbox" name="rahasia" value="ya">
<button name="langkah" value="mirip">?</button></form>
</body></html>
"""


def a_page(text: str = FORMS, status: int = 200, **headers: str) -> Page:
    return Page("http://127.0.0.1:9/laporan/7/hasil", status, text, {**HEADERS, **headers})


def test_a_form_is_found_by_where_it_goes_and_holds_what_stands_in_it() -> None:
    form = a_page().form("/laporan/7/hasil")
    assert form == PlainForm(
        "http://127.0.0.1:9/laporan/7/hasil?dari=x",
        "post",
        {
            "kunci": "a&b", "text": "Sudah <beres>.", "kategori": "parkir", "bahasa": "id",
            "alasan": "dua",
        },
        hidden={"kunci"},
    )  # fmt: skip
    assert a_page().form("/laporan/cari") is not None
    assert a_page().form("/keluar") is None


def test_a_page_that_ends_early_or_has_no_policy_is_none_of_the_consoles() -> None:
    assert a_page().is_whole
    assert not a_page(FORMS[:-12]).is_whole
    assert not a_page("Internal Server Error", 500).is_whole
    assert not Page("http://127.0.0.1:9/", 200, FORMS, {"content-type": "text/html"}).is_whole


def test_a_page_leads_on_where_it_says_and_nowhere_else() -> None:
    assert a_page("", 303, location="../7?tercatat=x").leads_to == (
        "http://127.0.0.1:9/laporan/7?tercatat=x"
    )
    assert a_page("", 200, location="../7").leads_to is None
