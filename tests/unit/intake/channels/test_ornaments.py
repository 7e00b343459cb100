"""An ornament never decides over a message.

Each member of each example of a platform is left out or spoilt in turn. The words come out all the
same, unless that member carries them, or stands in the short table of those that may decide.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.intake.channels.submission import Submission, Supplement
from services.intake.words.cleaning import UNREAD
from tests.corpus import EXAMPLES, Example
from tests.unit.intake.channels import wire

MAY_DECIDE = {
    wire.X: {"for_user_id", "event_type", "type", "retweeted_status"},
    wire.GOVERNOR_X: {"for_user_id"},
    wire.FACEBOOK: {"field", "verb", "item"},
    wire.GOVERNOR_META: {"field", "verb", "item"},
}
"""Whose account a delivery is for, and what has happened: a repost is no message. ``item`` decides
over a picture alone, which has no words that would show that somebody wrote it."""

SPOILT: tuple[Any, ...] = (
    None,
    0,
    True,
    "",
    " ",
    "x" * 20_000,
    "\x00\ud83d",
    [],
    {},
    [None],
    ["x"],
    {"x": [1]},
)
SPOILT_FIELDS = (b"", b"+", b"%00", b"%FF%", b"x" * 20_000, b"-1")
Place = tuple[str | int, ...]


def json_of(example: Example) -> Any:
    try:
        return json.loads(example.body)
    except ValueError:
        return None


PLATFORMS = [
    each
    for each in EXAMPLES
    if each.filed and each.path in wire.DOORS and not wire.DOORS[each.path].caller_corrects
]
IN_JSON = [each for each in PLATFORMS if json_of(each) is not None]
IN_FIELDS = [each for each in PLATFORMS if each.path in (wire.KANNEL, wire.TWILIO)]


def places(value: Any, path: Place = ()) -> Iterator[tuple[Place, Any]]:
    """All members of a decoded body with their paths, lists and their elements included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in inner:
        yield (*path, key), member
        if isinstance(member, dict | list):
            yield from places(member, (*path, key))


def changed(value: Any, path: Place, *to: Any) -> Any:
    """A copy with one member replaced; without it where ``to`` is left out."""
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if len(path) > 1:
        copy[path[0]] = changed(value[path[0]], path[1:], *to)
    elif to:
        copy[path[0]] = to[0]
    else:
        del copy[path[0]]
    return copy


def sought(example: Example, carried: str) -> list[str]:
    """Words of the example that do not stand in what is spoilt."""
    words = [word for message in example.filed for word in message["words"]]
    plain = [word.removeprefix("Kategori: ").partition(UNREAD)[0] for word in words]
    return [word for word in plain if word[0] not in "([" and word not in carried]


def texts(example: Example, body: bytes) -> list[str]:
    found = wire.come_in(wire.signed(example.path, body))
    return [each.text for each in found if isinstance(each, Submission | Supplement)]


def has_words(example: Example) -> bool:
    return bool(sought(example, ""))


@pytest.mark.parametrize("example", IN_JSON, ids=str)
def test_no_member_of_a_delivery_decides_over_the_words_beside_it(example: Example) -> None:
    whole = json_of(example)
    for path, member in places(whole):
        if path[-1] in MAY_DECIDE.get(example.path, ()):
            continue
        carried = "\n".join(map(str, leaves(member)))
        words = sought(example, carried + as_x_means(carried))
        # A picture has no words: what holds it carries the message.
        if not words and (has_words(example) or isinstance(member, dict | list)):
            continue
        # Words that are far too long may push out those of the same message that follow them.
        carries_some = len(words) < len(sought(example, ""))
        for to in ((), *((each,) for each in SPOILT if not (carries_some and is_long(each)))):
            found = texts(example, json.dumps(changed(whole, path, *to)).encode())
            spoilt = ".".join(map(str, path)), repr(to)[:40]
            assert found, spoilt
            assert all(any(word in text for text in found) for word in words), spoilt


def is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > 10_000


def as_x_means(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for _, member in places(value):
            yield from () if isinstance(member, dict | list) else (member,)
    else:
        yield value


CARRIES = {"text", "Body", "charset", "coding", "Label"}
"""The words, and what says how they are to be read."""


@pytest.mark.parametrize("example", IN_FIELDS, ids=str)
def test_no_field_of_a_gateway_decides_over_the_words_beside_it(example: Example) -> None:
    fields = [field.partition(b"=")[::2] for field in example.body.split(b"&")]
    for place, (name, _) in enumerate(fields):
        if name.decode() in CARRIES:
            continue
        for to in (None, *SPOILT_FIELDS):
            kept = [field for other, field in enumerate(fields) if other != place]
            spoilt = kept if to is None else [*kept, (name, to), (name, b"2")]
            body = b"&".join(b"=".join(field) for field in spoilt)
            found = texts(example, body)
            assert found, (name, to)
            words = sought(example, "")
            assert all(word in found[0] for word in words), (name, to)
