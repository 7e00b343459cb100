"""The configurations that operators are told, so that tests run with the same lines."""

from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "operators.md"


def told(name: str, *changes: tuple[str, str]) -> str:
    """The block ``name`` of the operators' guide, with the places of a test: each of ``changes``
    is what stands there and what takes its place."""
    _, _, rest = GUIDE.read_text(encoding="utf-8").partition(f"```{name}\n")
    block, _, _ = rest.partition("```")
    for old, new in changes:
        assert old in block, f"{name} of the guide has no {old}"
        block = block.replace(old, new)
    return block
