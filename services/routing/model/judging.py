"""Whether a model is better than the rules, and where. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import comb

from services.routing.model.applying import Answer, Model
from services.routing.model.document import Figures, HeldOut, ModelDocument
from services.routing.model.examples import Example

RIGHT_OF_USED = 0.95
"""Of the answers that take a person's place so many must be right: as many as of the rules'."""
LEAST_HELD_OUT = 200
LEAST_ANSWERED = 20
LEAST_SEEN = 100
"""Finished cases at which a model was asked in shadow before it may be used."""
CHANCE = 0.05
"""A lead that comes about by chance more often than that is none."""


def judge(model: Model, examples: Iterable[Example]) -> HeldOut:
    """What model and rules say of examples that the model has not seen."""
    asked = [(each, model.ask(each.features)) for each in examples]
    used = [(e, answer) for e, answer in asked if e.doubted and answer.sure]
    right = [(e.by_rules == e.category, answer.category == e.category) for e, answer in asked]
    return HeldOut(
        texts=len(asked),
        rules=sum(by_rules for by_rules, _ in right),
        model=sum(by_model for _, by_model in right),
        only_rules=sum(by_rules and not by_model for by_rules, by_model in right),
        only_model=sum(by_model and not by_rules for by_rules, by_model in right),
        doubted=sum(e.doubted for e, _ in asked),
        answered=len(used),
        answered_right=sum(answer.category == e.category for e, answer in used),
        by_category=_by_category(asked),
    )


def _by_category(asked: Iterable[tuple[Example, Answer]]) -> dict[str, Figures]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for example, answer in asked:
        of = counts[example.category]
        of[0] += 1
        of[1] += example.by_rules == example.category
        of[2] += answer.category == example.category
    return {
        slug: Figures(texts=texts, rules=rules, model=by_model)
        for slug, (texts, rules, by_model) in sorted(counts.items())
    }


def threshold_of(answers: Sequence[tuple[float, bool]]) -> float | None:
    """The least confidence from which on enough of the answers are right; None where there is none,
    or where too few answers reach it. answers: confidence, and whether it was right."""
    right, found = 0, None
    ordered = sorted(answers, key=lambda each: -each[0])
    for count, (confidence, is_right) in enumerate(ordered, 1):
        right += is_right
        last_of_its_kind = count == len(ordered) or ordered[count][0] < confidence
        enough = count >= LEAST_ANSWERED and right >= RIGHT_OF_USED * count
        if last_of_its_kind and enough and confidence > 0:
            found = confidence
    return found


def leads(only_first: int, only_second: int) -> bool:
    """Whether the first is right more often than chance explains, by the texts at which one of the
    two alone is right (one-sided sign test)."""
    texts = only_first + only_second
    by_chance = sum(comb(texts, count) for count in range(only_first, texts + 1)) / 2**texts
    return only_first > only_second and by_chance < CHANCE


def barred(document: ModelDocument, seen: Figures, rules_version: int) -> str | None:
    """Why a model may not be used; None: nothing stands against it. seen: finished cases at which
    it was asked in shadow. rules_version: of the rules that decide now."""
    held = document.held_out
    if document.rules_version != rules_version:
        return (
            f"It was trained beside version {document.rules_version} of the rules, and"
            f" {rules_version} decides now. Train another one."
        )
    if held.texts < LEAST_HELD_OUT:
        return f"It was held against {held.texts} texts. Train it with at least {LEAST_HELD_OUT}."
    if not leads(held.only_model, held.only_rules):
        return (
            f"It is not better than the rules: of {held.texts} texts that were held out it names"
            f" {held.model} rightly, the rules {held.rules}."
        )
    if document.threshold is None or held.answered < LEAST_ANSWERED:
        return f"Of the texts that the rules doubt it is sure of {held.answered} alone."
    if held.answered_right < RIGHT_OF_USED * held.answered:
        return f"Where it would be used, {held.answered_right} of {held.answered} are right."
    if seen.texts < LEAST_SEEN:
        return f"It was asked at {seen.texts} finished cases. Wait until it is {LEAST_SEEN}."
    if seen.model <= seen.rules:
        return (
            f"Of {seen.texts} finished cases it names {seen.model} rightly, the rules {seen.rules}."
        )
    return None
