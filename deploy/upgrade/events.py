"""Which changes of an event's schema two neighbouring releases do not survive.

Both run side by side during an upgrade, and old events lie on the stream for ever (decision 0009):
the new release reads what the old one has written, and the old one what the new one writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

READERS_FIRST: Mapping[str, frozenset[str]] = {}
"""Values, by the name of their enumeration, that this release reads and states nowhere. The next
release may state them: by then every reader knows them."""

_ANNOTATIONS = frozenset({"description", "title", "x-privacy-class", "$schema", "$id", "examples"})


def compact(schema: Schema) -> dict[str, Any]:
    """The schema without its words for people, and each definition in the place of its reference.

    An enumeration keeps its name as ``of``: values that only readers know are listed by it.
    """
    return dict(_inlined(schema, schema.get("$defs", {})))


def _inlined(node: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(each, definitions) for each in node]
    if not isinstance(node, Mapping):
        return node
    if "$ref" in node:
        named = str(node["$ref"]).rpartition("/")[2]
        within = _inlined(definitions[named], definitions)
        beside = {
            name: value for name, value in node.items() if name not in ("$ref", *_ANNOTATIONS)
        }
        return {**within, **({"of": named} if "enum" in within else {}), **beside}
    kept = {name: value for name, value in node.items() if name not in (*_ANNOTATIONS, "$defs")}
    if "properties" in kept:
        # Names of fields are no keywords: a field may be called title.
        fields = {
            name: _inlined(each, definitions) for name, each in kept.pop("properties").items()
        }
        return {**{k: _inlined(v, definitions) for k, v in kept.items()}, "properties": fields}
    if "const" in kept:
        kept["enum"] = [kept.pop("const")]
    return {name: _inlined(value, definitions) for name, value in kept.items()}


def breaks(
    old: Schema, new: Schema, known_first: Mapping[str, frozenset[str]] = READERS_FIRST
) -> list[str]:
    """Sentences, each a change by which one of two neighbouring releases cannot read the other's
    events; both are ``compact``. Empty: they read each other."""
    return list(_Comparison(known_first).between("", old, new))


class _Comparison:
    def __init__(self, known_first: Mapping[str, frozenset[str]]) -> None:
        self._known_first = known_first

    def between(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        if "properties" in old and "properties" in new:
            yield from self._fields(path, old, new)
        elif "enum" in old and "enum" in new:
            yield from self._values(path, old, new)
        elif "anyOf" in old and "anyOf" in new and len(old["anyOf"]) == len(new["anyOf"]):
            for one, other in zip(old["anyOf"], new["anyOf"], strict=True):
                yield from self.between(path, one, other)
        elif "items" in old and "items" in new:
            yield from self.between(f"{path}[]", old["items"], new["items"])
        elif (before := _rest(old, "default")) != (after := _rest(new, "default")):
            yield f"{path or 'the event'} was {before} and is {after}"
            return
        yield from _defaults_and_bounds(path, old, new)

    def _fields(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        inside = f"{path}." if path else ""
        before, after = old["properties"], new["properties"]
        for name in sorted(before.keys() - after.keys()):
            yield f"{inside}{name} is gone, and readers of the last release want it"
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{inside}{name} is required now, and events of the last release may lack it"
        for name in sorted(before.keys() & after.keys()):
            yield from self.between(f"{inside}{name}", before[name], after[name])

    def _values(self, path: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = set(old["enum"]), set(new["enum"])
        for value in sorted(before - after, key=str):
            yield f"{path} cannot be {value!r} any more, and events of the last release are"
        for value in sorted(
            after - before - self._known_first.get(new.get("of", ""), frozenset()), key=str
        ):
            yield f"{path} may be {value!r} now, and readers of the last release refuse it"


_COMPARED = ("properties", "required", "enum", "of", "anyOf", "items")


def _defaults_and_bounds(path: str, old: Schema, new: Schema) -> Iterator[str]:
    """All that says more of the value than its fields, values and kinds do."""
    before, after = _rest(old, *_COMPARED), _rest(new, *_COMPARED)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name, _ABSENT) != after.get(name, _ABSENT):
            yield (
                f"{path or 'the event'}: {name} was {before.get(name, 'not set')}"
                f" and is {after.get(name, 'not set')}"
            )


_ABSENT = object()


def _rest(schema: Schema, *without: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in without}
