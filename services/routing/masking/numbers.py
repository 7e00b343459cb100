"""Whose number a row of digits is: a person's, and of which kind, or nobody's. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import phonenumbers
from stdnum.id import npwp

from services.routing.masking.digits import Group, rows
from services.routing.masking.known import Known
from services.routing.masking.masked import Span

NEAR = 48
"""Characters before a number in which a word says what it is."""
LONGEST = 19
"""No number of a person has more digits."""
_OWNED = re.compile(
    r"\b(?:(?P<nik>e-?ktp|ktp|nik|n\.i\.k|k\.t\.p|kia|nomor induk kependudukan"
    r"|(?:nomor|no\.?) induk(?! siswa| mahasiswa| pegawai| santri)|identitas)"
    r"|(?P<kk>kk|nokk|kartu keluarga)"
    r"|(?P<npwp>npwp|pajak)"
    r"|(?P<phone>no ?hp|hp|hape|tel|telp|tlp|tilp|tlpn|telpn|telpon|telepon|telefon|phone|telephone"
    r"|wa|nowa|whatsapp|whatsap|watsap|ditelpon|ditelepon|hub|hubungi|dihubungi|menghubungi|kontak"
    r"|contact|cp|call|sms|ponsel|handphone|seluler|mobile|nomorku|nomerku|waku|hpku"
    r"|fax|telkom|flexi|viber|signal|(?:nomor|nomer|nmr|no)\.? (?:saya|sy|ku|aku|kami|gue|gw"
    r"|istri|suami|anak"
    r"|ibu|bapak|kakak|adik|pribadi|aktif|rumah))"
    r"|(?P<account>(?:no|nomor)?\.?rek|rekening|norek|bca|bri|bni|mandiri|btn|bsi|cimb|niaga"
    r"|permata|danamon|ocbc|panin|mega|maybank|jago|seabank|muamalat|bank|transfer|tf|va|bjb|btpn"
    r"|jenius|sinarmas|bukopin|uob|hsbc|citibank|blu|tabungan|nabung"
    r"|virtual account)"
    r"|(?P<service>nip|nrp|nrk|karpeg)"
    r"|(?P<number>bpjs(?:tk)?|jkn|kis|kip|kjp|atm|debit|kjmu|kjs|sim|paspor|passport|kitas|kitap"
    r"|nisn|nis"
    r"|jakcard|e-?money|flazz|brizzi|(?:ke)?peserta(?:an)?"
    r"|niy|pendaftaran|ppdb|dtks|bdt|kartu(?: \w{2,12}){0,2}|stnk|bpkb|nuptk|npm|nim|ktm"
    r"|(?:nomor|no\.?) induk (?:siswa|mahasiswa|pegawai|santri)|(?:no|nomor)\.? anggota"
    r"|taspen|pensiun|polis|porsi|nomor ujian|no ujian"
    r"|rekam medi[sk]|imei(?: (?:hp|hape|handphone))?|kks|klj|kpj|visa|jamkesda)"
    r"|(?P<nobody>tiket|ticket|laporan|resi|idpel|id pel|pelanggan|meter|meteran|pam|pdam|pln"
    r"|listrik|air|token|crm|surat|perda|pergub|invoice|faktur|pesanan|order|referensi|ref|nop"
    r"|pbb|sertifikat|imb|aset|tiang|panel|gardu|halte|nib|barcode|seri|kode)"
    r"|(?P<office>kantor(?! (?:saya|sy|kami|suami|istri))"
    r"|(?<!warga )(?<!penghuni )(?:kelurahan|kecamatan)"
    r"|puskesmas"
    r"|rsud|rsup|rs|dinas|sudin|posko"
    r"|call ?cent(?:er|re)|hotline|customer service|layanan|bpbd|damkar|pemadam|polsek|polres"
    r"|polda|pos|balai ?kota|pmi"
    r"|ambulans?|pengaduan|samsat|walikota|upt?))\b"
)
_CUSTOMER = re.compile(
    r"\b(?:(?P<case>tiket|ticket|laporan|crm|pengaduan)"
    r"|id ?pel\w*|pelanggan|resi|meter\w*|pln|pam|pdam|token)"
    r"(?: (?:pln|pam|listrik|air|jaya|pdam|pelanggan|palyja|aetra|prabayar|jaki|crm|saya)){0,3}"
    r"(?:[\s:.#=]{0,3}(?:no|nomor|nmr|number|id|kode)\b)?[\s:.#=]{0,4}$"
)
_BANK_AFTER = re.compile(
    r"[\s,.(\-]{0,3}(?:(?:rek(?:ening)?|bank)\s){0,2}(?:bca|bri|bni|mandiri|btn|bsi|cimb"
    r"|permata|danamon|dki|a/n|a\.n|an\b|atas nama)"
)
_MOBILE = re.compile(r"(?:0{0,2}62|0|620)8[1-9][0-9]{7,11}")
_SHORT_MOBILE = re.compile(r"(?:0{0,2}62|0|620)8[1-9][0-9]{5,10}")
_WHOLE_SHORT = re.compile(r"08[1-9][0-9]{6}")
_GROUPED_SHORT = re.compile(r"08[1-9][0-9]{6}|0[2-9][0-9]{1,2}[2-9][0-9]{6}")
_BARE_MOBILE = re.compile(r"8[1-9][0-9]{7,10}")
_JAKARTA_LINE = re.compile(r"(?:0{0,2}62|0|620)21[2-9][0-9]{6,7}")
_LINE = re.compile(r"(?:(?:00)?62|0)[2-9][0-9]{1,2}[2-9][0-9]{5,7}")
_LOCAL_LINE = re.compile(r"[2-9][0-9]{6,7}")
_PERSON = re.compile(
    r"(?:1[1-9]|2[1-9]|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[1-2]|9[1-7])[0-9]{4}"
    r"(?:0[1-9]|[12][0-9]|3[01]|4[1-9]|[56][0-9]|7[01])(?:0[1-9]|1[0-2])[0-9]{6}"
)
_TAX_GROUPS = (2, 3, 3, 1, 3, 3)
_LAND_GROUPS = (2, 2, 3, 3, 3, 4, 1)
"""Of the number of a plot that is taxed (NOP)."""
_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?(?:wa\.me/|api\.whatsapp\.com/send/?\?phone=|wa\.link/)\+?$"
)
_OFFICE_AFTER = re.compile(
    r"[ ,(\-]{1,3}(?:itu |adalah |nomor )?(?:kantor(?! (?:saya|sy|kami))|puskesmas|dinas|polsek"
    r"|rsud|call ?center|hotline)\b"
)
_OWN = re.compile(
    r"\b(?:telp|tlp|telepon|telpon|hp|wa|nomor|nomer|no|kontak|hubungi|hub)\.? "
    r"(?:rumah |rmh |di |ke |nomor |no )*+(?:saya|sy|aku|kami|gue|gw|istri|suami|ibu saya|rumah)\b"
)
_OWN_COUNTRY = re.compile("0|62|8")
_BEHIND_CODE = re.compile(r"(?<=^0[2-9][0-9])[2-9]|(?<=^0[2-9][0-9]{2})[2-9]")
_SHORTEST = 10
"""Digits of a mobile number."""
_IN_TWO = 2
_FEWEST = 7
"""Digits of a number of a person."""
_COUNTRY = 2
"""Digits before a phone of another country, when they stand apart."""
_MOBILES = re.compile(r"\b(?:hp|hape|wa|whatsapp|ponsel|handphone)\b[ :.=]{0,3}$")
_CALLED = 12
"""Characters between a word of phones and a number that is none of the usual ones."""
_EXTENSION = re.compile(
    r" ?/ ?[0-9]{1,4}(?![0-9]|[\-. ][0-9])"
    r"|[ ,.(\-]{0,3}(?:ext|extension|ekstensi|ekst|pes|pesawat)[ .:]{0,3}[0-9]{1,5}\b"
)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the words around a row say. ``of``: a group of `_OWNED`; ``office``: one is named.
    ``officer``: it speaks of one who serves the city. ``near``: the word of ``of`` stands
    close. ``case``: the number is that of a report, which no phone looks like.
    """

    of: str
    office: bool
    officer: bool
    customer: bool
    case: bool
    bank_after: bool
    near: bool
    link: str
    plus: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """Groups from one on, joined: the number of groups and their digits."""

    size: int
    digits: str


def numbers(known: Known, low: str, bones: str) -> Iterator[Span]:
    """Spans of persons' numbers in a folded text in lower case, with its skeleton."""
    for groups in rows(bones):
        yield from _in_row(known, low, groups)


def _in_row(known: Known, low: str, groups: Sequence[Group]) -> Iterator[Span]:
    place = 0
    said = _said(known, low, groups[0].start, groups[-1].end)
    while place < len(groups):
        joined = list(_joined(groups, place))
        found = _kind(known, said, groups, place, joined)
        if found is None:
            place += 1
            continue
        kind, size = found
        if kind == "phone" and _is_spelt(groups[place]):
            size += _left_over(groups[place + size : place + size + _FEWEST])
        if kind != "kept":
            yield _span(low, groups[place], groups[place + size - 1], said, place, kind)
        place += size
        if place < len(groups):
            said = _said(known, low, groups[place].start, groups[-1].end)


def _said(known: Known, low: str, start: int, end: int) -> _Said:
    before = low[max(0, start - NEAR) : start].rpartition("\x02")[2]
    words = list(_OWNED.finditer(before))
    last = next((w for w in reversed(words) if w.lastgroup != "office"), None)
    owner = last.lastgroup if last else None
    # "kantor kelurahan tutup, telp saya 021..." is the writer's own.
    own = _OWN.search(before) or (_MOBILES.search(before) if owner == "phone" else None)
    offices = [w for w in words if w.lastgroup == "office" and (not own or w.start() > own.end())]
    stripped = before.rstrip("( ")
    link = _LINK.search(before)
    customer = _CUSTOMER.search(before)
    return _Said(
        of=owner or "",
        office=bool(offices) or _OFFICE_AFTER.match(low, end) is not None,
        officer=any(word in known.offices for word in re.findall(r"[a-z]+", before)),
        customer=customer is not None,
        case=customer is not None and customer["case"] is not None,
        bank_after=bool(_BANK_AFTER.match(low, end)),
        near=last is not None and len(before) - last.end() <= _CALLED,
        link=link[0] if link else "",
        plus=stripped.endswith("+"),
    )


def _joined(groups: Sequence[Group], place: int) -> Iterator[_Row]:
    digits = ""
    for size, group in enumerate(groups[place : place + LONGEST], 1):
        if len(group.digits) > LONGEST:
            return
        digits += group.digits
        if len(digits) > LONGEST:
            return
        yield _Row(size, digits)


def _kind(
    known: Known, said: _Said, groups: Sequence[Group], place: int, joined: Sequence[_Row]
) -> tuple[str, int] | None:
    """The kind of the number that begins at a group, and how many groups it has."""
    if not joined or len(joined[-1].digits) < 7:
        return None
    return (
        _office(known, joined)
        or _land(groups, place)
        or _tax(said, groups, place, joined)
        or _person(said, joined)
        or _phone(said, joined, spelt=_is_spelt(groups[place]))
        or _by_word(said, joined)
    )


def _office(known: Known, joined: Sequence[_Row]) -> tuple[str, int] | None:
    return next((("kept", row.size) for row in joined if row.digits in known.phones), None)


def _land(groups: Sequence[Group], place: int) -> tuple[str, int] | None:
    size = len(_LAND_GROUPS)
    lengths = tuple(len(each.digits) for each in groups[place : place + size])
    return ("kept", size) if lengths == _LAND_GROUPS else None


def _tax(
    said: _Said, groups: Sequence[Group], place: int, joined: Sequence[_Row]
) -> tuple[str, int] | None:
    lengths = tuple(len(each.digits) for each in groups[place : place + 6])
    if lengths == _TAX_GROUPS:
        return "npwp", 6
    for row in joined:
        whole = row.size == 1 and len(row.digits) == 15 and said.of == "" and not said.customer
        if whole and npwp.is_valid(row.digits):
            return "npwp", row.size
        if len(row.digits) in (15, 16) and said.of == "npwp":
            longer = next((r for r in joined if len(r.digits) == 16), row)
            return "npwp", longer.size
    return None


def _person(said: _Said, joined: Sequence[_Row]) -> tuple[str, int] | None:
    if said.customer:
        return None
    kind = "kk" if said.of == "kk" else "nik"
    for row in joined:
        if len(row.digits) == 16 and _PERSON.fullmatch(row.digits):
            return kind, row.size
    if said.of in ("nik", "kk"):
        # Said to be one: a digit too many or too few, or a date that is none, hides nobody.
        near = [row for row in joined if 14 <= len(row.digits) <= 18]
        return (kind, near[-1].size) if near and not _mobile(joined) else None
    return None


def _mobile(joined: Sequence[_Row]) -> _Row | None:
    """A first group that is a whole number stands alone; else as many as still make one. Two or
    three digits that end the row behind the shortest number are its own: 0812345678 90."""
    fitting = [row for row in joined if _MOBILE.fullmatch(row.digits)]
    if not fitting or fitting[0].size > 1:
        return fitting[-1] if fitting else None
    broken = len(fitting) == len(joined) == _IN_TWO and len(fitting[0].digits) == _SHORTEST
    return fitting[-1 if broken and len(fitting[-1].digits) - _SHORTEST in (2, 3) else 0]


def _left_over(groups: Sequence[Group]) -> int:
    """Groups behind a phone in words that are too few for another number, and so are its own."""
    short = len(groups) < _FEWEST and sum(len(each.digits) for each in groups) < _FEWEST
    return len(groups) if short and all(map(_is_spelt, groups)) else 0


def _is_spelt(group: Group) -> bool:
    return group.end - group.start > 2 * len(group.digits)


def _phone(said: _Said, joined: Sequence[_Row], *, spelt: bool) -> tuple[str, int] | None:
    if (not said.customer or said.case) and (row := _mobile(joined)):
        return "phone", row.size
    if said.customer:
        return None
    if (said.plus or said.link or joined[0].digits.startswith("00")) and (row := _abroad(joined)):
        return "phone", row.size
    for pattern in _patterns(said, joined, spelt=spelt):
        fitting = [row for row in joined if pattern.fullmatch(row.digits)]
        if fitting:
            kept = said.office and pattern is not _BARE_MOBILE and pattern is not _SHORT_MOBILE
            return ("kept" if kept else "phone"), fitting[-1].size
    return _said_phone(joined) if said.of == "phone" and said.near and not said.office else None


def _patterns(said: _Said, joined: Sequence[_Row], *, spelt: bool) -> list[re.Pattern[str]]:
    """What a phone may look like: the more, the more the words before it say that it is one."""
    lines = [_JAKARTA_LINE] if said.of != "nobody" else []
    if said.of == "phone" or said.link or said.plus:
        return [*lines, _SHORT_MOBILE, _BARE_MOBILE, _LINE, _LOCAL_LINE]
    if said.of != "":
        return lines
    if spelt or _looks_dialled(joined) or _is_dotted_out(joined):
        return [*lines, _LINE, _BARE_MOBILE]
    # 0361-234567: the code of a town, then all the rest.
    if len(joined) == _IN_TWO and _BEHIND_CODE.match(joined[1].digits, len(joined[0].digits)):
        return [*lines, _LINE, _GROUPED_SHORT]
    return [*lines, _GROUPED_SHORT if len(joined) > 1 else _WHOLE_SHORT]


def _said_phone(joined: Sequence[_Row]) -> tuple[str, int] | None:
    """What a word right before says is a phone, whatever its length."""
    abroad = _abroad(joined)
    if abroad and len(joined[0].digits) == _COUNTRY:
        return "phone", abroad.size
    fitting = [r for r in joined if 9 <= len(r.digits) <= 15 and _OWN_COUNTRY.match(r.digits)]
    return ("phone", fitting[-1].size) if fitting else None


def _looks_dialled(joined: Sequence[_Row]) -> bool:
    """Three groups and more as people write a phone: none of thousands, none of one digit."""
    first = [len(joined[0].digits)]
    first += [len(b.digits) - len(a.digits) for a, b in pairwise(joined)]
    return len(first) >= 3 and 3 <= first[0] <= 4 and 3 <= first[1] <= 4 and 3 <= first[2] <= 5


def _is_dotted_out(joined: Sequence[_Row]) -> bool:
    """Ten digits and more, each on its own."""
    return len(joined) >= _SHORTEST and len(joined[-1].digits) == len(joined)


def _abroad(joined: Sequence[_Row]) -> _Row | None:
    for row in reversed(joined):
        digits = row.digits.removeprefix("00")
        if 9 <= len(digits) <= 15 and _is_number(digits):
            return row
    return None


def _is_number(digits: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(f"+{digits}"))
    except phonenumbers.NumberParseException:
        return False


def _by_word(said: _Said, joined: Sequence[_Row]) -> tuple[str, int] | None:
    """What only the words before it, or after it, tell from a price or a customer's number."""
    if said.customer:
        return None
    kind = said.of if said.of in ("account", "number") else ""
    if said.of == "service" and not said.officer:
        kind = "number"
    if not kind and said.bank_after and said.of != "nobody":
        kind = "account"
    least = 7 if kind == "number" and said.near else 8
    if not kind and said.of in ("", "phone") and _is_card(joined):
        # Sixteen digits on their own are somebody's card or a NIK with a slip of the finger.
        kind, least = "number", 16
    fitting = [row for row in joined if least <= len(row.digits) <= 18]
    return (kind, fitting[-1].size) if kind and fitting else None


def _is_card(joined: Sequence[_Row]) -> bool:
    """Sixteen digits at once, or as they are printed: four times four."""
    lengths = [len(row.digits) for row in joined]
    return lengths[0] == 16 or lengths[:4] == [4, 8, 12, 16]


def _span(low: str, first: Group, last: Group, said: _Said, place: int, kind: str) -> Span:
    start, end = first.start, last.end
    if place == 0 and said.link:
        start -= len(said.link)
    while start > 0 and low[start - 1] in "+([":
        start -= 1
    if kind == "phone" and low.endswith("plus ", 0, start):
        start -= len("plus ")
    if kind == "phone" and (extension := _EXTENSION.match(low, end)):
        end = extension.end()
    if "(" in low[start:end] and low[end : end + 1] == ")" and ")" not in low[start:end]:
        end += 1
    return Span(start, end, kind)
