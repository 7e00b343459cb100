"""When a labelled stretch counts as masked, and when a decoy counts as touched."""

import pytest

from tests.texts.masking import MaskingText, Span, load_masking, masking_figures

WORDS = "HP 0812-0000 punya Budi"
PHONE = Span(3, 12, "phone")
NAME = Span(19, 23, "name")
LETTER = MaskingText("m1", WORDS, (PHONE, NAME))


def test_labels_are_counted_by_their_group() -> None:
    figures = masking_figures([LETTER], {"m1": [Span(3, 12, "phone")]})
    assert figures.labelled == {"phones": 1, "names": 1}
    assert figures.recall("phones") == 1.0
    assert figures.recall("names") == 0.0
    assert figures.missed == (("m1", "name"),)
    assert figures.overmasked == 0.0


@pytest.mark.parametrize(
    ("masked", "recall"),
    [
        ([Span(3, 12, "number")], 1.0),
        ([Span(3, 7, "phone"), Span(8, 12, "phone")], 1.0),
        ([Span(0, 23, "phone")], 1.0),
        ([Span(3, 11, "phone")], 0.0),
        ([], 0.0),
    ],
)
def test_a_stretch_is_found_when_no_letter_and_no_digit_of_it_is_left(
    masked: list[Span], recall: float
) -> None:
    assert masking_figures([LETTER], {"m1": masked}).recall("phones") == recall


@pytest.mark.parametrize(("until", "recall"), [(8, 1.0), (7, 0.0)])
def test_four_fifths_of_an_address_are_enough(until: int, recall: float) -> None:
    home = MaskingText("m2", "abcdefghij", (Span(0, 10, "address"),))
    figures = masking_figures([home], {"m2": [Span(0, until, "address")]})
    assert figures.recall("addresses") == recall


def test_what_is_masked_beside_the_labels_is_a_share_of_what_may_stay() -> None:
    # Outside the labels stand the seven letters of "HP" and "punya": "HP" is masked too.
    figures = masking_figures([LETTER], {"m1": [Span(0, 12, "phone")]})
    assert figures.overmasked == pytest.approx(2 / 7)


def test_a_decoy_is_touched_by_any_stretch() -> None:
    texts = [MaskingText("m3", "Panggil 112", ()), MaskingText("m4", "Rp 50.000", ())]
    figures = masking_figures(texts, {"m3": [Span(8, 11, "phone")], "m4": []})
    assert (figures.decoys, figures.touched, figures.touched_share) == (2, ("m3",), 0.5)


def test_a_text_without_an_answer_is_no_empty_answer() -> None:
    with pytest.raises(KeyError):
        masking_figures([LETTER], {})


def test_no_decoy_has_no_share() -> None:
    assert masking_figures([], {}).touched_share == 0.0


def test_stored_labels_are_read_as_they_stand() -> None:
    by_id = {each.id: each for half in ("work", "unseen") for each in load_masking(half)}
    first = by_id["m001"]
    assert [first.text[span.start : span.end] for span in first.spans] == ["Budi Santoso"]
    assert by_id["m007"].spans == ()
