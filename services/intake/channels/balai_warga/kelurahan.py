"""Kelurahan as people write them: the list that the form offers, and the code of what was typed."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from shared.events.vocabulary import UnitKind
from shared.unit_table import load_units
from shared.units import Unit

_CODE = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}")
_TITLES = re.compile(r"\b(kelurahan|kel|kecamatan|kec|kota|jakarta|adm|administrasi)\b\.?")


@cache
def offered() -> tuple[str, ...]:
    """What the form offers, by name: ``Tebet Timur, Tebet, Jakarta Selatan``."""
    return tuple(sorted(", ".join(_names(unit)) for unit in _all()))


def code_of(typed: str) -> str | None:
    """The code of the kelurahan that was chosen or typed: its name, with what it lies in where the
    name alone is not enough, or the code itself. None: no kelurahan, or more than one."""
    if _CODE.fullmatch(typed.strip()):
        return typed.strip()
    found = _codes().get(_plain(typed), set())
    return next(iter(found)) if len(found) == 1 else None


def _all() -> tuple[Unit, ...]:
    return load_units().of_kind(UnitKind.KELURAHAN)


def _names(unit: Unit) -> list[str]:
    """Of the kelurahan and of what it lies in, from within, without their titles."""
    units = load_units()
    found: list[str] = []
    here: Unit | None = unit
    while here is not None and here.kind in _AREAS:
        found.append(_TITLE.sub("", here.name))
        here = units.find(here.parent) if here.parent else None
    return found


_AREAS = (UnitKind.KELURAHAN, UnitKind.KECAMATAN, UnitKind.REGION)
_TITLE = re.compile(r"^(Kelurahan|Kecamatan|(Kota|Kabupaten) Administrasi) ")


@cache
def _codes() -> Mapping[str, set[str]]:
    """By what people write, from the name alone to the whole."""
    found: dict[str, set[str]] = defaultdict(set)
    for unit in _all():
        names = _names(unit)
        for length in range(1, len(names) + 1):
            found[_plain(" ".join(names[:length]))].add(unit.id)
    return found


def _plain(text: str) -> str:
    """Small letters and digits alone, without titles."""
    return "".join(re.findall(r"[a-z0-9]+", _TITLES.sub(" ", text.casefold())))
