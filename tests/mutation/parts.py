"""The parts of pyproject.toml, and the copy of the repository in which one is run."""

import json
import random
import shutil
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / ".crm" / "mutation"
_HEAD = "[tool.mutmut]\n"
_SEED = 1


@dataclass(frozen=True, slots=True)
class Part:
    """Modules that are mutated (globs) and the tests that must notice it.

    ``seconds`` are granted to fixtures, four times over, as tests to their own time.
    ``sample``: so many mutants are drawn, always the same; 0 runs all of them.
    ``at_import``: functions (as mutmut writes them) that run while modules are imported, with
    the tests that must notice a change of them.
    """

    name: str
    modules: Sequence[str]
    tests: Sequence[str]
    seconds: float
    postgres: bool = False
    sample: int = 0
    at_import: Mapping[str, str] = field(default_factory=dict)
    pytest_args: Sequence[str] = ()

    @property
    def home(self) -> Path:
        return RUNS / self.name

    @property
    def tree(self) -> Path:
        """The copy of the repository; mutmut puts ``mutants/`` into it."""
        return self.home / "tree"

    def files(self) -> list[Path]:
        """The mutated files; ValueError for a glob that names nothing (a module was moved)."""
        found: list[Path] = []
        for glob in self.modules:
            matches = sorted(path.relative_to(self.tree) for path in self.tree.glob(glob))
            if not matches:
                raise ValueError(f"part {self.name}: there is no {glob}")
            found += matches
        return found

    def mutants(self) -> dict[str, Path]:
        """Name of every mutant, and its file."""
        files = self.files()
        with chdir(self.tree):
            return {
                get_mutant_name(path, name): path
                for path in files
                for name in mutate_file_contents(str(path), path.read_text()).mutant_names
            }

    def chosen(self, only: str | None, sample: int | None) -> list[str]:
        """Names to run: those that match ``only``, or a sample; none stands for all."""
        if only:
            return [name for name in self.mutants() if fnmatch(name, only)]
        wanted = self.sample if sample is None else sample
        if not wanted:
            return []
        names = sorted(self.mutants())
        return random.Random(_SEED).sample(names, min(wanted, len(names)))

    def copy(self) -> None:
        """What git knows and does not ignore, with mutmut told of this part alone."""
        shutil.rmtree(self.home, ignore_errors=True)
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        out = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, out.split("\0")):
            if (ROOT / name).is_file():
                (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.tree / name)
        files = self.files()
        for function in self.at_import:
            module, _, _ = function.rpartition(".")
            if Path(f"{module.replace('.', '/')}.py") not in files:
                raise ValueError(f"part {self.name}: there is no module of {function}")
        config = self.tree / "pyproject.toml"
        own = (
            f"only_mutate = {json.dumps([str(path) for path in files])}\n"
            f"timeout_constant = {float(self.seconds)}\n"
            f"pytest_add_cli_args_test_selection = {json.dumps(self.tests)}\n"
        )
        config.write_text(config.read_text().replace(_HEAD, _HEAD + own, 1))


def parts() -> dict[str, Part]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]
    arguments = config["pytest_add_cli_args"]
    return {
        name: Part(name, pytest_args=arguments, **given) for name, given in config["parts"].items()
    }
