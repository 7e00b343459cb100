"""JSON in one form only (RFC 8785, JCS): what is hashed or signed has the same bytes everywhere.
Pure."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any


def canonical(value: Any) -> bytes:
    """The bytes of a JSON value: members sorted, no spaces, numbers as ECMAScript writes them.

    Raises ValueError for what I-JSON (RFC 7493) does not know: NaN, a number beyond all doubles,
    half a surrogate pair, a value that is not JSON.
    """
    return _text(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, (dict, Mapping)):
        members = (f"{_name(name)}:{_text(value[name])}" for name in sorted(value, key=_order))
        return "{" + ",".join(members) + "}"
    if isinstance(value, (list, Sequence)) and not isinstance(value, bytes):
        return "[" + ",".join(_text(item) for item in value) + "]"
    raise ValueError(f"a {type(value).__name__} is no JSON")


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise ValueError("the name of a member is a string")
    return encode_basestring(name)


def _order(name: Any) -> bytes:
    """RFC 8785, 3.2.3: by UTF-16 code units, which sort otherwise than code points."""
    return str(name).encode("utf-16-be")


def _number(value: float) -> str:
    """ECMA-262, Number::toString: every number is a double."""
    try:
        double = float(value)
    except OverflowError:
        double = math.inf
    if not math.isfinite(double):
        raise ValueError("a number of JSON is a finite double")
    if double == 0:
        return "0"
    _, digits, exponent = Decimal(repr(abs(double))).normalize().as_tuple()
    shown = _decimal("".join(map(str, digits)), len(digits) + int(exponent))
    return f"-{shown}" if double < 0 else shown


def _decimal(digits: str, point: int) -> str:
    """``point``: how many digits stand before the decimal point."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if digits[1:] else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
