"""Nothing personal leaves the vault: unique strings go in by every door and are looked for."""

import hashlib
import json
import re
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

import asyncpg
import pytest

from deploy.rehearsal.callers import DESK_UNITS, Mail, WireRequest
from shared.bus import Record
from shared.codes import normalise_code, reply_token
from shared.events.vocabulary import Channel
from tests.builders import first_key
from tests.e2e.books import at_rest, outside, query, tables, whole_log
from tests.e2e.canaries import DOORS, Planted, Sender
from tests.e2e.city import ADMIN, AUDITOR, BIRO, KELURAHAN, City, Officer, officer_of, until
from tests.e2e.console_canaries import COUNTER, AtConsole, enter_report, search_for, work_on

pytestmark = pytest.mark.e2e

OTHERS = ("intake", "media", "routing", "sla", "notify", "tracking")
OFFICERS_WORDS = "kanaripetugasq tanya di sisi mana"
SHOWN_NO_WORDS = {"inspektorat"}
"""Doors whose complaints concern officials: their codes show dates and the answer."""
CODE = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")


@dataclass(frozen=True)
class Sown:
    """The canaries, the bytes they went in by, the cases they became, their codes, every HTTP
    answer of the sweep, and what officers' browsers met at the console. ``evidence``: what an
    officer's picture of the work was given."""

    planted: list[Planted]
    evidence: Planted
    bodies: list[bytes]
    complaint_ids: list[str]
    codes: list[str]
    answers: dict[str, bytes]
    console: AtConsole

    @property
    def persons(self) -> dict[str, str]:
        planted = (*self.planted, self.evidence)
        return {f"{p.door}: {k}": v for p in planted for k, v in p.c2.items()}

    @property
    def words(self) -> dict[str, str]:
        return {f"{p.door}: {k}": v for p in self.planted for k, v in p.c1.items()}

    @property
    def spelled_codes(self) -> dict[str, str]:
        """Each code as it is shown, bare, and bare in small letters."""
        bare = {f"code {place}": code.replace("-", "") for place, code in enumerate(self.codes)}
        shown = {f"code {place} shown": code for place, code in enumerate(self.codes)}
        return shown | bare | {f"{name} small": code.lower() for name, code in bare.items()}


def hits(needles: Mapping[str, str], places: Mapping[str, bytes]) -> list[str]:
    """Which needle lies where; the needle itself is not shown."""
    return [
        f"{name} in {place}"
        for place, hay in places.items()
        for name, needle in needles.items()
        if needle.encode() in hay
    ]


@pytest.fixture(scope="module")
async def sown(city: City) -> Sown:
    """One complaint by every door; waits until the last confirmation has left."""
    before = {case["complaint_id"] for case in await _all_cases(city)}
    sender = Sender(
        city.secrets, datetime.now(UTC), city.running.url("intake"),
        lambda unit: city.token(Officer("desk_officer", unit)), city.running.url("outside"),
    )  # fmt: skip
    planted = [Planted(door, 100 + place) for place, door in enumerate(DOORS)]
    requests = {canary.door: DOORS[canary.door](canary, sender) for canary in planted}
    for door, request in requests.items():
        await _send(city, door, request)
    bodies = [each.raw if isinstance(each, Mail) else each.body for each in requests.values()]
    console = AtConsole()
    planted.append(Planted(COUNTER, 100 + len(DOORS)))
    bodies.append(await enter_report(city, planted[-1], console))

    async def arrived() -> set[str]:
        found = {c["complaint_id"] for c in await _all_cases(city) if c["due_at"]} - before
        return found if len(found) >= len(planted) else set()

    ids = sorted(await until(arrived, "a case for every door", 60))
    await at_rest(city.stack)
    await _work_on(city, ids)
    await at_rest(city.stack)
    at_counter = await _told_at_the_console(city, ids, planted[-1])
    evidence = Planted("evidence", 101 + len(DOORS))
    bodies.append(await _hand_over(city, at_counter, evidence))
    await work_on(city, at_counter, console)
    await at_rest(city.stack)
    codes = sorted(set(CODE.findall(json.dumps(await outside(city)))))
    await search_for(city, {**planted[-1].c2, **planted[-1].c1, "code": codes[-1]}, console)
    answers = await _sweep(city, ids, codes)
    return Sown(planted, evidence, bodies, ids, codes, answers, console)


async def _send(city: City, door: str, request: WireRequest | Mail) -> None:
    if isinstance(request, Mail):
        answer = await city.running.post_mail(request)
    else:
        answer = await city.running.send(request)
    assert answer.accepted, (door, answer)


async def _all_cases(city: City) -> list[dict[str, Any]]:
    readers = (AUDITOR, officer_of("inspektorat"))
    return [case for who in readers async for page in city.pages(who) for case in page]


async def _work_on(city: City, ids: Iterable[str]) -> None:
    """The kelurahan asks each reporter a question, so that more than confirmations leave."""
    lurah = officer_of(KELURAHAN)
    for complaint_id in ids:
        path = f"/v1/cases/{complaint_id}"
        seen = await city.running.get("routing", path, city.token(lurah))
        if seen.status == 200:
            body = {"question": f"{OFFICERS_WORDS}?"}
            await city.running.post(
                "routing", f"{path}/question", body, city.token(lurah), seen.body["version"]
            )


async def _told_at_the_console(city: City, ids: Iterable[str], planted: Planted) -> str:
    """The case of what was told at the console's counter."""
    for complaint_id in ids:
        path = f"/v1/cases/{complaint_id}"
        seen = await city.running.get("routing", path, city.token(officer_of(KELURAHAN)))
        if planted.c1["text"] in json.dumps(seen.body):
            return complaint_id
    raise AssertionError("the kelurahan does not see what was told at its counter")


async def _hand_over(city: City, complaint_id: str, planted: Planted) -> bytes:
    """A picture of the work, by the kelurahan that holds the case; its bytes."""
    picture, token = planted.photograph(), city.token(officer_of(KELURAHAN))
    answer = await city.running.hand_over(complaint_id, picture, token, f"kanari-{complaint_id}")
    assert answer.accepted, answer
    return picture


async def _sweep(city: City, ids: Iterable[str], codes: Iterable[str]) -> dict[str, bytes]:
    """What every public and operators' interface answers about these cases, and all metrics."""
    asked: list[tuple[str, str, Officer | None]] = [
        ("tracking", "/v1/cases?limit=200", AUDITOR),
        ("tracking", "/v1/statistics", AUDITOR),
        ("sla", "/v1/overdue", AUDITOR),
        ("routing", "/v1/inbox?limit=200", officer_of(KELURAHAN)),
        ("routing", "/v1/inbox?limit=200", officer_of("inspektorat")),
        ("routing", "/v1/triage?limit=200", Officer("triage_officer", "triage")),
        ("intake", "/v1/channels", None),
    ]
    for complaint_id in ids:
        asked.append(("routing", f"/v1/cases/{complaint_id}", Officer("biro", BIRO)))
        asked.append(("sla", f"/v1/deadlines/{complaint_id}", AUDITOR))
        asked.append(("notify", f"/v1/deliveries?complaint_id={complaint_id}", AUDITOR))
    for service in (*OTHERS, "vault"):
        asked.append((service, "/metrics", None))
        asked.append((service, "/openapi.json", None))
        asked.append((service, "/health/ready", None))
        asked.append((service, "/internal/v1/parked", ADMIN))
    asked += [("console", path, None) for path in ("/metrics", "/health/ready")]
    answers = {}
    for service, path, who in asked:
        answer = await city.request(service, "GET", path, who=who)
        answers[f"{service} {path}"] = answer.body + repr(dict(answer.headers)).encode()
    for place, code in enumerate(codes):
        answer = await city.request("tracking", "POST", "/v1/track", json={"code": code})
        assert answer.status == 200
        answers[f"tracking /v1/track body {place}"] = answer.body
        answers[f"tracking /v1/track head {place}"] = repr(dict(answer.headers)).encode()
        form = {"content-type": "application/x-www-form-urlencoded"}
        page = await city.request(
            "tracking", "POST", "/lacak", headers=form, content=f"code={code}".encode()
        )
        answers[f"tracking page body {place}"] = page.body
        answers[f"tracking page head {place}"] = repr(dict(page.headers)).encode()
    return answers


async def _rows(city: City, service: str, schema: str) -> dict[str, bytes]:
    """Every row of a schema with its bytes as they are, by table."""
    found = {}
    for table in await tables(city.stack, service, bookkeeping=True):
        rows = await query(city.stack, service, f'SELECT * FROM {schema}."{table}"')
        found[f"{schema}.{table}"] = b"\n".join(_flat(v) for row in rows for v in row.values())
    return found


def _flat(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return b" ".join(map(_flat, value)) if isinstance(value, list) else str(value).encode()


def _files(folder: Path, home: Path, pattern: str = "*") -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(folder.rglob(pattern))
        if path.is_file()
    }


# --- the trap works ----------------------------------------------------------------------


def test_every_channel_has_a_door_and_every_door_carries_a_person_and_words(sown: Sown) -> None:
    assert {door.split()[0] for door in DOORS} >= {channel.value for channel in Channel}
    assert all(planted.c2 and planted.c1 for planted in sown.planted)
    needles = [*sown.persons.values(), *sown.words.values()]
    assert len(set(needles)) == len(needles)
    assert len(sown.codes) >= len(DOORS)
    assert all(normalise_code(code) for code in sown.codes)


async def test_the_canaries_went_in_and_came_out_where_they_may(city: City, sown: Sown) -> None:
    contents = await _rows(city, "intake", "intake")
    kept = contents["intake.contents"]
    assert not [name for name, word in sown.words.items() if word.encode() not in kept]
    left = json.dumps(await outside(city))
    assert [p.door for p in sown.planted if "phone" in p.c2 and p.c2["phone"] in left]
    assert [p.door for p in sown.planted if "email" in p.c2 and p.c2["email"] in left]


async def test_what_platforms_keep_has_its_canary_in_the_bytes_that_are_fetched(
    city: City, sown: Sown
) -> None:
    kept = [each.c2["picture"] for each in sown.planted if "picture" in each.c2]
    assert len(kept) == 9
    for word in kept:
        address = f"{city.running.url('outside')}/x/media/{word}.jpg"
        answer = await city.running.client.request("GET", address)
        assert answer.body.count(word.encode()) >= 2


async def test_every_picture_of_every_door_was_made_anew(city: City, sown: Sown) -> None:
    sent = sum(each.pictures_sent for each in (*sown.planted, sown.evidence))
    assert sent == 9 + 2 * (len(DESK_UNITS) + len(("jaki", "balai_warga", "form", "mail"))) + 1

    async def cleared() -> bool:
        rows = await query(
            city.stack, "media",
            "SELECT state FROM media.files WHERE complaint_id = ANY(CAST($1 AS uuid[]))",
            sown.complaint_ids,
        )  # fmt: skip
        assert "refused" not in {row["state"] for row in rows}
        return [row["state"] for row in rows] == ["cleared"] * sent

    assert await until(cleared, "every picture made anew", 60)


async def test_a_picture_that_is_shown_has_no_byte_beside_its_pixels(
    city: City, sown: Sown
) -> None:
    shown: dict[str, bytes] = {}
    for complaint_id in sown.complaint_ids:
        path = f"/v1/cases/{complaint_id}"
        case = await city.running.get("routing", path, city.token(Officer("biro", BIRO)))
        for file in case.body.get("media", []):
            links = file["links"] or {}
            for link in filter(None, map(links.get, ("small", "medium", "large"))):
                answer = await city.running.client.request("GET", link)
                shown[f"picture {len(shown)}"] = answer.body + repr(dict(answer.headers)).encode()
    assert len([each for each in shown.values() if each.startswith(b"\xff\xd8\xff")]) > 30
    assert hits({**sown.persons, **sown.words}, shown) == []


async def test_no_byte_beside_the_pixels_of_what_was_handed_in_is_in_the_store(
    city: City, sown: Sown
) -> None:
    objects = _files(city.stack.home / "pictures", city.stack.home)
    assert len(objects) >= 3 * sum(each.pictures_sent for each in sown.planted)
    names = {f"name {place}": name.encode() for place, name in enumerate(objects)}
    assert hits({**sown.persons, **sown.words}, {**objects, **names}) == []
    assert not [name for name, kept in objects.items() if kept.startswith(b"\xff\xd8\xff")]


# --- the person --------------------------------------------------------------------------


async def test_no_person_is_on_the_bus(city: City, sown: Sown) -> None:
    log = await whole_log(city.stack)
    assert len(log) >= 3 * len(DOORS)
    places = {f"{r.partition.number}:{r.offset}": _all_of(r) for r in log}
    forbidden = {**sown.persons, **sown.words, **sown.spelled_codes}
    assert hits(forbidden, places) == []
    on_disk = _files(city.stack.home / "kafka" / "data", city.stack.home, "*.log")
    assert hits(forbidden, on_disk) == []


def _all_of(record: Record) -> bytes:
    parts = (part for name, value in record.headers for part in (name.encode(), value))
    return b" ".join([record.key or b"", record.value or b"", *parts])


@pytest.mark.parametrize("service", OTHERS)
async def test_no_person_is_in_any_schema_but_the_vaults(
    city: City, sown: Sown, service: str
) -> None:
    places = await _rows(city, service, service)
    assert sum(map(len, places.values())) > 0
    assert hits(sown.persons, places) == []
    assert hits(sown.spelled_codes, places) == []


@pytest.mark.parametrize("service", OTHERS)
async def test_words_and_place_are_in_intakes_contents_and_routings_copy_and_nowhere_else(
    city: City, sown: Sown, service: str
) -> None:
    places = await _rows(city, service, service)
    # What was answered to a form stays for a day, and goes with the reporter's data.
    for kept in (
        "intake.contents", "routing.texts", "routing.cards", "routing.vocabulary",
        "routing.kept_answers",
    ):  # fmt: skip
        places.pop(kept, None)
    assert hits(sown.words, places) == []


async def test_what_the_vault_keeps_is_sealed(city: City, sown: Sown) -> None:
    places = await _rows(city, "vault", "vault")
    assert len(places["vault.sealed_reporters"]) > 100 * len(DOORS)
    assert hits({**sown.persons, **sown.words, **sown.spelled_codes}, places) == []


def unkeyed(sown: Sown) -> set[bytes]:
    """Digests that need no key, of all that went in: whoever has one can try words against it."""
    texts = [*sown.persons.values(), *sown.words.values()]
    sentences = [f"Ada coretan di dinding Kel. Tebet Timur, {word}." for word in texts]
    plain = [*(each.encode() for each in (*texts, *sentences)), *filter(None, sown.bodies)]
    found = set()
    for algorithm in ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s"):
        for each in plain:
            digest = hashlib.new(algorithm, each).digest()
            found |= {digest[:16], digest[:16].hex().encode(), b64encode(digest)[:20]}
    return found


@pytest.mark.parametrize("service", [*OTHERS, "vault"])
async def test_no_digest_by_which_words_can_be_tried_is_in_any_schema(
    city: City, sown: Sown, service: str
) -> None:
    everything = b"\n".join((await _rows(city, service, service)).values())
    assert [digest for digest in unkeyed(sown) if digest in everything] == []


async def test_a_reply_token_is_in_the_mails_that_left_and_nowhere_else(
    city: City, sown: Sown
) -> None:
    key = first_key(city.running.credentials.tracking_code_key)
    tokens = {f"token of {each}": reply_token(key, UUID(each)) for each in sown.complaint_ids}
    left = json.dumps(await outside(city)).encode()
    assert hits(tokens, {"outside": left})
    for service in OTHERS:
        assert hits(tokens, await _rows(city, service, service)) == []
    assert hits(tokens, _files(city.stack.home / "logs", city.stack.home)) == []
    assert hits(tokens, sown.answers) == []


async def test_no_person_word_or_code_is_in_any_log(city: City, sown: Sown) -> None:
    places = _files(city.stack.home / "logs", city.stack.home)
    logs = ("intake", "notify", "postgres", "console", "outside")
    assert {f"logs/{name}.log" for name in logs} <= set(places)
    forbidden = {**sown.persons, **sown.words, **sown.spelled_codes, **sown.console.words}
    assert hits(forbidden, places) == []


def test_no_interface_tells_who_reported(sown: Sown) -> None:
    assert hits(sown.persons, sown.answers) == []


def test_words_are_shown_to_officers_who_see_the_case_to_the_codes_holder_and_to_nobody_else(
    sown: Sown,
) -> None:
    reader = re.compile(r"^routing /v1/(?:cases/|inbox|triage)|^tracking (?:/v1/track|page) body ")
    others = {place: body for place, body in sown.answers.items() if not reader.match(place)}
    assert hits(sown.words, others) == []
    assert hits(sown.words, sown.answers)


def test_a_code_shows_the_words_of_its_own_complaint_and_of_no_other(sown: Sown) -> None:
    shown = {
        place: {planted.door for planted in sown.planted if hits(planted.c1, {place: body})}
        for place, body in sown.answers.items()
        if place.startswith("tracking /v1/track body ")
    }
    assert len(shown) == len(sown.codes)
    assert [place for place, doors in shown.items() if len(doors) > 1] == []
    told = {door for doors in shown.values() for door in doors}
    assert told == {planted.door for planted in sown.planted} - SHOWN_NO_WORDS


def test_a_code_is_shown_to_nobody_but_its_holder(sown: Sown) -> None:
    page = re.compile(r"^tracking page body ")
    others = {place: body for place, body in sown.answers.items() if not page.match(place)}
    assert hits(sown.spelled_codes, others) == []


# --- officers' words ---------------------------------------------------------------------


async def test_an_officers_words_are_in_routings_notes_and_in_no_other_schema_log_or_event(
    city: City, sown: Sown
) -> None:
    met, words = sown.console, {"the question": OFFICERS_WORDS}
    homes = dict.fromkeys((*words, *met.kept), "notes") | {"note": "internal_notes"}
    kept = {f"{name} in routing.{home}" for name, home in homes.items()}
    for service in (*OTHERS, "vault"):
        places = await _rows(city, service, service)
        assert hits(met.passing, places) == []
        places.pop("routing.kept_answers", None)
        assert set(hits(words | met.kept, places)) == (kept if service == "routing" else set())
    log = await whole_log(city.stack)
    places = {str(place): _all_of(r) for place, r in enumerate(log)}
    assert hits(words | met.words, places) == []
    assert hits(words, _files(city.stack.home / "logs", city.stack.home)) == []


async def test_an_officers_words_reach_their_addressee_and_no_short_message_or_public_post(
    city: City, sown: Sown
) -> None:
    told = [message for message in await outside(city) if OFFICERS_WORDS in json.dumps(message)]
    assert "email" in {message["kind"] for message in told}
    assert "sms" not in {message["kind"] for message in told}
    assert not [message for message in told if message["via"] in ("post", "comment")]
    page = re.compile(r"^tracking (page|/v1/track) body |^routing /v1/cases/")
    others = {place: body for place, body in sown.answers.items() if not page.match(place)}
    words = {"the question": OFFICERS_WORDS}
    assert hits(words, others) == []
    assert hits(words, {p: b for p, b in sown.answers.items() if p.startswith("tracking page")})


# --- the console -------------------------------------------------------------------------


def readable(text: str) -> bytes:
    """All that can be read out of an address or a cookie without a key: as it is, decoded, and each
    part of it out of base64."""
    plain = unquote_plus(text)
    parts = re.findall(r"[A-Za-z0-9_-]{16,}", plain)
    return b"\n".join([text.encode(), plain.encode(), *map(_decoded, parts)])


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part[: len(part) // 4 * 4])


def test_what_can_be_read_without_a_key_is_found() -> None:
    hidden = b64encode(b'{"words": "kanari teks"}').decode()
    assert hits({"words": "kanari teks"}, {"address": readable(f"/cari?s={hidden}")})
    assert hits({"words": "kanari teks"}, {"address": readable("/cari?s=kanari+teks")})


def test_no_person_word_or_code_is_in_an_address_head_or_cookie_of_the_console(sown: Sown) -> None:
    met = sown.console
    forbidden = {**sown.persons, **sown.words, **sown.spelled_codes, **met.words}
    assert [each for each in met.addresses if "/cari?s=" in each]
    assert len(met.cookies) > 8
    found = {"address": met.addresses, "cookie": met.cookies, "head": met.heads}
    places = {
        f"{kind} {place}": readable(each)
        for kind, texts in found.items()
        for place, each in enumerate(texts)
    }
    assert hits(forbidden, places) == []


def test_what_officers_write_at_the_console_is_shown_to_those_who_see_the_case(sown: Sown) -> None:
    met = sown.console
    shown = re.compile(r"^routing /v1/cases/|^tracking (page|/v1/track) body ")
    others = {place: body for place, body in sown.answers.items() if not shown.match(place)}
    assert hits(met.words, others) == []
    assert hits(met.passing, sown.answers) == []


# --- walls -------------------------------------------------------------------------------


async def test_intake_cannot_read_back_what_it_sealed(city: City, sown: Sown) -> None:
    connection = await asyncpg.connect(city.stack.urls["intake"])
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM vault.sealed_reporters")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM vault.sealed_reporters")
    finally:
        await connection.close()


async def test_every_opening_of_a_sealed_row_is_written_down(city: City, sown: Sown) -> None:
    rows = await query(
        city.stack, "vault",
        "SELECT caller, purpose, complaint_id::text AS id FROM vault.access_log",
    )  # fmt: skip
    assert {(row["caller"], row["purpose"]) for row in rows} == {("notify", "notification")}
    assert {row["id"] for row in rows} >= set(sown.complaint_ids)


async def test_an_officers_token_does_not_open_the_vault(city: City, sown: Sown) -> None:
    claim = {"purpose": "notification", "items": []}
    for who in (ADMIN, AUDITOR, Officer("biro", BIRO)):
        answer = await city.request(
            "vault", "POST", "/internal/v1/contacts/claim", who=who, json=claim
        )
        assert answer.status == 401


# --- erasure -----------------------------------------------------------------------------

PROMISE_SECONDS = 60
"""After this no picture of an erased reporter may be there."""
ERASED_DOORS = ("jaki", "email", "twitter", "whatsapp", "balai_warga form")
OF_A_REPORTER = {
    "files": "SELECT ref FROM media.files WHERE origin = 'reporter'"
    " AND complaint_id = ANY(CAST($1 AS uuid[]))",
    "keys": "SELECT origin FROM media.complaint_keys WHERE origin = 'reporter'"
    " AND complaint_id = ANY(CAST($1 AS uuid[]))",
}
OF_FILES = {
    table: f"SELECT * FROM media.{table} WHERE ref = ANY(CAST($1 AS uuid[]))"
    for table in ("spool", "wanted", "derivatives", "fingerprints", "fingerprint_keys")
}


async def _complaint_of(city: City, planted: Planted) -> str:
    rows = await query(
        city.stack, "intake",
        "SELECT complaint_id::text AS id FROM intake.contents WHERE strpos(text, $1) > 0",
        planted.c1["text"],
    )  # fmt: skip
    assert len(rows) == 1
    return str(rows[0]["id"])


async def _erase(city: City, complaint_id: str) -> None:
    """Asked for by one administrator, confirmed by another."""
    path, note = "/internal/v1/erasures", {"note": "Atas permintaan pelapor."}
    asking = {"complaint_id": complaint_id, **note}
    asked = await city.running.post("intake", path, asking, city.token(ADMIN))
    confirm = f"{path}/{asked.body['erasure_id']}/confirm"
    second = city.token(Officer("admin", BIRO, "admin-2"))
    assert (await city.running.post("intake", confirm, note, second)).status == 200


async def test_of_erased_reporters_no_key_object_or_row_of_a_picture_is_left_within_a_minute(
    city: City, sown: Sown
) -> None:
    planted = {each.door: each for each in sown.planted}
    erased = [await _complaint_of(city, planted[door]) for door in ERASED_DOORS]
    refs = [row["ref"] for row in await query(city.stack, "media", OF_A_REPORTER["files"], erased)]
    assert len(refs) == sum(planted[door].pictures_sent for door in ERASED_DOORS)
    rows = await query(city.stack, "media", OF_FILES["derivatives"], refs)
    names = {row["object_name"] for row in rows}
    folder = city.stack.home / "pictures"
    assert len(names & {each.name for each in folder.iterdir()}) == 3 * len(refs)

    for complaint_id in erased:
        await _erase(city, complaint_id)

    async def gone() -> bool:
        asked = [(sql, erased) for sql in OF_A_REPORTER.values()]
        asked += [(sql, refs) for sql in OF_FILES.values()]
        left = [await query(city.stack, "media", sql, value) for sql, value in asked]
        return not any(left) and names.isdisjoint(each.name for each in folder.iterdir())

    assert await until(gone, "the end of every picture", PROMISE_SECONDS)
