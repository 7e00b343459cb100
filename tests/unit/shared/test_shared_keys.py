"""Keys that both sides have: what names its key is read by that one, and what names none by the key
of before there were ids."""

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from shared.errors import Transient
from shared.shared_keys import LOOKUP, SharedKeyRing, SharedKeys
from tests.builders import shared_keys

OLD, NEW = "ab" * 32, "cd" * 32


def keys(ring: str) -> SharedKeys:
    return shared_keys(LOOKUP, ring)


def test_the_first_writes_and_each_is_found_by_its_id() -> None:
    ring = keys(f"20261128-b:{NEW} 20261101-a:{OLD}")
    assert ring.first.raw == bytes.fromhex(NEW)
    assert ring.of("20261101-a").raw == bytes.fromhex(OLD)
    assert ring.named("20261128-b") == ring.first
    assert ring.named("20251128-c") is None
    with pytest.raises(Transient, match="holds no key 20251128-c of tracking-lookup"):
        ring.of("20251128-c")


def test_what_names_no_key_is_of_the_key_that_has_no_id() -> None:
    bare = keys(OLD)
    assert bare.first.id.startswith("unnamed-")
    assert bare.named(None) == bare.first
    changed = keys(f"20261128-b:{NEW} {bare.first.id}:{OLD}")
    assert changed.of(None).raw == bytes.fromhex(OLD)


def test_the_only_key_may_have_been_named_later_and_of_several_none_is_guessed() -> None:
    only = keys(f"20261128-b:{NEW}")
    assert only.of(None) == only.first
    assert only.named(None) is None, "it is not certain"
    with pytest.raises(Transient, match="no key of before ids"):
        keys(f"20261128-b:{NEW} 20261101-a:{OLD}").of(None)


def test_a_ring_takes_the_place_of_another_or_changes_nothing() -> None:
    ring = keys(OLD)
    assert ring.replace(SecretStr(f"b:{NEW} a:{OLD}")) == {LOOKUP: ("b", "a")}
    with pytest.raises(ValueError, match="32 bytes"):
        ring.replace(SecretStr("beef"))
    assert ring.first.id == "b"


@pytest.mark.parametrize("ring", ["", "beef", "a:beef", f"{OLD} {OLD}", "zz" * 32, f"A!:{OLD}"])
def test_what_is_no_ring_is_refused_and_not_echoed(ring: str) -> None:
    class Told(BaseModel):
        model_config = ConfigDict(hide_input_in_errors=True)
        key: SharedKeyRing

    with pytest.raises(ValidationError) as refused:
        Told(key=SecretStr(ring))
    assert "key" in str(refused.value)
    assert ring == "" or ring not in str(refused.value)
