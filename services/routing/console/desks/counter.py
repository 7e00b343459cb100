"""The counters of the five kinds of office: a report is entered, its receipt printed once."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from pydantic import ValidationError

from services.routing.console.calls import Answer, Called
from services.routing.console.console import Console
from services.routing.console.desks.attempts import NOTHING, Attempt, Refusal, refusal_of
from services.routing.console.desks.receipt import Receipt, in_fours, promised, qr_code
from services.routing.console.desks.showing import body_of, category_names, show
from services.routing.console.forms import LOST, PHOTOS, Form, keep_form
from services.routing.console.naming import Found, find_unit
from services.routing.console.refusals import expired_page
from services.routing.console.rendering import see_other
from services.routing.console.uploads import (
    FILE_LIMITS,
    FILES,
    FILES_AT_MOST,
    NO_FILES,
    TakesFiles,
    Told,
    no_more_than,
    read_with_files,
    scan_ref,
    told_of,
)
from services.routing.console.visits import OfficerVisit
from services.routing.console.words import WORDS
from shared.auth import Role
from shared.events.vocabulary import Channel, UnitKind
from shared.http.operation import Router, take_over
from shared.units import Duty, Unit

ROOM: Final = "loket"
RECEIPT: Final = "__Host-tanda-terima"
"""The receipt on its way to the page that prints it: sealed, of this browser, for ten minutes."""
RECEIPT_FOR: Final = timedelta(minutes=10)
STEP: Final = "langkah"
LOOK: Final = "mirip"

_BY_KIND: Final[Mapping[UnitKind, tuple[Channel, ...]]] = {
    UnitKind.KELURAHAN: (Channel.KELURAHAN,),
    UnitKind.KECAMATAN: (Channel.KECAMATAN,),
    # Duty officers of the cities and of the Biro take turns at the Pendopo.
    UnitKind.REGION: (Channel.WALIKOTA, Channel.PENDOPO),
}
_BY_DUTY: Final[Mapping[Duty, tuple[Channel, ...]]] = {
    Duty.REVIEW: (Channel.PENDOPO,),
    Duty.OVERSIGHT: (Channel.INSPEKTORAT,),
}
FIELDS: Final = {
    "text": "masalah", "category": "kategori", "address": "alamat", "location": "alamat",
    "kelurahan_code": "tempat", "about_unit": "tentang", "name": "nama", "phone": "telepon",
    "nik": "nik", "uploads": FILES,
}  # fmt: skip
"""The form's field by the name that intake has for it."""


def desks_of(unit: Unit | None) -> tuple[Channel, ...]:
    """The counters at which officers of a unit sit; intake checks it again."""
    if unit is None:
        return ()
    return _BY_DUTY.get(unit.duty, ()) if unit.duty else _BY_KIND.get(unit.kind, ())


def create_router(console: Console) -> Router:
    router, with_files = console.router(), console.router(TakesFiles)
    desk = Annotated[OfficerVisit, Depends(console.officer(Role.DESK_OFFICER))]
    posted = Annotated[Form, Depends(console.posted)]

    @router.get("/loket")
    async def desk_entry(visit: desk) -> Response:
        return await _page(console, visit, Form({}), key=console.new_key())

    @with_files.post("/loket")
    async def enter_report(request: Request, visit: desk) -> Response:
        form, told = await _with_scans(console, request, visit)
        if told.expired:
            return expired_page(console, visit, Form({**form.fields, LOST: ["ya"]}))
        if form.text(STEP) == LOOK:
            alike = await _alike(console, visit, form)
            return await _page(console, visit, form, key=form.key, alike=alike, told=told)
        entry = _entry(console, visit, form, told)
        if isinstance(entry, Refusal):
            return await _page(console, visit, form, key=form.key, refused=entry, told=told)
        called = await console.api.act(entry.part, entry.address, visit.officer, entry.body)
        refused = refusal_of(called, visit, form, entry)
        if refused is not None and refused.wrong == FILES:
            # Intake knows the ids no more: they would be refused each time.
            refused = replace(refused, text=WORDS[visit.language].texts["files_again"])
            form = Form({**form.fields, PHOTOS: []})
        if refused is not None or not isinstance(called, Answer):
            return await _page(console, visit, form, key=form.key, refused=refused or NOTHING)
        _keep_receipt(console, visit, form, called)
        return see_other(visit, f"{ROOM}/tanda-terima")

    take_over(router, with_files)

    @router.post("/loket/mirip")
    async def similar_reports(visit: desk, form: posted) -> Response:
        """A fragment for a form that is being typed; it changes nothing."""
        alike = await _alike(console, visit, form)
        found = body_of(alike)
        return show(console, visit, "alike.html", alike=found, asked=True, away=found is None)

    @router.get("/loket/tanda-terima")
    async def receipt_once(visit: desk) -> Response:
        receipt = _waiting(console, visit)
        visit.browser.drop(RECEIPT)
        page = console.tracking_page
        return show(
            console, visit, "receipt.html", 200 if receipt else 410,
            receipt=receipt, code=in_fours(receipt.code) if receipt else None,
            page=page, qr=qr_code(page) if page else None,
        )  # fmt: skip

    return router


async def _with_scans(console: Console, request: Request, visit: OfficerVisit) -> tuple[Form, Told]:
    """The form, which names all scans that intake has laid down. Raises ForgedForm, OutgrownForm,
    Malformed, TooLarge."""
    words = WORDS[visit.language]

    async def hand_over(form: Form, _: int, pieces: AsyncIterator[bytes]) -> Called:
        desk = _desk(console, visit, form)
        if desk is None:
            return Answer(403, {"detail": words.texts["error_403"]}, {})
        address = f"/desks/{desk.value}/complaints/uploads"
        # Each is another upload: what no report names is swept.
        return await console.api.hand_over("intake", address, visit.officer, pieces, "")

    came = await read_with_files(request, console.posted, hand_over)
    earlier = came.form.many(PHOTOS)[:FILES_AT_MOST]
    told = told_of(no_more_than(FILES_AT_MOST - len(earlier), came.uploads), words, scan_ref)
    if came.form.text(LOST):
        told = replace(told, problem=words.texts["files_again"])
    kept = {name: values for name, values in came.form.fields.items() if name != LOST}
    form = Form({**kept, PHOTOS: [*earlier, *told.refs]})
    keep_form(request, form)
    return form, told


async def _page(
    console: Console,
    visit: OfficerVisit,
    form: Form,
    *,
    key: str,
    alike: Called | None = None,
    refused: Refusal = NOTHING,
    told: Told = NO_FILES,
) -> Response:
    """The form as it was typed. The reporter's name and numbers come back with it: they are the
    officer's own words until intake has sealed them."""
    found = body_of(alike) if alike else None
    return show(
        console, visit, "counter.html", refused.status,
        desks=desks_of(console.units.find(visit.officer.unit)), key=key, form=form,
        categories=category_names(console, visit), refused=refused,
        asked=alike is not None, alike=found, away=found is None,
        is_desk_of=_own_area(console, visit), limits=FILE_LIMITS, needs_photo=False,
        kept=form.many(PHOTOS),
        files_problem=told.problem or (refused.text if refused.wrong == FILES else ""),
    )  # fmt: skip


def _own_area(console: Console, visit: OfficerVisit) -> str | None:
    """Name of the kelurahan that a kelurahan's desk means where nobody says otherwise."""
    unit = console.units.find(visit.officer.unit)
    return unit.name if unit and unit.kind is UnitKind.KELURAHAN else None


def _desk(console: Console, visit: OfficerVisit, form: Form) -> Channel | None:
    """The one that was chosen, of those at which the officer sits; None: there is none."""
    desks = desks_of(console.units.find(visit.officer.unit))
    return next(
        (each for each in desks if each.value == form.text("loket")), next(iter(desks), None)
    )


def _entry(console: Console, visit: OfficerVisit, form: Form, told: Told) -> Attempt | Refusal:
    """What intake is sent. What is typed for a place or a unit is looked up in the unit tree."""
    desk, texts = _desk(console, visit, form), WORDS[visit.language].texts
    if desk is None:
        return Refusal(403, texts["error_403"], ROOM)
    if told.problem:
        return Refusal(503 if told.away else 422, told.problem, ROOM, FILES, form.words())
    place = _named(console, form, "tempat", UnitKind.KELURAHAN)
    about = _named(console, form, "tentang")
    for field, found in (("tempat", place), ("tentang", about)):
        if found is not None and found.unit is None:
            text = texts["unit_choose" if found.choices else "unit_unknown"]
            return Refusal(422, text, ROOM, field, form.words(), found.choices)
    body = {
        # A repeated form hands its scans over anew: their ids differ, and intake would refuse an
        # Idempotency-Key with another body. By the entry's id it compares the bytes of the scans.
        "entry_id": form.key or None,
        "text": form.text("masalah").strip(),
        "category": form.text("kategori") or None,
        "location": _without_none(
            address=form.text("alamat").strip() or None,
            kelurahan_code=place.unit.id if place and place.unit else None,
        ),
        "about_unit": about.unit.id if about and about.unit else None,
        "anonymous": bool(form.text("anonim")),
        "confidential": bool(form.text("rahasia")),
        "language": "en" if form.text("bahasa_pesan") == "en" else "id",
        "reporter": _without_none(
            name=form.text("nama").strip() or None,
            phone=form.text("telepon").strip() or None,
            nik=form.text("nik").strip() or None,
        ),
        "uploads": list(form.many(PHOTOS)) or None,
    }
    return Attempt(f"/desks/{desk.value}/complaints", _without_none(**body), ROOM, "intake", FIELDS)


def _named(console: Console, form: Form, field: str, *kinds: UnitKind) -> Found | None:
    """None where nothing was typed."""
    typed = form.text(field).strip()
    return find_unit(console.units, typed, *kinds) if typed else None


def _without_none(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


async def _alike(console: Console, visit: OfficerVisit, form: Form) -> Called:
    """Reports that may be about the same, as they may be shown at a counter."""
    place = _named(console, form, "tempat", UnitKind.KELURAHAN)
    own = visit.officer.unit if _own_area(console, visit) else None
    told = _without_none(
        text=form.text("masalah").strip() or None,
        category=form.text("kategori") or None,
        kelurahan=place.unit.id if place and place.unit else own,
    )
    return await console.api.ask("routing", "/neighbours", visit.officer, told)


# --- the receipt -----------------------------------------------------------------------------


def _keep_receipt(console: Console, visit: OfficerVisit, form: Form, filed: Answer) -> None:
    """For the page that prints it. It waits in the browser alone, sealed: no address, no log and no
    replica of ours holds the code."""
    names = category_names(console, visit)
    received_at = datetime.fromisoformat(filed.body["received_at"])
    receipt = Receipt(
        number=filed.body["report_number"],
        code=filed.body["tracking_code"],
        received_at=received_at,
        due=promised(received_at, console.follow_up_days),
        category=names.get(form.text("kategori")),
        place=_place_in_words(console, form),
        desk=visit.officer.unit_name,
        files=len(form.many(PHOTOS)),
    )
    sealed = console.seals.seal(_purpose(visit), receipt.model_dump_json().encode())
    visit.browser.set(RECEIPT, sealed, int(RECEIPT_FOR.total_seconds()))


def _place_in_words(console: Console, form: Form) -> str | None:
    """The address as it was told, with the kelurahan's own name: some officers type its code."""
    place = _named(console, form, "tempat", UnitKind.KELURAHAN)
    area = place.unit.name if place and place.unit else None
    return ", ".join(filter(None, (form.text("alamat").strip(), area))) or None


def _purpose(visit: OfficerVisit) -> str:
    """Of the seal: who signs in next at the same computer cannot open it."""
    return f"receipt {visit.officer.seat}"


def _waiting(console: Console, visit: OfficerVisit) -> Receipt | None:
    """None: it was shown before, or nothing was entered."""
    content = console.seals.open(_purpose(visit), visit.browser.given.get(RECEIPT, ""))
    if content is None:
        return None
    try:
        return Receipt.model_validate_json(content)
    except ValidationError:
        return None
