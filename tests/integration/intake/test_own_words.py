"""What tracking claims for the holder of a code, read by tracking's own reader."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.tracking.reporter_words import ReporterWords
from services.tracking.spoken import ERASED, UNAVAILABLE, Place
from tests.integration.intake.conftest import House
from tests.integration.intake.test_answers import WORDS, answered, reported


@dataclass
class AsTracking:
    """Calls intake as tracking does, in this process."""

    house: House

    async def post(self, path: str, body: Any) -> Any:
        answer = await self.house.call("tracking", "intake", path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def refs_of(house: House) -> list[UUID]:
    return [UUID(event["content_ref"]) for event in await house.events() if "content_ref" in event]


async def test_the_reporters_words_and_place_are_claimed_until_they_are_erased(
    house: House,
) -> None:
    complaint_id = await reported(house)
    await answered(house, complaint_id)
    complaint, answer = await refs_of(house)
    unknown = UUID(int=7)
    words = ReporterWords(AsTracking(house))
    said = await words.claim([complaint, answer, unknown])
    assert (said[complaint].status, said[answer].text) == ("ok", WORDS)
    assert "sampah menumpuk" in (said[complaint].text or "")
    place = said[complaint].place
    assert place is not None
    assert (place.latitude, place.longitude) == (-6.2338, 106.8555)
    assert isinstance(place, Place)
    assert said[answer].place is None
    assert said[unknown] is UNAVAILABLE
    assert (await house.erase(complaint_id)).status_code == 200
    assert await words.claim([complaint, answer]) == {complaint: ERASED, answer: ERASED}
