"""What follows a name and so ends it: tables that take new words. Pure.

A name ends before a word of `ordinary` or `offices` of `services/routing/data/masking.json`, and
before a word that is built as verbs are; these are the words that say *there was a name*.
"""

import re

_PHRASE_ENDS = (
    "warga selaku_warga dari dr tinggal penghuni penduduk mau ingin dan yg yang sudah sdh telah "
    "selaku sebagai wni hendak alamat almt rt rw di umur usia nik hp wa telp disini no nomor "
    "domisili mohon melapor lapor kelas ktp kmrn kemarin pemilik pengurus pedagang mahasiswa from "
    "and saja aja ya yah utk untuk kalau kalo jika bila dengan mhn memohon melapor melaporkan "
    "mengajukan mengeluhkan"
)
"""Behind a name that was pointed at or that followed *saya*."""
_OF_ONESELF = (
    "mau ingin pengen pingin hendak warga dari tinggal umur usia selaku penghuni penduduk janda "
    "duda pedagang tukang pelajar mahasiswa mahasiswi siswa pengurus pensiunan penyandang pemilik "
    "rumah rmh lansia penjual pemulung satpam ojol kuli montir penjaga nelayan perawat dosen "
    "relawan "
    "kader jamaah "
    "jemaat pengguna anak orang ketua karyawan asal alamat memohon melapor lapor mengadu "
    "keberatan ibu_rumah_tangga di_sini "
    "disini yang_kemarin yang_tadi yang_lapor yang_melapor yg_kemarin yg_kemaren yg_kmrn yg_tadi "
    "yg_lapor rt rw kos kost ngontrak guru buruh pegawai mhn"
)
"""Behind a name in small letters that is in no list: what people say of themselves."""
_DEGREES = "SE SH ST SS MM MH MT MA MSi SPd SKom SSos SAg SIP MPd MBA PhD Amd AMd SKM MKes SKep"
"""Behind a comma, without dots."""


def _any(words: str) -> str:
    return "|".join(word.replace("_", " ") for word in words.split())


PHRASE_ENDS = re.compile(rf" ?(?:$|[,.;:!(\n\x02/*-]|(?:{_any(_PHRASE_ENDS)})\b)")
OF_ONESELF = re.compile(rf",? (?:\(?[0-9]{{2}}\b|(?:{_any(_OF_ONESELF)})\b)")
PAUSES = re.compile(r" ?[,.;(/\n]")
"""Behind a name in small letters that no list has: nobody stops after *saya* and an adverb."""
CALLED = re.compile(
    r"[ :(/,\-]{1,4}(?:(?:di|no|nomor|hp|wa) )?[(]?\x02"
    r"|,? (?:no\.? ?)?(?:hp|telp|tlp|wa|nik|ktp|umur|usia|alamat|almt|rt|rw|warga)\b"
)
"""A masked number, or the next label of a form."""
DEGREES = re.compile(
    r"(?:, ?(?:s|m|a|d|b|sp|ph)\.? ?[a-z]{0,4}\b(?:\.[a-z]{1,3}\b){0,2}\.?"
    r"| (?:s|m|a)\.[a-z]{1,4}\b(?:\.[a-z]{1,3}\b)?\.?){1,4}"
)
DEGREES_PLAIN = re.compile(rf"(?:, ?(?:{_any(_DEGREES)})\b){{1,3}}")
