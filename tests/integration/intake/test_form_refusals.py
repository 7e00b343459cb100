"""The form when it cannot be taken: a page in Indonesian, and what was typed is still there."""

import asyncio
import hashlib
import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import httpx

from deploy.rehearsal.callers import WireRequest, csrf_token, form_request
from services.intake.app import build
from tests.integration.intake.conftest import House, client_of
from tests.integration.intake.test_filing import originals

TEXT = "Lampu jalan padam sejak kemarin."


def sent_form(house: House, draft_id: str) -> WireRequest:
    secrets = house.credentials.channel_secrets
    token = csrf_token(secrets, draft_id=draft_id, now=datetime.now(UTC))
    return form_request(secrets, draft_id=draft_id, text=TEXT, csrf_token=token)


def draft_of(page: httpx.Response) -> str:
    """The draft that the page's form would be sent as; it is a page with all that was typed."""
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    assert TEXT in page.text
    assert 'role="alert"' in page.text
    [draft] = re.findall(r'name="draft_id" value="([^"]*)"', page.text)
    return str(draft)


async def test_a_form_sent_while_the_database_is_away_keeps_its_words(house: House) -> None:
    service = build(house.settings(database_url="postgresql://x:x@127.0.0.1:1/x"))
    house.extra.append(service)
    page = await house.send(sent_form(house, "d-1"), client_of(service))
    assert (page.status_code, draft_of(page)) == (503, "d-1")
    assert int(page.headers["retry-after"]) > 0
    assert "belum terkirim" in page.text


async def test_a_form_that_is_being_served_is_said_to_be_so_on_a_page(house: House) -> None:
    request = sent_form(house, "d-1")
    pages = await asyncio.gather(*(house.send(request, key="k-1") for _ in range(5)))
    refused = [page for page in pages if page.status_code != 200]
    assert refused
    assert {(page.status_code, draft_of(page)) for page in refused} == {(409, "d-1")}
    assert await house.count("intake", "complaints") == 1


async def test_a_draft_that_stands_for_something_else_becomes_a_new_one(house: House) -> None:
    """Somebody with the portal's key took the id that this page would have."""
    request = sent_form(house, "d-1")
    fields = dict(parse_qsl(request.body.decode()))
    filled = sorted((k, v) for k, v in fields.items() if v and k != "csrf_token")
    print_of_page = hashlib.sha256(json.dumps(filled).encode()).hexdigest()
    await house.report("balai_warga", f"form:d-1:{print_of_page}", "Sesuatu yang lain.")
    page = await house.send(request)
    assert page.status_code == 409
    assert draft_of(page) != "d-1"
    assert (await house.send(sent_form(house, draft_of(page)))).status_code == 200


async def test_the_name_of_who_stays_anonymous_is_kept_nowhere(house: House) -> None:
    secrets = house.credentials.channel_secrets
    token = csrf_token(secrets, draft_id="d-9", now=datetime.now(UTC))
    request = form_request(
        secrets, draft_id="d-9", text=TEXT, csrf_token=token, nama="Pelapor Contoh",
        email="pelapor@contoh.id", anonim="true",
    )  # fmt: skip
    assert (await house.send(request)).status_code == 200
    [original] = await originals(house)
    assert b"contoh.id" in original
    assert b"Pelapor" not in original
