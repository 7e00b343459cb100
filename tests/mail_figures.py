"""``python -m tests.mail_figures``: seconds and megabytes of odd mails, and the wait of others.

The tests count steps; a machine's own figures are printed here, for people. Each mail is read in a
process of its own. Then the door is given two strangers' mails at a time, and a third sender's
small mails are timed, the commit left out.
"""

import asyncio
import resource
import smtplib
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import Event, Process, Queue
from statistics import median
from typing import Any

from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.email.secrets import EmailSecrets
from services.intake.doors.smtp import MailServer
from services.intake.filing.large_mails import LargeMails
from services.intake.filing.reception import Reception
from tests.unit.intake.channels.odd_mails import SENDER, all_odd_mails

MAX_BYTES = 10 * 1024 * 1024
ADAPTER = MailAdapter(EmailSecrets(recipient="dki@jakarta.go.id"))
HEAD = f"From: {SENDER}\r\nSubject: Jalan\r\nMIME-Version: 1.0\r\n".encode()
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n"
HTML = HEAD + b"Content-Type: text/html\r\n\r\n"
REPLY = HEAD + b"In-Reply-To: <1@jakarta.go.id>\r\n\r\n"
NEST = b"".join(
    b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (level, level + 1)
    for level in range(300)
)
SMALL = HEAD + b"\r\nJalan rusak.\r\n"


def full(head: bytes, piece: bytes) -> bytes:
    return head + piece * ((MAX_BYTES - len(head)) // len(piece))


STRANGE = {
    "300 multiparts, 150,000 lines": MIXED + NEST + b"--b300\r\n\r\nx" + b"\r\n" * 150_000,
    "300 multiparts, 10 MiB": full(MIXED + NEST + b"--b300\r\n\r\nx", b"\r\n"),
    "line ends": full(HEAD + b"\r\n", b"\r\n"),
    "parts": full(MIXED, b"--b0\r\n\r\nx\r\n"),
    "parameters": full(MIXED, b"--b0\r\nContent-Type: a/b" + b'; a="b' * 300 + b"\r\n\r\n"),
    "recipients": full(HEAD + b"To: ", b"aaa@bbb.example, "),
    "headers": full(HEAD, b"a:\r\n"),
    "signs of HTML": full(HTML, b"<a "),
    "links": full(HTML, b"<a href=http://x>y</a>"),
    "quotations": full(REPLY, b"> a\r\nb\r\n"),
    "bad bytes": full(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n", b"a\xff"),
    "damaged base64": full(HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n", b"!YQ==\r\n"),
    "mails in mails": full(HEAD, b"Content-Type: message/rfc822\r\n\r\n"),
}


def read_alone(raw: bytes) -> tuple[float, float]:
    """Seconds of one reading, and megabytes above those of the process before it."""
    answer: Any = Queue()

    def read() -> None:
        before = _megabytes()
        began = time.perf_counter()
        ADAPTER.parse_message(raw, SENDER)
        answer.put((time.perf_counter() - began, _megabytes() - before))

    process = Process(target=read)
    process.start()
    figures: tuple[float, float] = answer.get(timeout=60)
    process.join()
    return figures


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def hand_over(port: int, raw: bytes) -> None:
    with suppress(smtplib.SMTPException, OSError), smtplib.SMTP("127.0.0.1", port) as relay:
        relay.sendmail(SENDER, ["dki@jakarta.go.id"], raw)


def keep_sending(port: int, raw: bytes, over: Any) -> None:
    while not over.is_set():
        hand_over(port, raw)


def time_small_mails(port: int, told: Any) -> None:
    waits = []
    for _ in range(40):
        began = time.perf_counter()
        hand_over(port, SMALL)
        waits.append((time.perf_counter() - began) * 1000)
        time.sleep(0.05)
    told.put(waits)


class Nowhere(Reception):
    """Takes mails and keeps none."""

    def __init__(self) -> None:
        self.mails = LargeMails(16 * 1024 * 1024, 60.0)

    async def file_mail(self, *_: Any) -> tuple[None, ...]:
        return ()


async def wait_of_others(raw: bytes | None) -> list[float]:
    server = MailServer(Nowhere(), ADAPTER, "127.0.0.1", 0, MAX_BYTES + 1024)
    await server.start()
    over = Event()
    told: Any = Queue()
    strangers = [
        Process(target=keep_sending, args=(server.port, raw, over)) for _ in range(2 if raw else 0)
    ]
    others = Process(target=time_small_mails, args=(server.port, told))
    for process in (*strangers, others):
        process.start()
    waits: list[float] = await asyncio.to_thread(told.get)
    over.set()
    for process in (*strangers, others):
        await asyncio.to_thread(process.join)
    await server.stop()
    return waits


def rows() -> Iterator[str]:
    odd = [read_alone(mail.raw) for mail in all_odd_mails()[::10]]
    seconds, megabytes = (max(figures) for figures in zip(*odd, strict=True))
    yield f"{'30 odd mails, the worst':32} {seconds:6.2f} s {megabytes:5.0f} MB"
    for name, raw in STRANGE.items():
        seconds, megabytes = read_alone(raw)
        waits = asyncio.run(wait_of_others(raw))
        yield (
            f"{name:32} {seconds:6.2f} s {megabytes:5.0f} MB"
            f"   others wait {median(waits):4.0f} ms, at most {max(waits):4.0f} ms"
        )
    waits = asyncio.run(wait_of_others(None))
    yield f"{'nobody else':50} others wait {median(waits):4.0f} ms, at most {max(waits):4.0f} ms"


if __name__ == "__main__":
    for row in rows():
        print(row, flush=True)  # noqa: T201
