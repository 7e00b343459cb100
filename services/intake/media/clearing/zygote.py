"""The process that makes a child for each file: ``python -m services.intake.media.clearing.zygote``

It has imported all codecs, so that a child costs 4 ms and not 230. It has no key, no address and no
database, and never reads a byte of a file itself. It is told what to do over one socket, its
standard input, and ends when that closes.
"""

import gc
import os
import select
import signal
import socket
import sys

from services.intake.media.clearing.confinement import (
    LAST,
    NICE,
    Session,
    confine,
    give_way,
    lower_own_rights,
)
from services.intake.media.clearing.media_type import MediaType, media_type
from services.intake.media.clearing.picture import clear_picture, load_codecs
from services.intake.media.clearing.protocol import (
    CHILD_SECONDS,
    DAMAGED,
    DONE,
    GIVING_WAY_SECONDS,
    NO_MEMORY,
    ORDER_EVIDENCE,
    ORDER_GIVING_WAY,
    READY,
    REPORT,
)
from services.intake.media.clearing.wire import pack

_CHUNK = 1 << 20


def main() -> None:
    """Serve orders until the socket closes."""
    control = socket.socket(fileno=os.dup(0))
    load_codecs()
    session = Session()
    lower_own_rights()
    gc.freeze()
    gc.disable()  # A child is gone before it would pay.
    control.sendall(READY)
    _be_silent()
    while True:
        order, given, _, _ = socket.recv_fds(control, 1, 1)
        if not order:
            return
        session.weigh(LAST if order == ORDER_GIVING_WAY else NICE)
        control.sendall(_one_child(control, session, order, given[0]))


def _be_silent() -> None:
    """Codecs write about a file to standard error; nothing of it belongs into a log."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in (0, 1, 2):
        os.dup2(nothing, each)
    os.close(nothing)


def _one_child(control: socket.socket, session: Session, order: bytes, given: int) -> bytes:
    """The report of a child that has been and gone."""
    alive, held = os.pipe()
    zygote = os.getpid()
    child = os.fork()
    if child == 0:
        status = DAMAGED
        try:
            for each in (alive, control.fileno()):
                os.close(each)
            session.let_go()
            if order == ORDER_GIVING_WAY:
                give_way()
            status = _clear(given, zygote, evidence=order == ORDER_EVIDENCE)
        finally:
            os._exit(status)
    os.close(held)
    os.close(given)
    seconds = GIVING_WAY_SECONDS if order == ORDER_GIVING_WAY else CHILD_SECONDS
    late = not _gone_in_time(control, alive, seconds)
    if late:
        os.kill(child, signal.SIGKILL)
    os.close(alive)
    _, status, used = os.wait4(child, 0)
    cpu = int((used.ru_utime + used.ru_stime) * 1_000_000)
    peak = used.ru_maxrss // (1024 if sys.platform == "darwin" else 1)
    return REPORT.pack(status, cpu, peak, late)


def _gone_in_time(control: socket.socket, alive: int, seconds: float) -> bool:
    """Whether the child has let go of its end of the pipe. Not when whoever gives orders is gone:
    nobody waits for the answer."""
    poll = select.poll()
    poll.register(alive, select.POLLIN)
    poll.register(control, select.POLLIN)
    return any(each == alive for each, _ in poll.poll(seconds * 1000))


def _clear(given: int, zygote: int, *, evidence: bool) -> int:
    """A child's whole life. Errors end it, and so say that the file is damaged."""
    with socket.socket(fileno=given) as way:
        data = _all_of(way)
        threads = media_type(data) in (MediaType.HEIF, MediaType.AVIF)
        confine(zygote, threads=threads)
        try:
            answer = pack(clear_picture(data, evidence=evidence))
        except MemoryError:
            return NO_MEMORY
        way.sendall(answer)
    return DONE


def _all_of(way: socket.socket) -> bytes:
    chunks = []
    while chunk := way.recv(_CHUNK):
        chunks.append(chunk)
    return b"".join(chunks)


if __name__ == "__main__":
    main()
