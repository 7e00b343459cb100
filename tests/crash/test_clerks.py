"""Those at the console notice what a person would complain of, and nothing else."""

import pytest

from tests.crash.clerks import Clerk, Figures
from tests.plain_browser import Page, PlainForm

HOME = "http://127.0.0.1:9"
PATH = "/laporan/7/hasil"
TYPED = {"csrf": "a", "kunci": "k1", "versi": "3", "text": "Sudah beres."}


def a_page(status: int, form: str = "", headers: dict[str, str] | None = None) -> Page:
    whole = f'<!doctype html><html lang="id"><body>{form}</body></html>'
    fenced = {"content-type": "text/html", "content-security-policy": "default-src 'none'"}
    return Page(f"{HOME}{PATH}", status, whole, fenced if headers is None else headers)


def kept_form(**changes: str) -> str:
    fields = {**TYPED, **changes}
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    return f'<form method="post" action="{HOME}{PATH}">{inputs}</form>'


@pytest.mark.parametrize(
    ("page", "odd"),
    [
        (a_page(200), 0),
        (a_page(404), 0),
        (a_page(503), 0),
        (a_page(303, headers={"location": "../7"}), 0),
        (a_page(500), 1),
        (a_page(200, headers={"content-type": "text/html"}), 1),
        (a_page(404, headers={"content-type": "application/json"}), 1),
        (a_page(503, headers={"content-type": "text/plain"}), 1),
    ],
)
def test_an_answer_that_is_no_page_of_ours_or_a_failure_is_odd(page: Page, odd: int) -> None:
    figures = Figures()
    figures.look_at(page)
    assert len(figures.oddities) == odd


async def test_a_page_that_offers_to_send_again_must_have_kept_words_version_and_key() -> None:
    figures = Figures()
    clerk = Clerk(HOME, figures, "unit_officer", "31.74.01.1001", 1)
    sent = PlainForm(f"{HOME}{PATH}", "post", TYPED)
    assert clerk.as_kept(a_page(503, kept_form(csrf="b")), sent).fields["csrf"] == "b"
    assert clerk.as_kept(a_page(503), sent) == sent
    assert figures.oddities == []
    clerk.as_kept(a_page(503, kept_form(kunci="k2")), sent)
    clerk.as_kept(a_page(503, kept_form(text="")), sent)
    assert len(figures.oddities) == 2
    await clerk.close()


def test_an_answer_that_is_gone_is_odd_unless_its_reporter_was_erased() -> None:
    figures = Figures(gone=["/laporan/7/ambil", "/laporan/8/mulai"])
    assert figures.odd({"7", "9"}) == ["console: /laporan/8/mulai sent again: 410"]


def test_a_session_that_ends_by_itself_is_odd_whatever_was_struck() -> None:
    figures = Figures()
    figures.note_lost_session(105.0)
    assert figures.oddities == ["console: somebody had to sign in again at 105"]
