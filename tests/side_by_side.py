"""All tests but the drill, in three runs side by side: most of the time a test waits, and two cores
are there.

    python -m tests.side_by_side

The output of the other runs follows that of the first. Ends with 0 when all passed.
"""

import compileall
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack

RUNS = (
    ("tests/architecture", "tests/contract", "tests/unit", "tests/integration/console",
     "tests/integration/deploy"),
    ("tests/integration", "tests/e2e"),
    ("tests/crash", "tests/drill", "tests/integration/desks", "tests/integration/intake",
     "tests/integration/visibility"),
)  # fmt: skip
"""Each takes about as long as the others. A folder is of the run that names it most closely."""
ALONE = "tests/drill/test_drill.py"
"""It starts whole stacks three times, which takes as long as a quarter of all others: CI runs it
behind them (`.ci/run`)."""

PYTEST = (sys.executable, "-m", "pytest")
PACKAGES = ("services", "shared", "deploy")


def main() -> int:
    # The tests start some hundreds of processes. Where the environment says that no bytecode is to
    # be written, each of them would translate all of it again, which is a fifth of its start.
    for package in PACKAGES:
        compileall.compile_dir(package, quiet=1)
    with ExitStack() as files:
        said = [files.enter_context(tempfile.TemporaryFile("w+")) for _ in RUNS[1:]]
        # Several runs must not write one cache.
        others = [
            subprocess.Popen([*PYTEST, "-p", "no:cacheprovider", *arguments(run)], stdout=output)
            for run, output in zip(RUNS[1:], said, strict=True)
        ]
        codes = [subprocess.run([*PYTEST, *arguments(RUNS[0])], check=False).returncode]
        for other, output in zip(others, said, strict=True):
            codes.append(other.wait())
            output.seek(0)
            sys.stdout.write(output.read())
    return max(codes)


def arguments(run: tuple[str, ...]) -> Iterator[str]:
    """Its folders, without those in them that are of another run."""
    yield from run
    yield f"--ignore={ALONE}"
    for other in RUNS:
        yield from (
            f"--ignore={path}"
            for path in other
            if other is not run and path.startswith(tuple(f"{folder}/" for folder in run))
        )


if __name__ == "__main__":
    sys.exit(main())
