"""Mutants in what runs while modules are imported.

mutmut forks its processes when all modules are imported: to them such a change comes too late,
and looks as if nobody noticed it. Those that survived are run in a new process each.
"""

import asyncio
import os
import sys
from contextlib import chdir

from mutmut.mutation.data import SourceFileMutationData
from mutmut.utils.format_utils import mangled_name_from_mutant_name

from tests.mutation.parts import Part
from tests.mutation.results import Mutant, read

_KILLED = 1


async def run_anew(part: Part) -> None:
    """Notes as killed what the tests notice when it is there from the start."""
    for mutant in read(part.tree):
        tests = part.at_import.get(mangled_name_from_mutant_name(mutant.name))
        if tests and mutant.status == "survived" and await _is_noticed(part, mutant, tests):
            _note_killed(part, mutant)


async def _is_noticed(part: Part, mutant: Mutant, tests: str) -> bool:
    pytest = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-x", "-q", "--rootdir=.", *part.pytest_args, tests),
        cwd=part.tree / "mutants",
        env={**os.environ, "MUTANT_UNDER_TEST": mutant.name},
        stdout=asyncio.subprocess.DEVNULL,
    )
    return await pytest.wait() != 0


def _note_killed(part: Part, mutant: Mutant) -> None:
    with chdir(part.tree):
        data = SourceFileMutationData(path=mutant.path)
        data.load()
        data.exit_code_by_key[mutant.name] = _KILLED
        data.save()
