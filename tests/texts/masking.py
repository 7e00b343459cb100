"""What a mask is worth on the labelled texts of ``masking_work`` and ``masking_unseen``.

A label is a stretch that must not be read. It is found when the masked stretches together cover
all its letters and digits, whatever kind they say; for an address four in five are enough, because
where it ends (at the house number, at the RT) is a matter of taste. A text without labels is a
decoy: it is touched by any stretch at all.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

GROUP_OF = {
    "nik": "numbers",
    "kk": "numbers",
    "npwp": "numbers",
    "account": "numbers",
    "plate": "numbers",
    "number": "numbers",
    "phone": "phones",
    "email": "mail",
    "handle": "handles",
    "name": "names",
    "address": "addresses",
}
"""Kind of a label -> the group that its recall is counted in."""

ADDRESS_SHARE = 0.8
"""Of the letters and digits of a labelled address that must be covered."""


@dataclass(frozen=True, slots=True)
class Span:
    """Code points from ``start`` to before ``end``."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class MaskingText:
    id: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class MaskingFigures:
    """``labelled`` and ``found``: counts by group. ``missed``: id and kind of each label that was
    not found. ``touched``: ids of decoys. ``overmasked``: share (0 to 1) of the letters and digits
    outside all labels that were masked, in texts that have labels."""

    labelled: Mapping[str, int]
    found: Mapping[str, int]
    missed: tuple[tuple[str, str], ...]
    decoys: int
    touched: tuple[str, ...]
    overmasked: float

    def recall(self, group: str) -> float:
        """0 to 1; 1 where nothing of the group is labelled."""
        labelled = self.labelled.get(group, 0)
        return self.found.get(group, 0) / labelled if labelled else 1.0

    @property
    def touched_share(self) -> float:
        """Of the decoys, 0 to 1; 0 where there are none."""
        return len(self.touched) / self.decoys if self.decoys else 0.0


def load_masking(half: str) -> list[MaskingText]:
    """``half``: work or unseen."""
    lines = (HERE / f"masking_{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_masking_text(json.loads(line)) for line in lines]


def _masking_text(row: dict[str, Any]) -> MaskingText:
    spans = tuple(Span(each["start"], each["end"], each["kind"]) for each in row["spans"])
    return MaskingText(row["id"], row["text"], spans)


def masking_figures(
    texts: Iterable[MaskingText], answers: Mapping[str, Sequence[Span]]
) -> MaskingFigures:
    """``answers`` by id of the text. Raises KeyError for a text without an answer."""
    labelled: Counter[str] = Counter()
    found: Counter[str] = Counter()
    missed: list[tuple[str, str]] = []
    decoys: list[str] = []
    outside = masked_outside = 0
    for text in texts:
        masked = _places(answers[text.id])
        if not text.spans:
            decoys.append(text.id)
            continue
        for span in text.spans:
            group = GROUP_OF[span.kind]
            labelled[group] += 1
            if _is_found(text.text, span, masked):
                found[group] += 1
            else:
                missed.append((text.id, span.kind))
        free = _read(text.text, range(len(text.text))) - _places(text.spans)
        outside += len(free)
        masked_outside += len(free & masked)
    return MaskingFigures(
        labelled=labelled,
        found=found,
        missed=tuple(missed),
        decoys=len(decoys),
        touched=tuple(each for each in decoys if answers[each]),
        overmasked=masked_outside / outside if outside else 0.0,
    )


def _places(spans: Iterable[Span]) -> set[int]:
    return {place for span in spans for place in range(span.start, span.end)}


def _read(text: str, places: Iterable[int]) -> set[int]:
    """Those of the places that hold a letter or a digit: what tells a reader something."""
    return {place for place in places if text[place].isalnum()}


def _is_found(text: str, span: Span, masked: set[int]) -> bool:
    told = _read(text, range(span.start, span.end))
    share = ADDRESS_SHARE if span.kind == "address" else 1.0
    return len(told & masked) >= share * len(told)
