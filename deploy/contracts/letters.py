"""The sentences of our letters, by which intake recognises them where a reply quotes them."""

from __future__ import annotations

from deploy.contracts.documents import ROOT, pretty
from services.notify.wording.sentences import (
    ASKING_FOR_WORDS,
    FRAMES,
    WORDINGS,
    Frame,
    Wording,
)

SENTENCES = ROOT / "services" / "intake" / "channels" / "email" / "our_sentences.json"

SAID_BEFORE = (
    "Kode lacak: {code}",
    "(selengkapnya di {site} dengan kode lacak)",
    "Jawablah di {site} dengan kode lacak Anda. Bila pesan ini surel, Anda juga dapat membalasnya."
    " Batas waktu tindak lanjut berhenti sementara sampai jawaban Anda kami terima.",
    "Batas waktu penyelesaian laporan Anda diperpanjang sampai {due}.",
    "Batas waktu semula tetap tercatat dan dapat Anda lihat saat melacak laporan.",
    "Bila Anda berkeberatan, Anda dapat mengajukan banding dalam 10 hari.",
    "Nomor dan kode lacak Anda tetap berlaku, dan hasilnya akan kami sampaikan kepada Anda.",
)
"""Sentences of letters that an earlier release has sent: replies to these still come."""


def our_sentences() -> str:
    """The text of ``SENTENCES``: each sentence of a mail once, with notify's ``{slots}``."""
    of_frames = [line for frame in FRAMES.values() for line in _of_frame(frame)]
    wordings = [wording for by_stage in WORDINGS.values() for wording in by_stage.values()]
    wordings += ASKING_FOR_WORDS.values()
    of_stages = [line for wording in wordings for line in _of_stage(wording)]
    said = [*filter(None, of_frames + of_stages), *SAID_BEFORE]
    return pretty({"sentences": list(dict.fromkeys(said))})


def _of_frame(frame: Frame) -> list[str]:
    closing = frame.closing.split("\n")
    return [frame.greeting, frame.number, frame.code, frame.track, *closing, frame.words_rest]


def _of_stage(wording: Wording) -> list[str]:
    return [wording.says, wording.then, wording.heading]
