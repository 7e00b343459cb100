"""What a statement of a migration does to those who work beside it: which lock it takes on which
table, whether it reads or writes a whole table, and whether it merely adds.

Read from the SQL itself, so that it does not matter by which function a migration says it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"
SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
SHARE = "SHARE"
SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
ROW_EXCLUSIVE = "ROW EXCLUSIVE"

BLOCKS = {
    ACCESS_EXCLUSIVE: "keeps readers and writers out",
    SHARE_ROW_EXCLUSIVE: "keeps writers out",
    SHARE: "keeps writers out",
    SHARE_UPDATE_EXCLUSIVE: "keeps nobody out",
    ROW_EXCLUSIVE: "keeps out who writes the same rows",
}
"""What each lock means for a service (PostgreSQL's manual, 13.3)."""


@dataclass(frozen=True, slots=True)
class Step:
    """table: schema.name of one that was there before; None where only what is new is touched.
    lock: on that table. whole: it goes through all its rows while it holds the lock.
    against: why it does not merely add; empty where it does."""

    words: str
    table: str | None = None
    lock: str | None = None
    whole: bool = False
    against: str = ""


def steps_of(statements: Collection[str]) -> list[Step]:
    """The steps of a migration's statements, in their order."""
    reader = _Reader()
    return [step for each in statements for one in _split(each) for step in reader.read(one)]


_QUOTED = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", re.S)


def _split(text: str, mark: str = ";") -> Iterator[str]:
    """The parts of a text between marks that stand in no quotes, comments and brackets."""
    depth = begun = 0
    hidden = {at for found in _QUOTED.finditer(text) for at in range(*found.span())}
    for at, letter in enumerate(text):
        if at in hidden:
            continue
        depth += (letter in "([") - (letter in ")]")
        if letter == mark and depth == 0:
            yield text[begun:at].strip()
            begun = at + 1
    if text[begun:].strip():
        yield text[begun:].strip()


_NAME = r'((?:"?\w+"?\.)?"?\w+"?)'
_CREATE_TABLE = re.compile(rf"CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?{_NAME}(.*)", re.I)
_CREATE_INDEX = re.compile(
    rf"CREATE (UNIQUE )?INDEX (CONCURRENTLY )?(?:IF NOT EXISTS )?\S+ ON (?:ONLY )?{_NAME}(.*)", re.I
)
_ALTER_TABLE = re.compile(rf"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?{_NAME} (.*)", re.I)
_WRITE = re.compile(rf"(UPDATE|DELETE FROM|TRUNCATE(?: TABLE)?) (?:ONLY )?{_NAME}", re.I)
_TRIGGER = re.compile(rf"CREATE (?:CONSTRAINT )?TRIGGER .*? ON {_NAME}", re.I)
_ADDS = re.compile(
    r"(INSERT INTO|CREATE (OR REPLACE )?(FUNCTION|VIEW|PROCEDURE)|CREATE (EXTENSION|SEQUENCE|TYPE"
    r"|SCHEMA|STATISTICS)|COMMENT ON|GRANT|SELECT|SET |RESET|ANALYZE|WITH)\b",
    re.I,
)


class _Reader:
    """Knows what the statements before have made: nobody works with that yet."""

    def __init__(self) -> None:
        self._new_tables: set[str] = set()
        self._new_columns: set[tuple[str, str]] = set()
        self._validated: set[str] = set()

    def read(self, statement: str) -> Iterator[Step]:
        flat = " ".join(_QUOTED.sub(_without_comment, statement).split())
        for pattern, read in self._readings():
            if found := pattern.match(flat):
                yield from read(found, flat)
                return
        yield Step(flat[:80], against=_NOT_PLAIN)

    def _readings(
        self,
    ) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Iterator[Step]]], ...]:
        return (
            (_CREATE_TABLE, self._table),
            (_CREATE_INDEX, self._index),
            (_ALTER_TABLE, self._alter),
            (_WRITE, self._write),
            (_TRIGGER, self._trigger),
            (re.compile(r"DROP |REVOKE ", re.I), self._drop),
            (_ADDS, self._add),
        )

    def _table(self, found: re.Match[str], flat: str) -> Iterator[Step]:
        name = _plain(found[1])
        self._new_tables.add(name)
        yield Step(f"makes the table {name}")
        if parent := re.search(rf"PARTITION OF {_NAME}", found[2], re.I):
            yield from self._of(_plain(parent[1]), f"gives it the partition {name}",
                                ACCESS_EXCLUSIVE)  # fmt: skip
        for other in re.findall(rf"REFERENCES {_NAME}", found[2], re.I):
            yield from self._of(_plain(other), f"lets {name} refer to it", SHARE_ROW_EXCLUSIVE)

    def _index(self, found: re.Match[str], flat: str) -> Iterator[Step]:
        unique, beside, name = found[1], found[2], _plain(found[3])
        columns = {_plain(each) for each in re.findall(r"\w+", found[4].partition(")")[0])}
        fresh = any((name, column) in self._new_columns for column in columns)
        against = ""
        if not beside:
            against = "an index of a table that is in use is made beside the work: CONCURRENTLY"
        elif unique and not fresh:
            against = "the last release may write two rows that the index refuses"
        lock = SHARE_UPDATE_EXCLUSIVE if beside else SHARE
        yield from self._of(name, "makes an index", lock, whole=not beside, against=against)

    def _alter(self, found: re.Match[str], flat: str) -> Iterator[Step]:
        name = _plain(found[1])
        for action in _split(found[2], ","):
            yield from self._action(name, action)

    def _action(self, name: str, action: str) -> Iterator[Step]:
        of_column = _ADD_COLUMN.match(action)
        if of_column:
            self._new_columns.add((name, _plain(of_column[1])))
            whole, against = _of_new_column(of_column[2])
            yield from self._of(name, action[:60], ACCESS_EXCLUSIVE, whole=whole, against=against)
            return
        lock, whole, against = _what_it_does(action)
        changed = re.match(r"ALTER (?:COLUMN )?(\S+)", action, re.I)
        if changed and (name, _plain(changed[1])) in self._new_columns:
            # Of a column that nobody knows yet.
            against = ""
        elif against == _SCANS and name in self._validated:
            whole, against = False, _NARROWS
        if action.upper().startswith("VALIDATE"):
            self._validated.add(name)
        yield from self._of(name, action[:60], lock, whole=whole, against=against)

    def _write(self, found: re.Match[str], flat: str) -> Iterator[Step]:
        against = (
            "it holds the rows of a table in use until the migration ends: let the service write"
            " them, a batch at a time"
        )
        yield from self._of(
            _plain(found[2]),
            f"{found[1].lower()}s rows",
            ROW_EXCLUSIVE,
            whole=True,
            against=against,
        )

    def _trigger(self, found: re.Match[str], flat: str) -> Iterator[Step]:
        against = "what the last release writes meets the trigger too"
        yield from self._of(
            _plain(found[1]), "adds a trigger", SHARE_ROW_EXCLUSIVE, against=against
        )

    def _drop(self, found: re.Match[str], flat: str) -> Iterator[Step]:
        table = re.match(rf"DROP TABLE (?:IF EXISTS )?{_NAME}", flat, re.I)
        name = _plain(table[1]) if table else None
        if name in self._new_tables:
            yield Step(flat[:80])
        else:
            yield Step(flat[:80], name, ACCESS_EXCLUSIVE if name else None, against=_TAKES_AWAY)

    def _add(self, found: re.Match[str], flat: str) -> Iterator[Step]:
        yield Step(flat[:80])

    def _of(
        self, name: str, words: str, lock: str, *, whole: bool = False, against: str = ""
    ) -> Iterator[Step]:
        """Of a table that the same migrations have made, nobody is kept out and nobody is hurt."""
        if name in self._new_tables:
            yield Step(words)
        else:
            yield Step(words, name, lock, whole, against)


def _without_comment(found: re.Match[str]) -> str:
    return "" if found[0].startswith(("--", "/*")) else found[0]


def _plain(name: str) -> str:
    return name.replace('"', "").lower()


_NOT_PLAIN = "it is not plain what it does to those who work beside it"
_TAKES_AWAY = "the last release may still use it"
_NARROWS = "the last release may write rows that are refused"
_SCANS = "all rows are read while nobody may use the table: validate a CHECK constraint first"

_ADD_COLUMN = re.compile(
    r"ADD (?:COLUMN )?(?:IF NOT EXISTS )?(?!CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN|EXCLUDE)"
    r"(\"?\w+\"?) (.*)",
    re.I,
)

_ACTIONS: tuple[tuple[str, str, bool, str], ...] = (
    (r"ALTER (?:COLUMN )?\S+ SET NOT NULL", ACCESS_EXCLUSIVE, True, _SCANS),
    (r"ALTER (?:COLUMN )?\S+ DROP NOT NULL", ACCESS_EXCLUSIVE, False, ""),
    (r"ALTER (?:COLUMN )?\S+ SET DEFAULT", ACCESS_EXCLUSIVE, False, ""),
    (r"ALTER (?:COLUMN )?\S+ SET STATISTICS", SHARE_UPDATE_EXCLUSIVE, False, ""),
    (r"VALIDATE CONSTRAINT", SHARE_UPDATE_EXCLUSIVE, True, ""),
    (r"ADD CONSTRAINT .* NOT VALID$", SHARE_ROW_EXCLUSIVE, False, _NARROWS),
    (r"ADD (CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN|EXCLUDE)", ACCESS_EXCLUSIVE, True, _NARROWS),
    (r"(SET|RESET) \(", SHARE_UPDATE_EXCLUSIVE, False, ""),
    (r"ATTACH PARTITION", SHARE_UPDATE_EXCLUSIVE, False, ""),
    (r"(DETACH PARTITION|DROP|RENAME)", ACCESS_EXCLUSIVE, False, _TAKES_AWAY),
    (r"ALTER (?:COLUMN )?\S+ (?:SET DATA )?TYPE", ACCESS_EXCLUSIVE, True, _TAKES_AWAY),
    (r"ALTER (?:COLUMN )?\S+ DROP", ACCESS_EXCLUSIVE, False, _TAKES_AWAY),
)
"""What an action of ALTER TABLE begins with, the lock, whether it goes through all rows, and what
is against it (PostgreSQL's manual, ALTER TABLE). The first that fits holds."""


def _what_it_does(action: str) -> tuple[str, bool, str]:
    for pattern, lock, whole, against in _ACTIONS:
        if re.match(pattern, action, re.I):
            return lock, whole, against
    return ACCESS_EXCLUSIVE, False, _NOT_PLAIN


_CONSTANT = re.compile(
    r"DEFAULT (\(?'(?:[^']|'')*'(?:::[\w ]+(\[\])?)?\)?|-?[\d.]+|TRUE|FALSE|NULL|NOW\(\)"
    r"|CURRENT_TIMESTAMP|ARRAY\[\](::[\w\[\]]+)?)(?= |$)",
    re.I,
)


def _of_new_column(rest: str) -> tuple[bool, str]:
    """Whether all rows are written for it, and what is against it."""
    if re.search(r"\b(GENERATED|\w*SERIAL|REFERENCES|UNIQUE|PRIMARY|CHECK)\b", rest, re.I):
        return True, "all rows are written, or checked, while nobody may use the table"
    if re.search(r"\bDEFAULT\b", rest, re.I):
        if _CONSTANT.search(rest):
            return False, ""
        return True, "a default that differs from row to row writes all rows at once"
    if re.search(r"\bNOT NULL\b", rest, re.I):
        return False, "the last release does not give it, and has no default for it"
    return False, ""
