"""Balai Warga's page: a form for people, without JavaScript, without a session.

What is wrong is said beside its field and nothing that was typed is lost; a page that is sent
again is recognised by its draft. The code stands on the answer's page and in no address.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from pydantic import SecretStr

from services.intake.channels.adapter import Adapter, RawRequest
from services.intake.channels.attachments import MAX_FILES
from services.intake.channels.balai_warga.adapter import (
    EARLIER_FILES,
    FILES,
    mint_csrf_token,
    mistakes,
)
from services.intake.channels.balai_warga.kelurahan import offered
from services.intake.channels.balai_warga.platform import PLATFORM as BALAI_WARGA
from services.intake.channels.door import Door
from services.intake.doors.contract import operation
from services.intake.filing.filing import Receipt, Receipts
from shared.errors import (
    Conflict,
    DomainError,
    Malformed,
    TooLarge,
    Transient,
    Unauthenticated,
)
from shared.events.vocabulary import Channel
from shared.http.operation import LenientOperation, Router, take_over
from shared.ids import NewId
from shared.telemetry import describe, get_logger
from shared.web.dates import weekday_and_day
from shared.web.languages import Language
from shared.web.pages import Pages
from shared.web.styles import Styles

LANGUAGE: Final[Language] = "id"

CATEGORIES = (
    ("jalan", "Jalan rusak"),
    ("trotoar", "Trotoar"),
    ("jaringan-listrik", "Lampu jalan dan kabel"),
    ("saluran-air", "Saluran air, kali, sungai"),
    ("banjir", "Banjir"),
    ("pohon", "Pohon"),
    ("taman", "Taman dan pemakaman"),
    ("sampah", "Sampah"),
    ("pencemaran-lingkungan", "Pencemaran lingkungan"),
    ("parkir-liar", "Parkir liar"),
    ("lalu-lintas", "Lalu lintas"),
    ("transportasi-publik", "Transportasi publik"),
    ("pkl-liar", "Pedagang kaki lima liar"),
    ("ketertiban", "Ketenteraman dan ketertiban"),
    ("bantuan-sosial", "Bantuan sosial"),
    ("kesehatan", "Kesehatan"),
    ("pendidikan", "Pendidikan"),
    ("kependudukan", "Kependudukan"),
    ("keluhan-pelayanan", "Keluhan pelayanan"),
)
"""What the form offers: the most frequent categories. Routing finds others from the text."""

NAMES = {
    "isi": "Apa masalahnya?",
    "kategori": "Kategori",
    "lokasi": "Alamat atau patokan",
    "kelurahan": "Kelurahan",
    "nama": "Nama",
    "email": "Email",
    "telepon": "Nomor telepon",
    FILES: "Foto atau berkas",
}
ADVICE = {
    "isi": "Tuliskan masalahnya, paling banyak 10.000 huruf.",
    "kategori": "Pilih salah satu kategori, atau biarkan kosong.",
    "lokasi": "Paling banyak 1.000 huruf.",
    "kelurahan": "Pilih dari daftar, misalnya Tebet Timur, atau biarkan kosong.",
    "nama": "Paling banyak 320 huruf.",
    "email": "Alamat seperti nama@contoh.id, atau kosongkan.",
    "telepon": "Nomor yang dapat dihubungi, atau kosongkan.",
    FILES: "Paling banyak 5 berkas, masing-masing sampai 25 MB dan semuanya sampai 40 MB. Yang"
    " belum kami terima harus dipilih lagi.",
}
OTHER_ADVICE = "Perbaiki isian ini."
EXPIRED = "Formulir ini sudah kedaluwarsa. Isinya masih ada: periksa, lalu kirim lagi."
BUSY = "Laporan ini sedang diproses. Tunggu sebentar, lalu kirim lagi."
TAKEN = "Laporan belum terkirim. Isinya masih ada: kirim lagi sebagai laporan baru."
LATER = "Laporan belum terkirim karena ada gangguan. Isinya masih ada: kirim lagi sebentar lagi."
WRONG = "Laporan belum terkirim. Perbaiki bagian yang ditandai, lalu kirim lagi."
NOT_READ = "Laporan belum terkirim karena tidak terbaca. Isi lagi, lalu kirim."
AGAIN: Final = {401: EXPIRED, 409: BUSY, 422: WRONG, 503: LATER}
"""With what status the form comes again, and what it says then."""
A_PAGE: Final = {"content": {"text/html": {"schema": {"type": "string"}}}}
SAID_BESIDES: Final = {
    503: {"headers": {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}}
}
RETRY_SECONDS = 10
STYLES_BELOW = "/v1/channels/balai_warga/static"
"""Beside the form: whoever lets the channel's paths through lets its style sheet through."""

_TEMPLATES: Final = Path(__file__).parent / "pages"


_ABOUT_FILES = (FILES, EARLIER_FILES, "uploads")
"""What a refusal of a file names: too much, an id that opens no more, a file of another report."""


class TakesFiles(LenientOperation):
    """A browser shows no answer that comes before it has sent all: what is too large is read, and
    dropped, so that a page can say so."""

    files_at_most = 64 * 1024 * 1024


class FormTaker(Protocol):
    """Where the form's post leads."""

    @property
    def now(self) -> datetime: ...

    async def read(self, request: Request, door: Door) -> RawRequest:
        """The request with its body. Raises DomainError or Transient."""

    async def receive(self, raw: RawRequest, adapter: Adapter) -> Receipts:
        """Receipts after the commit. Raises DomainError or Transient."""

    def upload_ids(self, raw: RawRequest, channel: Channel) -> tuple[str, ...]:
        """Of the files that came with what was read."""


class FormPages:
    """The form, empty or as it was sent, and the receipt."""

    def __init__(
        self,
        csrf_key: SecretStr,
        reception: FormTaker,
        new_id: NewId,
        tracking_page: str = "",
        follow_up_days: int = 7,
    ) -> None:
        """``tracking_page``: where a code opens the report; empty: the pages name none.
        ``follow_up_days``: the city's promise, as the receipt prints it."""
        self.styles = Styles(STYLES_BELOW)
        self._pages = Pages(
            _TEMPLATES,
            self.styles,
            retry_seconds=RETRY_SECONDS,
            by_language=False,
            posts_to=tracking_page,
        )
        self._tracking_page = tracking_page.rstrip("/")
        self._promise = timedelta(days=follow_up_days)
        self._csrf_key = csrf_key
        self._reception = reception
        self._new_id = new_id

    def empty(self) -> Response:
        return self._form(200, {}, (), None)

    def unread(self) -> Response:
        """What came is no form."""
        return self._form(422, {}, (), NOT_READ)

    def again(
        self,
        raw: RawRequest,
        status: int,
        message: str,
        refusal: DomainError | None = None,
        *,
        new_draft: bool = False,
    ) -> Response:
        """The form as it was sent, with all that is wrong; a new token, mostly the same draft. What
        came with it need not be sent again."""
        sent = dict(parse_qsl(raw.body.decode("utf-8", "replace"), errors="replace"))
        if new_draft:
            sent.pop("draft_id", None)
        wrong = mistakes(sent) if status == HTTPStatus.UNPROCESSABLE_ENTITY else ()
        of_files = refusal is not None and refusal.field in _ABOUT_FILES
        sent[EARLIER_FILES] = " ".join(self._kept(raw, sent.get(EARLIER_FILES, "").split()))
        if refusal is not None and refusal.field == "uploads":
            # They belong to a report that was sent from this page before.
            sent[EARLIER_FILES] = ""
        return self._form(status, sent, (*wrong, *([FILES] if of_files else [])), message)

    def _kept(self, raw: RawRequest, earlier: list[str]) -> list[str]:
        """Ids of the files that we have: of earlier tries, and those of this one as long as they
        are not too many together."""
        alive = [each for each in earlier[:MAX_FILES] if raw.files.earlier(each)]
        new = self._reception.upload_ids(raw, BALAI_WARGA.facts.channel)
        return [*alive, *new] if len(alive) + len(new) <= MAX_FILES else alive

    def _form(
        self, status: int, sent: dict[str, str], wrong: Collection[str], message: str | None
    ) -> Response:
        draft_id = sent.get("draft_id") or str(self._new_id())
        return self._pages.show(
            "form.html",
            LANGUAGE,
            status,
            values={name: value for name, value in sent.items() if name != "csrf_token"},
            draft_id=draft_id,
            csrf_token=mint_csrf_token(self._csrf_key, draft_id, self._reception.now),
            categories=CATEGORIES,
            kelurahan=offered(),
            names=NAMES,
            wrong={name: ADVICE.get(name, OTHER_ADVICE) for name in wrong},
            message=message,
            files_kept=len(sent.get(EARLIER_FILES, "").split()),
            tracking_page=self._tracking_page,
        )

    def conflict(self, raw: RawRequest, refusal: Conflict) -> Response:
        """The draft is being filed, or stands for another complaint: then it gets a new id."""
        taken = refusal.field == "draft_id"
        return self.again(raw, 409, TAKEN if taken else BUSY, new_draft=taken)

    def later(self, raw: RawRequest) -> Response:
        """Nothing was written. The draft stays the same, so that sending again files it once."""
        return self.again(raw, 503, LATER)

    def receipt(self, receipt: Receipt) -> Response:
        return self._pages.show(
            "receipt.html",
            LANGUAGE,
            receipt=receipt,
            due=weekday_and_day(receipt.received_at + self._promise, LANGUAGE),
            tracking_page=self._tracking_page,
        )


def create_router(reception: FormTaker, door: Door, pages: FormPages) -> Router:
    """GET shows the form, POST takes it; the form's style sheet beside it."""
    router = Router(route_class=LenientOperation, tags=["channels"])
    log = get_logger("intake")

    @router.get(door.path, summary="Balai Warga: the form", response_class=HTMLResponse)
    async def show_form() -> Response:
        """HTML, in Indonesian; works without JavaScript."""
        return pages.empty()

    async def send_form(request: Request) -> Response:
        try:
            raw = await reception.read(request, door)
        except Malformed:
            return pages.unread()
        try:
            receipts = await reception.receive(raw, door.adapter)
        except (Malformed, TooLarge) as error:
            return pages.again(raw, 422, WRONG, error)
        except Unauthenticated:
            return pages.again(raw, 401, EXPIRED)
        except Conflict as error:
            return pages.conflict(raw, error)
        except Transient as error:
            log.warning("request_unavailable", error=describe(error))
            return pages.later(raw)
        return pages.receipt(next(each for each in receipts if each))

    router.add_api_route(
        door.path,
        send_form,
        methods=["POST"],
        response_class=HTMLResponse,
        summary="Balai Warga: the form, sent",
        description="Answers with a page that shows number and code, or with the form, what is"
        " wrong in it, and all that was typed (401, 409, 422, 503).",
        responses={
            status: {"description": why, **A_PAGE, **SAID_BESIDES.get(status, {})}
            for status, why in AGAIN.items()
        },
        openapi_extra=operation(door.body, keyed=door.keyed, files=door.files),
        route_class_override=TakesFiles,
    )
    take_over(router, pages.styles.create_router())
    return router
