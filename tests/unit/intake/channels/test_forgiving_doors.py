"""Callers who cannot correct: whatever bytes they send, the words that can be read are filed."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.submission import Ignored, Inbound, Submission, Supplement
from services.intake.words.decoding import decoded
from shared.errors import Malformed, Unauthenticated
from tests.unit.intake.channels import wire

CORRECTS = {
    wire.JAKI: True,
    wire.BALAI_WARGA: True,
    wire.FORM: True,
    wire.RAW_MAIL: True,
    wire.QLUE: False,
    wire.LAPOR: False,
    wire.X: False,
    wire.GOVERNOR_X: False,
    wire.FACEBOOK: False,
    wire.GOVERNOR_META: False,
    wire.KANNEL: False,
    wire.TWILIO: False,
    wire.INFOBIP: False,
    wire.WHATSAPP: False,
}
"""Whether somebody reads a refusal and sends the message again: an app shows it to the citizen on
the phone, a form beside its field. A gateway gives up, and a hand-over of tickets stands still."""
FORGIVING = sorted(path for path, corrects in CORRECTS.items() if not corrects)
JSON_DOORS = [path for path in FORGIVING if path not in (wire.KANNEL, wire.TWILIO)]


def through(path: str, body: bytes) -> tuple[Inbound, ...]:
    return wire.come_in(wire.signed(path, body))


def filed(path: str, body: bytes) -> Submission:
    (message,) = through(path, body)
    assert isinstance(message, Submission)
    return message


def delivery(path: str, words: str) -> Any:
    """The smallest delivery of each platform that has words."""
    comment = {"item": "comment", "comment_id": "7_1", "message": words}
    return {
        wire.QLUE: [{"post_id": 1, "post_desc": words}],
        wire.LAPOR: {"ticket_number": "1", "content": words},
        wire.X: {"for_user_id": "1000000001", "tweet_create_events": [_post(words)]},
        wire.GOVERNOR_X: {"for_user_id": "1000000003", "tweet_create_events": [_post(words)]},
        wire.FACEBOOK: {"entry": [{"changes": [{"field": "feed", "value": comment}]}]},
        wire.GOVERNOR_META: {"entry": [{"changes": [{"field": "feed", "value": comment}]}]},
        wire.INFOBIP: {"results": [{"messageId": "1", "from": "628110000001", "text": words}]},
        wire.WHATSAPP: _whatsapp({"id": "1", "from": "628110000001", "text": {"body": words}}),
    }[path]


def _post(words: str) -> dict[str, Any]:
    return {"id_str": "1", "user": {"id_str": "5"}, "text": words}


def _whatsapp(*messages: Any, contacts: Any = None) -> dict[str, Any]:
    value = {"messages": list(messages), "contacts": contacts}
    return {"entry": [{"changes": [{"value": value}]}]}


def test_it_is_known_of_each_door_whether_its_caller_can_correct() -> None:
    assert {path: door.caller_corrects for path, door in wire.DOORS.items()} == CORRECTS


# --- bytes -------------------------------------------------------------------------------------

SENT = "Jalan rusak di RT 05"
HOSTILE_JSON: dict[str, Callable[[bytes], bytes]] = {
    "a byte that is no UTF-8": lambda body: body.replace(b"rusak", b"rusak\xff"),
    "a letter in Latin-1": lambda body: body.replace(b"rusak", b"rusak\xe9"),
    "half a surrogate, escaped": lambda body: body.replace(b"rusak", b"rusak\\ud83d"),
    "half a surrogate, in bytes": lambda body: body.replace(b"rusak", b"rusak\xed\xa0\xbd"),
    "NUL, escaped": lambda body: body.replace(b"rusak", b"rusak\\u0000"),
    "NUL, in bytes": lambda body: body.replace(b"rusak", b"rusak\x00"),
}
UNHARMED_JSON: dict[str, Callable[[bytes], bytes]] = {
    "a mark of byte order": lambda body: b"\xef\xbb\xbf" + body,
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "UTF-16 without its mark": lambda body: body.decode().encode("utf-16-le"),
    "a raw line break": lambda body: body.replace(b"Jalan rusak", b"Jalan rusak\n\t\x01"),
    "a member twice": lambda body: body.replace(b"{", b'{"extra": 1, "extra": NaN, ', 1),
    "a number of 9,000 digits": lambda body: body.replace(b"{", b'{"n": %s, ' % (b"9" * 9_000), 1),
    "an infinite number": lambda body: body.replace(b"{", b'{"n": -Infinity, "m": 1e999, ', 1),
    "an emoji in two halves": lambda body: body.replace(
        b"Jalan", b"\xed\xa0\xbd\xed\xb8\xa1 Jalan"
    ),
}


UNREADABLE = [
    b'{"entry": [{"chan',
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b"9" * 5_000,
    b"null",
    b'"a"',
]


@pytest.mark.parametrize("path", JSON_DOORS)
@pytest.mark.parametrize("kind", HOSTILE_JSON)
def test_bytes_that_cannot_be_read_cost_only_themselves_and_are_marked(
    path: str, kind: str
) -> None:
    body = HOSTILE_JSON[kind](json.dumps(delivery(path, SENT)).encode())
    text = filed(path, body).text
    assert text.startswith("Jalan rusak\ufffd")
    assert text.endswith("di RT 05 (sebagian teks tidak terbaca)")


@pytest.mark.parametrize("path", JSON_DOORS)
@pytest.mark.parametrize("kind", UNHARMED_JSON)
def test_unusual_json_is_read(path: str, kind: str) -> None:
    body = UNHARMED_JSON[kind](json.dumps(delivery(path, SENT)).encode())
    text = filed(path, body).text
    assert "Jalan rusak" in text
    assert text.endswith("di RT 05")


@pytest.mark.parametrize("path", JSON_DOORS)
@pytest.mark.parametrize("body", UNREADABLE)
def test_a_delivery_that_cannot_be_read_at_all_is_filed_as_such(path: str, body: bytes) -> None:
    first, again = filed(path, body), filed(path, body)
    assert first.text == "(isi kiriman tidak terbaca)"
    assert first.external_id == again.external_id
    assert first.human_first is ("gubernur" in path)


@pytest.mark.parametrize("path", JSON_DOORS)
def test_where_nothing_was_sent_nothing_can_be_lost(path: str) -> None:
    with pytest.raises(Malformed, match="JSON"):
        through(path, b"")


@given(path=st.sampled_from(FORGIVING), body=st.binary(min_size=1, max_size=200))
def test_no_bytes_are_refused_after_the_caller_is_known(path: str, body: bytes) -> None:
    if not body.strip():
        return
    try:
        through(path, body)
    except Unauthenticated:
        # Kannel's secret stands among the bytes and can be hidden by them.
        assert path == wire.KANNEL


KANNEL_TEXTS = [
    ("charset=UTF-8&text=Banjir+di+RT%2005", "Banjir di RT 05"),
    ("text=Banjir+di+RT%2005", "Banjir di RT 05"),
    ("charset=utf-8&text=A%2BB", "A+B"),
    ("charset=UTF-16BE&coding=2&text=%00J%00a%00l%00a%00n", "Jalan"),
    ("charset=utf-16be&text=%00R%00T%00+%000%005", "RT 05"),
    ("coding=2&text=%00J%00a", "Ja"),
    ("charset=UTF-16BE&text=%D8%3D%DE%A1%00+%00b", "\U0001f6a1 b"),
    ("charset=UTF-16BE&text=%00b%D8%3D", "b\ufffd (sebagian teks tidak terbaca)"),
    ("charset=UTF-16BE&text=%00b%00", "b\ufffd (sebagian teks tidak terbaca)"),
    ("charset=UTF-8&text=Banjir%FF", "Banjir\ufffd (sebagian teks tidak terbaca)"),
    ("charset=UTF-8&text=Ban%00jir", "Ban\ufffdjir (sebagian teks tidak terbaca)"),
    ("charset=UTF-8&text=Banjir%00", "Banjir"),
    ("charset=UTF-8&text=%ED%A0%BD%ED%BA%A1+b", "\U0001f6a1 b"),
    ("charset=UTF-8&text=%FF%FE", "(teks tidak terbaca)"),
    ("charset=UTF-8&text=100%25+rusak+%ZZ%", "100% rusak %ZZ%"),
    ("charset=8-BIT&coding=1&text=Banjir%E9", "Banjiré"),
    ("charset=8-BIT&text=Banjir+%C3%A9", "Banjir é"),
    ("charset=ISO-8859-1&text=caf%E9", "café"),
    ("charset=WINDOWS-1252&text=%93rusak%94", "\u201crusak\u201d"),
    ("charset=rot13&text=Banjir", "Banjir"),
    ("charset=unicode_escape&text=%5Cu0041", "\\u0041"),
    ("charset=%00&text=Banjir", "Banjir"),
    ("charset=&text=Banjir", "Banjir"),
    ("text=Banjir&text=di+RT+05", "Banjir\ndi RT 05"),
    ("text=Banjir&text=Banjir", "Banjir"),
    ("charset=UTF-8&text=", "(tanpa teks)"),
    ("", "(tanpa teks)"),
    ("text=+%0A", "(tanpa teks)"),
    ("text=https://x.example/?a=1%26region=2", "https://x.example/?a=1&region=2"),
    ("text=a%20%26amp;%20b", "a &amp; b"),
    ("text=%F0%9F%9A%A8+banjir", "\U0001f6a8 banjir"),
]


@pytest.mark.parametrize(("query", "text"), KANNEL_TEXTS)
def test_kannels_text_is_read_in_any_charset_and_whatever_its_bytes(query: str, text: str) -> None:
    sms = filed(wire.KANNEL, f"from=%2B628110000001&id=1&{query}".encode())
    assert sms.text == text
    assert sms.reporter.phone == "+628110000001"
    assert sms.needs_words is text.startswith("(t")


@pytest.mark.parametrize(
    ("udh", "note", "external_id"),
    [
        ("%05%00%03%CC%03%02", "\n(bagian 2 dari 3)", "kannel:1:2/3"),
        ("%06%08%04%00%CC%02%01", "\n(bagian 1 dari 2)", "kannel:1:1/2"),
        ("%0B%05%04%0B%84%23%F0%00%03%01%02%02", "\n(bagian 2 dari 2)", "kannel:1:2/2"),
        ("%05%00%03%CC%03%00", "", "kannel:1"),
        ("%05%00%03", "", "kannel:1"),
        ("%FF%00", "", "kannel:1"),
        ("%00", "", "kannel:1"),
        ("", "", "kannel:1"),
    ],
)
def test_each_part_of_a_long_sms_is_kept_and_says_which_it_is(
    udh: str, note: str, external_id: str
) -> None:
    sms = filed(wire.KANNEL, f"from=628110000001&id=1&text=Banjir&udh={udh}".encode())
    assert (sms.text, sms.external_id) == (f"Banjir{note}", external_id)


@pytest.mark.parametrize(
    "t", ["2021-07-08+12:36", "2021-07-08+12%3A36:41", "2021-07-08%2012:36:00"]
)
def test_kannels_time_has_seconds_in_new_releases_and_none_in_old(t: str) -> None:
    sms = filed(wire.KANNEL, f"from=628110000001&id=1&text=Banjir&t={t}".encode())
    assert sms.reported_at is not None
    assert (sms.reported_at.hour, sms.reported_at.minute) == (12, 36)


def test_a_message_without_an_id_is_the_same_when_it_is_sent_again() -> None:
    query = b"from=628110000001&text=Lampu+mati"
    first = filed(wire.KANNEL, query)
    assert filed(wire.KANNEL, query).external_id == first.external_id
    assert filed(wire.KANNEL, query + b"+lagi").external_id != first.external_id


def test_a_call_of_kannels_without_a_message_is_none() -> None:
    assert through(wire.KANNEL, b"smsc=modem1") == (Ignored(reason="no_text"),)


def test_what_is_sealed_of_kannels_call_is_the_query_without_the_secret() -> None:
    request = wire.signed(wire.KANNEL, b"from=628110000001&id=1&charset=UTF-16BE&text=%D8%3D%00")
    assert request.original == b"from=628110000001&id=1&charset=UTF-16BE&text=%D8%3D%00"


TWILIO_BODIES = [
    (b"Body=Banjir+%E9", "Banjir \ufffd (sebagian teks tidak terbaca)"),
    (b"Body=Banjir+%", "Banjir %"),
    (b"Body=Ban%00jir", "Ban\ufffdjir (sebagian teks tidak terbaca)"),
    (b"Body=Banjir\xff", "Banjir\ufffd (sebagian teks tidak terbaca)"),
    (b"Body=Banjir&Body=RT+05", "Banjir\nRT 05"),
    (b"Body=%F0%9F%9A%A8", "\U0001f6a8"),
    (b"Body=", "(tanpa teks)"),
    (b"Body=&" + b"&".join(b"x%d=1" % n for n in range(300)), "(tanpa teks)"),
]


@pytest.mark.parametrize(("body", "text"), TWILIO_BODIES)
def test_twilios_form_is_read_and_its_signature_holds_whatever_its_bytes(
    body: bytes, text: str
) -> None:
    sms = filed(wire.TWILIO, b"MessageSid=SM1&From=%2B628110000001&" + body)
    assert (sms.text, sms.reporter.phone) == (text, "+628110000001")


@given(st.binary(max_size=60))
def test_the_letters_around_a_wrong_byte_are_all_read(raw: bytes) -> None:
    readable = "".join(chr(byte) for byte in raw if byte < 0x80)
    assert "".join(sign for sign in decoded(raw) if sign < "\x80") == readable
    sms = filed(wire.KANNEL, f"from=1&id=1&text=a{quote_from_bytes(raw)}z".encode())
    assert sms.text


# --- what has no words -------------------------------------------------------------------------

WHATSAPP: dict[str, tuple[dict[str, Any], str, bool]] = {
    "image": ({"image": {"id": "m1"}}, "(foto)", True),
    "image with words": ({"image": {"caption": "Banjir"}}, "Banjir\n(foto)", False),
    "video": ({"video": {"id": "m1"}}, "(video)", True),
    "audio": ({"audio": {"id": "m1", "voice": True}}, "(suara)", True),
    "document": ({"document": {"filename": "a.pdf"}}, "(dokumen)", True),
    "sticker": ({"sticker": {"id": "m1"}}, "(stiker)", True),
    "contacts": ({"contacts": [{"name": {"formatted_name": "X"}}]}, "(kontak)", True),
    "location": ({"location": {"latitude": -6.2, "longitude": 106.8}}, "(lokasi)", True),
    "location as text": (
        {"location": {"latitude": "-6.2", "longitude": "106.8"}},
        "(lokasi)",
        True,
    ),
    "place": (
        {"location": {"latitude": -6.2, "longitude": 106.8, "name": "Pasar", "address": "Senen"}},
        "Pasar Senen\n(lokasi)",
        True,
    ),
    "button": ({"button": {"text": "Lampu padam", "payload": "p"}}, "Lampu padam", False),
    "interactive": (
        {"interactive": {"type": "button_reply", "button_reply": {"id": "1", "title": "Banjir"}}},
        "Banjir",
        False,
    ),
    "list": (
        {"interactive": {"list_reply": {"id": "1", "title": "Jalan", "description": "Berlubang"}}},
        "Jalan\nBerlubang",
        False,
    ),
    "order": ({"order": {"text": "", "product_items": []}}, "(pesanan)", True),
    "unsupported": ({"errors": [{"code": 131051}]}, "(lampiran)", True),
    "a type of next year": ({}, "(lampiran)", True),
    "text": ({"text": {"body": ""}}, "(tanpa teks)", True),
}


@pytest.mark.parametrize("kind", WHATSAPP)
def test_what_comes_by_whatsapp_without_words_is_a_report_too(kind: str) -> None:
    content, text, needs_words = WHATSAPP[kind]
    name = next(iter(content), kind)
    message = {"id": "1", "from": "628110000001", "type": name, **content}
    sms = filed(wire.WHATSAPP, json.dumps(_whatsapp(message)).encode())
    assert (sms.text, sms.needs_words) == (text, needs_words)
    assert sms.geotagged is ("location" in content)
    assert [path.address for path in sms.reply] == ["+628110000001"]


NO_REPORTS_ON_WHATSAPP = [
    {"id": "1", "from": "628110000001", "type": "reaction", "reaction": {"emoji": "x"}},
    {"id": "1", "from": "628110000001", "type": "system", "system": {"body": "User changed"}},
    {"id": "1", "from": "628110000001", "type": "request_welcome"},
]


@pytest.mark.parametrize("message", NO_REPORTS_ON_WHATSAPP, ids=lambda message: message["type"])
def test_a_sign_under_our_message_is_no_report(message: dict[str, Any]) -> None:
    found = through(wire.WHATSAPP, json.dumps(_whatsapp(message)).encode())
    assert found == (Ignored(reason="not_a_new_message"),)


def test_a_whatsapp_user_without_a_number_may_complain() -> None:
    message = {"id": "1", "from_user_id": "ID.123", "type": "text", "text": {"body": "Banjir"}}
    contact = {"user_id": "ID.123", "profile": {"name": "Pelapor", "username": "pelapor_contoh"}}
    body = json.dumps(_whatsapp(message, contacts=[contact])).encode()
    sms = filed(wire.WHATSAPP, body)
    assert (sms.text, sms.reporter.platform_user_id) == ("Banjir", "ID.123")
    assert (sms.reporter.handle, sms.reply, sms.auto_reply_allowed) == ("pelapor_contoh", (), False)


POINT = {"lat": -6.2, "long": 106.8}
MESSENGER: dict[str, tuple[dict[str, Any], str]] = {
    "image": ({"attachments": [{"type": "image", "payload": {"url": "u"}}]}, "(foto)"),
    "three images": ({"attachments": [{"type": "image"}] * 3}, "(foto)"),
    "audio": ({"attachments": [{"type": "audio"}]}, "(suara)"),
    "video": ({"attachments": [{"type": "video"}]}, "(video)"),
    "file": ({"attachments": [{"type": "file"}]}, "(dokumen)"),
    "a kind of next year": ({"attachments": [{"type": "hologram"}]}, "(lampiran)"),
    "sticker": ({"attachments": [{"type": "image", "payload": {"sticker_id": 12}}]}, "(stiker)"),
    "no list": ({"attachments": {"type": "image"}}, "(foto)"),
    "link": (
        {
            "attachments": [
                {"type": "fallback", "title": "Peta", "url": "https://x.example/?a&reg=1"}
            ]
        },
        "Peta\nhttps://x.example/?a&reg=1",
    ),
    "location": (
        {
            "attachments": [
                {"type": "location", "payload": {"coordinates": {"lat": -6.2, "long": 106.8}}}
            ]
        },
        "(lokasi)",
    ),
    "words and image": ({"text": "Banjir", "attachments": [{"type": "image"}]}, "Banjir\n(foto)"),
    "nothing": ({}, "(tanpa teks)"),
}


def messenger(**event: Any) -> bytes:
    entry = {"id": "1000000002", "messaging": [{"sender": {"id": "5"}, "timestamp": 1, **event}]}
    return json.dumps({"object": "page", "entry": [entry]}).encode()


@pytest.mark.parametrize("kind", MESSENGER)
def test_what_comes_by_messenger_without_words_is_a_report_too(kind: str) -> None:
    message, text = MESSENGER[kind]
    found = filed(wire.FACEBOOK, messenger(message={"mid": "m1", **message}))
    assert found.text == text
    assert found.needs_words is (text[0] == "(")
    assert found.geotagged is (kind == "location")


def test_a_button_of_ours_that_was_pressed_is_a_report() -> None:
    found = filed(wire.FACEBOOK, messenger(postback={"title": "Lapor banjir", "payload": "P"}))
    assert (found.text, [path.kind for path in found.reply]) == ("Lapor banjir", ["meta_message"])


NO_REPORTS_ON_MESSENGER: dict[str, tuple[dict[str, Any], str]] = {
    "echo": ({"message": {"mid": "m", "is_echo": True, "text": "Terima kasih"}}, "own_message"),
    "echo of a picture": (
        {"message": {"mid": "m", "is_echo": True, "attachments": [{"type": "image"}]}},
        "own_message",
    ),
    "delivery": ({"delivery": {"mids": ["m"], "watermark": 1}}, "receipt"),
    "read": ({"read": {"watermark": 1}}, "receipt"),
    "reaction": ({"reaction": {"mid": "m", "action": "react", "emoji": "x"}}, "receipt"),
    "thumb": (
        {
            "message": {
                "mid": "m",
                "attachments": [{"type": "image", "payload": {"sticker_id": 369239263222822}}],
            }
        },
        "not_a_new_message",
    ),
}


@pytest.mark.parametrize("kind", NO_REPORTS_ON_MESSENGER)
def test_what_messenger_tells_of_our_own_messages_is_no_report(kind: str) -> None:
    event, reason = NO_REPORTS_ON_MESSENGER[kind]
    assert [
        each.reason
        for each in through(wire.FACEBOOK, messenger(**event))
        if isinstance(each, Ignored)
    ] == [reason]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"item": "photo", "photo_id": "9", "link": "u"}, "(foto)"),
        ({"item": "comment", "photo": "https://x.example/1.jpg"}, "(foto)"),
        ({"item": "status", "photos": ["u", "v"]}, "(foto)"),
        ({"item": "video", "link": "u"}, "(video)"),
        ({"item": "comment"}, "(tanpa teks)"),
    ],
)
def test_a_picture_on_the_page_is_a_report_too(value: dict[str, Any], text: str) -> None:
    change = {"field": "feed", "value": {"verb": "add", "post_id": "1_2", **value}}
    body = json.dumps({"entry": [{"id": "1000000002", "changes": [change]}]}).encode()
    post = filed(wire.FACEBOOK, body)
    assert (post.text, post.needs_words) == (text, True)


def test_a_post_on_x_with_only_a_picture_is_a_report_and_asks_for_words() -> None:
    picture = {"extended_entities": {"media": [{"type": "photo"}]}}
    body = delivery(wire.X, "@DKIJakarta https://t.co/abc1")
    body["tweet_create_events"][0] |= picture
    post = filed(wire.X, json.dumps(body).encode())
    assert (post.text, post.needs_words) == ("@DKIJakarta https://t.co/abc1\n(foto)", True)


@pytest.mark.parametrize(
    ("attachment", "text"),
    [
        ({"type": "media", "media": {"type": "photo"}}, "(foto)"),
        ({"type": "media", "media": {"type": "animated_gif"}}, "(video)"),
        ({"type": "location"}, "(lokasi)"),
    ],
)
def test_a_direct_message_on_x_with_only_a_picture_is_a_report(
    attachment: dict[str, Any], text: str
) -> None:
    created = {"sender_id": "5", "message_data": {"text": "", "attachment": attachment}}
    event = {"type": "message_create", "id": "9", "message_create": created}
    body = {"for_user_id": "1000000001", "direct_message_events": [event]}
    message = filed(wire.X, json.dumps(body).encode())
    assert (message.text, message.needs_words) == (text, True)


def test_a_picture_in_the_newer_envelope_of_x_is_named_by_its_key() -> None:
    payload = {
        "id": "9",
        "author_id": "5",
        "text": "",
        "attachments": {"media_keys": ["3_1", "7_2"]},
    }
    media = [{"media_key": "3_1", "type": "photo"}, {"media_key": "7_2", "type": "video"}]
    event = {"event_type": "post.create", "payload": payload, "includes": {"media": media}}
    post = filed(wire.X, json.dumps({"data": event}).encode())
    assert post.text == "(foto)\n(video)"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ("Body=&NumMedia=1&MediaContentType0=image/jpeg", "(foto)"),
        (
            "Body=&NumMedia=2&MediaContentType0=video/mp4&MediaContentType1=audio/amr",
            "(video)\n(suara)",
        ),
        ("NumMedia=1&MediaContentType0=text/vcard", "(kontak)"),
        ("NumMedia=1&MediaContentType0=application/pdf", "(dokumen)"),
        ("NumMedia=1", "(lampiran)"),
        ("Body=Banjir&NumMedia=1&MediaContentType0=image/png", "Banjir\n(foto)"),
        ("Body=&Latitude=-6.2&Longitude=106.8&Label=Pasar", "Pasar\n(lokasi)"),
        ("Body=&ButtonText=Lampu+padam", "Lampu padam"),
    ],
)
def test_a_multimedia_message_through_twilio_is_a_report_too(fields: str, text: str) -> None:
    sms = filed(wire.TWILIO, f"MessageSid=MM1&From=%2B628110000001&{fields}".encode())
    assert sms.text == text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"message": [{"contentType": "image/jpeg", "url": "u"}]}, "(foto)"),
        (
            {
                "message": [
                    {"contentType": "text/plain", "value": "Banjir"},
                    {"contentType": "image/jpeg", "url": "u"},
                ]
            },
            "Banjir\n(foto)",
        ),
        ({"message": {"contentType": "audio/amr", "url": "u"}}, "(suara)"),
        ({"text": "", "cleanText": ""}, "(tanpa teks)"),
    ],
)
def test_a_multimedia_message_through_infobip_is_a_report_too(
    content: dict[str, Any], text: str
) -> None:
    result = {"messageId": "1", "from": "628110000001", **content}
    assert filed(wire.INFOBIP, json.dumps({"results": [result]}).encode()).text == text


def test_a_post_of_qlues_with_only_a_picture_is_a_report() -> None:
    body = [
        {"post_id": 5, "post_images": "https://x.example/5.jpg", "loc_lat": -6.2, "loc_lng": 106.8}
    ]
    post = filed(wire.QLUE, json.dumps(body).encode())
    assert (post.text, post.needs_words, post.geotagged) == ("(foto)", True, True)


# --- entities ----------------------------------------------------------------------------------

LINK = "https://x.example/?a=1&region=2&copy=3 &amp; &lt;b&gt;"
OF_X = "https://x.example/?a=1&region=2&copy=3 & <b>"
"""X escapes three characters in its texts. Nobody else does: there, an entity is what was typed."""


@pytest.mark.parametrize("path", JSON_DOORS)
def test_entities_are_read_where_the_platform_writes_them_and_nowhere_else(path: str) -> None:
    text = filed(path, json.dumps(delivery(path, LINK)).encode()).text
    assert text == (OF_X if path in (wire.X, wire.GOVERNOR_X) else LINK)


# --- what stands under another message ---------------------------------------------------------

UNDER = [
    (wire.X, _post("Sudah?") | {"in_reply_to_status_id_str": "99"}, "99", None),
    (wire.X, _post("Re JK2611260107 belum"), None, "JK2611260107"),
    (wire.FACEBOOK, {"comment_id": "7_2", "parent_id": "7_1", "message": "Sudah?"}, "7_1", None),
    (wire.FACEBOOK, {"comment_id": "7_2", "post_id": "7", "message": "Sudah?"}, "7", None),
    (wire.FACEBOOK, {"post_id": "7", "message": "Sudah?"}, None, None),
    (wire.WHATSAPP, {"context": {"id": "w0"}, "text": {"body": "Sudah?"}}, "whatsapp:w0", None),
]


@pytest.mark.parametrize(("path", "content", "under", "number"), UNDER)
def test_what_a_message_answers_or_quotes_is_handed_on_for_planning_to_judge(
    path: str, content: dict[str, Any], under: str | None, number: str | None
) -> None:
    body = {
        wire.X: {"tweet_create_events": [content]},
        wire.FACEBOOK: {"entry": [{"changes": [{"field": "feed", "value": content}]}]},
        wire.WHATSAPP: _whatsapp({"id": "w1", "from": "628110000001", **content}),
    }[path]
    (message,) = through(path, json.dumps(body).encode())
    if under is None and number is None:
        assert isinstance(message, Submission)
        return
    assert isinstance(message, Supplement)
    assert (message.kind, message.refers_to_external_id) == ("note", under)
    assert message.refers_to_report_number == number
    assert message.otherwise is not None
    assert message.otherwise.text == message.text
    assert message.otherwise.external_id == message.external_id


@pytest.mark.parametrize("path", [wire.X, wire.FACEBOOK, wire.INFOBIP, wire.WHATSAPP, wire.QLUE])
def test_of_several_messages_each_keeps_its_own_part_with_every_byte(path: str) -> None:
    body = json.dumps(delivery(path, SENT)).encode().replace(b"rusak", b"rusak\xff\\ud83d")
    part = filed(path, body).part
    assert part is not None
    assert b"Jalan rusak\\udcff\\ud83d di RT 05" in part


@pytest.mark.parametrize(
    "text", [[{"body": SENT}], {"body": [SENT]}, SENT, [SENT], {"body": [[SENT]]}]
)
def test_words_in_another_wrapping_are_read_all_the_same(text: Any) -> None:
    message = {"id": "1", "from": ["628110000001"], "type": ["text"], "text": text}
    sms = filed(wire.WHATSAPP, json.dumps(_whatsapp(message)).encode())
    assert (sms.text, sms.reporter.phone) == (SENT, "+628110000001")
