"""An older release beside the one of this tree: its code, in the processes that are replaced."""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.crash.replicas import REPLICAS
from tests.e2e.cli import ROOT


@contextmanager
def older_release(commit: str | None) -> Iterator[dict[str, Mapping[str, str]]]:
    """By process what makes it one of that commit; nothing where none is named."""
    if commit is None:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="crm-release-") as folder:
        tree = Path(folder) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            # The folder of the one who starts it would come before that path.
            code = {"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"}
            yield dict.fromkeys(REPLICAS, code)
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)
