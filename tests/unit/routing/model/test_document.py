"""A model is data, and what is none is refused by its place."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from services.routing.model.document import NoModel, Numbers, read_document
from tests.unit.routing.model.models import a_document


def test_what_is_written_is_read_back_as_it_was() -> None:
    document = a_document()
    assert read_document(json.loads(document.model_dump_json())) == document
    assert document.weights.values().tolist() == [[3.0, -1.0, 0.0], [0.0, 0.0, 2.0]]


def numbers(values: Any) -> Any:
    return Numbers.of(np.array(values)).model_dump()


SPOILT: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda said: said.pop("classes"), "classes"),
    (lambda said: said.update(classes=["jalan", "jalan", "sampah"]), "classes"),
    (lambda said: said.update(terms=["lubang", "lubang"]), "terms"),
    (lambda said: said.update(terms=["lubang", "0812 3456"]), "terms"),
    (lambda said: said.update(terms=["lubang"]), "idf.shape"),
    (lambda said: said.update(weights=numbers(np.eye(3))), "weights.shape"),
    (lambda said: said.update(shares=numbers(np.eye(2))), "shares.shape"),
    (lambda said: said["intercept"].update(data="!!"), "intercept.data"),
    (lambda said: said["intercept"].update(data="AAAA"), "intercept.data"),
    (lambda said: said.update(intercept=numbers([0, np.nan, 0])), "intercept.data"),
    (lambda said: said.update(intercept=numbers([0, 1e30, 0])), "intercept.data"),
    (lambda said: said.update(idf=numbers([1, 0])), "idf.data"),
    (lambda said: said.update(threshold=0.0), "threshold"),
    (lambda said: said.update(format=2), "format"),
    (lambda said: said.update(pickle="gASV"), "pickle"),
    (lambda said: said["held_out"].update(model=401), "held_out.texts"),
    (lambda said: said["held_out"].update(answered_right=61), "held_out.answered"),
]


@pytest.mark.parametrize(("spoil", "field"), SPOILT, ids=[field for _, field in SPOILT])
def test_what_is_no_model_is_refused_by_its_member(
    spoil: Callable[[dict[str, Any]], Any], field: str
) -> None:
    said = json.loads(a_document().model_dump_json())
    spoil(said)
    with pytest.raises(NoModel) as refused:
        read_document(said)
    assert refused.value.field == field
    assert "0812" not in str(refused.value)
