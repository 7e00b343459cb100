"""Who may speak at a door. A changed byte anywhere in body or proof is refused."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from services.intake.channels.adapter import RawRequest
from services.intake.channels.balai_warga.adapter import TOKEN_LIFETIME, mint_csrf_token
from services.intake.channels.desk.adapter import DeskAdapter
from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.email.secrets import EmailSecrets
from services.intake.channels.registry import ChannelSecrets, doors
from services.intake.channels.sms.twilio import TwilioAdapter
from shared.errors import DomainError, Forbidden, Malformed, Unauthenticated
from shared.events.vocabulary import Channel
from tests.unit.intake.channels import wire

EXAMPLE_OF = {
    wire.JAKI: "jaki/report.json",
    wire.QLUE: "qlue/posts.json",
    wire.LAPOR: "lapor_1708/ticket.json",
    wire.BALAI_WARGA: "balai_warga/entry.json",
    wire.FORM: "balai_warga/form.txt",
    wire.X: "twitter/account_activity_mention.json",
    wire.FACEBOOK: "facebook/page_comment.json",
    wire.GOVERNOR_X: "gubernur/x_mention.json",
    wire.GOVERNOR_META: "gubernur/page_comment.json",
    wire.KANNEL: "sms/kannel.txt",
    wire.TWILIO: "sms/twilio.txt",
    wire.INFOBIP: "sms/infobip.json",
    wire.WHATSAPP: "sms/whatsapp.json",
}
BODY_SIGNED = {
    wire.X: "x-twitter-webhooks-signature",
    wire.GOVERNOR_X: "x-twitter-webhooks-signature",
    wire.FACEBOOK: "x-hub-signature-256",
    wire.GOVERNOR_META: "x-hub-signature-256",
    wire.WHATSAPP: "x-hub-signature-256",
    wire.TWILIO: "x-twilio-signature",
}
KEYED = {
    wire.JAKI: "x-api-key",
    wire.QLUE: "x-api-key",
    wire.LAPOR: "x-api-key",
    wire.BALAI_WARGA: "x-api-key",
    wire.INFOBIP: "authorization",
}


def of(path: str) -> RawRequest:
    return wire.signed(path, wire.example(EXAMPLE_OF[path]))


def authenticate(request: RawRequest) -> None:
    wire.DOORS[request.path].adapter.authenticate(request)


PROOF_OF: dict[str, str | None] = {
    **BODY_SIGNED,
    **KEYED,
    wire.KANNEL: "secret",
    wire.FORM: "csrf_token",
    wire.RAW_MAIL: None,
}
"""What a refusal names; mail from another machine brings no proof that could be named."""


def refused(request: RawRequest) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        authenticate(request)
    assert refusal.value.field == PROOF_OF[request.path]


def test_the_platform_itself_is_let_in() -> None:
    for path in EXAMPLE_OF:
        authenticate(of(path))


@given(data=st.data(), path=st.sampled_from(sorted(set(BODY_SIGNED) - {wire.TWILIO})))
def test_a_body_with_one_bit_changed_is_refused(data: st.DataObject, path: str) -> None:
    request = of(path)
    at = data.draw(st.integers(0, len(request.body) - 1))
    bit = data.draw(st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128]))
    changed = bytearray(request.body)
    changed[at] ^= bit
    refused(replace(request, body=bytes(changed)))


@given(text=st.text(min_size=1, max_size=30))
def test_a_twilio_form_with_another_text_is_refused(text: str) -> None:
    request = of(wire.TWILIO)
    words = text.encode("utf-8", "replace").hex()
    refused(replace(request, body=request.body.replace(b"Jalan+rusak", words.encode())))


@given(data=st.data(), path=st.sampled_from(sorted(BODY_SIGNED | KEYED)))
def test_a_proof_with_one_character_changed_is_refused(data: st.DataObject, path: str) -> None:
    request = of(path)
    name = (BODY_SIGNED | KEYED)[path]
    proof = request.headers[name]
    at = data.draw(st.integers(0, len(proof) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=255))
    changed = proof[:at] + other + proof[at + 1 :]
    if changed != proof:
        refused(replace(request, headers={**request.headers, name: changed}))


@pytest.mark.parametrize("proof", [None, "", "sha256=", "\ud800", "é"])
def test_a_missing_or_unreadable_proof_is_refused_at_every_door(proof: str | None) -> None:
    for path, name in (BODY_SIGNED | KEYED).items():
        request = of(path)
        others = {key: value for key, value in request.headers.items() if key != name}
        refused(replace(request, headers=others if proof is None else {**others, name: proof}))


@pytest.mark.parametrize(("mine", "theirs"), [(wire.X, wire.GOVERNOR_X), (wire.QLUE, wire.LAPOR)])
def test_the_proof_for_one_door_does_not_open_another(mine: str, theirs: str) -> None:
    refused(replace(of(mine), path=theirs))


def test_two_keys_of_a_partner_are_live_while_it_changes_over() -> None:
    request = of(wire.JAKI)
    authenticate(replace(request, headers={**request.headers, "x-api-key": "jaki-old-key"}))


@pytest.mark.parametrize("secret", ["", "kannel-secreT", "kannel-secret2"])
def test_kannel_needs_the_secret_of_its_address(secret: str) -> None:
    refused(wire.raw(f"{wire.KANNEL}?secret={secret}&from=%2B628110000001&id=1&text=a"))


def test_twilios_published_example_verifies() -> None:
    """The worked example of Twilio's security documentation."""
    body = (
        b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234"
        b"&From=%2B14158675309&To=%2B18005551212"
    )
    request = replace(
        wire.raw(wire.TWILIO, body, {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}),
        url="https://mycompany.com/myapp.php?foo=1&bar=2",
    )
    TwilioAdapter(SecretStr("12345")).authenticate(request)


def test_twilio_is_believed_behind_a_proxy_that_shows_the_port() -> None:
    request = of(wire.TWILIO)
    shown = request.url.replace("crm.example.org", "crm.example.org:443")
    authenticate(replace(request, url=shown))


def test_the_web_forms_token_belongs_to_its_draft_and_expires() -> None:
    request = of(wire.FORM)
    authenticate(replace(request, received_at=wire.NOW + TOKEN_LIFETIME - timedelta(seconds=1)))
    refused(replace(request, received_at=wire.NOW + TOKEN_LIFETIME))
    refused(replace(request, body=request.body.replace(b"0002&isi", b"0003&isi")))
    refused(wire.raw(wire.FORM, wire.example("balai_warga/form.txt"), dict(request.headers)))


@given(seconds=st.integers(1, 10**9))
def test_the_web_forms_token_cannot_be_given_more_time(seconds: int) -> None:
    key = SecretStr(wire.SECRETS["balai_warga"]["csrf_key"])
    stamp, proof = mint_csrf_token(key, "d", wire.NOW).split(".")
    body = f"draft_id=d&isi=a&csrf_token={int(stamp) + seconds}.{proof}".encode()
    refused(wire.signed(wire.FORM, body))


@pytest.mark.parametrize("token", ["", ".", "abc", "99999999999999.x", "\u0661.x"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    refused(wire.signed(wire.FORM, f"draft_id=d&csrf_token={token}".encode("ascii", "replace")))


def test_mail_is_taken_from_this_machine_or_by_key_only() -> None:
    mail = wire.example("email/plain.eml")
    headers = {"content-type": "message/rfc822"}
    authenticate(wire.raw(wire.RAW_MAIL, mail, headers))
    for host in ("203.0.113.7", "", "testclient"):
        refused(wire.raw(wire.RAW_MAIL, mail, headers, client_host=host))
    adapter = MailAdapter(
        EmailSecrets.model_validate({"recipient": "dki@jakarta.go.id", "api_key": "mail-api-key"})
    )
    keyed = {**headers, "x-api-key": "mail-api-key"}
    far = wire.raw(wire.RAW_MAIL, mail, keyed, client_host="203.0.113.7")
    adapter.authenticate(far)
    with pytest.raises(Unauthenticated) as refusal:
        adapter.authenticate(wire.raw(wire.RAW_MAIL, mail, headers))
    assert refusal.value.field == "x-api-key"


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        (wire.X, wire.SECRETS["twitter"]["consumer_secret"]),
        (wire.GOVERNOR_X, wire.SECRETS["gubernur"]["consumer_secret"]),
    ],
)
def test_x_is_shown_that_we_know_the_consumer_secret(path: str, secret: str) -> None:
    door = wire.DOORS[path]
    assert door.challenged is not None
    answer = door.challenged.challenge(wire.raw(f"{path}?crc_token=abc", method="GET"))
    proof = base64.b64encode(hmac.digest(secret.encode(), b"abc", hashlib.sha256)).decode()
    assert json.loads(answer.body) == {"response_token": f"sha256={proof}"}
    assert answer.content_type == "application/json"
    with pytest.raises(Malformed, match="Give the crc_token") as refusal:
        door.challenged.challenge(wire.raw(path, method="GET"))
    assert refusal.value.field == "crc_token"


@pytest.mark.parametrize(
    ("path", "token"),
    [
        (wire.FACEBOOK, "meta-verify-token"),
        (wire.GOVERNOR_META, "governor-verify-token"),
        (wire.WHATSAPP, "whatsapp-verify-token"),
    ],
)
def test_metas_number_is_echoed_to_who_knows_the_token(path: str, token: str) -> None:
    challenged = wire.DOORS[path].challenged
    assert challenged is not None

    def ask(query: str) -> bytes:
        return challenged.challenge(wire.raw(f"{path}?{query}", method="GET")).body

    good = f"hub.mode=subscribe&hub.verify_token={token}"
    assert ask(f"{good}&hub.challenge=1158201444") == b"1158201444"

    def field_of(query: str) -> tuple[type, str | None]:
        with pytest.raises(DomainError) as refusal:
            ask(query)
        return type(refusal.value), refusal.value.field

    wrong = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong"
    assert field_of(wrong) == (Unauthenticated, "hub.verify_token")
    assert field_of(f"{good}&hub.challenge=%3Cscript%3E") == (Malformed, "hub.challenge")
    other = f"hub.mode=other&hub.challenge=1&hub.verify_token={token}"
    assert field_of(other) == (Malformed, "hub.mode")


@pytest.mark.parametrize(
    ("channel", "unit"),
    [
        (Channel.KELURAHAN, "31.74.01"),
        (Channel.KECAMATAN, "31.74.01.1001"),
        (Channel.WALIKOTA, "dinas-bina-marga"),
        (Channel.PENDOPO, "31.74.01"),
        (Channel.INSPEKTORAT, "biro-pemerintahan"),
    ],
)
def test_an_officer_enters_at_the_desk_of_the_own_office_only(channel: Channel, unit: str) -> None:
    body = wire.example(f"{channel.value}/entry.json")
    request = wire.raw("/", body, {"content-type": "application/json"})
    with pytest.raises(Forbidden, match="desk of your own office"):
        DeskAdapter(channel).parse(request, unit)


def test_an_empty_secret_does_not_start() -> None:
    """An HMAC with an empty key is one that anybody can make."""
    empty = {**wire.SECRETS, "twitter": {"consumer_secret": "", "account_id": "1"}}
    with pytest.raises(ValidationError, match=r"twitter\.consumer_secret"):
        ChannelSecrets.model_validate(empty)


def test_every_channel_with_a_secret_must_be_told_it() -> None:
    missing = {name: value for name, value in wire.SECRETS.items() if name != "qlue"}
    with pytest.raises(ValidationError, match=r"(?s)1 validation error.*qlue.*required"):
        ChannelSecrets.model_validate(missing)


def test_a_secret_of_an_unknown_channel_does_not_start_and_is_not_shown() -> None:
    """A misspelt channel would be closed without anybody noticing."""
    more = {**wire.SECRETS, "merpati": {"api_key": "cincin-rahasia"}}
    with pytest.raises(ValidationError, match=r"(?s)1 validation error.*merpati") as refusal:
        ChannelSecrets.model_validate(more)
    assert "cincin-rahasia" not in str(refusal.value)


def test_secrets_are_not_shown() -> None:
    shown = repr([wire.DOORS, ChannelSecrets.model_validate(wire.SECRETS)])
    values = [
        value
        for secrets in wire.SECRETS.values()
        for name, value in secrets.items()
        if name not in ("account_id", "page_id", "recipient")
    ]
    assert [value for value in values if value in shown] == []


CHANGED_OVER = {
    "twitter": ("consumer_secret", wire.X),
    "facebook": ("app_secret", wire.FACEBOOK),
    "gubernur": ("consumer_secret", wire.GOVERNOR_X),
    "gubernur/meta": ("app_secret", wire.GOVERNOR_META),
    "sms/kannel": ("kannel_secret", wire.KANNEL),
    "sms/twilio": ("twilio_auth_token", wire.TWILIO),
    "sms/infobip": ("infobip_api_key", wire.INFOBIP),
    "sms/whatsapp": ("whatsapp_app_secret", wire.WHATSAPP),
}


@pytest.mark.parametrize("place", CHANGED_OVER)
def test_a_platform_that_changes_its_secret_is_believed_by_both_until_the_old_one_is_gone(
    place: str,
) -> None:
    member, path = CHANGED_OVER[place]
    channel = place.partition("/")[0]
    request, told = of(path), json.loads(json.dumps(wire.SECRETS))
    old = told[channel][member]
    told[channel] |= {member: "a-new-secret", f"previous_{member}": old}
    both = {door.path: door for door in doors(ChannelSecrets.model_validate(told))}
    both[path].adapter.authenticate(request)
    del told[channel][f"previous_{member}"]
    new = {door.path: door for door in doors(ChannelSecrets.model_validate(told))}
    with pytest.raises(Unauthenticated):
        new[path].adapter.authenticate(request)
