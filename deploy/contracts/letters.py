"""The sentences of our letters, by which intake recognises them where a reply quotes them."""

from __future__ import annotations

import json

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
    """The text of ``SENTENCES``: each sentence of a mail once, with notify's ``{slots}``; then
    those that only earlier releases have sent. None leaves the file: replies to old letters still
    come, and what is not recognised in them is filed as the citizen's words."""
    of_frames = [line for frame in FRAMES.values() for line in _of_frame(frame)]
    wordings = [wording for by_stage in WORDINGS.values() for wording in by_stage.values()]
    wordings += ASKING_FOR_WORDS.values()
    of_stages = [line for wording in wordings for line in _of_stage(wording)]
    said = [*filter(None, of_frames + of_stages), *_said_before()]
    return pretty({"sentences": list(dict.fromkeys(said))})


def _said_before() -> list[str]:
    kept: list[str] = json.loads(SENTENCES.read_text(encoding="utf-8"))["sentences"]
    return kept


def _of_frame(frame: Frame) -> list[str]:
    closing = frame.closing.split("\n")
    return [frame.greeting, frame.number, frame.code, frame.track, *closing, frame.words_rest]


def _of_stage(wording: Wording) -> list[str]:
    return [wording.says, wording.then, wording.heading]
