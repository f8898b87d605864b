"""Settings that are wrong: each with what a person has to be told."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

GOOD = '[app]\ntree = "application:tree"\n'


@attrs.frozen(kw_only=True)
class Case:
    """One way to be wrong."""

    name: str
    told: tuple[str, ...]
    """Parts of what is told, in this order."""
    content: str | bytes | Callable[[Path], object] = GOOD
    """What stands in the file, or what makes it."""
    environment: Mapping[str, str] = attrs.field(factory=dict[str, str])
    arguments: tuple[str, ...] = ()

    def make(self, path: Path) -> None:
        """Put the settings there."""
        if isinstance(self.content, bytes):
            path.write_bytes(self.content)
        elif isinstance(self.content, str):
            path.write_text(self.content, "utf-8")
        else:
            self.content(path)


def _forbidden(path: Path) -> None:
    if os.getuid():
        path.write_text(GOOD, "utf-8")
        path.chmod(0)
    else:  # root may read everything; but not this
        path.symlink_to("/proc/self/mem")


def _more(text: str) -> str:
    return f"{GOOD}{text}\n"


FILES = (
    Case(name="missing", content=lambda _path: None, told=("app.toml: there is no such file",)),
    Case(name="a directory", content=Path.mkdir, told=("app.toml: it is a directory",)),
    Case(name="unreadable", content=_forbidden, told=("app.toml: it ", "read")),
    Case(name="a pipe", content=os.mkfifo, told=("app.toml: it is no regular file",)),
    Case(
        name="a circle",
        content=lambda path: path.symlink_to(path.name),
        told=("app.toml: it cannot be read (Too many levels of symbolic links)",),
    ),
    Case(name="empty", content="", told=("app.toml: app.tree: it is missing", 'tree = "module:name"')),
    Case(name="huge", content=GOOD + "#" * 2_000_000, told=("app.toml: it is larger than 1 MiB",)),
    Case(name="NUL", content=GOOD.encode() + b"a\0b", told=("line 3: there is a NUL byte in it",)),
    Case(
        name="latin-1",
        content=GOOD.encode() + b'name = "caf\xe9"\n',
        told=("line 3: it is not UTF-8 (byte 0xe9)",),
    ),
    Case(name="UTF-16", content=GOOD.encode("utf-16"), told=("app.toml: it begins with a byte order mark",)),
    Case(name="byte order mark", content=GOOD.encode("utf-8-sig"), told=("byte order mark", "Save the file")),
    Case(name="a program", content=b"\x7fELF\x02\x01\x01\0\0", told=("line 1: there is a NUL byte",)),
    Case(name="no TOML", content=_more("hello, world"), told=("line 3: it is not TOML",)),
    Case(name="an open quote", content=_more('name = "x'), told=("line 3: it is not TOML",)),
    Case(name="no quotes", content=_more("name = x"), told=("line 3: it is not TOML", "in quotes")),
    Case(name="JSON", content='{"app": {"tree": "a:b"}}', told=("line 1: it is not TOML",)),
    Case(
        name="a key twice", content=_more('name = "a"\nname = "b"'), told=("line 4: a key is written twice",)
    ),
    Case(
        name="a section twice",
        content=_more("[shutdown]\n[app]"),
        told=("line 4: a section is written twice",),
    ),
    Case(
        name="absurd digits",
        content=_more(f"name = {'9' * 5000}"),
        told=("app.toml: it is not TOML", "sensible size"),
    ),
    Case(
        name="absurd nesting",
        content=_more(f"name = {'[' * 100_000}"),
        told=("app.toml: it is nested too deeply",),
    ),
)

VALUES = (
    Case(
        name="an unknown key",
        content=_more('[shutdown]\ndrian = "1s"'),
        told=("line 4: shutdown.drian: there is no such key. Did you mean drain?",),
    ),
    Case(
        name="a key like no other",
        content=_more("[shutdown]\nxyzzy = 1"),
        told=("shutdown.xyzzy: there is no such key. Known in [shutdown]: drain, flush, tree.",),
    ),
    Case(
        name="an unknown section",
        content=_more('[shutdwon]\ndrain = "1s"'),
        told=("line 4: shutdwon.drain: there is no section [shutdwon]. Did you mean [shutdown]?",),
    ),
    Case(
        name="a key in no section",
        content='drain = "1s"\n' + GOOD,
        told=("line 1: drain: it stands in no section. Write it below [shutdown].",),
    ),
    Case(
        name="a value for a section",
        content='shutdown = "1s"\n' + GOOD,
        told=("line 1: shutdown: '1s' is no section. Write [shutdown].",),
    ),
    Case(
        name="a section for a value",
        content=_more("[shutdown.drain]\nseconds = 1"),
        told=("line 3: shutdown.drain: {'seconds': 1} is no duration",),
    ),
    Case(
        name="a wrong type",
        content=_more("[supervision]\nmax_restarts = '3'"),
        told=("line 4: supervision.max_restarts: '3' is no whole number. Write one without quotes: 3.",),
    ),
    Case(
        name="a flag for a number",
        content=_more("[supervision]\nmax_restarts = true"),
        told=("line 4: supervision.max_restarts: True is no whole number",),
    ),
    Case(
        name="a list for a text",
        content=_more('name = ["a"]'),
        told=("line 3: app.name: ['a'] is no text. Write it in quotes",),
    ),
    Case(
        name="a number without a unit",
        content=_more("[shutdown]\ndrain = 10"),
        told=('line 4: shutdown.drain: 10 has no unit. Write a text with a unit: "10s".',),
    ),
    Case(
        name="a duration that is none",
        content=_more('[shutdown]\ndrain = "soon"'),
        told=("line 4: shutdown.drain: 'soon' is no duration. Write a duration with its unit",),
    ),
    Case(
        name="a negative number",
        content=_more("[supervision]\nmax_restarts = -1"),
        told=("line 4: supervision.max_restarts: -1 is too small. Write 0 or more.",),
    ),
    Case(
        name="an absurd number",
        content=_more(f"[supervision]\nmax_restarts = {'9' * 400}"),
        told=("a number of more than 50 digits is too large. Write 1000000 or less.",),
    ),
    Case(
        name="an absurd duration",
        content=_more('[shutdown]\ndrain = "999999999999d"'),
        told=("line 4: shutdown.drain: ", 'is too large. Write "1d" or less.'),
    ),
    Case(
        name="nan",
        content=_more("[supervision]\nwithin = nan"),
        told=("line 4: supervision.within: nan has no unit",),
    ),
    Case(
        name="no such choice",
        content=_more('[logging]\nlevel = "loud"'),
        told=("line 4: logging.level: 'loud' is no choice here. Write one of debug, info",),
    ),
    Case(
        name="both of two exclusive keys",
        content=_more('[logging]\nstream = "stdout"\nfile = "x.log"'),
        told=("line 5: logging.file: it excludes stream, which is given too. Keep stream or file",),
    ),
    Case(
        name="a name that cannot be",
        content=_more('name = "a/b"'),
        told=("app: ", "'a/b'"),
    ),
    Case(
        name="control characters",
        content=_more('[logging]\nlevel = "\\u001b[31mred"'),
        told=(r"logging.level: '\x1b[31mred' is no choice here",),
    ),
    Case(
        name="many at once",
        content='[app]\nnaem = "x"\n[shutdown]\ndrain = 1\ntree = 2\n',
        told=("line 2: app.naem", "line 4: shutdown.drain", "line 5: shutdown.tree", "4 problems"),
    ),
)

ELSEWHERE = (
    Case(
        name="a variable without a key",
        environment={"SMITH__SHUTDOWN": "1s"},
        told=("SMITH__SHUTDOWN: its name has no section and key. Name it as in SMITH__SHUTDOWN__DRAIN",),
    ),
    Case(
        name="a variable with too many parts",
        environment={"SMITH__A__B__C": ""},
        told=("environment, SMITH__A__B__C: its name has no section and key",),
    ),
    Case(
        name="a misspelt variable",
        environment={"SMITH__SHUTDOWN__DRIAN": "1s"},
        told=("SMITH__SHUTDOWN__DRIAN: shutdown.drian: there is no such key. Did you mean drain?",),
    ),
    Case(
        name="rubbish in a variable",
        environment={"SMITH__SHUTDOWN__DRAIN": "\udcff\x1b[2J"},
        told=(r"environment, SMITH__SHUTDOWN__DRAIN: shutdown.drain: '\udcff\x1b[2J' is no duration",),
    ),
    Case(
        name="a variable that is no UTF-8",
        environment={"SMITH__LOGGING__FILE": "\udcff"},
        told=("environment, SMITH__LOGGING__FILE: logging.file: it is not UTF-8",),
    ),
    Case(
        name="an empty variable",
        environment={"SMITH__SUPERVISION__MAX_RESTARTS": ""},
        told=("supervision.max_restarts: '' is no whole number",),
    ),
    Case(
        name="code from a variable",
        environment={"SMITH__APP__TREE": "os:abort"},
        told=("environment, SMITH__APP__TREE: app.tree: it names code to run",),
    ),
    Case(
        name="code from an argument",
        arguments=("--set", "app.options=os:abort"),
        told=("--set: app.options: it names code to run",),
    ),
    Case(
        name="an argument that is none",
        arguments=("--set", "drain"),
        told=("'drain' is no assignment to a section's key. Write it as in: --set shutdown",),
    ),
    Case(
        name="an argument with a wrong value",
        arguments=("--log-format", "xml"),
        told=("--log-format: logging.format: 'xml' is no choice here. Write one of text, json.",),
    ),
)

TREES = (
    Case(
        name="no such module",
        content='[app]\ntree = "aplication:tree"',
        told=("line 2: app.tree: there is no module aplication. Did you mean application?",),
    ),
    Case(
        name="no such name",
        content='[app]\ntree = "application:tre"',
        told=("line 2: app.tree: there is no tre in ", "application.py. Did you mean tree?"),
    ),
    Case(
        name="no reference",
        content='[app]\ntree = "application.tree"',
        told=("line 2: app.tree: 'application.tree' names nothing. Write it as in \"bank.app:tree\".",),
    ),
    Case(
        name="a module that does not work",
        content='[app]\ntree = "broken:tree"',
        told=(
            "line 2: app.tree: importing broken failed: ZeroDivisionError: division by zero (",
            "broken.py, line 2)",
        ),
    ),
    Case(
        name="a module that exits",
        content='[app]\ntree = "exits:tree"',
        told=("line 2: app.tree: importing exits failed: SystemExit: 0 (", "exits.py, line 2)"),
    ),
    Case(
        name="a module that lacks another",
        content='[app]\ntree = "lacks:tree"',
        told=(
            "importing lacks failed: ModuleNotFoundError: No module named 'nowhere_to_be_found' (",
            "line 1)",
        ),
    ),
    Case(
        name="a module that is no Python",
        content='[app]\ntree = "wrong:tree"',
        told=("importing wrong failed: SyntaxError: ", "wrong.py, line 1)"),
    ),
    Case(
        name="a module with a wrong spec",
        content='[app]\ntree = "badspec:tree"',
        told=("importing badspec failed: InvalidSpec: ", "max_restarts"),
    ),
    Case(
        name="no tree",
        content='[app]\ntree = "application:number"',
        told=("line 2: app.tree: application:number is 5. Name a SupervisorSpec, or a function",),
    ),
    Case(
        name="an async function",
        content='[app]\ntree = "application:later"',
        told=("app.tree: application:later is an async function. Let a plain function return",),
    ),
    Case(
        name="a function that raises",
        content='[app]\ntree = "application:raises"',
        told=("app.tree: raises() raised ValueError: no (", "application.py, line "),
    ),
    Case(
        name="a function that returns something else",
        content='[app]\ntree = "application:returns"',
        told=("app.tree: returns() returned 5. Let it return a SupervisorSpec.",),
    ),
    Case(
        name="a pool at the top",
        content='[app]\ntree = "application:pool"',
        told=("app.tree: its outermost supervisor is a pool",),
    ),
    Case(
        name="an intensity that does not fit",
        content='[app]\ntree = "application:unlimited"\noptions = "application:Missing"\n[options]\na = 1',
        told=("line 3: app.options: there is no Missing in ",),
    ),
    Case(
        name="options that are none",
        content=_more('options = "application:number"\n[options]\na = 1'),
        told=("line 3: app.options: 5 cannot be read from settings",),
    ),
    Case(
        name="options without a class",
        content=_more("[options]\na = 1"),
        told=('options.a: there is no section [options]. Name their class first: options = "module:Class"',),
    ),
)

CASES = (*FILES, *VALUES, *ELSEWHERE, *TREES)
