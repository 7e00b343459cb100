"""What the vault answers about reporters, read item by item."""

from typing import Any
from uuid import UUID

import pytest

from services.notify.domain import Lease
from services.notify.providers.adapter import Reply
from services.notify.sending.contacts import ClaimedContacts, claim
from shared.errors import Transient
from tests.unit.notify.cases import a_case, a_delivery

ANI, BUDI = UUID(int=21), UUID(int=22)
BY_PHONE = {"kind": "phone", "address": "+628110000001", "thread": None}
BY_MAIL = {"kind": "email", "address": "pelapor@example.org", "thread": "<a@example.org>"}
BY_WHATSAPP = {"kind": "whatsapp", "address": "6281", "thread": None}
PHONE = Reply("phone", "+628110000001")
MAIL = Reply("email", "pelapor@example.org", "<a@example.org>")


class Answering:
    """A vault that answers every claim alike, and remembers what it was asked."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.asked: list[tuple[str, Any]] = []

    async def post(self, path: str, body: Any) -> Any:
        self.asked.append((path, body))
        return self._answer


def wanted() -> dict[UUID, Lease]:
    return {
        ref: Lease(a_delivery(), a_case(reporter_ref=ref), seq)
        for seq, ref in enumerate((ANI, BUDI), 1)
    }


def a_contact(**fields: Any) -> dict[str, Any]:
    return {
        "reporter_ref": str(ANI), "status": "ok", "reply": BY_PHONE, "also": [],
        "tracking_code": "7K3M-Q9TX-2BZD-0W4R", "language": "id", **fields,
    }  # fmt: skip


async def claimed(*contacts: Any) -> ClaimedContacts:
    return await claim(Answering({"contacts": [*contacts]}), wanted())


async def test_the_vault_is_asked_for_all_reporters_at_once_and_told_what_for() -> None:
    vault = Answering({"contacts": []})
    await claim(vault, wanted())
    complaint = str(a_case().complaint_id)
    items = [
        {"reporter_ref": str(ref), "complaint_id": complaint, "report_number": "JK2411030001"}
        for ref in (ANI, BUDI)
    ]
    assert vault.asked == [
        ("/internal/v1/contacts/claim", {"purpose": "notification", "items": items})
    ]


async def test_the_preferred_way_back_comes_before_the_others() -> None:
    answer = await claimed(a_contact(reply=BY_MAIL, also=[BY_PHONE]))
    contact = answer.by_reporter[ANI]
    assert contact.ways == (MAIL, PHONE)
    assert (contact.status, contact.tracking_code) == ("ok", "7K3M-Q9TX-2BZD-0W4R")
    assert (contact.ways_not_understood, answer.not_understood) == (0, 0)


async def test_a_reporter_without_a_way_back_has_none() -> None:
    answer = await claimed(a_contact(status="none", reply=None, also=[], tracking_code=None))
    contact = answer.by_reporter[ANI]
    assert (contact.status, contact.ways, contact.ways_not_understood) == ("none", (), 0)


async def test_of_several_ways_the_one_that_is_not_understood_is_left_out() -> None:
    no_address = {"kind": "email", "thread": None}
    answer = await claimed(a_contact(reply=BY_WHATSAPP, also=[BY_PHONE, no_address, BY_MAIL]))
    contact = answer.by_reporter[ANI]
    assert contact.ways == (PHONE, MAIL)
    assert (contact.ways_not_understood, answer.not_understood) == (2, 2)


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(a_contact(status="paused"), id="an unknown status"),
        pytest.param(a_contact(reporter_ref="21"), id="a ref of another shape"),
        pytest.param(a_contact(also={"1": BY_PHONE}), id="ways that are no list"),
        pytest.param("ok", id="no item at all"),
    ],
)
async def test_an_item_that_is_not_understood_costs_its_own_reporter_alone(item: Any) -> None:
    answer = await claimed(item, a_contact(reporter_ref=str(BUDI)))
    assert answer.by_reporter.keys() == {BUDI}
    assert answer.not_understood == 1


@pytest.mark.parametrize("answer", [{}, [], None, {"contacts": "fine"}])
async def test_an_answer_without_a_list_of_contacts_is_waited_out(answer: Any) -> None:
    with pytest.raises(Transient, match="the vault answered without a list of contacts"):
        await claim(Answering(answer), wanted())


async def test_no_repr_shows_how_a_reporter_can_be_reached() -> None:
    shown = repr(await claimed(a_contact(also=[BY_MAIL])))
    for secret in ("+628110000001", "pelapor", "7K3M"):
        assert secret not in shown


async def test_each_way_carries_the_token_of_the_complaint() -> None:
    token = "0" * 43
    found = await claimed(a_contact(also=[BY_MAIL], reply_token=token))
    assert [way.token for way in found.by_reporter[ANI].ways] == [token, token]


async def test_a_vault_that_tells_no_token_is_understood() -> None:
    found = await claimed(a_contact())
    assert [way.token for way in found.by_reporter[ANI].ways] == [None]


async def test_a_report_without_words_is_known_as_such_and_an_older_vault_says_nothing() -> None:
    told = await claimed(a_contact(needs_words=True))
    untold = await claimed(a_contact())
    assert told.by_reporter[ANI].needs_words
    assert not untold.by_reporter[ANI].needs_words
