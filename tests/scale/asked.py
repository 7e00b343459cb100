"""What officers ask, and how long it takes."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from random import Random
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZipFile, is_zipfile

import psutil

from deploy.local.tokens import Role
from deploy.rehearsal.bench.visibility import percentile
from tests.scale.desk import Desk, Refused

Who = tuple[Role, str]
Figures = Mapping[str, float]
HEAVY: Who = ("unit_officer", "31.74.01.1001")
SUDIN: Who = ("unit_officer", "sudin-bina-marga-31.74")
DINAS: Who = ("unit_officer", "dinas-bina-marga")
POLICE: Who = ("unit_officer", "satpol-pp")
TRIAGE: Who = ("triage_officer", "triage")
BIRO: Who = ("biro", "biro-pemerintahan")
COUNTER: Who = ("desk_officer", "31.74.01.1001")
WORDS = ("jalan berlubang", "sampah pasar", "lampu mati tebet", "pohon tumbang dekat masjid",
         "parkir liar", "Balekambang", "anak sekolah sulit lewat", "lubang")  # fmt: skip


@dataclass(frozen=True)
class Question:
    """One request: method, address and body, made anew each time."""

    who: Who
    method: str
    path: Callable[[Random, list[Any]], str]
    body: Callable[[Random, list[Any]], Any] = lambda *_: None
    about: str = "SELECT 1"
    """Rows that the question is about."""


def inbox(who: Who, query: str = "") -> Question:
    return Question(who, "GET", lambda *_: f"/v1/inbox{query}")


def search(who: Who, **filters: Any) -> Question:
    return Question(
        who, "POST", lambda *_: "/v1/search",
        lambda random, _: {"words": random.choice(WORDS), **filters},
    )  # fmt: skip


def neighbours(who: Who, about: str) -> Question:
    def path(random: Random, rows: list[Any]) -> str:
        return f"/v1/cases/{random.choice(rows)['complaint_id']}/neighbours"

    return Question(who, "GET", path, about=about)


def _told(random: Random, _: list[Any]) -> Any:
    return {
        "text": random.choice(WORDS), "latitude": random.gauss(-6.23, 0.02),
        "longitude": random.gauss(106.85, 0.02),
    }  # fmt: skip


CASES = "SELECT complaint_id FROM cases WHERE {} ORDER BY complaint_id DESC LIMIT 2000"
QUESTIONS: Mapping[str, Question] = {
    "inbox, kelurahan with 100,000 closed": inbox(HEAVY),
    "inbox, new": inbox(HEAVY, "?tab=new"),
    "inbox, overdue": inbox(HEAVY, "?tab=overdue"),
    "inbox, Suku Dinas": inbox(SUDIN),
    "inbox, Suku Dinas, in hand": inbox(SUDIN, "?tab=in_hand"),
    "inbox, Dinas, waiting (passed on)": inbox(DINAS, "?tab=waiting"),
    "inbox, Dinas, category and area": inbox(DINAS, "?category=jalan&area=31.74"),
    "inbox, Satpol PP": inbox(POLICE),
    "inbox, Biro, for judgement": inbox(BIRO, "?tab=judgement"),
    "inbox, triage desk with 100,000 closed": inbox(TRIAGE),
    "triage": Question(TRIAGE, "GET", lambda *_: "/v1/triage"),
    "inbox, 100,000 closed of a kelurahan": inbox(HEAVY, "?state=completed&limit=200"),
    "inbox, 100,000 closed of triage": inbox(TRIAGE, "?state=completed"),
    "inbox, closed, rare category": inbox(HEAVY, "?state=completed&category=pajak"),
    "search, kelurahan": search(HEAVY),
    "search, Suku Dinas": search(SUDIN),
    "search, triage": search(TRIAGE),
    "search, Biro (all cases)": search(BIRO),
    "search, Biro, closed ones of an area": search(BIRO, state="completed", area="31.73"),
    "search, report number": Question(
        BIRO, "POST", lambda *_: "/v1/search",
        lambda random, rows: {"report_number": random.choice(rows)["report_number"]},
        "SELECT report_number FROM cases ORDER BY random() LIMIT 1000",
    ),
    "neighbours, kelurahan": neighbours(HEAVY, CASES.format("unit_id = '31.74.01.1001'")),
    "neighbours, Suku Dinas": neighbours(
        SUDIN, CASES.format("unit_id = 'sudin-bina-marga-31.74'")
    ),
    "neighbours, triage (no place)": neighbours(TRIAGE, CASES.format("unit_id = 'triage'")),
    "neighbours, Biro, anywhere": neighbours(
        BIRO, "SELECT complaint_id FROM cases WHERE NOT restricted ORDER BY random() LIMIT 1000"
    ),
    "lookalikes at a counter": Question(COUNTER, "POST", lambda *_: "/v1/neighbours", _told),
}  # fmt: skip
EXPORTS = {
    "export, 100,000 rows CSV": "format=csv&state=completed",
    "export, 100,000 rows XLSX": "format=xlsx&state=completed",
}


async def figures_of(desk: Desk, question: Question, random: Random, times: int) -> Figures:
    rows = await desk.rows(question.about)
    took, refused = [], 0
    for _ in range(times):
        path, body = question.path(random, rows), question.body(random, rows)
        milliseconds, status, _ = await desk.ask(question.who, question.method, path, body)
        took.append(milliseconds)
        refused += status != 200
    return {
        "p50": round(percentile(took, 0.5), 1), "p95": round(percentile(took, 0.95), 1),
        "most": round(max(took), 1), "refused": refused,
    }  # fmt: skip


async def export(desk: Desk, query: str) -> Figures:
    """One export, and what others feel of it meanwhile. ``grown_mb``: the most memory that this
    process took beside what it had; ``first_s``: until the first byte. One that was refused has no
    other figures than that."""
    process, began = psutil.Process(), time.perf_counter()
    before = process.memory_info().rss
    done = asyncio.Event()
    most = before
    others: list[float] = []

    async def watch() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, process.memory_info().rss)
            others.append((await desk.ask(HEAVY, "GET", "/v1/inbox"))[0])
            await asyncio.sleep(0.05)

    with TemporaryFile() as file:
        watching = asyncio.create_task(watch())
        try:
            first = await _taken(desk, query, file)
        except Refused as refusal:
            return {"refused": 1, "status": refusal.status}
        finally:
            seconds = time.perf_counter() - began
            done.set()
            await watching
        return {
            "seconds": round(seconds, 1), "first_s": round(first - began, 1),
            "mb": round(file.tell() / 1e6, 1), "grown_mb": round((most - before) / 1e6, 1),
            "inbox_meanwhile_p95": round(percentile(others, 0.95), 1),
            "rows": rows_of(file), "refused": 0,
        }  # fmt: skip


async def _taken(desk: Desk, query: str, file: IO[bytes]) -> float:
    """The moment of the first byte. The file lies on the disk: its rows are counted later, so that
    their room is not taken for the server's."""
    first = 0.0
    async for chunk in desk.download(f"/v1/export?{query}", HEAVY):
        first = first or time.perf_counter()
        file.write(chunk)
    return first


def rows_of(file: IO[bytes]) -> int:
    """Of a table as CSV (RFC 4180) or XLSX, without its head."""
    file.seek(0)
    if not is_zipfile(file):
        file.seek(0)
        return sum(1 for _ in csv.reader(TextIOWrapper(file, "utf-8", newline=""))) - 1
    with ZipFile(file) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
        return sum(piece.count(b"<row") for piece in _whole_tags(sheet)) - 1


def _whole_tags(sheet: IO[bytes]) -> Iterator[bytes]:
    """The bytes in pieces that break no tag."""
    rest = b""
    while piece := sheet.read(2**20):
        whole, tag, rest = (rest + piece).rpartition(b"<")
        yield whole
        rest = tag + rest
    yield rest
