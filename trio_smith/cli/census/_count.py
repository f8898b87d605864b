"""What one source file holds: pure, from its bytes to its numbers."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

import attrs

_LONGEST_REASON: Final = 120


class Trouble(Enum):
    """Why a file has no functions and classes to count."""

    UNREADABLE = "unreadable"
    """The system did not give its bytes."""
    NOT_PYTHON = "syntax error"
    """Python gave up on it: a syntax error, bytes that are not what they declare, nested too deeply."""


@attrs.frozen(kw_only=True)
class Function:
    """Where a function stands, and its number of lines from ``def`` to its end."""

    path: str
    line: int
    name: str
    lines: int


@attrs.frozen(kw_only=True)
class FileCount:
    """The numbers of one file; with a *trouble*, only its lines are known, if that."""

    path: str
    lines: int = 0
    functions: int = 0
    """Methods too, async ones not."""
    async_functions: int = 0
    classes: int = 0
    longest: Function | None = None
    trouble: Trouble | None = None
    why: str = ""


def unreadable(path: str, why: str) -> FileCount:
    """Return the count of a file (or directory) that could not be read."""
    return FileCount(path=path, trouble=Trouble.UNREADABLE, why=why)


def count_source(path: str, source: bytes) -> FileCount:
    """Count one file. Whatever the bytes are, it returns; what Python cannot parse is named so.

    Bytes are decoded as Python does it (a byte order mark, the coding cookie, else UTF-8). The number
    of nested expressions that Python 3.11 accepts depends a little on how deep its caller stands.
    """
    try:
        text = _decoded(source)
    except (SyntaxError, UnicodeError, LookupError) as error:
        return FileCount(path=path, lines=_lines(source), trouble=Trouble.NOT_PYTHON, why=_reason(error))
    lines = text.count("\n") + (not text.endswith("\n") and text != "")
    try:
        tree = _parsed(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # ValueError: a null byte (until 3.11) or a lone surrogate. The last two: nested too deeply.
        return FileCount(path=path, lines=lines, trouble=Trouble.NOT_PYTHON, why=_reason(error))
    functions = async_functions = classes = 0
    longest: Function | None = None
    for node in _statements(tree):
        kind = type(node)
        if kind is ast.ClassDef:
            classes += 1
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions += kind is ast.FunctionDef
            async_functions += kind is ast.AsyncFunctionDef
            longest = longer(longest, _function(path, node))
    return FileCount(
        path=path,
        lines=lines,
        functions=functions,
        async_functions=async_functions,
        classes=classes,
        longest=longest,
    )


def longer(one: Function | None, other: Function | None) -> Function | None:
    """Return the longer one; of equal ones that which comes first by path and line."""
    if one is None or other is None:
        return one or other
    return min(one, other, key=_longest_first)


def _longest_first(function: Function) -> tuple[int, str, int, str]:
    return (-function.lines, function.path, function.line, function.name)


def _decoded(source: bytes) -> str:
    """Decode as ``tokenize.open`` does, line ends included."""
    stream = io.BytesIO(source)
    encoding, _ = tokenize.detect_encoding(stream.readline)
    stream.seek(0)
    return io.TextIOWrapper(stream, encoding).read()


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        # A bad escape in somebody's file is not ours to complain about.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield all statements, not their expressions: no ``def`` and no ``class`` stands within one."""
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            stack.extend(getattr(node, field, ()))


def _function(path: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    last = node.end_lineno or node.lineno
    return Function(path=path, line=node.lineno, name=node.name, lines=last - node.lineno + 1)


def _lines(source: bytes) -> int:
    return source.count(b"\n") + (not source.endswith(b"\n") and source != b"")


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return "nested too deeply for Python's parser"
    text = str(error)
    if isinstance(error, SyntaxError) and error.msg:
        text = f"line {error.lineno}: {error.msg}" if error.lineno else error.msg
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"
