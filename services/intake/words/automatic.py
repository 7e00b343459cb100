"""Whether words look like a machine's answer: an absence notice, a shop's greeting. Pure.

Channels without headers (short messages, chats, posts) have nothing but the words. What looks
automatic is filed all the same; it answers no question and gets no receipt. So a person who is
taken for a machine loses a receipt, and a machine that is taken for a person closes a question:
the signs are those that machines give at the beginning, in a sentence of their own.
"""

import re

_LOOKED_AT = 600
"""Characters: a notice says so at once."""
_FIRST_SENTENCES = 4
"""A subject, a greeting, and the notice itself."""

_SENTENCE = re.compile(r"[.!?\n]+")
_OPENING = (
    r"(?:(?:mohon maaf|maaf|saat ini|sekarang|untuk saat ini|sorry|unfortunately|currently|"
    r"please note that|thank you for your (?:e-?mail|message)|terima kasih atas (?:e-?mail|surel|"
    r"pesan)(?: anda)?(?:nya)?)[\s,;:]*)*"
)
_DECLARES = re.compile(
    r"(?:(?:re|balasan|fwd?)\s*:\s*)*"
    r"(?:\W*(?:balasan|jawaban|pesan) otomatis|\W*auto(?:matic|mated)?[- ]?(?:reply|response)"
    r"|\W*out[- ]of[- ](?:the[- ])?office(?: (?:auto)?[- ]?reply)?)\s*(?:$|[:;,\]\)\u2013\u2014-])"
    r"|(?:ini (?:adalah )?|this is an? )"
    r"(?:balasan|jawaban|pesan|e-?mail|surel|automat(?:ic|ed)|auto)"
    r"[- ](?:otomatis|reply|response|message|e-?mail)"
    r"|(?:pesan|balasan|jawaban|surel|e-?mail) ini (?:\w+ )?(?:secara )?otomatis"
    r"|(?:this (?:message|e-?mail|reply) (?:was|is|has been) (?:sent |generated )?automatically)",
)
_ABSENT = re.compile(
    _OPENING + r"(?:(?:saya|kami|kantor kami|kantor saya|kami)(?: \w+){0,2}? "
    r"(?:sedang |masih |akan )?(?:menjalani |mengambil )?"
    r"(?:cuti|tidak (?:berada )?di (?:kantor|tempat)|di luar kantor|dinas luar|libur|tutup)"
    r"|(?:i am|i'm|i\u2019m|i will be|we are|our office is|the office is)(?: \w+)? "
    r"(?:out of (?:the )?office|out of town|on (?:\w+ )?(?:leave|vacation|holiday)"
    r"|away(?: from)?|closed|not in the office))\b"
)
_GREETS = re.compile(
    r"(?:hai|halo|hi|hello|selamat \w+)?[\s,!]*"
    r"(?:terima kasih|terimakasih|makasih|thank you|thanks)\b.{0,30}\b"
    r"(?:menghubungi|contacting|reaching out|(?:your|for the) (?:e-?mail|message|inquiry)"
    r"|pesan anda|atas pesan)"
)
_RETURNS = re.compile(
    r"\bakan (?:\w+ ){0,2}(?:membalas|merespons?|menjawab|kembali|balas|dibalas|menindaklanjuti)"
    r"|\bkembali (?:ke kantor|bekerja|masuk|aktif|pada)|\b(?:sampai|hingga|s/d|sd)\b"
    r"|\b(?:keperluan|hal)\b.{0,20}\b(?:mendesak|darurat|penting)\b|\buntuk sementara\b"
    r"|\b(?:will|shall|'ll|\u2019ll) (?:\w+ ){0,2}(?:respond|reply|answer|return|be back|get back)"
    r"|\b(?:until|returning|limited access)\b|\b(?:on|upon|after|when) (?:my|i|our|we) return"
    r"|\burgent(?:ly)?\b"
)
_PROMISES = re.compile(
    r"\bakan (?:\w+ ){0,2}(?:membalas|merespons?|menjawab|menghubungi|balas|dibalas|direspons?)"
    r"|\b(?:will|'ll|\u2019ll) (?:\w+ ){0,2}(?:respond|reply|answer|get back|contact you)"
    r"|\bjam (?:operasional|kerja|layanan|buka)\b|\b(?:business|office|working) hours\b"
    r"|\breceived your (?:e-?mail|message|inquiry)\b|\bmohon (?:menunggu|ditunggu|tunggu)\b"
)


def looks_automatic(text: str) -> bool:
    """Whether the beginning is that of an absence notice or of another machine's answer.

    Indonesian and English. It takes time in proportion to a bounded beginning.
    """
    start = text[:_LOOKED_AT].lower()
    sentences = [each.strip(" \t*_\"'()[]") for each in _SENTENCE.split(start)]
    first = [each for each in sentences if each][:_FIRST_SENTENCES]
    if any(_DECLARES.match(each) for each in first):
        return True
    if any(_ABSENT.match(each) for each in first) and _RETURNS.search(start):
        return True
    return any(_GREETS.match(each) for each in first[:2]) and bool(_PROMISES.search(start))


def only_quotes(text: str) -> bool:
    """Whether each line is a quoted one: the writer has added nothing of their own."""
    lines = [line.strip() for line in text.splitlines()]
    return all(line.startswith((">", "|")) for line in lines if line) and any(lines)
