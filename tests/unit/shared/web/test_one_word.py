"""One word for one thing, on all pages and in all messages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
READ = (
    *(ROOT / "services/intake/doors/pages").glob("*.html"),
    *(ROOT / "services/tracking/web/templates").glob("*.html"),
    ROOT / "services/intake/doors/form.py",
    ROOT / "services/tracking/web/indonesian.py",
    ROOT / "services/notify/wording/sentences.py",
    ROOT / "services/routing/console/words/indonesian.py",
)

OTHER_WORDS = {
    "kode pelacakan": r"kode (lacak|laporan|aduan|pengaduan|tracking)|nomor pelacakan",
    "tenggat": r"batas waktu|jatuh tempo|deadline",
    "keberatan": r"sanggah\w*|banding",
}


@pytest.mark.parametrize(("word", "others"), OTHER_WORDS.items(), ids=OTHER_WORDS)
def test_one_thing_has_one_name(word: str, others: str) -> None:
    texts = {str(path.relative_to(ROOT)): path.read_text() for path in READ}
    assert any(word in text.lower() for text in texts.values())
    found = {name: re.findall(rf"\b({others})\b", text, re.I) for name, text in texts.items()}
    assert {name: words for name, words in found.items() if words} == {}
