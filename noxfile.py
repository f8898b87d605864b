"""Everything a change must pass, one word each: `nox -s WORD -- arguments for the program behind it`."""

import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.download_python = "never"
# A machine tests with the interpreters it has, also where CI is set; nox says which ones it skips.
nox.options.error_on_missing_interpreters = False
# Tests come last: their summary is what one wants to see last.
nox.options.sessions = ["lint", "types", "architecture", "wheel", "docs", "demo", "tests"]

ROOT: Final = Path(__file__).parent
PROJECT: Final = nox.project.load_toml(ROOT / "pyproject.toml")
CONSTRAINTS: Final = ("-c", str(ROOT / "constraints.txt"))
CODE: Final = ("trio_smith", "tests", "stress", "examples", "docs", "noxfile.py")
LONGEST_FILE: Final = 400
OLDEST_PSYCOPG: Final = "3.2.0"

VERSION_CHECK: Final = """\
import sys, trio_smith
from importlib import metadata
assert sys.argv[1] == metadata.version("trio-smith") == trio_smith.__version__, trio_smith.__version__
"""
TYPED_CHECK: Final = """\
from importlib import resources
assert resources.files("trio_smith").joinpath("py.typed").is_file(), "the wheel is not marked as typed"
"""
# An example that hangs shows where, and fails, instead of holding up everything after it.
RUN_WITHIN_A_MINUTE: Final = """\
import faulthandler, runpy, sys
faulthandler.dump_traceback_later(60, exit=True)
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def offer_what_pyenv_has() -> None:
    """Let all the interpreters that pyenv keeps be found, and not just the one it has selected."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    kept = sorted(root.glob("versions/3.*/bin"))
    os.environ["PATH"] = os.pathsep.join([*os.get_exec_path(), *map(str, kept)])


def answers(version: str) -> bool:
    """Whether a Python *version* runs here; a name on PATH may be a shim with nothing behind it."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return True
    candidates = [Path(folder) / f"python{version}" for folder in os.get_exec_path()]
    return any(
        subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0
        for path in candidates
        if path.is_file()
    )


offer_what_pyenv_has()
# What is missing comes first, so that "skipped" is not the last word of a run.
PYTHONS: Final = sorted(("3.11", "3.12", "3.13"), key=answers)
OLDEST: Final = "3.11"
NEWEST: Final = PYTHONS[-1]


def install(session: nox.Session, *packages: str, group: str | None = None) -> None:
    """Install *packages* and one of our dependency groups, at the versions that constraints.txt names."""
    grouped = nox.project.dependency_groups(PROJECT, group) if group else ()
    session.install("-q", *CONSTRAINTS, *grouped, *packages)


def readme_example(session: nox.Session) -> str:
    """Return the first Python block of the README, as a reader would paste it."""
    text = (ROOT / "README.md").read_text("utf-8")
    block = re.search(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    if block is None:
        session.error("README.md shows no Python example")
    return block[1]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the suite on every Python we promise: on the oldest all of it, and it must cover the package.

    On the newest that is there nothing but what takes long is left out; between them the unit tests do.
    """
    nox_says = logging.getLogger("nox")
    nox_says.setLevel(logging.NOTSET)
    install(session, "-e", ".[all]", group="test")
    session.log(f"the suite on Python {session.python}")
    # To measure once is enough, as it is to run what takes long. A part of the suite says nothing about it.
    chosen = ("--cov", "--cov-report=term") if session.python == OLDEST else ("-m", "not long")
    if session.python not in (OLDEST, NEWEST):
        chosen = (*chosen, "tests/unit")
    workers = ("-n", "auto", "--maxprocesses", "2")
    session.run("pytest", *workers, *(session.posargs or chosen), env={"PYTHONHASHSEED": "0"})
    # The last word is pytest's summary, for people and for programs that look for it at the end.
    nox_says.setLevel(logging.ERROR)


@nox.session
@nox.parametrize("libpq", ["machine", "wheel"])
@nox.parametrize("release", ["oldest", "newest"])
def psycopg(session: nox.Session, release: str, libpq: str) -> None:
    """The tests of PostgreSQL on both ends of the psycopgs we promise: in Python alone, and as its wheel."""
    install(session, "-e", ".[all]", group="test")
    if release == "oldest":
        session.install("-q", f"psycopg=={OLDEST_PSYCOPG}", f"psycopg-binary=={OLDEST_PSYCOPG}")
    env = {"PSYCOPG_IMPL": "python" if libpq == "machine" else "binary", "PYTHONHASHSEED": "0"}
    session.run("pytest", *(session.posargs or ("tests/store/postgres",)), env=env)


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff's rules and format, and what flake8-async alone knows about Trio."""
    install(session, group="lint")
    code = session.posargs or [place for place in CODE if (ROOT / place).exists()]
    session.run("ruff", "check", *code)
    session.run("ruff", "format", "--check", *code)
    rules = ",".join(PROJECT["tool"]["flake8-async"]["enable"])
    files = sorted(map(str, Path("trio_smith").rglob("*.py")))
    session.run("flake8-async", "--enable", rules, *files, log=False)


@nox.session
def types(session: nox.Session) -> None:
    """Both strict checkers, on the package and on typed uses of it."""
    install(session, "-e", ".[all]", group="types")
    session.run("mypy", *session.posargs)
    session.run("pyright", *session.posargs, env={"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"})
    # What must fail does fail, in both: a check that cannot fail would be none.
    session.run("python", "tests/typing/prove.py", env={"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"})


@nox.session
def architecture(session: nox.Session) -> None:
    """Floors, purity, no circles; and no file past the length at which it should have become two."""
    install(session, "-e", ".", group="architecture")
    session.run("lint-imports", "--no-cache", *session.posargs)
    files = (file for place in map(Path, CODE) for file in (place, *place.rglob("*.py")) if file.is_file())
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in files}
    if long := [f"{path} ({lines})" for path, lines in sorted(lengths.items()) if lines > LONGEST_FILE]:
        session.error(f"longer than {LONGEST_FILE} lines: {', '.join(long)}")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel and use it from an empty directory, where nothing but the wheel can answer."""
    install(session, group="wheel")
    work = Path(session.create_tmp()).absolute()
    shutil.rmtree(work)
    empty, python = work / "empty", str(work / "installed/bin/python")
    empty.mkdir(parents=True)
    (work / "example.py").write_text(readme_example(session), "utf-8")

    session.run("python", "-m", "build", "--wheel", "--no-isolation", "--outdir", str(work), *session.posargs)
    session.run("python", "-m", "venv", str(work / "installed"))
    (built,) = map(str, work.glob("*.whl"))
    session.run(python, "-m", "pip", "install", "-q", *CONSTRAINTS, built, external=True)
    with session.chdir(empty):
        session.run(python, "-c", VERSION_CHECK, PROJECT["project"]["version"], external=True, log=False)
        session.run(python, "-c", TYPED_CHECK, external=True, log=False)
        session.run(python, "-m", "trio_smith", "--help", external=True)
        # The scripts of the store's schema are files that are no modules: a wheel may forget them.
        session.run(python, "-m", "trio_smith", "migrate", "up", "wheel.db", external=True)
        session.run(str(work / "installed/bin/trio-smith"), "--help", external=True, silent=True)
        session.run(python, "-c", RUN_WITHIN_A_MINUTE, str(work / "example.py"), external=True, log=False)
    session.log(f"{Path(built).name} works on its own")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a name that leads nowhere, or is missing, fails it. No network is needed."""
    install(session, "-e", ".[all]", group="docs")
    to = ROOT / "docs" / "_build"
    # Fresh each time, and quickly enough: what was left of the last build hides what is missing in this one.
    session.run(
        "sphinx-build", "-q", "-E", "-W", "--keep-going", "-b", "html", "docs", str(to), *session.posargs
    )
    session.log(f"open {to / 'index.html'}")


@nox.session
def demo(session: nox.Session) -> None:
    """Show a tree at work, from an installed package."""
    install(session, ".[all]")
    with session.chdir(session.create_tmp()):
        session.run("python", "-m", "trio_smith", "demo", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure us beside the floor and our peers; it prints figures and fails nothing."""
    install(session, "-e", ".[all]", group="bench")
    session.run("python", "-m", "stress.bench", *session.posargs)


@nox.session
def stress(session: nox.Session) -> None:
    """Load, faults and long runs, as far as the arguments say."""
    install(session, "-e", ".[all]")
    session.run("python", "-m", "stress", *session.posargs)
