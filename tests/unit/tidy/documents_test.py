"""What is written about the project leads somewhere: links to files, packages to their modules."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.tidy.source import ROOT, Module, documents, modules

LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ +(.*?) *$", re.MULTILINE)
CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
OUTSIDE = ("http://", "https://", "mailto:")
PACKAGES = [
    module for module in modules("layers/common/python/mall") if module.path.name == "__init__.py"
]


def _document(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _links(text: str) -> Iterator[tuple[str, str]]:
    """Path and anchor of every link that stays within the repository."""
    for target in LINK.findall(CODE.sub("", text)):
        if not target.startswith(OUTSIDE):
            path, _, anchor = target.partition("#")
            yield path, anchor


def _anchors(text: str) -> set[str]:
    """What the headings of a page are linked by."""
    told = (re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(text))
    return {title.replace(" ", "-") for title in told}


def _leads_somewhere(document: Path, path: str, anchor: str) -> bool:
    target = (document.parent / path).resolve() if path else document
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in _anchors(target.read_text())


@pytest.mark.parametrize("document", documents(), ids=_document)
def should_link_to_what_is_there(document: Path) -> None:
    found = _links(document.read_text())
    assert [link for link in found if not _leads_somewhere(document, *link)] == []


def should_notice_a_link_to_nowhere() -> None:
    page = ROOT / "README.md"
    links = list(_links("[a](docs/gone.md), [b](#gone), [c](LICENSE), [d](https://example.com)"))
    assert links == [("docs/gone.md", ""), ("", "gone"), ("LICENSE", "")]
    assert [_leads_somewhere(page, *link) for link in links] == [False, False, True]


@pytest.mark.parametrize("package", PACKAGES, ids=str)
def should_name_each_module_in_its_packages_table_of_contents(package: Module) -> None:
    beside = [path for path in package.path.parent.iterdir() if path != package.path]
    held = {path.stem for path in beside if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert {name for name in held if f"`{name}`" not in package.docstring} == set()
