"""The header Idempotency-Key: which texts are keys, and which two are one."""

from collections.abc import Sequence

import pytest
from fastapi import Request

from shared.errors import Malformed
from shared.http.idempotency import idempotency_key


async def read(*given: str) -> str | None:
    headers = [(b"idempotency-key", each.encode("latin-1")) for each in given]
    return await idempotency_key(Request({"type": "http", "headers": headers}))


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ([], None),
        (["8e03978e-40d5-43e8-bc93-6894a57f9324"], "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        (['"8e03978e"'], "8e03978e"),
        (["a"], "a"),
        (["!#$%&'()*+,-./:;<=>?@[]^_`{|}~"], "!#$%&'()*+,-./:;<=>?@[]^_`{|}~"),
        (["a" * 64], "a" * 64),
        ([f'"{"a" * 64}"'], "a" * 64),
    ],
)
async def test_a_key_is_visible_ascii_with_or_without_quotation_marks(
    given: Sequence[str], key: str | None
) -> None:
    assert await read(*given) == key


@pytest.mark.parametrize(
    "given",
    [
        [""], ['""'], ["a" * 65], [f'"{"a" * 65}"'], ["two words"], ["tab\there"], ["é"],
        ['"half'], ['half"'], ['in"side'], ["back\\slash"], ["line\nbreak"], ["\x7f"],
        ["one", "two"], ["same", "same"],
    ],
)  # fmt: skip
async def test_what_is_no_key_is_refused_by_the_name_of_the_header(given: Sequence[str]) -> None:
    with pytest.raises(Malformed) as refused:
        await read(*given)
    assert refused.value.field == "idempotency-key"
