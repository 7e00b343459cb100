"""Bodies as typed values: JSON and HTML forms, errors that name the field and show no value."""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from services.intake.channels.submission import Ignored, Inbound
from services.intake.words.decoding import with_whole_pairs
from shared.errors import Malformed
from shared.instant import HOW_TO_WRITE, BeyondCalendar, Instant, read_instant
from shared.text import refuse_unstorable_values

P = TypeVar("P", bound=BaseModel)
Item = TypeVar("Item")

_MAX_FIELDS = 100
_MAX_DIGITS = 40


class Payload(BaseModel):
    """Base of what others define. They add members at any time, so unknown ones are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Entry(BaseModel):
    """Base of what our partners and forms send. An unknown member is a mistake and is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def as_text(value: object) -> object:
    """A number as text; anything else as it is."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number else value


PlatformId = Annotated[str, BeforeValidator(as_text)]
"""An id as text: platforms' numbers exceed what JSON readers keep exactly."""


def _unless_never_set(value: object) -> object:
    try:
        return read_instant(value) if isinstance(value, str) else value
    except BeyondCalendar:
        return None
    except ValueError:
        return value


ReportedAt = Annotated[Instant | None, BeforeValidator(_unless_never_set)]
"""When it was reported, as a partner or a desk says. The first and the last day of the calendar
are no time: they come from a device whose clock was never set."""


def read_json(model: type[P], body: bytes, prefix: str = "") -> P:
    """The body as ``model``; Malformed names the first wrong field, never its value."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        _refuse_lone_surrogates(body)
        raise _malformed(error, prefix) from None


def read_delivery(body: bytes) -> Any:
    """A platform's JSON as a plain value, read whatever can be read of it.

    Any Unicode encoding, with or without a mark of byte order. A byte that is not of the encoding,
    half a surrogate pair, NUL and a raw line break cost the others nothing; they are still in the
    value, and the models of ``lenient`` leave them out. Raises Malformed for what is no JSON.
    """
    encoding = json.detect_encoding(body)
    text = (
        with_whole_pairs(body.removeprefix(BOM_UTF8)).decode("utf-8", "surrogateescape")
        if encoding.startswith("utf-8")
        else body.decode(encoding, "replace")
    )
    try:
        return json.loads(text, strict=False, parse_int=_number)
    except (ValueError, RecursionError):
        raise Malformed("Send well-formed JSON in UTF-8.", field="body") from None


def _number(digits: str) -> int | str:
    """Python refuses to read a number of thousands of digits: it stays text."""
    return int(digits) if len(digits) <= _MAX_DIGITS else digits


def read_value(model: type[P], value: object, prefix: str = "") -> P:
    """A part of an already decoded body as ``model``; errors as in ``read_json``."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _malformed(error, prefix) from None


def read_fields(model: type[P], fields: dict[str, str]) -> P:
    """Form fields as ``model``; empty ones count as absent."""
    try:
        return model.model_validate({name: value for name, value in fields.items() if value})
    except ValidationError as error:
        raise _malformed(error, "") from None


def _malformed(error: ValidationError, prefix: str) -> Malformed:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return Malformed("Send well-formed JSON in UTF-8.", field="body")
    # The caller chose the name of an unknown member and the keys of a mapping: do not echo them.
    known = first["loc"] if first["type"] != "extra_forbidden" else first["loc"][:-1]
    path = [str(part) if _is_a_name(part) else "*" for part in known]
    field = ".".join([prefix, *path] if prefix else path) or "body"
    return Malformed(_ADVICE.get(first["type"], "Correct this field."), field=field)


def _is_a_name(part: int | str) -> bool:
    return isinstance(part, int) or part.isidentifier()


def _refuse_lone_surrogates(body: bytes) -> None:
    """pydantic says only that the JSON is bad. Python's reader finds the field that is wrong."""
    if b"\\u" not in body:
        return
    try:
        refuse_unstorable_values(json.loads(body))
    except (ValueError, RecursionError):
        return
    except Malformed as refusal:
        path = (refusal.field or "body").split(".")
        named = ".".join(part if _is_a_name(part) or part.isdigit() else "*" for part in path)
        raise Malformed("Send valid Unicode: a lone surrogate was found.", field=named) from None


_ADVICE = {
    "missing": "This field is required.",
    "instant": f"{HOW_TO_WRITE}.",
    "extra_forbidden": "Leave out members that the format does not know.",
}


def form_fields(body: bytes, field: str = "body") -> dict[str, list[str]]:
    """``application/x-www-form-urlencoded`` as lists of values, blank ones kept."""
    try:
        return parse_qs(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        # UnicodeDecodeError is a ValueError too.
        raise Malformed("Send a URL-encoded form in UTF-8.", field=field) from None


def single_values(fields: dict[str, list[str]]) -> dict[str, str]:
    """Form fields of which each may occur once; Malformed names one that occurs twice."""
    for name, values in fields.items():
        if len(values) > 1:
            named = name if re.fullmatch(r"[A-Za-z_]{1,40}", name) else "body"
            raise Malformed("Send this field once.", field=named)
    return {name: values[0] for name, values in fields.items()}


def each_on_its_own(items: Iterable[Item], read: Callable[[Item], Inbound]) -> tuple[Inbound, ...]:
    """Reads a platform's batch. A bad item does not stop the others.

    A bad item is ignored, also when it is the only one. If we refused it, the platform would send
    it again for days, and would switch the webhook off in the end.
    """
    done: list[Inbound] = []
    passed_over: list[Inbound] = []
    for item in items:
        try:
            done.append(read(item))
        except Malformed as failure:
            passed_over.append(Ignored(reason="malformed_item", field=failure.field))
    return (*done, *passed_over)
