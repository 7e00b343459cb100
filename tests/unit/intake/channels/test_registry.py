"""Fourteen rows, a door for each, and platforms that speak to them as the real ones do."""

from datetime import UTC, datetime

import pytest

from deploy.rehearsal import callers
from services.intake.channels.adapter import RawRequest
from services.intake.channels.categories import CATEGORY_SLUGS
from services.intake.channels.email.adapter import MailAdapter
from services.intake.channels.email.secrets import EmailSecrets
from services.intake.channels.registry import CHANNELS, desk_doors, facts
from services.intake.channels.submission import Inbound, Submission
from shared.errors import Unauthenticated
from shared.events.vocabulary import Channel
from tests.unit.intake.channels import wire

NOW = datetime(2021, 7, 8, 12, 40, tzinfo=UTC)
DESKS = {door.path: door.adapter for door in desk_doors()}


def call(channel: str, external_id: str = "9001") -> callers.WireRequest | callers.Mail:
    return callers.wire_request(
        channel,
        wire.SECRETS,
        external_id=external_id,
        text=callers.SAMPLE_TEXTS[channel],
        operator_token="officer-token",
        now=NOW,
    )


def receive(sent: callers.WireRequest | callers.Mail, channel: str) -> tuple[Inbound, ...]:
    if isinstance(sent, callers.Mail):
        adapter = MailAdapter(EmailSecrets.model_validate(wire.SECRETS["email"]))
        return adapter.parse_message(sent.raw, sent.sender)
    request = wire.as_raw(sent)
    if request.path in DESKS:
        return DESKS[request.path].parse(request, callers.DESK_UNITS[channel])
    return wire.come_in(request)


def test_there_are_fourteen_official_channels() -> None:
    assert [row.channel for row in CHANNELS] == list(Channel)
    assert len({row.name for row in CHANNELS}) == 14
    assert facts(Channel.SMS).name == "SMS 0811-1272-206"


def test_jaki_and_mail_are_confidential_and_the_governors_accounts_are_read_first() -> None:
    confidential = {row.channel for row in CHANNELS if row.confidential_by_default}
    assert confidential == {Channel.JAKI, Channel.EMAIL, Channel.INSPEKTORAT}
    assert [row.channel for row in CHANNELS if row.human_first] == [Channel.GUBERNUR]


def test_every_channel_has_a_door_of_its_own() -> None:
    channels = {door.adapter.channel for door in wire.DOORS.values()}
    assert channels | {adapter.channel for adapter in DESKS.values()} == set(Channel)
    assert not set(wire.DOORS) & set(DESKS)


@pytest.mark.parametrize("channel", list(Channel))
def test_a_platforms_call_becomes_one_complaint_of_that_channel(channel: Channel) -> None:
    (message,) = receive(call(channel.value), channel.value)
    submission = wire.complaint(message)
    assert submission.channel is channel
    assert callers.SAMPLE_TEXTS[channel.value] in submission.text
    assert submission.reply
    assert submission.human_first is facts(channel).human_first
    assert submission.confidential is facts(channel).confidential_by_default
    assert submission.category is None or submission.category in CATEGORY_SLUGS
    assert submission.near_jakarta is submission.geotagged


@pytest.mark.parametrize("channel", ["jaki", "qlue", "lapor_1708", "balai_warga", "kelurahan"])
def test_calls_of_apps_and_desks_name_place_and_category(channel: str) -> None:
    (submission,) = receive(call(channel), channel)
    assert isinstance(submission, Submission)
    assert submission.category
    assert submission.geotagged


def submitted(channel: Channel, external_id: str = "9001") -> Submission:
    (message,) = receive(call(channel.value, external_id), channel.value)
    return wire.complaint(message)


def test_the_same_call_again_is_the_same_complaint_and_another_is_not() -> None:
    for channel in Channel:
        first, again, other = (
            submitted(channel, external_id).external_id for external_id in ("9001", "9001", "9002")
        )
        assert first == again != other, channel


def test_a_browser_posts_the_form_with_the_token_it_was_given() -> None:
    token = callers.csrf_token(wire.SECRETS, draft_id="d-1", now=NOW)
    request = callers.form_request(wire.SECRETS, draft_id="d-1", text="Banjir", csrf_token=token)
    (submission,) = wire.come_in(wire.as_raw(request))
    assert isinstance(submission, Submission)
    assert submission.confidential


def test_the_governors_page_and_raw_mail_come_in_too() -> None:
    comment = callers.governor_meta_request(wire.SECRETS, external_id="7_1", text="a", now=NOW)
    (message,) = wire.come_in(wire.as_raw(comment))
    assert wire.complaint(message).human_first
    mail = call("email")
    assert isinstance(mail, callers.Mail)
    assert wire.come_in(wire.as_raw(callers.raw_mail_request(mail)))


def test_a_desk_needs_an_officer() -> None:
    with pytest.raises(ValueError, match="token"):
        callers.wire_request(
            "pendopo", wire.SECRETS, external_id="1", text="a", operator_token=None, now=NOW
        )


@pytest.mark.parametrize("channel", [row.channel.value for row in CHANNELS if row.kind != "desk"])
def test_who_knows_other_secrets_is_not_let_in(channel: str) -> None:
    others = {
        name: {
            key: value if key.endswith("_id") else f"other-{value}" for key, value in rows.items()
        }
        for name, rows in wire.SECRETS.items()
    }
    sent = callers.wire_request(
        channel, others, external_id="1", text="a", operator_token=None, now=NOW
    )
    if isinstance(sent, callers.Mail):
        return
    request: RawRequest = wire.as_raw(sent)
    with pytest.raises(Unauthenticated, match="proof of the caller"):
        wire.DOORS[request.path].adapter.authenticate(request)


TAKES_A_RECEIPT = {
    "jaki": "report_id",
    "qlue": "0.post_id",
    "lapor_1708": "ticket_number",
    "balai_warga": "draft_id",
    "kelurahan": "entry_id",
    "kecamatan": "entry_id",
    "walikota": "entry_id",
    "pendopo": "entry_id",
    "inspektorat": "entry_id",
}


def test_who_is_told_the_code_may_not_give_an_id_twice() -> None:
    """A door that hands out codes and forgot it would give one citizen another's."""
    named = {channel.value: submitted(channel).id_field for channel in Channel}
    assert {channel: field for channel, field in named.items() if field} == TAKES_A_RECEIPT


def test_the_form_may_not_either() -> None:
    token = callers.csrf_token(wire.SECRETS, draft_id="d-1", now=NOW)
    request = callers.form_request(wire.SECRETS, draft_id="d-1", text="Banjir", csrf_token=token)
    (submission,) = wire.come_in(wire.as_raw(request))
    assert isinstance(submission, Submission)
    assert submission.id_field == "draft_id"


def test_each_door_that_tells_the_code_is_one_of_them() -> None:
    telling = {door.path for door in wire.DOORS.values() if door.tells_the_code}
    assert telling == {wire.JAKI, wire.QLUE, wire.LAPOR, wire.BALAI_WARGA, wire.FORM}


HOW_DOORS_ANSWER = {
    wire.JAKI: ("POST", "receipt", "channel_key", True, "usual"),
    wire.QLUE: ("POST", "receipts", "channel_key", True, "usual"),
    wire.LAPOR: ("POST", "receipt", "channel_key", True, "usual"),
    wire.BALAI_WARGA: ("POST", "receipt", "channel_key", True, "usual"),
    wire.FORM: ("POST", "page", None, False, "usual"),
    wire.RAW_MAIL: ("POST", "empty_object", "channel_key", False, "mail"),
    wire.X: ("POST", "empty_object", "x_signature", False, "usual"),
    wire.GOVERNOR_X: ("POST", "empty_object", "x_signature", False, "usual"),
    wire.FACEBOOK: ("POST", "empty_object", "meta_signature", False, "usual"),
    wire.GOVERNOR_META: ("POST", "empty_object", "meta_signature", False, "usual"),
    wire.KANNEL: ("GET", "empty_text", "kannel_secret", False, "usual"),
    wire.TWILIO: ("POST", "empty_text", "twilio_signature", False, "usual"),
    wire.INFOBIP: ("POST", "empty_object", "infobip_key", False, "usual"),
    wire.WHATSAPP: ("POST", "empty_object", "meta_signature", False, "usual"),
}
"""Method, answer, security scheme, whether an Idempotency-Key is taken, limit of the body."""


def test_every_door_says_how_it_answers_and_how_it_knows_its_callers() -> None:
    said = {
        door.path: (
            door.method,
            door.answer,
            door.security.scheme if door.security else None,
            door.keyed,
            door.body_limit,
        )
        for door in wire.DOORS.values()
    }
    assert said == HOW_DOORS_ANSWER


def test_the_platforms_that_check_an_address_are_answered_by_the_same_adapter() -> None:
    challenged = {door.path for door in wire.DOORS.values() if door.challenged is door.adapter}
    assert challenged == {
        wire.X,
        wire.GOVERNOR_X,
        wire.FACEBOOK,
        wire.GOVERNOR_META,
        wire.WHATSAPP,
    }
