"""What is counted as put right by people."""

from typing import Any

from services.routing.learning.report import WORST, Confused, Decisions, Share, report


def cases(count: int = 1, **facts: Any) -> Decisions:
    """Sent to the Dinas as rubbish, and nobody said otherwise."""
    sent = {
        "routed": True, "category": "sampah", "unit": "dinas", "version": 2, "corrected": False,
        "to_category": None, "from_unit": None, "to_unit": None, "cases": count,
    }  # fmt: skip
    return Decisions(**{**sent, **facts})


def corrected(to: str, to_unit: str, from_unit: str = "dinas", **facts: Any) -> Decisions:
    moved = {"to_category": to, "from_unit": from_unit, "to_unit": to_unit}
    return cases(**{"corrected": True, **moved, **facts})


def test_another_category_puts_the_category_right_and_another_unit_the_unit() -> None:
    found = report([cases(7), corrected("taman", "dinas"), corrected("sampah", "satpol-pp")])
    assert found.routed == Share(9, 2)
    assert found.by_category == {"sampah": Share(9, 1)}
    assert found.by_unit == {"dinas": Share(9, 1)}
    assert found.confused_categories == [Confused("sampah", "taman", 1)]
    assert found.confused_units == [Confused("dinas", "satpol-pp", 1)]


def test_a_case_that_came_back_was_right_to_the_unit_or_to_the_office_it_was_handed_to() -> None:
    back = [corrected("sampah", "dinas"), corrected("sampah", "sudin", from_unit="sudin")]
    assert report(back).routed == Share(2, 0)


def test_what_was_left_to_people_is_counted_apart_and_its_suggestion_is_compared() -> None:
    left: dict[str, Any] = {"routed": False, "unit": "triage", "from_unit": "triage"}
    found = report(
        [
            cases(3, routed=False, unit="triage"),
            corrected("taman", "dinas", **left),
            corrected("taman", "dinas", **{**left, "category": None}),
        ]
    )
    assert (found.left, found.placed, found.routed) == (5, 2, Share(0, 0))
    assert (found.routed.accuracy, found.by_category, found.by_unit) == (None, {}, {})
    assert found.left_by_version == {2: 5}
    assert found.confused_categories == [Confused("sampah", "taman", 1)]
    assert found.confused_units == []


def test_versions_stand_in_the_order_of_their_numbers_and_the_most_cases_first() -> None:
    found = report(
        [cases(1, version=3), cases(2, version=None), cases(4, version=2, category="jalan")]
    )
    assert list(found.by_version.items()) == [
        (None, Share(2, 0)),
        (2, Share(4, 0)),
        (3, Share(1, 0)),
    ]
    assert list(found.by_category) == ["jalan", "sampah"]


def test_the_worst_pairs_alone_are_told() -> None:
    many = [corrected(f"kategori-{n:02}", "dinas", cases=n) for n in range(1, WORST + 3)]
    found = report(many).confused_categories
    assert [each.cases for each in found] == list(range(WORST + 2, 2, -1))
