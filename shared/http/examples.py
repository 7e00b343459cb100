"""Examples for what is sent and what is answered, made from the names of the fields.

One name means one thing in the whole house, so that one table says what each looks like. A type
may say it itself (``examples``); numbers, dates and choices need nobody to say it.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

COMPLAINT = "019300aa-0000-7000-8000-000000000001"
MOMENT = "2026-11-25T09:00:00+07:00"
BY_NAME: Mapping[str, Any] = {
    "Last-Event-ID": "c2lnbmF0dXJlLW9mLTE2Lls4MTAsMl0=",
    "X-Envelope-From": "pelapor.contoh@example.org",
    "X-Envelope-To": "dki@jakarta.go.id",
    "about_unit": "31.74.01",
    "actor": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "actor_unit": "31.74.01.1001",
    "actor_unit_name": "Kelurahan Cipete Selatan",
    "address": "Depan pasar, dekat halte",
    "advice": "Berkasnya rusak atau terpotong di jalan. Kirimkan lagi fotonya.",
    "allowed": "accept",
    "answered_by": "answer to LAPOR! by ticket number",
    "area": "Cipete Selatan",
    "area_name": "Cipete Selatan",
    "asked_by": "admin-7",
    "base64": "eyJhdCI6Ii4uLiJ9",
    "category": "jaringan-listrik",
    "category_label": "Lampu jalan dan kabel",
    "cause": "bad_body",
    "ce_traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "ce_type": "id.go.jakarta.crm.CaseAccepted.v1",
    "category_name": "Jaringan Listrik",
    "channel": "jaki",
    "charset": "UTF-8",
    "citizen_category": "jaringan-listrik",
    "code": "7K3M-Q9TX-2BZD-0W4R",
    "coding": "0",
    "command": "accept",
    "content": "Lampu jalan di depan pasar mati sejak kemarin.",
    "crc_token": "MTc2NDAzNjAwMA==",
    "csrf_token": "1764050400.dG9rZW4tb2YtdGhpcy1mb3Jt",
    "cursor": "c2lnbmF0dXJlLW9mLTE2LlsiMjAyNi0xMS0yNSJd",
    "description": "Lampu jalan di depan pasar mati sejak kemarin.",
    "detail": "The body does not fit the schema of its event.",
    "detail_id": "Buat rencana dahulu.",
    "edited_by": "admin-7",
    "draft_id": "3f0d1b52-7a0c-4b4e-8a75-6f0d8f9a0002",
    "email": "pelapor.contoh@example.org",
    "entered_by_unit": "31.74.01.1001",
    "entry_id": "2026-11-25/014",
    "evaluation": "open",
    "event": "CaseAccepted",
    "event_type": "id.go.jakarta.crm.CaseAccepted.v1",
    "excerpt": "Lampu jalan di depan pasar mati sejak kemarin.",
    "extension": "requested",
    "from": "+628110000001",
    "from_unit_id": "31.74.01.1001",
    "from_unit_name": "Kelurahan Cipete Selatan",
    "gateway": "jaki",
    "hash": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
    "hub.challenge": "1158201444",
    "hub.verify_token": "the-token-that-was-agreed",
    "id": "jaki-10001",
    "isi": "Lampu jalan di depan pasar mati sejak kemarin.",
    "kategori": "jaringan-listrik",
    "kelurahan": "31.74.01.1001",
    "kelurahan_code": "31.74.01.1001",
    "key": "jaki",
    "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "kind": "app",
    "label": "Koordinasi",
    "large": "https://media.crm.jakarta.go.id/v1/media/019300aa/large?signature=c2ln",
    "language": "id",
    "lokasi": "Depan pasar, dekat halte",
    "made_for_role": "unit_officer",
    "made_for_unit": "31.74.01.1001",
    "media_type": "image/jpeg",
    "medium": "https://media.crm.jakarta.go.id/v1/media/019300aa/medium?signature=c2ln",
    "nama": "Pelapor Contoh",
    "name": "Pelapor Contoh",
    "next_cursor": "c2lnbmF0dXJlLW9mLTE2LlsiMjAyNi0xMS0yNSJd",
    "nik": "3174019999999999",
    "note": "Sudah diperiksa di tempat.",
    "officer": "Petugas Contoh",
    "original": "TGFtcHUgamFsYW4gbWF0aQ==",
    "other_report_number": "JK2611240017",
    "outcome": "sent",
    "parent": "31.74.01",
    "phone": "0811-000-0001",
    "plan": "Tiang diperiksa, kabel diganti, lampu dinyalakan.",
    "policy_id": "follow-up",
    "post_date": "2026-11-25 16:20:10",
    "post_desc": "Lampu jalan di depan pasar mati sejak kemarin.",
    "post_id": "4102733",
    "post_images": "https://images.example.org/4102733.jpg",
    "post_title": "Lampu jalan mati",
    "profile_name": "pelapor_contoh",
    "question": "Di sisi jalan yang mana lampunya?",
    "reason": "Tiang itu milik kantor lain.",
    "reply_token": "4f7c2a9be01d",
    "report_id": "0190b8a2-6f0e-7c3b-9b1e-2f6f3f0a1c01",
    "report_number": "JK2611250001",
    "reviewer": "31.74",
    "settled_by": "admin-8",
    "settled_note": "Sudah diperiksa.",
    "secret": "the-secret-that-was-agreed",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "signed_by": "API key",
    "signature": "eyJhbGciOiJFZERTQSJ9..c2lnbmF0dXJlIG9mIDY0IGJ5dGVz",
    "slug": "jaringan-listrik",
    "small": "https://media.crm.jakarta.go.id/v1/media/019300aa/small?signature=c2ln",
    "state_label": "Koordinasi",
    "t": "2026-11-25 09:00",
    "stopped_by": "bad_body",
    "table": "cases",
    "telepon": "0811-000-0001",
    "text": "Lampu jalan di depan pasar mati sejak kemarin.",
    "thread": "1413119481923551234",
    "ticket_number": "5712345",
    "title": "Lampu jalan mati",
    "traceparent": "00-019300aa000070008000000000000002-8000000000000001-00",
    "to": "+628111272206",
    "to_unit": "31.74.01.1001",
    "topic": "crm.complaints.v1",
    "tracking_code": "7K3M-Q9TX-2BZD-0W4R",
    "udh": "",
    "unit": "31.74.01.1001",
    "unit_id": "31.74.01.1001",
    "unit_name": "Kelurahan Cipete Selatan",
    "unit_parent_id": "31.74.01",
    "wire_formats": "LAPOR! ticket JSON",
    "upload_id": "vJ0r1cTz0mS8bqkQ-id-of-a-file",
    "uploads": "vJ0r1cTz0mS8bqkQ-id-of-a-file",
    "unggahan": "vJ0r1cTz0mS8bqkQ-ids-of-files-that-came-before",
    "words": "Sudah diperiksa di tempat.",
    "lookup_key_id": "20241101-5f5f5f",
    "tracking_digest": "4b9c1e0f6a7d2e5b8c3f0a1d4e7b9c2f5a8d1e4b7c0f3a6d9e2b5c8f1a4d7e0b",
    "words_digest": "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730",
    "words_salt": "019300aa000070008000000000000001",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    # Numbers that are no 1.
    "bujur": 106.7972,
    "latitude": -6.2697,
    "lintang": -6.2697,
    "loc_lat": -6.2697,
    "loc_lng": 106.7972,
    "longitude": 106.7972,
}
"""What a text, or a number, of this name looks like."""

MOSTLY_ABSENT = frozenset(
    {
        "closed_at",
        "concluded_at",
        "extension_until",
        "head_id",
        "merged_into",
        "missed_at",
        "paused_since",
        "previous_api_key",
        "problem",
        "stopped_at",
        "valid_to",
        "waived_at",
    }
)
"""Members that are null in the usual answer."""

_BY_FORMAT: Mapping[str, str] = {
    "uuid": COMPLAINT,
    "date-time": MOMENT,
    "date": "2026-11-25",
    "binary": "the bytes of a file",
}
_READ_BY_NAME = frozenset(
    {"application/json", "application/x-www-form-urlencoded", "multipart/form-data"}
)
"""Media types of bodies whose members have names."""


class NoExample(LookupError):
    """A text whose name tells nothing. A contract test finds what has no example for it."""


def add_examples(document: Json) -> None:
    """Adds an example to each parameter, each body of JSON and each success, in place."""
    schemas = document.get("components", {}).get("schemas", {})
    for name, holder in _places(document):
        if "example" not in holder and "schema" in holder:
            with suppress(NoExample):
                holder["example"] = example_of(holder["schema"], schemas, name)


def _places(document: Json) -> Iterator[tuple[str, Json]]:
    """What may have an example, with its name."""
    for methods in document["paths"].values():
        for said in methods.values():
            for parameter in said.get("parameters", ()):
                yield parameter.get("name", ""), parameter
            for content in _bodies(said):
                yield "", content


def _bodies(said: Json) -> Iterator[Json]:
    answers = [answer for status, answer in said["responses"].items() if status[0] == "2"]
    for holder in (said.get("requestBody", {}), *answers):
        for media, content in holder.get("content", {}).items():
            if media in _READ_BY_NAME:
                yield content


def example_of(schema: Json, schemas: Mapping[str, Json], name: str = "") -> Any:
    """A value that fits ``schema``, which describes something of that ``name``."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    for stated in ("example", "const"):
        if stated in schema:
            return schema[stated]
    for listed in ("examples", "enum"):
        if listed in schema:
            return schema[listed][0]
    if "anyOf" in schema and name in MOSTLY_ABSENT:
        return None
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas, name)
    return _of_type(schema, schemas, name)


def _of_type(schema: Json, schemas: Mapping[str, Json], name: str) -> Any:
    match schema.get("type"):
        case "object":
            members = schema.get("properties", {})
            return {each: example_of(inner, schemas, each) for each, inner in members.items()}
        case "array":
            items = schema.get("items", {})
            return [example_of(items, schemas, name)] if items else []
        case "boolean":
            return False
        case "integer" | "number":
            known = BY_NAME.get(name)
            return known if isinstance(known, float) else schema.get("minimum", 1)
        case "null":
            return None
    return _of_text(schema, name)


def _of_text(schema: Json, name: str) -> Any:
    if schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    if name in BY_NAME:
        return BY_NAME[name]
    raise NoExample(name or "a text without a name")
