"""A text as the finders of masking see it, with the words at which they look closer. Pure.

Patterns that begin with a word are tried at that word alone: a text is walked once for all of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from services.routing.masking.known import Known

_WORD = re.compile(r"[a-z]+")
_WITHIN = re.compile(r"(?<=[a-zA-Z,] )[A-Za-z]+")
"""Words that begin no sentence and no line."""
_AFFIXED = re.compile(
    r"(?:me(?:m[bpf]|n[cdjst]|ng[aeghiklou]|ny[aeiou]|[lrwy][a-z]{3})|be(?:r[a-z]{3}|lajar|kerja)"
    r"|ter[a-z]{3}|di(?:p|t|k|s|b|g|j|l|r|u|a[jl]|m[ai])[a-z]{3}|pe(?:m[bpf]|n[cdjgy]|l[a-z]{4})"
    r"|ke[a-z]{3,}an$|se[mp]|[a-z]{3,}(?:nya|kan|lah|kah|pun|isasi)$)"
)
"""What a verb or another derived word begins or ends with."""
_FEW = 3
"""Fewer plain words tell nothing of how a text uses capitals."""
_TOLD_BY = 800
"""Characters from which it is told whether capitals mean something in a text."""


@dataclass(frozen=True)
class Reading:
    """text: folded. low: the same in lower case, of the same length."""

    known: Known
    text: str
    low: str
    starts: Mapping[str, frozenset[str]]
    """By finder: the words at which it may find something."""
    heads_of_all: frozenset[str]
    """Those of all finders together."""

    @cached_property
    def _heads(self) -> list[tuple[str, int]]:
        some = self.heads_of_all
        return [(w[0], w.start()) for w in _WORD.finditer(self.low) if w[0] in some]

    def heads(self, finder: str) -> list[tuple[str, int]]:
        """Words of a finder with their places, in order."""
        wanted = self.starts[finder]
        return [head for head in self._heads if head[0] in wanted]

    def at_heads(self, finder: str, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        for _, place in self.heads(finder):
            if found := pattern.match(self.low, place):
                yield found

    @cached_property
    def capitals_tell(self) -> bool:
        """Not where all is in capitals, nor where most plain words begin with one."""
        start = self.text[:_TOLD_BY]
        plain = [word for word in _WITHIN.findall(start) if word.lower() in self.known.ordinary]
        if len(plain) < _FEW:
            return not start.isupper()
        small = sum(word[0].islower() for word in plain)
        return bool(small * 10 >= len(plain) * 4)


def words_of(line: str) -> frozenset[str]:
    """Words with blanks between them."""
    return frozenset(line.split())


def affixed(word: str) -> bool:
    """Whether a word in lower case is built as verbs are, and names seldom."""
    return _AFFIXED.match(word) is not None
