"""Pages of the desks: the console's, with the words of the desks beside."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import Response

from services.routing.console.calls import Away, Called, refuse_ended
from services.routing.console.cases import CaseFacts, facts_of
from services.routing.console.console import Console
from services.routing.console.desks.attempts import kept
from services.routing.console.desks.words import WORDS
from services.routing.console.forms import Form
from services.routing.console.media import CaseFiles, files_of, locks_opened_by
from services.routing.console.visits import OfficerVisit, Visit
from services.routing.console.words import WORDS as CONSOLE_WORDS
from shared.web.labels import channel_name

SURE: Final = "yakin"
"""The field by which an officer says that he has read what will happen."""


def show(console: Console, visit: Visit, name: str, status: int = 200, **values: Any) -> Response:
    """The template ``name``; it has ``d`` (the desks' own texts) and ``channel_name`` besides what
    every page has."""
    texts = WORDS[visit.language]
    return console.pages.show(visit, name, status, d=texts, channel_name=channel_name, **values)


def not_shown(console: Console, visit: Visit, called: Called) -> Response:
    """Instead of a page whose main part is refused or away."""
    refuse_ended(called)
    status = 503 if isinstance(called, Away) else called.status
    kind = status if status in (403, 404, 410, 422, 503) else 500
    part = called.part if isinstance(called, Away) else ""
    return console.pages.show(visit, "error.html", status, kind=str(kind), detail="", part=part)


def confirm(console: Console, visit: Visit, address: str, effect: str, form: Form) -> Response:
    """A page that names the case and what will happen, before what cannot be undone. ``effect``:
    its key in the texts. ``address``: where the form goes, from where the pages begin."""
    return show(
        console, visit, "confirm_act.html", address=address, effect=effect,
        kept=kept(form, SURE), sure=SURE, number=form.text("nomor"),
        back=address.rpartition("/")[0],
    )  # fmt: skip


def facts(
    console: Console, visit: OfficerVisit, cases: Sequence[Mapping[str, Any]]
) -> list[CaseFacts]:
    """Of cases as routing answers them, in the officer's language."""
    categories = console.tables.categories(visit.now)
    words = CONSOLE_WORDS[visit.language]
    return [facts_of(case, words, categories, visit.now) for case in cases]


def files(console: Console, visit: OfficerVisit, case: Mapping[str, Any] | None) -> CaseFiles:
    """Of a case as routing answers it; none where it could not be read."""
    locks = locks_opened_by(visit.officer, console.units)
    return files_of(case, CONSOLE_WORDS[visit.language], locks) if case else CaseFiles()


def category_names(console: Console, visit: OfficerVisit) -> Mapping[str, str]:
    """By slug."""
    categories = console.tables.categories(visit.now)
    return {slug: each.name for slug, each in categories.items()}


def body_of(called: Called) -> Any:
    """What was answered, as JSON; None where the part is away or refused."""
    return None if isinstance(called, Away) or not called.ok else called.body


def status_of(called: Called) -> int:
    """Of the page: a part that is away leaves the rest usable, so it is no failure of the page.
    Raises SignInNeeded."""
    refuse_ended(called)
    return 200 if isinstance(called, Away) or called.ok else called.status
