"""Balai Warga, the web form of jakarta.go.id: an HTML form's post, and the same as JSON.

The form works without JavaScript and without a session: its token is signed, bound to the
draft and expires. Contact is optional; without it the page itself is the answer.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BeforeValidator, SecretStr, StrictBool

from services.intake.channels.adapter import RawRequest, require_media
from services.intake.channels.attachments import Upload
from services.intake.channels.balai_warga.kelurahan import code_of
from services.intake.channels.categories import category_slug, with_category_named
from services.intake.channels.limits import (
    CategoryName,
    KelurahanCode,
    Landmark,
    Latitude,
    Line,
    Longitude,
    OwnId,
    OwnIdAtDesk,
    PhoneAsTyped,
    ReportText,
    UploadIds,
    UploadIdsInOneField,
)
from services.intake.channels.partner import (
    PLACE_AND_PERSON,
    ApiKeySecrets,
    Location,
    Person,
    fields_named,
    require_api_key,
)
from services.intake.channels.payload import (
    Entry,
    ReportedAt,
    form_fields,
    read_fields,
    read_json,
    single_values,
)
from services.intake.channels.reporter import ReplyPath, Reporter
from services.intake.channels.signatures import require_one_of
from services.intake.channels.submission import Inbound, Language, Submission
from shared.errors import Malformed, Unauthenticated
from shared.events.vocabulary import Channel

TOKEN_LIFETIME = timedelta(hours=4)
"""Long enough to look for a house number. A form that stays open overnight must be opened again."""

FILES, EARLIER_FILES = "foto", "unggahan"
"""Names of the form's parts with files, and of the field with the ids of files that came before."""

_FORM_FIELDS = {
    "external_id": "draft_id",
    "text": "isi",
    "category": "kategori",
    "latitude": "lintang",
    "longitude": "bujur",
    "address": "lokasi",
    "kelurahan_code": "kelurahan",
    "reporter.name": "nama",
    "reporter.email": "email",
    "reporter.phone": "telepon",
}


class BalaiWargaEntry(Entry):
    """The JSON body. draft_id: made when the form was opened; the idempotency key. uploads: ids of
    files that were uploaded before."""

    draft_id: OwnId
    text: ReportText
    category: CategoryName | None = None
    location: Location = Location()
    reported_at: ReportedAt = None
    anonymous: StrictBool = False
    confidential: StrictBool = False
    language: Language = "id"
    reporter: Person = Person()
    uploads: UploadIds = ()


def _by_name(typed: str) -> str:
    """The code; what is no kelurahan stays as it is, and is refused as a code."""
    return code_of(typed) or typed


def _with_a_point(typed: str) -> str:
    """In Indonesia a comma divides the decimals."""
    return typed.replace(",", ".")


class BalaiWargaForm(Entry):
    """The fields of the HTML form, named as people in Jakarta read them. unggahan: ids of files
    that an earlier try has brought, with a space between them."""

    csrf_token: Line
    draft_id: OwnIdAtDesk
    isi: ReportText
    kategori: CategoryName | None = None
    lokasi: Landmark | None = None
    kelurahan: Annotated[KelurahanCode | None, BeforeValidator(_by_name)] = None
    lintang: Annotated[Latitude | None, BeforeValidator(_with_a_point)] = None
    bujur: Annotated[Longitude | None, BeforeValidator(_with_a_point)] = None
    nama: Line | None = None
    email: Line | None = None
    telepon: PhoneAsTyped | None = None
    anonim: bool = False
    rahasia: bool = False
    bahasa: Language = "id"
    unggahan: UploadIdsInOneField | None = None

    def as_entry(self) -> BalaiWargaEntry:
        return BalaiWargaEntry(
            draft_id=self.draft_id,
            text=self.isi,
            category=self.kategori,
            location=Location(
                latitude=self.lintang,
                longitude=self.bujur,
                address=self.lokasi,
                kelurahan_code=self.kelurahan,
            ),
            anonymous=self.anonim,
            confidential=self.rahasia,
            language=self.bahasa,
            reporter=Person(
                name=None if self.anonim else self.nama, phone=self.telepon, email=self.email
            ),
        )


def mint_csrf_token(csrf_key: SecretStr, draft_id: str, now: datetime) -> str:
    """The token of one draft's form, good for ``TOKEN_LIFETIME`` after ``now``."""
    expires = int((now + TOKEN_LIFETIME).timestamp())
    return f"{expires}.{_proof(csrf_key, draft_id, expires)}"


def _proof(csrf_key: SecretStr, draft_id: str, expires: int) -> str:
    message = f"{expires}.{draft_id}".encode("utf-8", "surrogatepass")
    proof = digest(csrf_key.get_secret_value().encode(), message, sha256)
    return urlsafe_b64encode(proof).rstrip(b"=").decode()


def require_csrf_token(csrf_key: SecretStr, token: str, draft_id: str, now: datetime) -> None:
    """Raises Unauthenticated for a token of another draft, another key or another day."""
    stamp = token.partition(".")[0]
    readable = stamp.isascii() and stamp.isdigit() and len(stamp) <= 12
    expires = int(stamp) if readable else 0
    expected = f"{expires}.{_proof(csrf_key, draft_id, expires)}"
    require_one_of(token, [expected], "csrf_token")
    if now.astimezone(UTC).timestamp() >= expires:
        raise Unauthenticated("Open the form again: it has expired.", field="csrf_token")


@dataclass(frozen=True, slots=True)
class BalaiWargaAdapter:
    """The JSON door, for the portal's own backend."""

    secrets: ApiKeySecrets
    channel: Channel = Channel.BALAI_WARGA

    def authenticate(self, request: RawRequest) -> None:
        """X-API-Key."""
        require_api_key(request, self.secrets)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One complaint."""
        require_media(request, "application/json")
        entry = read_json(BalaiWargaEntry, request.body)
        with fields_named({**PLACE_AND_PERSON, "external_id": "draft_id"}):
            submission = _submission(entry, entry.draft_id)
        files = request.files.with_earlier(entry.uploads, "uploads")
        return (submission.model_copy(update={"files": files}),)


@dataclass(frozen=True, slots=True)
class BalaiWargaFormAdapter:
    """The HTML form's door."""

    csrf_key: SecretStr
    channel: Channel = Channel.BALAI_WARGA

    def authenticate(self, request: RawRequest) -> None:
        """The form's own token, bound to its draft."""
        fields = self._fields(request)
        token, draft_id = fields.get("csrf_token", ""), fields.get("draft_id", "")
        require_csrf_token(self.csrf_key, token, draft_id, request.received_at)

    def parse(self, request: RawRequest) -> tuple[Inbound, ...]:
        """One complaint."""
        fields = self._fields(request)
        earlier = fields.pop(EARLIER_FILES, "").split()
        return (_read_form(fields, request.files.with_earlier(earlier, EARLIER_FILES)),)

    def _fields(self, request: RawRequest) -> dict[str, str]:
        require_media(request, "application/x-www-form-urlencoded")
        return single_values(form_fields(request.body))


def _read_form(fields: dict[str, str], files: tuple[Upload, ...] = ()) -> Submission:
    entry = read_fields(BalaiWargaForm, fields).as_entry()
    with fields_named(_FORM_FIELDS):
        submission = _submission(entry, _page_id(entry.draft_id, fields, files))
    part = _nameless(fields) if entry.anonymous else None
    return submission.model_copy(update={"part": part, "files": files})


def _nameless(fields: dict[str, str]) -> bytes:
    """The post of an anonymous reporter, whose name is kept nowhere."""
    return urlencode({k: v for k, v in fields.items() if k not in ("nama", "csrf_token")}).encode()


def mistakes(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Names of all fields that are wrong, in the order of the page, which tells of all at once.

    Each one found is put right and the form is read again, by the very rules by which it is filed.
    """
    left = {"draft_id": "-", "csrf_token": "-"} | dict(fields)
    left.pop(EARLIER_FILES, None)
    known, found = list(BalaiWargaForm.model_fields), set[str]()
    while (name := _first_mistake(left)) in known and name not in found:
        found.add(name)
        left[name] = "-" if name == "isi" else ""
    return tuple(sorted(found, key=known.index))


def _first_mistake(fields: dict[str, str]) -> str | None:
    try:
        _read_form(fields)
    except Malformed as refusal:
        return refusal.field
    return None


def _page_id(draft_id: str, fields: dict[str, str], files: tuple[Upload, ...]) -> str:
    """The id of the page's complaint: the draft and all that was filled in or chosen.

    The same page sent twice has the same id; a page that was filled in anew has another. A
    stranger can write any draft's id into this form, and a repetition is answered with the tracking
    code. So the id never equals one of the portal's, and equals another citizen's only where all
    the words are the same.
    """
    filled = sorted((k, v) for k, v in fields.items() if v and k != "csrf_token")
    filled += [(FILES, each.digest.hex()) for each in files]
    return f"form:{draft_id}:{sha256(json.dumps(filled).encode()).hexdigest()}"


def _submission(entry: BalaiWargaEntry, external_id: str) -> Submission:
    if not entry.draft_id.strip():
        raise Malformed("Give the draft's id.", field="draft_id")
    reporter = entry.reporter.as_reporter()
    return Submission(
        channel=Channel.BALAI_WARGA,
        external_id=external_id,
        text=with_category_named(entry.text, entry.category),
        category=category_slug(entry.category),
        latitude=entry.location.latitude,
        longitude=entry.location.longitude,
        address=entry.location.address,
        kelurahan_code=entry.location.kelurahan_code,
        reported_at=entry.reported_at,
        language=entry.language,
        anonymous=entry.anonymous,
        confidential=entry.confidential,
        reporter=reporter,
        reply=_ways_back(reporter),
        id_field="draft_id",
    )


def _ways_back(reporter: Reporter) -> tuple[ReplyPath, ...]:
    mail = (ReplyPath(kind="email", address=reporter.email),) if reporter.email else ()
    phone = (ReplyPath(kind="phone", address=reporter.phone),) if reporter.phone else ()
    return mail + phone
