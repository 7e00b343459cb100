"""Each adapter against a real server that checks the protocol as the provider would."""

from typing import get_args
from uuid import UUID

import pytest
from pydantic import SecretStr

from services.notify.providers.adapter import GatewayName, Reply
from services.notify.providers.email import Mail, compose
from services.notify.providers.meta import Meta
from services.notify.providers.registry import Adapters
from services.notify.providers.sms import Sms
from services.notify.providers.x import X
from services.notify.sending.outcomes import Outcome, Refused, Sent, TryLater
from services.notify.settings import KeyedGateway, SmtpGateway
from services.notify.wording.message import Message, render
from shared.clock import system_clock
from shared.codes import complaint_of_token, find_reply_tokens, reply_token
from shared.events.vocabulary import Channel, NotificationTemplate
from shared.outbound import OutboundClient
from shared.reply_kinds import ReplyKind
from tests.builders import T0
from tests.integration.notify.servers import CODE, Outside, Provider, served
from tests.unit.notify.cases import a_case, a_delivery

WAYS: list[tuple[str, ReplyKind, str, str | None, str]] = [
    ("jaki", "push", "JAKI-1", None, "jaki"),
    ("qlue", "qlue_post", "4711", None, "qlue"),
    ("twitter", "x_post", "2244994945", "1850000000000000001", "twitter"),
    ("twitter", "x_dm", "2244994945", None, "twitter"),
    ("facebook", "meta_comment", "100_200", "100", "facebook"),
    ("facebook", "meta_message", "7788", None, "facebook"),
    ("email", "email", "pelapor@example.org", "<a1@example.org>", "email"),
    ("balai_warga", "email", "pelapor@example.org", None, "email"),
    ("lapor_1708", "lapor_ticket", "LPR-2024-0001", None, "lapor_1708"),
    ("sms", "phone", "+628110000001", None, "sms"),
    ("kelurahan", "printer", "31.74.01.1001", None, "printer"),
    ("gubernur", "x_post", "2244994945", "1850000000000000001", "gubernur"),
    ("gubernur", "meta_comment", "100_200", "100", "gubernur"),
]


NO_DM = {
    "title": "Forbidden",
    "status": 403,
    "type": "about:blank",
    "detail": "You do not have permission to DM one or more participants.",
}
NO_MESSAGES = {"error": {"code": 551, "type": "OAuthException", "message": "(#551)"}}
NO_MAILBOX = "5.1.1 <pelapor@example.org>: User unknown"


def a_message(
    channel: str = "sms",
    template: NotificationTemplate = NotificationTemplate.CONFIRMATION,
    confidential: bool = False,
) -> Message:
    delivery = a_delivery(channel=Channel(channel), template=template, unit_name="Satpol PP")
    case = a_case(channel=channel, confidential=confidential)
    return render(delivery, case, CODE, "crm.jakarta.go.id")


async def send(
    adapters: Adapters, channel: str, kind: ReplyKind, address: str, thread: str | None = None
) -> Outcome:
    adapter = adapters.of(Channel(channel), kind)
    return await adapter.send(a_message(channel), Reply(kind, address, thread))


async def test_operators_know_every_gateway_by_its_name(adapters: Adapters) -> None:
    names = {adapters.of(Channel(channel), kind).name for channel, kind, *_ in WAYS}
    assert names == set(get_args(GatewayName))


@pytest.mark.parametrize(("channel", "kind", "address", "thread", "door"), WAYS)
async def test_a_confirmation_arrives_once_with_number_and_code(
    adapters: Adapters,
    outside: Outside,
    channel: str,
    kind: ReplyKind,
    address: str,
    thread: str | None,
    door: str,
) -> None:
    assert await send(adapters, channel, kind, address, thread) == Sent()
    assert await send(adapters, channel, kind, address, thread) == Sent()
    (kept,) = outside.kept()
    everything = kept.model_dump_json()
    assert kept.kind == door
    assert kept.repeats == 1
    assert str(UUID(int=500)) in str(kept.key)
    assert "JK2411030001" in everything
    assert CODE in everything


async def test_a_mail_is_an_automatic_answer_in_the_reporters_thread(
    adapters: Adapters, outside: Outside
) -> None:
    await send(adapters, "email", "email", "pelapor@example.org", "<a1@example.org>")
    (kept,) = outside.kept("email")
    headers = kept.payload["headers"]
    assert kept.payload["mail_from"] == "<>"
    assert headers["Auto-Submitted"] == "auto-replied"
    assert headers["In-Reply-To"] == headers["References"] == "<a1@example.org>"
    assert headers["Message-ID"] == f"<{UUID(int=500)}@jakarta.go.id>"
    assert headers["Subject"] == "[JK2411030001] Laporan Anda telah kami terima"
    assert headers["To"] == kept.to == "pelapor@example.org"
    assert CODE in kept.body


async def test_a_mail_asks_for_answers_that_show_their_complaint(
    adapters: Adapters, outside: Outside
) -> None:
    """Its id comes back in In-Reply-To, its address for answers in To; intake reads either."""
    complaint, key = UUID(int=7), bytes(32)
    reply = Reply("email", "pelapor@example.org", token=reply_token(key, complaint))
    assert await adapters.of(Channel.EMAIL, "email").send(a_message("email"), reply) == Sent()
    headers = outside.kept("email")[0].payload["headers"]
    assert headers["From"] == "dki@jakarta.go.id"
    for name in ("Reply-To", "Message-ID"):
        [token] = find_reply_tokens(headers[name])
        assert complaint_of_token(key, token) == complaint
    assert headers["Reply-To"].startswith("dki+")
    assert headers["Reply-To"].endswith("@jakarta.go.id")


async def test_an_address_for_answers_that_is_too_long_is_left_out() -> None:
    reply = Reply("email", "pelapor@example.org", token="0" * 43)
    sender = "laporan-warga-kota-jakarta@jakarta.go.id"
    mail = compose(a_message("email"), reply, sender)
    assert mail["Reply-To"] is None
    assert str(mail["Message-ID"]).startswith("<" + "0" * 43)


async def test_many_mails_share_kept_connections(adapters: Adapters, outside: Outside) -> None:
    mail = adapters.of(Channel.EMAIL, "email")
    for number in range(5):
        delivery = a_delivery(id=UUID(int=600 + number))
        message = render(delivery, a_case(), CODE, "crm.jakarta.go.id")
        assert await mail.send(message, Reply("email", "pelapor@example.org")) == Sent()
    assert len(outside.kept("email")) == 5
    assert isinstance(mail, Mail)
    assert len(mail._idle) == 1


@pytest.mark.parametrize(
    ("address", "thread"),
    [
        ("pelapor@example.org\r\nBcc: x@example.org", None),
        ("a@example.org, b@example.org", None),
        ("no-mailbox", None),
    ],
)
async def test_a_mailbox_that_is_none_is_refused_unsent(
    adapters: Adapters, outside: Outside, address: str, thread: str | None
) -> None:
    assert await send(adapters, "email", "email", address, thread) == Refused("bad_address")
    assert outside.kept() == []


async def test_a_thread_that_is_no_message_id_is_left_out(
    adapters: Adapters, outside: Outside
) -> None:
    for thread in ("<a b@example.org>", "x\r\nBcc: y@example.org"):
        await send(adapters, "email", "email", "pelapor@example.org", thread)
    assert "In-Reply-To" not in outside.kept("email")[0].payload["headers"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (550, Refused("smtp_550")),
        (554, TryLater(reason="smtp_554", ours=True)),
        (451, TryLater(reason="smtp_451")),
        (421, TryLater(reason="smtp_421")),
    ],
)
async def test_a_mail_relays_no_and_its_not_now_differ(
    adapters: Adapters, outside: Outside, status: int, outcome: Outcome
) -> None:
    outside.fail("email", status, answer=NO_MAILBOX if status == 550 else None)
    assert await send(adapters, "email", "email", "pelapor@example.org") == outcome
    assert await send(adapters, "email", "email", "pelapor@example.org") == Sent()


async def test_a_relay_that_is_not_there_is_away() -> None:
    mail = Mail(SmtpGateway(host="127.0.0.1", port=9, sender="dki@jakarta.go.id"), timeout=1.0)
    outcome = await mail.send(a_message("email"), Reply("email", "pelapor@example.org"))
    assert outcome == TryLater(away=True, reason="unreachable")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Sent()),
        (201, Sent()),
        (202, Sent()),
        (302, TryLater(reason="http_302")),
        (400, TryLater(reason="http_400", ours=True)),
        (401, TryLater(away=True, reason="auth_refused", ours=True)),
        (403, TryLater(away=True, reason="http_403", ours=True)),
        (404, TryLater(away=True, reason="http_404", ours=True)),
        (409, TryLater(reason="http_409")),
        (429, TryLater(away=True, reason="throttled", ours=True)),
        (500, TryLater(reason="http_500")),
        (503, TryLater(reason="http_503")),
    ],
)
async def test_what_a_status_means(client: OutboundClient, status: int, outcome: Outcome) -> None:
    provider = Provider([status])
    async with served(provider.app()) as url:
        sms = Sms(
            client, KeyedGateway(url=f"{url}/messages", api_key=SecretStr("k1")), system_clock
        )
        assert await sms.send(a_message(), Reply("phone", "+628110000001")) == outcome
    (_, headers, body) = provider.calls[0]
    assert headers["idempotency-key"] == str(UUID(int=500))
    assert headers["x-api-key"] == "k1"
    assert body["to"] == "+628110000001"


async def test_a_provider_that_asks_for_time_is_heard(client: OutboundClient) -> None:
    provider = Provider([429], headers={"retry-after": "17"})
    async with served(provider.app()) as url:
        sms = Sms(client, KeyedGateway(url=url, api_key=SecretStr("k1")), system_clock)
        outcome = await sms.send(a_message(), Reply("phone", "+628110000001"))
    assert outcome == TryLater(after=17.0, away=True, reason="throttled", ours=True)


async def test_a_provider_that_does_not_answer_is_away() -> None:
    provider = Provider(delay=1.0)
    client = OutboundClient(timeout=0.2)
    async with served(provider.app()) as url:
        sms = Sms(client, KeyedGateway(url=url, api_key=SecretStr("k1")), system_clock)
        outcome = await sms.send(a_message(), Reply("phone", "+628110000001"))
    await client.close()
    assert outcome == TryLater(away=True, reason="unreachable")


POST = Reply("x_post", "2244994945", "1850000000000000001")
COMMENT = Reply("meta_comment", "100_200", "100")


async def test_on_x_a_stage_is_told_in_public_without_the_code(client: OutboundClient) -> None:
    provider = Provider()
    async with served(provider.app()) as url:
        await X(client, url, "t", system_clock).send(
            a_message("twitter", NotificationTemplate.IN_PROGRESS), POST
        )
    (path, headers, body) = provider.calls[0]
    assert path == "/2/tweets"
    assert headers["authorization"] == "Bearer t"
    assert body["reply"] == {"in_reply_to_tweet_id": "1850000000000000001"}
    assert "JK2411030001" in body["text"]
    assert CODE not in body["text"]


async def test_on_x_the_code_goes_by_direct_message_alone(client: OutboundClient) -> None:
    provider = Provider([403], answers=[NO_DM])
    async with served(provider.app()) as url:
        outcome = await X(client, url, "t", system_clock).send(a_message("twitter"), POST)
    assert outcome == Sent()
    assert provider.paths == ["/2/dm_conversations/with/2244994945/messages", "/2/tweets"]
    (_, _, direct), (_, _, public) = provider.calls
    assert CODE in direct["text"]
    assert CODE not in str(public)
    assert "pesan langsung" in public["text"]


async def test_a_direct_message_that_may_pass_later_is_not_followed_by_a_public_reply(
    client: OutboundClient,
) -> None:
    provider = Provider([503])
    async with served(provider.app()) as url:
        outcome = await X(client, url, "t", system_clock).send(a_message("twitter"), POST)
    assert outcome == TryLater(reason="http_503")
    assert len(provider.calls) == 1


@pytest.mark.parametrize("template", list(NotificationTemplate))
async def test_nothing_about_a_confidential_report_is_said_in_public(
    client: OutboundClient, template: NotificationTemplate
) -> None:
    provider = Provider([403, 400], answers=[NO_DM, NO_MESSAGES])
    message = a_message("twitter", template, confidential=True)
    async with served(provider.app()) as url:
        refused = await X(client, url, "t", system_clock).send(message, POST)
        assert refused == Refused("http_403_dm_not_permitted")
        assert await Meta(client, url, "t", system_clock).send(message, COMMENT) == Refused(
            "http_400_551"
        )
    assert provider.paths == ["/2/dm_conversations/with/2244994945/messages", "/me/messages"]


async def test_on_facebook_the_code_goes_in_private_and_the_stage_as_a_comment(
    client: OutboundClient,
) -> None:
    provider = Provider()
    async with served(provider.app()) as url:
        meta = Meta(client, url, "t", system_clock)
        await meta.send(a_message("facebook"), COMMENT)
        await meta.send(a_message("facebook", NotificationTemplate.COMPLETED), COMMENT)
    (private, _, first), (public, _, second) = provider.calls
    assert private == "/me/messages"
    assert first["recipient"] == {"comment_id": "100_200"}
    assert CODE in first["message"]["text"]
    assert public == "/100_200/comments"
    assert CODE not in str(second)


@pytest.mark.parametrize("address", ["../me", "1/2", "..", "", "a?b", "a#b"])
async def test_an_address_cannot_steer_the_path(
    client: OutboundClient, adapters: Adapters, outside: Outside, address: str
) -> None:
    assert await send(adapters, "lapor_1708", "lapor_ticket", address) == Refused("bad_address")
    assert await send(adapters, "twitter", "x_dm", address) == Refused("bad_address")
    assert outside.kept() == []


async def test_the_text_platforms_show_does_not_hold_the_code(
    adapters: Adapters, outside: Outside
) -> None:
    await send(adapters, "jaki", "push", "JAKI-1")
    await send(adapters, "qlue", "qlue_post", "4711")
    await send(adapters, "lapor_1708", "lapor_ticket", "LPR-1")
    jaki, qlue, lapor = (kept.payload for kept in outside.kept())
    assert jaki["data"]["tracking_code"] == CODE
    assert jaki["timestamp"] == T0.isoformat()
    assert (qlue["status"], qlue["post_id"]) == ("wait", "4711")
    for text in (jaki["data"]["text"], qlue["text"], lapor["answer"]):
        assert "JK2411030001" in text
        assert CODE not in text


# --- an officer's words ------------------------------------------------------------------

PUBLIC = [("twitter", "x_post", "2244994945", "1850000000000000001"),
          ("facebook", "meta_comment", "100_200", "100")]  # fmt: skip


def a_question(channel: str, template: NotificationTemplate, confidential: bool) -> Message:
    delivery = a_delivery(channel=Channel(channel), template=template, unit_name="Satpol PP")
    case = a_case(channel=channel, confidential=confidential)
    return render(delivery, case, CODE, "crm.jakarta.go.id", "Di sisi mana?")


@pytest.mark.parametrize(("channel", "kind", "address", "thread", "door"), WAYS)
@pytest.mark.parametrize("confidential", [True, False])
async def test_a_question_is_read_by_the_reporter_alone_and_never_in_a_short_message(
    adapters: Adapters, outside: Outside, channel: str, kind: ReplyKind, address: str,
    thread: str | None, door: str, confidential: bool,
) -> None:  # fmt: skip
    message = a_question(channel, NotificationTemplate.QUESTION, confidential)
    adapter = adapters.of(Channel(channel), kind)
    assert await adapter.send(message, Reply(kind, address, thread)) == Sent()
    (kept,) = outside.kept(door)
    assert ("Di sisi mana?" in kept.model_dump_json()) == (kind != "phone")
    assert kept.via not in ("post", "comment")


@pytest.mark.parametrize(("channel", "kind", "address", "thread"), PUBLIC)
async def test_a_public_post_about_a_completed_case_does_not_hold_an_officers_words(
    adapters: Adapters, outside: Outside, channel: str, kind: ReplyKind, address: str, thread: str
) -> None:
    message = a_question(channel, NotificationTemplate.COMPLETED, confidential=False)
    await adapters.of(Channel(channel), kind).send(message, Reply(kind, address, thread))
    (kept,) = outside.kept()
    assert kept.via in ("post", "comment")
    assert "Di sisi mana?" not in kept.model_dump_json()


@pytest.mark.parametrize(("channel", "kind", "address", "thread"), PUBLIC)
async def test_who_takes_no_private_messages_gets_the_neutral_notice_without_the_words(
    channel: str, kind: ReplyKind, address: str, thread: str, client: OutboundClient
) -> None:
    provider = Provider([403], answers=[NO_DM if channel == "twitter" else NO_MESSAGES])
    async with served(provider.app()) as url:
        adapter = (
            X(client, url, "t", system_clock)
            if channel == "twitter"
            else Meta(client, url, "t", system_clock)
        )
        message = a_question(channel, NotificationTemplate.QUESTION, confidential=False)
        assert await adapter.send(message, Reply(kind, address, thread)) == Sent()
    assert "Di sisi mana?" in str(provider.calls[0])
    assert "Di sisi mana?" not in str(provider.calls[1])


@pytest.mark.parametrize(
    ("channel", "kind"), [("jaki", "push"), ("qlue", "qlue_post"), ("lapor_1708", "lapor_ticket")]
)
async def test_a_platform_gets_the_words_in_a_field_of_their_own_like_the_code(
    adapters: Adapters, outside: Outside, channel: str, kind: ReplyKind
) -> None:
    message = a_question(channel, NotificationTemplate.QUESTION, confidential=False)
    await adapters.of(Channel(channel), kind).send(message, Reply(kind, "LPR-1"))
    (kept,) = outside.kept()
    fields = kept.payload.get("data", kept.payload)
    assert fields["officer_words"] == "Di sisi mana?"
    assert "Di sisi mana?" not in fields.get("text", fields.get("answer"))
