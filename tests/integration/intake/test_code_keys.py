"""The keys of codes are changed while complaints come in: a citizen's code stays as it is."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import ValidationError

from deploy.keys.kinds import KINDS
from deploy.keys.survey import rows_needing
from services.intake.app import build
from services.intake.vault.app import build as build_vault
from shared.codes import reply_token, tracking_code, tracking_digest
from shared.key_ring import NamedKey
from tests.builders import first_key
from tests.integration.intake.conftest import House, client_of, vault_settings
from tests.integration.intake.test_who_is_who import a_reply, twice

NEW_CODE, NEW_LOOKUP = bytes(range(32)), bytes(range(32, 64))
WORDS = "Lampu jalan padam di depan kantor kelurahan."


@dataclass
class Changed:
    """A house in which the keys of codes were changed: its processes run with the new rings."""

    house: House
    door: httpx.AsyncClient
    vault: httpx.AsyncClient

    async def report(self, number: str) -> dict[str, Any]:
        answer = await self.house.send(self.house.request("jaki", number, WORDS), self.door)
        assert answer.status_code == 202, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    async def contact(self, event: dict[str, Any]) -> dict[str, Any]:
        """What the vault tells notify."""
        self.house.vault_door = self.vault
        item = {key: event[key] for key in ("reporter_ref", "complaint_id")}
        claim = {"purpose": "notification", "items": [item]}
        answer = await self.house.call("notify", "vault", "/internal/v1/contacts/claim", claim)
        contact: dict[str, Any] = answer.json()["contacts"][0]
        return contact

    async def digests(self, *complaints: str) -> list[dict[str, Any]]:
        """What intake tells tracking."""
        self.house.door = self.door
        path, asked = "/internal/v1/tracking-digests/claim", {"complaint_ids": complaints}
        answer = await self.house.call("tracking", "intake", path, asked)
        told: list[dict[str, Any]] = answer.json()["digests"]
        return told


def ring(new: bytes, old: str) -> str:
    """As `crm keys use` leaves it."""
    return f"new-key:{new.hex()} {old}"


@pytest.fixture
async def changed(house: House) -> AsyncIterator[Changed]:
    told = house.credentials
    codes = ring(NEW_CODE, told.tracking_code_key)
    intake = build(
        house.settings(
            tracking_code_key=codes,
            tracking_lookup_key=ring(NEW_LOOKUP, told.tracking_lookup_key),
            digest_key=first_key(told.tracking_lookup_key).hex(),
        )
    )
    vault = build_vault(vault_settings(told, house.urls, house.jwks_url, tracking_code_key=codes))
    house.extra += [intake, vault]
    doors = house.door, house.vault_door
    yield Changed(house, client_of(intake), client_of(vault))
    house.door, house.vault_door = doors


@pytest.mark.parametrize("named", [True, False])
async def test_a_request_that_is_repeated_after_the_change_gets_its_code_of_before(
    house: House, changed: Changed, named: bool
) -> None:
    """And is no second complaint: what it is known by stays as it was. Not ``named``: the complaint
    was filed by a release that kept no ids of keys."""
    before = (await house.report("jaki", "tetap", WORDS)).json()
    if not named:
        await house.rows("intake", "UPDATE complaints SET code_key_id = NULL")
    assert await changed.report("tetap") == before
    assert len(await house.events()) == 1


async def test_a_new_complaint_has_a_code_by_the_new_key_and_the_stream_says_which(
    house: House, changed: Changed
) -> None:
    receipt = await changed.report("baru")
    [event] = await house.events()
    assert receipt["tracking_code"] == tracking_code(NEW_CODE, UUID(event["complaint_id"]))
    assert event["lookup_key_id"] == "new-key"
    assert event["tracking_digest"] == tracking_digest(NEW_LOOKUP, receipt["tracking_code"])


async def test_the_vault_tells_each_code_as_the_citizen_has_it(
    house: House, changed: Changed
) -> None:
    old = (await house.report("jaki", "lama", WORDS)).json()
    new = await changed.report("baru")
    for receipt, event in zip((old, new), await house.events(), strict=True):
        contact = await changed.contact(event)
        assert contact["tracking_code"] == receipt["tracking_code"]


async def test_an_answer_to_a_message_of_before_the_change_is_still_the_reporters(
    house: House, changed: Changed
) -> None:
    await house.report("jaki", "lama", WORDS)
    [first] = await house.events()
    token = reply_token(first_key(house.credentials.tracking_code_key), UUID(first["complaint_id"]))
    house.door = changed.door
    await twice(house, a_reply(house, "Jawaban saya", "anak.pelapor@example.org", f"+{token}"))
    _, second = await house.events()
    assert (second["type"], second["kind"]) == ("ComplaintSupplemented", "note")
    assert second["complaint_id"] == first["complaint_id"]


async def test_tracking_is_told_under_what_every_complaint_is_found_now(
    house: House, changed: Changed
) -> None:
    old = (await house.report("jaki", "lama", WORDS)).json()
    stranger = str(UUID(int=7))
    known, unknown = await changed.digests(old["complaint_id"], stranger)
    assert known == {
        "complaint_id": old["complaint_id"], "status": "ok", "lookup_key_id": "new-key",
        "tracking_digest": tracking_digest(NEW_LOOKUP, old["tracking_code"]),
    }  # fmt: skip
    assert (unknown["status"], unknown["tracking_digest"]) == ("unknown", None)


async def test_a_key_that_codes_were_made_by_is_needed_as_long_as_there_are_complaints(
    house: House, changed: Changed
) -> None:
    place = SimpleNamespace(database_url=lambda _: house.urls["intake"])
    await house.report("jaki", "lama", WORDS)
    await changed.report("baru")
    await changed.report("baru-lagi")
    [old] = await house.rows("intake", "SELECT min(code_key_id) AS id FROM complaints"
                             " WHERE code_key_id <> 'new-key'")  # fmt: skip
    for key_id, rows in ((old["id"], 1), ("new-key", 2), ("unnamed-0f", 0)):
        found = await rows_needing(place, KINDS["tracking-code"], NamedKey(key_id, ""))
        assert found == rows


def test_two_lookup_keys_without_a_key_of_digests_are_refused(house: House) -> None:
    """Under the new one no message would be known again."""
    two = ring(NEW_LOOKUP, house.credentials.tracking_lookup_key)
    with pytest.raises(ValidationError, match="digest_key must be given"):
        house.settings(tracking_lookup_key=two, digest_key="")
