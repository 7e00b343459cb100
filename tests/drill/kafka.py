"""Apache Kafka with TLS and SASL, which can lose its log."""

import shutil

from tests.contract.bus.secured import SecuredKafka


class CityKafka(SecuredKafka):
    async def lose_log(self) -> None:
        """Killed, and its disk is gone; `start` makes an empty one at the same address."""
        await self.kill()
        shutil.rmtree(self.home / "kafka" / "data")
        self._child = None
