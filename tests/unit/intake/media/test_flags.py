"""What makes a picture of evidence worth a second look, and what does not."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from services.intake.media.clearing.outcome import Facts
from services.intake.media.proof.flags import (
    Alike,
    Finding,
    Near,
    Point,
    findings,
    flags_of,
    metres,
    taken_near,
)
from services.intake.media.proof.policy import load_policy
from shared.events.vocabulary import MediaFlag, MediaOrigin

F = MediaFlag
WIB = timezone(timedelta(hours=7))
HELD = datetime(2026, 11, 25, 9, 0, tzinfo=WIB)
CASE, OTHER, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)
PLACE = Point(-6.2297, 106.8525)
POLICY = load_policy()
PHONE = Facts(format="image/jpeg", width=4000, height=3000, camera=True)


def flagged(
    alike: tuple[Alike, ...] = (),
    held_since: datetime | None = HELD,
    place: Point | None = PLACE,
    **said: Any,
) -> tuple[MediaFlag, ...]:
    facts = replace(PHONE, **said)
    return flags_of(findings(CASE, facts, alike, held_since, place, POLICY))


def test_an_honest_picture_of_a_phone_is_not_flagged() -> None:
    assert flagged() == ()
    assert (
        flagged(
            taken_at=HELD + timedelta(hours=3), has_offset=True,
            latitude=PLACE.latitude, longitude=PLACE.longitude, error_metres=8.0,
            software="HDR+ 1.0.540104767zd", thumbnail_differs=False, source_type="digitalCapture",
        )
        == ()
    )  # fmt: skip


# --- seen before -------------------------------------------------------------------------


def test_evidence_of_another_case_is_reused_and_the_case_is_named() -> None:
    alike = (
        Alike(THIRD, MediaOrigin.EVIDENCE), Alike(OTHER, MediaOrigin.EVIDENCE),
        Alike(OTHER, MediaOrigin.EVIDENCE),
    )  # fmt: skip
    found = findings(CASE, PHONE, alike, HELD, PLACE, POLICY)
    assert found == (Finding(F.REUSED, OTHER), Finding(F.REUSED, THIRD))
    assert flags_of(found) == (F.REUSED,)


def test_the_same_picture_twice_in_one_case_is_not_reused() -> None:
    assert flagged((Alike(CASE, MediaOrigin.EVIDENCE),)) == ()


def test_the_reporters_own_picture_is_no_proof() -> None:
    own = Alike(CASE, MediaOrigin.REPORTER)
    assert findings(CASE, PHONE, (own, own), HELD, PLACE, POLICY) == (Finding(F.REPORTERS_PICTURE),)


def test_nothing_is_told_of_other_reporters_pictures() -> None:
    assert flagged((Alike(OTHER, MediaOrigin.REPORTER),)) == ()


# --- when ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "has_offset", "early"),
    [
        (timedelta(minutes=9), True, False),
        (timedelta(minutes=11), True, True),
        (timedelta(hours=23), False, False),
        (timedelta(hours=25), False, True),
        (timedelta(hours=-1), True, False),
    ],
)
def test_a_picture_from_before_the_case_was_the_units_is_too_early(
    before: timedelta, has_offset: bool, early: bool
) -> None:
    """A clock may be some minutes wrong; one that names no zone may be another zone's."""
    found = flagged(taken_at=HELD - before, has_offset=has_offset)
    assert (F.TOO_EARLY in found) is early


def test_an_unknown_time_or_assignment_is_not_too_early() -> None:
    assert flagged(taken_at=None) == ()
    assert flagged(taken_at=HELD - timedelta(days=9), has_offset=True, held_since=None) == ()


# --- where --------------------------------------------------------------------------------


def north(distance: float) -> float:
    """The latitude so many metres north of the place; a degree has 111,195."""
    return PLACE.latitude + distance / 111_195


def test_a_degree_of_the_meridian_has_the_length_that_it_has() -> None:
    assert metres(Point(0, 106), Point(1, 106)) == pytest.approx(111_195, rel=1e-4)
    assert metres(Point(-6.2, 106.8), Point(-6.2, 106.9)) == pytest.approx(11_055, rel=1e-3)
    assert metres(PLACE, PLACE) == 0


@pytest.mark.parametrize(
    ("distance", "error", "near"),
    [
        (149, None, Near.YES),
        (152, None, Near.NO),
        (240, 100.0, Near.YES),
        (260, 100.0, Near.NO),
        (1_100, 50_000.0, Near.YES),
        (1_200, 50_000.0, Near.NO),
        (152, -5.0, Near.NO),
        (152, float("nan"), Near.NO),
        (152, float("inf"), Near.NO),
    ],
)
def test_near_is_150_metres_and_the_cameras_own_error_as_far_as_it_is_believed(
    distance: float, error: float | None, near: Near
) -> None:
    facts = replace(PHONE, latitude=north(distance), longitude=PLACE.longitude, error_metres=error)
    assert taken_near(facts, PLACE, POLICY) is near
    found = flags_of(findings(CASE, facts, (), HELD, PLACE, POLICY))
    assert (F.FAR in found) is (near is Near.NO)


def test_where_a_place_is_unknown_nothing_is_far() -> None:
    away: dict[str, Any] = {"latitude": north(9_000), "longitude": PLACE.longitude}
    assert flagged(place=None, **away) == ()
    assert flagged(latitude=0.0, longitude=0.0) == (), "no satellite was found"
    assert flagged(latitude=north(9_000)) == ()
    assert taken_near(PHONE, PLACE, POLICY) is Near.UNKNOWN


# --- by what it was made ------------------------------------------------------------------


def test_no_camera_is_noted_where_neither_camera_nor_time_is_named() -> None:
    assert flagged(camera=False) == (F.NO_CAMERA,)
    assert flagged(camera=False, taken_at=HELD, has_offset=True) == ()


@pytest.mark.parametrize(
    ("software", "edited"),
    [
        ("Adobe Photoshop 26.1 (Windows)", True),
        ("GIMP 2.10.36", True),
        ("Snapseed 2.0", True),
        ("PicsArt", True),
        ("18.1.1", False),
        ("S918BXXU3AWF7", False),
        ("HDR+ 1.0.540104767zd", False),
        ("Camera 14.1", False),
        (None, False),
    ],
)
def test_an_editor_is_named_and_a_phones_own_program_is_none(
    software: str | None, edited: bool
) -> None:
    assert (F.EDITED in flagged(software=software)) is edited


def test_a_picture_that_says_it_was_drawn_by_a_machine_is_generated() -> None:
    assert flagged(source_type="trainedAlgorithmicMedia") == (F.GENERATED,)
    assert flagged(source_type="compositeWithTrainedAlgorithmicMedia") == (F.GENERATED,)
    assert flagged(generator="parameters") == (F.GENERATED,)
    assert flagged(source_type="digitalCapture") == ()
    assert flagged(source_type="computationalCapture") == (), "what phones write of night pictures"


def test_a_screen_kept_as_png_without_a_camera_is_a_screenshot() -> None:
    screen: dict[str, Any] = {"format": "image/png", "camera": False, "width": 1080, "height": 2400}
    assert flagged(**screen) == (F.NO_CAMERA, F.SCREENSHOT)
    assert flagged(**{**screen, "width": 2400, "height": 1080}) == (F.NO_CAMERA, F.SCREENSHOT)
    assert flagged(**{**screen, "format": "image/jpeg"}) == (F.NO_CAMERA,)
    assert flagged(**{**screen, "height": 1441}) == (F.NO_CAMERA,)
    assert flagged(**{**screen, "camera": True}) == ()


def test_a_small_picture_that_shows_something_else_is_told() -> None:
    assert flagged(thumbnail_differs=True) == (F.THUMBNAIL,)
    assert flagged(thumbnail_differs=None) == ()


def test_the_policys_data_hold_no_empty_word_and_no_size_on_its_side() -> None:
    assert all(len(editor) >= 4 for editor in POLICY.editors), "short words are in honest names"
    assert all(shorter < longer for shorter, longer in POLICY.screens)
    assert len(POLICY.editors) == len(set(POLICY.editors))
