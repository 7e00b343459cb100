"""Every example file of every channel, through its door."""

import json
from datetime import UTC, datetime

import pytest

from services.intake.channels.desk.adapter import DeskAdapter
from services.intake.channels.submission import (
    Ignored,
    Inbound,
    Submission,
    Supplement,
    Withdrawal,
)
from shared.events.vocabulary import Channel
from tests.unit.intake.channels import wire


def only(inbound: tuple[Inbound, ...]) -> Submission:
    (message,) = inbound
    return wire.complaint(message)


def through(path: str, name: str) -> tuple[Inbound, ...]:
    return wire.come_in(wire.signed(path, wire.example(name)))


def paths(submission: Submission) -> list[tuple[str, str, str | None]]:
    return [(path.kind, path.address, path.thread) for path in submission.reply]


def test_a_jaki_report_is_private_anonymous_and_has_its_point() -> None:
    report = only(through(wire.JAKI, "jaki/report.json"))
    assert report.channel is Channel.JAKI
    assert report.external_id == "0190b8a2-6f0e-7c3b-9b1e-2f6f3f0a1c01"
    assert report.text == "Jalan berlubang cukup dalam di dekat taman &amp; belum diberi tanda."
    assert (report.category, report.latitude, report.longitude) == ("jalan", -6.2338, 106.8555)
    assert report.near_jakarta
    assert (report.confidential, report.anonymous, report.restricted) == (True, True, False)
    assert report.reported_at == datetime(2021, 7, 8, 12, 12, 44, tzinfo=UTC)
    assert report.reporter.phone == "+628110000001"
    assert paths(report) == [("push", report.external_id, None)]


def test_a_category_that_routing_must_recognise_stays_in_the_text() -> None:
    report = only(through(wire.JAKI, "jaki/public_report_unknown_category.json"))
    assert report.category is None
    assert report.text.endswith("\nKategori: Tutup Saluran")
    assert not report.confidential


def test_qlue_posts_are_in_jakarta_time_and_zero_zero_is_no_place() -> None:
    first, second = through(wire.QLUE, "qlue/posts.json")
    assert isinstance(first, Submission)
    assert isinstance(second, Submission)
    assert first.external_id == "4102733"
    assert first.reported_at == datetime(2021, 7, 8, 9, 20, 10, tzinfo=UTC)
    assert first.text.startswith("Sampah menumpuk\nTumpukan")
    assert (first.category, first.geotagged) == ("sampah", True)
    assert (second.text, second.geotagged) == ("Banjir di jalan kampung", False)
    assert paths(first) == [("qlue_post", "4102733", None)]


def test_a_post_that_mentions_the_city_is_a_complaint_with_its_whole_text() -> None:
    post = only(through(wire.X, "twitter/account_activity_mention.json"))
    assert post.external_id == "1413119481923551234"
    assert post.text.endswith("jalan & bahaya sekali.")
    assert (post.latitude, post.longitude) == (-6.1903, 106.8172)
    assert post.reported_at == datetime(2021, 7, 8, 12, 36, 15, tzinfo=UTC)
    assert (post.reporter.platform_user_id, post.reporter.handle) == (
        "2000000001",
        "pelapor_contoh",
    )
    assert paths(post) == [("x_post", "2000000001", post.external_id)]
    assert not post.human_first


def test_the_citys_own_posts_and_reposts_are_no_complaints() -> None:
    inbound = through(wire.X, "twitter/account_activity_own_and_repost.json")
    assert inbound == (Ignored(reason="own_message"), Ignored(reason="repost"))


def test_a_direct_message_is_answered_by_direct_message() -> None:
    message = only(through(wire.X, "twitter/account_activity_direct_message.json"))
    assert message.confidential
    assert paths(message) == [("x_dm", "2000000001", "1413120000000000001")]
    assert message.reported_at == datetime(2021, 7, 8, 12, 56, 15, tzinfo=UTC)


def test_a_deleted_post_is_a_withdrawal_of_that_post() -> None:
    assert through(wire.X, "twitter/account_activity_deletion.json") == (
        Withdrawal(
            channel=Channel.TWITTER,
            refers_to_external_id="1413119481923551234",
            source="platform",
        ),
    )


def test_the_newer_envelope_of_x_carries_the_same_complaints() -> None:
    post = only(through(wire.X, "twitter/activity_post_mention.json"))
    assert (post.external_id, post.reporter.handle) == ("2080761390344900001", "pelapor_contoh")
    assert (post.latitude, post.longitude) == (-6.3261, 106.8753)
    message = only(through(wire.X, "twitter/activity_direct_message.json"))
    assert paths(message) == [("x_dm", "2000000001", "2080761390344900002")]


def test_a_comment_on_the_page_is_answered_under_it() -> None:
    comment = only(through(wire.FACEBOOK, "facebook/page_comment.json"))
    assert comment.channel is Channel.FACEBOOK
    assert paths(comment) == [("meta_comment", "101_2001", "1000000002_101")]
    assert comment.reported_at == datetime(2021, 7, 8, 12, 56, 15, tzinfo=UTC)


def test_one_delivery_of_meta_mixes_comments_edits_removals_and_messages() -> None:
    own, like, post, edit, removal, message, echo, receipt = through(
        wire.FACEBOOK, "facebook/batch.json"
    )
    assert own == Ignored(reason="own_message")
    assert like == Ignored(reason="not_a_new_message")
    assert isinstance(post, Submission)
    assert (post.external_id, post.reporter.platform_user_id) == ("1000000002_102", None)
    assert isinstance(edit, Supplement)
    assert (edit.kind, edit.refers_to_external_id) == ("edit", "101_2001")
    assert edit.otherwise is not None
    assert isinstance(removal, Withdrawal)
    assert removal.refers_to_external_id == "101_2001"
    assert isinstance(message, Submission)
    assert paths(message) == [("meta_message", "4000000001", "m_contoh_1")]
    assert message.confidential
    assert (echo, receipt) == (Ignored(reason="own_message"), Ignored(reason="receipt"))


def test_an_echo_of_our_own_message_is_no_complaint_whoever_it_names() -> None:
    delivery = json.loads(wire.example("facebook/batch.json"))
    echo = delivery["entry"][1]["messaging"][1]
    echo["sender"]["id"] = "4000000001"
    body = {"object": "page", "entry": [{"id": "1000000002", "messaging": [echo]}]}
    inbound = wire.come_in(wire.signed(wire.FACEBOOK, json.dumps(body).encode()))
    assert inbound == (Ignored(reason="own_message"),)


def test_a_comment_on_instagram_comes_by_the_same_channel() -> None:
    comment = only(through(wire.FACEBOOK, "facebook/instagram_comment.json"))
    assert (comment.external_id, comment.reporter.handle) == (
        "17890000000000001",
        "pelapor_contoh",
    )


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (wire.GOVERNOR_X, "gubernur/x_mention.json"),
        (wire.GOVERNOR_META, "gubernur/page_comment.json"),
    ],
)
def test_words_to_the_governor_are_read_by_a_person_first(path: str, name: str) -> None:
    submission = only(through(path, name))
    assert submission.channel is Channel.GUBERNUR
    assert submission.human_first


def test_the_web_forms_fields_and_its_json_mean_the_same() -> None:
    entry = only(through(wire.BALAI_WARGA, "balai_warga/entry.json"))
    form = only(through(wire.FORM, "balai_warga/form.txt"))
    assert (entry.category, form.category) == ("saluran-air", "saluran-air")
    assert (entry.latitude, entry.address) == (form.latitude, form.address)
    assert (entry.confidential, form.anonymous) == (True, True)
    assert (form.reporter.name, form.reporter.phone) == (None, "+628110000001")
    assert paths(entry) == [("email", "pelapor.contoh@example.org", None)]
    assert paths(form) == [("phone", "+628110000001", None)]


def test_a_lapor_ticket_is_answered_by_its_number() -> None:
    ticket = only(through(wire.LAPOR, "lapor_1708/ticket.json"))
    assert ticket.channel is Channel.LAPOR_1708
    assert (ticket.anonymous, ticket.confidential) == (True, False)
    assert ticket.reporter.phone == "+628110000001"
    assert paths(ticket) == [("lapor_ticket", "5712345", None)]


@pytest.mark.parametrize(
    ("path", "name", "external_id"),
    [
        (wire.KANNEL, "sms/kannel.txt", "kannel:3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        (wire.TWILIO, "sms/twilio.txt", "twilio:SM00000000000000000000000000000001"),
    ],
)
def test_an_sms_is_answered_by_sms(path: str, name: str, external_id: str) -> None:
    sms = only(through(path, name))
    assert (sms.channel, sms.external_id) == (Channel.SMS, external_id)
    assert paths(sms) == [("phone", "+628110000001", None)]


def test_a_sender_without_a_number_may_complain_but_is_not_answered() -> None:
    person, shop = through(wire.INFOBIP, "sms/infobip.json")
    assert isinstance(person, Submission)
    assert isinstance(shop, Submission)
    assert person.reported_at == datetime(2021, 7, 8, 12, 36, 15, 220000, tzinfo=UTC)
    assert paths(person) == [("phone", "+628110000001", None)]
    assert (paths(shop), shop.auto_reply_allowed) == ([], False)


def test_whatsapp_brings_words_and_places_and_its_receipts_are_passed_over() -> None:
    words, place = through(wire.WHATSAPP, "sms/whatsapp.json")
    assert isinstance(words, Submission)
    assert isinstance(place, Submission)
    assert (words.external_id, words.reporter.name) == ("whatsapp:wamid.CONTOH1", "Pelapor Contoh")
    assert (place.text, place.latitude) == ("Pasar Kebon Kacang\n(lokasi)", -6.1903)


@pytest.mark.parametrize(
    ("channel", "unit"),
    [
        (Channel.KELURAHAN, "31.74.01.1001"),
        (Channel.KECAMATAN, "31.74.01"),
        (Channel.WALIKOTA, "31.74"),
        (Channel.PENDOPO, "31.71"),
        (Channel.INSPEKTORAT, "inspektorat"),
    ],
)
def test_a_desk_gives_a_receipt_and_keeps_both_times(channel: Channel, unit: str) -> None:
    request = wire.raw(
        f"/v1/desks/{channel.value}/complaints",
        wire.example(f"{channel.value}/entry.json"),
        {"content-type": "application/json"},
    )
    entry = only(DeskAdapter(channel).parse(request, unit))
    assert (entry.channel, entry.entered_by_unit) == (channel, unit)
    assert entry.external_id == f"{unit}:2021-07-08/014"
    assert entry.reported_at == datetime(2021, 7, 7, 2, 15, tzinfo=UTC)
    assert entry.restricted is (channel is Channel.INSPEKTORAT)
    assert paths(entry) == [("printer", unit, None), ("phone", "+628110000001", None)]


def test_a_kelurahans_desk_means_its_own_area_where_nobody_says_otherwise() -> None:
    request = wire.raw(
        "/v1/desks/kelurahan/complaints",
        wire.example("kelurahan/entry_without_contact.json"),
        {"content-type": "application/json"},
    )
    entry = only(DeskAdapter(Channel.KELURAHAN).parse(request, "31.74.01.1001"))
    assert entry.kelurahan_code == "31.74.01.1001"
    assert paths(entry) == [("printer", "31.74.01.1001", None)]
