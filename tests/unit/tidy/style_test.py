"""The house style, as far as a test can read it: sizes, names, reasons, docstrings."""

import ast
import re
from pathlib import Path

import pytest

from infra.operations import OPERATIONS, DeadLetters, Http, Operation, Queue, Schedule, Stream
from tests.unit.tidy.source import FOLDERS, ROOT, Module, modules

ABOUT = 1.1  # the style says "about": a tenth more is not worth a worse cut
HANDLER_LINES_MAX = 60 * ABOUT
FUNCTION_LINES_MAX = 40 * ABOUT
MODULE_LINES_MAX = 300 * ABOUT
SOURCE = ("layers/common/python/mall", "functions", "infra", "local")
# Layers that say nothing of what they hold, and words that are cut short.
VAGUE = {"util", "utils", "helper", "helpers", "manager", "dal", "service", "misc", "common"}
CUT_SHORT = {"cfg", "ctx", "mgr", "req", "resp", "idx", "cnt", "msg", "qty", "amt", "usr", "obj"}
UNFINISHED = re.compile("TO" + r"DO|FIX" + r"ME|\bXX" + r"X\b|\bHA" + r"CK\b|[A-Z]+ FIG" + r"URES")
SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore|pragma|mypy:|ruff:)")
REASONED = re.compile(r"#\s*(noqa: [A-Z0-9, ]+ - \S.{5,}|type: ignore\[[a-z, -]+\]\s+# \S.{5,})")
HANDLERS = [module for module in modules("functions") if module.path.name != "__init__.py"]
BY_PATH = {f"functions/{o.domain}/{o.name}.py": o for o in OPERATIONS}


def _module(module: object) -> str:
    return str(module)


def _words(name: str) -> set[str]:
    """The words of a name, whether joined by underscores or by capitals."""
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


# --- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", HANDLERS, ids=_module)
def should_keep_a_handler_short(module: Module) -> None:
    assert module.lines_of_code() <= HANDLER_LINES_MAX


@pytest.mark.parametrize("module", modules(*SOURCE), ids=_module)
def should_keep_modules_and_functions_short(module: Module) -> None:
    assert module.lines_of_code() <= MODULE_LINES_MAX
    long = {
        node.name: module.lines_of_code(node)
        for node in module.definitions
        if not node.__class__.__name__.startswith("Class")
        and module.lines_of_code(node) > FUNCTION_LINES_MAX
    }
    assert long == {}


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", modules(), ids=_module)
def should_use_whole_words_that_say_what_is_held(module: Module) -> None:
    names = {*module.name.split("."), *(node.name for node in module.definitions)}
    assert {name for name in names if _words(name) & CUT_SHORT} == set()
    holders = {*module.name.split(".")}
    holders |= {node.name for node in module.definitions if isinstance(node, ast.ClassDef)}
    assert {name for name in holders if _words(name) & VAGUE} == set()


@pytest.mark.parametrize("module", HANDLERS, ids=_module)
def should_name_a_handlers_file_for_what_it_does(module: Module) -> None:
    assert len(module.path.stem.split("_")) >= 2
    assert str(module) in BY_PATH


@pytest.mark.parametrize("module", modules("tests"), ids=_module)
def should_name_tests_for_what_should_be(module: Module) -> None:
    named = [node.name for node in module.definitions]
    assert not [name for name in named if name.lower().startswith("test")]
    tests = [name for name in named if name.startswith("should_")]
    assert bool(tests) == module.path.name.endswith("_test.py")
    assert len(set(tests)) == len(tests)  # else one of two would never run


# --- reasons -------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", modules(), ids=_module)
def should_give_a_reason_wherever_a_check_is_silenced(module: Module) -> None:
    bare = [
        (line, comment)
        for line, comment in module.comments
        if SILENCED.search(comment) and not REASONED.search(comment)
    ]
    assert bare == []


def should_know_a_reason_from_none() -> None:
    for comment in (
        "# noqa: S311 - jitter is no secret",
        "# type: ignore[arg-type] # names checked at run time",
    ):
        assert SILENCED.search(comment)
        assert REASONED.search(comment)
    for comment in (
        "# noqa",
        "# noqa: S311",
        "# noqa: S311 - x",
        "# type: ignore",
        "# type: ignore[arg-type]",
        "# type: ignore # because",
    ):
        assert SILENCED.search(comment)
        assert not REASONED.search(comment)


def _texts() -> list[Path]:
    named = {".py", ".md", ".toml", ".json", ".yml", ".yaml", ".ts", ".tsx", ".in"}
    folders = [ROOT / folder for folder in (*FOLDERS, "web/src")]
    return sorted(ROOT.glob("*.md")) + [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix in named and "node_modules" not in path.parts
    ]


def should_leave_nothing_for_later() -> None:
    assert [str(path) for path in _texts() if UNFINISHED.search(path.read_text())] == []


# --- docstrings and readmes ----------------------------------------------------------------------


@pytest.mark.parametrize("module", modules(*SOURCE), ids=_module)
def should_say_what_every_public_thing_promises(module: Module) -> None:
    if module.text.strip():
        assert module.docstring
    silent = [
        node.name
        for node in module.nodes
        if isinstance(node, ast.Module | ast.ClassDef)
        for node in node.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def _told_trigger(operation: Operation) -> str:
    """How the docstring of an operation's handler begins."""
    match operation.trigger:
        case Http(route):
            return f"{route}: "
        case Queue(name):
            return f"Queue `{name}`: "
        case DeadLetters(queue):
            return f"Dead letters of `{queue}`: "
        case Stream(table):
            return f"Stream of the {table} table: "
        case Schedule(rate):
            every = rate.removeprefix("rate(").removesuffix(")")
            return f"Every {every.removeprefix('1 ')}: "


@pytest.mark.parametrize("module", HANDLERS, ids=_module)
def should_begin_a_handler_with_its_trigger(module: Module) -> None:
    assert module.docstring.startswith(_told_trigger(BY_PATH[str(module)]))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def should_list_each_operation_in_its_domains_readme(operation: Operation) -> None:
    readme = (ROOT / "functions" / operation.domain / "README.md").read_text()
    row = next(line for line in readme.splitlines() if f"({operation.name}.py)" in line)
    assert row.startswith(f"| [{operation.name}]({operation.name}.py) |")
    if isinstance(operation.trigger, Http):
        assert f"`{operation.trigger.route.replace('/v1', '', 1)}`" in row.replace("/v1", "", 1)
