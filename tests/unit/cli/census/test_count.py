"""Counting one file: right numbers, and a word for everything that is no Python."""

import ast
import inspect
import warnings
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

import trio_smith
from trio_smith.cli.census._count import FileCount, Function, Trouble, count_source, longer, unreadable

SOURCE = b'''\
class Outer:
    """Text with def and class in it."""

    def method(self):
        async def inner():
            pass

        return lambda: inner

    class Inner:
        pass


async def main():
    if True:
        def within_if(): pass
    else:
        def within_else(): pass
    try:
        def within_try(): pass
    except ValueError:
        def within_except(): pass
    finally:
        def within_finally(): pass
    match main:
        case _:
            def within_case(): pass
    with main:
        for x in ():
            def within_loop(): pass
'''


def test_every_kind_of_statement_is_looked_into() -> None:
    """A function may be defined wherever a statement stands; each is counted once."""
    count = count_source("a.py", SOURCE)
    assert (count.functions, count.async_functions, count.classes) == (8, 2, 2)
    assert count.lines == 30
    assert count.longest == Function(path="a.py", line=14, name="main", lines=17)
    assert count.trouble is None


@pytest.mark.parametrize("module", [ast, inspect, trio_smith, pytest], ids=lambda module: module.__name__)
def test_the_numbers_are_those_of_a_walk_over_the_whole_tree(module: object) -> None:
    """Only statements are walked, for speed; a walk over everything must find no more."""
    source = Path(inspect.getfile(module)).read_bytes()
    nodes = list(ast.walk(ast.parse(source)))
    count = count_source("m.py", source)
    assert count.functions == sum(isinstance(node, ast.FunctionDef) for node in nodes)
    assert count.async_functions == sum(isinstance(node, ast.AsyncFunctionDef) for node in nodes)
    assert count.classes == sum(isinstance(node, ast.ClassDef) for node in nodes)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (b"", 0),
        (b"\n", 1),
        (b"x = 1", 1),
        (b"x = 1\r\ny = 2\r\n", 2),
        (b"x = 1\ry = 2", 2),
        (b"x = 1\n\x0cy = 2\n", 2),
        (b"\xef\xbb\xbfx = 1\n", 1),
    ],
)
def test_lines_are_what_python_takes_for_lines(source: bytes, lines: int) -> None:
    """Line ends of all systems count, a form feed does not, nor does a missing line end at the end."""
    count = count_source("a.py", source)
    assert (count.lines, count.trouble) == (lines, None)


def test_a_coding_cookie_is_obeyed() -> None:
    """Latin-1 is fine for Python if the file says so."""
    source = "# -*- coding: latin-1 -*-\ndef f(): return 'é'\n".encode("latin-1")
    assert count_source("a.py", source) == FileCount(
        path="a.py", lines=2, functions=1, longest=Function(path="a.py", line=2, name="f", lines=1)
    )


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (b"def f(:\n", "line 1: "),
        (b"x = '\xe9'\n", "invalid or missing encoding"),
        (b"# coding: utf-8\n\n\nx = '\xe9'\n", "codec can't decode"),
        (b"# coding: frob\n", "unknown encoding: frob"),
        (b"# coding: rot13\n", "not a text encoding"),
        (b"# coding: undefined\n", "undefined encoding"),
        (b"# coding: utf-7\nx='+2AA-'\n", "surrogates"),
        (b"x = 1\0\n", "null bytes"),
        ("x = 1\n".encode("utf-16"), "invalid or missing encoding"),
        (b"-" * 100_000 + b"1", "nested too deeply"),
        (b"1" + b"+1" * 20_000, "nested too deeply"),
        (b"(" * 300 + b")" * 300, "too many nested parentheses"),
    ],
)
def test_what_is_no_python_is_named_with_its_reason(source: bytes, why: str) -> None:
    """Also what Python gives up on by running out of stack: counted, named, and never fatal."""
    count = count_source("a.py", source)
    assert count.trouble is Trouble.NOT_PYTHON
    assert why in count.why
    assert count.functions == 0


def test_a_long_reason_is_cut() -> None:
    """A syntax error may quote a whole line."""
    assert len(count_source("a.py", b"# coding: " + b"x" * 5000 + b"\n").why) == 120


def test_a_warning_about_the_source_is_not_ours() -> None:
    """Python warns of bad escapes while it parses; the suite turns warnings into errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert count_source("a.py", b"x = '\\d'\n").trouble is None


@given(st.binary())
@example(b"# coding: unicode_escape\nx='\\ud800'\n")
@example(b"#coding:idna\nx")
@example(b"\xef\xbb\xbf#coding:latin-1\n")
def test_no_bytes_make_it_raise(source: bytes) -> None:
    """One hostile file must not end a census."""
    assert count_source("a.py", source).path == "a.py"


@given(st.text(alphabet="abc:()\n\t \\'\"#=-0defclass") | st.text())
def test_no_text_makes_it_raise(source: str) -> None:
    """The same for what at least decodes."""
    count = count_source("a.py", source.encode("utf-8", "surrogatepass"))
    assert count.functions <= source.count("def")


functions = st.builds(
    Function,
    path=st.sampled_from("ab"),
    line=st.integers(1, 3),
    name=st.sampled_from("fg"),
    lines=st.integers(1, 3),
)


@given(st.lists(functions), st.randoms(use_true_random=False))
def test_the_longest_function_does_not_depend_on_the_order(found: list[Function], random: object) -> None:
    """Results arrive in any order, and ties are common."""

    def longest(candidates: list[Function]) -> Function | None:
        result = None
        for candidate in candidates:
            result = longer(result, candidate)
        return result

    shuffled = list(found)
    random.shuffle(shuffled)
    assert longest(shuffled) == longest(found)
    assert found == [] or longest(found).lines == max(one.lines for one in found)


def test_what_could_not_be_read_has_no_numbers() -> None:
    """Its lines are unknown, too."""
    assert unreadable("a.py", "why") == FileCount(path="a.py", trouble=Trouble.UNREADABLE, why="why")
