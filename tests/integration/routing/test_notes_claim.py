"""Officers' words as notify and tracking claim them: only what is addressed to the reporter."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.local.credentials import generate
from deploy.services import NAMES
from services.routing.case.commands import (
    AskCitizen,
    CoordinateCase,
    MergeCase,
    RefuseFollowUp,
    RejectCase,
    ReopenCase,
    ReturnCase,
    StartWork,
    SubmitFollowUp,
    SubmitPlan,
    ValidateFollowUp,
)
from services.routing.internal_api import MAX_REFS, create_router
from shared.auth import ServiceTokens
from shared.clock import system_clock
from shared.events.intake import ReporterErased
from shared.events.vocabulary import RejectionReason, ReopenReason
from shared.health import Health
from shared.http.app import create_app
from shared.telemetry import Metrics
from tests.builders import T0, a_complaint, a_complaint_id, in_envelope
from tests.integration.routing.world import ATLAS, World
from tests.unit.routing.cases import BIRO_OFFICER, MANGGARAI, an_officer

ONE, TWO = a_complaint_id(1), a_complaint_id(2)
LURAH = an_officer(MANGGARAI)
PATH = "/internal/v1/notes/claim"
KEYS = generate().service_keys


class Counter:
    """Routing's internal door, with the token of another service."""

    def __init__(self, door: httpx.AsyncClient) -> None:
        self._door = door

    async def ask(
        self, refs: Sequence[UUID | str], caller: str = "notify", audience: str = "routing"
    ) -> httpx.Response:
        token = ServiceTokens(caller, KEYS[caller].private, {}, system_clock).sign(audience)
        headers = {"authorization": f"Bearer {token}"}
        return await self._door.post(PATH, json={"refs": list(map(str, refs))}, headers=headers)

    async def claim(self, *refs: UUID | str) -> list[dict[str, Any]]:
        answer = await self.ask(refs)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["notes"])


@pytest.fixture
async def counter(world: World) -> AsyncIterator[Counter]:
    public = {name: pair.public for name, pair in KEYS.items()}
    router = create_router(
        world.works, world.store, ATLAS.units, ServiceTokens("routing", "", public, system_clock)
    )
    app = create_app("routing", "CRM routing", [router], Health(), Metrics())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://routing.test") as door:
        yield Counter(door)


async def received(world: World, number: int = 1) -> None:
    await world.hear([in_envelope(a_complaint(number=number, kelurahan_code=MANGGARAI), number)])


async def noted(world: World, verb: str) -> UUID:
    """The ref of the note that the command left."""
    [row] = await world.rows("SELECT note_id FROM notes WHERE verb = :verb", verb=verb)
    ref: UUID = row.note_id
    return ref


async def test_a_question_is_handed_out_as_soon_as_it_is_asked(
    counter: Counter, world: World
) -> None:
    await received(world)
    await world.act(ONE, AskCitizen(question="Di sisi mana?"), LURAH)
    ref = await noted(world, "question")
    assert await counter.claim(ref) == [
        {"ref": str(ref), "status": "ok", "complaint_id": str(ONE), "text": "Di sisi mana?"}
    ]


async def test_the_note_of_a_rejection_is_handed_out_and_stays_so_when_it_is_reopened(
    counter: Counter, world: World
) -> None:
    await received(world)
    rejection = RejectCase(reason=RejectionReason.OFF_TOPIC, note="Hubungi pengelola gedung.")
    await world.act(ONE, rejection, LURAH)
    again = ReopenCase(reason=ReopenReason.APPEAL, note="Keberatan diterima.")
    await world.act(ONE, again, BIRO_OFFICER)
    [rejected, reopened] = await counter.claim(
        await noted(world, "reject"), await noted(world, "reopen")
    )
    assert (rejected["status"], rejected["text"]) == ("ok", "Hubungi pengelola gedung.")
    assert (reopened["status"], reopened["text"], reopened["complaint_id"]) == (
        "private", None, None,
    )  # fmt: skip


async def test_the_words_of_a_follow_up_are_handed_out_when_the_case_is_completed_on_them(
    counter: Counter, world: World
) -> None:
    await received(world)
    await world.act(ONE, StartWork(), LURAH)
    await world.act(ONE, SubmitFollowUp(text="Sudah diangkut."), LURAH)
    ref = await noted(world, "follow-up")
    assert [note["status"] for note in await counter.claim(ref)] == ["private"]
    await world.act(ONE, ValidateFollowUp(), BIRO_OFFICER)
    assert [note["text"] for note in await counter.claim(ref)] == ["Sudah diangkut."]


async def test_the_words_of_a_follow_up_that_was_refused_stay_inside(
    counter: Counter, world: World
) -> None:
    await received(world)
    await world.act(ONE, StartWork(), LURAH)
    await world.act(ONE, SubmitFollowUp(text="Sudah, katanya."), LURAH)
    first = await noted(world, "follow-up")
    await world.act(ONE, RefuseFollowUp(reason="Belum bersih."), BIRO_OFFICER)
    await world.act(ONE, StartWork(), LURAH)
    await world.act(ONE, SubmitFollowUp(text="Sudah diangkut semua."), LURAH)
    await world.act(ONE, ValidateFollowUp(), BIRO_OFFICER)
    refs = [row.note_id for row in await world.rows("SELECT note_id FROM notes")]
    told = {note["ref"]: note["text"] for note in await counter.claim(*refs)}
    assert [text for text in told.values() if text] == ["Sudah diangkut semua."]
    assert told[str(first)] is None


async def test_what_officers_write_to_one_another_is_never_handed_out(
    counter: Counter, world: World
) -> None:
    await received(world)
    dinas = an_officer("dinas-lingkungan-hidup")
    passing = CoordinateCase(to_unit="dinas-lingkungan-hidup", note="Pelapornya rewel.")
    await world.act(ONE, passing, LURAH)
    await world.act(ONE, ReturnCase(reason="Bukan urusan kami."), dinas)
    plan = SubmitPlan(plan="Angkut Kamis.", complete_by=T0 + timedelta(days=3))
    await world.act(ONE, plan, LURAH)
    refs = [row.note_id for row in await world.rows("SELECT note_id FROM notes")]
    notes = await counter.claim(*refs)
    assert len(notes) == 3
    assert {(note["status"], note["text"]) for note in notes} == {("private", None)}


async def test_the_answer_to_a_merged_case_is_its_heads(counter: Counter, world: World) -> None:
    await received(world)
    await received(world, 2)
    await world.act(TWO, MergeCase(head=ONE), LURAH)
    await world.act(ONE, StartWork(), LURAH)
    await world.act(ONE, SubmitFollowUp(text="Sudah diangkut."), LURAH)
    await world.act(ONE, ValidateFollowUp(), BIRO_OFFICER)
    [row] = await world.rows(
        "SELECT note_id FROM history WHERE complaint_id = :id AND event = 'CaseCompleted'", id=TWO
    )
    assert [note["text"] for note in await counter.claim(row.note_id)] == ["Sudah diangkut."]


async def test_words_to_an_erased_reporter_are_gone(counter: Counter, world: World) -> None:
    await received(world)
    await world.act(ONE, AskCitizen(question="Di sisi mana?"), LURAH)
    erased = ReporterErased(complaint_id=ONE, at=T0, reporter_ref=UUID(int=31))
    await world.hear([in_envelope(erased, 9)])
    [note] = await counter.claim(await noted(world, "question"))
    assert (note["status"], note["text"]) == ("gone", None)


async def test_one_answer_per_ref_in_their_order_also_for_what_is_not_known(
    counter: Counter, world: World
) -> None:
    await received(world)
    await world.act(ONE, AskCitizen(question="Di sisi mana?"), LURAH)
    ref, nobodys = await noted(world, "question"), UUID(int=7)
    notes = await counter.claim(nobodys, ref, ref)
    assert [(note["ref"], note["status"]) for note in notes] == [
        (str(nobodys), "unknown"), (str(ref), "ok"), (str(ref), "ok"),
    ]  # fmt: skip
    assert await counter.claim() == []


async def test_refs_are_bounded_and_must_be_refs(counter: Counter) -> None:
    assert len(await counter.claim(*(UUID(int=n + 1) for n in range(MAX_REFS)))) == MAX_REFS
    too_many = await counter.ask([UUID(int=n + 1) for n in range(MAX_REFS + 1)])
    assert (too_many.status_code, too_many.json()["field"]) == (422, "refs")
    bad = await counter.ask(["Jalan Contoh"])
    assert (bad.status_code, bad.json()["field"]) == (422, "refs.0")
    assert "Contoh" not in bad.text


@pytest.mark.parametrize("caller", NAMES)
async def test_only_notify_and_tracking_may_ask(counter: Counter, caller: str) -> None:
    allowed = caller in ("notify", "tracking")
    assert (await counter.ask([], caller)).status_code == (200 if allowed else 403)


async def test_a_token_for_another_service_or_none_opens_nothing(counter: Counter) -> None:
    assert (await counter.ask([], audience="intake")).status_code == 401
    assert (await counter._door.post(PATH, json={"refs": []})).status_code == 401
