"""A change names the version that its caller has seen (RFC 9110, section 13)."""

import pytest

from tests.unit.shared.http.door import CANARY, World, problem_of


@pytest.mark.parametrize("value", ['"7"', 'W/"7"', ' "7" '])
async def test_who_has_read_the_present_version_may_change_it(world: World, value: str) -> None:
    answer = await world.client.put("/v1/things/1", headers={"if-match": value})
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"8"'


async def test_a_change_without_a_version_is_asked_for_it(world: World) -> None:
    answer = await world.client.put("/v1/things/1")
    assert problem_of(answer, 428)["field"] == "if-match"


async def test_a_change_of_another_version_is_refused(world: World) -> None:
    answer = await world.client.put("/v1/things/1", headers={"if-match": '"6"'})
    problem = problem_of(answer, 412)
    assert problem["field"] == "if-match"
    assert problem["detail"] == "The thing has changed. Read it again."


@pytest.mark.parametrize("value", ["7", "*", f'"{CANARY}"', '"7", "8"', f'"{"9" * 40}"'])
async def test_what_is_no_version_is_refused_and_not_echoed(world: World, value: str) -> None:
    answer = await world.client.put("/v1/things/1", headers={"if-match": value})
    problem = problem_of(answer, 412)
    assert problem["field"] == "if-match"
    assert problem["detail"] == "If-Match is not an ETag of this resource."
    assert CANARY not in answer.text
