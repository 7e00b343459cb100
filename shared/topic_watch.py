"""Looks at the topic's settings now and then, and names in log, health and metric what is wrong."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from shared.bus import Topic
from shared.errors import StopTheLine, Transient, sentence
from shared.health import Health
from shared.telemetry import Metrics, get_logger
from shared.topic_settings import OF_COPIES, Deviation, deviations

NAME = "topic"

Look = Callable[[str], Awaitable[Mapping[str, str]]]
"""Name of a topic to its settings; raises Transient while the broker is away."""


class TopicWatch:
    """A service goes on working on a topic that is set wrongly: most of it still comes, and to
    stop would help nobody. Whoever can repair it is told. In production a service does not begin
    to work on a topic that a failing disk would take events from."""

    def __init__(
        self,
        topic: Topic,
        look: Look,
        health: Health,
        metrics: Metrics,
        *,
        production: bool = False,
    ) -> None:
        self._topic = topic
        self._look = look
        self._health = health
        self._metrics = metrics
        self._begins = production
        self._known: Sequence[Deviation] = ()
        self._log = get_logger("kafka")

    async def step(self) -> int:
        """Look once, as a periodic step: it always found nothing to go on with. Raises StopTheLine
        when the first look finds too few copies, in production."""
        try:
            found = await self._look(self._topic.name)
        except Transient as error:
            # No trouble of this task: that the broker is away is said by those who need it.
            self._log.warning("topic_not_seen", detail=sentence(error))
            return 0
        wrong = deviations(self._topic, found)
        self._tell(wrong)
        if self._begins and (unsafe := [each for each in wrong if each.setting in OF_COPIES]):
            raise StopTheLine(f"{self._topic.name}: {'; '.join(map(str, unsafe))}")
        self._begins = False
        return 0

    def _tell(self, wrong: Sequence[Deviation]) -> None:
        self._health.note(NAME, "; ".join(map(str, wrong)) or None)
        for each in set(self._known) - set(wrong):
            self._metrics.topic_wrong.remove(each.setting)
        for each in wrong:
            self._metrics.topic_wrong.labels(each.setting).set(1)
            if each not in self._known:
                self._log.error(
                    "topic_setting_wrong", topic=self._topic.name, field=each.setting,
                    detail=str(each),
                )  # fmt: skip
        self._known = wrong
