"""What an officer does with a page: finds rows, presses an act, fills its form, reads on."""

from re import Pattern

from playwright._impl._api_structures import FilePayload
from playwright.async_api import Locator, expect

from tests.e2e.browser.officer import OfficerAtWork
from tests.e2e.city import Reported, until


async def open_case(at: OfficerAtWork, reported: Reported) -> None:
    await at.open(f"/laporan/{reported.complaint_id}")
    await expect(at.page.get_by_role("heading", name=reported.report_number)).to_be_visible()


def row_of(at: OfficerAtWork, reported: Reported) -> Locator:
    return at.page.locator(f"#l-{reported.complaint_id}")


async def find_in(at: OfficerAtWork, queue: str, reported: Reported) -> Locator:
    """The case's row in a queue; the page is loaded again until it is there."""

    async def look() -> bool:
        await at.open(queue)
        return bool(await row_of(at, reported).count())

    await until(look, f"{reported.report_number} in {queue}", 12)
    return row_of(at, reported)


async def open_from(at: OfficerAtWork, queue: str, reported: Reported) -> None:
    """From the queue's row to the case."""
    row = await find_in(at, queue, reported)
    await row.get_by_role("link").first.click()
    await expect(at.page.get_by_role("heading", name=reported.report_number)).to_be_visible()


async def press(at: OfficerAtWork, act: str) -> bool:
    """The act as a button of the case, or as a link to its form: whether there is a form."""
    acts = at.page.locator("#acts")
    direct = acts.get_by_role("button", name=act, exact=True)
    if await direct.count():
        await direct.click()
        return False
    link = acts.get_by_role("link", name=act, exact=True)
    if not await link.is_visible():
        await acts.locator("summary").first.click()
    await link.click()
    return True


async def send(at: OfficerAtWork, act: str) -> None:
    await at.page.locator("#act-form").get_by_role("button", name=act, exact=True).click()


async def do(at: OfficerAtWork, act: str, *, chosen: str | Pattern[str] = "", **typed: str) -> None:
    """The act on the open case, from its button to the word that it is recorded. ``typed``: words
    by the field's name. ``chosen``: the label of a radio button."""
    if await press(at, act):
        for name, words in typed.items():
            await at.page.locator(f"#f-{name}").fill(words)
        if chosen:
            await at.page.get_by_role("radio", name=chosen).check()
        await send(at, act)
    await is_recorded(at, act)


async def file_result(at: OfficerAtWork, words: str, picture: bytes) -> None:
    """The result of the work on the open case, with a picture (JPEG) that is chosen for it."""
    await press(at, "Kirim hasil")
    await at.page.locator("#f-text").fill(words)
    await choose(at, "#f-berkas", picture)
    await send(at, "Kirim hasil")
    await is_recorded(at, "Kirim hasil")


async def choose(at: OfficerAtWork, field: str, picture: bytes) -> None:
    """A picture (JPEG) from the officer's machine; ``field``: its CSS."""
    file: FilePayload = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": picture}
    await at.page.locator(field).set_input_files(file)


async def be_sure(at: OfficerAtWork, act: str) -> None:
    """The page that names the effect, read and confirmed."""
    await at.page.get_by_role("button", name=f"Ya, {act}").click()


async def give_to(at: OfficerAtWork, act: str, unit: str) -> None:
    """A name that several units begin with is answered with a choice."""
    await at.page.locator("#f-to_unit").fill(unit)
    await send(at, act)
    choice = at.page.get_by_role("radio", name=unit, exact=True)
    await expect(choice.or_(at.page.locator(".ok[role=status]"))).to_be_visible()
    if await choice.count():
        await choice.check()
        await send(at, act)
    await is_recorded(at, act)


async def is_recorded(at: OfficerAtWork, act: str = "") -> None:
    await expect(at.page.locator(".ok[role=status]")).to_contain_text(act)
    await expect(at.page.get_by_role("alert")).to_have_count(0)


async def fill_desk(at: OfficerAtWork, act: str, **typed: str) -> Locator:
    """A form of a desk, opened and filled, and not yet sent."""
    form = at.page.locator(f"#f-{act}")
    await form.wait_for(state="attached")
    if not await form.is_visible():
        folded = at.page.locator("details").filter(has=form)
        await folded.locator("summary").first.click()
    for name, words in typed.items():
        await form.locator(f"[name={name}]").fill(words)
    return form


async def do_at_desk(at: OfficerAtWork, act: str, said: str, **typed: str) -> None:
    """``said``: what the page calls the act once it is recorded."""
    form = await fill_desk(at, act, **typed)
    await form.get_by_role("button").click()
    await is_recorded(at, said)


async def accept_result(at: OfficerAtWork) -> None:
    """With each flag of its pictures, which are seen and accepted one by one."""
    form = await fill_desk(at, "selesai")
    for flag in await form.locator("[name=tanda]").all():
        await flag.check()
    await form.get_by_role("button").click()
    await is_recorded(at, "Dinyatakan selesai")


async def reads(at: OfficerAtWork, *words: str) -> None:
    """The open page says it."""
    for each in words:
        await expect(at.page.locator("main")).to_contain_text(each)
