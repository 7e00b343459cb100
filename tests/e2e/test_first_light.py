"""The demonstration: a complaint from each of the fourteen channels travels the whole way."""

import json
import stat

import pytest

from deploy.local.stack import Stack
from deploy.rehearsal.demo import CHANNELS, WITH_PICTURES, Demonstration
from deploy.running import RunningStack
from shared.events.vocabulary import Channel

pytestmark = pytest.mark.e2e

SERVICES = {"intake", "vault", "media", "routing", "sla", "notify", "tracking", "console"}


def test_the_demonstration_knows_all_fourteen_channels() -> None:
    assert set(CHANNELS) == {channel.value for channel in Channel}
    assert len(CHANNELS) == 14


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_complaint_by_each_channel_is_accepted_routed_timed_confirmed_and_trackable(
    demonstration: Demonstration, channel: str
) -> None:
    line = next(line for line in demonstration.channels if line.channel == channel)
    assert line.accepted
    assert line.report_number is not None
    assert line.report_number.startswith("JK")
    assert line.routed_to
    assert line.due_at is not None
    assert line.confirmed
    assert line.trackable


async def test_at_least_seven_channels_bring_a_picture_that_officers_see(
    demonstration: Demonstration,
) -> None:
    seen = {line.channel: line.pictures for line in demonstration.channels}
    brought = {channel for channel, count in seen.items() if count}
    assert brought == WITH_PICTURES
    assert len(brought) >= 7


async def test_what_has_no_place_or_waits_for_a_person_is_in_triage_and_the_rest_at_a_unit(
    demonstration: Demonstration,
) -> None:
    holders = {line.channel: line.routed_to for line in demonstration.channels}
    assert holders["gubernur"] == "Meja Triase CRM"
    assert holders["inspektorat"] == "Inspektorat"
    routed = [name for name, unit in holders.items() if unit != "Meja Triase CRM"]
    assert len(routed) >= 8, holders


async def test_one_case_goes_all_the_way_to_selesai(demonstration: Demonstration) -> None:
    case = demonstration.completed_case
    assert case.report_number is not None
    assert case.states[0] == "received"
    assert case.states[-1] == "completed"
    assert "in_progress" in case.states
    assert "awaiting_validation" in case.states
    assert case.evidence == 1
    assert demonstration.made_it


async def test_the_json_of_the_demonstration_has_the_keys_that_others_hold_on_to(
    demonstration: Demonstration,
) -> None:
    written = json.loads(json.dumps(demonstration.as_json()))
    assert set(written) == {"channels", "completed_case", "seconds"}
    assert set(written["completed_case"]) == {"report_number", "states", "evidence"}
    assert len(written["channels"]) == 14
    for line in written["channels"]:
        assert set(line) == {
            "channel", "accepted", "report_number", "routed_to", "state", "due_at",
            "confirmed", "trackable", "pictures",
        }  # fmt: skip
    assert written["seconds"] > 0


async def test_no_tracking_code_is_in_the_json_of_the_demonstration(
    demonstration: Demonstration,
) -> None:
    written = json.dumps(demonstration.as_json())
    codes = [line.tracking_code for line in demonstration.channels]
    assert all(codes)
    assert not [code for code in codes if code and code in written]


async def test_run_json_says_where_everything_is_to_its_owner_only(stack: Stack) -> None:
    path = stack.home / "run.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    told = json.loads(path.read_text())
    assert {"services", "smtp", "postgres", "kafka", "outside", "issuer", "credentials"} <= set(
        told
    )
    assert set(told["services"]) == SERVICES
    for entry in told["services"].values():
        assert isinstance(entry["pid"], int)
        assert entry["url"].startswith("http://127.0.0.1:")
    assert set(told["smtp"]) == {"host", "port"}
    assert {"pid", "urls"} <= set(told["postgres"])
    assert set(told["postgres"]["urls"]) == SERVICES - {"console"}
    assert all(url.startswith("postgresql://") for url in told["postgres"]["urls"].values())
    assert set(told["kafka"]) == {"pid", "bootstrap", "kind"}
    assert told["kafka"]["kind"] in ("embedded", "apache", "url")
    assert {"url", "smtp"} <= set(told["outside"])
    assert told["issuer"]["url"].startswith("http://127.0.0.1:")


async def test_every_file_with_a_secret_is_readable_by_its_owner_only(stack: Stack) -> None:
    for name in ("run.json", "credentials.json"):
        assert stat.S_IMODE((stack.home / name).stat().st_mode) == 0o600, name


async def test_every_process_says_that_it_makes_progress(stack: Stack) -> None:
    async with RunningStack.of(stack.home) as running:
        for name in SERVICES:
            assert (await running.get(name, "/health/ready")).status == 200, name
            assert (await running.get(name, "/openapi.json")).body["openapi"].startswith("3.1")
