"""What officers do at the console: an act on a case, a report at a counter, a case at triage.

The forms are found on the pages by where they go; their fields are named as people see them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from deploy.rehearsal.callers import TEBET_TIMUR
from shared.clock import JAKARTA
from shared.unit_table import load_units
from tests.crash.clerks import Clerk, Said
from tests.plain_browser import Page

SLUGS: Final[Mapping[str, str]] = {
    "accept": "ambil",
    "start": "mulai",
    "plan": "rencana",
    "follow-up": "hasil",
    "question": "tanya",
    "coordinate": "koordinasikan",
    "delegate": "disposisikan",
    "reject": "tolak",
    "reopen": "buka-kembali",
    "plan/approve": "setujui-rencana",
    "validation": "selesai",
    "follow-up/refuse": "kerjakan-ulang",
    "assign": "tetapkan",
}
"""Last part of an act's page by the command's."""

OF_JUDGES: Final[Mapping[str, str]] = {"reason": "alasan"}
"""Fields that the judges' desk names otherwise than the page of a case."""

KINDS: Final[Mapping[str, str]] = {"plan/approve": "rencana"}
"""In which queue of the judges' desk the command's cases are, where it is not the results'."""

UNITS: Final = load_units()


@dataclass(frozen=True)
class Open:
    """A page that an officer has open, with the form of an act: it may be sent later."""

    clerk: Clerk
    page: Page
    path: str
    typed: Mapping[str, str]

    async def send(self, deadline: float, *, again: bool = False) -> tuple[Said, str]:
        """What the console said, and its status or why there was no form. ``again``: what was
        taken is sent a second time. Raises GaveUp."""
        form = self.page.form(self.path)
        if form is None:
            return "refused", f"{self.page.status} without the form"
        filled = form.filled(**self.typed)
        answer = await self.clerk.send(filled, deadline)
        if answer.status == 200 and (sure := answer.form(self.path)):
            # The effect is read before it happens.
            filled = sure
            answer = await self.clerk.send(filled, deadline)
        if answer.status != 303:
            return "refused", str(answer.status)
        if again:
            await self.clerk.send_again(filled, deadline)
        return "answered", "303"


async def opened(
    clerk: Clerk, complaint_id: UUID, verb: str, body: Mapping[str, Any], deadline: float
) -> Open:
    """The page for an act on a case. The Biro judges at its desk, triage places at its own, the
    others act from the case's page. Raises GaveUp."""
    path = f"/laporan/{complaint_id}/{SLUGS[verb]}"
    page, typed = f"{path}?dari=tab%3Dbaru", _typed(body)
    if clerk.role == "triage_officer":
        path, page = f"/triase/{complaint_id}/{SLUGS[verb]}", f"/triase/{complaint_id}"
        typed = {"saran": "lain", "unit": TEBET_TIMUR.kelurahan_code, "kategori": "sampah"}
    if clerk.role == "biro":
        path = f"/nilai/{complaint_id}/{SLUGS[verb]}"
        page = f"/nilai/{complaint_id}?jenis={KINDS.get(verb, 'hasil')}"
        typed = {OF_JUDGES.get(name, name): value for name, value in typed.items()}
    return Open(clerk, await clerk.open(page, deadline), path, typed)


def _typed(body: Mapping[str, Any]) -> dict[str, str]:
    """A command's body as an officer writes it into the form."""
    typed = {name: str(value) for name, value in body.items()}
    if "complete_by" in body:
        by = datetime.fromisoformat(body["complete_by"]).astimezone(JAKARTA)
        typed["complete_by"], typed["complete_by_jam"] = f"{by:%Y-%m-%d}", f"{by:%H:%M}"
    if "to_unit" in body:
        found = UNITS.find(body["to_unit"])
        typed["to_unit"] = found.name if found else body["to_unit"]
    return typed


# --- the counter -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reporter is given. numbers: one, or none where the page has shown it already; two
    where one report was entered twice."""

    numbers: frozenset[str]
    code: str | None


async def enter(
    clerk: Clerk, words: str, phone: str, category: str, deadline: float, *, again: bool = False
) -> Receipt | str:
    """A report at the counter, with its receipt; else the status that refuses it for good.
    ``again``: the form is sent a second time after its receipt. Raises GaveUp."""
    form = (await clerk.open("/loket", deadline)).form("/loket")
    if form is None:
        return "no form at the counter"
    filled = form.filled(masalah=words, telepon=phone, nama="Pelapor Contoh", kategori=category)
    answer = await clerk.send(filled, deadline)
    if answer.status != 303:
        return str(answer.status)
    receipts = [await clerk.open("/loket/tanda-terima", deadline)]
    if again:
        await clerk.send_again(filled, deadline)
        receipts.append(await clerk.open("/loket/tanda-terima", deadline))
    numbers = {number for each in receipts if (number := _written(each, "nomor"))}
    return Receipt(frozenset(numbers), _written(receipts[0], "kode"))


def _written(page: Page, name: str) -> str | None:
    found = re.search(rf'id="{name}">([^<]+)<', page.text)
    return found[1].strip() if found else None


# --- triage ------------------------------------------------------------------------------


async def waiting(clerk: Clerk, deadline: float) -> list[UUID]:
    """Cases at the triage desk, first page."""
    page = await clerk.open("/triase", deadline)
    return [UUID(each) for each in re.findall(r'triase/([0-9a-f-]{36})["?]', page.text)]


# --- search ------------------------------------------------------------------------------


async def search(clerk: Clerk, words: str, deadline: float) -> Page:
    """Searched by the form; the page of what was found."""
    form = (await clerk.open("/cari", deadline)).form("/cari")
    if form is None:
        return await clerk.open("/cari", deadline)
    answer = await clerk.send(form.filled(kata=words), deadline)
    return await clerk.open(answer.leads_to or "/cari", deadline)
