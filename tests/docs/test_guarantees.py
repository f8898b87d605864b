"""The page of guarantees keeps its word: every promise names tests, and every test that it names is there."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import attrs

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "guarantees.md"

WITHOUT_TESTS: Final = "What is not promised"
"""The part whose items are no promises; a test that one of them names has to be there all the same."""

NAMED: Final = re.compile(r"`(?P<path>tests/[\w/]+\.py)::(?P<name>\w+(?:::\w+)*)`")


@attrs.frozen(kw_only=True)
class Item:
    """One item of a list on the page; ``line`` is that of its first word."""

    line: int
    part: str
    text: str

    @property
    def tests(self) -> list[tuple[str, str]]:
        """The path and the name of each test that it names."""
        return [(found["path"], found["name"]) for found in NAMED.finditer(self.text)]


def items_of(page: str) -> list[Item]:
    """Return the items of all lists, each with what stands below it."""
    items: list[Item] = []
    part = ""
    for number, line in enumerate(page.splitlines(), 1):
        if line.startswith("## "):
            part = line.removeprefix("## ").strip()
        elif line.startswith("- "):
            items.append(Item(line=number, part=part, text=line))
        elif line.startswith("  ") and items:
            items[-1] = attrs.evolve(items[-1], text=f"{items[-1].text}\n{line}")
    return items


@cache
def names_in(path: str) -> frozenset[str]:
    """Return what pytest could be asked to run in the file at *path*; without importing it."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    found: set[str] = set()

    def look(body: list[ast.stmt], owner: str) -> None:
        for node in body:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name.startswith("test"):
                    found.add(owner + name)
                case ast.ClassDef(name=name) if name.startswith("Test"):
                    found.add(owner + name)
                    look(node.body, f"{owner}{name}::")
                case ast.Assign(targets=[ast.Name(id=name)]) if name.startswith("Test"):
                    found.add(owner + name)  # a state machine of Hypothesis: TestEngine = Machine.TestCase
                case _:
                    pass

    look(ast.parse(file.read_text("utf-8")).body, "")
    return frozenset(found)


ITEMS: Final = items_of(PAGE.read_text("utf-8"))
PROMISES: Final = [item for item in ITEMS if item.part != WITHOUT_TESTS]


def test_every_promise_names_a_test() -> None:
    """A promise that nothing would miss is a hope."""
    assert [f"line {item.line}: {item.text}" for item in PROMISES if not item.tests] == []


def test_every_named_test_is_there() -> None:
    """Renamed or deleted tests take the page with them."""
    missing = [
        f"line {item.line}: {path}::{name}"
        for item in ITEMS
        for path, name in item.tests
        if name not in names_in(path)
    ]
    assert missing == []


def test_no_name_of_a_test_is_misspelt_out_of_sight() -> None:
    """What looks like a test is read as one: nothing with "::" is left when they are taken away."""
    rest = NAMED.sub("", PAGE.read_text("utf-8"))
    assert [line for line in rest.splitlines() if "::" in line or "test_" in line] == []


def test_no_promise_names_a_test_twice() -> None:
    """One of the two was meant to be another."""
    assert [f"line {item.line}" for item in ITEMS if len(set(item.tests)) < len(item.tests)] == []


def test_the_page_is_read() -> None:
    """These tests would also pass over a page in which they find nothing."""
    assert len(PROMISES) >= 80
    assert {"Supervision", "Actors", "Mailbox", "The testing kit", WITHOUT_TESTS} <= {
        item.part for item in ITEMS
    }
    assert "test_every_named_test_is_there" in names_in("tests/docs/test_guarantees.py")
