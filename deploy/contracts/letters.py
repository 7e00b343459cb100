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


def our_sentences() -> str:
    """The text of ``SENTENCES``: each sentence of a mail once, with notify's ``{slots}``."""
    of_frames = [line for frame in FRAMES.values() for line in _of_frame(frame)]
    wordings = [wording for by_stage in WORDINGS.values() for wording in by_stage.values()]
    wordings += ASKING_FOR_WORDS.values()
    of_stages = [line for wording in wordings for line in _of_stage(wording)]
    return pretty({"sentences": list(dict.fromkeys(filter(None, of_frames + of_stages)))})


def _of_frame(frame: Frame) -> list[str]:
    closing = frame.closing.split("\n")
    return [frame.greeting, frame.number, frame.code, frame.track, *closing, frame.words_rest]


def _of_stage(wording: Wording) -> list[str]:
    return [wording.says, wording.then, wording.heading]
