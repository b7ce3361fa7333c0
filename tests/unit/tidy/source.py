"""The source of the project, read for the rules that it keeps."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[3]
LAYER = ROOT / "layers" / "common" / "python"
FOLDERS = ("layers/common/python/mall", "functions", "infra", "local", "bench", "docs", "tests")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """One Python file. `name` is what it is imported as, such as `mall.points.ledger`."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def name(self) -> str:
        """The name that the module is imported by."""
        base = LAYER if self.path.is_relative_to(LAYER) else ROOT
        parts = self.path.relative_to(base).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        """All of it, parsed."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Everything in the tree, whatever holds it."""
        return list(ast.walk(self.tree))

    @property
    def docstring(self) -> str:
        """What it promises."""
        return ast.get_docstring(self.tree) or ""

    @cached_property
    def imports(self) -> set[str]:
        """Every module that it imports, at whatever depth, and what it takes out of each."""
        found = set()
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self} imports by a relative name"
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
        return found

    @cached_property
    def definitions(self) -> list[Definition]:
        """Every function, method and class."""
        return [node for node in self.nodes if isinstance(node, Definition)]

    @cached_property
    def tokens(self) -> list[tokenize.TokenInfo]:
        """All of it, in words."""
        return list(tokenize.generate_tokens(io.StringIO(self.text).readline))

    @property
    def comments(self) -> Iterator[tuple[int, str]]:
        """Every comment, with its line."""
        for token in self.tokens:
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

    def lines_of_code(self, node: ast.AST | None = None) -> int:
        """How many lines hold code: not blank, no comment, no docstring."""
        within = node or self.tree
        docstrings = {
            line
            for found in ast.walk(within)
            if isinstance(found, ast.Expr) and isinstance(found.value, ast.Constant)
            for line in range(found.lineno, (found.end_lineno or 0) + 1)
        }
        first = getattr(within, "lineno", 1)
        last = getattr(within, "end_lineno", len(self.text.splitlines()))
        return len({line for line in self._code if first <= line <= last} - docstrings)

    @cached_property
    def _code(self) -> set[int]:
        return {
            line
            for token in self.tokens
            if token.type not in _NO_CODE
            for line in range(token.start[0], token.end[0] + 1)
        }


_NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def modules(*folders: str) -> list[Module]:
    """Every Python file of these folders, or of the whole project."""
    return [module for folder in folders or FOLDERS for module in _modules(folder)]


@cache
def _modules(folder: str) -> list[Module]:
    """Every Python file of one folder, each the same one whoever asks: it is parsed once."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    return [_module(path) for path in paths]


_module = cache(Module)


def documents() -> list[Path]:
    """Every Markdown page of the project."""
    beneath_folders = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md"))
    return sorted([*ROOT.glob("*.md"), *beneath_folders])


def beneath(name: str, *packages: str) -> bool:
    """Whether a name is one of these packages, or inside one."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)
