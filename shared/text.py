"""Text that PostgreSQL can store: no NUL, no half of a surrogate pair."""

from typing import Any

from shared.errors import Malformed


def refuse_unstorable(text: str, field: str) -> str:
    """``text``, unless it holds NUL or a lone surrogate, which PostgreSQL cannot store."""
    if "\x00" in text:
        raise Malformed(f"{field} holds a NUL character. Remove it.", field=field)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Malformed(
            f"{field} holds half of a surrogate pair. Send well-formed Unicode.", field=field
        ) from None
    return text


def refuse_unstorable_values(value: Any, field: str = "") -> None:
    """The same for every string inside a parsed value; the field is named by its path.

    Without recursion: JSON may be nested deeper than Python's stack.
    """
    left = [(value, field)]
    while left:
        value, field = left.pop()
        match value:
            case str():
                refuse_unstorable(value, field or "body")
            case dict():
                for key, inner in value.items():
                    # A key is the caller's text as well: its parent is named.
                    refuse_unstorable(str(key), field or "body")
                    left.append((inner, f"{field}.{key}" if field else str(key)))
            case list() | tuple():
                left.extend(
                    (inner, f"{field}.{place}" if field else str(place))
                    for place, inner in enumerate(value)
                )
