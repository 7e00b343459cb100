"""What became of the mutants: a score per file, and the survivors with their changes."""

import ast
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

SHOWN = ("killed", "timeout", "survived", "no tests", "suspicious")
_NOTICED = ("killed", "timeout")
_SIGKILL = -9
"""Of the CPU limit, a second after its SIGXCPU: a timeout as well."""


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    path: str
    status: str


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants came to what end; those that were not run do not count."""

    counts: Counter[str]

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def percent(self) -> float:
        noticed = sum(self.counts[status] for status in _NOTICED)
        return 100 * noticed / self.total if self.total else 0.0

    def as_json(self) -> Mapping[str, float]:
        return {**self.counts, "total": self.total, "score": round(self.percent, 1)}


def read(tree: Path) -> list[Mutant]:
    """The mutants that were run, as mutmut noted them in the copy."""
    found = []
    mutants = tree / "mutants"
    for meta in sorted(mutants.rglob("*.py.meta")):
        path = meta.relative_to(mutants).as_posix().removesuffix(".meta")
        codes: dict[str, int | None] = json.loads(meta.read_text())["exit_code_by_key"]
        found += [
            Mutant(name, path, _status(code)) for name, code in codes.items() if code is not None
        ]
    return found


def _status(code: int) -> str:
    status: str = "timeout" if code == _SIGKILL else status_by_exit_code[code]
    return status if status in SHOWN else "suspicious"


def scores(mutants: Sequence[Mutant]) -> dict[str, Score]:
    """Per file, and ``total``."""
    by_file: dict[str, Counter[str]] = {}
    for mutant in mutants:
        by_file.setdefault(mutant.path, Counter())[mutant.status] += 1
    everything = sum(by_file.values(), Counter[str]())
    return {path: Score(counts) for path, counts in (*by_file.items(), ("total", everything))}


def table(found: Mapping[str, Score]) -> str:
    width = max(map(len, found))
    lines = [f"{'':{width}}" + "".join(f"{status:>11}" for status in (*SHOWN, "all", "score"))]
    for path, score in found.items():
        counts = "".join(f"{score.counts[status]:>11}" for status in SHOWN)
        lines.append(f"{path:{width}}{counts}{score.total:>11}{score.percent:>10.1f}%")
    return "\n".join(lines)


def unnoticed(tree: Path, mutants: Sequence[Mutant]) -> Iterator[str]:
    """Each mutant that no test noticed: its status, place, name and change."""
    with chdir(tree):
        for mutant in mutants:
            if mutant.status not in _NOTICED:
                diff = get_diff_for_mutant(mutant.name, path=mutant.path).splitlines()[2:]
                place = f"{mutant.path}:{_line(mutant, diff)}"
                yield "\n".join([f"# {mutant.status} {place} {mutant.name}", *diff, ""])


def _line(mutant: Mutant, diff: Sequence[str]) -> int:
    """The line of the source in which the change begins."""
    name, owner = orig_function_and_class_names_from_key(mutant.name)
    start = _def_line(ast.parse(Path(mutant.path).read_text()).body, name, owner)
    line = start
    for row in diff:
        if row.startswith("@@"):
            line = start + int(row.split()[1].lstrip("-").split(",")[0]) - 1
        elif row.startswith(("-", "+")):
            break
        else:
            line += 1
    return line


def _def_line(body: Sequence[ast.stmt], name: str, owner: str | None) -> int:
    named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    wanted = owner or name
    node = next(each for each in body if isinstance(each, named) and each.name == wanted)
    return _def_line(node.body, name, None) if owner else node.lineno - len(node.decorator_list)
