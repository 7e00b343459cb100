"""Unique strings in every personal field of every door, and the requests that carry them."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import phonenumbers
from PIL import Image, PngImagePlugin

from deploy.local.credentials import TWILIO_ACCOUNT
from deploy.rehearsal.callers import (
    DESK_UNITS,
    Mail,
    Secrets,
    WireRequest,
    csrf_token,
    form_request,
    governor_meta_request,
    wire_request,
)
from tests.e2e.wire import JSON, encoded, meta_signed, twilio_signed, x_signed
from tests.strange_files import captions, segment


@dataclass(frozen=True)
class Planted:
    """What one door was given. ``c2``: who it is; ``c1``: words and place; all by name."""

    door: str
    number: int
    c2: dict[str, str] = field(default_factory=dict)
    c1: dict[str, str] = field(default_factory=dict)

    def word(self, kind: str) -> str:
        return f"kanari{kind}{self.number:03d}q{self.number * 7919 % 10007:05d}"

    def name(self) -> str:
        self.c2["name"] = self.word("nama")
        return self.c2["name"]

    def handle(self) -> str:
        self.c2["handle"] = self.word("handle")
        return self.c2["handle"]

    def mailbox(self) -> str:
        self.c2["email"] = self.word("surat")
        return f"{self.c2['email']}@example.org"

    def phone(self) -> str:
        """E.164, valid; looked for without the country code, as people write it."""
        national = f"8128{5000000 + self.number * 13577:07d}"
        assert phonenumbers.is_valid_number(phonenumbers.parse(f"+62{national}"))
        self.c2["phone"] = national
        return f"+62{national}"

    def digits(self, kind: str, length: int = 17) -> str:
        """A platform's number, too long to be any other number of the system."""
        lead = {"user": "31", "message": "41", "nik": "37"}[kind]
        self.c2[kind] = f"{lead}{self.number:03d}{(self.number * 104729) % 10**12:012d}"[:length]
        return self.c2[kind]

    def message_id(self) -> str:
        self.c2["message"] = self.word("pesan")
        return self.c2["message"]

    def picture(self) -> str:
        """What the address of a picture at its platform holds, or the platform's id of it."""
        self.c2["picture"] = self.word("gambar")
        return self.c2["picture"]

    def words(self, about: str = "Ada coretan di dinding Kel. Tebet Timur") -> str:
        self.c1["text"] = self.word("teks")
        return f"{about}, {self.c1['text']}."

    def address(self) -> str:
        self.c1["address"] = self.word("alamat")
        return f"Dekat {self.c1['address']}"

    def place(self) -> dict[str, Any]:
        """A point in Tebet Timur whose digits no other point has."""
        tail = f"{3800000 + self.number * 1237}7"
        self.c1["latitude"] = f"6.23{tail}"
        self.c1["longitude"] = f"106.85{tail}"
        return {
            "latitude": -float(self.c1["latitude"]),
            "longitude": float(self.c1["longitude"]),
            "address": self.address(),
        }

    def person(self) -> dict[str, Any]:
        return {
            "id": self.digits("user"),
            "name": self.name(),
            "phone": self.phone(),
            "email": self.mailbox(),
            "nik": self.digits("nik", 16),
        }

    def photograph(self) -> bytes:
        """A picture with a canary in each place of a JPEG in which a phone may write something, and
        behind its end."""
        exif = Image.Exif()
        exif[0x010E], exif[0x013B] = self.file_word("keterangan"), self.file_word("pemotret")
        exif.get_ifd(0x8825).update({1: "S", 29: self.file_word("gps")})
        iptc = segment(0xED, captions(self.file_word("iptc").encode()))
        kept = io.BytesIO()
        Image.new("RGB", (640, 480), (self.number % 256, 120, 90)).save(
            kept, "JPEG", exif=exif, comment=self.file_word("komentar"),
            xmp=f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{self.file_word('xmp')}</x:xmpmeta>".encode(),
        )  # fmt: skip
        plain = kept.getvalue()
        return plain[:2] + iptc + plain[2:] + self.file_word("ekor").encode()

    def drawing(self) -> bytes:
        """A PNG with a canary in each kind of chunk for texts."""
        texts = PngImagePlugin.PngInfo()
        texts.add_text("parameters", self.file_word("parameter"))
        texts.add_text("Comment", self.file_word("catatan"), zip=True)
        texts.add_itxt("Author", self.file_word("pelukis"))
        texts.add_itxt("XML:com.adobe.xmp", f"<x>{self.file_word('pngxmp')}</x>")
        exif = Image.Exif()
        exif[0x010E] = self.file_word("pngexif")
        kept = io.BytesIO()
        shown = Image.new("RGB", (320, 240), (90, self.number % 256, 120))
        shown.save(kept, "PNG", pnginfo=texts, exif=exif)
        return kept.getvalue()

    def files(self) -> list[tuple[str, bytes]]:
        """A photograph and a drawing, by names that tell of a person too."""
        return [
            (f"{self.file_word('berkas')}.jpg", self.photograph()),
            (f"{self.file_word('lukisan')}.png", self.drawing()),
        ]

    @property
    def pictures_sent(self) -> int:
        """Those that it brought along, and the one that is kept at its platform."""
        return sum(name in self.c2 for name in ("file gps", "file parameter", "picture"))

    def file_word(self, kind: str) -> str:
        self.c2[f"file {kind}"] = self.word(kind)
        return self.c2[f"file {kind}"]


Request = WireRequest | Mail
Build = Callable[[Planted, "Sender"], Request]
Change = Callable[[Planted, Any, "Sender"], None]


@dataclass(frozen=True, slots=True)
class Sender:
    """What a platform knows: the shared secrets, the time, where the door is."""

    secrets: Secrets
    now: datetime
    base: str
    token: Callable[[str], str] = field(repr=False)
    platforms: str = ""
    """Where the platforms keep pictures: the outside world."""

    def kept_at_x(self, planted: Planted) -> dict[str, str]:
        address = f"{self.platforms}/x/media/{planted.picture()}.jpg"
        return {"type": "photo", "media_url_https": address}

    def kept_at_meta(self, planted: Planted) -> str:
        return f"{self.platforms}/meta/v/{planted.picture()}.jpg?oh=00_AT"


def _sample(planted: Planted, sender: Sender, channel: str) -> tuple[WireRequest, Any]:
    """The demonstration's request of the channel and its body, to be filled with canaries."""
    unit = DESK_UNITS.get(channel)
    request = wire_request(
        channel, sender.secrets, external_id=planted.message_id(), text=planted.words(),
        operator_token=sender.token(unit) if unit else None, now=sender.now,
    )  # fmt: skip
    assert isinstance(request, WireRequest)
    return request, json.loads(request.body) if request.body else None


def _keyed(channel: str, change: Change) -> Build:
    def build(planted: Planted, sender: Sender) -> Request:
        request, body = _sample(planted, sender, channel)
        change(planted, body, sender)
        return replace(request, body=encoded(body))

    return build


def _with_files(build: Build, message: str, part: str) -> Build:
    """The same request with pictures beside its JSON."""

    def built(planted: Planted, sender: Sender) -> Request:
        request = build(planted, sender)
        assert isinstance(request, WireRequest)
        return _in_parts(request, {message: request.body}, part, planted.files())

    return built


def _in_parts(
    request: WireRequest, fields: Mapping[str, bytes], part: str, files: list[tuple[str, bytes]]
) -> WireRequest:
    """The request with these fields as its body, and the files, each in one more ``part``."""
    parts = [(f'name="{name}"', content) for name, content in fields.items()]
    parts += [(f'name="{part}"; filename="{name}"', content) for name, content in files]
    body = b"".join(
        f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for disposition, content in parts
    )
    kind = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
    whole = body + f"--{_BOUNDARY}--\r\n".encode()
    return replace(request, headers={**request.headers, **kind}, body=whole)


_BOUNDARY = "batas-kenari"


def _of_person_and_place(planted: Planted, body: Any, _: Sender) -> None:
    body["location"] = planted.place()
    body["reporter"] = planted.person()


def _of_qlue(planted: Planted, body: Any, sender: Sender) -> None:
    place = planted.place()
    post = body[0]
    post["profile_name"] = planted.handle()
    post["post_images"] = f"{sender.platforms}/qlue/uploads/{planted.picture()}.jpg"
    post["loc_lat"], post["loc_lng"] = place["latitude"], place["longitude"]
    del planted.c1["address"]


def _x_post(channel: str, path: str, placed: bool) -> Build:
    def build(planted: Planted, sender: Sender) -> Request:
        _, body = _sample(planted, sender, channel)
        post = body["tweet_create_events"][0]
        post["id_str"] = planted.digits("message")
        post["user"] = {
            "id_str": planted.digits("user"),
            "name": planted.name(),
            "screen_name": planted.handle(),
        }
        post["extended_entities"] = {"media": [sender.kept_at_x(planted)]}
        if placed:
            place = planted.place()
            del planted.c1["address"]
            point = [place["longitude"], place["latitude"]]
            post["coordinates"] = {"type": "Point", "coordinates": point}
        return x_signed(path, sender.secrets[channel]["consumer_secret"], encoded(body))

    return build


def _x_direct_message(planted: Planted, sender: Sender) -> Request:
    secrets, user = sender.secrets["twitter"], planted.digits("user")
    message = {
        "type": "message_create",
        "id": planted.digits("message"),
        "created_timestamp": str(int(sender.now.timestamp() * 1000)),
        "message_create": {
            "sender_id": user,
            "message_data": {
                "text": planted.words(),
                "attachment": {"type": "media", "media": sender.kept_at_x(planted)},
            },
        },
    }
    body = {
        "for_user_id": secrets["account_id"],
        "direct_message_events": [message],
        "users": {user: {"id": user, "name": planted.name(), "screen_name": planted.handle()}},
    }
    return x_signed("/v1/channels/twitter/webhook", secrets["consumer_secret"], encoded(body))


def _meta_comment(channel: str, path: str) -> Build:
    def build(planted: Planted, sender: Sender) -> Request:
        request = governor_meta_request(
            sender.secrets, external_id=planted.digits("message"), text=planted.words(),
            now=sender.now,
        )  # fmt: skip
        page = sender.secrets[channel]["page_id"]
        body = json.loads(request.body)
        body["entry"][0]["id"] = page
        value = body["entry"][0]["changes"][0]["value"]
        value["post_id"] = value["parent_id"] = f"{page}_1"
        value["from"] = {"id": planted.digits("user"), "name": planted.name()}
        value["photo"] = sender.kept_at_meta(planted)
        return meta_signed(path, sender.secrets[channel]["app_secret"], encoded(body))

    return build


def _instagram(planted: Planted, sender: Sender) -> Request:
    value = {
        "id": planted.digits("message"),
        "text": planted.words(),
        "from": {"id": planted.digits("user"), "username": planted.handle()},
    }
    entry = {"id": "1000000099", "changes": [{"field": "comments", "value": value}]}
    body = encoded({"object": "instagram", "entry": [entry]})
    secret = sender.secrets["facebook"]["app_secret"]
    return meta_signed("/v1/channels/facebook/webhook", secret, body)


def _messenger(planted: Planted, sender: Sender) -> Request:
    secrets = sender.secrets["facebook"]
    messaging = {
        "sender": {"id": planted.digits("user")},
        "timestamp": int(sender.now.timestamp() * 1000),
        "message": {
            "mid": planted.message_id(),
            "text": planted.words(),
            "attachments": [{"type": "image", "payload": {"url": sender.kept_at_meta(planted)}}],
        },
    }
    entry = {"id": secrets["page_id"], "messaging": [messaging]}
    body = encoded({"object": "page", "entry": [entry]})
    return meta_signed("/v1/channels/facebook/webhook", secrets["app_secret"], body)


def _mail(planted: Planted, sender: Sender) -> Request:
    mailbox, recipient = planted.mailbox(), sender.secrets["email"]["recipient"]
    message = EmailMessage()
    message["From"] = f"{planted.name()} <{mailbox}>"
    message["To"] = recipient
    message["Subject"] = "Coretan di dinding"
    message["Date"] = format_datetime(sender.now)
    message["Message-ID"] = f"<{planted.message_id()}@example.org>"
    message.set_content(f"{planted.words()}\n")
    for name, content in planted.files():
        kind = "png" if name.endswith("png") else "jpeg"
        message.add_attachment(content, maintype="image", subtype=kind, filename=name)
    return Mail(mailbox, recipient, message.as_bytes())


def _form(planted: Planted, sender: Sender) -> Request:
    draft = planted.message_id()
    token = csrf_token(sender.secrets, draft_id=draft, now=sender.now)
    request = form_request(sender.secrets, draft_id=draft, text=planted.words(), csrf_token=token)
    sample = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    place = planted.place()
    filled = sample | {
        "nama": planted.name(), "email": planted.mailbox(), "telepon": planted.phone(),
        "lokasi": place["address"], "lintang": str(place["latitude"]),
        "bujur": str(place["longitude"]),
    }  # fmt: skip
    fields = {name: value.encode() for name, value in filled.items()}
    return _in_parts(request, fields, "foto", planted.files())


def _kannel(planted: Planted, sender: Sender) -> Request:
    request, _ = _sample(planted, sender, "sms")
    path, _, query = request.path.partition("?")
    sample = {name: values[0] for name, values in parse_qs(query).items()}
    return replace(request, path=f"{path}?{urlencode(sample | {'from': planted.phone()})}")


def _twilio(planted: Planted, sender: Sender) -> Request:
    fields = {
        "MessageSid": planted.message_id(), "From": planted.phone(), "Body": planted.words(),
        "ProfileName": planted.name(), "NumMedia": "1", "MediaContentType0": "image/jpeg",
        "MediaUrl0": f"{sender.platforms}/twilio/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages/MM1"
        f"/Media/{planted.picture()}",
    }  # fmt: skip
    return twilio_signed(sender.base, sender.secrets["sms"]["twilio_auth_token"], fields)


def _infobip(planted: Planted, sender: Sender) -> Request:
    message = {
        "messageId": planted.message_id(), "from": planted.phone().lstrip("+"),
        "text": planted.words(),
    }  # fmt: skip
    headers = {**JSON, "authorization": f"App {sender.secrets['sms']['infobip_api_key']}"}
    return WireRequest("POST", "/v1/channels/sms/infobip", headers, encoded({"results": [message]}))


def _whatsapp(planted: Planted, sender: Sender) -> Request:
    phone = planted.phone().lstrip("+")
    message = {"id": planted.message_id(), "from": phone, "text": {"body": planted.words()},
               "image": {"id": planted.picture()}}  # fmt: skip
    value = {
        "messages": [message],
        "contacts": [{"wa_id": phone, "profile": {"name": planted.name()}}],
    }
    body = encoded({"entry": [{"changes": [{"value": value}]}]})
    secret = sender.secrets["sms"]["whatsapp_app_secret"]
    return meta_signed("/v1/channels/sms/whatsapp", secret, body)


_X, _META = "/v1/channels/gubernur/x/webhook", "/v1/channels/gubernur/meta/webhook"
DOORS: Mapping[str, Build] = {
    "jaki": _with_files(_keyed("jaki", _of_person_and_place), "report", "photo"),
    "qlue": _keyed("qlue", _of_qlue),
    "twitter": _x_post("twitter", "/v1/channels/twitter/webhook", placed=True),
    "twitter direct message": _x_direct_message,
    "facebook": _meta_comment("facebook", "/v1/channels/facebook/webhook"),
    "instagram": _instagram,
    "messenger": _messenger,
    "email": _mail,
    "balai_warga": _with_files(_keyed("balai_warga", _of_person_and_place), "report", "photo"),
    "balai_warga form": _form,
    "lapor_1708": _keyed("lapor_1708", _of_person_and_place),
    "sms": _kannel,
    "twilio": _twilio,
    "infobip": _infobip,
    "whatsapp": _whatsapp,
    "gubernur": _x_post("gubernur", _X, placed=False),
    "gubernur meta": _meta_comment("gubernur", _META),
    **{
        desk: _with_files(_keyed(desk, _of_person_and_place), "entry", "scan")
        for desk in DESK_UNITS
    },
}
"""A request by each door, by every channel and wire format."""
