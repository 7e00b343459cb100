"""A trained model as one JSON object: what a file of it holds and what is registered. Pure.

Numbers stand in base64 of little-endian 32-bit floats, so that a model is data and can run nothing
when it is read. Of anybody's text it holds words and pairs of words alone that stood in at least
`LEAST_COMPLAINTS` complaints, after persons were taken out of them.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

LEAST_COMPLAINTS = 5
"""In fewer complaints a word may be what one person is known by."""
MOST_TERMS = 8_000
MOST_CLASSES = 200
LARGEST = 1e6
"""No weight is larger: two of them make no infinity."""
_FLOAT = "<f4"
TERM = re.compile(r"[^\W\d_]{2,30}( [^\W\d_]{2,30})?")

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float32]"
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Slug = Annotated[str, Field(min_length=1, max_length=80)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Numbers(_Part):
    """``data``: base64 of little-endian 32-bit floats, row after row."""

    shape: Annotated[list[Count], Field(min_length=1, max_length=2)]
    data: str

    @classmethod
    def of(cls, values: "NDArray[Any]") -> "Numbers":
        import numpy as np

        raw = np.ascontiguousarray(values, dtype=_FLOAT)
        return cls(shape=list(raw.shape), data=b64encode(raw.tobytes()).decode())

    def values(self) -> Floats:
        """Raises ValueError where the bytes are not those of the shape."""
        # Here and not above: most processes have no model and never need the library.
        import numpy as np

        raw = b64decode(self.data, validate=True)
        return np.frombuffer(raw, dtype=_FLOAT).reshape(self.shape).astype(np.float32)


class Figures(_Part):
    """Of ``texts`` how many ``rules`` and ``model`` name the category of rightly."""

    texts: Count
    rules: Count
    model: Count


class HeldOut(Figures):
    """Figures of texts that the model was not trained on. ``only_rules``, ``only_model``: right by
    one alone. ``doubted``: texts of which the rules leave the category to people. ``answered``:
    those of them at which the model is sure enough to be used; ``answered_right``: of these."""

    only_rules: Count
    only_model: Count
    doubted: Count
    answered: Count
    answered_right: Count
    by_category: dict[Slug, Figures]


class Learned(_Part):
    """Texts that it was trained on; ``corrected``: those at which officers put the rules right."""

    texts: Count
    corrected: Count


class ModelDocument(_Part):
    """``rules_version``: the rules whose shares it has learned from; beside others it is not used.
    ``threshold``: from this confidence on it may be used where the rules doubt; None: never.

    A text's score for a class is ``intercept``, plus of each of its ``terms`` the ``idf`` times the
    ``weights``, over the root of the sum of their squared ``idf``, plus the rules' share of each
    category times its row of ``shares``.
    """

    format: Literal[1]
    rules_version: Annotated[int, Field(ge=1, le=2**31 - 1)]
    classes: Annotated[list[Slug], Field(min_length=3, max_length=MOST_CLASSES)]
    terms: Annotated[list[str], Field(max_length=MOST_TERMS)]
    idf: Numbers
    weights: Numbers
    shares: Numbers
    intercept: Numbers
    threshold: Annotated[float, Field(gt=0, le=1)] | None
    learned: Learned
    held_out: HeldOut


class NoModel(Exception):
    """An object that is no model. ``field``: the member that is wrong, as ``weights.shape``."""

    def __init__(self, problem: str, field: str) -> None:
        super().__init__(problem)
        self.field = field


def read_document(said: Mapping[str, Any]) -> ModelDocument:
    """Raises NoModel, which says nothing of the words in it."""
    try:
        document = ModelDocument.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise NoModel(first["msg"], ".".join(map(str, first["loc"]))) from None
    for problem, field in _problems(document):
        raise NoModel(problem, field)
    return document


def _problems(document: ModelDocument) -> Iterator[tuple[str, str]]:
    classes, terms = len(document.classes), len(document.terms)
    if len(set(document.classes)) < classes:
        yield "A category stands twice.", "classes"
    if len(set(document.terms)) < terms:
        yield "A term stands twice.", "terms"
    if not all(map(TERM.fullmatch, document.terms)):
        yield "A term is one word or two, of letters alone.", "terms"
    shapes = {
        "idf": [terms], "weights": [terms, classes], "shares": [classes, classes],
        "intercept": [classes],
    }  # fmt: skip
    for name, shape in shapes.items():
        yield from _wrong_numbers(getattr(document, name), shape, name)
    held = document.held_out
    if max(held.rules, held.model, held.doubted) > held.texts:
        yield "More is counted than there are texts.", "held_out.texts"
    if not held.answered_right <= held.answered <= held.doubted:
        yield "More is right than was answered, or more answered than doubted.", "held_out.answered"


def _wrong_numbers(numbers: Numbers, shape: list[int], name: str) -> Iterator[tuple[str, str]]:
    if numbers.shape != shape:
        yield f"The shape must be {shape}, by the terms and classes.", f"{name}.shape"
        return
    try:
        values = numbers.values()
    except (NotBase64, ValueError):
        yield "Give base64 of the shape's number of 32-bit floats.", f"{name}.data"
        return
    if not (abs(values) <= LARGEST).all():
        yield f"Each number must be finite and at most {LARGEST:.0f}.", f"{name}.data"
    if name == "idf" and not (values > 0).all():
        yield "Each number must be more than zero.", f"{name}.data"
