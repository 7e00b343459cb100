"""What introduces a name in a text, and how much it says: a table that takes new rows. Pure.

A row is written as people write it. Words are apart by a blank; `a|b` is one of them, `[a]` may
fail, a word in capitals is a list of `WORDS`, and `_` is a blank inside one of several. A last
sign says what must follow: `:` that of a form, `.` that of a short word, `,` any that ends a word,
`-` a dash or the end of the line.
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import NamedTuple


class Strength(Enum):
    """What speaks for a name behind an introduction, besides the introduction itself."""

    STRONG = auto()
    """*nama saya*: nothing more. Any word that is no ordinary one is a name."""
    CAPITAL = auto()
    """*nama anak*: a capital, where capitals tell something, or a given name."""
    OWN = auto()
    """*saya*: a capital or a given name, or what people say of themselves behind their name."""
    WEAK = auto()
    """*ini*: a capital or a given name or a title, and the end of a phrase behind it."""
    CALLED = auto()
    """*telp*: any word that is no ordinary one, with a masked number or a form's label behind."""


class Introduction(NamedTuple):
    strength: Strength
    words: str


WORDS = {
    "ME": "saya aku sy gue gw gua ane kami",
    "KIN": (
        "pembantu karyawan majikan penyewa putra putri cicit ipar besan pacar sahabat rekan "
        "istri isteri suami anak ayah bapak ibu "
        "mama papa kakak adik adek nenek kakek mertua "
        "orangtua orang_tua ortu keponakan paman bibi tante om tetangga teman kawan mamah emak "
        "saudara sepupu menantu cucu"
    ),
    "WRITER": "pelapor pengadu pengirim pemohon penulis penandatangan penanda_tangan",
    "OTHER": (
        "penerima pemilik pasien korban bayi balita siswa siswi murid peserta "
        "kepala_keluarga ahli_waris saksi "
        "wali_murid almarhum almarhumah"
    ),
    "LABEL": (
        "lengkap panggilan asli kandung di sesuai ktp kk nik hp telp wa alamat dan no nomor "
        "pelapor pengadu pengirim pemohon "
        "penulis saya istri suami anak ayah bapak ibu penerima pemilik pasien korban siswa siswi "
        "murid peserta kepala_keluarga saksi wali_murid orang_tua"
    ),
    "TITLE": (
        "bpk bapak ibu pak bu sdr sdri sdra saudara saudari mas mbak mba bang abang kang teh neng "
        "mang cak ko koh cik ci mpok tn ny nyonya tuan hajah haji hj h kh ki nyi oom om tante mr "
        "mrs ms ir drs dra dr drg prof ustad ustadz ustadzah ust bro kak alm almh almarhum "
        "almarhumah si rr mama papa bunda ayah umi abi bude pakde ncing eyang pdt pst romo cing "
        "uda "
        "uni uwa jenderal jendral brigjen kombes kolonel "
        "letkol mayor "
        "kapten lettu serma sersan "
        "serka serda pratu kopral bripka briptu brigadir aipda ipda iptu akp kompol mbok wak ceu "
        "nek "
        "ompung opung inang amang aiptu purn purnawirawan"
    ),
    "IS": "adalah ialah yaitu itu",
}
"""Lists that rows name, and that are the same wherever they are named."""

_S, _C, _O, _W, _T = (
    Strength.STRONG,
    Strength.CAPITAL,
    Strength.OWN,
    Strength.WEAK,
    Strength.CALLED,
)
INTRODUCTIONS = (
    Introduction(_S, "nama|nm [lengkap|asli|panggilan] [KIN] ME|WRITER|lengkap|ku|q [IS]"),
    Introduction(_S, "nama|nm|identitas [LABEL] [LABEL] [LABEL] :"),
    Introduction(_S, "namaku|namague|namagw|nmaku [IS]"),
    Introduction(_S, "nama_panggilan|bernama_lengkap"),
    Introduction(_C, "ME :"),
    Introduction(_C, "an|a_n|keluarga [besar]"),
    Introduction(_S, "contact|yang_menyatakan|saksi|mengetahui :"),
    Introduction(_S, "ME|KIN|OTHER|warga [ME] [yang|yg] bernama|nama|namanya"),
    Introduction(_S, "bernama"),
    Introduction(_S, "dipanggil|disapa [aja|saja]"),
    Introduction(_S, "panggil|panggilan aja|saja|ME [ME]"),
    Introduction(_S, "a/n|a.n.|a.n|atas_nama [KIN|OTHER] [ME] [sendiri]"),
    Introduction(_S, "an ."),
    Introduction(_S, "ktp|kk|kia|kjp|klj|kis|bpjs|sim|akta|stnk|rek|rekening|berkas [KIN] [ME] an"),
    Introduction(_S, "pemilik rekening"),
    Introduction(_S, "perkenalkan|kenalkan nama|ME [ME]"),
    Introduction(_S, "my name is"),
    Introduction(_S, "my name's"),
    Introduction(_S, "oleh|by|from|name :"),
    Introduction(_S, "bertanda|bertandatangan [tangan] [di|dibawah] [bawah] [ini]"),
    Introduction(
        _S, "WRITER|pic|cp|narahubung|kontak|contact_person|kontak_person|dari|yang_melapor :"
    ),
    Introduction(_S, "pembuat [laporan|pernyataan] :"),
    Introduction(_S, "dilaporkan|laporan|dibuat oleh :"),
    Introduction(_S, "WRITER|yang_melapor|yg_melapor|yang_membuat_pernyataan ,"),
    Introduction(_S, "ttd|tertanda|hormat_saya|hormat_kami|best_regards"),
    Introduction(_S, "salam [hormat|hangat|sejahtera|kenal|damai] ,"),
    Introduction(_C, "nama|nm KIN|OTHER [kandung]"),
    Introduction(_C, "reporter|penghuni|penanggung_jawab|cc :"),
    Introduction(_C, "ME ibunya|mamanya|mamahnya|bundanya|bapaknya|ayahnya|papanya"),
    Introduction(_C, "orang_tua|orangtua|ortu|wali dari|murid"),
    Introduction(_C, "ibu|bapak|ayah dari"),
    Introduction(_C, "anakku|istriku|suamiku|ibuku|bapakku|ayahku"),
    Introduction(
        _C, "KIN [pertama|kedua|ketiga] ME [yang|yg] [pertama|kedua|ketiga|bungsu|sulung] [si]"
    ),
    Introduction(_C, "nama|nm [LABEL] -"),
    Introduction(_C, "namanya [IS]"),
    Introduction(_C, "nama|nm [ME] [di|sesuai] ktp|kk [tertulis|tertera|IS]"),
    Introduction(_C, "nama yang|yg tertera|tertulis|tercantum|benar [di] [ktp|kk|IS]"),
    Introduction(_C, "ktp|kk tertulis|tertera [nama]"),
    Introduction(
        _C, "dilaporkan|laporan|disampaikan|dikirim|diadukan|diajukan|dibuat|ditulis oleh"
    ),
    Introduction(_C, "ahli waris [dari]"),
    Introduction(_C, "alm|almh|almarhum|almarhumah"),
    Introduction(_O, "[KIN] ME [berdua|bertiga|sekeluarga|adalah|ialah|yaitu|ini]"),
    Introduction(_O, "perkenalkan|kenalkan|kenalin|memperkenalkan_diri"),
    Introduction(_O, "i am"),
    Introduction(_O, "this is"),
    Introduction(_O, "i'm|im"),
    Introduction(_W, "dengan|dgn|ini [dengan|dgn|sama]"),
    Introduction(
        _W,
        "hubungi|hub|kontak|contact_person|kontak_person|cp|c.p.|c.p|pic|narahubung|sama|WRITER|an|regards",
    ),
    Introduction(_W, "suami|istri|saksi|saksinya [mata]"),
    Introduction(_W, "OTHER [mata] :"),
    Introduction(_W, "laporan|aduan|pengaduan|keluhan|salam [hormat|hangat] dari"),
    Introduction(_W, "pemilik ktp|kk|rumah|rekening|nomor|sim|kendaraan"),
    Introduction(_W, "nama"),
    Introduction(_W, "dari TITLE"),
    Introduction(_T, "nama|nm"),
    Introduction(
        _T, "telp|tlp|telpon|telepon|wa|hp|sms|call|whatsapp|japri|chat [ke|sama|aja|saja]"
    ),
    Introduction(
        _T, "cp|pic|hub|hubungi|kontak|narahubung|contact_person|kontak_person [bp|bpk|aja|saja]"
    ),
    Introduction(_T, "bu|pak|ibu|bapak|mas|mbak|bp"),
)
"""In any order: of those that begin with one word, the one written longest is tried first."""

_SIGNS = {
    ":": r"[\s*_]{0,20}(?=[:=;])",
    ".": r"(?=[.:] ?[a-z])",
    ",": r" ?(?=[,.\n\-/(])",
    "-": r" ?(?=[\n\-])",
}
_PLACE = re.compile(r"\[(?P<may>[^\]]+)\]|(?P<must>\S+)")


def pattern_of(rows: Iterable[Introduction]) -> re.Pattern[str]:
    """Matches in lower case at the first word of any row; the longest rows are tried first."""
    written = sorted((row.words for row in rows), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(_written, written)) + ")")


def patterns_of(rows: Iterable[Introduction]) -> Mapping[str, re.Pattern[str]]:
    """By the first word: the pattern of the rows that begin with it, and of no other."""
    by_head = dict[str, tuple[Introduction, ...]]()
    for row in rows:
        for head in dict.fromkeys(_heads(row.words)):
            by_head[head] = (*by_head.get(head, ()), row)
    # Many words begin the same rows: one pattern serves them all.
    patterns = {each: pattern_of(each) for each in set(by_head.values())}
    return {head: patterns[each] for head, each in by_head.items()}


def any_of(name: str) -> str:
    """A list of `WORDS` as a pattern; the longest first."""
    words = sorted(WORDS[name].split(), key=len, reverse=True)
    return "|".join(re.escape(word.replace("_", " ")) for word in words)


def _written(row: str) -> str:
    pattern, blank = "", ""
    for place in _PLACE.finditer(row):
        if place[0] in _SIGNS:
            return pattern + _SIGNS[place[0]]
        words = sorted((place["may"] or place["must"]).split("|"), key=len, reverse=True)
        choice = "|".join(map(_choice, words))
        ended = rf"(?:{choice})(?![a-z0-9])"
        if place["may"]:
            # An optional first word takes the blank behind it along, a later one that before it.
            pattern += f"(?:{blank}{ended})?" if blank else f"(?:{ended}[ /]{{1,2}})?"
        else:
            pattern += blank + ended
            blank = "[ /]{1,2}"
    return pattern


def _choice(word: str) -> str:
    return any_of(word) if word in WORDS else re.escape(word.replace("_", " "))


def _heads(row: str) -> Iterable[str]:
    for place in _PLACE.finditer(row):
        for word in (place["may"] or place["must"]).split("|"):
            for each in WORDS.get(word, word).split():
                yield re.split(r"[^a-z]", each)[0]
        if place["must"]:
            return


PATTERNS = {
    strength: patterns_of(row for row in INTRODUCTIONS if row.strength is strength)
    for strength in Strength
}
HEADS = {strength.name.lower(): frozenset(PATTERNS[strength]) for strength in Strength}
"""Where a text has none of these words, no row is tried."""
