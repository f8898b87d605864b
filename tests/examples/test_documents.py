"""What is never run is wrong sooner or later: every Python block of our pages runs, every link leads on."""

import ast
import re
from pathlib import Path
from typing import Final

import attrs
import pytest

from tests.examples.program import ROOT, assert_runs

DOCUMENTS: Final = sorted(
    [*ROOT.glob("*.md"), *(path for path in ROOT.glob("docs/**/*.md") if "_build" not in path.parts)]
)

FENCE: Final = re.compile(
    r"""
    (?: ^ [ ]* <!-- [ ] not [ ] run: [ ] (?P<reason>.+?) [ ] --> [ ]* \n )?
    ^ (?P<indent>[ ]*) ```[ ]*(?P<language>py\S*) (?P<info>.*) \n
    (?P<code>(?:.*\n)*?)
    ^ (?P=indent) ``` [ ]* $
    """,
    re.MULTILINE | re.VERBOSE,
)
"""A fenced block of Python, and the line above it that says why it is not run, if there is one."""

PRINTS: Final = re.compile(
    r"""
    ^ ```python \n (?P<code>(?:(?!```).*\n)*) ``` \n
    \n It[ ]prints (?P<but>,[ ]but[ ]for[ ]the[ ]name[ ]of[ ]the[ ]file)? : \n\n
    ```text \n (?P<said>(?:(?!```).*\n)*) ``` $
    """,
    re.MULTILINE | re.VERBOSE,
)
"""A block, and below it what it prints. Who saves it under another name sees that name in a live tree."""

CONSOLE: Final = re.compile(r"^ *```console\n(?P<lines>(?:(?! *```).*\n)*) *```$", re.MULTILINE)
OURS: Final = re.compile(r"(?:trio-smith|python -m trio_smith)(?: (?P<command>[a-z]+))?(?= |$)")

LINK: Final = re.compile(r"\]\((?!\w+:)(?P<path>[^)#\s]+)(?:#[^)]*)?\)")


@attrs.frozen(kw_only=True)
class Block:
    """One block of Python; ``line`` is that of its fence."""

    path: Path
    line: int
    language: str
    code: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def blocks_of(path: Path) -> list[Block]:
    """Return the blocks of the document at *path*, in order."""
    text = path.read_text("utf-8")
    return [
        Block(
            path=path,
            line=text.count("\n", 0, found.start("language")) + 1,
            language=found["language"] + found["info"].rstrip(),
            code=re.sub(f"^{found['indent']}", "", found["code"], flags=re.MULTILINE),
            reason=found["reason"],
        )
        for found in FENCE.finditer(text)
    ]


BLOCKS: Final = [block for path in DOCUMENTS for block in blocks_of(path)]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.reason is None], ids=str)
def test_a_block_runs_when_it_is_pasted(block: Block, tmp_path: Path) -> None:
    """Each alone, in a process and an empty folder of its own: a reader pastes one, not all above it."""
    program = tmp_path / "pasted.py"
    program.write_text(block.code, "utf-8")
    assert_runs(program, cwd=tmp_path)


def test_a_block_that_is_not_run_says_why() -> None:
    """It is left out by a comment with a reason, and by nothing else: not by another name of the language."""
    assert [str(block) for block in BLOCKS if block.language != "python"] == []
    assert [str(block) for block in BLOCKS if block.reason is not None and not block.reason.strip()] == []


def test_the_blocks_are_found() -> None:
    """A search that finds nothing would let everything pass."""
    assert [block for block in BLOCKS if block.path.name == "README.md"]
    text = "<!-- not run: it is half of one -->\n```python\na\n```\n\n- x\n  ```python\n  b\n  ```\n"
    first, second = FENCE.finditer(text)
    assert (first["reason"], first["code"]) == ("it is half of one", "a\n")
    assert (second["reason"], second["code"]) == (None, "  b\n")


def test_the_first_block_of_the_readme_prints_what_its_comments_say(tmp_path: Path) -> None:
    """It is the first thing that anybody runs."""
    block = blocks_of(ROOT / "README.md")[0]
    said = re.findall(r"print\(.*\)  # (.+?)(?: \(.*\))?$", block.code, re.MULTILINE)
    program = tmp_path / "pasted.py"
    program.write_text(block.code, "utf-8")
    assert said
    output = assert_runs(program, cwd=tmp_path)
    assert output.splitlines() == said


PROGRAMS: Final = [
    pytest.param(
        found["code"],
        found["said"],
        "step.py" if found["but"] else "pasted.py",
        id=f"{path.name}:{text.count(chr(10), 0, found.start()) + 1}",
    )
    for path in DOCUMENTS
    for text in [path.read_text("utf-8")]
    for found in PRINTS.finditer(text)
]


@pytest.mark.parametrize(("code", "said", "name"), PROGRAMS)
def test_a_block_prints_what_stands_below_it(code: str, said: str, name: str, tmp_path: Path) -> None:
    """Who sees something else looks for a mistake of his own."""
    program = tmp_path / name
    program.write_text(code, "utf-8")
    assert assert_runs(program, cwd=tmp_path) == said


def test_the_outputs_are_found() -> None:
    """Each "It prints" stands where the search looks for it."""
    said = [re.findall(r"^It prints", path.read_text("utf-8"), re.MULTILINE) for path in DOCUMENTS]
    assert len(PROGRAMS) == sum(map(len, said)) > 0


COMMANDS: Final = [
    (f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}", line.removeprefix("$ "))
    for path in DOCUMENTS
    for text in [path.read_text("utf-8")]
    for found in CONSOLE.finditer(text)
    for line in found["lines"].splitlines()
]
"""Each line of each console block, with where it stands."""


def test_a_command_for_nox_names_a_session_that_there_is() -> None:
    """The sessions themselves are what every change must pass."""
    functions = ast.parse((ROOT / "noxfile.py").read_text("utf-8")).body
    sessions = {one.name for one in functions if isinstance(one, ast.FunctionDef) and one.decorator_list}
    asked = [
        (where, re.sub(r"-3\.\d+$", "", name))
        for where, line in COMMANDS
        if (found := re.search(r"\bnox (?:--\S+ )*-s (?P<names>[a-z0-9. -]+?)(?: -- .*)?$", line)) is not None
        for name in found["names"].split()
    ]
    assert len(asked) >= 3
    assert [(where, name) for where, name in asked if name not in sessions] == []


def commands_of_ours() -> list[str]:
    """Return the words after ``trio-smith`` in all console blocks, each once."""
    found = {match["command"] for _, line in COMMANDS for match in OURS.finditer(line) if match["command"]}
    return sorted(found | {"demo"})


@pytest.mark.parametrize("command", commands_of_ours())
def test_a_command_of_ours_is_there(command: str) -> None:
    """A page cannot speak of one that has another name; what they do has tests of its own."""
    assert f"trio-smith {command}" in assert_runs("-m", "trio_smith", command, "--help")


def test_a_command_that_runs_an_example_names_one() -> None:
    """The examples themselves are run by the tests beside these."""
    named = [(where, path) for where, line in COMMANDS for path in re.findall(r"examples/\w+\.py", line)]
    assert [(where, path) for where, path in named if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_link_to_a_file_of_ours_leads_to_one(path: Path) -> None:
    """A page that has moved is noticed here, not by a reader."""
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    broken = [link["path"] for link in LINK.finditer(text) if not (path.parent / link["path"]).exists()]
    assert broken == []


def test_the_readme_has_its_two_commands_each_in_one_line() -> None:
    """.ci/run takes the second one from there, by this very form, and runs it."""
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    for session in ("demo", "tests"):
        assert len([line for line in lines if re.fullmatch(rf"python3 -m venv .* -s {session}", line)]) == 1


def test_the_front_page_shows_the_program_of_the_readme() -> None:
    """Whoever comes by the one or the other meets the same first program."""
    assert blocks_of(ROOT / "docs" / "index.md")[0].code == blocks_of(ROOT / "README.md")[0].code
