"""The source as the laws look at it: modules, their imports, their calls."""

import ast
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "routing", "sla", "notify", "tracking")


class Module:
    """A Python file: where it is (``services/sla/domain.py``) and what it says."""

    def __init__(self, path: Path) -> None:
        self.path = path.relative_to(ROOT).as_posix()
        self.text = path.read_text()
        self.tree = ast.parse(self.text)

    @property
    def package(self) -> str:
        """``shared``, ``deploy``, ``tests`` or ``services/sla``."""
        parts = self.path.split("/")
        return "/".join(parts[:2]) if parts[0] == "services" and len(parts) > 2 else parts[0]

    @cached_property
    def imports(self) -> set[str]:
        """Dotted names of the modules it imports, wherever in the file."""
        names: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
                names.update(f"{node.module}.{alias.name}" for alias in node.names)
        return names

    def imports_any(self, *packages: str) -> set[str]:
        return {
            name
            for name in self.imports
            if any(name == package or name.startswith(f"{package}.") for package in packages)
        }

    @cached_property
    def called(self) -> set[str]:
        """Dotted names of what it calls (``datetime.now``, ``transaction.commit``)."""
        return {dotted(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)}

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))

    def __repr__(self) -> str:
        return self.path


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


@cache
def parsed(path: Path) -> Module:
    """Each file is read once, however many laws look at it."""
    return Module(path)


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """All modules below the packages, without caches."""
    return tuple(
        parsed(path)
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
        if "__pycache__" not in path.parts
    )
