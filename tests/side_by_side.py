"""All tests, in two runs side by side: most of the time a test waits, and a second core is there.

    python -m tests.side_by_side

The output of the second run follows that of the first. Ends with 0 when both passed.
"""

import subprocess
import sys
import tempfile

FIRST = ("tests/architecture", "tests/contract", "tests/integration", "tests/unit")
"""What mostly computes."""

SECOND = ("tests/crash", "tests/e2e", "tests/integration/intake")
"""What mostly waits, and what mailbox and SMS door file behind real gateways."""

PYTEST = (sys.executable, "-m", "pytest")


def main() -> int:
    left_out = [f"--ignore={path}" for path in SECOND]
    with tempfile.TemporaryFile("w+") as said:
        # Two runs must not write one cache.
        second = subprocess.Popen([*PYTEST, "-p", "no:cacheprovider", *SECOND], stdout=said)
        first = subprocess.run([*PYTEST, *left_out, *FIRST], check=False)
        code = second.wait()
        said.seek(0)
        sys.stdout.write(said.read())
    return max(first.returncode, code)


if __name__ == "__main__":
    sys.exit(main())
