"""Whether the code of a release works on the tables of another one.

What the code writes and reads is kept with it (`release.json`): its columns must still be there and
of their kind, its rows must be taken though they lack what came later, and a row must be found by
the keys that its INSERT ... ON CONFLICT names.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.upgrade.release import Column, Table, Tables

_WIDER = {
    "SMALLINT": {"INTEGER", "BIGINT"},
    "INTEGER": {"BIGINT"},
    "VARCHAR": {"TEXT"},
}
_SAME = {"FLOAT": "DOUBLE PRECISION", "CHARACTER VARYING": "VARCHAR"}


def misfits(kept: Tables, now: Tables) -> list[str]:
    """Sentences, each something that the code of the kept release does and these tables refuse."""
    return [sentence for name in sorted(kept) for sentence in _of_table(name, kept[name], now)]


def _of_table(name: str, kept: Table, tables: Tables) -> Iterator[str]:
    if name not in tables:
        yield f"{name} is gone"
        return
    now = tables[name]
    for column, before in sorted(kept.columns.items()):
        yield from _of_column(f"{name}.{column}", before, now.columns.get(column))
    for column in sorted(now.columns.keys() - kept.columns.keys()):
        if not now.columns[column].given:
            yield f"{name}.{column} is new and must be given"
    for key in sorted(kept.keys - now.keys):
        yield f"{name} has no key ({', '.join(key)}) any more"
    for key in sorted(now.keys - kept.keys):
        if set(key) <= kept.columns.keys() and not any(set(one) <= set(key) for one in kept.keys):
            yield f"{name} takes ({', '.join(key)}) only once now"


def _of_column(name: str, before: Column, now: Column | None) -> Iterator[str]:
    if now is None:
        yield f"{name} is gone"
    elif not _holds(_kind(before.kind), _kind(now.kind)):
        yield f"{name} was {_kind(before.kind)} and is {_kind(now.kind)}"
    elif before.given and not now.given:
        yield f"{name} must be given now"


def _kind(word: str) -> str:
    plain = word.upper().partition(" COLLATE")[0]
    for one, other in _SAME.items():
        if plain.startswith(one):
            return plain.replace(one, other, 1)
    return plain


def _holds(before: str, now: str) -> bool:
    return before == now or now in _WIDER.get(before.partition("(")[0], ())
