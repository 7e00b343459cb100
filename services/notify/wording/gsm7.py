"""The alphabet of a short message (3GPP TS 23.038, the default alphabet without its extension).

A message holds 160 characters of this alphabet. One character outside of it makes the whole message
UCS-2, which holds 70. So text is folded into the alphabet before its length is measured.
"""

import unicodedata

LIMIT = 160

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)

# A character of the extension table counts as two; its replacement here counts as one.
_PLAIN = str.maketrans(
    {
        "[": "(", "]": ")", "{": "(", "}": ")", "|": "/", "\\": "/", "~": "-", "^": None,
        "€": "E", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...",
        "`": "'", "\t": " ", "\n": " ", "\r": " ", "\u00a0": " ",
    }
)  # fmt: skip


def fold(text: str) -> str:
    """``text`` in the alphabet: accents it lacks are dropped, unknown characters left out."""
    plain = text.translate(_PLAIN)
    if ALPHABET.issuperset(plain):
        return plain
    return "".join(_written(character) for character in plain)


def _written(character: str) -> str:
    if character in ALPHABET:
        return character
    parts = unicodedata.normalize("NFKD", character).translate(_PLAIN)
    return "".join(part for part in parts if part in ALPHABET)
