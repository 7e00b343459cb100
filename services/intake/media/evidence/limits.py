"""How much evidence one case may have. Pure."""

from dataclasses import dataclass

from shared.errors import Conflict, Reason

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Held:
    """Evidence that a case has: so many files of so many bytes, as they came. A file that was
    refused is not kept and does not count."""

    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one case. ``size``: bytes of all files together."""

    files: int
    size: int

    def refusal(self, held: Held, more: int) -> Conflict | None:
        """Why a file of ``more`` bytes, or of more than these, is not taken."""
        if held.files >= self.files:
            return Conflict(_too_many(self.files), field="complaint_id")
        if held.size + more > self.size:
            return Conflict(_too_much(self.size // MEGABYTE), field="complaint_id")
        return None


def _too_many(files: int) -> Reason:
    return Reason(
        "evidence_files_used_up",
        f"This case has its {files} files of evidence. Name some of them in media.",
        f"Laporan ini sudah memiliki {files} berkas bukti. Gunakan berkas yang sudah ada.",
    )


def _too_much(megabytes: int) -> Reason:
    return Reason(
        "evidence_bytes_used_up",
        f"The evidence of a case has {megabytes} MB at most. Send a smaller file, or name some that"
        " the case has in media.",
        f"Berkas bukti satu laporan paling banyak {megabytes} MB. Kirim berkas yang lebih kecil,"
        " atau gunakan yang sudah ada.",
    )
