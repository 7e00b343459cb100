"""What the wrapper of the Kafka client adds to it, without a broker."""

import asyncio
import socket

from aiokafka import TopicPartition
from structlog.testing import capture_logs

from deploy.local.ports import LOOPBACK
from shared.kafka import KafkaSubscription, Silence, let_go

ONE, OTHER = TopicPartition("t", 1), TopicPartition("t", 2)


class EndsWith:
    """A client and its connections; its end raises ``error``, or never comes."""

    def __init__(self, error: BaseException | None) -> None:
        self._error = error
        self.closed = False

    async def stop(self) -> None:
        if self._error is None:
            await asyncio.Event().wait()
        else:
            raise self._error

    async def close(self) -> None:
        self.closed = True


async def test_whatever_a_client_raises_as_it_ends_its_connections_are_closed() -> None:
    errors = (asyncio.CancelledError(), AssertionError(), ZeroDivisionError(), OSError(), None)
    for error in errors:
        client = EndsWith(error)
        with capture_logs() as lines:
            await let_go(client, client, "consumer", seconds=0.05)
        assert client.closed, error
        assert [line["event"] for line in lines] == ["stop_cut_short"], error


async def test_a_member_that_is_cancelled_while_it_joins_is_a_hiccup_and_no_cancellation() -> None:
    with socket.create_server((LOOPBACK, 0)) as deaf:
        member = KafkaSubscription(f"{LOOPBACK}:{deaf.getsockname()[1]}", "t", "g")
        assert await member.fetch(1, 0.05) == ()
        await member.stop()
    assert not member.joined


class LetsIn:
    """A client whose group lets it in at once."""

    async def start(self) -> None: ...


class LetIn(KafkaSubscription):
    def _new_client(self) -> LetsIn:
        return LetsIn()


async def test_a_member_that_is_let_in_says_so_before_it_waits_for_records() -> None:
    member = LetIn("k:1", "t", "g")
    assert await member.fetch(1, 1.0) == ()
    assert member.joined


def test_a_partition_is_silent_when_its_sign_has_long_been_the_same() -> None:
    now = 0.0
    silence = Silence(5.0, lambda: now)
    assert silence.among({ONE: 1, OTHER: None}) == []
    now = 4.0
    assert silence.among({ONE: 2, OTHER: None}) == []
    now = 6.0
    assert silence.among({ONE: 2, OTHER: None}) == [OTHER]
    now = 10.0
    assert silence.among({ONE: 2, OTHER: 1}) == [ONE]


def test_a_partition_that_came_anew_is_not_silent_from_before() -> None:
    now = 0.0
    silence = Silence(5.0, lambda: now)
    silence.among({ONE: 1})
    now = 3.0
    silence.among({})
    now = 6.0
    assert silence.among({ONE: 1}) == []


def test_silence_is_asked_about_now_and_then() -> None:
    now = 100.0
    silence = Silence(5.0, lambda: now)
    assert [silence.is_due(), silence.is_due()] == [True, False]
    now = 105.0
    assert silence.is_due()
